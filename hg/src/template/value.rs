// SPDX-License-Identifier: GPL-2.0-or-later

//! What expressions stand for.
//!
//! Mercurial wraps values in objects that know how they are shown, joined and mapped. These are
//! the same, by kind.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use vermilion_core::Rev;
use vermilion_core::changelog::Date;

use super::scope::{Overlay, Scope};

/// A name of something in a scope.
pub(super) type Name = Cow<'static, [u8]>;

/// The value of an expression.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Nothing, as of what is not there.
    Nothing,
    /// A text.
    Text(Vec<u8>),
    /// A number.
    Number(i64),
    /// Python's `True` and `False`.
    Bool(bool),
    /// `true` and `false` as they are to be shown.
    Flag(bool),
    /// A point in time; whether the seconds are shown with a decimal.
    Date(Date, bool),
    /// A list or a dictionary.
    List(Rc<List>),
    /// An item of one, or something that has members.
    Item(Rc<Item>),
    /// Changesets that a revision set found.
    Revs(Rc<Revs>),
    /// Scopes, which can only be shown by a template.
    Maps(Rc<Maps>),
    /// Texts that a template made of the items of a list.
    Mapped(Rc<Vec<Vec<u8>>>),
    /// A value that has no form of its own.
    Plain(Rc<Plain>),
}

/// A value without the form in which it is shown: what JSON is written of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plain {
    None,
    Bool(bool),
    Number(i64),
    Text(Vec<u8>),
    List(Vec<Plain>),
    Dictionary(Vec<(Vec<u8>, Plain)>),
    Date(i64, i64),
    /// The same, of which the seconds are a floating point number: in what `annotate` tells.
    Moment(i64, i64),
    Revs(Vec<Rev>),
}

/// A list or a dictionary.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) items: Items,
    /// The names that each item gives where a template is applied to it.
    pub(super) each: Each,
    pub(super) form: Form,
    pub(super) shown: Shown,
    /// Set if items are numbers, so that texts are read as such before they are compared.
    pub(super) is_numeric: bool,
}

/// The items of a list, or the keys and values of a dictionary.
#[derive(Clone, Debug)]
pub(super) enum Items {
    Sequence(Vec<Plain>),
    Dictionary(Vec<(Vec<u8>, Value)>),
}

impl Items {
    pub(super) fn len(&self) -> usize {
        match self {
            Items::Sequence(items) => items.len(),
            Items::Dictionary(items) => items.len(),
        }
    }

    /// Returns what a loop goes through.
    pub(super) fn key(&self, at: usize) -> Plain {
        match self {
            Items::Sequence(items) => items[at].clone(),
            Items::Dictionary(items) => Plain::Text(items[at].0.clone()),
        }
    }
}

/// The names that each item gives in a loop.
#[derive(Clone, Debug)]
pub(super) enum Each {
    /// The item, by a name.
    Named(Name),
    /// The item, by several names.
    Alike(&'static [&'static str]),
    /// A bookmark, and the one that is active.
    Bookmark(Option<Vec<u8>>),
    /// Key and value, by two names.
    Pair(Name, Name),
    /// A file and what it was copied from.
    Copy,
    /// The changeset.
    Changeset,
    /// A tag, and how far it is away.
    LatestTag(i64),
    /// A kind of names, and those.
    Namespace,
}

/// The form of an item where items are joined.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// As it is.
    Plain,
    /// `key=value`
    Pair,
    /// `key=value`, with escapes in the value.
    EscapedPair,
    /// `path (source)`
    Copy,
    /// A changeset's number and the beginning of its node.
    Changeset,
}

/// The form of a list as a whole.
#[derive(Clone, Debug)]
pub(super) enum Shown {
    /// Joined with spaces.
    Joined,
    /// As this text.
    Text(Vec<u8>),
    /// By templates with certain names, once.
    Compat(Box<Compat>),
}

/// The form that lists had before there were loops: by templates that are called like its items.
#[derive(Clone, Debug)]
pub(super) struct Compat {
    pub(super) name: &'static str,
    pub(super) plural: Cow<'static, str>,
    pub(super) separator: &'static [u8],
    pub(super) scope: Scope,
    pub(super) items: CompatItems,
    /// Set once it was shown: Mercurial's generators do not begin anew.
    pub(super) is_spent: Cell<bool>,
}

#[derive(Clone, Debug)]
pub(super) enum CompatItems {
    Texts(Vec<Vec<u8>>),
    Overlays(Vec<Overlay>),
}

/// An item, or something with members.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The text that it is shown as, if not its value.
    pub(super) shown: Option<Vec<u8>>,
    pub(super) value: Value,
    pub(super) members: Overlay,
}

/// Changesets that a revision set found.
#[derive(Clone, Debug)]
pub(super) struct Revs {
    pub(super) revs: Vec<Rev>,
    /// Set if each is called `revision` in a loop.
    pub(super) is_named: bool,
    pub(super) scope: Scope,
}

/// Scopes.
#[derive(Clone, Debug)]
pub(super) struct Maps {
    pub(super) maps: Vec<Overlay>,
    pub(super) kind: MapsKind,
    /// The template by which each is shown.
    pub(super) template: Option<Vec<u8>>,
    pub(super) separator: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MapsKind {
    /// Any number of them.
    Sequence,
    /// One, which has members.
    One,
    /// None, where there could have been one.
    None,
}

impl Value {
    /// Returns the list of some texts, whose items are called `name`.
    pub(super) fn texts(texts: Vec<Vec<u8>>, name: impl Into<Name>) -> Value {
        Value::list(
            texts.into_iter().map(Plain::Text).collect(),
            Each::Named(name.into()),
            Form::Plain,
        )
    }

    /// Returns a list that is shown joined with spaces.
    pub(super) fn list(items: Vec<Plain>, each: Each, form: Form) -> Value {
        Value::List(Rc::new(List {
            items: Items::Sequence(items),
            each,
            form,
            shown: Shown::Joined,
            is_numeric: false,
        }))
    }

    /// Returns a dictionary that is shown joined with spaces.
    pub(super) fn dictionary(items: Vec<(Vec<u8>, Value)>, each: Each, form: Form) -> Value {
        Value::List(Rc::new(List {
            items: Items::Dictionary(items),
            each,
            form,
            shown: Shown::Joined,
            is_numeric: false,
        }))
    }

    /// Returns one scope that has members, and is shown by a template.
    pub(super) fn one(members: Overlay, template: &[u8]) -> Value {
        Value::Maps(Rc::new(Maps {
            maps: vec![members],
            kind: MapsKind::One,
            template: Some(template.to_vec()),
            separator: Vec::new(),
        }))
    }
}

impl From<Plain> for Value {
    fn from(plain: Plain) -> Value {
        match plain {
            Plain::None => Value::Nothing,
            Plain::Bool(truth) => Value::Bool(truth),
            Plain::Number(number) => Value::Number(number),
            Plain::Text(text) => Value::Text(text),
            other => Value::Plain(Rc::new(other)),
        }
    }
}
