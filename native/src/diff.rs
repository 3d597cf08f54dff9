// SPDX-License-Identifier: GPL-2.0-or-later

//! Differences of texts.

use hpy_bindings::{Bytes, Ctx, FromPy, pyfunction};
use vermilion_core::diff::{self, Algorithm, Lines, Options, Unified, Whitespace};

/// The lines that two texts share: tuples of the first line and the one behind the last, in the
/// first text and in the second. The last block is empty, at the ends.
#[pyfunction(signature = (a, b, /))]
pub fn matching_blocks(ctx: Ctx<'_>, a: &[u8], b: &[u8]) -> Vec<(usize, usize, usize, usize)> {
    let blocks = ctx.leave_python(|| diff::matching_blocks(&Lines::new(a), &Lines::new(b)));
    blocks
        .into_iter()
        .map(|block| (block.a1, block.a2, block.b1, block.b2))
        .collect()
}

/// Options of a diff, by the names that Mercurial has for them.
#[derive(FromPy)]
pub struct DiffOptions {
    context: usize,
    text: bool,
    showfunc: bool,
    git: bool,
    nodates: bool,
    nobinary: bool,
    noprefix: bool,
    index: usize,
    ignorews: bool,
    ignorewsamount: bool,
    ignoreblanklines: bool,
    ignorewseol: bool,
    xdiff: bool,
}

impl DiffOptions {
    /// Returns the way to find lines that match: Mercurial's C code has two, without it there is that
    /// of Python's `difflib`.
    pub fn algorithm(&self, difflib: bool) -> Algorithm {
        match (difflib, self.xdiff) {
            (true, _) => Algorithm::Difflib,
            (false, true) => Algorithm::Xdiff,
            (false, false) => Algorithm::Bdiff,
        }
    }
}

impl From<DiffOptions> for Options {
    fn from(options: DiffOptions) -> Options {
        Options {
            context: options.context,
            text: options.text,
            show_function: options.showfunc,
            git: options.git,
            no_dates: options.nodates,
            no_binary: options.nobinary,
            no_prefix: options.noprefix,
            index: options.index,
            whitespace: whitespace(&options),
            algorithm: options.algorithm(false),
            ..Options::default()
        }
    }
}

/// Returns which changes in whitespace are none.
pub fn whitespace(options: &DiffOptions) -> Whitespace {
    Whitespace {
        all: options.ignorews,
        amount: options.ignorewsamount,
        blank_lines: options.ignoreblanklines,
        at_end: options.ignorewseol,
    }
}

/// The hunks of a unified diff of two texts, each as it is in a patch; `options` has the attributes
/// of Mercurial's `diffopts`.
#[pyfunction(signature = (old, new, options, difflib, /))]
pub fn unified_diff(
    ctx: Ctx<'_>,
    old: &[u8],
    new: &[u8],
    options: DiffOptions,
    difflib: bool,
) -> Vec<Hunk> {
    let options = Options {
        algorithm: options.algorithm(difflib),
        ..options.into()
    };
    ctx.leave_python(|| {
        let (old, new) = (Lines::new(old), Lines::new(new));
        let diff = Unified::of(&old, &new, &options);
        let hunks = diff.hunks().iter();
        hunks
            .map(|hunk| {
                let mut text = Vec::new();
                diff.write_hunk(hunk, &mut text);
                let begin = hunk.begin();
                (
                    (begin.0, hunk.old.len(), begin.1, hunk.new.len()),
                    Bytes(text),
                )
            })
            .collect()
    })
}

type Hunk = ((usize, usize, usize, usize), Bytes);
