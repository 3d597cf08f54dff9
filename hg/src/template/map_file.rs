// SPDX-License-Identifier: GPL-2.0-or-later

//! Styles that people write: map files, which are templates with names and aliases of their own
//! (`hg help templates`; the format is that of configuration, a template in quotes or a file).

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use vermilion_core::error::FileKind;
use vermilion_core::platform::files;

use super::styles;
use crate::config::{Environment, Line, Table, lines, normal_path};
use crate::{Error, Result};

/// More bytes than these no template in a file has.
const LARGEST: u64 = 1 << 20;
/// Files that one map may be made of.
const MOST: usize = 100;

type Named = HashMap<Vec<u8>, Vec<u8>>;

/// What a map file says.
#[derive(Debug, Default)]
pub(super) struct Map {
    pub(super) named: Named,
    pub(super) aliases: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Returns the content of a file with a template.
///
/// # Errors
/// [`Error::Unsupported`] for what cannot be read, or is too long.
pub(super) fn content(path: &Path) -> Result<Vec<u8>> {
    files::read(FileKind::WorkingCopy, path, LARGEST).map_err(Error::unsupported)
}

/// Reads a map file, with what it includes and is based on, beside the templates that there always
/// are.
///
/// # Errors
/// [`Error::Unsupported`] for what Mercurial looks for beside its own styles, and for whatever is
/// wrong with it.
pub(super) fn read(path: &Path, environment: &Environment) -> Result<Map> {
    let mut reader = Reader {
        environment,
        files: 0,
    };
    let layers = reader.layers(path)?;
    let mut map = Map::default();
    // A template in quotes is found before one in a file, be that nearer.
    for (name, file) in &layers.files {
        map.named.insert(name.clone(), content(file)?);
    }
    map.named.extend(styles::always());
    map.named.extend(layers.quoted);
    map.aliases = layers.aliases;
    Ok(map)
}

#[derive(Default)]
struct Layers {
    quoted: Named,
    files: HashMap<Vec<u8>, PathBuf>,
    aliases: Vec<(Vec<u8>, Vec<u8>)>,
}

struct Reader<'e> {
    environment: &'e Environment,
    files: usize,
}

impl Reader<'_> {
    fn content(&mut self, path: &Path) -> Result<Vec<u8>> {
        self.files += 1;
        if self.files > MOST {
            let told = format!("{}: includes too many files", path.display());
            return Err(Error::unsupported(told));
        }
        content(path)
    }

    /// Reads a file and those that it is based on.
    fn layers(&mut self, path: &Path) -> Result<Layers> {
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let mut items = Table::default();
        self.items(path, &folder, &mut items)?;
        let is_quoted = |value: &[u8]| value.starts_with(b"'") || value.starts_with(b"\"");
        let mut layers = match items.get(b"templates", b"__base__") {
            Some(base) if !base.value.is_empty() && !is_quoted(&base.value) => {
                self.layers(&below(&folder, &base.value))?
            }
            _ => Layers::default(),
        };
        for (name, item) in items.items(b"templates") {
            let value = &item.value;
            let wrong = |why: &str| Error::unsupported(format!("{}: {why}", path.display()));
            match &value[..] {
                [] => return Err(wrong("a template without a value")),
                [quote @ (b'\'' | b'"'), rest @ ..] => {
                    let inside = match rest {
                        [] => value,
                        [inside @ .., last] if last == quote => inside,
                        _ => return Err(wrong("quotes that do not match")),
                    };
                    layers.quoted.insert(name.to_vec(), inside.to_vec());
                }
                _ if name == b"__base__" => {}
                file => {
                    layers.files.insert(name.to_vec(), folder.join(bytes(file)));
                }
            }
        }
        let aliases = items.items(b"templatealias").into_iter();
        layers
            .aliases
            .extend(aliases.map(|(name, item)| (name.to_vec(), item.value.clone())));
        Ok(layers)
    }

    /// Reads the items of a file, and of those that it includes: all are looked for in the folder of
    /// the first one.
    fn items(&mut self, path: &Path, folder: &Path, into: &mut Table) -> Result<()> {
        let content = self.content(path)?;
        let named = |section: &[u8]| -> Vec<u8> {
            let is_first = section.is_empty();
            (if is_first { b"templates" } else { section }).to_vec()
        };
        let mut section = named(b"");
        let mut name: Vec<u8> = Vec::new();
        for (_, line) in lines(&content) {
            match line {
                Line::Section(found) => section = named(found),
                Line::Item(found, value) => {
                    name = found.to_vec();
                    into.set(&section, &name, value.to_vec(), Vec::new());
                }
                Line::Continued(more) => into.add_line(&section, &name, more, Vec::new()),
                Line::Unset(found) => into.unset(&section, found),
                Line::Include(found) => {
                    let found = self.environment.expand(found);
                    self.items(&below(folder, &found), folder, into)?;
                }
                Line::Bad(_) => {
                    let told = format!("{}: not a map file", path.display());
                    return Err(Error::unsupported(told));
                }
            }
        }
        Ok(())
    }
}

fn bytes(name: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(name))
}

fn below(folder: &Path, name: &[u8]) -> PathBuf {
    normal_path(&folder.join(bytes(name)))
}
