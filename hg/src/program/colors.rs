// SPDX-License-Identifier: GPL-2.0-or-later

//! Colours of what is printed: labels of parts of the text, and the effects that a terminal has for
//! them (`hg help color`).

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Write as _};

use vermilion_core::text::{is_space, trim_end};

use super::options::Options;
use crate::config::{Config, parse_bool};
use crate::{Error, Result};

/// The effects of ECMA-48 and their numbers.
const EFFECTS: &[(&str, u8)] = &[
    ("none", 0),
    ("bold", 1),
    ("dim", 2),
    ("italic", 3),
    ("underline", 4),
    ("inverse", 7),
    ("black", 30),
    ("red", 31),
    ("green", 32),
    ("yellow", 33),
    ("blue", 34),
    ("magenta", 35),
    ("cyan", 36),
    ("white", 37),
    ("black_background", 40),
    ("red_background", 41),
    ("green_background", 42),
    ("yellow_background", 43),
    ("blue_background", 44),
    ("purple_background", 45),
    ("cyan_background", 46),
    ("white_background", 47),
];

/// The labels that have effects where nothing else is configured.
const STYLES: &[(&str, &str)] = &[
    ("bookmarks.active", "green"),
    ("branches.active", "none"),
    ("branches.closed", "black bold"),
    ("branches.current", "green"),
    ("branches.inactive", "none"),
    ("diff.changed", "white"),
    ("diff.deleted", "red"),
    ("diff.deleted.changed", "red bold underline"),
    ("diff.deleted.unchanged", "red"),
    ("diff.diffline", "bold"),
    ("diff.extended", "cyan bold"),
    ("diff.file_a", "red bold"),
    ("diff.file_b", "green bold"),
    ("diff.hunk", "magenta"),
    ("diff.inserted", "green"),
    ("diff.inserted.changed", "green bold underline"),
    ("diff.inserted.unchanged", "green"),
    ("diff.trailingwhitespace", "bold red_background"),
    ("diffstat.deleted", "red"),
    ("diffstat.inserted", "green"),
    ("formatvariant.config.default", "green"),
    ("formatvariant.config.special", "yellow"),
    ("formatvariant.name.mismatchconfig", "red"),
    ("formatvariant.name.mismatchdefault", "yellow"),
    ("formatvariant.name.uptodate", "green"),
    ("formatvariant.repo.mismatchconfig", "red"),
    ("formatvariant.repo.mismatchdefault", "yellow"),
    ("formatvariant.repo.uptodate", "green"),
    ("grep.date", "magenta"),
    ("grep.deleted", "red bold"),
    ("grep.filename", "magenta"),
    ("grep.inserted", "green bold"),
    ("grep.linenumber", "green"),
    ("grep.match", "red bold"),
    ("grep.rev", "blue"),
    ("grep.sep", "cyan"),
    ("grep.user", "magenta"),
    ("histedit.remaining", "red bold"),
    ("log.changeset", "yellow"),
    ("narrow-server.hidden-path", "yellow"),
    ("patchbomb.from", "magenta"),
    ("patchbomb.subject", "green"),
    ("patchbomb.to", "cyan"),
    ("rebase.rebased", "blue"),
    ("rebase.remaining", "red bold"),
    ("resolve.resolved", "green bold"),
    ("resolve.unresolved", "red bold"),
    ("shelve.age", "cyan"),
    ("shelve.name", "blue bold"),
    ("shelve.newest", "green bold"),
    ("status.added", "green bold"),
    ("status.clean", "none"),
    ("status.copied", "none"),
    ("status.deleted", "cyan bold underline"),
    ("status.ignored", "black bold"),
    ("status.modified", "blue bold"),
    ("status.removed", "red bold"),
    ("status.unknown", "magenta bold underline"),
    ("tags.local", "black bold"),
    ("tags.normal", "green"),
    ("ui.addremove.added", "green"),
    ("ui.addremove.removed", "red"),
    ("ui.error", "red"),
    ("ui.prompt", "yellow"),
    ("upgrade-repo.requirement.added", "green"),
    ("upgrade-repo.requirement.preserved", "cyan"),
    ("upgrade-repo.requirement.removed", "red"),
];

/// The labels of what is said and would not be said with `--quiet`.
pub(crate) const MESSAGE: &str = " ui.status";

/// What ends effects.
const STOP: &[u8] = b"\x1b[0m";

/// How labelled text is shown.
#[derive(Clone, Debug, Default)]
pub enum Colors {
    /// As it is.
    #[default]
    None,
    /// With its labels, for those who write styles.
    Labels,
    /// With the effects of its labels, which are the numbers behind semicolons.
    Effects(HashMap<Vec<u8>, Vec<u8>>),
}

