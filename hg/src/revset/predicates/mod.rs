// SPDX-License-Identifier: GPL-2.0-or-later

//! The predicates, by what they are about.

mod alike;
mod bisection;
mod files;
pub(super) mod graph;
mod names;
mod order;
mod states;
mod text;

use super::arguments::nothing;
use super::evaluate::{Evaluator, Order, wdir};
use super::sets::{self, Revisions, Set};
use super::similar::advice;
use super::tree::Tree;
use crate::text::lossy;
use crate::{Error, Result};

/// The predicates that users are told of.
const KNOWN: [&str; 75] = [
    "adds",
    "all",
    "ancestor",
    "ancestors",
    "author",
    "bisect",
    "bookmark",
    "branch",
    "branchpoint",
    "bundle",
    "children",
    "closed",
    "commonancestors",
    "conflictlocal",
    "conflictother",
    "contains",
    "contentdivergent",
    "converted",
    "date",
    "desc",
    "descendants",
    "destination",
    "diffcontains",
    "draft",
    "expectsize",
    "extdata",
    "extinct",
    "extra",
    "file",
    "filelog",
    "first",
    "follow",
    "followlines",
    "grep",
    "head",
    "heads",
    "hidden",
    "id",
    "keyword",
    "last",
    "limit",
    "matching",
    "max",
    "merge",
    "min",
    "modifies",
    "named",
    "nodefromfile",
    "none",
    "obsolete",
    "only",
    "origin",
    "orphan",
    "outgoing",
    "p1",
    "p2",
    "parents",
    "phasedivergent",
    "present",
    "public",
    "remote",
    "removes",
    "rev",
    "reverse",
    "revset",
    "roots",
    "secret",
    "sort",
    "stack",
    "subrepo",
    "successors",
    "tag",
    "unstable",
    "user",
    "wdir",
];

/// Predicates of Mercurial's, of extensions that come with it and of evolve, that only these answer.
const ELSEWHERE: [&str; 20] = [
    "_destautoorphanrebase",
    "_destmerge",
    "_destrebase",
    "_destupdate",
    "_underway",
    "diffcontains",
    "ellipsis",
    "extdata",
    "followlines",
    "mq",
    "outgoing",
    "predecessors",
    "pulled",
    "remote",
    "remotebookmarks",
    "remotebranches",
    "remotenames",
    "subrepo",
    "topic",
    "transplanted",
];

