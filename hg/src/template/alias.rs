// SPDX-License-Identifier: GPL-2.0-or-later

//! Aliases: names, functions and filters that users define in the section `templatealias`.

use std::collections::HashMap;

use super::parser::{MAX_DEPTH, too_deep, whole_expression};
use super::tree::{Tree, list};
use crate::text::lossy;
use crate::{Error, Result};

/// More parts than this no template gets: aliases of aliases double at each step.
const MAX_SIZE: usize = 20_000;

/// The aliases that are defined in the section `templatealias` of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Aliases(HashMap<Vec<u8>, Alias>);

#[derive(Clone, Debug)]
struct Alias {
    /// The names of its arguments, `None` for one that is not a function.
    arguments: Option<Vec<Vec<u8>>>,
    /// The tree that it stands for, or an error in it.
    meaning: Result<Tree, String>,
}

impl Aliases {
    /// Reads pairs such as `("bold(x)", "label('b', x)")`; of several with one name, the last counts.
    ///
    /// An error in one comes up once it is used.
    pub fn new<N: AsRef<[u8]>, D: AsRef<[u8]>>(pairs: impl IntoIterator<Item = (N, D)>) -> Aliases {
        let pairs = pairs.into_iter();
        Aliases(
            pairs
                .map(|(name, meaning)| read(name.as_ref(), meaning.as_ref()))
                .collect(),
        )
    }

    /// Puts what they stand for into a tree.
    pub(super) fn expand(&self, tree: Tree) -> Result<Tree> {
        if self.0.is_empty() {
            return Ok(tree);
        }
        let tree = Expansion {
            aliases: &self.0,
            left: MAX_SIZE,
        }
        .expand(tree, &mut Vec::new(), 0)?;
        if tree.depth() > MAX_DEPTH {
            return Err(too_deep());
        }
        Ok(tree)
    }
}

fn read(declared: &[u8], defined: &[u8]) -> (Vec<u8>, Alias) {
    match declaration(declared) {
        Ok((name, arguments)) => {
            let known = arguments.as_deref().unwrap_or_default();
            let meaning = whole_expression(defined).and_then(|tree| with_arguments(tree, known));
            let meaning = meaning.map_err(|error| error.to_string());
            (name, Alias { arguments, meaning })
        }
        Err(error) => {
            let alias = Alias {
                arguments: None,
                meaning: Err(error.to_string()),
            };
            (declared.to_vec(), alias)
        }
    }
}

/// A name, and arguments if it is that of a function.
type Declaration = (Vec<u8>, Option<Vec<Vec<u8>>>);

fn declaration(declared: &[u8]) -> Result<Declaration> {
    let odd = || Error::unsupported(format!("the template alias '{}'", lossy(declared)));
    match whole_expression(declared)? {
        Tree::Symbol(name) => Ok((name, None)),
        Tree::Call(name, arguments) => {
            let Tree::Symbol(name) = *name else {
                return Err(odd());
            };
            let mut names: Vec<Vec<u8>> = Vec::new();
            for argument in list(arguments.as_deref()) {
                match argument {
                    Tree::Symbol(argument) if !names.contains(argument) => {
                        names.push(argument.clone());
                    }
                    _ => return Err(odd()),
                }
            }
            Ok((name, Some(names)))
        }
        _ => Err(odd()),
    }
}

/// Returns a definition with its arguments told from other names.
fn with_arguments(tree: Tree, arguments: &[Vec<u8>]) -> Result<Tree> {
    match tree {
        Tree::Symbol(name) if arguments.contains(&name) => Ok(Tree::Argument(name)),
        other => other.try_map(|part| with_arguments(part, arguments)),
    }
}

struct Expansion<'a> {
    aliases: &'a HashMap<Vec<u8>, Alias>,
    left: usize,
}

impl<'a> Expansion<'a> {
    /// Expands aliases in a tree; those in `within` are being expanded.
    fn expand(&mut self, tree: Tree, within: &mut Vec<&'a [u8]>, depth: usize) -> Result<Tree> {
        if depth > 2 * MAX_DEPTH {
            return Err(too_deep());
        }
        let Some((name, alias, arguments)) = self.used(&tree) else {
            return tree.try_map(|part| self.expand(part, within, depth + 1));
        };
        let odd = |reason: &str| {
            Error::unsupported(format!("the template alias '{}': {reason}", lossy(name)))
        };
        let meaning = alias.meaning.as_ref().map_err(|error| odd(error))?;
        if within.contains(&name) {
            return Err(odd("it is in itself"));
        }
        let names = alias.arguments.as_deref().unwrap_or_default();
        if names.len() != arguments.len() {
            return Err(odd("another number of arguments"));
        }
        let mut given = HashMap::new();
        for (name, argument) in names.iter().zip(arguments) {
            let argument = self.expand(argument.clone(), &mut Vec::new(), depth + 1)?;
            given.insert(&name[..], argument);
        }
        within.push(name);
        let expanded = self.expand(meaning.clone(), within, depth + 1);
        within.pop();
        self.substitute(expanded?, &given)
    }

    /// Returns the alias that a tree is, with its name and its arguments.
    fn used<'t>(&self, tree: &'t Tree) -> Option<(&'a [u8], &'a Alias, Vec<&'t Tree>)> {
        let (name, arguments) = match tree {
            Tree::Symbol(name) => (&name[..], None),
            _ => tree
                .function()
                .map(|(name, arguments)| (name, Some(arguments)))?,
        };
        let (name, alias) = self.aliases.get_key_value(name)?;
        let is_it = alias.arguments.is_some() == arguments.is_some();
        is_it.then(|| (&name[..], alias, arguments.unwrap_or_default()))
    }

    fn substitute(&mut self, tree: Tree, given: &HashMap<&[u8], Tree>) -> Result<Tree> {
        let too_much = || Error::unsupported("a template whose aliases stand for so much");
        self.left = self.left.checked_sub(1).ok_or_else(too_much)?;
        match &tree {
            Tree::Argument(name) if given.contains_key(&name[..]) => Ok(given[&name[..]].clone()),
            _ => tree.try_map(|part| self.substitute(part, given)),
        }
    }
}
