// SPDX-License-Identifier: GPL-2.0-or-later

//! Changesets that mention a word.

use std::ops::Range;

use memchr::memmem::Finder;

use super::{Changelog, Changeset};
use crate::{Node, Rev};

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
    /// that cannot be read; those behind the last one are left out.
    ///
    /// Takes time linear in the texts, as those next to each other are read together.
    pub fn texts(&self, revs: Range<usize>) -> Vec<Option<(Node, Vec<u8>)>> {
        let mut texts = self.revlog.texts(true);
        let read = |at| {
            let rev = Rev::from_index(at);
            Some((self.node(rev).ok()?, texts.read(rev).ok()?.to_vec()))
        };
        self.existing(revs).map(read).collect()
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
