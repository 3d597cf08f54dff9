// SPDX-License-Identifier: GPL-2.0-or-later

//! Evaluating a template in a scope.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use vermilion_core::changelog::Changeset as Content;
use vermilion_core::manifest::Manifest;
use vermilion_core::{Node as Hash, Rev};

use super::compile::{Library, Node, Target};
use super::environment::Environment;
use super::filters::Apply;
use super::functions::Call;
use super::known::{IN_LOOPS, RESOURCES, arithmetic, too_large};
use super::scope::{Binding, Changeset, Overlay, Scope, Where};
use super::value::Value;
use super::{keywords, scope};
use crate::text::lossy;
use crate::{Error, Result};

/// Expressions and templates within each other; more are nested too deeply for a thread's stack.
const MAX_DEPTH: usize = 150;

/// Evaluates templates about one item after the other, on one thread.
pub(super) struct Evaluator<'e> {
    pub(super) env: &'e Environment<'e>,
    pub(super) library: &'e Library,
    /// The changeset whose content is at hand.
    current: Option<(Rev, &'e Content<'e>)>,
    /// The contents of other ones.
    texts: RefCell<HashMap<Rev, Rc<Vec<u8>>>>,
    depth: Cell<usize>,
}

/// The meaning of a name.
pub(super) enum Found {
    Value(Value),
    /// Nothing has this name.
    Unknown,
}

