// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Repository`: a repository as it was when it was opened.

use std::path::PathBuf;
use std::sync::Arc;

use hpy_bindings::{Borrowed, Bytes, Ctx, Exception, PyErr, pyclass, pyfunction, pymethods};
use vermilion_core as core;
use vermilion_core::archive::{Kind, Request, archive};
use vermilion_core::diff::{Options, Origin};
use vermilion_core::refs::phases::Phase;
use vermilion_core::refs::tags::TagKind;
use vermilion_core::refs::{Found, Refs, View};
use vermilion_core::snapshot::{Against, Patch, PatchedFile, Snapshot};
use vermilion_core::verify::verify;
use vermilion_core::{Node, RepoPath, RepoPathBuf, Rev};

use crate::changesets::Changesets;
use crate::diff::DiffOptions;
use crate::dirstate::node_bytes;
use crate::error::Result;
use crate::revs::{OneRev, Revs};
use crate::revset::RevSet;
use crate::revset_language::{AliasPairs, Argument, Query, Wrong, wrong};
use crate::status::{Watch, watched};
use crate::tree::{Changes, Tree, changes};

/// A repository as it was when it was opened.
#[pyclass(module = "vermilion._native")]
pub struct Repository {
    snapshot: Arc<Snapshot>,
}

/// Opens the repository that has this path in it.
#[pyfunction(signature = (path, hidden, /))]
pub fn open_repository(ctx: Ctx<'_>, path: PathBuf, hidden: bool) -> Result<Repository> {
    let view = if hidden { View::All } else { View::Visible };
    let snapshot = ctx.leave_python(|| {
        let repository = core::repository::Repository::discover(&path)?;
        Snapshot::open(&repository, view)
    })?;
    Ok(Repository {
        snapshot: Arc::new(snapshot),
    })
}

/// A changeset: (manifest, user, (seconds, offset), branch, whether it closes that, extras,
/// files with newlines in between, description).
type Fields = (
    Bytes,
    Bytes,
    (i64, i32),
    Bytes,
    bool,
    Vec<(Bytes, Bytes)>,
    Bytes,
    Bytes,
);

/// What a patch says of one file: (path, (path it comes from, whether that is gone) or None, letter,
/// lines that are new, lines that are gone, whether it is binary, text).
type Patched = (
    Bytes,
    Option<(Bytes, bool)>,
    char,
    usize,
    usize,
    bool,
    Bytes,
);

/// How many changesets, manifests, files, and revisions of files there are.
type Counts = (usize, usize, usize, usize);

