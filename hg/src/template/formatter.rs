// SPDX-License-Identifier: GPL-2.0-or-later

//! Items of commands as `-T` has them shown: by templates, or as JSON.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use vermilion_core::snapshot::Snapshot;

use super::analysis::Needs;
use super::environment::Environment;
use super::evaluate::Evaluator;
use super::fields::{Field, Fields, no_library};
use super::lookup::Spec;
use super::names::shown;
use super::scope::{Binding, Scope, Where};
use super::value::Value;
use crate::Result;
use crate::encoding::Encoding;
use crate::program::invocation::Invocation;

/// Shows the items of a command, once all are known.
pub(crate) struct Formatter {
    spec: Spec,
    fields: &'static [&'static str],
    items: Vec<Fields>,
    /// The names in the template, if it is one.
    names: HashSet<Vec<u8>>,
}

impl Invocation {
    /// Returns a field with a text that is stored in UTF-8.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) where it may be shown with other characters,
    /// which JSON has nevertheless.
    pub(crate) fn field(&self, text: &[u8]) -> Result<Field> {
        Ok(Field::text(shown(Encoding::of(&self.config), text)?))
    }

    /// Returns what shows the items of a command, if a template is asked for: `topic` is what the
    /// items are called in styles, and `fields` are all names that it may give to their fields.
    ///
    /// # Errors
    /// Those of [`Invocation::item_template`].
    pub(crate) fn formatter(
        &self,
        topic: &str,
        fields: &'static [&'static str],
    ) -> Result<Option<Formatter>> {
        let Some(spec) = self.item_template(topic)? else {
            return Ok(None);
        };
        let mut names = HashSet::new();
        if let Spec::Template(template) = &spec {
            let needs = Needs::of(&template.library, &template.library.whole, |_| true);
            names = needs.names;
        }
        Ok(Some(Formatter {
            spec,
            fields,
            items: Vec::new(),
            names,
        }))
    }
}

impl Formatter {
    /// Tells whether a field is asked for, which takes time to find out.
    pub(crate) fn asks_for(&self, name: &str) -> bool {
        self.names.contains(name.as_bytes())
    }

    /// Tells whether all fields are shown.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.spec, Spec::Json)
    }

    /// Adds an item.
    pub(crate) fn add(&mut self, item: Fields) {
        self.items.push(item);
    }

    /// Prints all items.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) for what only Mercurial knows.
    pub(crate) fn print(self, hg: &mut Invocation) -> Result<()> {
        let snapshot: Option<Arc<Snapshot>> = match hg.repository() {
            Ok(_) => Some(hg.snapshot()?),
            Err(_) => None,
        };
        let interrupt = AtomicBool::new(false);
        let mut out = Vec::new();
        let mut env = Environment::new(hg, snapshot.as_deref(), self.fields, &interrupt);
        match self.spec {
            Spec::Json => {
                let library = no_library()?;
                let ev = Evaluator::new(&env, &library, None);
                out.push(b'[');
                for (at, item) in self.items.into_iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    out.extend(item.json(&ev)?);
                }
                out.extend_from_slice(b"\n]\n");
            }
            Spec::Template(template) => {
                let library = &template.library;
                let needs = Needs::of(library, &library.whole, |_| true);
                env.prepare(needs.wanted, needs.revsets, &[])?;
                let ev = Evaluator::new(&env, library, None);
                let nothing = Scope::new(None, Where::Nowhere);
                let part = |part: &str| match template.part(part) {
                    Some(name) => Ok(ev.named(name, &nothing)?.unwrap_or_default()),
                    None => Ok::<_, crate::Error>(Vec::new()),
                };
                let separator = part("separator")?;
                out.extend(part("docheader")?);
                for (at, item) in self.items.iter().enumerate() {
                    if at > 0 {
                        out.extend_from_slice(&separator);
                    }
                    let mut scope = item.scope(&ev)?;
                    scope.set(&b"index"[..], Binding::Value(Value::Number(at as i64)));
                    out.extend(ev.render(&library.whole, &scope)?);
                }
                out.extend(part("docfooter")?);
            }
        }
        hg.out.print(out);
        Ok(())
    }
}
