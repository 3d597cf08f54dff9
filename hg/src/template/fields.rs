// SPDX-License-Identifier: GPL-2.0-or-later

//! What commands tell of their items, besides what keywords say.

use std::rc::Rc;

use vermilion_core::changelog::Date;
use vermilion_core::snapshot::Snapshot;
use vermilion_core::{RepoPath, Rev};

use super::compile::Library;
use super::evaluate::Evaluator;
use super::filters;
use super::scope::{Binding, Changeset, Overlay, Scope, Where};
use super::value::{Each, Form, Items, List, Maps, MapsKind, Plain, Shown, Value};
use crate::Result;

/// A value that a command gives a name to.
#[derive(Clone, Debug)]
pub(crate) struct Field(pub(super) Value);

impl Field {
    /// Returns a text.
    pub(crate) fn text(text: impl Into<Vec<u8>>) -> Field {
        Field(Value::Text(text.into()))
    }

    /// Returns a number.
    pub(crate) fn number(number: impl Into<i64>) -> Field {
        Field(Value::Number(number.into()))
    }

    /// Returns Python's true or false.
    pub(crate) fn truth(truth: bool) -> Field {
        Field(Value::Bool(truth))
    }

    /// Returns a date.
    pub(crate) fn date(date: Date) -> Field {
        Field(Value::Date(date, false))
    }

    /// Returns a list, whose items are called `name`.
    pub(crate) fn list(items: Vec<Vec<u8>>, name: &'static str) -> Field {
        Field::list_with(items, name, b" ")
    }

    /// Returns a point in time as Python's pair of numbers.
    pub(crate) fn moment(date: Date) -> Field {
        let moment = Plain::Moment(date.seconds, date.offset.into());
        Field(Value::Plain(Rc::new(moment)))
    }

    /// Returns the parts of an item, each of which `template` shows where no other is asked for.
    pub(crate) fn parts(parts: impl IntoIterator<Item = Part>, template: &[u8]) -> Field {
        Field(Value::Maps(Rc::new(Maps {
            maps: parts.into_iter().map(|part| part.0).collect(),
            kind: MapsKind::Sequence,
            template: Some(template.to_vec()),
            separator: Vec::new(),
        })))
    }

    /// Returns a list that is shown with something else than spaces between its items.
    pub(crate) fn list_with(items: Vec<Vec<u8>>, name: &'static str, separator: &[u8]) -> Field {
        let shown = items.join(separator);
        Field(Value::List(Rc::new(List {
            items: Items::Sequence(items.into_iter().map(Plain::Text).collect()),
            each: Each::Named(name.as_bytes().into()),
            form: Form::Plain,
            shown: Shown::Text(shown),
            is_numeric: false,
        })))
    }
}

/// A part of an item, with fields of its own.
pub(crate) struct Part(Overlay);

impl Part {
    /// Returns one of which nothing is known yet.
    pub(crate) fn new() -> Part {
        Part(Overlay::default())
    }

    /// Returns one that keywords know a file of a changeset for.
    pub(crate) fn about(rev: Rev, file: &RepoPath) -> Part {
        Part(Overlay::about(rev, file.to_owned()))
    }

    /// Returns it with one field more.
    #[must_use]
    pub(crate) fn with(self, name: &'static str, field: Field) -> Part {
        Part(self.0.named(name, field.0))
    }
}

/// An item with its fields, and what keywords are about for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    fields: Vec<(&'static str, Field)>,
    changeset: Option<Changeset>,
    has_repository: bool,
}

impl Fields {
    /// Returns an item of which nothing is known yet.
    pub(crate) fn new() -> Fields {
        Fields::default()
    }

