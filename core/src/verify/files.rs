// SPDX-License-Identifier: GPL-2.0-or-later

//! Looking through the revisions of all files.

use std::collections::BTreeMap;

use super::entries::{Entries, check_lengths, short};
use super::fncache::{Listed, names};
use super::manifests::Present;
use super::{Area, Context, Problem, Problems, Report};
use crate::filelog::{Filelog, MARKER, copy_source, filelog_text};
use crate::platform::pool;
use crate::revlog::{CENSORED, Revlog};
use crate::{Error, Node, RepoPath, RepoPathBuf, Result, Rev};

/// Files that are looked through before anybody takes what was found.
const BLOCK: usize = 4096;

/// A file, as changesets and manifests name it.
struct Named {
    path: RepoPathBuf,
    /// The changesets that change it, ascending.
    changed: Vec<Rev>,
    /// The revisions that manifests have, by their nodes; nothing if none names it.
    nodes: Option<Vec<(Node, Option<Rev>)>>,
}

/// All files.
pub(super) struct Files {
    files: Vec<Named>,
    has_manifests: bool,
}

/// What was found out about a file.
struct Checked {
    problems: Vec<Problem>,
    revisions: usize,
    /// The names in the store of its files, if these can be told.
    names: Vec<Vec<u8>>,
}

impl Files {
    pub(super) fn new(changed: BTreeMap<RepoPathBuf, Vec<Rev>>, present: Present) -> Files {
        let has_manifests = present.count > 0;
        let mut all: BTreeMap<RepoPathBuf, Named> = BTreeMap::new();
        let named = |path: &RepoPathBuf| Named {
            path: path.clone(),
            changed: Vec::new(),
            nodes: None,
        };
        for (path, changed) in changed {
            let file = all.entry(path.clone()).or_insert_with(|| named(&path));
            file.changed = changed;
        }
        for (path, nodes) in present.files {
            let file = all.entry(path.clone()).or_insert_with(|| named(&path));
            file.nodes = Some(nodes.into_sorted());
        }
        Files {
            files: all.into_values().collect(),
            has_manifests,
        }
    }

    /// Compares the files that changesets name with those in manifests.
    pub(super) fn cross_check(&self, context: Context<'_>, all: &mut Vec<Problem>) {
        for file in &self.files {
            let mut problems = Problems::new(Area::File, Some(&file.path));
            if file.nodes.is_none() && self.has_manifests {
                let message = "a changeset changes it, but it is in no manifest";
                problems.error(file.changed.first().copied(), message);
            }
            if file.changed.is_empty() && context.len > 0 {
                let message = "it is in a manifest, but no changeset changes it";
                problems.error(file.first_link(context), message);
            }
            all.append(&mut problems.found);
        }
    }

    pub(super) fn check(
        &self,
        context: Context<'_>,
        mut listed: Option<&mut Listed>,
        report: &mut Report,
    ) -> Result<()> {
        report.files = self.files.len();
        let has_any = context.len > 0 || self.has_manifests;
        for some in self.files.chunks(BLOCK) {
            let check = |file: &Named| file.check(context, has_any, self.has_manifests);
            let checked = pool::map(some, check);
            for checked in checked {
                let mut checked = checked?;
                if let Some(listed) = &mut listed {
                    listed.take(checked.names, &mut report.problems);
                }
                report.problems.append(&mut checked.problems);
                report.revisions += checked.revisions;
            }
        }
        Ok(())
    }
}

impl Named {
    fn open(&self, context: Context<'_>) -> Result<Filelog> {
        Filelog::open(context.snapshot.store(), &self.path)
    }

    /// Returns the first changeset that one of the revisions says it came with.
    fn first_link(&self, context: Context<'_>) -> Option<Rev> {
        let filelog = self.open(context).ok()?;
        let nodes = self.nodes.as_ref()?.iter();
        let links = nodes.map(|(node, _)| Ok(filelog.revlog().claim(filelog.rev(node)?)?.1));
        let links: Result<Vec<Rev>> = links.collect();
        links.ok()?.into_iter().min()
    }

