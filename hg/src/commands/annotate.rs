// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg annotate`: which changeset each line of a file comes from.

use std::collections::HashMap;
use std::ffi::OsString;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use vermilion_core::annotate::{Annotated, AnnotatedLine, Annotating};
use vermilion_core::changelog::Date;
use vermilion_core::diff::{Whitespace, is_binary};
use vermilion_core::snapshot::Snapshot;
use vermilion_core::{RepoPath, Rev, RevSet};

use super::files::of_changeset;
use super::{Command, EXCLUDE, FLAG, INCLUDE, TEMPLATE, VALUE, VALUES};
use crate::encoding::Encoding;
use crate::program::invocation::Invocation;
use crate::program::printer::{columns, short};
use crate::template::{Field, Fields, Formatter, Part};
use crate::text::short_user;
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["annotate", "blame"],
    options: &[
        ('r', "rev", VALUE),
        // an old name of --file
        (' ', "follow", FLAG),
        (' ', "no-follow", FLAG),
        ('a', "text", FLAG),
        ('u', "user", FLAG),
        ('f', "file", FLAG),
        ('d', "date", FLAG),
        ('n', "number", FLAG),
        ('c', "changeset", FLAG),
        ('l', "line-number", FLAG),
        (' ', "skip", VALUES),
        ('L', "line-range", VALUES),
        ('w', "ignore-all-space", FLAG),
        ('b', "ignore-space-change", FLAG),
        ('B', "ignore-blank-lines", FLAG),
        ('Z', "ignore-space-at-eol", FLAG),
        INCLUDE,
        EXCLUDE,
        TEMPLATE,
    ],
    is_paged: true,
    is_wordless: false,
    run,
};

/// What items and their lines may have.
const FIELDS: &[&str] = &[
    "path", "lines", "line", "user", "rev", "node", "date", "lineno",
];

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["line-range"])?;
    if hg.options.words.is_empty() {
        return Err(Error::unsupported("annotate of nothing"));
    }
    let word = hg.options.value("rev").unwrap_or(".".as_ref()).to_owned();
    let rev = hg
        .rev(&word)?
        .ok_or_else(|| Error::unsupported("annotate of the working copy"))?;
    let skip: Vec<OsString> = hg
        .options
        .values("skip")
        .into_iter()
        .map(ToOwned::to_owned)
        .collect();
    let skip = hg.revs(&skip)?;
    let snapshot = hg.snapshot()?;
    let skip = RevSet::from_revs(skip)?;
    let how = Annotating {
        follow: !hg.options.flag("no-follow"),
        skip: (!skip.is_empty()).then_some(&skip),
        whitespace: whitespace(hg)?,
        algorithm: hg.diff_algorithm()?,
        check: true,
    };
    let paths = hg.shown_paths(false)?;
    let files = of_changeset(hg, rev)?;
    let interrupt = AtomicBool::new(false);
    let mut histories = snapshot.files(&interrupt)?;
    let mut changesets = Changesets::new(hg, &snapshot);
    let mut formatter = hg.formatter("annotate", FIELDS)?;
    let columns = Columns::of(hg, formatter.as_ref())?;
    let mut shown = Vec::new();
    for (path, node) in files {
        let is_text = hg.options.flag("text");
        let is_binary = !is_text && is_binary(&snapshot.store().content(&path, &node)?);
        if let Some(formatter) = &mut formatter {
            let mut item = Fields::new().with("path", Field::text(path.as_bytes()));
            if !is_binary {
                let annotated = histories.annotate(&path, rev, &how)?;
                let path = |line: &AnnotatedLine| histories.path(line.path);
                let lines = columns.parts(hg, &annotated, &mut changesets, path)?;
                item = item.with("lines", Field::parts(lines, b"{rev}: {line}"));
            }
            formatter.add(item);
            continue;
        }
        if is_binary {
            shown.extend([&paths.show(&path)[..], b": binary file\n"].concat());
            continue;
        }
        let annotated = histories.annotate(&path, rev, &how)?;
        let name = |line: &AnnotatedLine| histories.path(line.path).as_bytes().to_vec();
        columns.show(&annotated, &mut changesets, name, &mut shown)?;
    }
    if let Some(formatter) = formatter {
        return formatter.print(hg).map(|()| 0);
    }
    hg.out.print(shown);
    Ok(0)
}

