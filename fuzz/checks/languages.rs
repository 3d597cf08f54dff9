// SPDX-License-Identifier: GPL-2.0-or-later

//! What hg's users write.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use vermilion_core::RepoPath;
use vermilion_hg::config::{Config, Environment, parse_bool, parse_list, parse_size};
use vermilion_hg::dates::{self, DateMatcher};
use vermilion_hg::fileset;
use vermilion_hg::patterns::{Kind, Matcher, Place};
use vermilion_hg::revset::{Aliases, Revset, parse};
use vermilion_hg::template;

/// A revision set, and after a line feed definitions of aliases.
pub fn revset(data: &[u8]) {
    let mut lines = data.split(|&byte| byte == b'\n');
    let text = lines.next().unwrap_or_default();
    if let Ok(tree) = parse(text) {
        // What it is written as can be read, or was nested too deeply for that.
        let _ = parse(tree.to_string().as_bytes());
    }
    let aliases = lines.filter_map(|line| {
        let equals = line.iter().position(|&byte| byte == b'=')?;
        Some((&line[..equals], &line[equals + 1..]))
    });
    let _ = Revset::compile(text, &Aliases::new(aliases), None);
}

/// A template, and after a line feed definitions of aliases.
pub fn template(data: &[u8]) {
    let mut lines = data.split(|&byte| byte == b'\n');
    let text = lines.next().unwrap_or_default();
    if let Ok(tree) = template::parse(text) {
        match template::parse(&tree.text()) {
            Ok(again) => assert_eq!(again, tree),
            Err(error) => assert!(error.to_string().contains("deeply"), "{error}"),
        }
    }
    let aliases = lines.filter_map(|line| {
        let equals = line.iter().position(|&byte| byte == b'=')?;
        Some((&line[..equals], &line[equals + 1..]))
    });
    let _ = template::check(text, &template::Aliases::new(aliases));
}

/// A date or a range of dates.
pub fn date(data: &[u8]) {
    if let Ok(date) = dates::parse(data) {
        assert!(i32::try_from(date.seconds).is_ok());
        assert!((-50400..=43200).contains(&date.offset));
    }
    if let Ok(matcher) = DateMatcher::new(data) {
        matcher.matches(0);
    }
}

/// A pattern, and after a line feed a path.
pub fn file_pattern(data: &[u8]) {
    let newline = data.iter().position(|&byte| byte == b'\n');
    let (pattern, path) = data.split_at(newline.unwrap_or(data.len()));
    // These read files, which are not the fuzzer's.
    if [&b"listfile"[..], b"include:"]
        .iter()
        .any(|kind| pattern.starts_with(kind))
    {
        return;
    }
    let place = Place {
        root: Path::new("/nowhere"),
        cwd: Path::new("/nowhere/dir"),
    };
    let path = RepoPath::new(path.get(1..).unwrap_or(b"a"));
    if let Ok(matcher) = Matcher::new(place, &[pattern], &[], &[], Kind::Glob)
        && let Ok(true) = matcher.matches(path)
    {
        assert!(path.fault().is_some() || matcher.may_match_below(path));
    }
}

/// A set of files, whose tree can be walked through.
pub fn fileset(data: &[u8]) {
    if let Ok(tree) = fileset::parse(data) {
        assert_eq!(tree, tree.clone());
    }
}

/// A file of configuration, which includes nothing.
pub fn config(data: &[u8]) {
    // What it names in the file system is not the fuzzer's.
    if data.windows(8).any(|word| word == b"%include") {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("hgrc");
    fs::write(&file, data).expect("a file");
    let variables = [(OsString::from("HGRCPATH"), file.into_os_string())];
    let Ok(config) = Config::of_user(Environment::new(variables, dir.path().into())) else {
        return;
    };
    let mut bytes = 0;
    for section in config.sections() {
        for (name, item) in config.items(&String::from_utf8_lossy(section)) {
            bytes += name.len() + item.value.len();
            let all: usize = parse_list(&item.value).iter().map(Vec::len).sum();
            assert!(all <= item.value.len());
            let _ = (parse_bool(&item.value), parse_size(&item.value));
        }
    }
    assert!(bytes <= data.len() + "onlycurrentmorestatusinteractive".len() * 40);
}
