// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg grep`: lines that match, in the working copy or in a changeset.

use std::borrow::Cow;
use std::ffi::OsString;

use vermilion_core::Rev;
use vermilion_core::grep::{Found, FoundLine, Request, Sign, grep, grep_working_copy};
use vermilion_core::matcher::python_re::PythonSearch;
use vermilion_core::working_copy::status::request::Watch;

use super::{Command, EXCLUDE, FLAG, INCLUDE, TEMPLATE, VALUES};
use crate::encoding::Encoding;
use crate::patterns::{Kind, no_filesets};
use crate::program::colors::Colors;
use crate::program::invocation::Invocation;
use crate::program::shown_paths::ShownPaths;
use crate::template::{Field, Fields, Formatter, Part};
use crate::text::short_user;
use crate::{Error, Result};

/// What items may have.
const FIELDS: &[&str] = &[
    "path", "node", "rev", "lineno", "change", "user", "date", "texts", "text", "matched",
];
/// Bytes of what is found at a time.
const AT_A_TIME: usize = 8 << 20;

pub(super) const COMMAND: Command = Command {
    names: &["grep"],
    options: &[
        ('0', "print0", FLAG),
        (' ', "all", FLAG),
        (' ', "diff", FLAG),
        ('a', "text", FLAG),
        ('f', "follow", FLAG),
        ('i', "ignore-case", FLAG),
        ('l', "files-with-matches", FLAG),
        ('n', "line-number", FLAG),
        ('r', "rev", VALUES),
        (' ', "all-files", FLAG),
        ('u', "user", FLAG),
        ('d', "date", FLAG),
        TEMPLATE,
        INCLUDE,
        EXCLUDE,
    ],
    is_paged: true,
    is_wordless: false,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["follow"])?;
    let mut formatter = hg.formatter("grep", FIELDS)?;
    let changes = hg.options.flag("diff") || hg.options.flag("all");
    if hg
        .options
        .tri("all-files")
        .is_some_and(|all| all == changes)
    {
        return Err(Error::unsupported("grep --all-files, or not"));
    }
    let words = hg.words();
    let Some((pattern, words)) = words.split_first() else {
        return Err(Error::unsupported("grep for nothing"));
    };
    let pattern = PythonSearch::new(pattern, hg.options.flag("ignore-case"));
    let pattern = pattern.map_err(|reason| Error::unsupported(format!("the pattern: {reason}")))?;
    let chosen = hg.chosen_by(words, Kind::RelPath, &no_filesets)?;
    let revs = revs(hg, changes)?;
    if revs.is_none() && hg.has_lfs() {
        // It asks for what is committed of them, too.
        return Err(Error::unsupported("grep of files that lfs may store"));
    }
    let request = Request {
        pattern: &pattern,
        changes,
        files_only: hg.options.flag("files-with-matches"),
        is_wanted: &|path| chosen.has(path),
    };
    // Mercurial looks at changesets even where the working copy is searched.
    let snapshot = hg.snapshot()?;
    let mut lines = Lines::new(hg, revs.is_some(), changes)?;
    let mut has_found = false;
    let watch = Watch::default();
    match revs {
        None => {
            let files = chosen.tracked(&hg.repository()?.dirstate()?.map)?;
            let root = hg.repository()?.root().to_path_buf();
            for found in grep_working_copy(&root, &files, &request, &watch)? {
                if !has_found {
                    refuse_unnamed(hg)?;
                }
                has_found = true;
                lines.show(hg, &found, &mut formatter)?;
            }
        }
        Some(revs) => {
            let (mut rest, mut after) = (&revs[..], None);
            while !rest.is_empty() {
                let after_this = after.as_deref();
                let answer = grep(&snapshot, rest, after_this, &request, AT_A_TIME, &watch)?;
                for found in &answer.found {
                    has_found = true;
                    lines.show(hg, found, &mut formatter)?;
                }
                rest = &rest[answer.done..];
                after = answer.after;
            }
        }
    }
    chosen.check()?;
    if let Some(formatter) = formatter {
        formatter.print(hg)?;
    }
    Ok(u8::from(!has_found))
}

