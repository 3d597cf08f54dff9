// SPDX-License-Identifier: GPL-2.0-or-later

//! What may be configured where a command line is answered here.

use std::collections::HashSet;

use vermilion_core::refs::{Refs, shares_bookmarks};
use vermilion_core::repository::Repository;

use crate::config::values::parse_bool;
use crate::config::{Config, Environment};
use crate::encoding::Encoding;
use crate::{Error, Result};

/// Extensions that come with Mercurial and change nothing of what is answered here, but perhaps
/// add commands; and ours.
const HARMLESS: &[&str] = &[
    "absorb",
    "acl",
    "amend",
    "automv",
    "bugzilla",
    "censor",
    "children",
    "churn",
    "clonebundles",
    "closehead",
    "commitextras",
    "convert",
    "extdiff",
    "fastexport",
    "fetch",
    "fix",
    "githelp",
    "gpg",
    "graphlog",
    "hgk",
    "highlight",
    "histedit",
    "journal",
    "notify",
    "patchbomb",
    "progress",
    "purge",
    "rebase",
    "record",
    "releasenotes",
    "relink",
    "share",
    "shelve",
    "show",
    "split",
    "strip",
    "transplant",
    "uncommit",
    "vermilion",
];

/// The extension that stores contents of files elsewhere, which Mercurial turns on by itself where
/// a repository requires it.
const LFS: &str = "lfs";

/// The beginnings of addresses from which lfs may fetch.
const LFS_URLS: [&[u8]; 4] = [b"http://", b"https://", b"file://", b"null://"];

/// Items that do the same, where they are set.
const NOT_CONFIGURED: &[(&str, &str)] = &[
    ("diff", "merge"),
    ("profiling", "enabled"),
    ("ui", "debug"),
    ("ui", "formatdebug"),
    ("ui", "formatjson"),
    ("ui", "message-output"),
    ("ui", "timestamp-output"),
];

/// Items of `[devel]` that are honoured, or change nothing here.
const KNOWN_OF_DEVELOPERS: &[&str] = &["all-warnings", "default-date"];

/// Fails where the environment may change the answer in a way that is not known here.
///
/// # Errors
/// [`Error::Unsupported`].
pub(super) fn environment(environment: &Environment) -> Result<()> {
    let reason = if environment.is_plain("strictflags") {
        "HGPLAIN=+strictflags"
    } else if environment.var("HGENCODINGAMBIGUOUS").is_some() {
        "characters that may be wide"
    } else if environment.var("HG_PENDING").is_some() {
        "a hook in a transaction"
    } else {
        return Ok(());
    };
    Err(Error::unsupported(reason))
}

/// Fails where something configured may change the answer in a way that is not known here; tells
/// whether there are extensions, which may have commands.
///
/// # Errors
/// [`Error::Unsupported`].
pub(super) fn configuration(config: &Config, repository: Option<&Repository>) -> Result<bool> {
    if !config.warnings().is_empty() {
        return Err(Error::unsupported("a file that is not trusted"));
    }
    if let Some((section, item)) = NOT_CONFIGURED
        .iter()
        .find(|(s, i)| config.get(s, i).is_some())
    {
        return Err(Error::unsupported(format!("{section}.{item} is set")));
    }
    // Experiments change whatever they like, but for what may be obsolete, and how lines are compared.
    for section in ["devel", "experimental"] {
        let items = config.items(section).into_iter();
        let mut names = items.map(|(name, _)| String::from_utf8_lossy(name));
        let is_known = |name: &str| match section {
            "devel" => KNOWN_OF_DEVELOPERS.contains(&name),
            _ => name.starts_with("evolution") || name == "xdiff",
        };
        if let Some(name) = names.find(|name| !is_known(name)) {
            return Err(Error::unsupported(format!("{section}.{name} is set")));
        }
    }
    // Filters of what is in files.
    if ["encode", "decode"]
        .iter()
        .any(|section| !config.items(section).is_empty())
    {
        return Err(Error::unsupported("[encode] or [decode]"));
    }
    let is_partial = |repository: &Repository| {
        let all = repository.requirements().all();
        ["narrowhg-experimental", "exp-sparse"]
            .iter()
            .any(|name| all.contains(*name))
    };
    if repository.is_some_and(is_partial) {
        return Err(Error::unsupported("a narrow or sparse repository"));
    }
    let has_lfs = has_lfs(config, repository);
    if has_lfs {
        lfs(config)?;
    }
    let (mut adds_commands, mut is_sharing) = (has_lfs, false);
    for (extension, item) in config.items("extensions") {
        if extension.contains(&b':') || item.value.starts_with(b"!") {
            continue;
        }
        let extension = String::from_utf8_lossy(extension);
        let short = extension.strip_prefix("hgext.").unwrap_or(&extension);
        let is_harmless = HARMLESS.contains(&short) || short == LFS;
        if !item.value.is_empty() || !is_harmless {
            return Err(Error::unsupported(format!("the extension {extension}")));
        }
        adds_commands = true;
        is_sharing |= short == "share";
    }
    if !is_sharing && repository.map_or(Ok(false), shares_bookmarks)? {
        return Err(Error::unsupported(
            "bookmarks of another repository, without the extension share",
        ));
    }
    Ok(adds_commands)
}

