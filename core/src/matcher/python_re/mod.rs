// SPDX-License-Identifier: GPL-2.0-or-later

//! Python's regular expressions over bytes.
//!
//! [`PythonRegex`] answers whether `re.match(pattern, bytes)` finds anything,
//! for patterns that mean the same to the `re` of every Python from 3.9 to
//! 3.15. All others are refused: what Python refuses or warns about, and what
//! versions disagree on.
//!
//! The syntax is Python's, not that of the `regex` crate, so patterns have a
//! parser of their own (`parse.rs`, after the documentation of `re` and
//! `Lib/re/_parser.py`). What is regular goes into one automaton. Which of
//! several matches is found, and how long it is, does not matter there; greedy
//! and lazy repetition are therefore the same. Patterns with look-around,
//! references to groups, or more behind a `$` are matched one by one, by
//! trying (`backtrack.rs`).

mod automaton;
mod backtrack;
mod class;
mod factor;
mod group;
mod lower;
mod parse;
mod program;
mod search;
mod set;
mod tree;

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use automaton::Automaton;
use backtrack::Matcher;
use group::Joined;
use program::Program;
use tree::Expr;

pub use backtrack::TooHard;
pub use search::{Finder, PythonSearch};

/// Longer patterns are Mercurial's to refuse (`match.MAX_RE_SIZE`).
pub const MAX_LENGTH: usize = 20_000;

/// The room that several matchers have together.
#[derive(Debug)]
pub struct Room {
    /// Parts of patterns that are no single bytes: they take some hundred bytes each while
    /// automata are made of them.
    parts: usize,
    /// Bytes of automata before their states are worked out.
    automata: usize,
    /// Bytes of states that are kept, for each thread; more are forgotten and made again.
    states: usize,
    /// Steps of what is tried.
    steps: usize,
}

impl Default for Room {
    fn default() -> Self {
        Room {
            parts: 200_000,
            automata: 16 << 20,
            states: 8 << 20,
            steps: 100_000,
        }
    }
}

/// Trying may take so many steps for one path: some milliseconds.
const STEPS: i64 = 1_000_000;

/// Trying may take so many steps for all paths together, and so many more for each path.
/// Nothing that people write needs as much, while a pattern that is made for it can need
/// any number for any path.
const FREE_STEPS: i64 = 20_000_000;
const STEPS_PER_PATH: i64 = 10_000;

/// Compiled patterns of which any may match, to be asked by any number of threads at once.
#[derive(Debug)]
pub struct PythonRegex {
    /// What is regular.
    automaton: Option<Automaton>,
    /// What is not.
    programs: Vec<Program>,
    /// How many steps may be tried yet.
    credit: AtomicI64,
}

impl PythonRegex {
    /// Compiles one pattern, in time linear in its length and in the numbers
    /// of its repetitions.
    ///
    /// # Errors
    /// Why the pattern is not for this code.
    pub fn new(pattern: &[u8]) -> Result<PythonRegex, String> {
        let mut builder = Builder::default();
        builder.add(pattern)?;
        builder.build()
    }

    /// Returns the same, but matched by trying even if it is regular: for comparisons.
    ///
    /// # Errors
    /// As for [`PythonRegex::new`], and for patterns with too many repetitions.
    pub fn tried(pattern: &[u8]) -> Result<PythonRegex, String> {
        let node = parse::parse(pattern, &mut Joined::default())?;
        Ok(PythonRegex {
            automaton: None,
            programs: vec![Program::new(&node, Room::default().steps)?],
            credit: AtomicI64::new(FREE_STEPS),
        })
    }

    /// Returns whether `re.match` finds anything in `bytes`. Linear in their length if all
    /// patterns are regular.
    ///
    /// # Errors
    /// [`TooHard`] if some are not, and ways to match have to be tried for too long.
    pub fn is_match(&self, bytes: &[u8]) -> Result<bool, TooHard> {
        if let Some(automaton) = &self.automaton
            && automaton.is_match(bytes)
        {
            return Ok(true);
        }
        if self.programs.is_empty() {
            Ok(false)
        } else {
            self.try_programs(bytes)
        }
    }

