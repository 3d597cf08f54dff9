// SPDX-License-Identifier: GPL-2.0-or-later

//! Changesets that mention a word.

use std::ops::Range;

use memchr::memmem::Finder;

use super::{Changelog, Changeset};
use crate::{Node, Rev};

/// More bytes of texts are not read at a time.
const MOST: usize = 16 << 20;

/// The parts of a changeset that are looked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The user.
    pub user: bool,
    /// The description.
    pub description: bool,
    /// The names of the files.
    pub files: bool,
}

/// Whether a changeset mentions a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mention {
    /// None of the fields has it.
    No,
    /// One of them has it.
    Yes,
    /// One has letters beyond ASCII, of which a locale has to tell the lower case.
    Unclear,
}

impl Changelog {
    /// Returns the nodes of changesets and their texts, each compared with its node, `None` for one
    /// that cannot be read; left out are those behind the last one, and those behind 16 MiB of
    /// texts.
    ///
    /// Takes time linear in the texts, as those next to each other are read together.
    pub fn texts(&self, revs: Range<usize>) -> Vec<Option<(Node, Vec<u8>)>> {
        let (mut texts, mut length) = (self.revlog.texts(true), 0);
        let mut read = |at| {
            let rev = Rev::from_index(at);
            Some((self.node(rev).ok()?, texts.read(rev).ok()?.to_vec()))
        };
        let mut found = Vec::new();
        for at in self.existing(revs) {
            let known = read(at);
            length += known.as_ref().map_or(0, |(_, text)| text.len());
            found.push(known);
            if length > MOST {
                break;
            }
        }
        found
    }

    /// Returns the nodes of changesets and whether each mentions a word of lower-case ASCII
    /// characters in one of the fields, in whatever case, `None` for one that cannot be read.
    ///
    /// Takes the time of [`Changelog::texts`], and memory for one of them.
    pub fn mentions(
        &self,
        word: &[u8],
        fields: Fields,
        revs: Range<usize>,
    ) -> Vec<Option<(Node, Mention)>> {
        let mut texts = self.revlog.texts(true);
        let mut search = Search {
            finder: Finder::new(word),
            lower: Vec::new(),
        };
        let ask = |at| {
            let rev = Rev::from_index(at);
            let changeset = self.parse(rev, texts.read(rev).ok()?).ok()?;
            Some((self.node(rev).ok()?, search.ask(&changeset, fields)))
        };
        self.existing(revs).map(ask).collect()
    }

    fn existing(&self, revs: Range<usize>) -> Range<usize> {
        let end = revs.end.min(self.len());
        revs.start.min(end)..end
    }
}

struct Search<'w> {
    finder: Finder<'w>,
    /// A field in lower case.
    lower: Vec<u8>,
}

impl Search<'_> {
    fn ask(&mut self, changeset: &Changeset<'_>, fields: Fields) -> Mention {
        let files = changeset.files().map(|path| path.as_bytes());
        let user = fields.user.then(|| changeset.user());
        let description = fields.description.then(|| changeset.description());
        let asked = files.filter(|_| fields.files).chain(user);
        let mut answer = Mention::No;
        for field in asked.chain(description) {
            if !field.is_ascii() {
                answer = Mention::Unclear;
                continue;
            }
            self.lower.clear();
            self.lower.extend(field.iter().map(u8::to_ascii_lowercase));
            if self.finder.find(&self.lower).is_some() {
                return Mention::Yes;
            }
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(word: &str, user: &str, files: &str, description: &str, fields: Fields) -> Mention {
        let manifest = Node::NULL;
        let text = format!("{manifest}\n{user}\n0 0\n{files}\n\n{description}");
        let changeset = Changeset::parse(text.as_bytes(), &"a test").unwrap();
        let (finder, lower) = (Finder::new(word), Vec::new());
        Search { finder, lower }.ask(&changeset, fields)
    }

    #[test]
    fn words_in_any_case() {
        let all = Fields {
            user: true,
            description: true,
            files: true,
        };
        let none = Fields::default();
        for (word, fields, expected) in [
            ("fix", all, Mention::Yes),
            ("fix", none, Mention::No),
            ("fix", Fields { user: true, ..none }, Mention::No),
            ("alice", Fields { user: true, ..none }, Mention::Yes),
            (
                "dir/b",
                Fields {
                    files: true,
                    ..none
                },
                Mention::Yes,
            ),
            ("a\ndir", all, Mention::No),
            ("", all, Mention::Yes),
        ] {
            assert_eq!(
                ask(word, "Alice", "a\ndir/B", "A FIX", fields),
                expected,
                "{word:?}"
            );
        }
        assert_eq!(ask("k", "\u{212a}", "a", "b", all), Mention::Unclear);
        assert_eq!(ask("b", "\u{212a}", "a", "b", all), Mention::Yes);
    }
}