/// Fails where Mercurial tells that nobody is named who would commit: it asks who that is, though
/// nobody wants to know.
fn refuse_unnamed(hg: &Invocation) -> Result<()> {
    let environment = hg.config.environment();
    let named = environment.var("HGUSER");
    let named = named.or_else(|| hg.config.get("ui", "username"));
    let named = named.or_else(|| environment.var("EMAIL"));
    if named.is_some_and(|user| !user.is_empty() && !user.contains(&b'\n')) {
        return Ok(());
    }
    Err(Error::unsupported("nobody is named who commits"))
}

/// Returns the changesets that are searched, `None` for the working copy.
fn revs(hg: &Invocation, changes: bool) -> Result<Option<Vec<Rev>>> {
    let specs = hg.options.values("rev").into_iter();
    let specs: Vec<OsString> = specs.map(ToOwned::to_owned).collect();
    match &specs[..] {
        [] if changes => hg.evaluate_own(b"reverse(all())").map(Some),
        [] => Ok(None),
        specs => hg.revs(specs).map(Some),
    }
}

/// How found lines are printed.
struct Lines {
    separator: &'static [u8],
    end: &'static [u8],
    paths: ShownPaths,
    colors: Colors,
    with_rev: bool,
    with_change: bool,
    /// The changeset that was told of last, and what is printed of it before and behind numbers of
    /// lines.
    last: Option<(Rev, [Vec<u8>; 2])>,
}

impl Lines {
    fn new(hg: &Invocation, with_rev: bool, with_change: bool) -> Result<Lines> {
        let (separator, end): (&[u8], &[u8]) = if hg.options.flag("print0") {
            (b"\0", b"\0")
        } else {
            (b":", b"\n")
        };
        if !with_rev && (hg.options.flag("user") || hg.options.flag("date")) {
            return Err(Error::unsupported("who commits next"));
        }
        Ok(Lines {
            separator,
            end,
            paths: hg.shown_paths(false)?,
            colors: hg.colors.clone(),
            with_rev,
            with_change,
            last: None,
        })
    }

    /// Prints the lines of a file, or has them printed at the end.
    fn show(
        &mut self,
        hg: &mut Invocation,
        file: &Found,
        formatter: &mut Option<Formatter>,
    ) -> Result<()> {
        match formatter {
            Some(formatter) => {
                let told = self.fields(hg, file)?;
                for line in &file.lines {
                    formatter.add(self.item(hg, told.clone(), file, line));
                }
            }
            None => {
                let shown = self.of(hg, file)?;
                hg.out.print(shown);
            }
        }
        Ok(())
    }

    /// Returns what is told of each line of a file, for programs.
    fn fields(&self, hg: &Invocation, file: &Found) -> Result<Fields> {
        if !self.with_rev {
            return Err(Error::unsupported("who commits next"));
        }
        let snapshot = hg.snapshot()?;
        let changelog = snapshot.refs().changelog();
        let text = changelog.text(file.rev)?;
        let changeset = changelog.parse(file.rev, &text)?;
        Fields::new()
            .about(Some(file.rev))
            .with("path", Field::text(file.path.as_bytes()))
            .with("user", hg.field(changeset.user())?)
            .with("date", Field::date(changeset.date()))
            .of_revision(&snapshot, file.rev)
    }

    /// Returns a line as an item.
    fn item(&self, hg: &Invocation, told: Fields, file: &Found, line: &FoundLine) -> Fields {
        let mut item = told.with("lineno", Field::number(line.number));
        if self.with_change {
            item = item.with("change", Field::text([line.sign.letter()]));
        }
        if hg.options.flag("files-with-matches") || file.is_binary && !hg.options.flag("text") {
            return item;
        }
        let texts = parts(line).into_iter().map(|(text, is_matched)| {
            let part = Part::new().with("text", Field::text(text));
            part.with("matched", Field::truth(is_matched))
        });
        item.with("texts", Field::parts(texts, b"{text}"))
    }

