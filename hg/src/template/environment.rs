// SPDX-License-Identifier: GPL-2.0-or-later

//! What templates are about: a repository, the configuration, and what is the same for all
//! changesets. It is shared by several threads, and found out before they begin.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use vermilion_core::Rev;
use vermilion_core::diff::Options;
use vermilion_core::refs::phases::Phase;
use vermilion_core::refs::{LatestTag, LatestTags};
use vermilion_core::snapshot::Snapshot;

use super::analysis::Needs;
use super::compile::Library;
use super::names::{Names, shown};
use super::{functions, lookup};
use crate::config::Config;
use crate::encoding::Encoding;
use crate::program::colors::Colors;
use crate::program::invocation::Invocation;
use crate::program::shown_paths::ShownPaths;
use crate::{Error, Result};

/// The repository, the configuration and facts that templates are about.
pub(super) struct Environment<'e> {
    snapshot: Option<&'e Snapshot>,
    pub(super) config: &'e Config,
    encoding: Encoding,
    pub(super) colors: &'e Colors,
    pub(super) cwd: &'e Path,
    pub(super) is_verbose: bool,
    pub(super) is_quiet: bool,
    pub(super) interrupt: &'e AtomicBool,
    /// Whether copied files are told of where that is asked for.
    pub(super) copies: bool,
    /// Names that a command may give an item's fields.
    pub(super) fields: &'e [&'static str],
    width: Result<usize, String>,
    options: Result<Options, String>,
    names: Option<Names>,
    instabilities: Option<Vec<(&'static str, vermilion_core::RevSet)>>,
    bisection: Option<HashMap<Rev, &'static str>>,
    revsets: HashMap<Vec<u8>, Vec<Rev>>,
    latest_tags: HashMap<Rev, LatestTag>,
    /// The template of a changeset in one line.
    pub(super) summary: Option<Library>,
}

/// Parts of an environment that are not for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub(super) names: bool,
    pub(super) instabilities: bool,
    pub(super) bisection: bool,
    pub(super) latest_tags: bool,
    pub(super) summary: bool,
}

impl Wanted {
    /// Returns what is wanted here or there.
    pub(super) fn or(self, other: Wanted) -> Wanted {
        Wanted {
            names: self.names | other.names,
            instabilities: self.instabilities | other.instabilities,
            bisection: self.bisection | other.bisection,
            latest_tags: self.latest_tags | other.latest_tags,
            summary: self.summary | other.summary,
        }
    }
}