    fn try_programs(&self, bytes: &[u8]) -> Result<bool, TooHard> {
        let credit = self.credit.fetch_add(STEPS_PER_PATH, Relaxed) + STEPS_PER_PATH;
        let allowed = credit.clamp(0, STEPS);
        let mut matcher = Matcher::new(bytes, allowed as usize);
        let mut found = Ok(false);
        for program in &self.programs {
            found = matcher.is_match(program);
            if found != Ok(false) {
                break;
            }
        }
        self.credit
            .fetch_sub(allowed - matcher.steps as i64, Relaxed);
        found
    }
}

/// Collects patterns of which any may match.
#[derive(Default, Debug)]
pub struct Builder {
    branches: Vec<Expr>,
    programs: Vec<Program>,
    joined: Joined,
    /// How many parts the patterns have.
    parts: usize,
    /// How many there are with all repetitions written out.
    written_out: usize,
    /// How many steps the programs have.
    steps: usize,
}

impl Builder {
    /// Adds a pattern. Numbers and names of groups count through all patterns that
    /// Mercurial joins, which are as many as find room in [`MAX_LENGTH`] bytes.
    ///
    /// # Errors
    /// Why the pattern is not for this code.
    pub fn add(&mut self, pattern: &[u8]) -> Result<(), String> {
        if pattern.len() > MAX_LENGTH {
            return Err(format!("too long ({} bytes)", pattern.len()));
        }
        self.joined.make_room(pattern.len());
        let node = parse::parse(pattern, &mut self.joined)?;
        self.parts += node.weight();
        if self.parts > Room::default().parts {
            return Err("too many patterns".to_owned());
        }
        // Before anything is written out: an automaton has a state for each, of 24 bytes.
        self.written_out = self.written_out.saturating_add(node.written_out());
        if self.written_out > Room::default().automata / 24 {
            return Err("too many repetitions".to_owned());
        }
        if !lower::is_for_automata(&node) {
            let most = Room::default().steps.saturating_sub(self.steps);
            let program = Program::new(&node, most)?;
            self.steps += program.steps.len();
            self.programs.push(program);
            return Ok(());
        }
        match node {
            Expr::Either(branches) => self.branches.extend(branches),
            node => self.branches.push(node),
        }
        Ok(())
    }