    /// Returns it with one field more.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, field: Field) -> Fields {
        self.fields.push((name, field));
        self
    }

    /// Returns it with the repository, so that keywords know it.
    #[must_use]
    pub(crate) fn in_repository(mut self) -> Fields {
        self.has_repository = true;
        self
    }

    /// Returns it with the changeset that keywords are about, `None` for the working copy.
    #[must_use]
    pub(crate) fn about(mut self, rev: Option<Rev>) -> Fields {
        self.has_repository = true;
        self.changeset = Some(rev.map_or(Changeset::WorkingCopy, Changeset::Rev));
        self
    }

    /// Returns it with a changeset's number and node.
    ///
    /// # Errors
    /// Those of [`Changelog::node`](vermilion_core::changelog::Changelog::node).
    pub(crate) fn of_revision(self, snapshot: &Snapshot, rev: Rev) -> Result<Fields> {
        let node = snapshot.refs().changelog().node(rev)?.to_string();
        Ok(self
            .with("rev", Field::number(rev.get()))
            .with("node", Field::text(node)))
    }

    /// Returns what `hg log -Tjson` tells of a changeset.
    pub(super) fn of_changeset(ev: &Evaluator<'_>, rev: Rev, is_quiet: bool) -> Result<Fields> {
        let env = ev.env;
        let fields = Fields::new()
            .about(Some(rev))
            .with("rev", Field::number(rev.get()))
            .with("node", Field::text(env.node(rev)?));
        if is_quiet {
            return Ok(fields);
        }
        let [first, second] = env.parents(rev)?;
        let mut parents = vec![env.node(first)?];
        if !second.is_null() {
            parents.push(env.node(second)?);
        }
        let fields = fields
            .with("phase", Field::text(env.phase(rev)?.name()))
            .with(
                "bookmarks",
                Field::list(env.names()?.bookmarks(rev), "bookmark"),
            )
            .with("tags", Field::list(env.names()?.tags(rev), "tag"))
            .with("parents", Field::list(parents, "node"));
        ev.with_content(rev, |content| {
            let mut fields = fields
                .with("branch", Field::text(env.text(content.branch())?))
                .with("user", Field::text(env.text(content.user())?))
                .with("date", Field::date(content.date()))
                .with("desc", Field::text(env.text(content.description())?));
            if env.is_verbose {
                let files = content.files().map(RepoPath::as_bytes).map(<[u8]>::to_vec);
                fields = fields.with("files", Field::list(files.collect(), "file"));
            }
            Ok(fields)
        })
    }

    /// Returns the item as it is in a list in JSON.
    pub(super) fn json(self, ev: &Evaluator<'_>) -> Result<Vec<u8>> {
        let scope = self.scope(ev)?;
        let mut fields = self.fields;
        fields.sort_by_key(|(name, _)| *name);
        let mut made = b"\n {\n".to_vec();
        for (at, (name, field)) in fields.into_iter().enumerate() {
            if at > 0 {
                made.extend_from_slice(b",\n");
            }
            made.extend_from_slice(format!("  \"{name}\": ").as_bytes());
            made.extend(filters::json(&ev.plain(&scope, &field.0)?, false)?);
        }
        made.extend_from_slice(b"\n }");
        Ok(made)
    }

    /// Returns what names stand for in a template about the item.
    pub(super) fn scope(&self, ev: &Evaluator<'_>) -> Result<Scope> {
        let repository = if self.has_repository {
            Where::OfItem
        } else {
            Where::Nowhere
        };
        let mut scope = Scope::new(self.changeset, repository);
        for (name, field) in &self.fields {
            scope.set(name.as_bytes(), Binding::Value(field.0.clone()));
        }
        // A field may name the changeset, or a file in it.
        if let Some(Binding::Value(node)) = scope.get(b"node") {
            let node = node.clone();
            if scope.changeset.is_none() {
                scope.changeset = Some(ev.changeset_of(&scope, &node)?);
            }
            scope.has_cache = true;
        }
        if let Some(Binding::Value(Value::Text(path))) = scope.get(b"path") {
            let path = RepoPath::new(path).to_owned();
            scope.file = Some((path, scope.changeset));
        }
        Ok(scope)
    }
}

/// Returns templates of which there are none.
pub(super) fn no_library() -> Result<Library> {
    Library::new(b"", &Default::default(), &Default::default())
}