fn whitespace(hg: &Invocation) -> Result<Whitespace> {
    let flag = |option: &str, item: &str| match hg.options.tri(option) {
        Some(flag) => Ok(flag),
        None => hg.config.bool("annotate", item, false),
    };
    Ok(Whitespace {
        all: flag("ignore-all-space", "ignorews")?,
        amount: flag("ignore-space-change", "ignorewsamount")?,
        blank_lines: flag("ignore-blank-lines", "ignoreblanklines")?,
        at_end: flag("ignore-space-at-eol", "ignorewseol")?,
    })
}

/// What is told of each line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    User,
    Number,
    Changeset,
    Date,
    File,
    LineNumber,
}

/// The columns before the lines, in their order.
struct Columns(Vec<Column>);

impl Columns {
    /// Returns those that options or names in a template ask for.
    fn of(hg: &Invocation, formatter: Option<&Formatter>) -> Result<Columns> {
        let all = [
            ("user", "user", Column::User),
            ("number", "rev", Column::Number),
            ("changeset", "node", Column::Changeset),
            ("date", "date", Column::Date),
            ("file", "path", Column::File),
            ("line-number", "lineno", Column::LineNumber),
        ];
        let is_chosen = |option, column| {
            hg.options.flag(option) || column == Column::File && hg.options.flag("follow")
        };
        let chosen = all
            .iter()
            .filter(|&&(option, _, column)| is_chosen(option, column));
        let mut chosen: Vec<Column> = chosen.map(|&(.., column)| column).collect();
        if chosen
            .iter()
            .all(|column| [Column::Number, Column::LineNumber].contains(column))
        {
            chosen.push(Column::Number);
        }
        let has_changeset = [Column::Number, Column::Changeset];
        let has_changeset = chosen.iter().any(|column| has_changeset.contains(column));
        if chosen.contains(&Column::LineNumber) && !has_changeset {
            return Err(Error::unsupported("annotate --line-number alone"));
        }
        let is_named = |name| formatter.is_some_and(|shown| shown.asks_for(name));
        let columns = all
            .into_iter()
            .filter(|(_, name, column)| chosen.contains(column) || is_named(name));
        Ok(Columns(columns.map(|(.., column)| column).collect()))
    }

