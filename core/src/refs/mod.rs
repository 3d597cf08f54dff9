// SPDX-License-Identifier: GPL-2.0-or-later

//! Names and states of changesets: bookmarks, tags and branches, phases and obsolescence, what is
//! hidden, and what a symbol on the command line stands for.
//!
//! Names are bytes, in UTF-8 where they were written by a Mercurial that knows which encoding its
//! user has.

pub mod bookmarks;
pub mod branch_cache;
mod branches;
mod latest_tag;
mod lookup;
pub mod merge_state;
pub mod obsolescence;
pub mod phases;
mod prefix;
pub mod shelves;
pub mod tags;
mod visibility;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use once_cell::race::OnceBox;

use crate::changelog::{Changelog, Reading};
use crate::dirstate;
use crate::error::FileKind;
use crate::graph::bitset::BitSet;
use crate::platform::files;
use crate::repository::Repository;
use crate::{Error, Node, Result, Rev, RevSet};

use bookmarks::Bookmarks;
use branch_cache::BranchCache;
use merge_state::MergeState;
use obsolescence::sets::{self, Obsolete};
use obsolescence::{History, Markers, NodeId};
use phases::{Phase, Phases};
use tags::{Merged, TagKind, Tags};
use visibility::CachedView;

pub use branches::{BranchHeads, Branches};
pub use latest_tag::{LatestTag, LatestTags};
pub use lookup::Found;

/// More than any of the files has that are read whole.
const LIMIT: u64 = 1 << 30;

/// Which changesets there are, as far as somebody who asks is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Those that Mercurial shows: without hidden ones.
    Visible,
    /// All, as with `--hidden`.
    All,
}

/// The names and states of a repository's changesets, as they were when it was opened.
///
/// The small files are read then; what follows from them, and from changesets, is worked out when
/// first asked for, and kept. It can be used by several threads at once.
///
/// ```no_run
/// use vermilion_core::refs::{Refs, View};
/// use vermilion_core::repository::Repository;
///
/// let refs = Refs::open(&Repository::discover(".")?, View::Visible)?;
/// for (name, rev) in refs.bookmarks()?.iter() {
///     println!("{} {rev}", String::from_utf8_lossy(name));
/// }
/// # Ok::<(), vermilion_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Refs {
    repository: Repository,
    view: View,
    changelog: Changelog,
    files: Files,
    working_parents: [Rev; 2],
    lacks_working_parent: bool,
    interrupt: Arc<AtomicBool>,
    bookmarks: OnceBox<Bookmarks>,
    phases: OnceBox<Phases>,
    history: OnceBox<History>,
    obsolete: OnceBox<Obsolete>,
    hidden: OnceBox<RevSet>,
    tags: OnceBox<Tags>,
    branches: OnceBox<Branches>,
}

/// The contents of files.
#[derive(Debug, Default)]
struct Files {
    bookmarks: Vec<u8>,
    active_bookmark: Vec<u8>,
    phase_roots: Vec<u8>,
    markers: Arc<Vec<u8>>,
    local_tags: Vec<u8>,
    merge_state: MergeState,
}

fn read(dir: &Path, name: &str) -> Result<Vec<u8>> {
    let content = files::read_if_there(FileKind::Refs, &dir.join(name), LIMIT)?;
    Ok(content.unwrap_or_default())
}

fn has_bookmarks_in_store(repository: &Repository) -> bool {
    repository.requirements().all().contains("bookmarksinstore")
}

/// Tells whether a share has the bookmarks of its source, as those that the extension share made with
/// `--bookmarks`. Mercurial knows that only while the extension is on.
///
/// # Errors
/// [`Error::Io`], [`Error::Unsupported`] and [`Error::Corrupt`] for a file that cannot be read or is far
/// too long.
pub fn shares_bookmarks(repository: &Repository) -> Result<bool> {
    let (own, base) = (repository.dot_hg(), repository.base());
    Ok(!has_bookmarks_in_store(repository)
        && own != base
        && bookmarks::are_shared(&read(own, "shared")?))
}

