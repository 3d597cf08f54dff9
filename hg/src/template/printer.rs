// SPDX-License-Identifier: GPL-2.0-or-later

//! Changesets as a template shows them.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

use vermilion_core::Rev;
use vermilion_core::changelog::{Changeset as Content, Reading};
use vermilion_core::snapshot::Snapshot;

use super::analysis::Needs;
use super::environment::{Environment, Wanted};
use super::evaluate::Evaluator;
use super::fields::{self, Fields};
use super::lookup::{Spec, Template};
use super::scope::{Binding, Changeset, Scope, Where};
use super::value::Value;
use crate::program::differences::{Difference, Patches};
use crate::program::graph::Drawing;
use crate::program::invocation::Invocation;
use crate::program::output::Output;
use crate::program::printer::Listing;
use crate::{Error, Result};

/// Shows changesets by a template.
struct Printer<'e> {
    env: Environment<'e>,
    template: &'e Template,
    needs: Needs,
    /// The place of each changeset, if the template asks for it.
    places: HashMap<Rev, i64>,
}

/// The texts that a template makes of a changeset.
struct Shown {
    rev: Rev,
    /// The text before it, if that is not as for the changeset before.
    header: Vec<u8>,
    footer: Vec<u8>,
    body: Vec<u8>,
    /// Whether it closes its branch, as far as its content was read.
    closes_branch: bool,
}

impl<'e> Printer<'e> {
    fn new(mut env: Environment<'e>, template: &'e Template, revs: &[Rev]) -> Result<Printer<'e>> {
        let library = &template.library;
        let ev = Evaluator::new(&env, library, None);
        let mut needs = Needs::of(library, &library.whole, |name| ev.is_harmless(name));
        for part in ["header", "footer"] {
            if let Some(node) = template.part(part).and_then(|name| library.get(name).ok()?) {
                let more = Needs::of(library, node, |name| ev.is_harmless(name));
                needs.add(more);
            }
        }
        env.prepare(needs.wanted, std::mem::take(&mut needs.revsets), revs)?;
        let mut places = HashMap::new();
        if needs.names.contains(&b"index"[..]) {
            places = revs.iter().copied().zip(0..).collect();
        }
        Ok(Printer {
            env,
            template,
            needs,
            places,
        })
    }

    fn is_certain(&self) -> bool {
        self.needs.is_certain && self.env.shows_everything()
    }

    /// Returns a part that is about no changeset.
    fn part(&self, part: &str) -> Result<Vec<u8>> {
        let Some(name) = self.template.part(part) else {
            return Ok(Vec::new());
        };
        let ev = Evaluator::new(&self.env, &self.template.library, None);
        let shown = ev.named(name, &Scope::new(None, Where::Everywhere))?;
        Ok(shown.unwrap_or_default())
    }

    /// Shows a changeset, whose content may be at hand.
    fn show(&self, rev: Rev, content: Option<&Content<'_>>) -> Result<Shown> {
        let library = &self.template.library;
        let current = content.map(|content| (rev, content));
        let ev = Evaluator::new(&self.env, library, current);
        let mut scope = Scope::new(Some(Changeset::Rev(rev)), Where::Everywhere);
        if let Some(&place) = self.places.get(&rev) {
            scope.set(&b"index"[..], Binding::Value(Value::Number(place)));
        }
        let part = |part: &str| match self.template.part(part) {
            Some(name) => Ok(ev.named(name, &scope)?.unwrap_or_default()),
            None => Ok::<_, Error>(Vec::new()),
        };
        Ok(Shown {
            rev,
            header: part("header")?,
            footer: part("footer")?,
            body: ev.render(&library.whole, &scope)?,
            closes_branch: content.is_some_and(Content::closes_branch),
        })
    }
}

impl Invocation {
    /// Prints changesets by a template, if one is asked for or configured; tells whether it was so.
    pub(crate) fn print_by_template(
        &mut self,
        revs: &[Rev],
        listing: &Listing<'_>,
    ) -> Result<bool> {
        let Some(spec) = self.log_template()? else {
            return Ok(false);
        };
        let snapshot = self.snapshot()?;
        let mut out = std::mem::take(&mut self.out);
        let done = match spec {
            // With the files that it copied, each would be a record of its own.
            Spec::Json if listing.parts.copies && self.is_verbose() => {
                Err(Error::unsupported("copied files in JSON"))
            }
            _ if spec.is_json() && (listing.graph || listing.parts.patch || listing.parts.stat) => {
                Err(Error::unsupported("differences or a graph in JSON"))
            }
            Spec::Json => print_json(self, &mut out, &snapshot, revs),
            Spec::Template(template) => {
                print_template(self, &mut out, &template, &snapshot, revs, listing)
            }
        };
        self.out = out;
        done.map(|()| true)
    }
}

