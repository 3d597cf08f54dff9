// SPDX-License-Identifier: GPL-2.0-or-later

//! Keywords (`hg help templates`, "Keywords").

mod changeset;
mod family;
mod files;
mod names;
mod states;

use super::evaluate::Evaluator;
use super::scope::{Scope, needs};
use super::value::Value;
use crate::Result;

pub(super) use files::file_list;
pub(super) use names::{changes_since_tag, latest_tags};

/// A keyword.
#[derive(Debug)]
pub(super) struct Keyword {
    pub(super) name: &'static str,
    /// The things that have to be there, or it stands for nothing; see [`needs`].
    pub(super) requires: u8,
    /// Set if it is read from the changeset's content.
    pub(super) reads: bool,
    /// Set if nothing but damage can keep it from having a value.
    pub(super) is_certain: bool,
    pub(super) run: fn(&Evaluator<'_>, &Scope) -> Result<Value>,
}

type Run = fn(&Evaluator<'_>, &Scope) -> Result<Value>;

const fn certain(name: &'static str, requires: u8, reads: bool, run: Run) -> Keyword {
    Keyword {
        name,
        requires,
        reads,
        is_certain: true,
        run,
    }
}

const fn doubtful(name: &'static str, requires: u8, run: Run) -> Keyword {
    Keyword {
        name,
        requires,
        reads: true,
        is_certain: false,
        run,
    }
}

const CTX: u8 = needs::CHANGESET;
const REPO: u8 = needs::CHANGESET | needs::REPOSITORY;
const CACHED: u8 = REPO | needs::CACHE;

static KEYWORDS: &[Keyword] = &[
    certain("activebookmark", REPO, false, names::active_bookmark),
    certain("author", CTX, true, changeset::user),
    doubtful("bisect", REPO, states::bisect),
    certain("bookmarks", REPO, false, names::bookmarks),
    certain("branch", CTX, true, changeset::branch),
    certain("branches", CTX, true, changeset::branches),
    doubtful(
        "changessincelatesttag",
        CACHED,
        names::changes_since_latest_tag,
    ),
    certain("children", CTX, false, family::children),
    certain("closesbranch", CTX, true, changeset::closes_branch),
    certain("currentbookmark", REPO, false, names::active_bookmark),
    certain("date", CTX, true, changeset::date),
    certain("desc", CTX, true, changeset::description),
    doubtful("diffstat", CTX | needs::UI, files::diff_stat),
    doubtful("envvars", needs::UI, refused),
    certain("extras", CTX, true, changeset::extras),
    doubtful("file_adds", CTX | needs::OWN_CACHE, files::added),
    doubtful("file_copies", CACHED | needs::OWN_CACHE, files::copied),
    doubtful(
        "file_copies_switch",
        CACHED | needs::OWN_CACHE,
        files::copied_if_asked,
    ),
    doubtful("file_dels", CTX | needs::OWN_CACHE, files::removed),
    doubtful("file_mods", CTX | needs::OWN_CACHE, files::modified),
    certain("files", CTX, true, changeset::files),
    doubtful("graphnode", CACHED, states::graph_node),
    certain("graphwidth", 0, false, |_, _| Ok(Value::Number(0))),
    doubtful("index", 0, refused),
    doubtful("instabilities", CTX, states::instabilities),
    doubtful("latesttag", CACHED, |ev, scope| {
        names::latest_tags(ev, scope, None)
    }),
    doubtful("latesttagdistance", CACHED, names::latest_tag_distance),
    doubtful("manifest", REPO, files::manifest),
    doubtful("namespaces", REPO, names::namespaces),
    certain("negrev", REPO, false, changeset::negative_rev),
    certain("node", CTX, false, changeset::node),
    doubtful("obsfate", REPO | needs::UI, states::fate),
    doubtful("obsolete", CTX, states::obsolete),
    doubtful("onelinesummary", CTX | needs::UI, changeset::summary),
    certain("p1", CTX, false, |ev, scope| family::parent(ev, scope, 0)),
    certain("p1node", CTX, false, |ev, scope| {
        family::parent_node(ev, scope, 0)
    }),
    certain("p1rev", CTX, false, |ev, scope| {
        family::parent_rev(ev, scope, 0)
    }),
    certain("p2", CTX, false, |ev, scope| family::parent(ev, scope, 1)),
    certain("p2node", CTX, false, |ev, scope| {
        family::parent_node(ev, scope, 1)
    }),
    certain("p2rev", CTX, false, |ev, scope| {
        family::parent_rev(ev, scope, 1)
    }),
    certain("parents", REPO, false, family::parents),
    doubtful("path", needs::FILE, refused),
    doubtful("peerurls", needs::REPOSITORY, refused),
    certain("phase", CTX, false, states::phase),
    certain("phaseidx", CTX, false, states::phase_number),
    doubtful("predecessors", REPO, states::predecessors),
    certain("reporoot", needs::REPOSITORY, false, changeset::root),
    certain("rev", CTX, false, changeset::rev),
    doubtful("size", needs::FILE, files::size),
    doubtful(
        "status",
        CTX | needs::FILE | needs::OWN_CACHE,
        files::status,
    ),
    doubtful("subrepos", CTX, files::subrepositories),
    doubtful("successorssets", REPO, states::successors),
    doubtful("succsandmarkers", REPO, states::successors_and_markers),
    certain("tags", REPO, false, names::tags),
    doubtful("termwidth", needs::UI, changeset::width),
    certain("user", CTX, true, changeset::user),
    certain("verbosity", needs::UI, false, changeset::verbosity),
    doubtful("whyunstable", REPO, states::why_unstable),
    doubtful("_fast_rank", CTX, refused),
];

/// Returns a keyword by its name.
pub(super) fn find(name: &[u8]) -> Option<&'static Keyword> {
    KEYWORDS
        .iter()
        .find(|keyword| keyword.name.as_bytes() == name)
}

/// Returns what a keyword needs; nothing for a name that is none.
pub(super) fn requirements(name: &[u8]) -> u8 {
    find(name).map_or(0, |keyword| keyword.requires)
}

fn refused(_: &Evaluator<'_>, _: &Scope) -> Result<Value> {
    Err(crate::Error::unsupported(
        "a keyword that only Mercurial answers",
    ))
}