impl Refs {
    /// Returns the lines of the file of bookmarks, read anew.
    pub fn bookmark_lines(&self) -> bookmarks::Lines<'_> {
        bookmarks::parse(&self.files.bookmarks)
    }

    /// Returns the content of the file of local tags, whose names are in their writer's encoding.
    pub fn local_tags(&self) -> &[u8] {
        &self.files.local_tags
    }

    /// Returns the merge that is not committed, empty if there is none.
    pub fn merge_state(&self) -> &MergeState {
        &self.files.merge_state
    }

    /// Opens the changelog, and reads bookmarks, phases, markers and local tags.
    ///
    /// # Errors
    /// Those of [`Repository::changelog`] and [`dirstate::read_parents`]; [`Error::Io`],
    /// [`Error::Unsupported`] and [`Error::Corrupt`] for files that cannot be read or are far
    /// too long.
    pub fn open(repository: &Repository, view: View) -> Result<Refs> {
        let (own, base) = (repository.dot_hg(), repository.base());
        let store = repository.store_dir()?;
        let with_bookmarks = if has_bookmarks_in_store(repository) {
            &store
        } else if shares_bookmarks(repository)? {
            base
        } else {
            own
        };
        // Whoever moves a bookmark has committed before: what is read of these first is also in
        // the changelog. Phases and markers of changesets that are not there do no harm.
        let mut files = Files {
            bookmarks: read(with_bookmarks, "bookmarks")?,
            active_bookmark: read(own, "bookmarks.current")?,
            local_tags: read(own, "localtags")?,
            ..Files::default()
        };
        let parents = dirstate::read_parents(own, repository.has_dirstate_v2())?;
        let changelog = repository.changelog()?;
        files.phase_roots = read(&store, "phaseroots")?;
        files.markers = read(&store, "obsstore")?.into();
        let merge = own.join("merge");
        files.merge_state = merge_state::parse(&read(&merge, "state")?, &read(&merge, "state2")?);
        let known = [
            changelog.rev_of(&parents[0])?,
            changelog.rev_of(&parents[1])?,
        ];
        Ok(Refs {
            repository: repository.clone(),
            view,
            changelog,
            files,
            working_parents: known.map(|rev| rev.unwrap_or(Rev::NULL)),
            lacks_working_parent: known.contains(&None),
            interrupt: Arc::default(),
            bookmarks: OnceBox::new(),
            phases: OnceBox::new(),
            history: OnceBox::new(),
            obsolete: OnceBox::new(),
            hidden: OnceBox::new(),
            tags: OnceBox::new(),
            branches: OnceBox::new(),
        })
    }

    /// Returns the changelog.
    pub fn changelog(&self) -> &Changelog {
        &self.changelog
    }

    /// Returns which changesets count.
    pub fn view(&self) -> View {
        self.view
    }

    /// Returns what ends long work with [`Error::Interrupted`] once somebody sets it.
    pub fn interrupt(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.interrupt)
    }

    /// Returns the parents of the working copy; the null revision for one whose changeset is
    /// not there.
    pub fn working_parents(&self) -> [Rev; 2] {
        self.working_parents
    }

    /// Tells whether the changeset of a parent of the working copy is not there.
    pub fn lacks_working_parent(&self) -> bool {
        self.lacks_working_parent
    }

    /// Returns the bookmarks.
    ///
    /// # Errors
    /// Those of [`Changelog::rev_of`].
    pub fn bookmarks(&self) -> Result<&Bookmarks> {
        self.bookmarks.get_or_try_init(|| {
            let files = &self.files;
            let read = Bookmarks::read(&files.bookmarks, &files.active_bookmark, &self.changelog);
            read.map(Box::new)
        })
    }

    /// Returns the phases.
    ///
    /// # Errors
    /// Those of [`Refs::phase_roots`].
    pub fn phases(&self) -> Result<&Phases> {
        self.phases.get_or_try_init(|| {
            let phases = Phases::new(&self.phase_roots()?, self.changelog.graph()?);
            Ok(Box::new(phases))
        })
    }

    /// Returns the changesets with which phases begin, read anew.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if `phaseroots` has a line that is none, or a phase that is not known.
    pub fn phase_roots(&self) -> Result<Vec<(Phase, Rev)>> {
        let path = self.repository.store_dir()?.join("phaseroots");
        let mut roots = Vec::new();
        for (number, node) in phases::parse(&self.files.phase_roots, &path.display())? {
            let Some(rev) = self.changelog.rev_of(&node)? else {
                continue;
            };
            let phase = Phase::from_number(number).ok_or_else(|| {
                let reason = format!("{number} is not a phase");
                Error::corrupt(FileKind::Refs, path.display(), reason)
            })?;
            roots.push((phase, rev));
        }
        Ok(roots)
    }

    /// Returns the obsolescence markers, and what they are about.
    ///
    /// # Errors
    /// Those of [`Markers::parse`].
    pub fn history(&self) -> Result<&History> {
        self.history.get_or_try_init(|| {
            let path = self.repository.store_dir()?.join("obsstore");
            let markers = Markers::parse(Arc::clone(&self.files.markers), &path.display())?;
            History::new(markers, &self.changelog).map(Box::new)
        })
    }

    /// Returns the changesets that are obsolete, and those that depend on them.
    ///
    /// # Errors
    /// Those of [`Refs::history`] and [`Refs::phases`].
    pub fn obsolete(&self) -> Result<&Obsolete> {
        self.obsolete.get_or_try_init(|| {
            let graph = self.changelog.graph()?;
            let obsolete = Obsolete::new(self.history()?, self.phases()?, graph);
            Ok(Box::new(obsolete))
        })
    }

    /// Returns the changesets that are to take the place of a public one, which cannot be.
    ///
    /// # Errors
    /// Those of [`Refs::obsolete`].
    pub fn phase_divergent(&self) -> Result<RevSet> {
        sets::phase_divergent(self.history()?, self.phases()?, &self.may_diverge()?)
    }

    /// Returns the changesets beside which there are others that the same one was rewritten to.
    ///
    /// # Errors
    /// Those of [`Refs::obsolete`]; [`Error::Unsupported`] if changesets were rewritten in far
    /// too many ways to go through all.
    pub fn content_divergent(&self) -> Result<RevSet> {
        sets::content_divergent(self.history()?, &self.may_diverge()?)
    }

    /// Returns the changesets that could be divergent, with their nodes' numbers.
    fn may_diverge(&self) -> Result<Vec<(Rev, NodeId)>> {
        let obsolete = &self.obsolete()?.obsolete;
        sets::candidates(self.history()?, self.phases()?, obsolete, |rev| {
            self.changelog.node(rev)
        })
    }

    /// Returns the changesets that do not count: none if all do.
    ///
    /// # Errors
    /// Those of [`Refs::hidden`].
    pub fn filtered(&self) -> Result<&RevSet> {
        static NONE: OnceBox<RevSet> = OnceBox::new();
        match self.view {
            View::Visible => self.hidden(),
            View::All => Ok(NONE.get_or_init(Box::default)),
        }
    }

    /// Returns the tags that are committed in heads that count, and local ones.
    ///
    /// # Errors
    /// Those of [`Refs::hidden`] and of reading manifests and the file `.hgtags`.
    pub fn tags(&self) -> Result<&Tags> {
        self.tags.get_or_try_init(|| {
            let filtered = self.filtered()?;
            let mut merged = Merged::default();
            if !self.changelog.is_empty() {
                let graph = self.changelog.graph()?;
                let mut heads = graph.visible_heads(Some(filtered), None);
                heads.retain(|head| !head.is_null() && !filtered.contains(*head));
                let store = self.repository.store()?;
                let cache = self.repository.base().join("cache");
                tags::add_global(&mut merged, &heads, &self.changelog, &store, &cache)?;
            }
            let there = |node: &[u8]| Ok(self.rev_that_counts(node)?.is_some());
            merged.add(&self.files.local_tags, TagKind::Local, there)?;
            Tags::new(&merged, |node| self.rev_that_counts(node)).map(Box::new)
        })
    }

    /// Returns the revision of a node if it counts.
    fn rev_that_counts(&self, node: &[u8]) -> Result<Option<Rev>> {
        let Ok(node) = Node::try_from(node) else {
            return Ok(None);
        };
        let rev = self.changelog.rev_of(&node)?;
        let filtered = self.filtered()?;
        Ok(rev.filter(|&rev| !filtered.contains(rev)))
    }

    /// Returns the branches, and their heads among the changesets that count.
    ///
    /// Begins with what Mercurial's caches say, if one is valid, and reads the changesets that it
    /// does not know: those of one view after the other, as Mercurial does, whose answer may
    /// depend on that (see [`Branches`]).
    ///
    /// # Errors
    /// Those of [`Refs::hidden`] and [`Changelog::columns`].
    pub fn branches(&self) -> Result<&Branches> {
        self.branches.get_or_try_init(|| {
            let views = match self.view {
                View::All => &visibility::VIEWS[..],
                View::Visible => &visibility::VIEWS[1..],
            };
            let (mut branches, mut known, mut left) = (Branches::default(), RevSet::new(), views);
            for (at, &view) in views.iter().enumerate() {
                if let Some(cached) = self.cached_branches(view)? {
                    (branches, known) = cached;
                    // There may be more since.
                    left = &views[..=at];
                    break;
                }
            }
            let obsolete = &self.obsolete()?.obsolete;
            let reading = Reading {
                check: false,
                interrupt: &self.interrupt,
            };
            let everything = RevSet::from_dense(&BitSet::full(self.changelog.len()));
            for &view in left.iter().rev() {
                let all = everything.difference(&self.filtered_by(view)?);
                let new: Vec<Rev> = all.difference(&known).iter().collect();
                branches.add(&new, obsolete, &self.changelog, &reading)?;
                known = all;
            }
            Ok(Box::new(branches))
        })
    }

    /// Returns the branches that the cache of a view knows, and the revisions that it takes into
    /// account.
    fn cached_branches(&self, view: CachedView) -> Result<Option<(Branches, RevSet)>> {
        let name = match view.name() {
            None => "branch2".to_owned(),
            Some(view) => format!("branch2-{view}"),
        };
        let path = self.repository.base().join("cache").join(name);
        match files::read_if_there(FileKind::Refs, &path, LIMIT) {
            Ok(Some(content)) => match branch_cache::parse(&content) {
                Some(cache) => self.use_cache(&cache, &self.filtered_by(view)?),
                None => Ok(None),
            },
            // A cache that cannot be read is of no use, and of no importance.
            _ => Ok(None),
        }
    }

    /// Returns what a cache says of a view, if it is valid for that.
    fn use_cache(
        &self,
        cache: &BranchCache<'_>,
        filtered: &RevSet,
    ) -> Result<Option<(Branches, RevSet)>> {
        let (tip, node) = cache.tip;
        let there = tip >= Rev::NULL && tip.slot() <= self.changelog.len();
        if !there || filtered.contains(tip) || self.changelog.node(tip)? != node {
            return Ok(None);
        }
        let ignored = filtered.union(&self.obsolete()?.obsolete);
        let key = branch_cache::key(ignored.iter().take_while(|&rev| rev <= tip));
        if key != cache.key {
            return Ok(None);
        }
        let mut branches = Branches::default();
        for &(node, closes, name) in &cache.heads {
            match self.changelog.rev_of(&node)? {
                Some(rev) if rev <= tip && !rev.is_null() && !filtered.contains(rev) => {
                    branches.add_head(name, rev, closes);
                }
                _ => return Ok(None),
            }
        }
        let known = RevSet::from_dense(&BitSet::full(tip.next().index()));
        Ok(Some((branches, known.difference(filtered))))
    }
}

/// Returns the bytes of hexadecimal digits, `None` if these are none or one is alone.
fn hex_bytes(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        Some((high? << 4 | low?) as u8)
    };
    let bytes = pairs.iter().map(byte);
    rest.is_empty().then(|| bytes.collect())?
}