impl<'e> Environment<'e> {
    /// Returns what templates are about in a command.
    pub(super) fn new(
        hg: &'e Invocation,
        snapshot: Option<&'e Snapshot>,
        fields: &'e [&'static str],
        interrupt: &'e AtomicBool,
    ) -> Environment<'e> {
        Environment {
            snapshot,
            config: &hg.config,
            encoding: Encoding::of(&hg.config),
            colors: &hg.colors,
            cwd: hg.cwd(),
            is_verbose: hg.is_verbose(),
            is_quiet: hg.is_quiet(),
            copies: false,
            interrupt,
            fields,
            width: hg.width().map_err(|error| error.to_string()),
            options: hg
                .configured_diff_options()
                .map_err(|error| error.to_string()),
            names: None,
            instabilities: None,
            bisection: None,
            revsets: HashMap::new(),
            latest_tags: HashMap::new(),
            summary: None,
        }
    }

    /// Finds out what templates are going to ask for, about these changesets.
    pub(super) fn prepare(
        &mut self,
        wanted: Wanted,
        revsets: Vec<Vec<u8>>,
        revs: &[Rev],
    ) -> Result<()> {
        let Some(snapshot) = self.snapshot else {
            return Ok(());
        };
        let refs = snapshot.refs();
        if wanted.summary {
            let library = lookup::one_line_summary(self.config)?;
            let needs = Needs::of(&library, &library.whole, |_| true);
            self.summary = Some(library);
            let inner = Wanted {
                summary: false,
                ..needs.wanted
            };
            return self.prepare(
                Wanted {
                    summary: false,
                    ..wanted.or(inner)
                },
                [revsets, needs.revsets].concat(),
                revs,
            );
        }
        if wanted.names {
            self.names = Some(Names::new(snapshot, self.encoding)?);
        }
        if wanted.latest_tags {
            let tagged = self.names()?.global_tags().map(|(rev, _)| rev);
            let tagged: Vec<Rev> = tagged.collect();
            let mut latest = LatestTags::new(refs, &tagged);
            let mut revs = revs.to_vec();
            // Each is found by those before it.
            revs.sort_unstable();
            for rev in revs {
                self.latest_tags.insert(rev, latest.of(rev)?);
            }
        }
        if wanted.instabilities {
            self.instabilities = Some(vec![
                ("orphan", refs.obsolete()?.orphan.clone()),
                ("phase-divergent", refs.phase_divergent()?),
                ("content-divergent", refs.content_divergent()?),
            ]);
        }
        if wanted.bisection {
            self.bisection = Some(self.find_bisection()?);
        }
        for spec in revsets {
            let revs = self.revset(&spec)?;
            self.revsets.insert(spec, revs);
        }
        Ok(())
    }

    /// Returns how `hg bisect` calls changesets; the first word for one counts.
    fn find_bisection(&self) -> Result<HashMap<Rev, &'static str>> {
        let states = [
            ("good", "good"),
            ("bad", "bad"),
            ("skip", "skipped"),
            ("untested", "untested"),
            ("current", "untested"),
            ("ignored", "ignored"),
            ("goods", "good (implicit)"),
            ("bads", "bad (implicit)"),
        ];
        let mut labels = HashMap::new();
        for (state, label) in states {
            for rev in self.revset(format!("bisect({state})").as_bytes())? {
                labels.entry(rev).or_insert(label);
            }
        }
        Ok(labels)
    }

    /// Returns the repository.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there is none.
    pub(super) fn snapshot(&self) -> Result<&'e Snapshot> {
        self.snapshot
            .ok_or_else(|| Error::unsupported("a template about no repository"))
    }

    /// Tells whether all text can be shown.
    pub(super) fn shows_everything(&self) -> bool {
        self.encoding == Encoding::Utf8
    }

    pub(super) fn text<'t>(&self, text: &'t [u8]) -> Result<Cow<'t, [u8]>> {
        shown(self.encoding, text)
    }

    pub(super) fn names(&self) -> Result<&Names> {
        let names = self.names.as_ref();
        names.ok_or_else(|| Error::unsupported("names of changesets"))
    }

    pub(super) fn active_bookmark(&self) -> Result<Option<Vec<u8>>> {
        let active = self.snapshot()?.refs().bookmarks()?.active();
        active
            .map(|name| Ok(self.text(name)?.into_owned()))
            .transpose()
    }

    pub(super) fn node(&self, rev: Rev) -> Result<Vec<u8>> {
        let node = self.snapshot()?.refs().changelog().node(rev)?;
        Ok(node.to_string().into_bytes())
    }

    /// Returns a changeset's number and the beginning of its node.
    pub(super) fn called(&self, rev: Rev) -> Result<Vec<u8>> {
        let node = self.node(rev)?;
        Ok([rev.to_string().as_bytes(), b":", &node[..12]].concat())
    }

    pub(super) fn parents(&self, rev: Rev) -> Result<[Rev; 2]> {
        if rev.is_null() {
            return Ok([Rev::NULL; 2]);
        }
        Ok(self.snapshot()?.parents(rev)?)
    }

    pub(super) fn phase(&self, rev: Rev) -> Result<Phase> {
        if rev.is_null() {
            return Ok(Phase::Public);
        }
        Ok(self.snapshot()?.refs().phases()?.get(rev))
    }

    /// Returns in which ways a changeset is unstable.
    pub(super) fn instabilities(&self, rev: Rev) -> Result<Vec<&'static str>> {
        let known = self.instabilities.as_ref();
        let known = known.ok_or_else(|| Error::unsupported("instabilities of changesets"))?;
        let found = known.iter().filter(|(_, revs)| revs.contains(rev));
        Ok(found.map(|(name, _)| *name).collect())
    }

    /// Returns the nearest tag, if it was looked for before.
    pub(super) fn latest_tag(&self, rev: Rev) -> Option<LatestTag> {
        self.latest_tags.get(&rev).copied()
    }

    /// Returns how `hg bisect` calls a changeset.
    pub(super) fn bisection(&self, rev: Rev) -> Result<Option<&'static str>> {
        let known = self.bisection.as_ref();
        let known = known.ok_or_else(|| Error::unsupported("the bisection"))?;
        Ok(known.get(&rev).copied())
    }

    /// Tells whether a merge may be under way.
    pub(super) fn is_merging(&self) -> bool {
        let merge = self
            .snapshot
            .map(|snapshot| snapshot.repository().dot_hg().join("merge"));
        merge.is_some_and(|merge| merge.exists())
    }

    /// Fails for the null revision, which Mercurial compares with the working copy.
    pub(super) fn refuse_null(&self, rev: Rev) -> Result<()> {
        if rev.is_null() {
            return Err(Error::unsupported("differences of the null revision"));
        }
        Ok(())
    }

    pub(super) fn width(&self) -> Result<usize> {
        self.width.clone().map_err(Error::unsupported)
    }

    /// Returns how differences are shown where the command line does not say it.
    pub(super) fn diff_options(&self) -> Result<&Options> {
        self.options.as_ref().map_err(Error::unsupported)
    }

    /// Returns how paths are shown as seen from the current directory.
    pub(super) fn paths(&self) -> Result<ShownPaths> {
        let root = self.snapshot()?.repository().root();
        if !self.cwd.starts_with(root) {
            return Err(Error::unsupported("paths as seen from elsewhere"));
        }
        Ok(ShownPaths::from(root, self.cwd))
    }

    /// Returns the changesets of a revision set that was worked out before.
    pub(super) fn known_revset(&self, spec: &[u8]) -> Option<&[Rev]> {
        self.revsets.get(spec).map(|revs| &revs[..])
    }

    pub(super) fn revset(&self, spec: &[u8]) -> Result<Vec<Rev>> {
        let spec = self.encoding.read(spec)?;
        functions::evaluate(self, spec)
    }
}
