// SPDX-License-Identifier: GPL-2.0-or-later

//! The files that configuration is read from, and whom they belong to.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::environment::{Environment, normal_path};
use super::parse::{Line, lines};
use super::table::Table;
use super::users::{Owner, is_own};
use crate::{Error, Result};
use vermilion_core::error::system_words;
use vermilion_core::platform::ext::{FileTypeExt as _, OsStrExt as _, OsStringExt as _};
use vermilion_core::repository::Repository;

/// More than anybody writes.
const LONGEST: u64 = 16 << 20;
/// Files that include each other; Mercurial ends at some hundreds, by Python's limit.
const DEEPEST: usize = 100;
/// Files that one has included with those that they include, each as often as it is: two that each
/// name the next one twice would be read 2¹⁰⁰ times.
const MOST: usize = 1000;

/// Counts the files that one includes.
#[derive(Default)]
pub(super) struct Included {
    depth: usize,
    all: usize,
}

/// A file of configuration, read.
pub(super) struct File {
    path: PathBuf,
    metadata: Metadata,
    content: Vec<u8>,
}

impl File {
    /// Reads a file; returns `None` where Mercurial passes over one that it cannot open.
    pub(super) fn open(path: &Path) -> Result<Option<File>> {
        match File::read(path) {
            Ok(file) => Ok(Some(file)),
            Err(Error::Core(vermilion_core::Error::Io { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(path: &Path) -> Result<File> {
        let failed = |source| vermilion_core::Error::Io {
            path: path.into(),
            source,
        };
        let metadata = fs::metadata(path).map_err(failed)?;
        // A pipe can be read once, by Mercurial if not here.
        let kind = metadata.file_type();
        if kind.is_fifo() || kind.is_socket() {
            return Err(Error::unsupported(format!(
                "{}: not a file",
                path.display()
            )));
        }
        let mut content = Vec::new();
        let file = fs::File::open(path).map_err(failed)?;
        file.take(LONGEST + 1)
            .read_to_end(&mut content)
            .map_err(failed)?;
        if content.len() as u64 > LONGEST {
            return Err(Error::unsupported(format!("{}: too long", path.display())));
        }
        Ok(File {
            path: path.into(),
            metadata,
            content,
        })
    }

    /// Tells whether it belongs to who runs this, or to somebody among those who are trusted.
    pub(super) fn is_trusted(&self, users: &[Vec<u8>], groups: &[Vec<u8>]) -> bool {
        let everybody = |names: &[Vec<u8>]| names.iter().any(|name| name == b"*");
        if is_own(&self.metadata) || everybody(users) || everybody(groups) {
            return true;
        }
        let Owner { user, group, is_me } = Owner::of(&self.metadata);
        users.contains(&user) || groups.contains(&group) || is_me
    }

    /// Returns what hg says of a file that it does not trust.
    pub(super) fn distrust(&self) -> Vec<u8> {
        let path = self.path.as_os_str().as_bytes();
        let Owner { user, group, .. } = Owner::of(&self.metadata);
        let words: [&[u8]; 7] = [
            b"not trusting file ",
            path,
            b" from untrusted user ",
            &user,
            b", group ",
            &group,
            b"\n",
        ];
        words.concat()
    }
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

/// Returns the files that a member of `HGRCPATH` names: itself, or those in it that end in `.rc`.
pub(super) fn of_path(named: &[u8]) -> Vec<PathBuf> {
    let named = path(named);
    if named.is_dir() {
        in_folder(&named)
    } else {
        vec![named]
    }
}

fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.as_os_str().as_bytes().ends_with(b".rc"))
        .collect();
    paths.sort_unstable();
    paths
}

/// Returns the system's files: those beside the program hg, then those in `/etc`.
pub(super) fn of_system(environment: &Environment) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut add = |folder: PathBuf| {
        files.push(folder.join("hgrc"));
        files.extend(in_folder(&folder.join("hgrc.d")));
    };
    let beside = environment.hg().and_then(|hg| hg.parent()?.parent());
    if let Some(prefix) = beside.filter(|&prefix| prefix != Path::new("/")) {
        add(prefix.join("etc/mercurial"));
    }
    add(PathBuf::from("/etc/mercurial"));
    files.iter().map(|file| normal_path(file)).collect()
}

/// Returns the user's files.
pub(super) fn of_user(environment: &Environment) -> [PathBuf; 2] {
    let home = environment
        .var("XDG_CONFIG_HOME")
        .filter(|home| home.starts_with(b"/"));
    let home = home.map_or_else(|| environment.expand(b"~/.config"), <[u8]>::to_vec);
    let files = [
        path(&environment.expand(b"~/.hgrc")),
        path(&home).join("hg/hgrc"),
    ];
    files.map(|file| normal_path(&file))
}

/// Returns a repository's files: the source's of what is shared safely, its own, and what it
/// does not share.
pub(super) fn of_repository(repository: &Repository) -> Vec<PathBuf> {
    let dot_hg = repository.dot_hg();
    let mut files = Vec::new();
    if repository
        .requirements()
        .of_working_copy()
        .contains("share-safe")
    {
        files.extend(repository.share_source().map(|source| source.join("hgrc")));
    }
    files.extend([dot_hg.join("hgrc"), dot_hg.join("hgrc-not-shared")]);
    files
}

/// Reads what a file says into a table, with what it includes.
pub(super) fn parse(
    table: &mut Table,
    file: &File,
    environment: &Environment,
    included: &mut Included,
) -> Result<()> {
    let name = file.path.as_os_str().as_bytes();
    let source = |line: usize| [name, b":", line.to_string().as_bytes()].concat();
    let mut section: &[u8] = b"";
    let mut item: &[u8] = b"";
    for (number, line) in lines(&file.content) {
        match line {
            Line::Section(named) => {
                section = named;
                table.add_section(section);
            }
            Line::Item(named, value) => {
                item = named;
                table.set(section, item, value.to_vec(), source(number));
            }
            Line::Continued(more) => table.add_line(section, item, more, source(number)),
            Line::Unset(named) => table.unset(section, named),
            Line::Include(named) => {
                let named = path(&environment.expand(named));
                let folder = file.path.parent().unwrap_or(Path::new(""));
                let place = || String::from_utf8_lossy(&source(number)).into_owned();
                include(table, &named, folder, environment, included, place)?;
            }
            Line::Bad(text) => {
                let text = String::from_utf8_lossy(text);
                let message = if text.starts_with(' ') {
                    format!("unexpected leading whitespace: {text}")
                } else {
                    text.into_owned()
                };
                let location = Some(String::from_utf8_lossy(&source(number)).into_owned());
                return Err(Error::Config { message, location });
            }
        }
    }
    Ok(())
}

fn include(
    table: &mut Table,
    named: &Path,
    folder: &Path,
    environment: &Environment,
    included: &mut Included,
    place: impl Fn() -> String,
) -> Result<()> {
    if included.depth == DEEPEST || included.all == MOST {
        return Err(Error::unsupported(format!(
            "{}: included too deep",
            named.display()
        )));
    }
    match File::read(&normal_path(&folder.join(named))) {
        Ok(file) => {
            included.depth += 1;
            included.all += 1;
            let done = parse(table, &file, environment, included);
            included.depth -= 1;
            done
        }
        Err(Error::Core(vermilion_core::Error::Io { source, .. })) => {
            if source.kind() == ErrorKind::NotFound {
                return Ok(());
            }
            let why = system_words(&source);
            let message = format!("cannot include {} ({why})", named.display());
            Err(Error::Config {
                message,
                location: Some(place()),
            })
        }
        Err(error) => Err(error),
    }
}