    /// Returns whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.branches.is_empty() && self.programs.is_empty()
    }

    /// Returns one matcher for all patterns; without any, it matches nothing.
    ///
    /// # Errors
    /// If it would become too large.
    pub fn build(self) -> Result<PythonRegex, String> {
        self.build_within(&mut Room::default())
    }

    /// Returns one matcher for all patterns; takes what it needs from `room`.
    ///
    /// # Errors
    /// If there is not so much room.
    pub fn build_within(self, room: &mut Room) -> Result<PythonRegex, String> {
        let parts = room.parts.checked_sub(self.parts);
        room.parts = parts.ok_or("too many patterns")?;
        let steps = room.steps.checked_sub(self.steps);
        room.steps = steps.ok_or("too many repetitions")?;
        let automaton = if self.branches.is_empty() {
            None
        } else {
            let tree = factor::factor(self.branches);
            Some(Automaton::from_hir(&lower::lower(&tree)?, room)?)
        };
        Ok(PythonRegex {
            automaton,
            programs: self.programs,
            credit: AtomicI64::new(FREE_STEPS),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let regex = PythonRegex::new(pattern.as_bytes()).unwrap();
        for text in matching {
            assert!(
                regex.is_match(text.as_bytes()).unwrap(),
                "{pattern} {text:?}"
            );
        }
        for text in others {
            assert!(
                !regex.is_match(text.as_bytes()).unwrap(),
                "{pattern} {text:?}"
            );
        }
    }

    #[test]
    fn ends() {
        check("a$", &["a", "a\n"], &["ab", "a\n\n", "a\nb"]);
        check(r"a\Z", &["a"], &["a\n", "ab"]);
        check("a($|/).*", &["a", "a\n", "a/b"], &["ab", "a\nb"]);
        check("(a$)?b?", &["", "x"], &[]);
        check(r"\b", &["a"], &["", "/"]);
    }

    #[test]
    fn sets() {
        check("[]a]", &["]", "a"], &["b"]);
        check("[^]a]", &["b", "\n"], &["]", "a", ""]);
        check("[a-]", &["a", "-"], &["b"]);
        check("[--/]", &["-", ".", "/"], &["0"]);
        check(r"[\w-]", &["_", "-", "0"], &["/"]);
        check(r"[\b]", &["\x08"], &["b"]);
        check("[a[]", &["["], &["]"]);
        check(r"[^\W]", &["a"], &["/", "\u{e9}"]);
        check(r"[\x00-\xff]", &["a", "\n"], &[""]);
        check(r"[^\x00-\xff]", &[], &["a", ""]);
    }

    #[test]
    fn case() {
        check("(?i:a[b-c]Z)", &["abz", "ACZ"], &["adz"]);
        check("(?i:[^a])", &["b"], &["a", "A"]);
        check("(?i:a(?-i:b))", &["Ab"], &["aB"]);
        check("(?i:k)", &["K"], &["\u{212a}"]);
        check("(?s:.)(?a:.)", &["\na"], &["\n\n"]);
    }

    #[test]
    fn counts() {
        check("a{2}b", &["aab"], &["ab", "aaab"]);
        check("a{,2}b", &["b", "aab"], &["aaab"]);
        check("a{,}b", &["b", "aaaab"], &[]);
        check("a{}", &["a{}"], &["a"]);
        check("a{x", &["a{x"], &["ax"]);
        check("a{1", &["a{1"], &["a"]);
        check("{x", &["{x"], &["x"]);
        check("a{0}b", &["b"], &["ab"]);
        check("(?:^|/)?a", &["a", "/a"], &["ba"]);
        check("a*?b", &["aab", "b"], &["ac"]);
    }

    #[test]
    fn any_of_many() {
        let mut builder = Builder::default();
        assert!(builder.is_empty());
        for pattern in [
            r".*\.a(?:/|$)",
            ".*b(?:/|$)",
            "(?:|.*/)c(?:/|$)",
            "d|.*e",
            "^f$",
        ] {
            builder.add(pattern.as_bytes()).unwrap();
        }
        let regex = builder.build().unwrap();
        for text in ["x.a", "xb/", "x/c", "c\n", "dx", "xxe", "f"] {
            assert!(regex.is_match(text.as_bytes()).unwrap(), "{text}");
        }
        for text in ["", "a", "xbx", "xc", "xd", "fx"] {
            assert!(!regex.is_match(text.as_bytes()).unwrap(), "{text}");
        }
        assert!(!Builder::default().build().unwrap().is_match(b"").unwrap());
    }

    #[test]
    fn more_beginnings_than_are_looked_for() {
        let mut builder = Builder::default();
        for i in 0..40 {
            builder
                .add(format!("[^{i}/]*{i}(?:$|x{i})").as_bytes())
                .unwrap();
        }
        let regex = builder.build().unwrap();
        assert!(regex.is_match(b"ab39x39").unwrap() && regex.is_match(b"abc5").unwrap());
        assert!(!regex.is_match(b"ab/39").unwrap());
    }

    #[test]
    fn bounds() {
        let deep = |depth| [vec![b'('; depth], vec![b')'; depth]].concat();
        assert!(PythonRegex::new(&deep(50)).is_ok());
        assert!(PythonRegex::new(&deep(9000)).is_err());
        assert!(PythonRegex::new(b"((((a{1000}){1000}){1000}){1000}){1000}").is_err());
        assert!(PythonRegex::new(&[b'a'; MAX_LENGTH]).is_ok());
        assert!(PythonRegex::new(&[b'a'; MAX_LENGTH + 1]).is_err());
    }
}
