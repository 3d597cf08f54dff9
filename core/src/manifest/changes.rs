// SPDX-License-Identifier: GPL-2.0-or-later

//! The files in which two manifests differ.

use super::{Manifest, ManifestEntry, line_end, out_of_order, parse};
use crate::{RepoPath, Result};

/// The bytes that are compared at once.
const STEP: usize = 64;

/// A file that is not the same in two manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'m> {
    /// The path.
    pub path: &'m RepoPath,
    /// The file in the first manifest, `None` if it is not there.
    pub old: Option<ManifestEntry<'m>>,
    /// The file in the second manifest, `None` if it is not there.
    pub new: Option<ManifestEntry<'m>>,
}

impl Manifest {
    /// Returns the files that differ from those of another manifest, in the order of their paths.
    ///
    /// Takes time linear in the texts, of which equal parts are only compared byte by byte.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt) for lines that differ and are none, or are out of
    /// order; [`Error::Unsupported`](crate::Error::Unsupported) for a directory's flag.
    pub fn changes_to<'m>(&'m self, other: &'m Manifest) -> Result<Vec<Change<'m>>> {
        let (mut old, mut new) = (Rest::of(self), Rest::of(other));
        let mut changes: Vec<Change<'m>> = Vec::new();
        loop {
            let same = equal_lines(old.text, new.text);
            (old.text, new.text) = (&old.text[same..], &new.text[same..]);
            let entries = [old.first()?, new.first()?];
            let Some(path) = entries.iter().flatten().map(|entry| entry.path).min() else {
                return Ok(changes);
            };
            if changes.last().is_some_and(|last| last.path >= path) {
                return Err(out_of_order(path));
            }
            let [a, b] = entries.map(|entry| entry.filter(|entry| entry.path == path));
            let change = Change {
                path,
                old: a.map(|entry| old.take(entry)),
                new: b.map(|entry| new.take(entry)),
            };
            changes.push(change);
        }
    }
}

/// The lines of a manifest that are yet to be looked at.
struct Rest<'m> {
    text: &'m [u8],
}

impl<'m> Rest<'m> {
    fn of(manifest: &'m Manifest) -> Self {
        Rest {
            text: &manifest.text,
        }
    }

    fn first(&self) -> Result<Option<ManifestEntry<'m>>> {
        if self.text.is_empty() {
            return Ok(None);
        }
        parse(&self.text[..line_end(self.text, 0)]).map(Some)
    }

    /// Passes the first line, whose entry this is.
    fn take(&mut self, entry: ManifestEntry<'m>) -> ManifestEntry<'m> {
        self.text = &self.text[line_end(self.text, 0)..];
        entry
    }
}

/// Returns how many bytes of whole lines two texts begin with that are the same.
fn equal_lines(a: &[u8], b: &[u8]) -> usize {
    let steps = a.chunks(STEP).zip(b.chunks(STEP));
    let same = steps
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len())
        .sum::<usize>();
    let bytes = a[same..].iter().zip(&b[same..]);
    let same = same + bytes.take_while(|(a, b)| a == b).count();
    let newline = a[..same].iter().rposition(|&byte| byte == b'\n');
    newline.map_or(0, |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Node;

    fn manifest(files: &BTreeMap<String, (u8, &str)>) -> Manifest {
        let mut text = Vec::new();
        for (path, (node, flag)) in files {
            text.extend(path.bytes());
            text.push(0);
            text.extend(format!("{node:02x}").repeat(Node::LEN).bytes());
            text.extend(flag.bytes());
            text.push(b'\n');
        }
        Manifest::new(text).unwrap()
    }

    /// Numbers that look random, always the same.
    fn numbers(mut state: u64) -> impl FnMut(u64) -> u64 {
        move |below| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        }
    }

    #[test]
    fn random_manifests_as_maps_tell() {
        let mut next = numbers(7);
        for _ in 0..300 {
            let count = next(60);
            let mut old = BTreeMap::new();
            for _ in 0..count {
                let name = "abc/d"[..1 + next(5) as usize].repeat(1 + next(3) as usize);
                old.insert(
                    format!("{name}{}", next(40)),
                    (next(3) as u8, ["", "x", "l"][next(3) as usize]),
                );
            }
            let mut new = old.clone();
            for _ in 0..next(10) {
                let at = next(1 + old.len() as u64) as usize;
                if let Some(path) = old.keys().nth(at) {
                    new.remove(path);
                    if next(2) == 0 {
                        new.insert(format!("{path}{}", next(2)), (next(3) as u8, ""));
                    }
                }
            }
            let (a, b) = (manifest(&old), manifest(&new));
            let changes = a.changes_to(&b).unwrap();
            let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
            paths.sort();
            paths.dedup();
            paths.retain(|&path| old.get(path) != new.get(path));
            let found: Vec<String> = changes.iter().map(|c| c.path.to_string()).collect();
            assert_eq!(found, paths.into_iter().cloned().collect::<Vec<_>>());
            for change in &changes {
                let path = change.path.to_string();
                assert_eq!(change.old.is_some(), old.contains_key(&path));
                assert_eq!(change.new.is_some(), new.contains_key(&path));
                assert_eq!(change.old, a.find(change.path).unwrap());
                assert_eq!(change.new, b.find(change.path).unwrap());
            }
        }
    }

    #[test]
    fn lines_that_are_none() {
        let good = manifest(&BTreeMap::from([
            ("a".into(), (1, "")),
            ("b".into(), (1, "")),
        ]));
        let line = |path: &str| format!("{path}\0{}\n", "11".repeat(Node::LEN));
        for bad in [
            "x\n".to_owned(),
            line(""),
            line("c") + &line("b") + &line("a"),
            line("a") + "b\0nothing\n",
        ] {
            let bad = Manifest::new(bad.into_bytes()).unwrap();
            assert!(good.changes_to(&bad).is_err());
            assert!(bad.changes_to(&good).is_err());
            assert_eq!(bad.changes_to(&bad).unwrap(), []);
        }
    }
}
