// SPDX-License-Identifier: GPL-2.0-or-later

//! Bookmarks and tags, by changeset.

use std::borrow::Cow;
use std::collections::HashMap;

use vermilion_core::Rev;
use vermilion_core::refs::tags::TagKind;
use vermilion_core::snapshot::Snapshot;

use crate::encoding::Encoding;
use crate::{Error, Result};

/// Bookmarks and tags by changeset.
#[derive(Debug, Default)]
pub(super) struct Names {
    bookmarks: HashMap<Rev, Vec<Vec<u8>>>,
    tags: HashMap<Rev, Vec<Vec<u8>>>,
    global: Vec<(Rev, Vec<u8>)>,
}

impl Names {
    /// Reads the names of a repository's changesets.
    pub(super) fn new(snapshot: &Snapshot, encoding: Encoding) -> Result<Names> {
        let refs = snapshot.refs();
        let show = |name: &[u8]| shown(encoding, name).map(Cow::into_owned);
        let mut names = Names::default();
        for (name, rev) in refs.bookmarks()?.iter() {
            names.bookmarks.entry(rev).or_default().push(show(name)?);
        }
        for (name, rev, kind) in refs.tags()?.iter() {
            names.tags.entry(rev).or_default().push(show(name)?);
            if kind == TagKind::Global {
                names.global.push((rev, show(name)?));
            }
        }
        // In an empty repository, that is the null revision.
        names
            .tags
            .entry(refs.tip()?)
            .or_default()
            .push(b"tip".to_vec());
        let all = names.bookmarks.values_mut().chain(names.tags.values_mut());
        all.for_each(|names| names.sort_unstable());
        names.global.sort_unstable();
        Ok(names)
    }

    /// Returns the bookmarks of a changeset, sorted.
    pub(super) fn bookmarks(&self, rev: Rev) -> Vec<Vec<u8>> {
        self.bookmarks.get(&rev).cloned().unwrap_or_default()
    }

    /// Returns the tags of a changeset, sorted; `tip` is one of them.
    pub(super) fn tags(&self, rev: Rev) -> Vec<Vec<u8>> {
        self.tags.get(&rev).cloned().unwrap_or_default()
    }

    /// Returns the tags that everybody has, by changeset.
    pub(super) fn global_tags(&self) -> impl Iterator<Item = (Rev, &[u8])> {
        self.global.iter().map(|(rev, name)| (*rev, &name[..]))
    }
}

/// Returns text as the user reads it; not so where some characters are only shown as others.
pub(super) fn shown(encoding: Encoding, text: &[u8]) -> Result<Cow<'_, [u8]>> {
    if !text.is_ascii() && encoding != Encoding::Utf8 {
        return Err(Error::unsupported("text in another encoding in a template"));
    }
    encoding.show(text)
}
