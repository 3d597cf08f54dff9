// SPDX-License-Identifier: GPL-2.0-or-later

//! Finding where a pattern matches.

use std::ops::Range;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use regex_automata::hybrid::dfa::DFA;
use regex_automata::hybrid::regex::{Cache, Regex};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::pool::{Pool, PoolGuard};
use regex_automata::{Input, MatchKind};
use regex_syntax::hir::Hir;

use super::parse::{Flags, parse_for_search};
use super::{MAX_LENGTH, Room, lower};

type NewCache = Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// A pattern to be searched for, by any number of threads at once: what
/// `re.compile(pattern, re.M).search` finds.
///
/// The first match from the left, and of those that begin there, the one that Python prefers.
pub struct PythonSearch {
    regex: Arc<Regex>,
    caches: Pool<Cache, NewCache>,
}

/// Searches, one after the other.
pub struct Finder<'s> {
    regex: &'s Regex,
    cache: PoolGuard<'s, Cache, NewCache>,
}

impl PythonSearch {
    /// Compiles a pattern, in time linear in its length and in the numbers of its repetitions.
    ///
    /// # Errors
    /// Why the pattern is not for this code: those of [`PythonRegex::new`](super::PythonRegex::new),
    /// and what is not regular.
    pub fn new(pattern: &[u8], ignore_case: bool) -> Result<PythonSearch, String> {
        if pattern.len() > MAX_LENGTH {
            return Err(format!("too long ({} bytes)", pattern.len()));
        }
        let flags = Flags {
            ignore_case,
            multi_line: true,
            ..Flags::default()
        };
        let node = parse_for_search(pattern, flags)?;
        let room = Room::default();
        if node.weight() > room.parts || node.written_out() > room.automata / 24 {
            return Err("too many repetitions".to_owned());
        }
        if !node.is_regular() {
            return Err("a look-around or a reference to a group".to_owned());
        }
        let hir = lower::lower_for_search(&node)?;
        let forward = automaton(&hir, false, &room)?;
        let regex = Regex::builder().build_from_dfas(forward, automaton(&hir, true, &room)?);
        let regex = Arc::new(regex);
        let for_caches = Arc::clone(&regex);
        let new_cache: NewCache = Box::new(move || for_caches.create_cache());
        Ok(PythonSearch {
            regex,
            caches: Pool::new(new_cache),
        })
    }

    /// Returns what searches on this thread.
    pub fn finder(&self) -> Finder<'_> {
        Finder {
            regex: &self.regex,
            cache: self.caches.get(),
        }
    }
}

impl std::fmt::Debug for PythonSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PythonSearch").finish_non_exhaustive()
    }
}

impl Finder<'_> {
    /// Returns the first match in `bytes` that begins at `from` or later. Linear in their length.
    pub fn find(&mut self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        let input = Input::new(bytes).range(from..);
        // An error is impossible: no byte is configured to end the search, nor a number of
        // refilled caches.
        let found = self.regex.try_search(&mut self.cache, &input);
        found.ok().flatten().map(|found| found.range())
    }
}

/// Compiles what finds the ends of matches, or in reverse, their beginnings.
fn automaton(hir: &Hir, reverse: bool, room: &Room) -> Result<DFA, String> {
    let nfa = thompson::Compiler::new()
        .configure(
            thompson::Config::new()
                .utf8(false)
                .reverse(reverse)
                .which_captures(WhichCaptures::None)
                .nfa_size_limit(Some(room.automata)),
        )
        .build_from_hir(hir)
        .map_err(|error| error.to_string())?;
    let kind = if reverse {
        MatchKind::All
    } else {
        MatchKind::LeftmostFirst
    };
    DFA::builder()
        .configure(
            DFA::config()
                .match_kind(kind)
                .cache_capacity(room.states / 4)
                .skip_cache_capacity_check(true),
        )
        .build_from_nfa(nfa)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str, from: usize) -> Option<(usize, usize)> {
        let search = PythonSearch::new(pattern.as_bytes(), false).unwrap();
        let found = search.finder().find(text.as_bytes(), from);
        found.map(|found| (found.start, found.end))
    }

    #[test]
    fn the_match_that_python_finds() {
        assert_eq!(found("a|ab", "xab", 0), Some((1, 2)));
        assert_eq!(found("ab|a", "xab", 0), Some((1, 3)));
        assert_eq!(found("a*?b|a+", "aab", 0), Some((0, 3)));
        assert_eq!(found("a+?", "aaa", 1), Some((1, 2)));
        assert_eq!(found("^b$", "a\nb\nc", 0), Some((2, 3)));
        assert_eq!(found("^b", "ab", 1), None);
        assert_eq!(found("", "ab", 2), Some((2, 2)));
        assert_eq!(found(r"\bb", "ab b", 1), Some((3, 4)));
        let search = PythonSearch::new(b"A[b]", true).unwrap();
        assert_eq!(search.finder().find(b"xaB", 0), Some(1..3));
    }

    #[test]
    fn what_is_refused() {
        for pattern in ["(?=a)", r"(a)\1", "(", "a)", "(?-m:a$)", "(a*)*", "**"] {
            assert!(
                PythonSearch::new(pattern.as_bytes(), false).is_err(),
                "{pattern}"
            );
        }
    }
}
