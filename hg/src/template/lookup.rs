// SPDX-License-Identifier: GPL-2.0-or-later

//! Which template is meant: by an option, or by the configuration.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::alias::Aliases;
use super::compile::Library;
use super::map_file::{self, Map};
use super::styles;
use crate::config::Config;
use crate::program::invocation::Invocation;
use crate::text::lossy;
use crate::{Error, Result};

/// A template that is meant.
#[derive(Debug)]
pub(crate) enum Spec {
    /// JSON, with all fields that a command has.
    Json,
    /// A template, with what may be put around the items that it shows.
    Template(Box<Template>),
}

impl Spec {
    /// Tells whether it is JSON, with all fields or some.
    pub(super) fn is_json(&self) -> bool {
        match self {
            Spec::Json => true,
            Spec::Template(template) => template.part("docheader") == Some(b"json:docheader"),
        }
    }
}

/// A template with its parts.
#[derive(Debug)]
pub(crate) struct Template {
    pub(super) library: Library,
    parts: HashMap<&'static str, Vec<u8>>,
}

impl Template {
    /// Returns the name of the template for a part of the output, such as `docheader`.
    pub(super) fn part(&self, part: &str) -> Option<&[u8]> {
        self.parts.get(part).map(|name| &name[..])
    }
}

/// The parts that may be around items.
const PARTS: [&str; 5] = ["docheader", "docfooter", "separator", "header", "footer"];

