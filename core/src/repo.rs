//! Finding the changelog of a Mercurial repository.
//!
//! Where it is, and whether it is of a kind that this crate reads, follows
//! from the repository's *requirements*: names that whoever opens it has to
//! know. They are in `.hg/requires`, with `share-safe` also in
//! `.hg/store/requires`; in a share the store is in another repository.

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::{files, Error, Index, Result, Rev};

/// Requirements that say nothing about the changelog's format, or that the
/// format is one of those that its header tells apart.
const KNOWN: &[&str] = &[
    "bookmarksinstore",
    "delta-info-revlog",
    "dirstate-tracked-key-v1",
    "dirstate-v2",
    "dotencode",
    "exp-archived-phase",
    "exp-copies-sidedata-changeset",
    "exp-remotefilelog-repo-req-1",
    "exp-sparse",
    "exp-very-fragile-and-unsafe-plain-store-encoding",
    "fileindex-v1",
    "fncache",
    "generaldelta",
    "internal-phase",
    "internal-phase-2",
    "largefiles",
    "lfs",
    "narrowhg-experimental",
    "persistent-nodemap",
    "relshared",
    "revlog-compression-zstd",
    "revlogv1",
    "share-safe",
    "shared",
    "sparserevlog",
    "store",
    "treemanifest",
];

/// How data is compressed does not matter for the index.
const COMPRESSION: &str = "exp-compression-";

/// Bytes that no list of requirements has, nor a path.
const SMALL: u64 = 1 << 20;

const CHANGELOG: &str = "00changelog.i";

/// Opens the changelog of a repository, or any revlog index file.
///
/// Takes a repository's root, its `.hg` directory or an index file, and returns
/// what [`Index::open`] does. A repository without a changelog file has no
/// changesets yet. Changes of a running transaction that only Mercurial's hooks
/// get to see (`00changelog.i.a`) are not seen.
///
/// # Errors
/// Those of [`changelog_path`] and [`Index::open`].
pub fn open(path: impl AsRef<Path>) -> Result<(Index, Vec<[Rev; 2]>)> {
    let path = path.as_ref();
    let changelog = changelog_path(path)?;
    match Index::open(&changelog) {
        Err(Error::Io { source, .. })
            if source.kind() == io::ErrorKind::NotFound && changelog != path =>
        {
            Ok((Index::empty(changelog), Vec::new()))
        }
        opened => opened,
    }
}

/// Where the changelog's index is, of a repository given by its root or its
/// `.hg` directory; anything but a directory is taken to be an index itself.
///
/// The file need not exist: a new repository has none.
///
/// # Errors
/// - [`Error::Io`] if there is no repository, no store, no source of a share,
///   or something cannot be read, with the path that is missing or unreadable;
/// - [`Error::Unsupported`] if the repository has requirements that Mercurial 7.2
///   does not have or that stand for another format of the changelog, naming
///   them;
/// - [`Error::Corrupt`] if a `requires` file makes no sense.
pub fn changelog_path(path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    let metadata = path.metadata().map_err(|e| Error::io(path, e))?;
    if metadata.is_dir() {
        Repository::find(path)?.changelog()
    } else {
        Ok(path.to_owned())
    }
}

/// The directories of a repository, and what its `requires` files say.
///
/// Each of these is read once, and only where Mercurial reads it.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    /// Its own `.hg` directory.
    pub(crate) dot_hg: PathBuf,
    /// The `.hg` directory that has the store; of a share it is another one's.
    pub(crate) base: PathBuf,
    own: BTreeSet<String>,
    /// Those of the repository that is shared.
    source: Option<BTreeSet<String>>,
    /// Those of the store, which only has some of its own with `share-safe`.
    store: BTreeSet<String>,
}

impl Repository {
    /// The repository with this root or `.hg` directory.
    ///
    /// # Errors
    /// Those of [`changelog_path`], without what concerns the changelog's format.
    pub(crate) fn find(path: &Path) -> Result<Repository> {
        let dot_hg = dot_hg(path)?;
        let own = read_requires(&dot_hg)?.unwrap_or_default();
        let (mut base, mut source) = (dot_hg.clone(), None);
        if own.contains("shared") || own.contains("relshared") {
            base = share_source(&dot_hg, own.contains("relshared"))?;
            // What the store requires is known where it is. A share made before its
            // source became share-safe, or after it ceased to be, does not know.
            source = Some(read_requires(&base)?.unwrap_or_default());
        }
        let mut found = Repository {
            dot_hg,
            base,
            own,
            source,
            store: BTreeSet::new(),
        };
        if found.all().contains("share-safe") {
            let store = found.base.join("store");
            found.store = read_requires(&store)?.ok_or_else(|| missing(&store.join("requires")))?;
        }
        Ok(found)
    }