fn print_template(
    hg: &Invocation,
    out: &mut Output,
    template: &Template,
    snapshot: &Snapshot,
    revs: &[Rev],
    listing: &Listing<'_>,
) -> Result<()> {
    let interrupt = AtomicBool::new(false);
    let mut env = Environment::new(hg, Some(snapshot), &[], &interrupt);
    env.copies = listing.parts.copies;
    let printer = Printer::new(env, template, revs)?;
    let difference = Difference::new(hg, listing.parts)?;
    let mut drawing = if listing.graph {
        Some(Drawing::new(hg, snapshot, revs)?)
    } else {
        None
    };
    if printer.is_certain() && difference.is_empty() {
        out.certain();
    }
    if drawing.is_some() && printer.needs.names.contains(&b"graphwidth"[..]) {
        return Err(Error::unsupported("the width of a graph in a template"));
    }
    let files = &listing.files;
    let mut patches = Patches::new(snapshot, difference.options(), files, revs, &interrupt);
    let separator = printer.part("separator")?;
    if drawing.is_some() && !separator.is_empty() {
        return Err(Error::unsupported(
            "a graph with something between changesets",
        ));
    }
    let (mut header, mut footer) = (Vec::new(), Vec::new());
    let mut is_first = true;
    out.print(printer.part("docheader")?);
    let each = |shown: Shown| -> Result<()> {
        if !is_first {
            out.print(&separator);
        }
        if is_first || header != shown.header {
            out.print(&shown.header);
            header = shown.header;
        }
        let (rev, mut body) = (shown.rev, shown.body);
        if !difference.is_empty() {
            let taken = drawing
                .as_mut()
                .map_or(Ok(0), |drawing| drawing.width(rev))?;
            body.extend(difference.show(&patches.next()?, taken)?);
        }
        if let Some(drawing) = &mut drawing {
            body = drawing.draw(rev, shown.closes_branch, &body)?;
        }
        out.print(body);
        if is_first {
            footer = shown.footer;
        }
        is_first = false;
        Ok(out.still_wanted()?)
    };
    let make = |rev: Rev, content: Option<&Content<'_>>| printer.show(rev, content);
    let reads = printer.needs.reads || listing.graph;
    for_each(snapshot, revs, reads, &interrupt, make, each)?;
    out.print(footer);
    out.print(printer.part("docfooter")?);
    Ok(())
}

/// Prints changesets as JSON with all fields.
fn print_json(hg: &Invocation, out: &mut Output, snapshot: &Snapshot, revs: &[Rev]) -> Result<()> {
    let interrupt = AtomicBool::new(false);
    let mut env = Environment::new(hg, Some(snapshot), &[], &interrupt);
    let wanted = Wanted {
        names: true,
        ..Wanted::default()
    };
    env.prepare(wanted, Vec::new(), revs)?;
    let library = fields::no_library()?;
    let is_quiet = hg.is_quiet();
    let make = |rev: Rev, content: Option<&Content<'_>>| {
        let ev = Evaluator::new(&env, &library, content.map(|content| (rev, content)));
        Fields::of_changeset(&ev, rev, is_quiet)?.json(&ev)
    };
    let mut is_first = true;
    out.print("[");
    let each = |made: Vec<u8>| {
        if !is_first {
            out.print(",");
        }
        is_first = false;
        out.print(made);
        Ok(out.still_wanted()?)
    };
    for_each(snapshot, revs, !is_quiet, &interrupt, make, each)?;
    out.print("\n]\n");
    Ok(())
}

/// Calls `make` for each changeset, with its content if that is read, on several threads, and `each`
/// with what was made, in order.
fn for_each<T: Send>(
    snapshot: &Snapshot,
    revs: &[Rev],
    reads: bool,
    interrupt: &AtomicBool,
    make: impl Fn(Rev, Option<&Content<'_>>) -> Result<T> + Sync,
    mut each: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    if !reads {
        return revs.iter().try_for_each(|&rev| each(make(rev, None)?));
    }
    let reading = Reading {
        check: false,
        interrupt,
    };
    let mut failed = None;
    let make = |rev: Rev, content: &Content<'_>| Ok(make(rev, Some(content)));
    let changelog = snapshot.refs().changelog();
    let done = changelog.for_each(revs, &reading, make, |made| {
        made.and_then(&mut each).map_err(|error| {
            failed = Some(error);
            vermilion_core::Error::Interrupted
        })
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(done?),
    }
}