impl<'e> Evaluator<'e> {
    pub(super) fn new(
        env: &'e Environment<'e>,
        library: &'e Library,
        current: Option<(Rev, &'e Content<'e>)>,
    ) -> Evaluator<'e> {
        Evaluator {
            env,
            library,
            current,
            texts: RefCell::default(),
            depth: Cell::new(0),
        }
    }

    /// Returns what evaluates other templates about the same changeset, as deep within this.
    pub(super) fn beside(&self, library: &'e Library) -> Evaluator<'e> {
        let other = Evaluator::new(self.env, library, self.current);
        other.depth.set(self.depth.get() + 1);
        other
    }

    /// Returns what a template makes of a scope.
    pub(super) fn render(&self, node: &Node, scope: &Scope) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        self.write(node, scope, &mut out)?;
        Ok(out)
    }

    fn write(&self, node: &Node, scope: &Scope, out: &mut Vec<u8>) -> Result<()> {
        match node {
            Node::Text(text) => out.extend_from_slice(text),
            Node::Template(parts) => {
                for part in parts {
                    self.write(part, scope, out)?;
                }
            }
            _ => {
                let value = self.eval(node, scope)?;
                match value {
                    Value::Text(text) => out.extend(text),
                    value => out.extend(self.show(scope, &value)?),
                }
            }
        }
        Ok(())
    }

    /// Returns what an expression stands for.
    pub(super) fn eval(&self, node: &Node, scope: &Scope) -> Result<Value> {
        let depth = self.depth.get();
        if depth > MAX_DEPTH {
            return Err(Error::unsupported("templates that are nested so deeply"));
        }
        self.depth.set(depth + 1);
        let value = self.eval_here(node, scope);
        self.depth.set(depth);
        value
    }

    fn eval_here(&self, node: &Node, scope: &Scope) -> Result<Value> {
        Ok(match node {
            Node::Integer(number) => Value::Number(*number),
            Node::Text(text) => Value::Text(text.clone()),
            Node::Symbol(name) => match self.symbol(scope, name)? {
                Found::Value(value) => value,
                Found::Unknown => self.unknown(name)?,
            },
            Node::Template(_) => Value::Text(self.render(node, scope)?),
            Node::Filter(of, filter) => {
                let value = self.eval(of, scope)?;
                match filter.apply {
                    Apply::Text(apply) => Value::Text(apply(&self.show(scope, &value)?)?),
                    Apply::Split(apply) => apply(&self.show(scope, &value)?),
                    Apply::Date(apply) => Value::Text(apply(self.date(scope, &value)?)?),
                    Apply::Any(apply) => apply(self.plain(scope, &value)?)?,
                }
            }
            Node::Call(function, given) => (function.run)(&Call {
                ev: self,
                scope,
                given,
            })?,
            Node::Map(of, target) => {
                let value = self.eval(of, scope)?;
                let mut made = Vec::new();
                for (at, overlay) in self.maps(&value)?.iter().enumerate() {
                    let inner = self.overlaid_item(scope, overlay, at)?;
                    made.push(match target {
                        Target::Here(template) => self.render(template, &inner)?,
                        Target::Named(name) => self.named(name, &inner)?.unwrap_or_default(),
                    });
                }
                Value::Mapped(Rc::new(made))
            }
            Node::Member(of, member) => {
                let value = self.eval(of, scope)?;
                match self.members(&value) {
                    Some(members) => {
                        let inner = self.overlaid(scope, &members)?;
                        match self.symbol(&inner, member)? {
                            Found::Value(value) => value,
                            Found::Unknown => self.unknown(member)?,
                        }
                    }
                    None => self.member(scope, &value, &Value::Text(member.clone()))?,
                }
            }
            Node::Negate(of) => {
                let number = self.number(scope, &self.eval(of, scope)?)?;
                Value::Number(number.checked_neg().ok_or_else(too_large)?)
            }
            Node::Arithmetic(op, a, b) => {
                let a = self.number(scope, &self.eval(a, scope)?)?;
                let b = self.number(scope, &self.eval(b, scope)?)?;
                Value::Number(arithmetic(*op, a, b)?)
            }
        })
    }

    /// Returns what a name stands for.
    pub(super) fn symbol(&self, scope: &Scope, name: &[u8]) -> Result<Found> {
        let binding = scope.get(name).filter(|_| !RESOURCES.contains(&name));
        match binding {
            Some(Binding::Poison) => {
                return Err(Error::unsupported("a template that refers to itself"));
            }
            Some(Binding::ChangesSinceTag) => {
                return keywords::changes_since_tag(self, scope).map(Found::Value);
            }
            None | Some(Binding::Value(Value::Nothing)) => {}
            Some(Binding::Value(value)) => return Ok(Found::Value(value.clone())),
        }
        if let Some(keyword) = keywords::find(name) {
            let is_missing = keyword.requires & !scope.available() != 0
                || keyword.requires & scope::needs::CHANGESET != 0
                    && scope.changeset == Some(Changeset::Missing);
            return Ok(Found::Value(if is_missing {
                Value::Nothing
            } else {
                (keyword.run)(self, scope)?
            }));
        }
        let mut inner = scope.clone();
        inner.set(name.to_vec(), Binding::Poison);
        match self.named(name, &inner)? {
            Some(text) => Ok(Found::Value(Value::Text(text))),
            None => Ok(Found::Unknown),
        }
    }

    /// Returns what stands for a name that nothing has: an empty text, as long as it is certain
    /// that no extension knows it.
    fn unknown(&self, name: &[u8]) -> Result<Value> {
        if self.is_harmless(name) {
            return Ok(Value::Text(Vec::new()));
        }
        Err(Error::unsupported(format!("the keyword {}", lossy(name))))
    }

    /// Tells whether nothing but a loop or a command gives a name something to stand for.
    pub(super) fn is_harmless(&self, name: &[u8]) -> bool {
        let is_it = |known: &&str| known.as_bytes() == name;
        name.iter().all(u8::is_ascii_digit)
            || IN_LOOPS.iter().any(is_it)
            || self.env.fields.iter().any(is_it)
            || RESOURCES.contains(&name)
    }

    /// Expands the template with a name, if there is one.
    pub(super) fn named(&self, name: &[u8], scope: &Scope) -> Result<Option<Vec<u8>>> {
        match self.library.get(name)? {
            Some(node) => self.render(node, scope).map(Some),
            None => Ok(None),
        }
    }

    /// Returns a scope with what an item adds.
    pub(super) fn overlaid(&self, scope: &Scope, overlay: &Overlay) -> Result<Scope> {
        let original = || match self.symbol(scope, b"node") {
            Ok(Found::Value(value)) => value,
            _ => Value::Nothing,
        };
        let mut failed = None;
        let find = |node: &Value| match self.changeset_of(scope, node) {
            Ok(changeset) => changeset,
            Err(error) => {
                failed = Some(error);
                Changeset::Missing
            }
        };
        let made = scope.overlaid(overlay, original, find);
        failed.map_or(Ok(made), Err)
    }

    /// The same, for an item of a list at a place.
    pub(super) fn overlaid_item(
        &self,
        scope: &Scope,
        overlay: &Overlay,
        at: usize,
    ) -> Result<Scope> {
        let mut inner = self.overlaid(scope, overlay)?;
        inner.set(&b"index"[..], Binding::Value(Value::Number(at as i64)));
        Ok(inner)
    }

    /// Returns the changeset that has a node in hexadecimal digits.
    pub(super) fn changeset_of(&self, scope: &Scope, node: &Value) -> Result<Changeset> {
        let Value::Text(hex) = node else {
            return Ok(Changeset::Missing);
        };
        if scope.repository == Where::Nowhere || hex.is_empty() {
            return Ok(Changeset::Missing);
        }
        let Some(node) = Hash::from_hex(hex) else {
            return Err(Error::unsupported("what is called a node and is none"));
        };
        if node.as_bytes().iter().all(|&byte| byte == 0xff) {
            return Ok(Changeset::WorkingCopy);
        }
        let refs = self.env.snapshot()?.refs();
        let rev = refs.changelog().rev_of(&node)?;
        let hidden = refs.filtered()?;
        let rev = rev.filter(|&rev| rev.is_null() || !hidden.contains(rev));
        Ok(rev.map_or(Changeset::Missing, Changeset::Rev))
    }

    /// Returns the revision that keywords are about.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for the working copy.
    pub(super) fn rev(&self, scope: &Scope) -> Result<Rev> {
        match scope.changeset {
            Some(Changeset::Rev(rev)) => Ok(rev),
            Some(Changeset::WorkingCopy) => {
                Err(Error::unsupported("a keyword about the working copy"))
            }
            _ => Err(Error::unsupported("a keyword about no changeset")),
        }
    }

    /// Calls `read` with the content of a changeset.
    pub(super) fn with_content<T>(
        &self,
        rev: Rev,
        read: impl FnOnce(&Content<'_>) -> Result<T>,
    ) -> Result<T> {
        if let Some((current, content)) = self.current
            && current == rev
        {
            return read(content);
        }
        let changelog = self.env.snapshot()?.refs().changelog();
        let known = self.texts.borrow().get(&rev).cloned();
        let text = match known {
            Some(text) => text,
            None => {
                let text = Rc::new(if rev.is_null() {
                    Vec::new()
                } else {
                    changelog.text(rev)?
                });
                self.texts.borrow_mut().insert(rev, Rc::clone(&text));
                text
            }
        };
        read(&changelog.parse(rev, &text)?)
    }

    /// Returns the manifest of a changeset.
    pub(super) fn manifest(&self, rev: Rev) -> Result<Arc<Manifest>> {
        Ok(self.env.snapshot()?.manifest(rev)?)
    }
}
