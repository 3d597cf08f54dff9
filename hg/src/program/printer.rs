// SPDX-License-Identifier: GPL-2.0-or-later

//! Changesets as `hg log` prints them where no template is asked for.

use std::collections::HashMap;

use vermilion_core::changelog::Changeset;
use vermilion_core::snapshot::Snapshot;
use vermilion_core::text::trim;
use vermilion_core::{Graph, RepoPath, Rev};

use super::colors::Colors;
use super::copied;
use super::differences::{Difference, Files, Parts};
use super::invocation::Invocation;
use crate::encoding::Encoding;
use crate::{Error, Result};

/// How changesets are listed.
#[derive(Default)]
pub(crate) struct Listing<'c> {
    /// What is shown besides what they say themselves.
    pub(crate) parts: Parts,
    /// The files that differences tell of.
    pub(crate) files: Files<'c>,
    /// Whether the graph is drawn beside them.
    pub(crate) graph: bool,
}

/// Prints changesets.
pub struct Printer<'s> {
    snapshot: &'s Snapshot,
    graph: &'s Graph,
    encoding: Encoding,
    colors: Colors,
    is_verbose: bool,
    is_quiet: bool,
    /// Whether copied files are told of.
    copies: bool,
    difference: Difference,
    names: HashMap<Rev, Vec<u8>>,
    /// Changesets of which Mercurial has more to say.
    is_doubtful: bool,
}

