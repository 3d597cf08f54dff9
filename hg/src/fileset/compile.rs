// SPDX-License-Identifier: GPL-2.0-or-later

//! From trees to functions that tell of a path.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use vermilion_core::manifest::Flag;
use vermilion_core::working_copy::status::State;
use vermilion_core::working_copy::{Status, StatusRequest};
use vermilion_core::{RepoPath, RepoPathBuf, Rev};

use super::files::Files;
use super::names::is_portable;
use super::parse::{Tree, wrong};
use super::size::Sizes;
use crate::commands::status;
use crate::patterns::{self, Fileset, Kind, Matcher, Place};
use crate::program::invocation::Invocation;
use crate::program::subrepositories;
use crate::text::Search;
use crate::{Error, Result};

/// The changesets of which a set is evaluated may not be more.
const MANY: usize = 100;

/// What expressions are about.
pub(super) struct Context<'h> {
    hg: &'h Invocation,
    /// The working copy if there is none.
    at: Option<Rev>,
    /// The changeset that states compare it with.
    base: Rev,
    files: Files,
    /// The whole expression.
    tree: &'h Tree,
    /// The states that it asks for, found out once.
    states: OnceCell<Status>,
}

impl<'h> Context<'h> {
    /// Returns that of a changeset, or of the working copy, compared with the first parent.
    pub(super) fn of(hg: &'h Invocation, at: Option<Rev>, tree: &'h Tree) -> Result<Context<'h>> {
        let snapshot = hg.snapshot()?;
        let base = match at {
            Some(rev) => snapshot.parents(rev)?[0],
            None => snapshot.refs().working_parents()[0],
        };
        Context::between(hg, base, at, tree)
    }

    fn between(
        hg: &'h Invocation,
        base: Rev,
        at: Option<Rev>,
        tree: &'h Tree,
    ) -> Result<Context<'h>> {
        let snapshot = hg.snapshot()?;
        let files = match at {
            Some(rev) => {
                let manifest = snapshot.manifest(rev)?;
                subrepositories::refuse_in(&manifest)?;
                Files::Changeset { snapshot, manifest }
            }
            None => {
                let repository = hg.repository()?;
                Files::WorkingCopy {
                    root: repository.root().to_path_buf(),
                    known: Arc::new(repository.dirstate()?.map),
                    parent: snapshot.manifest(base)?,
                }
            }
        };
        Ok(Context {
            hg,
            at,
            base,
            files,
            tree,
            states: OnceCell::new(),
        })
    }

    /// Returns the set that the expression stands for.
    pub(super) fn set(&self) -> Result<Fileset> {
        self.compile(self.tree)
    }

    /// Returns the set that a part of it stands for.
    fn compile(&self, tree: &Tree) -> Result<Fileset> {
        match tree {
            Tree::Symbol(text) | Tree::String(text) | Tree::Pattern(text) => self.pattern(text),
            Tree::Not(of) => {
                let of = self.compile(of)?;
                Ok(Fileset::new(move |path| Ok(!of.has(path)?)))
            }
            Tree::And(left, right) => {
                let mut both = [left, right];
                both.sort_by_key(|tree| cost(tree));
                let [first, then] = [self.compile(both[0])?, self.compile(both[1])?];
                Ok(Fileset::new(move |path| {
                    Ok(first.has(path)? && then.has(path)?)
                }))
            }
            Tree::Or(left, right) => {
                let both = vec![self.compile(left)?, self.compile(right)?];
                Ok(any(both))
            }
            Tree::Call(name, arguments) => self.call(name, arguments),
            Tree::List(_) => Err(wrong()),
        }
    }

    fn pattern(&self, text: &[u8]) -> Result<Fileset> {
        let (kind, rest) = patterns::split(text);
        // Mercurial tells of files with patterns that cannot be read; a kind that there is not, it
        // takes for a part of a path, but not where it stands before a quoted text.
        let reads = matches!(
            kind,
            Some(Kind::Include | Kind::SubInclude | Kind::ListFile | Kind::ListFile0 | Kind::Set)
        );
        if reads || rest.contains(&b'\n') || kind.is_none() && rest.contains(&b':') {
            return Err(Error::unsupported("a fileset with such a pattern"));
        }
        let place = Place {
            root: self.hg.repository()?.root(),
            cwd: self.hg.cwd(),
        };
        let matcher = Matcher::new(place, &[text], &[], &[], Kind::Glob)?;
        for named in matcher.files().iter().filter(|path| !path.is_empty()) {
            // Mercurial has something to say of it, or looks at what is ignored as well.
            if !self.files.has_any(RepoPath::new(named))? {
                return Err(Error::unsupported(
                    "a fileset with a path that is not tracked",
                ));
            }
        }
        Ok(Fileset::new(move |path| matcher.matches(path)))
    }

    fn call(&self, name: &[u8], arguments: &[Tree]) -> Result<Fileset> {
        let files = self.files.clone();
        if let Some(state) = state(name) {
            none(arguments)?;
            return self.state(state);
        }
        Ok(match name {
            b"tracked" => {
                none(arguments)?;
                Fileset::new(move |path| files.has(path))
            }
            b"exec" | b"symlink" => {
                none(arguments)?;
                let wanted = match name {
                    b"exec" => Flag::Executable,
                    _ => Flag::Symlink,
                };
                Fileset::new(move |path| Ok(files.flag(path)? == wanted))
            }
            b"portable" => {
                none(arguments)?;
                Fileset::new(|path| Ok(is_portable(path.as_bytes())))
            }
            b"copied" => {
                none(arguments)?;
                Fileset::new(move |path| files.is_copied(path))
            }
            b"size" => {
                let sizes = Sizes::new(text(one(arguments)?)?)?;
                self.refuse_pointers()?;
                Fileset::new(move |path| Ok(files.len(path)?.is_some_and(|len| sizes.has(len))))
            }
            b"binary" => {
                none(arguments)?;
                self.of_contents(|content| Ok(content.contains(&0)))?
            }
            b"grep" => {
                let search = Search::new(text(one(arguments)?)?, false)?;
                self.of_contents(move |content| search.is_match(content))?
            }
            b"eol" => {
                let style = text(one(arguments)?)?.to_vec();
                self.of_contents(move |content| Ok(has_ends(content, &style)))?
            }
            b"encoding" => match text(one(arguments)?)?.to_ascii_lowercase().as_slice() {
                b"ascii" | b"us-ascii" => self.of_contents(|content| Ok(content.is_ascii()))?,
                b"utf-8" | b"utf8" => {
                    self.of_contents(|content| Ok(std::str::from_utf8(content).is_ok()))?
                }
                b"latin-1" | b"latin1" | b"iso-8859-1" => self.of_contents(|_| Ok(true))?,
                _ => return Err(Error::unsupported("encoding() with another one")),
            },
            b"revs" => self.revs(arguments)?,
            b"status" => self.status(arguments)?,
            _ => return Err(Error::unsupported("a fileset with another function")),
        })
    }

    fn refuse_pointers(&self) -> Result<()> {
        if self.hg.has_lfs() {
            return Err(Error::unsupported("contents that lfs may store"));
        }
        Ok(())
    }

    /// Returns the files whose content is like this.
    fn of_contents(
        &self,
        test: impl Fn(&[u8]) -> Result<bool> + Send + Sync + 'static,
    ) -> Result<Fileset> {
        self.refuse_pointers()?;
        let files = self.files.clone();
        Ok(Fileset::new(move |path| match files.content(path)? {
            Some(content) => test(&content),
            None => Ok(false),
        }))
    }

    /// Returns the files in a state.
    fn state(&self, state: State) -> Result<Fileset> {
        let found = match self.states.get() {
            Some(found) => found,
            None => {
                let found = self.find_states()?;
                self.states.get_or_init(|| found)
            }
        };
        let names = found.list(state).iter();
        let names: HashSet<RepoPathBuf> = names.map(ToOwned::to_owned).collect();
        Ok(Fileset::new(move |path| Ok(names.contains(path))))
    }

    /// Finds out the states of all files that the expression asks for.
    fn find_states(&self) -> Result<Status> {
        let request = StatusRequest {
            tracked: true,
            clean: asks_for(self.tree, State::Clean),
            unknown: asks_for(self.tree, State::Unknown),
            ignored: asks_for(self.tree, State::Ignored),
            copies: false,
            paths: None::<&[RepoPathBuf]>,
            ignore_files: &status::ignore_files(self.hg),
            interrupt: &AtomicBool::new(false),
            progress: &AtomicUsize::new(0),
        };
        match self.at {
            Some(rev) => status::of_changesets(self.hg, [self.base, rev], &request),
            None => status::find_out(self.hg, &request),
        }
    }

    /// Returns the files that are in a set in any of some changesets.
    fn revs(&self, arguments: &[Tree]) -> Result<Fileset> {
        let [revs, of] = arguments else {
            return Err(wrong());
        };
        let spec = OsString::from_vec(text(revs)?.to_vec());
        let revs = self.hg.revs(&[spec])?;
        if revs.len() > MANY {
            return Err(Error::unsupported("revs() of so many changesets"));
        }
        let sets = revs
            .iter()
            .map(|&rev| Context::of(self.hg, Some(rev), of)?.set());
        Ok(any(sets.collect::<Result<_>>()?))
    }

    /// Returns the files that are in a set in one changeset, whose states are seen from another one.
    fn status(&self, arguments: &[Tree]) -> Result<Fileset> {
        let [base, rev, of] = arguments else {
            return Err(wrong());
        };
        let single = |tree: &Tree| {
            let spec = OsString::from_vec(text(tree)?.to_vec());
            let is_plain = !spec.is_empty() && !spec.as_encoded_bytes().contains(&b':');
            let found = if is_plain {
                self.hg.single(&spec)?
            } else {
                None
            };
            found.ok_or_else(|| Error::unsupported("status() of other than two changesets"))
        };
        let (base, rev) = (single(base)?, single(rev)?);
        Context::between(self.hg, base, Some(rev), of)?.set()
    }
}

