// SPDX-License-Identifier: GPL-2.0-or-later

//! Colours of what is printed: labels of parts of the text, and the effects that a terminal has for
//! them (`hg help color`).

mod patch;
mod styles;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Write as _};

use vermilion_core::text::is_space;

use styles::{effect, effects};

use super::options::Options;
use crate::config::{Config, parse_bool};
use crate::{Error, Result};

/// The labels of what is said and would not be said with `--quiet`.
pub(crate) const MESSAGE: &str = " ui.status";

/// What ends effects.
const STOP: &[u8] = b"\x1b[0m";

/// How labelled text is shown.
#[derive(Clone, Debug, Default)]
pub struct Colors {
    how: How,
    /// Whether words of lines that differ are compared.
    by_words: bool,
}

#[derive(Clone, Debug, Default)]
enum How {
    /// As it is.
    #[default]
    None,
    /// With its labels, for those who write styles.
    Labels,
    /// With the effects of its labels, which are the numbers behind semicolons.
    Effects(HashMap<Vec<u8>, Vec<u8>>),
}

impl How {
    fn of(config: &Config, options: &Options, is_paged: bool) -> Result<How> {
        let environment = config.environment();
        let option = options.value("color").map(|color| color.as_encoded_bytes());
        let option = option.filter(|color| !color.is_empty());
        if environment.is_plain("color") {
            return Ok(How::None);
        }
        let color = option.or_else(|| config.get("ui", "color"));
        let color = color.unwrap_or(b"auto");
        let is_always = match color {
            b"debug" => return Ok(How::Labels),
            b"auto" => false,
            b"always" => true,
            other if parse_bool(other) == Some(true) => option.is_some(),
            _ => return Ok(How::None),
        };
        let is_dumb = environment.var("TERM") == Some(b"dumb");
        if !is_always && (is_dumb || !is_formatted(config)?) {
            return Ok(How::None);
        }
        let mode = config.get("color", "mode").unwrap_or(b"auto");
        let of_pager = config.get("color", "pagermode").filter(|_| is_paged);
        match of_pager.unwrap_or(mode) {
            b"auto" | b"ansi" => effects(config).map(How::Effects),
            b"terminfo" => Err(Error::unsupported("colours as terminfo has them")),
            _ => Ok(How::None),
        }
    }
}

impl Colors {
    /// Returns the colours of a command line; `is_paged` tells that a pager will show them.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for what is left to Mercurial: descriptions of terminals, and
    /// effects that are not known; [`Error::Config`] for what is no configuration.
    pub(super) fn of(config: &Config, options: &Options, is_paged: bool) -> Result<Colors> {
        let is_plain = config.environment().is_plain("");
        Ok(Colors {
            how: How::of(config, options, is_paged)?,
            by_words: !is_plain && config.bool("diff", "word-diff", false)?,
        })
    }

    /// Returns a text as it is shown with labels, which have spaces between them.
    pub fn label<'t>(&self, text: &'t [u8], labels: impl AsRef<[u8]>) -> Cow<'t, [u8]> {
        match &self.how {
            How::None => Cow::Borrowed(text),
            How::Labels if text.is_empty() || labels.as_ref().is_empty() => Cow::Borrowed(text),
            How::Labels => {
                let (line, end): (_, &[u8]) = match text.strip_suffix(b"\n") {
                    Some(line) => (line, b"\n"),
                    None => (text, b""),
                };
                Cow::Owned([b"[", labels.as_ref(), b"|", line, b"]", end].concat())
            }
            How::Effects(known) => {
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
        matches!(self.how, How::None)
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
