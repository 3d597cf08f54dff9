// SPDX-License-Identifier: GPL-2.0-or-later

//! The kinds of patterns.

/// The kind of a pattern, which says how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A regular expression, from the root on.
    Re,
    /// A glob, relative to the working directory.
    Glob,
    /// A file or directory, from the root on.
    Path,
    /// A file, from the root on.
    FilePath,
    /// A glob from any directory on.
    RelGlob,
    /// A file or directory, relative to the working directory.
    RelPath,
    /// A regular expression that may match anywhere.
    RelRe,
    /// A glob, from the root on.
    RootGlob,
    /// A file that lists patterns, one a line.
    ListFile,
    /// A file that lists patterns, with NULs in between.
    ListFile0,
    /// A fileset.
    Set,
    /// A file such as `.hgignore`.
    Include,
    /// A file such as `.hgignore`, for the directory in which it is.
    SubInclude,
    /// The files of a directory, from the root on, without those below.
    RootFilesIn,
}

/// All kinds by their names.
const NAMES: [(&str, Kind); 14] = [
    ("re", Kind::Re),
    ("glob", Kind::Glob),
    ("path", Kind::Path),
    ("filepath", Kind::FilePath),
    ("relglob", Kind::RelGlob),
    ("relpath", Kind::RelPath),
    ("relre", Kind::RelRe),
    ("rootglob", Kind::RootGlob),
    ("listfile", Kind::ListFile),
    ("listfile0", Kind::ListFile0),
    ("set", Kind::Set),
    ("include", Kind::Include),
    ("subinclude", Kind::SubInclude),
    ("rootfilesin", Kind::RootFilesIn),
];

impl Kind {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        let mut names = NAMES.iter();
        names
            .find(|(_, kind)| *kind == self)
            .map_or("", |&(name, _)| name)
    }

    /// Returns the kind with a name.
    pub fn from_name(name: &[u8]) -> Option<Kind> {
        let mut names = NAMES.iter();
        names
            .find(|(known, _)| known.as_bytes() == name)
            .map(|&(_, kind)| kind)
    }
}