    /// Returns the lines of a file as they are printed.
    fn of(&mut self, hg: &Invocation, file: &Found) -> Result<Vec<u8>> {
        if self.last.as_ref().is_none_or(|(rev, _)| *rev != file.rev) {
            self.last = Some((file.rev, self.told(hg, file.rev)?));
        }
        let empty = [Vec::new(), Vec::new()];
        let [before, behind] = self.last.as_ref().map_or(&empty, |(_, told)| told);
        let path = self.paths.show(&file.path);
        let path = self.colors.label(&path, "grep.filename");
        let mut shown = Vec::new();
        for line in &file.lines {
            shown.extend_from_slice(&path);
            shown.extend_from_slice(before);
            if hg.options.flag("line-number") {
                self.add(&mut shown, line.number.to_string(), "grep.linenumber");
            }
            if self.with_change {
                let label = match line.sign {
                    Sign::Added => "grep.inserted grep.change",
                    _ => "grep.deleted grep.change",
                };
                self.add(&mut shown, [line.sign.letter()], label);
            }
            shown.extend_from_slice(behind);
            if !hg.options.flag("files-with-matches") {
                let is_shown = hg.options.flag("text") || !file.is_binary;
                if is_shown {
                    self.add(&mut shown, self.matches(line), "");
                } else {
                    self.add(&mut shown, b" Binary file matches", "");
                }
            }
            shown.extend_from_slice(self.end);
        }
        Ok(shown)
    }

    /// Appends a field behind its separator.
    fn add(&self, place: &mut Vec<u8>, text: impl AsRef<[u8]>, label: &str) {
        place.extend_from_slice(&self.colors.label(self.separator, "grep.sep"));
        place.extend_from_slice(&self.colors.label(text.as_ref(), label));
    }

    /// Returns a line whose matches are labelled.
    fn matches<'l>(&self, line: &'l FoundLine) -> Cow<'l, [u8]> {
        if self.colors.is_none() {
            return Cow::Borrowed(&line.text);
        }
        let mut shown = Vec::with_capacity(2 * line.text.len());
        for (text, is_matched) in parts(line) {
            let label = if is_matched { "grep.match" } else { "" };
            shown.extend_from_slice(&self.colors.label(text, label));
        }
        Cow::Owned(shown)
    }

    /// Returns what is printed of a changeset.
    fn told(&self, hg: &Invocation, rev: Rev) -> Result<[Vec<u8>; 2]> {
        let [mut before, mut behind] = [Vec::new(), Vec::new()];
        if !self.with_rev {
            return Ok([before, behind]);
        }
        self.add(&mut before, rev.to_string(), "grep.rev");
        let snapshot = hg.snapshot()?;
        let changelog = snapshot.refs().changelog();
        let text = changelog.text(rev)?;
        let changeset = changelog.parse(rev, &text)?;
        if hg.options.flag("user") {
            let name = Encoding::of(&hg.config).show(changeset.user())?;
            let is_whole = hg.is_verbose();
            let name = if is_whole { &name } else { short_user(&name) };
            self.add(&mut behind, name, "grep.user");
        }
        if hg.options.flag("date") {
            let date = changeset.date();
            let date = if hg.is_quiet() {
                date.day()
            } else {
                date.to_string()
            };
            self.add(&mut behind, date, "grep.date");
        }
        Ok([before, behind])
    }
}

/// Returns the parts of a line in their order, and which of them match.
fn parts(line: &FoundLine) -> Vec<(&[u8], bool)> {
    let mut parts = Vec::with_capacity(2 * line.spans.len() + 1);
    let mut at = 0;
    for [start, end] in line.spans.iter().map(|span| span.map(|at| at as usize)) {
        if at < start {
            parts.push((&line.text[at..start], false));
        }
        parts.push((&line.text[start..end], true));
        at = end;
    }
    if at < line.text.len() {
        parts.push((&line.text[at..], false));
    }
    parts
}
