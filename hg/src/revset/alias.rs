// SPDX-License-Identifier: GPL-2.0-or-later

//! Aliases: names and functions that users define.

use std::collections::HashMap;

use super::parser::{MAX_DEPTH, parse_with, too_deep};
use super::tree::{Op, Tree};
use crate::{Error, Result};

/// More parts than this no expression gets: aliases of aliases double at each step.
const MAX_SIZE: usize = 100_000;

/// What is defined in the section `revsetalias` of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    aliases: HashMap<Vec<u8>, Alias>,
}

#[derive(Clone, Debug)]
struct Alias {
    /// The names of its arguments, `None` for one that is not a function.
    arguments: Option<Vec<Vec<u8>>>,
    /// What it stands for, or what is wrong with it.
    meaning: Result<Tree, String>,
}

impl Aliases {
    /// Reads pairs such as `("b($1)", "ancestors($1)")`; of several with one name, the last counts.
    ///
    /// What is wrong with one is an error once it is used.
    pub fn new<N: AsRef<[u8]>, D: AsRef<[u8]>>(pairs: impl IntoIterator<Item = (N, D)>) -> Aliases {
        let pairs = pairs.into_iter();
        let aliases = pairs.map(|(name, definition)| read(name.as_ref(), definition.as_ref()));
        Aliases {
            aliases: aliases.collect(),
        }
    }

    /// Returns what is wrong with aliases, as `hg` warns of it, by their names.
    pub fn warnings(&self) -> Vec<&str> {
        let bad = self.aliases.iter();
        let mut bad: Vec<_> = bad
            .filter_map(|(name, alias)| Some((name, alias.meaning.as_ref().err()?)))
            .collect();
        bad.sort();
        bad.into_iter().map(|(_, error)| error.as_str()).collect()
    }

    /// Puts what they stand for into a tree.
    pub(super) fn expand(&self, tree: Tree) -> Result<Tree> {
        if self.aliases.is_empty() {
            return Ok(tree);
        }
        let mut expansion = Expansion {
            aliases: &self.aliases,
            known: HashMap::new(),
            left: MAX_SIZE,
            depth: 0,
        };
        let tree = expansion.expand(&tree, &mut Vec::new())?;
        if tree.depth() > MAX_DEPTH {
            return Err(too_deep());
        }
        Ok(tree)
    }
}