/// Tells whether the extension lfs has a say in what is answered.
pub(super) fn has_lfs(config: &Config, repository: Option<&Repository>) -> bool {
    let names = [LFS, "hgext.lfs"].iter();
    let mut items = names.filter_map(|name| config.get("extensions", name));
    let is_on = items.any(|value| !value.starts_with(b"!"));
    is_on || repository.is_some_and(|repository| repository.requirements().all().contains(LFS))
}

/// Fails where lfs has something to say, or nothing.
fn lfs(config: &Config) -> Result<()> {
    let is_off = config.get("extensions", LFS);
    if is_off.is_some_and(|value| value.starts_with(b"!")) {
        return Err(Error::unsupported("lfs, which is required and turned off"));
    }
    // It tells where it finds what.
    if config.bool("ui", "verbose", false)? {
        return Err(Error::unsupported("lfs, which tells what it does"));
    }
    let url = config.get(LFS, "url").unwrap_or(LFS_URLS[0]);
    if !LFS_URLS.iter().any(|known| url.starts_with(known)) {
        return Err(Error::unsupported("lfs.url is set"));
    }
    Ok(())
}

/// Fails where there are hooks around a command with these names.
///
/// # Errors
/// [`Error::Unsupported`].
pub(super) fn hooks(config: &Config, names: &[&[u8]]) -> Result<()> {
    for (hook, _) in config.items("hooks") {
        let hook = String::from_utf8_lossy(hook);
        let (when, what) = hook.split_once('-').unwrap_or_default();
        let what = what.split('.').next().unwrap_or_default();
        if matches!(when, "pre" | "post" | "fail") && names.contains(&what.as_bytes()) {
            return Err(Error::unsupported(format!("the hook {hook}")));
        }
    }
    Ok(())
}

/// Fails where what a repository has makes Mercurial say more, or give up, wherever it first looks.
///
/// # Errors
/// [`Error::Unsupported`]; those of [`Refs::history`].
pub(super) fn refs(config: &Config, refs: &Refs) -> Result<()> {
    let tags = refs.local_tags();
    if !tags.is_ascii()
        && (Encoding::of(config) != Encoding::Utf8 || std::str::from_utf8(tags).is_err())
    {
        return Err(Error::unsupported("local tags in another encoding"));
    }
    let bookmarks = refs.bookmark_lines();
    let names: HashSet<&[u8]> = bookmarks.marks.iter().map(|mark| mark.0).collect();
    if !bookmarks.malformed.is_empty() || names.len() < bookmarks.marks.len() {
        return Err(Error::unsupported("lines that are no bookmarks"));
    }
    if refs.lacks_working_parent() {
        return Err(Error::unsupported("an unknown working parent"));
    }
    refs.phase_roots()?;
    markers(config, refs)
}

/// Fails where there are markers of obsolescence that nobody may make here: Mercurial warns of
/// them.
fn markers(config: &Config, refs: &Refs) -> Result<()> {
    if makes_markers(config)? || refs.history()?.markers().is_empty() {
        return Ok(());
    }
    Err(Error::unsupported(
        "markers of obsolescence, and no experimental.evolution",
    ))
}

/// Tells whether changesets may become obsolete: by an option of its own, or by one that is a
/// boolean or a list.
fn makes_markers(config: &Config) -> Result<bool> {
    const SECTION: &str = "experimental";
    const OWN: &str = "evolution.createmarkers";
    if config.get(SECTION, OWN).is_some() {
        return config.bool(SECTION, OWN, false);
    }
    let value = config.get(SECTION, "evolution").unwrap_or_default();
    Ok(parse_bool(value).unwrap_or_else(|| {
        let words = config.list(SECTION, "evolution");
        let is_one = |word: &[u8]| word == b"all" || word == b"createmarkers";
        words.iter().any(|word| is_one(word))
    }))
}
