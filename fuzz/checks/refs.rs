// SPDX-License-Identifier: GPL-2.0-or-later

//! Changesets, and the files that name them or say what state they are in.

use vermilion_core::changelog::Changeset;
use vermilion_core::changelog::copies::file_changes;
use vermilion_core::refs::obsolescence::Markers;
use vermilion_core::refs::{bookmarks, branch_cache, merge_state, phases, tags};
use vermilion_core::revlog::docket::Docket;
use vermilion_core::revlog::sidedata;
use vermilion_core::{Error, Node};

const NODE: &[u8] = b"0123456789abcdef0123456789abcdef01234567";

/// Only these may be said about data, and about which it is.
fn expect_data_error(error: Error) {
    match error {
        Error::Corrupt { name, reason, .. } | Error::Unsupported { name, reason, .. } => {
            assert!(name == "input" && !reason.is_empty());
        }
        error => panic!("no input should give this: {error}"),
    }
}

/// Reads the input as the text of a changeset, and puts it together again.
pub fn changeset_text(data: &[u8]) {
    let changeset = match Changeset::parse(data, &"input") {
        Ok(changeset) => changeset,
        Err(error) => return expect_data_error(error),
    };
    if data.is_empty() {
        assert!(changeset.manifest().is_null() && changeset.files().next().is_none());
        return;
    }
    assert!(data.starts_with(&[changeset.user(), b"\n"].concat()) || data.len() > 41);
    assert_eq!(
        data[..40].to_ascii_lowercase(),
        changeset.manifest().to_string().as_bytes()
    );
    let rest = &data[41 + changeset.user().len() + 1..];
    let line = rest
        .split(|&byte| byte == b'\n')
        .next()
        .expect("there is always one");
    let mut again = [&data[..41], changeset.user(), b"\n", line].concat();
    for file in changeset.files() {
        again.push(b'\n');
        again.extend(file.as_bytes());
    }
    again.extend([b"\n\n", changeset.description()].concat());
    assert_eq!(again, data);
    let branch = changeset
        .extra()
        .filter(|(key, _)| key[..] == b"branch"[..])
        .last();
    let branch = branch.map_or(b"default".to_vec(), |(_, value)| value.into_owned());
    assert_eq!(changeset.branch(), branch);
    let closes = changeset.extra().any(|(key, _)| key[..] == b"close"[..]);
    assert_eq!(changeset.closes_branch(), closes);
}

/// Reads the input as the extras of a changeset, and as Mercurial does, step by step.
pub fn changeset_extra(data: &[u8]) {
    let line: Vec<u8> = data.iter().copied().filter(|&byte| byte != b'\n').collect();
    let text = [NODE, b"\nu\n0 0 ", &line, b"\n\n"].concat();
    let expected: Option<Vec<(Vec<u8>, Vec<u8>)>> = line
        .split(|&byte| byte == 0)
        .filter(|item| !item.is_empty())
        .map(naive_item)
        .collect();
    match (Changeset::parse(&text, &"input"), expected) {
        (Ok(changeset), Some(expected)) => {
            let found = changeset.extra();
            let found: Vec<_> = found
                .map(|(k, v)| (k.into_owned(), v.into_owned()))
                .collect();
            assert_eq!(found, expected);
        }
        (Err(error), None) => expect_data_error(error),
        (found, expected) => panic!("{found:?} instead of {expected:?}"),
    }
}

fn naive_item(item: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut text = item.to_vec();
    if text.windows(2).any(|two| two == b"\\0") {
        text = replace(&text, b"\\\\", b"\\\\\n");
        text = replace(&text, b"\\0", b"\0");
        text.retain(|&byte| byte != b'\n');
    }
    let plain = python_unescape(&text)?;
    let colon = plain.iter().position(|&byte| byte == b':')?;
    Some((plain[..colon].to_vec(), plain[colon + 1..].to_vec()))
}

fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let (mut result, mut at) = (Vec::new(), 0);
    while at < text.len() {
        if text[at..].starts_with(old) {
            result.extend(new);
            at += old.len();
        } else {
            result.push(text[at]);
            at += 1;
        }
    }
    result
}

/// What `codecs.escape_decode` makes of bytes.
fn python_unescape(text: &[u8]) -> Option<Vec<u8>> {
    let (mut plain, mut bytes) = (Vec::new(), text.iter().copied().peekable());
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let escape = bytes.next()?;
        let simple = b"abtnvfr\\'\"".iter().position(|&known| known == escape);
        if let Some(at) = simple {
            plain.push(b"\x07\x08\t\n\x0b\x0c\r\\'\""[at]);
        } else if (b'0'..=b'7').contains(&escape) {
            let mut value = u32::from(escape - b'0');
            for _ in 0..2 {
                if let Some(digit) = bytes.next_if(|byte| (b'0'..=b'7').contains(byte)) {
                    value = 8 * value + u32::from(digit - b'0');
                } else {
                    break;
                }
            }
            plain.push(value as u8);
        } else if escape == b'x' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            plain.push((16 * digit()? + digit()?) as u8);
        } else {
            plain.extend([b'\\', escape]);
        }
    }
    Some(plain)
}

