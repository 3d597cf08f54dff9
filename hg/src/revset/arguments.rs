// SPDX-License-Identifier: GPL-2.0-or-later

//! The arguments of predicates.

use super::tree::{Op, Tree};
use crate::text::lossy;
use crate::{Error, Result};
use vermilion_core::text::integer;

/// Returns an error about arguments.
pub(super) fn wrong<T>(message: impl ToString) -> Result<T> {
    Err(Error::parse(message, None))
}

/// Returns the members of a list, if there are so many; `most` as `None` for any number.
pub(super) fn between<'t>(
    tree: &'t Tree,
    least: usize,
    most: Option<usize>,
    message: &str,
) -> Result<&'t [Tree]> {
    let list = tree.list();
    if list.len() < least || most.is_some_and(|most| list.len() > most) {
        return wrong(message);
    }
    Ok(list)
}

/// Fails if there are any arguments.
pub(super) fn nothing(tree: &Tree, name: &str) -> Result<()> {
    between(tree, 0, Some(0), &format!("{name} takes no arguments")).map(|_| ())
}

/// Returns the text of a symbol or string.
pub(super) fn text<'t>(tree: &'t Tree, message: &str) -> Result<&'t [u8]> {
    tree.text().map_or_else(|| wrong(message), Ok)
}

/// Returns the number that is written in a symbol or string.
pub(super) fn number(tree: &Tree, message: &str) -> Result<i64> {
    parse_number(text(tree, message)?)?.map_or_else(|| wrong(message), Ok)
}

/// Returns the number that a text is for Python, `None` if it is none.
pub(super) fn parse_number(text: &[u8]) -> Result<Option<i64>> {
    if let Some(number) = integer(text) {
        return Ok(Some(number));
    }
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let others = text
        .iter()
        .all(|byte| byte.is_ascii_digit() || b"_+- ".contains(byte));
    if digits > 18 && others {
        return Err(Error::unsupported("a number of more than 64 bits"));
    }
    Ok(None)
}

/// Returns the bounds of a range of numbers, both of them members; the defaults are for bounds that
/// are left out, where they may be.
pub(super) fn number_range(
    tree: &Tree,
    no_range: &str,
    no_number: &str,
    defaults: [Option<i64>; 2],
) -> Result<(i64, i64)> {
    if tree.text().is_some() {
        let number = number(tree, no_range)?;
        return Ok((number, number));
    }
    let (first, last) = match tree {
        Tree::Node(Op::Range, of) => match &of[..] {
            [first, last] => (Some(first), Some(last)),
            _ => return wrong(no_range),
        },
        Tree::Node(Op::RangePre, of) => (None, of.first()),
        Tree::Node(Op::RangePost, of) => (of.first(), None),
        Tree::Node(Op::RangeAll, _) => (None, None),
        _ => return wrong(no_range),
    };
    let bound = |tree: Option<&Tree>, default: Option<i64>| match (tree, default) {
        (Some(tree), _) => number(tree, no_number),
        (None, Some(default)) => Ok(default),
        (None, None) => wrong(no_number),
    };
    Ok((bound(first, defaults[0])?, bound(last, defaults[1])?))
}

/// Arguments by their names.
pub(super) struct Named<'t> {
    names: &'static [&'static str],
    values: Vec<Option<&'t Tree>>,
}

impl<'t> Named<'t> {
    /// Returns an argument.
    pub(super) fn get(&self, name: &str) -> Option<&'t Tree> {
        let at = self.names.iter().position(|other| *other == name)?;
        self.values[at]
    }
}

/// Reads arguments that are known by their place or, after those, by their names.
pub(super) fn named<'t>(
    tree: &'t Tree,
    function: &str,
    names: &'static [&'static str],
) -> Result<Named<'t>> {
    let list = tree.list();
    let is_named = |tree: &Tree| matches!(tree, Tree::Node(Op::KeyValue, _));
    let placed = list.iter().position(is_named).unwrap_or(list.len());
    if placed > names.len() {
        let most = names.len();
        return wrong(format!(
            "{function} takes at most {most} positional arguments"
        ));
    }
    let mut values: Vec<Option<&Tree>> = list[..placed].iter().map(Some).collect();
    values.resize(names.len(), None);
    add_named(&mut values, &list[placed..], function, names)?;
    Ok(Named { names, values })
}

/// Reads arguments that are given by name.
fn add_named<'t>(
    values: &mut [Option<&'t Tree>],
    list: &'t [Tree],
    function: &str,
    names: &[&str],
) -> Result<()> {
    for tree in list {
        let Some([Tree::Symbol(key), value]) = tree.node(Op::KeyValue) else {
            return wrong(format!("{function} got an invalid argument"));
        };
        let shown = lossy(key);
        let Some(at) = names.iter().position(|name| name.as_bytes() == key) else {
            return wrong(format!(
                "{function} got an unexpected keyword argument '{shown}'"
            ));
        };
        if values[at].is_some() {
            return wrong(format!(
                "{function} got multiple values for keyword argument '{shown}'"
            ));
        }
        values[at] = Some(value);
    }
    Ok(())
}