/// Returns what an error says, with its place.
fn detail(error: &Error) -> String {
    match error {
        Error::Parse {
            message,
            position: Some(at),
            ..
        } => format!("at {at}: {message}"),
        Error::Parse { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

/// A name, and arguments if it is that of a function.
type Declaration = (Vec<u8>, Option<Vec<Vec<u8>>>);

fn read(declared: &[u8], defined: &[u8]) -> (Vec<u8>, Alias) {
    let section = |what, name: &[u8], error: String| {
        let name = String::from_utf8_lossy(name);
        format!("bad {what} of revset alias \"{name}\": {error}")
    };
    match declaration(declared) {
        Err((name, error)) => {
            let alias = Alias {
                arguments: None,
                meaning: Err(section("declaration", &name, error)),
            };
            (name, alias)
        }
        Ok((name, arguments)) => {
            let known = arguments.as_deref().unwrap_or_default();
            let meaning = parse_with(defined, None, true)
                .and_then(|tree| with_arguments(tree, known))
                .map_err(|error| section("definition", &name, detail(&error)));
            (name, Alias { arguments, meaning })
        }
    }
}

fn declaration(declared: &[u8]) -> Result<Declaration, (Vec<u8>, String)> {
    let bad = |error: String| (declared.to_vec(), error);
    let tree = parse_with(declared, None, true).map_err(|error| bad(detail(&error)))?;
    let begins_with_dollar = |what: &str, name: &[u8]| {
        let shown = String::from_utf8_lossy(name);
        if name.starts_with(b"$") {
            return Err(bad(format!("invalid {what} '{shown}'")));
        }
        Ok(())
    };
    if let Tree::Symbol(name) = tree {
        begins_with_dollar("symbol", &name)?;
        return Ok((name, None));
    }
    let Some((name, arguments)) = tree.function() else {
        return Err(bad("invalid format".into()));
    };
    begins_with_dollar("function", name)?;
    let names = arguments.list().iter().map(Tree::symbol);
    let Some(names) = names.collect::<Option<Vec<_>>>() else {
        return Err(bad("invalid argument list".into()));
    };
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() != names.len() {
        let message = "argument names collide with each other".into();
        return Err((name.to_vec(), message));
    }
    let names = names.into_iter().map(<[u8]>::to_vec).collect();
    Ok((name.to_vec(), Some(names)))
}

/// Returns a definition with its arguments told from other symbols.
fn with_arguments(tree: Tree, arguments: &[Vec<u8>]) -> Result<Tree> {
    match tree {
        Tree::Symbol(name) if arguments.contains(&name) => Ok(Tree::Argument(name)),
        Tree::Symbol(name) if name.starts_with(b"$") => {
            let name = String::from_utf8_lossy(&name);
            Err(Error::parse(format!("invalid symbol '{name}'"), None))
        }
        Tree::Node(op, of) => {
            let of = of.into_iter().map(|part| with_arguments(part, arguments));
            Ok(Tree::Node(op, of.collect::<Result<_>>()?))
        }
        other => Ok(other),
    }
}

/// An alias where it is used: its name, what it is, and its arguments if it has any.
type Use<'a, 't> = (&'a [u8], &'a Alias, Option<&'t [Tree]>);

struct Expansion<'a> {
    aliases: &'a HashMap<Vec<u8>, Alias>,
    /// What aliases stand for when all in them were expanded.
    known: HashMap<&'a [u8], Tree>,
    left: usize,
    depth: usize,
}

impl<'a> Expansion<'a> {
    /// Returns the alias that a tree is, and its arguments.
    fn alias<'t>(&self, tree: &'t Tree) -> Option<Use<'a, 't>> {
        let (name, arguments) = match tree {
            Tree::Symbol(name) => (&name[..], None),
            _ => {
                let (name, arguments) = tree.function()?;
                (name, Some(arguments.list()))
            }
        };
        let (name, alias) = self.aliases.get_key_value(name)?;
        (alias.arguments.is_some() == arguments.is_some()).then_some((name, alias, arguments))
    }

    fn expand(&mut self, tree: &Tree, expanding: &mut Vec<&'a [u8]>) -> Result<Tree> {
        self.depth += 1;
        if self.depth > 2 * MAX_DEPTH {
            return Err(too_deep());
        }
        let expanded = self.expand_here(tree, expanding);
        self.depth -= 1;
        expanded
    }

    fn expand_here(&mut self, tree: &Tree, expanding: &mut Vec<&'a [u8]>) -> Result<Tree> {
        let Some((name, alias, arguments)) = self.alias(tree) else {
            let Tree::Node(op, of) = tree else {
                return Ok(tree.clone());
            };
            let of = of.iter().map(|part| self.expand(part, expanding));
            return Ok(Tree::Node(*op, of.collect::<Result<_>>()?));
        };
        let meaning = alias.meaning.as_ref().map_err(Error::abort)?;
        if expanding.contains(&name) {
            let name = String::from_utf8_lossy(name);
            let message = format!("infinite expansion of revset alias \"{name}\" detected");
            return Err(Error::parse(message, None));
        }
        if !self.known.contains_key(name) {
            expanding.push(name);
            let expanded = self.expand(meaning, expanding)?;
            expanding.pop();
            if expanded.depth() > MAX_DEPTH {
                return Err(too_deep());
            }
            self.known.insert(name, expanded);
        }
        let mut given = HashMap::new();
        if let (Some(names), Some(arguments)) = (&alias.arguments, arguments) {
            if names.len() != arguments.len() {
                let message = format!("invalid number of arguments: {}", arguments.len());
                return Err(Error::parse(message, None));
            }
            for (name, argument) in names.iter().zip(arguments) {
                let argument = self.expand(argument, &mut Vec::new())?;
                given.insert(&name[..], (argument.size(), argument));
            }
        }
        let meaning = self.known.get(name).unwrap_or(&Tree::Nothing);
        substitute(meaning, &given, &mut self.left)
    }
}

fn substitute(
    tree: &Tree,
    given: &HashMap<&[u8], (usize, Tree)>,
    left: &mut usize,
) -> Result<Tree> {
    let mut pay = |size: usize| {
        *left = left
            .checked_sub(size)
            .ok_or_else(|| Error::unsupported("a revision set whose aliases stand for so much"))?;
        Ok::<_, Error>(())
    };
    pay(1)?;
    match tree {
        Tree::Argument(name) => match given.get(&name[..]) {
            Some((size, tree)) => {
                pay(*size)?;
                Ok(tree.clone())
            }
            None => Ok(tree.clone()),
        },
        Tree::Node(op, of) => {
            let of = of.iter().map(|part| substitute(part, given, left));
            Ok(Tree::Node(*op, of.collect::<Result<_>>()?))
        }
        other => Ok(other.clone()),
    }
}

/// Returns a tree with what `##` joins put together.
pub(super) fn joined(tree: Tree) -> Result<Tree> {
    let Tree::Node(op, of) = tree else {
        return Ok(tree);
    };
    if op != Op::Concat {
        let of = of.into_iter().map(joined);
        return Ok(Tree::Node(op, of.collect::<Result<_>>()?));
    }
    let (mut pending, mut text) = (vec![Tree::Node(op, of)], Vec::new());
    while let Some(part) = pending.pop() {
        match part {
            Tree::Node(Op::Concat, of) => pending.extend(of.into_iter().rev()),
            Tree::String(part) | Tree::Symbol(part) => text.extend(part),
            Tree::Node(op, _) => {
                let message = format!("\"##\" can't concatenate \"{}\" element", op.name());
                return Err(Error::parse(message, None));
            }
            Tree::Nothing | Tree::Argument(_) => {}
        }
    }
    Ok(Tree::String(text))
}
