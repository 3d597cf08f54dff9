// SPDX-License-Identifier: GPL-2.0-or-later

//! Functions (`hg help templates`, "Functions").

mod choice;
mod dates;
mod lists;
mod repository;
mod search;
mod settings;
mod text;

use vermilion_core::changelog::Date;

use super::compile::{Given, Node};
use super::evaluate::{Evaluator, Found};
use super::scope::Scope;
use super::value::{Plain, Value};
use crate::{Error, Result};

pub(super) use repository::{constant_revsets, evaluate};

/// A function.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) arguments: Arguments,
    pub(super) run: fn(&Call<'_>) -> Result<Value>,
    /// Set if nothing can keep it from having a value, if its arguments have some.
    pub(super) is_certain: bool,
}

/// The arguments that a function takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arguments {
    /// So many at least and at most.
    Places(usize, usize),
    /// Those with these names, of which the first ones have to be there.
    Named(&'static [&'static str], usize),
    /// Any, the last ones with any names.
    Any,
}

/// A function that is to be evaluated.
pub(super) struct Call<'c> {
    pub(super) ev: &'c Evaluator<'c>,
    pub(super) scope: &'c Scope,
    pub(super) given: &'c Given,
}

impl<'c> Call<'c> {
    /// Returns how many arguments there are.
    fn len(&self) -> usize {
        self.given.places.len()
    }

    fn node(&self, at: usize) -> Option<&'c Node> {
        self.given.places.get(at)?.as_ref()
    }

    fn has(&self, at: usize) -> bool {
        self.node(at).is_some()
    }

    /// Returns an argument, nothing if it is not given.
    fn value(&self, at: usize) -> Result<Value> {
        self.value_in(at, self.scope)
    }

    fn value_in(&self, at: usize, scope: &Scope) -> Result<Value> {
        let node = self.node(at);
        node.map_or(Ok(Value::Nothing), |node| self.ev.eval(node, scope))
    }

    fn text(&self, at: usize) -> Result<Vec<u8>> {
        match self.node(at) {
            Some(Node::Text(text)) => Ok(text.clone()),
            _ => self.ev.show(self.scope, &self.value(at)?),
        }
    }

    fn number(&self, at: usize) -> Result<i64> {
        self.ev.number(self.scope, &self.value(at)?)
    }

    fn date(&self, at: usize) -> Result<Date> {
        self.ev.date(self.scope, &self.value(at)?)
    }

    fn plain(&self, at: usize) -> Result<Plain> {
        self.ev.plain(self.scope, &self.value(at)?)
    }

    /// Returns whether an argument is true; a name of nothing may be one of Mercurial's words for
    /// true and false.
    fn truth(&self, at: usize) -> Result<bool> {
        self.truth_in(at, self.scope)
    }

    fn truth_in(&self, at: usize, scope: &Scope) -> Result<bool> {
        if let Some(Node::Symbol(name)) = self.node(at) {
            return match self.ev.symbol(scope, name)? {
                Found::Value(Value::Nothing) | Found::Unknown => {
                    match crate::config::parse_bool(name) {
                        Some(truth) => Ok(truth),
                        None if self.ev.is_harmless(name) => Ok(false),
                        None => match super::keywords::find(name) {
                            Some(_) => Ok(false),
                            None => Err(Error::unsupported("a condition of a name of nothing")),
                        },
                    }
                }
                Found::Value(value) => self.ev.truth(&value),
            };
        }
        self.ev.truth(&self.value_in(at, scope)?)
    }

    /// Returns the text of an argument, the name itself for a name of nothing.
    fn literal(&self, at: usize) -> Result<Vec<u8>> {
        if let Some(Node::Symbol(name)) = self.node(at) {
            return match self.ev.symbol(self.scope, name)? {
                Found::Value(value) => self.ev.show(self.scope, &value),
                Found::Unknown => Ok(name.clone()),
            };
        }
        self.text(at)
    }
}

const fn function(
    name: &'static str,
    arguments: Arguments,
    run: fn(&Call<'_>) -> Result<Value>,
) -> Function {
    Function {
        name,
        arguments,
        run,
        is_certain: false,
    }
}

const fn certain(
    name: &'static str,
    arguments: Arguments,
    run: fn(&Call<'_>) -> Result<Value>,
) -> Function {
    Function {
        name,
        arguments,
        run,
        is_certain: true,
    }
}

use Arguments::{Any, Named, Places};

static FUNCTIONS: &[Function] = &[
    function("config", Places(2, 3), settings::config),
    function("configbool", Places(2, 3), settings::config_bool),
    function("configint", Places(2, 3), settings::config_int),
    function("date", Places(1, 2), dates::date),
    function("dict", Any, lists::dict),
    function("diff", Places(0, 2), repository::diff),
    function("files", Places(1, 1), repository::files),
    function("fill", Places(1, 4), text::fill),
    function("filter", Places(1, 2), lists::filter),
    certain("formatnode", Places(1, 1), text::format_node),
    function("get", Places(2, 2), lists::get),
    certain("if", Places(2, 3), choice::if_),
    function("ifcontains", Places(3, 4), choice::if_contains),
    certain("ifeq", Places(3, 4), choice::if_equal),
    certain("indent", Places(2, 3), text::indent),
    function("join", Places(1, 2), lists::join),
    certain("label", Places(2, 2), text::label),
    function("latesttag", Places(0, 1), repository::latest_tag),
    function("localdate", Places(1, 2), dates::local),
    function("max", Places(1, 1), |call| {
        call.ev.extreme(&call.value(0)?, true)
    }),
    function("min", Places(1, 1), |call| {
        call.ev.extreme(&call.value(0)?, false)
    }),
    function("mod", Places(2, 2), choice::modulo),
    function(
        "pad",
        Named(&["text", "width", "fillchar", "left", "truncate"], 2),
        text::pad,
    ),
    function("relpath", Places(1, 1), repository::relative),
    function("revset", Places(1, usize::MAX), repository::revset),
    function("search", Places(2, 2), search::search),
    certain("separate", Places(1, usize::MAX), text::separate),
    function("shortest", Places(1, 2), repository::shortest),
    certain("startswith", Places(2, 2), text::starts_with),
    certain("strip", Places(1, 2), text::strip),
    function("sub", Places(3, 3), search::substitute),
    function("word", Places(2, 3), text::word),
];

/// Returns a function by its name.
pub(super) fn find(name: &[u8]) -> Option<&'static Function> {
    FUNCTIONS
        .iter()
        .find(|function| function.name.as_bytes() == name)
}
