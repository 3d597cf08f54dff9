// SPDX-License-Identifier: GPL-2.0-or-later

//! Files of patterns, and the files that these include, as the rules of a
//! matcher (`match._donormalize`, `match._buildmatch`).

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::file::{Statement, statements};
use super::paths::{BaseDir, dirname, join, normpath};
use super::pattern::{self, Kind};
use super::python_re::{Builder, MAX_LENGTH, Room};
use super::rules::{Directory, Rules};
use super::source::{Sources, shown};
use super::{Warning, WarningKind};
use crate::error::FileKind;
use crate::platform::ext::OsStrExt as _;
use crate::{Error, Result};

/// Files may include files so many times; Python's own limit is further away.
const MAX_DEPTH: usize = 40;

/// More are not collected.
const MAX_WARNINGS: usize = 1000;

/// A glob is about as long as its regular expression, but two of its bytes may be one there.
const MAX_GLOB: usize = 2 * MAX_LENGTH;

/// A pattern on its way into a matcher.
struct Rule {
    kind: Kind,
    /// Normalized as its kind wants it.
    pattern: Vec<u8>,
    /// The file as the line that included it names it.
    source: Rc<[u8]>,
}

/// Returns the matcher for `files`, and what Mercurial says while it reads them.
pub(super) fn root_rules(
    sources: &mut Sources<'_>,
    root: &Path,
    files: &[PathBuf],
) -> Result<(Rules, Vec<Warning>)> {
    let base = BaseDir::root(root)?;
    let mut warnings = Vec::new();
    let mut rules = Vec::new();
    for file in files {
        let mut reader = Reader {
            sources,
            base,
            warnings: Some(&mut warnings),
            rules: &mut rules,
        };
        reader.include(file.as_os_str().as_bytes(), 0)?;
    }
    let rules = build(sources, &mut Room::default(), base, rules, 0)?;
    Ok((rules, warnings))
}

/// Collects the patterns of one matcher.
struct Reader<'a, 'i> {
    sources: &'a mut Sources<'i>,
    /// What names and globs are relative to.
    base: BaseDir<'a>,
    /// None for files that are read without a word.
    warnings: Option<&'a mut Vec<Warning>>,
    rules: &'a mut Vec<Rule>,
}

impl Reader<'_, '_> {
    fn warn(&mut self, file: &[u8], kind: WarningKind) -> Result<()> {
        if let Some(warnings) = &mut self.warnings {
            if warnings.len() >= MAX_WARNINGS {
                return Err(Error::unsupported(
                    FileKind::IgnoreFile,
                    shown(file),
                    "too many odd lines",
                ));
            }
            let file = file.to_owned();
            warnings.push(Warning { file, kind });
        }
        Ok(())
    }

    /// Takes in what `include:name` stands for.
    fn include(&mut self, name: &[u8], depth: usize) -> Result<()> {
        check_depth(name, depth)?;
        let path = self.base.join(name);
        let contents = match self.sources.read(&path)? {
            Ok(contents) => contents,
            Err(errno) => return self.warn(name, WarningKind::Unreadable(errno)),
        };
        // What is odd about a file is said before what is about those that it includes.
        for statement in statements(&contents) {
            self.sources.line(name)?;
            if let Statement::Invalid(syntax) = statement {
                self.warn(&path, WarningKind::InvalidSyntax(syntax))?;
            }
        }
        let source: Rc<[u8]> = name.into();
        for statement in statements(&contents) {
            self.sources.go_on()?;
            let Statement::Pattern(line) = statement else {
                continue;
            };
            if line.kind == Kind::Include {
                self.include(&line.pattern, depth + 1)?;
                continue;
            }
            let pattern = normalized(self.base, line.kind, line.pattern, name)?;
            self.rules.push(Rule {
                kind: line.kind,
                pattern,
                source: source.clone(),
            });
        }
        Ok(())
    }
}

/// Makes a matcher of patterns, of what `room` there is for all matchers.
fn build(
    sources: &mut Sources<'_>,
    room: &mut Room,
    base: BaseDir<'_>,
    rules: Vec<Rule>,
    depth: usize,
) -> Result<Rules> {
    let mut built = Rules::default();
    let mut patterns = Builder::default();
    for rule in rules {
        sources.go_on()?;
        if rule.pattern.len() > MAX_GLOB {
            return Err(refused(&rule.source, &rule.pattern, "too long"));
        }
        match pattern::regex(rule.kind, &rule.pattern) {
            Some(regex) => {
                patterns
                    .add(&regex)
                    .map_err(|reason| refused(&rule.source, &rule.pattern, &reason))?;
            }
            None => directory(sources, room, base, &rule, depth, &mut built.directories)?,
        }
    }
    if !patterns.is_empty() {
        sources.go_on()?;
        let all = patterns.build_within(room);
        built.patterns =
            Some(all.map_err(|reason| {
                Error::unsupported(FileKind::IgnoreFile, "ignore rules", reason)
            })?);
    }
    Ok(built)
}

/// Reads the file that `subinclude:` names, for the directory where it is.
///
/// Mercurial does so when it first meets a path below, and therefore says
/// nothing about files that it cannot read.
fn directory(
    sources: &mut Sources<'_>,
    room: &mut Room,
    base: BaseDir<'_>,
    rule: &Rule,
    depth: usize,
    found: &mut Vec<Directory>,
) -> Result<()> {
    check_depth(&rule.source, depth)?;
    let path = join(dirname(&normpath(&rule.source)), &rule.pattern);
    let below = dirname(&path);
    let mut prefix = base.canonical(below)?;
    let Some(inner) = BaseDir::absolute(below) else {
        return Err(refused(
            &rule.source,
            &rule.pattern,
            "a relative subinclude",
        ));
    };
    if !prefix.is_empty() {
        prefix.push(b'/');
    }
    // Mercurial keeps matchers by their directory: the first one serves all
    // that are for the same.
    if found.iter().any(|earlier| earlier.prefix == prefix) {
        return Ok(());
    }
    let mut rules = Vec::new();
    let mut reader = Reader {
        sources,
        base: inner,
        warnings: None,
        rules: &mut rules,
    };
    reader.include(&path, depth + 1)?;
    let rules = build(sources, room, inner, rules, depth + 1)?;
    found.push(Directory { prefix, rules });
    Ok(())
}

/// Returns the pattern as its kind wants it; `source` is for messages.
fn normalized(base: BaseDir<'_>, kind: Kind, pattern: Vec<u8>, source: &[u8]) -> Result<Vec<u8>> {
    let normal = match kind {
        Kind::RelRe | Kind::Include | Kind::SubInclude => return Ok(pattern),
        // Some versions of Python take it for the end of a path.
        _ if pattern.contains(&0) => return Err(refused(source, &pattern, "a NUL")),
        Kind::Glob => base.canonical(&pattern)?,
        _ => normpath(&pattern),
    };
    // Mercurial's list of directories refuses it.
    if normal.starts_with(b"//") && kind != Kind::RelGlob {
        return Err(refused(source, &pattern, "two slashes"));
    }
    Ok(normal)
}

fn check_depth(name: &[u8], depth: usize) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Error::unsupported(
            FileKind::IgnoreFile,
            shown(name),
            "pattern files include each other too deeply",
        ));
    }
    Ok(())
}

fn refused(source: &[u8], pattern: &[u8], reason: &str) -> Error {
    Error::unsupported(
        FileKind::IgnoreFile,
        shown(source),
        format!("pattern {:?}: {reason}", shown(pattern)),
    )
}
