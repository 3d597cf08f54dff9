// SPDX-License-Identifier: GPL-2.0-or-later

//! The changelog: who committed what, when, on which branch.

mod changeset;
mod columns;
pub mod copies;
mod extra;
mod read;
mod words;

use std::path::Path;

use once_cell::race::OnceBox;

use crate::revlog::{NodeMap, Nodes, Revlog, sidedata};
use crate::{Graph, Node, Result, Rev};

pub use changeset::{Changeset, Date};
pub use columns::{ChangesetColumns, Columns, Distinct, Rows};
pub use extra::DEFAULT_BRANCH;
pub use read::Reading;
pub use words::{Fields, Mention};

/// The changelog of a repository, as it was when it was opened.
///
/// What is only of use to some questions, such as the [`Graph`], is made when first asked for
/// and kept. It can be used by several threads at once.
#[derive(Debug)]
pub struct Changelog {
    revlog: Revlog,
    graph: OnceBox<Graph>,
    nodes: Nodes,
}

impl Changelog {
    /// Opens a changelog by the path of its index; without a file there are no changesets.
    ///
    /// # Errors
    /// Those of [`Revlog::open`].
    pub fn open(index: &Path) -> Result<Changelog> {
        Revlog::open_or_empty(index).map(Changelog::new)
    }

    /// Returns the same, which also looks for nodes in the map that Mercurial keeps beside it.
    pub(crate) fn with_nodemap_file(self) -> Changelog {
        Changelog {
            nodes: Nodes::with_file(),
            ..self
        }
    }

    /// Returns the changelog that is in a revlog.
    pub fn new(revlog: Revlog) -> Changelog {
        Changelog {
            revlog,
            graph: OnceBox::new(),
            nodes: Nodes::default(),
        }
    }

    /// Returns the revlog.
    pub fn revlog(&self) -> &Revlog {
        &self.revlog
    }

    /// Returns how many changesets there are.
    pub fn len(&self) -> usize {
        self.revlog.len()
    }

    /// Returns whether there are no changesets.
    pub fn is_empty(&self) -> bool {
        self.revlog.is_empty()
    }

    /// Returns the latest revision, the null revision if there is none.
    pub fn tip(&self) -> Rev {
        Rev::from_index(self.len()).before()
    }

    /// Returns the node of a revision.
    ///
    /// # Errors
    /// Those of [`Revlog::node`].
    pub fn node(&self, rev: Rev) -> Result<Node> {
        self.revlog.node(rev)
    }

    /// Returns the history's shape. Takes time linear in its length once, then none.
    ///
    /// # Errors
    /// Those of [`Revlog::all_parents`].
    pub fn graph(&self) -> Result<&Graph> {
        self.graph
            .get_or_try_init(|| Ok(Box::new(Graph::from_valid(self.revlog.all_parents()?))))
    }

    /// Returns the revision with a node, `None` if there is none; the null node's is −1.
    ///
    /// Takes time linear in the number of later changesets; asked often, nearly none, as also where
    /// the repository keeps a map of nodes.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt) if the file was cut short after it was opened.
    pub fn rev_of(&self, node: &Node) -> Result<Option<Rev>> {
        self.nodes.rev_of(&self.revlog, node)
    }

    /// Returns the map from nodes to revisions.
    pub(crate) fn nodes(&self) -> Result<&NodeMap> {
        self.nodes.map(&self.revlog)
    }

    /// Returns the text of a changeset, to be read by [`Changelog::parse`].
    ///
    /// # Errors
    /// Those of [`Revlog::raw_text`].
    pub fn text(&self, rev: Rev) -> Result<Vec<u8>> {
        self.revlog.raw_text(rev)
    }

    /// Reads the text of a revision.
    ///
    /// ```no_run
    /// use vermilion_core::Rev;
    /// use vermilion_core::repository::Repository;
    ///
    /// let changelog = Repository::discover(".")?.changelog()?;
    /// let text = changelog.text(Rev::FIRST)?;
    /// let first = changelog.parse(Rev::FIRST, &text)?;
    /// println!("{}", String::from_utf8_lossy(first.user()));
    /// # Ok::<(), vermilion_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt), with file and revision, for a text that is not a changeset's.
    pub fn parse<'t>(&self, rev: Rev, text: &'t [u8]) -> Result<Changeset<'t>> {
        Changeset::parse(text, &self.revlog.at(rev))
    }

    /// Calls `each` with what the sidedata says about the files of a changeset, if it says
    /// anything ([`copies`]).
    ///
    /// # Errors
    /// Those of [`Revlog::sidedata`], [`sidedata::item`] and [`copies::file_changes`].
    pub fn file_changes<T>(
        &self,
        rev: Rev,
        each: impl FnOnce(&[copies::FileChange<'_>]) -> T,
    ) -> Result<Option<T>> {
        let (sidedata, name) = (self.revlog.sidedata(rev)?, self.revlog.at(rev));
        match sidedata::item(&sidedata, sidedata::FILES, &name)? {
            None => Ok(None),
            Some(files) => Ok(Some(each(&copies::file_changes(files, &name)?))),
        }
    }
}