/// Returns the files that are in any of some sets.
fn any(sets: Vec<Fileset>) -> Fileset {
    Fileset::new(move |path| {
        for set in &sets {
            if set.has(path)? {
                return Ok(true);
            }
        }
        Ok(false)
    })
}

/// Returns how long it takes to tell: what reads files comes last.
fn cost(tree: &Tree) -> u8 {
    match tree {
        Tree::Not(of) => cost(of),
        Tree::And(left, right) | Tree::Or(left, right) => cost(left).max(cost(right)),
        Tree::Call(name, of) => match &name[..] {
            b"binary" | b"encoding" | b"eol" | b"grep" => 2,
            b"copied" | b"size" => 1,
            _ => of.iter().map(cost).max().unwrap_or(0),
        },
        Tree::Symbol(_) | Tree::String(_) | Tree::Pattern(_) | Tree::List(_) => 0,
    }
}

/// Returns whether an expression asks for a state, but for what is about other changesets.
fn asks_for(tree: &Tree, wanted: State) -> bool {
    match tree {
        Tree::Not(of) => asks_for(of, wanted),
        Tree::And(left, right) | Tree::Or(left, right) => {
            asks_for(left, wanted) || asks_for(right, wanted)
        }
        Tree::Call(name, _) => state(name) == Some(wanted),
        Tree::Symbol(_) | Tree::String(_) | Tree::Pattern(_) | Tree::List(_) => false,
    }
}

