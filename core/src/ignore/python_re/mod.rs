//! Python's regular expressions over bytes, as far as they are regular.
//!
//! [`PythonRegex`] answers whether `re.match(pattern, bytes)` finds anything,
//! for patterns that mean the same to the `re` of every Python from 3.9 to
//! 3.15. All others are refused: what Python refuses or warns about, what
//! versions disagree on, and what an automaton cannot do, such as look-around
//! and back-references.
//!
//! The syntax is Python's, not that of the `regex` crate, so patterns have a
//! parser of their own (`parse.rs`, after the documentation of `re` and
//! `Lib/re/_parser.py`). Which of several matches is found, and how long it
//! is, does not matter here; greedy and lazy repetition are therefore the same.

mod automaton;
mod factor;
mod lower;
mod parse;
mod tree;

pub use automaton::PythonRegex;

use tree::Node;

/// Longer patterns are Mercurial's to refuse (`match.MAX_RE_SIZE`).
pub const MAX_LENGTH: usize = 20_000;

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
}

/// Collects patterns of which any may match.
#[derive(Default, Debug)]
pub struct Builder {
    branches: Vec<Node>,
}

impl Builder {
    /// Adds a pattern.
    ///
    /// # Errors
    /// Why the pattern is not for this code.
    pub fn add(&mut self, pattern: &[u8]) -> Result<(), String> {
        if pattern.len() > MAX_LENGTH {
            return Err(format!("too long ({} bytes)", pattern.len()));
        }
        let node = parse::parse(pattern)?;
        lower::check(&node)?;
        match node {
            Node::Either(branches) => self.branches.extend(branches),
            node => self.branches.push(node),
        }
        Ok(())
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    /// One automaton for all patterns; without any, it matches nothing.
    ///
    /// # Errors
    /// If it would become too large.
    pub fn build(self) -> Result<PythonRegex, String> {
        let tree = factor::factor(self.branches);
        PythonRegex::from_hir(&lower::lower(&tree)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let regex = PythonRegex::new(pattern.as_bytes()).unwrap();
        for text in matching {
            assert!(regex.is_match(text.as_bytes()), "{pattern} {text:?}");
        }
        for text in others {
            assert!(!regex.is_match(text.as_bytes()), "{pattern} {text:?}");
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
            assert!(regex.is_match(text.as_bytes()), "{text}");
        }
        for text in ["", "a", "xbx", "xc", "xd", "fx"] {
            assert!(!regex.is_match(text.as_bytes()), "{text}");
        }
        assert!(!Builder::default().build().unwrap().is_match(b""));
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
        assert!(regex.is_match(b"ab39x39") && regex.is_match(b"abc5"));
        assert!(!regex.is_match(b"ab/39"));
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
