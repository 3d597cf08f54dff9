// SPDX-License-Identifier: GPL-2.0-or-later

//! Running a pattern.

use std::panic::{RefUnwindSafe, UnwindSafe};

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::Hir;

use super::Room;

type NewCache = Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// A compiled pattern, to be asked by any number of threads at once.
///
/// Its states are worked out when they are first needed, for each thread that
/// asks at the same time.
pub(super) struct Automaton {
    dfa: DFA,
    caches: Pool<Cache, NewCache>,
}

impl Automaton {
    /// Compiles an expression that has to match from the first byte on; takes what it
    /// needs from `room`.
    pub(super) fn from_hir(hir: &Hir, room: &mut Room) -> Result<Automaton, String> {
        let nfa = thompson::Compiler::new()
            .configure(
                thompson::Config::new()
                    .utf8(false)
                    .which_captures(WhichCaptures::None)
                    .nfa_size_limit(Some(room.automata)),
            )
            .build_from_hir(hir)
            .map_err(|error| error.to_string())?;
        room.automata = room.automata.saturating_sub(nfa.memory_usage());
        let states = room.states / 4;
        room.states -= states;
        let dfa = DFA::builder()
            .configure(
                DFA::config()
                    .cache_capacity(states)
                    // The least that works is taken where that is not enough.
                    .skip_cache_capacity_check(true),
            )
            .build_from_nfa(nfa)
            .map_err(|error| error.to_string())?;
        let for_caches = dfa.clone();
        let new_cache: NewCache = Box::new(move || for_caches.create_cache());
        Ok(Automaton {
            dfa,
            caches: Pool::new(new_cache),
        })
    }

    /// Returns whether `re.match` finds anything in `bytes`. Linear in their length.
    pub(super) fn is_match(&self, bytes: &[u8]) -> bool {
        let input = Input::new(bytes).anchored(Anchored::Yes).earliest(true);
        let mut cache = self.caches.get();
        let found = self.dfa.try_search_fwd(&mut cache, &input);
        // An error is impossible: no byte is configured to end the search, nor
        // a number of refilled caches.
        matches!(found, Ok(Some(_)))
    }
}

impl std::fmt::Debug for Automaton {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Automaton").finish_non_exhaustive()
    }
}