fn state(name: &[u8]) -> Option<State> {
    match name {
        b"missing" => Some(State::Deleted),
        _ => {
            let mut states = status::STATES.iter();
            let found = states.find(|(_, known, _)| known.as_bytes() == name);
            found.map(|&(state, ..)| state)
        }
    }
}

fn none(arguments: &[Tree]) -> Result<()> {
    if arguments.is_empty() {
        Ok(())
    } else {
        Err(wrong())
    }
}

fn one(arguments: &[Tree]) -> Result<&Tree> {
    match arguments {
        [one] => Ok(one),
        _ => Err(wrong()),
    }
}

fn text(tree: &Tree) -> Result<&[u8]> {
    match tree {
        Tree::Symbol(text) | Tree::String(text) => Ok(text),
        _ => Err(wrong()),
    }
}

/// Returns whether a content has lines that end in some way, if it is a text.
fn has_ends(content: &[u8], style: &[u8]) -> bool {
    if content.contains(&0) {
        return false;
    }
    let before = |at: usize| at.checked_sub(1).map(|at| content[at]);
    let mut at = content.iter().enumerate();
    match style {
        b"dos" | b"win" => content.windows(2).any(|two| two == b"\r\n"),
        b"unix" => at.any(|(at, &byte)| byte == b'\n' && before(at) != Some(b'\r')),
        b"mac" => at.any(|(at, &byte)| byte == b'\r' && content.get(at + 1) != Some(&b'\n')),
        _ => false,
    }
}