    /// Returns the lines of a file with what is told of them, for programs; `path` tells the path
    /// that the file had where one comes from.
    fn parts<'p>(
        &self,
        hg: &Invocation,
        annotated: &Annotated,
        changesets: &mut Changesets<'_>,
        path: impl Fn(&AnnotatedLine) -> &'p RepoPath,
    ) -> Result<Vec<Part>> {
        let texts = annotated.text.split_inclusive(|&byte| byte == b'\n');
        let mut parts = Vec::with_capacity(annotated.lines.len());
        for (line, text) in annotated.lines.iter().zip(texts) {
            let (told, path) = (changesets.of(line.changeset)?, path(line));
            let mut part = Part::about(line.changeset, path).with("line", Field::text(text));
            for column in &self.0 {
                let (name, field) = match column {
                    Column::User => ("user", hg.field(&told.whole_user)?),
                    Column::Number => ("rev", Field::number(line.changeset.get())),
                    Column::Changeset => ("node", Field::text(told.whole_node.clone())),
                    Column::Date => ("date", Field::moment(told.moment)),
                    Column::File => ("path", Field::text(path.as_bytes())),
                    Column::LineNumber => ("lineno", Field::number(line.number)),
                };
                part = part.with(name, field);
            }
            parts.push(part);
        }
        Ok(parts)
    }

    /// Appends the lines of a file; `name` tells the path that the file had where one comes from.
    fn show(
        &self,
        annotated: &Annotated,
        changesets: &mut Changesets<'_>,
        name: impl Fn(&AnnotatedLine) -> Vec<u8>,
        shown: &mut Vec<u8>,
    ) -> Result<()> {
        let mut cells: Vec<Vec<(Vec<u8>, usize)>> = Vec::new();
        for &column in &self.0 {
            let mut of_lines = Vec::with_capacity(annotated.lines.len());
            for line in &annotated.lines {
                let cell = match column {
                    Column::File => name(line),
                    Column::LineNumber => line.number.to_string().into_bytes(),
                    Column::Number => line.changeset.to_string().into_bytes(),
                    column => changesets.of(line.changeset)?.cell(column),
                };
                let width = columns(&cell)?;
                of_lines.push((cell, width));
            }
            cells.push(of_lines);
        }
        let widths = cells.iter().map(|cells| cells.iter().map(|cell| cell.1));
        let widths: Vec<usize> = widths.map(|widths| widths.max().unwrap_or(0)).collect();
        let texts = annotated.text.split_inclusive(|&byte| byte == b'\n');
        for (at, (line, text)) in annotated.lines.iter().zip(texts).enumerate() {
            for (number, &column) in self.0.iter().enumerate() {
                if number > 0 {
                    let is_last = column == Column::LineNumber;
                    shown.push(if is_last { b':' } else { b' ' });
                }
                let (width, (cell, own)) = (widths[number], &cells[number][at]);
                shown.extend(std::iter::repeat_n(b' ', width - own));
                shown.extend_from_slice(cell);
            }
            shown.extend_from_slice(if line.skipped { b"* " } else { b": " });
            shown.extend_from_slice(text);
        }
        if annotated.text.last().is_some_and(|&last| last != b'\n') {
            shown.push(b'\n');
        }
        Ok(())
    }
}

/// What is told of a changeset.
struct Told {
    user: Vec<u8>,
    /// As it is stored.
    whole_user: Vec<u8>,
    moment: Date,
    date: String,
    node: String,
    whole_node: String,
}

impl Told {
    fn cell(&self, column: Column) -> Vec<u8> {
        match column {
            Column::User => self.user.clone(),
            Column::Date => self.date.clone().into_bytes(),
            _ => self.node.clone().into_bytes(),
        }
    }
}

/// What is told of changesets, each read once.
struct Changesets<'c> {
    snapshot: &'c Snapshot,
    is_verbose: bool,
    is_quiet: bool,
    encoding: Encoding,
    known: HashMap<Rev, Rc<Told>>,
}

impl<'c> Changesets<'c> {
    fn new(hg: &Invocation, snapshot: &'c Snapshot) -> Changesets<'c> {
        Changesets {
            snapshot,
            is_verbose: hg.is_verbose(),
            is_quiet: hg.is_quiet(),
            encoding: Encoding::of(&hg.config),
            known: HashMap::new(),
        }
    }

    fn of(&mut self, rev: Rev) -> Result<Rc<Told>> {
        if let Some(known) = self.known.get(&rev) {
            return Ok(Rc::clone(known));
        }
        let changelog = self.snapshot.refs().changelog();
        let text = changelog.text(rev)?;
        let changeset = changelog.parse(rev, &text)?;
        let user = self.encoding.show(changeset.user())?;
        let told = Rc::new(Told {
            whole_user: changeset.user().to_vec(),
            moment: changeset.date(),
            whole_node: changelog.node(rev)?.to_string(),
            user: if self.is_verbose {
                user.to_vec()
            } else {
                short_user(&user).to_vec()
            },
            date: if self.is_quiet {
                changeset.date().day()
            } else {
                changeset.date().to_string()
            },
            node: short(self.snapshot, rev)?,
        });
        self.known.insert(rev, Rc::clone(&told));
        Ok(told)
    }
}
