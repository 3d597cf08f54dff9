// SPDX-License-Identifier: GPL-2.0-or-later

//! Questions about the shape of a history, for scripts: answers are numbers, one a line.

use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use vermilion_core::graph::Ancestors as Walk;
use vermilion_core::{Graph, Index, Node, Rev, repository};

/// What all questions are asked of.
#[derive(Args)]
struct Whose {
    /// A repository or an index file (default: the repository around here)
    #[arg(short = 'R', long, value_name = "PATH")]
    repository: Option<PathBuf>,
    /// Print nodes instead of revision numbers
    #[arg(short, long)]
    nodes: bool,
}

/// `vermilion ancestors`
#[derive(Args)]
pub(super) struct Ancestors {
    #[command(flatten)]
    whose: Whose,
    /// Numbers (-1 is null), `tip`, or nodes in 40 hexadecimal digits
    #[arg(required = true, allow_negative_numbers = true, value_name = "REV")]
    revs: Vec<String>,
    /// Count the revisions themselves
    #[arg(short, long)]
    inclusive: bool,
    /// List no more than this many
    #[arg(short, long, value_name = "N")]
    limit: Option<usize>,
}

/// `vermilion heads`
#[derive(Args)]
pub(super) struct Heads {
    #[command(flatten)]
    whose: Whose,
    /// Revisions; without any, the whole history
    #[arg(allow_negative_numbers = true, value_name = "REV")]
    revs: Vec<String>,
}

/// `vermilion only`
#[derive(Args)]
pub(super) struct Only {
    #[command(flatten)]
    whose: Whose,
    /// Ancestors of these are listed
    #[arg(required = true, allow_negative_numbers = true, value_name = "REV")]
    include: Vec<String>,
    /// Ancestors of this one are not (may be repeated)
    #[arg(short = 'x', long, allow_negative_numbers = true, value_name = "REV")]
    exclude: Vec<String>,
}

impl Ancestors {
    pub(super) fn answer(&self) -> io::Result<u8> {
        let history = self.whose.open()?;
        let revs = history.revs(&self.revs)?;
        let walk = Walk::new(
            Arc::new(history.graph.clone()),
            &revs,
            Rev::NULL,
            self.inclusive,
        );
        let found = Arc::new(walk.map_err(io::Error::other)?);
        history.print(found.iter().take(self.limit.unwrap_or(usize::MAX)))
    }
}

impl Heads {
    pub(super) fn answer(&self) -> io::Result<u8> {
        let history = self.whose.open()?;
        let heads = if self.revs.is_empty() {
            history.graph.heads()
        } else {
            history
                .graph
                .heads_of(&history.revs(&self.revs)?)
                .map_err(io::Error::other)?
        };
        history.print(heads)
    }
}

impl Only {
    pub(super) fn answer(&self) -> io::Result<u8> {
        let history = self.whose.open()?;
        let (include, exclude) = (history.revs(&self.include)?, history.revs(&self.exclude)?);
        let found = history
            .graph
            .only(&include, &exclude)
            .map_err(io::Error::other)?;
        history.print(found.iter())
    }
}

struct History {
    graph: Graph,
    index: Index,
    nodes: bool,
}

impl Whose {
    fn open(&self) -> io::Result<History> {
        let path = match &self.repository {
            Some(path) => path.clone(),
            None => {
                let here = std::env::current_dir()?;
                let root = here.ancestors().find(|path| path.join(".hg").is_dir());
                let missing = || {
                    format!(
                        "no Mercurial repository here or above: '{}'",
                        here.display()
                    )
                };
                root.ok_or_else(|| io::Error::other(missing()))?
                    .to_path_buf()
            }
        };
        let (index, parents) = repository::open_index(path).map_err(io::Error::other)?;
        Ok(History {
            graph: Graph::from_valid(parents),
            index,
            nodes: self.nodes,
        })
    }
}

impl History {
    fn revs(&self, words: &[String]) -> io::Result<Vec<Rev>> {
        words.iter().map(|word| self.rev(word)).collect()
    }

    fn rev(&self, word: &str) -> io::Result<Rev> {
        if word == "tip" {
            return Ok(Rev::from_index(self.graph.len()).before());
        }
        if let Some(node) = Node::from_hex(word.as_bytes()) {
            let found = self.index.rev(&node).map_err(io::Error::other)?;
            return found
                .ok_or_else(|| io::Error::other(format!("no revision has the node {word}")));
        }
        let wrong = || format!("'{word}' is neither a revision number, nor tip, nor a node");
        word.parse()
            .map(Rev::new)
            .map_err(|_| io::Error::other(wrong()))
    }

    fn print(&self, revs: impl IntoIterator<Item = Rev>) -> io::Result<u8> {
        let mut out = BufWriter::new(io::stdout().lock());
        for rev in revs {
            if self.nodes {
                writeln!(out, "{}", self.index.node(rev).map_err(io::Error::other)?)?;
            } else {
                writeln!(out, "{rev}")?;
            }
        }
        out.flush()?;
        Ok(0)
    }
}