impl<'s> Printer<'s> {
    /// Returns a printer for a command.
    ///
    /// # Errors
    /// Those of reading names and the graph; [`Error::Unsupported`] where a width is not known.
    pub fn new(hg: &Invocation, snapshot: &'s Snapshot, parts: Parts) -> Result<Printer<'s>> {
        let encoding = Encoding::of(&hg.config);
        let refs = snapshot.refs();
        Ok(Printer {
            snapshot,
            graph: refs.changelog().graph()?,
            encoding,
            colors: hg.colors.clone(),
            is_verbose: hg.is_verbose(),
            is_quiet: hg.is_quiet(),
            copies: parts.copies,
            difference: Difference::new(hg, parts)?,
            names: names(snapshot, encoding, &hg.colors)?,
            is_doubtful: !refs.history()?.markers().is_empty(),
        })
    }

    /// Returns whether nothing but damage can keep changesets from being shown.
    pub fn is_certain(&self) -> bool {
        self.difference.is_certain()
            && !self.copies
            && self.encoding != Encoding::Other
            && !self.is_doubtful
    }

    /// Returns what is printed of a changeset, without its difference.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for obsolete and unstable changesets, and text in another encoding.
    pub fn show(&self, rev: Rev, changeset: &Changeset<'_>) -> Result<Vec<u8>> {
        if self.is_quiet {
            let line = format!("{}\n", called(self.snapshot, rev)?);
            return Ok(self.colors.label(line.as_bytes(), "log.node").into_owned());
        }
        if self.is_doubtful {
            self.refuse_unstable(rev)?;
        }
        let mut shown = Vec::with_capacity(256);
        let mut line = |title: &str, text: &[u8], labels: &str| {
            titled(&self.colors, &mut shown, title, text, labels);
        };
        let labels = labels(&self.colors, self.snapshot, rev)?;
        line(
            "changeset:",
            called(self.snapshot, rev)?.as_bytes(),
            &format!("log.changeset{labels}"),
        );
        if changeset.branch() != b"default" {
            let branch = self.encoding.show(changeset.branch())?;
            line("branch:", &branch, "log.branch");
        }
        if let Some(names) = self.names.get(&rev) {
            shown.extend_from_slice(names);
        }
        let mut line = |title: &str, text: &[u8], labels: &str| {
            titled(&self.colors, &mut shown, title, text, labels);
        };
        for parent in self.parents(rev)? {
            let name = called(self.snapshot, parent)?;
            let labels = self::labels(&self.colors, self.snapshot, parent)?;
            line("parent:", name.as_bytes(), &format!("log.parent{labels}"));
        }
        line("user:", &self.encoding.show(changeset.user())?, "log.user");
        line("date:", changeset.date().to_string().as_bytes(), "log.date");
        let files: Vec<&[u8]> = changeset.files().map(RepoPath::as_bytes).collect();
        if self.is_verbose && !files.is_empty() {
            line("files:", &files.join(&b' '), "ui.note log.files");
        }
        if self.is_verbose && self.copies {
            let copied = copied::of_changeset(self.snapshot, rev, changeset)?;
            let copied = copied
                .iter()
                .map(|(path, source)| [path.as_bytes(), b" (", source.as_bytes(), b")"].concat());
            let copied: Vec<Vec<u8>> = copied.collect();
            if !copied.is_empty() {
                line("copies:", &copied.join(&b' '), "ui.note log.copies");
            }
        }
        let description = self.encoding.show(changeset.description())?;
        let description = trim(&description);
        if !description.is_empty() {
            if self.is_verbose {
                let mut part = |text: &[u8]| {
                    let labels = "ui.note log.description";
                    shown.extend_from_slice(&self.colors.label(text, labels));
                };
                part(b"description:\n");
                part(description);
                shown.extend_from_slice(b"\n\n");
            } else {
                let first = lines(description).next().unwrap_or_default();
                line("summary:", first, "log.summary");
            }
        }
        shown.push(b'\n');
        Ok(shown)
    }

    /// Returns how differences are printed behind changesets; `None` if they are not.
    pub(crate) fn difference(&self) -> Option<&Difference> {
        (!self.is_quiet && !self.difference.is_empty()).then_some(&self.difference)
    }

    /// Returns the parents that are worth mentioning: both of a merge, and one that is not the
    /// changeset before.
    fn parents(&self, rev: Rev) -> Result<Vec<Rev>> {
        let [first, second] = self.graph.parents(rev)?;
        Ok(if !second.is_null() {
            vec![first, second]
        } else if first >= rev.before() {
            Vec::new()
        } else {
            vec![first]
        })
    }

    fn refuse_unstable(&self, rev: Rev) -> Result<()> {
        let refs = self.snapshot.refs();
        let known = refs.obsolete()?;
        let sets = [&known.obsolete, &known.orphan];
        let is_unstable = sets.iter().any(|set| set.contains(rev))
            || refs.phase_divergent()?.contains(rev)
            || refs.content_divergent()?.contains(rev);
        if is_unstable {
            return Err(Error::unsupported("an obsolete or unstable changeset"));
        }
        Ok(())
    }
}

/// Returns the beginning of a changeset's node.
///
/// # Errors
/// Those of [`Changelog::node`](vermilion_core::changelog::Changelog::node).
pub fn short(snapshot: &Snapshot, rev: Rev) -> Result<String> {
    let node = snapshot.refs().changelog().node(rev)?.to_string();
    Ok(node[..12].to_string())
}

/// Returns a changeset's number and the beginning of its node.
///
/// # Errors
/// Those of [`short`].
pub fn called(snapshot: &Snapshot, rev: Rev) -> Result<String> {
    Ok(format!("{rev}:{}", short(snapshot, rev)?))
}

/// Returns the labels of a changeset, behind a space, where they are of use.
///
/// # Errors
/// Those of reading phases.
pub(crate) fn labels(colors: &Colors, snapshot: &Snapshot, rev: Rev) -> Result<String> {
    if colors.is_none() {
        return Ok(String::new());
    }
    let phase = snapshot.refs().phases()?.get(rev);
    Ok(format!(" changeset.{}", phase.name()))
}

/// Appends a line with a title, as those that tell of a changeset have.
fn titled(colors: &Colors, shown: &mut Vec<u8>, title: &str, text: &[u8], labels: &str) {
    let line = [format!("{title:<13}").as_bytes(), text, b"\n"].concat();
    shown.extend_from_slice(&colors.label(&line, labels));
}

/// Returns how many columns a text takes.
///
/// # Errors
/// [`Error::Unsupported`] for characters that may take two.
pub fn columns(text: &[u8]) -> Result<usize> {
    let wide = || Error::unsupported("the width of a name");
    let text = std::str::from_utf8(text).map_err(|_| wide())?;
    // The first wide ones are those of Hangul; punctuation is narrow.
    let mut characters = text.chars();
    let is_narrow = characters.all(|c| c < '\u{1100}' || ('\u{2010}'..'\u{2060}').contains(&c));
    is_narrow.then(|| text.chars().count()).ok_or_else(wide)
}

/// Returns the lines with bookmarks and tags, by changeset.
fn names(
    snapshot: &Snapshot,
    encoding: Encoding,
    colors: &Colors,
) -> Result<HashMap<Rev, Vec<u8>>> {
    let refs = snapshot.refs();
    let mut names: HashMap<Rev, Vec<u8>> = HashMap::new();
    let mut add = |title: &str, rev: Rev, name: &[u8], label: &str| -> Result<()> {
        let lines = names.entry(rev).or_default();
        titled(colors, lines, title, &encoding.show(name)?, label);
        Ok(())
    };
    let mut bookmarks: Vec<_> = refs.bookmarks()?.iter().collect();
    bookmarks.sort_unstable();
    for (name, rev) in bookmarks {
        add("bookmark:", rev, name, "log.bookmark")?;
    }
    let tags = refs.tags()?.iter().map(|(name, rev, _)| (name, rev));
    let mut tags: Vec<_> = tags.chain([(&b"tip"[..], refs.tip()?)]).collect();
    tags.sort_unstable();
    for (name, rev) in tags {
        add("tag:", rev, name, "log.tag")?;
    }
    Ok(names)
}

/// Splits text where Python splits bytes into lines.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n' || byte == b'\r')
}
