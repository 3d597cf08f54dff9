// SPDX-License-Identifier: GPL-2.0-or-later

//! The lines of a text that match a pattern.

use std::sync::atomic::Ordering::Relaxed;

use memchr::{memchr, memchr_iter, memrchr};

use crate::Result;
use crate::diff::is_binary;
use crate::matcher::python_re::{Finder, PythonSearch};
use crate::working_copy::status::request::Watch;

/// A line, or several that have a match together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u32,
    pub(super) text: Vec<u8>,
    /// Where the first match is.
    first: [usize; 2],
}

/// The lines of a text that match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Searched {
    pub(super) lines: Vec<Line>,
    pub(super) is_binary: bool,
}

/// Returns the lines of a text that match, at most so many, and counts it as searched.
///
/// A line after a match over several lines has the number that Mercurial gives it, as if that
/// match had been on one line.
pub(super) fn matching(
    text: &[u8],
    pattern: &PythonSearch,
    most: usize,
    watch: &Watch,
) -> Result<Searched> {
    let (mut lines, mut begin, mut number) = (Vec::new(), 0, 0);
    let mut finder = pattern.finder();
    while begin < text.len() && lines.len() < most {
        watch.go_on()?;
        let Some(found) = finder.find(text, begin) else {
            break;
        };
        number += memchr_iter(b'\n', &text[begin..found.start]).count() + 1;
        let before = memrchr(b'\n', &text[begin..found.start]);
        let start = before.map_or(begin, |before| begin + before + 1);
        let end = memchr(b'\n', &text[found.end..]).map_or(text.len(), |end| found.end + end);
        lines.push(Line {
            number: u32::try_from(number).unwrap_or(u32::MAX),
            text: text[start..end].to_vec(),
            first: [found.start - start, found.end - start],
        });
        begin = end + 1;
    }
    watch.progress.fetch_add(1, Relaxed);
    // Nobody asks where nothing is found.
    let is_binary = !lines.is_empty() && is_binary(text);
    Ok(Searched { lines, is_binary })
}

impl Line {
    /// Returns where the pattern matches; behind the first match it is searched for in the line
    /// alone.
    pub(super) fn spans(&self, finder: &mut Finder<'_>) -> Vec<[u32; 2]> {
        let span = |[start, end]: [usize; 2]| [start as u32, end as u32];
        let mut spans = vec![span(self.first)];
        let mut at = self.first[1];
        while at < self.text.len() {
            let Some(found) = finder.find(&self.text, at) else {
                break;
            };
            if found.end == at {
                at += 1;
            } else {
                at = found.end;
                spans.push(span([found.start, found.end]));
            }
        }
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, pattern: &str) -> Vec<(u32, String, Vec<[u32; 2]>)> {
        let pattern = PythonSearch::new(pattern.as_bytes(), false).unwrap();
        let found = matching(text.as_bytes(), &pattern, usize::MAX, &Watch::default()).unwrap();
        let lines = found.lines.into_iter().map(|line| {
            let spans = line.spans(&mut pattern.finder());
            (line.number, String::from_utf8(line.text).unwrap(), spans)
        });
        lines.collect()
    }

    #[test]
    fn lines_with_their_numbers() {
        let found = lines("a\nb\naxa\n\nba", "a");
        assert_eq!(
            found,
            [
                (1, "a".into(), vec![[0, 1]]),
                (3, "axa".into(), vec![[0, 1], [2, 3]]),
                (5, "ba".into(), vec![[1, 2]]),
            ]
        );
        assert_eq!(lines("", "a*"), []);
        assert_eq!(lines("ab", "$"), [(1, "ab".into(), vec![[2, 2]])]);
        assert_eq!(lines("x\n\n", "^$"), [(2, String::new(), vec![[0, 0]])]);
    }

    #[test]
    fn a_match_over_several_lines() {
        let found = lines("1a\nb2\na", "a\nb|a");
        assert_eq!(found[0], (1, "1a\nb2".into(), vec![[1, 4]]));
        assert_eq!(found[1].0, 2);
    }
}