fn lines(data: &[u8]) -> usize {
    data.split(|&byte| byte == b'\n').count()
}

/// Reads the input as a file of bookmarks, and what it says once more.
pub fn bookmarks_file(data: &[u8]) {
    let read = bookmarks::parse(data);
    assert!(read.marks.len() + read.malformed.len() <= lines(data));
    assert!(
        read.malformed
            .iter()
            .all(|line| (1..=lines(data)).contains(line))
    );
    let again: Vec<u8> = read
        .marks
        .iter()
        .flat_map(|(name, node)| [node.to_string().as_bytes(), b" ", name, b"\n"].concat())
        .collect();
    let again = bookmarks::parse(&again);
    assert!(again.malformed.is_empty());
    assert_eq!(again.marks, read.marks);
}

/// Reads the input as the roots of phases, and what they are once more.
pub fn phaseroots(data: &[u8]) {
    match phases::parse(data, &"input") {
        Ok(roots) => {
            let again = roots
                .iter()
                .map(|(phase, node)| format!("{phase} {node}\n"));
            let again: String = again.collect();
            assert_eq!(
                phases::parse(again.as_bytes(), &"input").expect("is right"),
                roots
            );
        }
        Err(error) => expect_data_error(error),
    }
}

/// Reads the input as a file of tags, and what it says once more.
pub fn hgtags(data: &[u8]) {
    let read: Vec<(&[u8], Vec<u8>)> = tags::parse(data).collect();
    let mut again = Vec::new();
    for (name, node) in &read {
        again.extend(
            node.iter()
                .flat_map(|byte| format!("{byte:02x}").into_bytes()),
        );
        again.extend([b" ", *name, b"\n"].concat());
    }
    assert!(tags::parse(&again).eq(read));
}

/// Reads the input as a cache of branch heads.
pub fn branch_cache_file(data: &[u8]) {
    if let Some(cache) = branch_cache::parse(data) {
        assert!(cache.heads.len() < lines(data));
        assert!(cache.heads.iter().all(|head| !head.2.contains(&b'\n')));
    }
}

/// Reads the input as obsolescence markers.
pub fn obsmarkers(data: &[u8]) {
    let markers = match Markers::parse(data.to_vec(), &"input") {
        Ok(markers) => markers,
        Err(error) => return expect_data_error(error),
    };
    let mut bytes = 1;
    for at in 0..markers.len() {
        let marker = markers.get(at).expect("it is there");
        assert!([20, 32].contains(&marker.predecessor.len()));
        assert!(
            marker
                .successors
                .iter()
                .all(|node| *node != Node::NULL.as_ref())
        );
        assert!(marker.parents.iter().all(|parents| parents.len() <= 2));
        bytes += marker.predecessor.len() * (1 + marker.successors.len());
        bytes += marker
            .metadata
            .iter()
            .map(|(k, v)| k.len() + v.len())
            .sum::<usize>();
    }
    assert!(markers.is_empty() || bytes <= data.len());
    assert!(markers.get(markers.len()).is_none());
}

/// Reads the input as both versions of a merge's state.
pub fn merge_state_files(data: &[u8]) {
    let (old, new) = data.split_at(data.len() / 2);
    merge_state::parse(old, new);
    let state = merge_state::parse(b"", data);
    assert!(!state.is_unresolved() || data.len() > 5);
    assert!(6 * state.files.len() <= data.len());
}

/// Reads the input as the parts of a changelog of version 2.
pub fn changelog_v2(data: &[u8]) {
    match Docket::parse(data, &"input") {
        Ok(docket) => {
            for named in [docket.index, docket.data, docket.sidedata] {
                assert!(named.id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            }
        }
        Err(error) => expect_data_error(error),
    }
    match sidedata::item(data, sidedata::FILES, &"input") {
        Ok(item) => assert!(item.is_none_or(|item| item.len() < data.len())),
        Err(error) => expect_data_error(error),
    }
    match file_changes(data, &"input") {
        Ok(changes) => {
            let paths: usize = changes.iter().map(|change| change.path.len()).sum();
            assert!(paths + 9 * changes.len() <= data.len());
        }
        Err(error) => expect_data_error(error),
    }
}