/// Something that is wrong: (whether it is an error, area, file, changeset, message).
type Problem = (bool, &'static str, Option<Bytes>, Option<OneRev>, String);

/// A marker: (predecessor, successors, flags, (seconds, offset), metadata, parents or None).
type Marker = (
    Bytes,
    Vec<Bytes>,
    u16,
    (f64, i32),
    Vec<(Bytes, Bytes)>,
    Option<Vec<Bytes>>,
);

impl Repository {
    /// Returns what it reads.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Asks for something that may have to be worked out first.
    fn ask<R: Send>(
        &self,
        ctx: Ctx<'_>,
        work: impl FnOnce(&Refs) -> core::Result<R> + Send,
    ) -> Result<R> {
        Ok(ctx.leave_python(|| work(self.snapshot.refs()))?)
    }

    /// Does long work, which `tick` may end.
    pub fn watch<R: Send>(
        &self,
        tick: Borrowed<'_>,
        work: impl FnOnce(&Snapshot, &Watch) -> core::Result<R> + Send,
    ) -> Result<R> {
        let watch = Watch::default();
        Ok(watched(tick.ctx(), tick, &watch, || {
            work(&self.snapshot, &watch)
        })??)
    }
}

#[pymethods(positional_only)]
impl Repository {
    fn __len__(&self) -> usize {
        self.snapshot.refs().changelog().len()
    }

    /// The root of the working copy.
    #[getter]
    fn root(&self) -> PathBuf {
        self.snapshot.repository().root().to_owned()
    }

    /// What the repository requires.
    #[getter]
    fn requirements(&self) -> Vec<String> {
        let all = self.snapshot.repository().requirements().all();
        all.into_iter().collect()
    }

    /// Whether hidden changesets count.
    #[getter]
    fn hidden(&self) -> bool {
        self.snapshot.refs().view() == View::All
    }

    /// The working copy's parents.
    fn working_parents(&self) -> (OneRev, OneRev) {
        let [p1, p2] = self.snapshot.refs().working_parents().map(OneRev);
        (p1, p2)
    }

    /// The branch that the next commit would be on.
    fn working_branch(&self) -> Result<Bytes> {
        Ok(Bytes(self.snapshot.repository().working_branch()?))
    }

    fn tip(&self, ctx: Ctx<'_>) -> Result<OneRev> {
        self.ask(ctx, |refs| refs.tip().map(OneRev))
    }

    /// The changesets that do not count.
    fn filtered(&self, ctx: Ctx<'_>) -> Result<RevSet> {
        self.ask(ctx, |refs| refs.filtered().cloned().map(RevSet))
    }

    /// The revision that a symbol stands for.
    fn lookup(&self, ctx: Ctx<'_>, symbol: &[u8]) -> Result<OneRev> {
        match self.ask(ctx, |refs| refs.lookup(symbol))? {
            Found::Rev(rev) => Ok(OneRev(rev)),
            Found::WorkingCopy => {
                let message = "the working copy is not a changeset";
                Err(PyErr::new(Exception::Lookup, message).into())
            }
        }
    }

    /// The revision of a node, None if there is none.
    fn rev(&self, ctx: Ctx<'_>, node: &[u8]) -> Result<Option<OneRev>> {
        let node = Node::try_from(node)?;
        let found = self.ask(ctx, |refs| refs.changelog().rev_of(&node))?;
        Ok(found.map(OneRev))
    }

    /// The revisions of nodes, as packed native int32; −2 for nodes that no changeset has.
    fn revs_of(&self, ctx: Ctx<'_>, nodes: &[u8]) -> Result<Bytes> {
        let (nodes, rest) = nodes.as_chunks::<{ Node::LEN }>();
        if !rest.is_empty() {
            let message = "nodes have 20 bytes each";
            return Err(PyErr::new(Exception::Value, message).into());
        }
        self.ask(ctx, |refs| {
            let changelog = refs.changelog();
            let rev = |node: &[u8; Node::LEN]| changelog.rev_of(&Node::new(*node));
            let unknown = Rev::new(-2);
            let found = nodes.iter().map(|node| Ok(rev(node)?.unwrap_or(unknown)));
            let found: Vec<Rev> = found.collect::<core::Result<_>>()?;
            Ok(Bytes(Rev::packed(&found).to_vec()))
        })
    }

    /// The nodes of revisions, 20 bytes each.
    fn nodes_of(&self, ctx: Ctx<'_>, revs: Revs) -> Result<Bytes> {
        self.ask(ctx, |refs| {
            let mut nodes = Vec::with_capacity(revs.0.len() * Node::LEN);
            for rev in revs.0 {
                nodes.extend_from_slice(refs.changelog().node(rev)?.as_bytes());
            }
            Ok(Bytes(nodes))
        })
    }

    fn node(&self, rev: OneRev) -> Result<Bytes> {
        Ok(node_bytes(self.snapshot.refs().changelog().node(rev.0)?))
    }

    fn parents(&self, rev: OneRev) -> Result<(OneRev, OneRev)> {
        let [p1, p2] = self.snapshot.parents(rev.0)?.map(OneRev);
        Ok((p1, p2))
    }

    /// What a changeset's text says.
    fn fields(&self, rev: OneRev) -> Result<Fields> {
        let changelog = self.snapshot.refs().changelog();
        let text = changelog.text(rev.0)?;
        let read = changelog.parse(rev.0, &text)?;
        let bytes = |bytes: &[u8]| Bytes(bytes.to_vec());
        let extra = read.extra();
        Ok((
            node_bytes(read.manifest()),
            bytes(read.user()),
            (read.date().seconds, read.date().offset),
            bytes(read.branch()),
            read.closes_branch(),
            extra
                .map(|(key, value)| (bytes(&key), bytes(&value)))
                .collect(),
            bytes(read.files_block()),
            bytes(read.description()),
        ))
    }

    /// The shortest beginning of a node that stands for it.
    fn shortest(&self, ctx: Ctx<'_>, rev: OneRev, min_len: usize) -> Result<String> {
        self.ask(ctx, |refs| refs.shortest(rev.0, min_len))
    }

    /// The bookmarks, by name, and the active one.
    #[allow(clippy::type_complexity)] // two results
    fn bookmarks(&self, ctx: Ctx<'_>) -> Result<(Vec<(Bytes, OneRev)>, Option<Bytes>)> {
        self.ask(ctx, |refs| {
            let bookmarks = refs.bookmarks()?;
            let all = bookmarks.iter();
            let all = all.map(|(name, rev)| (Bytes(name.to_vec()), OneRev(rev)));
            let active = bookmarks.active().map(|name| Bytes(name.to_vec()));
            Ok((all.collect(), active))
        })
    }

    /// The tags, by name, and whether each is local.
    fn tags(&self, ctx: Ctx<'_>) -> Result<Vec<(Bytes, OneRev, bool)>> {
        self.ask(ctx, |refs| {
            let tags = refs.tags()?.iter();
            let tag = |(name, rev, kind): (&[u8], Rev, TagKind)| {
                (Bytes(name.to_vec()), OneRev(rev), kind == TagKind::Local)
            };
            Ok(tags.map(tag).collect())
        })
    }

    /// The branches, by name: their tips, and their heads with whether these close them.
    #[allow(clippy::type_complexity)] // a row each
    fn branches(&self, ctx: Ctx<'_>) -> Result<Vec<(Bytes, OneRev, Vec<(OneRev, bool)>)>> {
        self.ask(ctx, |refs| {
            let branches = refs.branches()?.iter().map(|(name, heads)| {
                let all = heads.all().iter();
                let all = all.map(|&(rev, closes)| (OneRev(rev), closes));
                (
                    Bytes(name.to_vec()),
                    OneRev(heads.tip()),
                    all.collect::<Vec<_>>(),
                )
            });
            Ok(branches.collect())
        })
    }

    /// The nearest ancestor of a changeset among some that are tagged, and how far away it is.
    fn latest_tag(&self, ctx: Ctx<'_>, rev: OneRev, tagged: Revs) -> Result<(OneRev, usize)> {
        let found = self.ask(ctx, |refs| refs.latest_tag(rev.0, &tagged.0))?;
        Ok((OneRev(found.rev), found.distance))
    }

    /// The name of a changeset's phase.
    fn phase(&self, ctx: Ctx<'_>, rev: OneRev) -> Result<&'static str> {
        core::error::check_rev(rev.0, self.snapshot.refs().changelog().len())?;
        self.ask(ctx, |refs| Ok(refs.phases()?.get(rev.0).name()))
    }

    /// The changesets of a phase, None if there is no such phase.
    fn phase_revs(&self, ctx: Ctx<'_>, name: &str) -> Result<Option<RevSet>> {
        let Some(phase) = Phase::ALL.into_iter().find(|phase| phase.name() == name) else {
            return Ok(None);
        };
        self.ask(ctx, |refs| {
            let len = refs.changelog().len();
            let of_phase = refs.phases()?.revs(len, |other| other == phase);
            Ok(Some(RevSet(of_phase.difference(refs.filtered()?))))
        })
    }

    /// The changesets with a property that obsolescence gives them, None if there is no such one.
    fn obsolescence(&self, ctx: Ctx<'_>, property: &str) -> Result<Option<RevSet>> {
        self.ask(ctx, |refs| {
            let found = match property {
                "obsolete" => refs.obsolete()?.obsolete.clone(),
                "orphan" => refs.obsolete()?.orphan.clone(),
                "suspended" => refs.obsolete()?.suspended.clone(),
                "extinct" => refs.obsolete()?.extinct.clone(),
                "phase-divergent" => refs.phase_divergent()?,
                "content-divergent" => refs.content_divergent()?,
                "hidden" => return Ok(Some(RevSet(refs.hidden()?.clone()))),
                _ => return Ok(None),
            };
            Ok(Some(RevSet(found.difference(refs.filtered()?))))
        })
    }

    /// The obsolescence markers.
    fn markers(&self, ctx: Ctx<'_>) -> Result<Vec<Marker>> {
        self.ask(ctx, |refs| {
            let bytes = |bytes: &[u8]| Bytes(bytes.to_vec());
            let markers = refs.history()?.markers().iter().map(|marker| {
                let metadata = marker.metadata.iter();
                let parents = marker
                    .parents
                    .map(|all| all.into_iter().map(Bytes).collect());
                (
                    bytes(marker.predecessor),
                    marker.successors.iter().map(|node| bytes(node)).collect(),
                    marker.flags,
                    (marker.seconds, marker.offset),
                    metadata.map(|(k, v)| (bytes(k), bytes(v))).collect(),
                    parents,
                )
            });
            Ok(markers.collect())
        })
    }

    /// Many changesets, as columns that are read when they are asked for.
    fn changesets(&self, revs: Revs, descriptions: bool, files: bool) -> Result<Changesets> {
        let len = self.snapshot.refs().changelog().len();
        for &rev in &revs.0 {
            core::error::check_rev(rev, len)?;
        }
        let wanted = core::changelog::Columns {
            descriptions,
            files,
        };
        Ok(Changesets::new(&self.snapshot, revs.0, wanted))
    }

    /// Those of some changesets, as packed native int32, that touch a file in one of these places.
    fn touching(&self, revs: Revs, places: Vec<Bytes>, tick: Borrowed<'_>) -> Result<Bytes> {
        let is_wanted = |path: &RepoPath| is_in(path, &places);
        let found = self.watch(tick, |snapshot, watch| {
            snapshot.touching(&revs.0, is_wanted, &watch.interrupt)
        })?;
        Ok(Bytes(Rev::packed(&found).to_vec()))
    }

    /// The revisions that an expression stands for, as packed native int32, or what is wrong with it.
    #[py(signature = (spec, arguments, aliases, cwd, tick, /))]
    fn evaluate(
        &self,
        spec: &[u8],
        arguments: Option<Vec<Argument>>,
        aliases: AliasPairs,
        cwd: Option<PathBuf>,
        tick: Borrowed<'_>,
    ) -> Result<(Option<Bytes>, Option<Wrong>)> {
        let query = Query {
            spec,
            arguments,
            aliases,
            cwd,
        };
        let watch = Watch::default();
        let evaluated = watched(tick.ctx(), tick, &watch, || {
            query.evaluate(&self.snapshot, &watch.interrupt)
        })?;
        match evaluated {
            Ok(revs) => Ok((Some(Bytes(Rev::packed(&revs).to_vec())), None)),
            Err(error) => Ok((None, Some(wrong(error)?))),
        }
    }

    /// The manifest of a changeset.
    fn tree(&self, ctx: Ctx<'_>, rev: OneRev) -> Result<Tree> {
        let manifest = ctx.leave_python(|| self.snapshot.manifest(rev.0))?;
        Ok(Tree::new(manifest))
    }

    /// The content of a revision of a file.
    fn content(&self, ctx: Ctx<'_>, path: &[u8], node: &[u8]) -> Result<Bytes> {
        let node = Node::try_from(node)?;
        let path = RepoPath::new(path);
        let content = ctx.leave_python(|| self.snapshot.store().content(path, &node))?;
        Ok(Bytes(content))
    }

    /// The contents of the first ones of some revisions of files, as many as are about so many
    /// bytes.
    fn contents(
        &self,
        files: Vec<(Bytes, Bytes)>,
        most: usize,
        tick: Borrowed<'_>,
    ) -> Result<Vec<Bytes>> {
        let files = files.into_iter();
        let files: Vec<(RepoPathBuf, Node)> = files
            .map(|(path, node)| Ok((path.0.into(), Node::try_from(&node.0[..])?)))
            .collect::<core::Result<_>>()?;
        let read =
            |snapshot: &Snapshot, watch: &Watch| snapshot.contents(&files, most, &watch.interrupt);
        let contents = self.watch(tick, read)?;
        Ok(contents.into_iter().map(Bytes).collect())
    }

    /// The files that changesets change, each seen from the one before it, the first one from
    /// `previous`, or all from their first parents.
    #[py(signature = (revs, previous, tick, /))]
    fn changes(&self, revs: Revs, previous: Option<OneRev>, tick: Borrowed<'_>) -> Result<Changes> {
        let against = previous.map_or(Against::FirstParent, |rev| Against::Previous(rev.0));
        let compare = |snapshot: &Snapshot, watch: &Watch| {
            snapshot.changes(&revs.0, against, &watch.interrupt)
        };
        self.watch(tick, compare).map(changes)
    }

    /// What patches between pairs of changesets say of each file.
    #[py(signature = (pairs, paths, options, tick, /))]
    fn patches(
        &self,
        pairs: Vec<(OneRev, OneRev)>,
        paths: Option<Vec<Bytes>>,
        options: DiffOptions,
        tick: Borrowed<'_>,
    ) -> Result<Vec<Vec<Patched>>> {
        let pairs: Vec<[Rev; 2]> = pairs.iter().map(|(a, b)| [a.0, b.0]).collect();
        let options = Options::from(options);
        let compare = |snapshot: &Snapshot, watch: &Watch| {
            let is_wanted =
                |_, path: &RepoPath| paths.as_ref().is_none_or(|places| is_in(path, places));
            let made = snapshot.patches(&pairs, is_wanted, &options, &watch.interrupt);
            made.into_iter().collect::<core::Result<Vec<_>>>()
        };
        let files = |patch: Patch| patch.files.into_iter().map(patched).collect();
        Ok(self.watch(tick, compare)?.into_iter().map(files).collect())
    }

    /// Looks through the repository: how many changesets, manifests, files and revisions of these
    /// there are, and what is wrong.
    fn verify(&self, full: bool, tick: Borrowed<'_>) -> Result<(Counts, Vec<Problem>)> {
        let found = self.watch(tick, |snapshot, watch| verify(snapshot, full, watch))?;
        let problems = found.problems.into_iter().map(|problem| {
            (
                problem.is_error,
                problem.area.name(),
                problem.file.map(|file| Bytes(file.into_bytes())),
                problem.rev.map(OneRev),
                problem.message,
            )
        });
        let counts = (
            found.changesets,
            found.manifests,
            found.files,
            found.revisions,
        );
        Ok((counts, problems.collect()))
    }

    /// Writes the files of a changeset, and says how many they were.
    #[py(signature = (rev, dest, kind, prefix, paths, metadata, tick, /))]
    #[allow(clippy::too_many_arguments)] // Python's
    fn archive(
        &self,
        rev: OneRev,
        dest: PathBuf,
        kind: Option<&str>,
        prefix: Option<Bytes>,
        paths: Option<Vec<Bytes>>,
        metadata: bool,
        tick: Borrowed<'_>,
    ) -> Result<usize> {
        let kind = match kind {
            None => Kind::of_path(&dest),
            Some(name) => Kind::from_name(name).ok_or_else(|| {
                let message = format!("there are no archives of the kind {name:?}");
                core::Error::Invalid(message)
            })?,
        };
        let request = Request {
            rev: rev.0,
            dest: &dest,
            kind,
            prefix: prefix.as_ref().map(|prefix| &prefix.0[..]),
            metadata,
            is_wanted: &|path| paths.as_ref().is_none_or(|places| is_in(path, places)),
        };
        self.watch(tick, |snapshot, watch| archive(snapshot, &request, watch))
    }
}

/// Returns whether a file is one of these, or in one of these directories.
pub fn is_in(path: &RepoPath, places: &[Bytes]) -> bool {
    let mut places = places.iter();
    places.any(|place| RepoPath::new(&place.0).contains(path))
}

fn patched(file: PatchedFile) -> Patched {
    (
        Bytes(file.path.into_bytes()),
        file.source
            .map(|(path, how)| (Bytes(path.into_bytes()), how == Origin::Renamed)),
        char::from(file.kind.letter()),
        file.lines.0,
        file.lines.1,
        file.is_binary,
        Bytes(file.text),
    )
}