    /// What is required of those who read the store.
    pub(crate) fn of_store(&self) -> BTreeSet<String> {
        self.source.as_ref().unwrap_or(&self.own) | &self.store
    }

    /// What is required of those who read the working copy.
    pub(crate) fn of_working_copy(&self) -> BTreeSet<String> {
        &self.own | &self.store
    }

    fn all(&self) -> BTreeSet<String> {
        &self.of_store() | &self.own
    }

    /// Where the changelog's index is.
    ///
    /// # Errors
    /// Those of [`changelog_path`].
    pub(crate) fn changelog(&self) -> Result<PathBuf> {
        let requirements = self.all();
        check(&requirements, &self.dot_hg)?;
        if !requirements.contains("store") {
            return Ok(self.base.join(CHANGELOG));
        }
        let store = self.base.join("store");
        if store.is_dir() {
            Ok(store.join(CHANGELOG))
        } else {
            Err(missing(&store))
        }
    }
}

/// The `.hg` directory of a repository given by that or by its root.
fn dot_hg(path: &Path) -> Result<PathBuf> {
    let inside = path.join(".hg");
    if inside.is_dir() {
        return Ok(inside);
    }
    let itself = path.file_name().is_some_and(|name| name == ".hg")
        || (path.join("requires").is_file() && path.join("store").is_dir());
    if itself {
        return Ok(path.to_owned());
    }
    Err(missing(&inside))
}

/// The `.hg` directory that has the store of a share.
fn share_source(dot_hg: &Path, relative: bool) -> Result<PathBuf> {
    let file = dot_hg.join("sharedpath");
    let content = files::read_if_there(&file, SMALL)?.ok_or_else(|| missing(&file))?;
    let end = content
        .iter()
        .rposition(|&b| b != b'\n')
        .map_or(0, |i| i + 1);
    let target = path_from(&content[..end])
        .filter(|target| !target.as_os_str().is_empty())
        .ok_or_else(|| Error::corrupt(file.display(), "is not a path"))?;
    let source = if relative {
        // Links in the part that is already there are followed, but `..` in
        // the stored path takes back its last name, as in Mercurial.
        let here = dot_hg.canonicalize().map_err(|e| Error::io(dot_hg, e))?;
        normal(&here.join(target))
    } else {
        target
    };
    if !source.exists() {
        return Err(missing(&source));
    }
    Ok(source)
}

/// A path without `.` and `..`, worked out from its names alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(unix)]
fn path_from(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(std::ffi::OsStr::from_bytes(bytes).into())
}

#[cfg(not(unix))]
fn path_from(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

/// The requirements in a directory's `requires` file; `None` without the file,
/// which did not exist before Mercurial 0.9.2.
fn read_requires(dir: &Path) -> Result<Option<BTreeSet<String>>> {
    let file = dir.join("requires");
    match files::read_if_there(&file, SMALL)? {
        Some(content) => parse_requires(&content, &file.to_string_lossy()).map(Some),
        None => Ok(None),
    }
}

/// Reads the content of a `requires` file: one requirement a line.
///
/// `name` is for messages. Bytes that are not UTF-8 are replaced, which makes
/// an unknown requirement of them.
///
/// # Errors
/// [`Error::Corrupt`] for an empty line or a requirement that does not begin
/// with a letter or digit.
pub fn parse_requires(content: &[u8], name: &str) -> Result<BTreeSet<String>> {
    let mut requirements = BTreeSet::new();
    let text = String::from_utf8_lossy(content);
    for line in text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .split_terminator('\n')
    {
        if !line.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            let reason = format!("{line:?} cannot be a requirement");
            return Err(Error::corrupt(name, reason));
        }
        requirements.insert(line.to_owned());
    }
    Ok(requirements)
}

/// Whether a requirement is one of a kind of repository that is known.
pub(crate) fn is_known(requirement: &str) -> bool {
    KNOWN.contains(&requirement) || requirement.starts_with(COMPRESSION)
}

/// Refuses requirements that are not known to leave the changelog readable.
fn check(requirements: &BTreeSet<String>, dot_hg: &Path) -> Result<()> {
    let unknown: Vec<&str> = requirements
        .iter()
        .map(String::as_str)
        .filter(|name| !is_known(name))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "the repository requires what is not supported: {}",
        unknown.join(", ")
    );
    Err(Error::unsupported(dot_hg.display(), reason))
}

fn missing(path: &Path) -> Error {
    // As the system would say it, with the number that goes with it.
    #[cfg(unix)]
    let error = io::Error::from_raw_os_error(libc::ENOENT);
    #[cfg(not(unix))]
    let error = io::Error::from(io::ErrorKind::NotFound);
    Error::io(path, error)
}