    fn check(&self, context: Context<'_>, has_any: bool, has_manifests: bool) -> Result<Checked> {
        let mut problems = Problems::new(Area::File, Some(&self.path));
        let first = self.changed.first().copied();
        let filelog = match self.open(context) {
            Ok(filelog) => filelog,
            Err(error) => {
                problems.error(first, error);
                return Ok(Checked {
                    problems: problems.found,
                    revisions: 0,
                    names: Vec::new(),
                });
            }
        };
        let revlog = filelog.revlog();
        if !revlog.is_empty() {
            check_lengths(revlog, first, &mut problems);
        } else if has_any {
            problems.error(first, "its revisions are missing");
        }
        let nodes = self.nodes.as_deref().unwrap_or_default();
        let mut missing = vec![true; nodes.len()];
        let mut entries = Entries::new(context, revlog);
        let mut texts = revlog.texts(true);
        for rev in (0..revlog.len()).map(Rev::from_index) {
            context.count()?;
            let source = match texts.read(rev) {
                Ok(text) => Some(copied_from(revlog, rev, text)),
                Err(error) => {
                    let link = revlog.claim(rev).ok().map(|claim| claim.1);
                    report_unreadable(revlog, rev, link, &error, &mut problems);
                    None
                }
            };
            let claim = entries.check(rev, &self.changed, &mut problems);
            let Some(claim) = claim else { continue };
            if let Some(nodes) = &self.nodes {
                let known = nodes.binary_search_by_key(&claim.node, |found| found.0);
                match known {
                    Ok(at) if missing[at] => missing[at] = false,
                    _ if has_manifests => {
                        let message = format!("{} is in no manifest", short(&claim.node));
                        problems.error(claim.link, message);
                    }
                    _ => {}
                }
            }
            let checked = source.map(|source| check_source(context, &self.path, &filelog, source?));
            if let Some(Err(error)) = checked {
                let message = format!("the source of {}: {error}", short(&claim.node));
                problems.error(claim.link, message);
            }
        }
        let missing = nodes.iter().zip(missing).filter(|(_, missing)| *missing);
        let mut missing: Vec<(Option<Rev>, &Node)> =
            missing.map(|((node, rev), _)| (*rev, node)).collect();
        missing.sort_unstable();
        for (rev, node) in missing {
            problems.error(
                rev,
                format!("a manifest has an unknown revision {}", short(node)),
            );
        }
        Ok(Checked {
            problems: problems.found,
            revisions: revlog.len(),
            names: names(&self.path, revlog),
        })
    }
}

/// Says why a text was not read: for some that is no damage.
fn report_unreadable(
    revlog: &Revlog,
    rev: Rev,
    link: Option<Rev>,
    error: &Error,
    problems: &mut Problems,
) {
    let flags = revlog.flags(rev).unwrap_or(0);
    if matches!(error, Error::Unsupported { .. }) && flags != 0 && flags & CENSORED == 0 {
        problems.warning(link, format!("not checked: {error}"));
    } else {
        problems.error(link, error);
    }
}

/// Returns what a revision's text says that it was copied from.
fn copied_from(revlog: &Revlog, rev: Rev, text: &[u8]) -> Result<Option<(RepoPathBuf, Node)>> {
    if !text.starts_with(MARKER)
        || !revlog.may_have_metadata(rev)?
        || !revlog.parents(rev)?[0].is_null()
    {
        return Ok(None);
    }
    let name = revlog.at(rev);
    let Some(metadata) = filelog_text(text, &name)?.0 else {
        return Ok(None);
    };
    let source = copy_source(metadata, &name)?;
    Ok(source.map(|source| (source.path, source.node)))
}

/// Checks that what a revision was copied from is there.
fn check_source(
    context: Context<'_>,
    path: &RepoPath,
    filelog: &Filelog,
    source: Option<(RepoPathBuf, Node)>,
) -> Result<()> {
    let Some((from, node)) = source else {
        return Ok(());
    };
    if *from == *path {
        return filelog.rev(&node).map(drop);
    }
    let other = Filelog::open(context.snapshot.store(), &from)?;
    if other.is_empty() {
        return Err(Error::Invalid(format!("{from} has no revisions")));
    }
    other.rev(&node).map(drop)
}