/// The text of a template, the ones with names beside it, and which of these are parts.
struct Text {
    whole: Vec<u8>,
    named: HashMap<Vec<u8>, Vec<u8>>,
    parts: HashMap<&'static str, Vec<u8>>,
    aliases: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Text {
    fn compile(self, hg: &Invocation) -> Result<Spec> {
        if !self.whole.is_ascii() && hg.text(&self.whole)? != self.whole {
            return Err(Error::unsupported("a template in another encoding"));
        }
        let pairs = self.aliases.iter();
        let aliases = Aliases::new(pairs.map(|(name, value)| (&name[..], value)));
        let library = Library::new(&self.whole, &self.named, &aliases)?;
        Ok(Spec::Template(Box::new(Template {
            library,
            parts: self.parts,
        })))
    }
}

/// Returns text without the quotes around it.
fn unquoted(text: &[u8]) -> &[u8] {
    match text {
        [first @ (b'"' | b'\''), inside @ .., last] if first == last => inside,
        _ => text,
    }
}

/// Returns a template as it is written, beside those that are configured.
fn literal(hg: &Invocation, whole: &[u8]) -> Text {
    let mut named = styles::always();
    named.extend(configured(&hg.config));
    Text {
        whole: whole.to_vec(),
        named,
        parts: HashMap::new(),
        aliases: (hg.config.items("templatealias").into_iter())
            .map(|(name, item)| (name.to_vec(), item.value.clone()))
            .collect(),
    }
}

/// The template that sums a changeset up where none is configured: its number and node, its names but that
/// of its branch, and the first line of its description.
const SUMMARY: &[u8] = b"{separate(' ', '{rev}:{node|short}', join(filter(namespaces % \
    '{if(ifeq(namespace, \"branches\", \"\", \"y\"), join(names, \" \"))}'), ' '))} \"{desc|firstline}\"";

/// Returns the template that sums a changeset up in one line.
pub(super) fn one_line_summary(config: &Config) -> Result<Library> {
    let set = config.get("command-templates", "oneline-summary");
    let text = set.filter(|set| !set.is_empty()).unwrap_or(SUMMARY);
    let pairs = config.items("templatealias");
    let aliases = Aliases::new(pairs.iter().map(|(name, item)| (*name, &item.value)));
    Library::new(text, &configured(config), &aliases)
}

/// Returns the templates that are configured, by their names.
fn configured(config: &Config) -> HashMap<Vec<u8>, Vec<u8>> {
    let items = config.items("templates").into_iter();
    let named = items.map(|(name, item)| (name.to_vec(), unquoted(&item.value).to_vec()));
    named.collect()
}

/// Returns the template of a style that is for a kind of items.
fn of_style(hg: &Invocation, name: &[u8], topic: &str) -> Result<Text> {
    let unknown = || Error::unsupported(format!("the style {}", lossy(name)));
    if name.contains(&b'/') {
        return of_map_file(hg, &hg.cwd().join(OsStr::from_bytes(name)), topic);
    }
    // A file in the current directory would be one as well.
    let file = [b"map-cmdline.", name].concat();
    if hg.cwd().join(OsStr::from_bytes(&file)).exists() {
        return Err(unknown());
    }
    let named = styles::find(name).ok_or_else(unknown)?;
    let aliases = Vec::new();
    of_map(hg, Map { named, aliases }, topic).ok_or_else(unknown)
}

/// Returns the template for a kind of items in a style that somebody wrote.
fn of_map_file(hg: &Invocation, path: &Path, topic: &str) -> Result<Text> {
    let map = map_file::read(path, hg.config.environment())?;
    for text in map.named.values() {
        if !text.is_ascii() && hg.text(text)? != *text {
            return Err(Error::unsupported("a template in another encoding"));
        }
    }
    let missing = || Error::unsupported(format!("{}: no {topic}", path.display()));
    of_map(hg, map, topic).ok_or_else(missing)
}

/// Returns the template for a kind of items among all of a style; `None` if there is none.
fn of_map(hg: &Invocation, map: Map, topic: &str) -> Option<Text> {
    let Map { named, aliases } = map;
    let mode = |part: &str| {
        let mut found = None;
        let modes = [
            ("", true),
            ("_verbose", hg.is_verbose()),
            ("_quiet", hg.is_quiet()),
        ];
        for (mode, is_on) in modes {
            let name = format!("{part}{mode}").into_bytes();
            if is_on && named.contains_key(&name) {
                found = Some(name);
            }
        }
        found
    };
    let is_log = topic == "changeset";
    let own = if is_log {
        mode(topic)
    } else {
        Some(topic.as_bytes().to_vec())
    };
    let whole = own.and_then(|own| named.get(&own))?.clone();
    let parts = PARTS.into_iter().filter_map(|part| {
        let name = if is_log {
            mode(part)
        } else {
            named.get(part.as_bytes()).map(|_| part.into())
        };
        Some((part, name?))
    });
    Some(Text {
        whole,
        parts: parts.collect(),
        named,
        aliases,
    })
}

/// Returns a template that is configured with a name.
fn of_name(hg: &Invocation, name: &[u8]) -> Option<Text> {
    let own = hg
        .config
        .get("templates", &lossy(name))
        .filter(|own| !own.is_empty())?;
    let mut text = literal(hg, unquoted(own));
    for part in PARTS {
        let name = [name, b":", part.as_bytes()].concat();
        if text.named.contains_key(&name) {
            text.parts.insert(part, name);
        }
    }
    Some(text)
}

/// Returns the template for JSON of what is in brackets.
fn of_json(hg: &Invocation, arguments: &[u8]) -> Text {
    let whole = [b"{dict(", arguments, b")|json}"].concat();
    let mut text = literal(hg, &whole);
    let around = [
        ("docheader", "[\n "),
        ("docfooter", "\n]\n"),
        ("separator", ",\n "),
    ];
    for (part, content) in around {
        let name = format!("json:{part}").into_bytes();
        text.named.insert(name.clone(), content.into());
        text.parts.insert(part, name);
    }
    text
}

/// Returns the template that a word on the command line means, for a kind of items.
fn of_word(hg: &Invocation, word: &[u8], topic: &str) -> Result<Spec> {
    if word.contains(&b'{') {
        return literal(hg, word).compile(hg);
    }
    if word == b"json" {
        return Ok(Spec::Json);
    }
    if let Some(arguments) = word
        .strip_prefix(b"json(")
        .and_then(|w| w.strip_suffix(b")"))
    {
        super::parser::whole_expression(word)?;
        return of_json(hg, arguments).compile(hg);
    }
    if matches!(word, b"cbor" | b"pickle" | b"debug" | b"list") || word.starts_with(b"cbor(") {
        return Err(Error::unsupported(format!("--template {}", lossy(word))));
    }
    if !word.contains(&b'/') {
        let file = [b"map-cmdline.", word].concat();
        if styles::find(word).is_some() || hg.cwd().join(OsStr::from_bytes(&file)).exists() {
            return of_style(hg, word, topic)?.compile(hg);
        }
    }
    if let Some(text) = of_name(hg, word) {
        return text.compile(hg);
    }
    let path = hg.cwd().join(OsStr::from_bytes(word));
    if word.iter().any(|byte| b"/\\".contains(byte)) && path.is_file() {
        let name = path.file_name().unwrap_or_default().as_bytes();
        if name.starts_with(b"map-") {
            let path = path.canonicalize().map_err(Error::unsupported)?;
            return of_map_file(hg, &path, topic)?.compile(hg);
        }
        return literal(hg, &map_file::content(&path)?).compile(hg);
    }
    literal(hg, word).compile(hg)
}

impl Invocation {
    /// Returns the template for items of a command, if one is asked for.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for what only Mercurial knows, and for whatever is wrong with it.
    pub(crate) fn item_template(&self, topic: &str) -> Result<Option<Spec>> {
        let Some(word) = self.options.value("template") else {
            return Ok(None);
        };
        of_word(self, word.as_bytes(), topic).map(Some)
    }

    /// Returns the template for changesets, if one is asked for or configured.
    ///
    /// # Errors
    /// As for [`Invocation::item_template`].
    pub(crate) fn log_template(&self) -> Result<Option<Spec>> {
        let template = self.options.value("template");
        let style = self.options.value("style").map(OsStr::as_bytes);
        if template.is_some() {
            return self.item_template("changeset");
        }
        let mut style = style.map(<[u8]>::to_vec);
        if style.is_none() {
            let items = [("command-templates", "log"), ("ui", "logtemplate")];
            let set = items
                .into_iter()
                .find_map(|(section, name)| self.config.get(section, name));
            if let Some(text) = set.filter(|text| !text.is_empty()) {
                return literal(self, unquoted(text)).compile(self).map(Some);
            }
            let set = self.config.get("ui", "style");
            style = set.map(|style| self.config.environment().expand(style));
        }
        let Some(style) = style.filter(|style| !style.is_empty()) else {
            return Ok(None);
        };
        of_style(self, &style, "changeset")?.compile(self).map(Some)
    }
}
