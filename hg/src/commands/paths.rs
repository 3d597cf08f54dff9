// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg paths`: the names of repositories elsewhere.

use super::{Command, TEMPLATE};
use crate::program::invocation::Invocation;
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["paths"],
    options: &[TEMPLATE],
    is_paged: true,
    is_wordless: false,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["template"])?;
    let mut paths: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for (name, item) in hg.config.items("paths") {
        if !is_plain(name, &item.value) {
            return Err(Error::unsupported("a path with more to it"));
        }
        paths.push((name.to_vec(), item.value.clone()));
    }
    paths.sort_unstable();
    let is_quiet = hg.is_quiet();
    match &hg.options.words[..] {
        [] => {
            for (name, place) in paths {
                hg.out.line(if is_quiet {
                    name
                } else {
                    [&name[..], b" = ", &place].concat()
                });
            }
        }
        [word] => {
            let named = paths
                .iter()
                .find(|(name, _)| name == word.as_encoded_bytes());
            let Some((_, place)) = named else {
                return Err(Error::unsupported("a path without a name"));
            };
            if !is_quiet {
                hg.out.line(place);
            }
        }
        _ => return Err(Error::unsupported("paths of several names")),
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
