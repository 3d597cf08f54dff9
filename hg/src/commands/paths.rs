// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg paths`: the names of repositories elsewhere.

use super::{Command, TEMPLATE};
use crate::program::invocation::Invocation;
use crate::template::{Field, Fields};
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["paths"],
    options: &[TEMPLATE],
    is_paged: true,
    is_wordless: false,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    let mut paths: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for (name, item) in hg.config.items("paths") {
        if !is_plain(name, &item.value) {
            return Err(Error::unsupported("a path with more to it"));
        }
        paths.push((name.to_vec(), item.value.clone()));
    }
    paths.sort_unstable();
    let is_named = match &hg.options.words[..] {
        [] => false,
        [word] => {
            paths.retain(|(name, _)| name == word.as_encoded_bytes());
            true
        }
        _ => return Err(Error::unsupported("paths of several names")),
    };
    if is_named && paths.is_empty() {
        return Err(Error::unsupported("a path without a name"));
    }
    if let Some(mut formatter) = hg.formatter("paths", &["name", "url", "pushurl"])? {
        for (name, place) in paths {
            let item = Fields::new().with("name", Field::text(name));
            formatter.add(item.with("url", Field::text(place)));
        }
        return formatter.print(hg).map(|()| 0);
    }
    for (name, place) in paths {
        match (is_named, hg.is_quiet()) {
            (true, true) => {}
            (true, false) => hg.out.line(place),
            (false, true) => hg.out.line(name),
            (false, false) => hg.out.line([&name[..], b" = ", &place].concat()),
        }
    }
    Ok(0)
}

/// Tells whether a path is told as it is written: it is the address of something on the net without
/// a password, or an absolute path, without options of its own.
pub(super) fn is_plain(name: &[u8], place: &[u8]) -> bool {
    let is_address = ["http://", "https://", "ssh://"]
        .iter()
        .any(|scheme| place.starts_with(scheme.as_bytes()));
    let is_path = place.starts_with(b"/")
        && !place.ends_with(b"/")
        && !["//", "/./", "/../", "/."]
            .iter()
            .any(|odd| memchr::memmem::find(place, odd.as_bytes()).is_some());
    let is_odd = |byte: &u8| matches!(byte, b'$' | b'~' | b'%' | b'@' | b'#') || *byte <= b' ';
    let is_named = !name.contains(&b':') && name != b"default-push";
    is_named && (is_address || is_path) && !place.iter().any(is_odd)
}