impl Colors {
    /// Returns the colours of a command line; `is_paged` tells that a pager will show them.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for what is left to Mercurial: descriptions of terminals, and
    /// effects that are not known; [`Error::Config`] for what is no configuration.
    pub(super) fn of(config: &Config, options: &Options, is_paged: bool) -> Result<Colors> {
        let environment = config.environment();
        let option = options.value("color").map(|color| color.as_encoded_bytes());
        let option = option.filter(|color| !color.is_empty());
        if environment.is_plain("color") {
            return Ok(Colors::None);
        }
        let color = option.or_else(|| config.get("ui", "color"));
        let color = color.unwrap_or(b"auto");
        let is_always = match color {
            b"debug" => return Ok(Colors::Labels),
            b"auto" => false,
            b"always" => true,
            other if parse_bool(other) == Some(true) => option.is_some(),
            _ => return Ok(Colors::None),
        };
        let is_dumb = environment.var("TERM") == Some(b"dumb");
        if !is_always && (is_dumb || !is_formatted(config)?) {
            return Ok(Colors::None);
        }
        let mode = config.get("color", "mode").unwrap_or(b"auto");
        let of_pager = config.get("color", "pagermode").filter(|_| is_paged);
        match of_pager.unwrap_or(mode) {
            b"auto" | b"ansi" => effects(config).map(Colors::Effects),
            b"terminfo" => Err(Error::unsupported("colours as terminfo has them")),
            _ => Ok(Colors::None),
        }
    }

    /// Returns a text as it is shown with labels, which have spaces between them.
    pub fn label<'t>(&self, text: &'t [u8], labels: impl AsRef<[u8]>) -> Cow<'t, [u8]> {
        match self {
            Colors::None => Cow::Borrowed(text),
            Colors::Labels if text.is_empty() || labels.as_ref().is_empty() => Cow::Borrowed(text),
            Colors::Labels => {
                let (line, end): (_, &[u8]) = match text.strip_suffix(b"\n") {
                    Some(line) => (line, b"\n"),
                    None => (text, b""),
                };
                Cow::Owned([b"[", labels.as_ref(), b"|", line, b"]", end].concat())
            }
            Colors::Effects(known) => {
                let mut start = Vec::new();
                let labels = labels.as_ref().split(|&byte| is_space(byte));
                for label in labels {
                    if let Some(numbers) = known.get(label) {
                        start.extend_from_slice(numbers);
                    } else if let Some(number) = effect(label) {
                        start.extend_from_slice(format!(";{number}").as_bytes());
                    }
                }
                if start.is_empty() {
                    return Cow::Borrowed(text);
                }
                let start = [b"\x1b[0", &start[..], b"m"].concat();
                let lines = text.split(|&byte| byte == b'\n');
                let lines: Vec<Vec<u8>> = lines.map(|line| shown(line, &start)).collect();
                Cow::Owned(lines.join(&b'\n'))
            }
        }
    }

    /// Says on standard errors why a command ends early.
    pub(super) fn complain(&self, words: &str) {
        let line = format!("{words}\n");
        // Nobody can be told if this fails.
        let _ = io::stderr().write_all(&self.label(line.as_bytes(), " ui.error"));
    }

    /// Tells whether all text is shown as it is.
    pub fn is_none(&self) -> bool {
        matches!(self, Colors::None)
    }

    /// Returns the text of a patch, of whose lines the kinds are labelled.
    pub fn patch<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        if self.is_none() {
            return Cow::Borrowed(text);
        }
        let mut shown = Vec::with_capacity(text.len() + text.len() / 4);
        let mut is_head = false;
        for whole in text.split_inclusive(|&byte| byte == b'\n') {
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            match line.first() {
                Some(b'@') => is_head = false,
                Some(b' ' | b'+' | b'-' | b'\\') | None => {}
                Some(_) => is_head = true,
            }
            match line.first() {
                Some(sign @ (b'+' | b'-')) if !is_head => {
                    let label = if *sign == b'+' {
                        "diff.inserted"
                    } else {
                        "diff.deleted"
                    };
                    self.changed(whole, label, &mut shown);
                }
                _ => {
                    let stripped = trim_end(line);
                    match label_of_line(stripped, is_head) {
                        Some(label) => {
                            shown.extend_from_slice(&self.label(stripped, label));
                            let rest = &line[stripped.len()..];
                            shown.extend_from_slice(&self.label(rest, "diff.trailingwhitespace"));
                        }
                        None => shown.extend_from_slice(line),
                    }
                    shown.extend_from_slice(&whole[line.len()..]);
                }
            }
        }
        Cow::Owned(shown)
    }

    /// Appends a line that a patch adds or removes.
    fn changed(&self, whole: &[u8], label: &str, shown: &mut Vec<u8>) {
        let end = whole.iter().rposition(|byte| !b"\r\n".contains(byte));
        let line = &whole[..end.map_or(0, |last| last + 1)];
        let mut rest = trim_end(line);
        let behind = &line[rest.len()..];
        while let Some(&first) = rest.first() {
            let is_tab = first == b'\t';
            let end = rest.iter().position(|&byte| (byte == b'\t') != is_tab);
            let (token, after) = rest.split_at(end.unwrap_or(rest.len()));
            let label = if is_tab { "diff.tab" } else { label };
            shown.extend_from_slice(&self.label(token, label));
            rest = after;
        }
        shown.extend_from_slice(&self.label(behind, "diff.trailingwhitespace"));
        shown.extend_from_slice(&whole[line.len()..]);
    }

    /// Returns the text of a table of changed lines, whose bars are labelled.
    pub fn stat<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        if self.is_none() {
            return Cow::Borrowed(text);
        }
        let mut shown = Vec::with_capacity(2 * text.len());
        for whole in text.split_inclusive(|&byte| byte == b'\n') {
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            let bars = memchr::memrchr(b' ', line).map_or(0, |space| space + 1);
            if !matches!(line.last(), Some(b'+' | b'-')) || bars == 0 {
                shown.extend_from_slice(whole);
                continue;
            }
            let (name, bars) = line.split_at(bars);
            shown.extend_from_slice(name);
            let added = bars.iter().take_while(|&&byte| byte == b'+').count();
            let (added, removed) = bars.split_at(added);
            shown.extend_from_slice(&self.label(added, "diffstat.inserted"));
            shown.extend_from_slice(&self.label(removed, "diffstat.deleted"));
            shown.extend_from_slice(&whole[line.len()..]);
        }
        Cow::Owned(shown)
    }
}

