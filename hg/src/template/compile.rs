// SPDX-License-Identifier: GPL-2.0-or-later

//! From trees to what is evaluated: names of functions and filters are looked up, and arguments put
//! in their places.

use std::collections::{HashMap, HashSet};

use super::alias::Aliases;
use super::filters::{self, Filter};
use super::functions::{self, Arguments, Function};
use super::parser;
use super::tree::{Op, Tree, list};
use crate::text::lossy;
use crate::{Error, Result};

/// A template or an expression, ready to be evaluated.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Integer(i64),
    Text(Vec<u8>),
    Symbol(Vec<u8>),
    Template(Vec<Node>),
    Filter(Box<Node>, &'static Filter),
    Call(&'static Function, Given),
    Map(Box<Node>, Target),
    Member(Box<Node>, Vec<u8>),
    Negate(Box<Node>),
    Arithmetic(Op, Box<Node>, Box<Node>),
}

/// The template that is applied to each item of a list.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Here(Box<Node>),
    /// One that has a name.
    Named(Vec<u8>),
}

/// Arguments of a function in their places; some may be missing.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) places: Vec<Option<Node>>,
    /// The names of the last ones, for a function that takes any.
    pub(super) names: Vec<Vec<u8>>,
}

/// Templates with names, and the one that is the whole.
#[derive(Debug)]
pub(super) struct Library {
    pub(super) whole: Node,
    named: HashMap<Vec<u8>, Result<Node, String>>,
}

impl Library {
    /// Compiles a template and those that it may refer to.
    ///
    /// # Errors
    /// Whatever is wrong with the template itself. One with a name is only wrong once it is used.
    pub(super) fn new(
        whole: &[u8],
        named: &HashMap<Vec<u8>, Vec<u8>>,
        aliases: &Aliases,
    ) -> Result<Library> {
        let compile = |text: &[u8]| -> Result<Node> {
            Compiler { named }.node(&aliases.expand(parser::template(text)?)?, false)
        };
        let compiled = named.iter().map(|(name, text)| {
            (
                name.clone(),
                compile(text).map_err(|error| error.to_string()),
            )
        });
        let library = Library {
            named: compiled.collect(),
            whole: compile(whole)?,
        };
        library.refuse_circles()?;
        Ok(library)
    }

    /// Returns the template with a name; `None` if there is none.
    pub(super) fn get(&self, name: &[u8]) -> Result<Option<&Node>> {
        match self.named.get(name) {
            None => Ok(None),
            Some(Ok(node)) => Ok(Some(node)),
            Some(Err(error)) => Err(Error::unsupported(error)),
        }
    }

    /// Fails where templates are applied in a circle.
    fn refuse_circles(&self) -> Result<()> {
        fn targets<'n>(node: &'n Node, found: &mut Vec<&'n [u8]>) {
            if let Node::Map(_, Target::Named(name)) = node {
                found.push(name);
            }
            node.for_each(&mut |part| targets(part, found));
        }
        let mut all: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
        for (name, node) in &self.named {
            if let Ok(node) = node {
                targets(node, all.entry(name).or_default());
            }
        }
        for &start in all.keys() {
            let (mut seen, mut left) = (HashSet::new(), all[start].clone());
            while let Some(name) = left.pop() {
                if name == start {
                    let name = lossy(name);
                    return Err(Error::unsupported(format!(
                        "the template {name} within itself"
                    )));
                }
                if seen.insert(name) {
                    left.extend(all.get(name).into_iter().flatten());
                }
            }
        }
        Ok(())
    }
}

impl Node {
    /// Calls `each` with all nodes directly below.
    pub(super) fn for_each<'n>(&'n self, each: &mut impl FnMut(&'n Node)) {
        match self {
            Node::Integer(_) | Node::Text(_) | Node::Symbol(_) => {}
            Node::Template(parts) => parts.iter().for_each(each),
            Node::Filter(of, _) | Node::Negate(of) | Node::Member(of, _) => each(of),
            Node::Call(_, given) => given.places.iter().flatten().for_each(each),
            Node::Map(of, target) => {
                each(of);
                if let Target::Here(template) = target {
                    each(template);
                }
            }
            Node::Arithmetic(_, a, b) => {
                each(a);
                each(b);
            }
        }
    }

    /// Returns the name that a value is called by, if it plainly is.
    pub(super) fn symbol(&self) -> Option<&[u8]> {
        match self {
            Node::Symbol(name) => Some(name),
            Node::Filter(of, _) => of.symbol(),
            _ => None,
        }
    }
}

struct Compiler<'c> {
    named: &'c HashMap<Vec<u8>, Vec<u8>>,
}