/// Returns those members of `subset` that a predicate is true of.
pub(super) fn call<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    name: &[u8],
    x: &Tree,
    order: Order,
) -> Result<Set<'e>> {
    let shown = lossy(name);
    match &*shown {
        "adds" => files::changed(ev, subset, x, &shown, b'A'),
        "all" => graph::all(ev, subset, x),
        "ancestor" => graph::ancestor(ev, subset, x),
        "ancestors" => graph::ancestors(ev, subset, x),
        "_firstancestors" => graph::first_parents(ev, subset, x, true),
        "author" | "user" => text::user(ev, subset, x),
        "bisect" | "bisected" => bisection::marked(ev, subset, x),
        "bookmark" => names::bookmark(ev, subset, x),
        "branch" => text::branch(ev, subset, x),
        "branchpoint" => graph::branchpoint(ev, subset, x),
        "bundle" => Err(Error::abort("no bundle provided - specify with -R")),
        "children" => graph::children(ev, subset, x),
        "closed" => text::closed(ev, subset, x),
        "commonancestors" => graph::common_ancestors(ev, subset, x),
        "_commonancestorheads" => graph::common_ancestor_heads(ev, subset, x),
        "conflictlocal" | "conflictother" => conflict(ev, subset, x, &shown),
        "contains" => files::contains(ev, subset, x),
        "contentdivergent" | "extinct" | "hidden" | "obsolete" | "orphan" | "phasedivergent"
        | "unstable" => states::obsolescence(ev, subset, x, &shown),
        "converted" => text::converted(ev, subset, x),
        "date" => text::date(ev, subset, x),
        "desc" => text::description(ev, subset, x),
        "descendants" => graph::descendants(ev, subset, x),
        "_firstdescendants" => graph::first_parents(ev, subset, x, false),
        "destination" => states::destination(ev, subset, x),
        "draft" | "secret" | "public" | "_internal" | "_notpublic" => {
            states::phase(ev, subset, x, &shown)
        }
        "expectsize" => order::expect_size(ev, subset, x, order),
        "extra" => text::extra(ev, subset, x),
        "file" => files::file(ev, subset, x),
        "filelog" => files::filelog(ev, subset, x),
        "first" | "limit" => order::limit(ev, subset, x, order),
        "follow" => files::follow(ev, subset, x, false),
        "_followfirst" => files::follow(ev, subset, x, true),
        "grep" => text::grep(ev, subset, x),
        "head" => names::head(ev, subset, x),
        "heads" => graph::heads(ev, subset, x, order),
        "id" => names::id(ev, subset, x),
        "keyword" => text::keyword(ev, subset, x),
        "last" => order::last(ev, subset, x, order),
        "_matchfiles" => files::match_files(ev, subset, x),
        "matching" => alike::matching(ev, subset, x),
        "max" => order::extreme(ev, subset, x, true),
        "merge" => graph::merge(ev, subset, x),
        "min" => order::extreme(ev, subset, x, false),
        "modifies" => files::changed(ev, subset, x, &shown, b'M'),
        "named" => names::named(ev, subset, x),
        "nodefromfile" => names::node_from_file(ev, subset, x),
        "none" => graph::none(x),
        "only" => graph::only(ev, subset, x),
        "origin" => states::origin(ev, subset, x),
        "p1" => graph::p1(ev, subset, x),
        "p2" => graph::p2(ev, subset, x),
        "parents" => graph::parents(ev, subset, x),
        "_phase" => states::phase_number(ev, subset, x),
        "_phaseandancestors" => states::phase_and_ancestors(ev, subset, x),
        "present" => order::present(ev, subset, x, order),
        "removes" => files::changed(ev, subset, x, &shown, b'R'),
        "rev" => names::rev(ev, subset, x),
        "_rev" => names::number(ev, subset, x),
        "reverse" => order::reverse(ev, subset, x, order),
        "revset" => ev.set(subset, x, order),
        "roots" => graph::roots(ev, subset, x),
        "sort" => order::sort(ev, subset, x, order),
        "stack" => states::stack(ev, subset, x),
        "successors" => states::successors(ev, subset, x),
        "tag" | "tagged" => names::tag(ev, subset, x),
        "wdir" => {
            nothing(x, "wdir")?;
            if subset.is_everything() {
                return Err(wdir());
            }
            Ok(Revisions::empty())
        }
        "_list" => in_order(ev, subset, order, |within| names::list(ev, within, x)),
        "_intlist" => in_order(ev, subset, order, |within| names::numbers(within, x)),
        "_hexlist" => in_order(ev, subset, order, |within| names::nodes(ev, within, x)),
        name if ELSEWHERE.contains(&name) => Err(Error::unsupported(format!("{name}()"))),
        _ => Err(Error::Parse {
            message: format!("unknown identifier: {shown}"),
            position: None,
            hint: advice(name, &KNOWN),
        }),
    }
}

/// Returns a list in its own order, or in that of `subset` if that counts.
fn in_order<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    order: Order,
    list: impl FnOnce(&Set<'e>) -> Result<Set<'e>>,
) -> Result<Set<'e>> {
    if order == Order::Follow {
        return Ok(sets::and(subset, &list(&ev.everything())?));
    }
    list(subset)
}

/// One side of a merge that is under way.
fn conflict<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree, name: &str) -> Result<Set<'e>> {
    nothing(x, name)?;
    let merge = ev.env.snapshot.repository().dot_hg().join("merge");
    if merge.join("state").exists() || merge.join("state2").exists() {
        return Err(Error::unsupported(format!("{name}() during a merge")));
    }
    let _ = subset;
    Ok(Revisions::empty())
}