/// Returns a line with effects around it, anew behind each place where some end.
fn shown(line: &[u8], start: &[u8]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(line.len() + start.len() + STOP.len());
    let mut rest = line;
    while !rest.is_empty() {
        let end = memchr::memmem::find(rest, STOP);
        let part = &rest[..end.unwrap_or(rest.len())];
        if !part.is_empty() {
            shown.extend_from_slice(start);
            shown.extend_from_slice(part);
            shown.extend_from_slice(STOP);
        }
        rest = end.map_or(&[][..], |end| &rest[end + STOP.len()..]);
    }
    shown
}

/// Returns the label of a line of a patch that is neither added nor removed.
fn label_of_line(line: &[u8], is_head: bool) -> Option<&'static str> {
    const HEAD: [(&str, &str); 10] = [
        ("diff", "diff.diffline"),
        ("copy", "diff.extended"),
        ("rename", "diff.extended"),
        ("old", "diff.extended"),
        ("new", "diff.extended"),
        ("deleted", "diff.extended"),
        ("index", "diff.extended"),
        ("similarity", "diff.extended"),
        ("---", "diff.file_a"),
        ("+++", "diff.file_b"),
    ];
    if !is_head {
        return line.starts_with(b"@").then_some("diff.hunk");
    }
    let begins = |(beginning, _): &&(&str, &str)| line.starts_with(beginning.as_bytes());
    HEAD.iter().find(begins).map(|&(_, label)| label)
}

fn effect(name: &[u8]) -> Option<u8> {
    let known = EFFECTS.iter().find(|(effect, _)| effect.as_bytes() == name);
    known.map(|&(_, number)| number)
}

/// Returns the effects of labels, as configured.
fn effects(config: &Config) -> Result<HashMap<Vec<u8>, Vec<u8>>> {
    let numbers = |effects: &mut dyn Iterator<Item = &[u8]>| -> Option<Vec<u8>> {
        let mut numbers = Vec::new();
        for name in effects {
            numbers.extend_from_slice(format!(";{}", effect(name)?).as_bytes());
        }
        Some(numbers)
    };
    let mut known = HashMap::new();
    for (label, effects) in STYLES {
        let found = numbers(&mut effects.split(' ').map(str::as_bytes));
        known.insert(label.as_bytes().to_vec(), found.unwrap_or_default());
    }
    for (label, _) in config.items("color") {
        let is_of_terminal = label.starts_with(b"color.") || label.starts_with(b"terminfo.");
        if !label.contains(&b'.') || is_of_terminal {
            continue;
        }
        let name = String::from_utf8_lossy(label);
        let chosen = config.list("color", &name);
        if chosen.is_empty() {
            continue;
        }
        let found = numbers(&mut chosen.iter().map(|effect| &effect[..]));
        let unknown = || Error::unsupported(format!("an effect of color.{name}"));
        known.insert(label.to_vec(), found.ok_or_else(unknown)?);
    }
    Ok(known)
}

/// Tells whether people read the output, as far as that is known.
///
/// # Errors
/// [`Error::Config`] for what is no configuration.
pub(super) fn is_formatted(config: &Config) -> Result<bool> {
    if config.environment().is_plain("") {
        return Ok(false);
    }
    if config.get("ui", "formatted").is_some() {
        return config.bool("ui", "formatted", false);
    }
    Ok(!config.bool("ui", "nontty", false)? && io::stdout().is_terminal())
}
