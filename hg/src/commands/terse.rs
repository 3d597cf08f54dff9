// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg status --terse`: directories in the place of their files, where all have one state.

use std::collections::HashMap;

use vermilion_core::working_copy::Status;
use vermilion_core::working_copy::status::State;
use vermilion_core::{RepoPath, RepoPathBuf};

use super::status::STATES;
use crate::program::invocation::Invocation;
use crate::{Error, Result};

/// Returns the letters of the states whose files directories may stand for, as given or configured.
///
/// # Errors
/// [`Error::Unsupported`] for what is no such letter, and with `--rev`.
pub(super) fn letters(hg: &Invocation) -> Result<Vec<u8>> {
    let has_revs = !hg.options.values("rev").is_empty();
    let given = hg
        .options
        .value("terse")
        .map(|word| word.as_encoded_bytes());
    let letters = match given {
        Some(letters) => letters,
        None if has_revs => &[],
        None => hg
            .config
            .get("commands", "status.terse")
            .unwrap_or_default(),
    };
    let is_known = |letter: &u8| STATES.iter().any(|(_, name, _)| initial(name) == *letter);
    if !letters.iter().all(is_known) || has_revs && !letters.is_empty() {
        return Err(Error::unsupported("a terse status that there is not"));
    }
    Ok(letters.to_vec())
}

fn initial(name: &str) -> u8 {
    name.as_bytes()[0]
}

/// Returns a status in which a directory stands for all files in and below it, with a slash behind its
/// name, if these have one state whose letter is given; the topmost such directory, which is never
/// the root.
pub(super) fn status(status: &Status, letters: &[u8]) -> Status {
    let mut states: HashMap<&RepoPath, u8> = HashMap::new();
    for (number, &(state, ..)) in STATES.iter().enumerate() {
        for path in status.list(state).iter() {
            for directory in path.parents() {
                *states.entry(directory).or_default() |= 1 << number;
            }
        }
    }
    let mut found: Vec<(State, RepoPathBuf)> = Vec::new();
    for (number, (state, name, _)) in STATES.into_iter().enumerate() {
        let is_tersed = letters.contains(&initial(name));
        let stands = |directory: &&RepoPath| {
            is_tersed && !directory.is_empty() && states[directory] == 1 << number
        };
        let mut last: Option<&RepoPath> = None;
        for path in status.list(state).iter() {
            // A path's directories come from the nearest on.
            let Some(directory) = path.parents().filter(stands).last() else {
                found.push((state, path.to_owned()));
                continue;
            };
            if last != Some(directory) {
                found.push((state, [directory.as_bytes(), b"/"].concat().into()));
                last = Some(directory);
            }
        }
    }
    let mut tersed = Status::of(found);
    tersed.copies.clone_from(&status.copies);
    tersed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tersed(files: &[(State, &str)], letters: &str) -> Vec<String> {
        let files = files.iter().map(|&(state, path)| (state, path.into()));
        let made = status(&Status::of(files), letters.as_bytes());
        let lists = STATES
            .iter()
            .flat_map(|&(state, ..)| made.list(state).iter());
        lists.map(ToString::to_string).collect()
    }

    #[test]
    fn directories_stand_for_their_files() {
        use State::{Clean, Unknown};
        let files = [
            (Unknown, "a"),
            (Unknown, "d/a"),
            (Unknown, "d/e/b"),
            (Unknown, "d/e/f/c"),
        ];
        assert_eq!(tersed(&files, "u"), ["a", "d/"]);
        assert_eq!(tersed(&files, "mc"), ["a", "d/a", "d/e/b", "d/e/f/c"]);
        let more = [&files[..], &[(Clean, "d/x"), (Clean, "c/x")]].concat();
        assert_eq!(tersed(&more, "u"), ["a", "d/a", "d/e/", "c/x", "d/x"]);
        assert_eq!(tersed(&more, "uc"), ["a", "d/a", "d/e/", "c/", "d/x"]);
    }
}
