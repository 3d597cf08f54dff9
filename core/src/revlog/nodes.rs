// SPDX-License-Identifier: GPL-2.0-or-later

//! Looking for the nodes of a revlog again and again.

use once_cell::race::OnceBox;

use super::{NodeMap, Revlog};
use crate::{Node, Result, Rev};

/// Among so few revisions a node is looked for without a map.
const FEW: usize = 16;

/// The map of a revlog's nodes, made when it is first of use.
#[derive(Debug, Default)]
pub(crate) struct Nodes(OnceBox<NodeMap>);

impl Nodes {
    /// Returns the revision of `revlog`, always the same one, that has a node; `None` if there is
    /// none; the null node's is −1.
    ///
    /// Takes time linear in the number of revisions once, then nearly none.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt) if the file was cut short after it was opened.
    pub(crate) fn rev_of(&self, revlog: &Revlog, node: &Node) -> Result<Option<Rev>> {
        if node.is_null() || revlog.len() <= FEW {
            return revlog.rev_of(node);
        }
        self.map(revlog)?.get(node, |rev| revlog.node(rev))
    }

    /// Returns the map from the nodes of `revlog`, always the same one, to its revisions.
    ///
    /// # Errors
    /// Those of [`Nodes::rev_of`].
    pub(crate) fn map(&self, revlog: &Revlog) -> Result<&NodeMap> {
        self.0.get_or_try_init(|| {
            let each = |visit: &mut dyn FnMut(Rev, &Node)| revlog.visit_nodes(visit);
            let built = NodeMap::build(revlog.len(), each, |rev| revlog.node(rev))?;
            built.map(Box::new).ok_or_else(|| revlog.truncated())
        })
    }
}