impl Compiler<'_> {
    /// Compiles a tree; digits are a number among arguments, and elsewhere a name.
    fn node(&self, tree: &Tree, is_argument: bool) -> Result<Node> {
        let boxed = |tree: &Tree, is_argument| self.node(tree, is_argument).map(Box::new);
        Ok(match tree {
            Tree::Integer(digits) if is_argument => {
                let number = std::str::from_utf8(digits)
                    .ok()
                    .and_then(|d| d.parse().ok());
                Node::Integer(number.ok_or_else(|| Error::unsupported("a large number"))?)
            }
            Tree::Integer(name) | Tree::Symbol(name) => Node::Symbol(name.clone()),
            Tree::Argument(_) => return Err(Error::unsupported("an argument of no alias")),
            Tree::String(text) => Node::Text(text.clone()),
            Tree::Template(parts) => {
                let parts = parts.iter().map(|part| self.node(part, false));
                Node::Template(parts.collect::<Result<_>>()?)
            }
            Tree::Group(None) => return Err(Error::parse("missing argument", None)),
            Tree::Group(Some(inner)) => self.node(inner, true)?,
            Tree::Call(name, arguments) => {
                let Tree::Symbol(name) = &**name else {
                    return Err(Error::parse("expected a symbol", None));
                };
                self.call(name, arguments.as_deref())?
            }
            Tree::Negate(of) => Node::Negate(boxed(of, true)?),
            Tree::Binary(op, a, b) => match op {
                Op::Filter => self.filter(a, b)?,
                Op::Map => Node::Map(boxed(a, false)?, self.target(b)?),
                Op::Member => match &**b {
                    Tree::Symbol(member) => Node::Member(boxed(a, false)?, member.clone()),
                    _ => return Err(Error::parse("expected a symbol", None)),
                },
                Op::Times | Op::Over | Op::Plus | Op::Minus => {
                    Node::Arithmetic(*op, boxed(a, true)?, boxed(b, true)?)
                }
                Op::KeyValue => {
                    return Err(Error::parse(
                        "can't use a key-value pair in this context",
                        None,
                    ));
                }
                Op::List => return Err(Error::parse("can't use a list in this context", None)),
            },
        })
    }

    fn target(&self, tree: &Tree) -> Result<Target> {
        match tree {
            Tree::Template(_) | Tree::String(_) => {
                Ok(Target::Here(Box::new(self.node(tree, false)?)))
            }
            Tree::Symbol(name) if self.named.contains_key(name) => Ok(Target::Named(name.clone())),
            _ => Err(Error::parse("expected template specifier", None)),
        }
    }

    fn filter(&self, of: &Tree, name: &Tree) -> Result<Node> {
        let Tree::Symbol(name) = name else {
            return Err(Error::parse("expected a symbol", None));
        };
        if let Some(filter) = filters::find(name) {
            return Ok(Node::Filter(Box::new(self.node(of, false)?), filter));
        }
        let function = functions::find(name).ok_or_else(|| unknown(name))?;
        self.with_arguments(function, list(Some(of)), false)
    }

    fn call(&self, name: &[u8], arguments: Option<&Tree>) -> Result<Node> {
        let arguments = list(arguments);
        if let Some(function) = functions::find(name) {
            return self.with_arguments(function, arguments, true);
        }
        let filter = filters::find(name).ok_or_else(|| unknown(name))?;
        match arguments[..] {
            [of] => Ok(Node::Filter(Box::new(self.node(of, true)?), filter)),
            _ => Err(Error::parse("a filter expects one argument", None)),
        }
    }

    /// Puts arguments into their places.
    fn with_arguments(
        &self,
        function: &'static Function,
        trees: Vec<&Tree>,
        is_argument: bool,
    ) -> Result<Node> {
        let wrong = || {
            let name = function.name;
            Error::unsupported(format!("the arguments of the template function {name}"))
        };
        let name_of = |tree: &Tree| match tree {
            Tree::Binary(Op::KeyValue, name, _) => match &**name {
                Tree::Symbol(name) => Ok(Some(name.clone())),
                _ => Err(wrong()),
            },
            _ => Ok(None),
        };
        let mut places: Vec<Option<Node>> = Vec::new();
        let mut names = Vec::new();
        match function.arguments {
            Arguments::Places(least, most) => {
                if !(least..=most).contains(&trees.len()) {
                    return Err(wrong());
                }
                for tree in trees {
                    places.push(Some(self.node(tree, is_argument)?));
                }
            }
            Arguments::Named(known, least) => {
                places.resize(known.len(), None);
                let mut by_name = false;
                for (at, tree) in trees.into_iter().enumerate() {
                    let (place, tree) = match (name_of(tree)?, tree) {
                        (Some(name), Tree::Binary(_, _, value)) => {
                            by_name = true;
                            let place = known.iter().position(|known| known.as_bytes() == name);
                            (place.ok_or_else(wrong)?, &**value)
                        }
                        _ if by_name => return Err(wrong()),
                        _ => (at, tree),
                    };
                    match places.get_mut(place) {
                        Some(none @ None) => *none = Some(self.node(tree, is_argument)?),
                        _ => return Err(wrong()),
                    }
                }
                if places[..least].iter().any(Option::is_none) {
                    return Err(wrong());
                }
            }
            Arguments::Any => {
                for tree in trees {
                    let (name, tree) = match (name_of(tree)?, tree) {
                        (Some(name), Tree::Binary(_, _, value)) => (Some(name), &**value),
                        _ if !names.is_empty() => return Err(wrong()),
                        _ => (None, tree),
                    };
                    if let Some(name) = name {
                        if names.contains(&name) {
                            return Err(wrong());
                        }
                        names.push(name);
                    }
                    places.push(Some(self.node(tree, is_argument)?));
                }
            }
        }
        Ok(Node::Call(function, Given { places, names }))
    }
}

fn unknown(name: &[u8]) -> Error {
    Error::unsupported(format!("the template function or filter {}", lossy(name)))
}
