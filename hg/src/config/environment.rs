// SPDX-License-Identifier: GPL-2.0-or-later

//! What a command gets from the one who calls it.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::users;
use vermilion_core::platform::ext::{OsStrExt as _, OsStringExt as _};

/// Variables, the current directory and the program hg: all that configuration depends on.
#[derive(Clone, Debug)]
pub struct Environment {
    variables: HashMap<OsString, OsString>,
    cwd: PathBuf,
    hg: Option<PathBuf>,
}

/// The languages of Mercurial 7.2 besides English, by how they begin.
const TRANSLATIONS: [&str; 11] = [
    "da", "de", "el", "fr", "it", "ja", "pt", "ro", "ru", "sv", "zh",
];

impl Environment {
    /// Returns the environment of this process.
    ///
    /// # Errors
    /// The system's, where the current directory is gone.
    pub fn of_process() -> io::Result<Environment> {
        Ok(Environment::new(
            std::env::vars_os(),
            std::env::current_dir()?,
        ))
    }

    /// Returns an environment with these variables, for commands in a directory.
    pub fn new(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        cwd: PathBuf,
    ) -> Environment {
        let variables = variables.into_iter().collect();
        Environment {
            variables,
            cwd,
            hg: None,
        }
    }

    /// Returns the same with a program hg: configuration is also beside it, in `../etc/mercurial`.
    #[must_use]
    pub fn with_hg(self, hg: Option<PathBuf>) -> Environment {
        Environment { hg, ..self }
    }

    /// Returns a variable, as bytes.
    pub fn var(&self, name: &str) -> Option<&[u8]> {
        Some(self.variables.get(OsStr::new(name))?.as_bytes())
    }

    /// Sets a variable.
    pub(super) fn set(&mut self, name: &str, value: &OsStr) {
        self.variables.insert(name.into(), value.to_owned());
    }

    /// Tells whether Mercurial may speak another language than English, by the variables that gettext
    /// reads.
    pub fn is_translated(&self) -> bool {
        let names = ["LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"];
        let set = names
            .iter()
            .find_map(|name| self.var(name).filter(|value| !value.is_empty()));
        let mut languages = set.unwrap_or_default().split(|&byte| byte == b':');
        let is_known = |language: &[u8]| {
            TRANSLATIONS
                .iter()
                .any(|known| language.starts_with(known.as_bytes()))
        };
        !self.is_plain("i18n") && languages.any(is_known)
    }

    /// Returns the current directory.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// Returns the program hg, if it is known.
    pub fn hg(&self) -> Option<&Path> {
        self.hg.as_deref()
    }

    /// Tells whether `HGPLAIN` or `HGPLAINEXCEPT` turns off what users have configured.
    ///
    /// The features are those of `hg help environment`, such as `alias`.
    pub fn is_plain(&self, feature: &str) -> bool {
        let (plain, except) = (self.var("HGPLAIN"), self.var("HGPLAINEXCEPT"));
        if plain.is_none() && except.is_none() {
            return false;
        }
        let is_strict =
            plain.is_some_and(|words| words.split(|&b| b == b',').any(|w| w == b"+strictflags"));
        let except = except.unwrap_or_default().trim_ascii();
        let is_excepted = except
            .split(|&byte| byte == b',')
            .any(|word| word == feature.as_bytes());
        !(is_excepted || feature == "strictflags" && !is_strict) || feature.is_empty()
    }

    /// Returns a path with variables and `~` or `~user` replaced; what is not known stays as it is.
    pub fn expand(&self, path: &[u8]) -> Vec<u8> {
        self.expand_user(&self.expand_variables(path))
    }

    fn expand_variables(&self, path: &[u8]) -> Vec<u8> {
        let mut expanded = Vec::with_capacity(path.len());
        let mut rest = path;
        while let Some(dollar) = memchr::memchr(b'$', rest) {
            expanded.extend_from_slice(&rest[..dollar]);
            rest = &rest[dollar..];
            let (name, width) = match rest.get(1) {
                Some(b'{') => match memchr::memchr(b'}', rest) {
                    Some(end) => (&rest[2..end], end + 1),
                    None => (&rest[..0], 1),
                },
                _ => {
                    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
                    let len = rest[1..].iter().take_while(is_word).count();
                    (&rest[1..=len], len + 1)
                }
            };
            match self.variables.get(OsStr::from_bytes(name)) {
                Some(value) if width > 1 => expanded.extend_from_slice(value.as_bytes()),
                _ => expanded.extend_from_slice(&rest[..width]),
            }
            rest = &rest[width..];
        }
        expanded.extend_from_slice(rest);
        expanded
    }

    fn expand_user(&self, path: &[u8]) -> Vec<u8> {
        let Some(rest) = path.strip_prefix(b"~") else {
            return path.to_vec();
        };
        let end = memchr::memchr(b'/', rest).unwrap_or(rest.len());
        let home = if end == 0 {
            self.home()
        } else {
            users::home_of(&rest[..end])
        };
        let Some(home) = home else {
            return path.to_vec();
        };
        let mut expanded = home.into_os_string().into_vec();
        while expanded.last() == Some(&b'/') {
            expanded.pop();
        }
        expanded.extend_from_slice(&rest[end..]);
        if expanded.is_empty() {
            b"/".to_vec()
        } else {
            expanded
        }
    }

    fn home(&self) -> Option<PathBuf> {
        if let Some(home) = self.variables.get(OsStr::new("HOME")) {
            return Some(PathBuf::from(home));
        }
        users::own_home()
    }
}

/// Returns a path without `.`, `..` and doubled slashes, not asking the file system.
pub fn normal_path(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match normal.components().next_back() {
                Some(Component::Normal(_)) => drop(normal.pop()),
                Some(Component::RootDir) => {}
                _ => normal.push(".."),
            },
            other => normal.push(other),
        }
    }
    if normal.as_os_str().is_empty() {
        normal.push(".");
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables = variables
            .iter()
            .map(|&(name, value)| (name.into(), value.into()));
        Environment::new(variables, PathBuf::from("/"))
    }

    #[test]
    fn paths_are_expanded() {
        let known = environment(&[("HOME", "/home/me/"), ("A", "x"), ("A_1", "y")]);
        for (path, wanted) in [
            ("~/b", "/home/me/b"),
            ("~", "/home/me"),
            ("b/~", "b/~"),
            ("~nobody-of-that-name/b", "~nobody-of-that-name/b"),
            ("$A/${A}$A_1$B${B}$", "x/xy$B${B}$"),
            ("${A", "${A"),
        ] {
            assert_eq!(known.expand(path.as_bytes()), wanted.as_bytes(), "{path}");
        }
    }

    #[test]
    fn languages() {
        let speaks = |pairs: &[(&str, &str)]| environment(pairs).is_translated();
        assert!(speaks(&[("LANG", "de_DE.UTF-8")]) && speaks(&[("LANGUAGE", "es:fr")]));
        assert!(!speaks(&[("LANG", "C.UTF-8")]) && !speaks(&[]));
        assert!(!speaks(&[("LANG", "de"), ("LC_ALL", "en_US")]));
        assert!(speaks(&[("LANG", "de"), ("LC_ALL", "")]));
        assert!(!speaks(&[("LANG", "de"), ("HGPLAIN", "1")]));
        assert!(speaks(&[
            ("LANG", "de"),
            ("HGPLAIN", "1"),
            ("HGPLAINEXCEPT", "i18n")
        ]));
    }

    #[test]
    fn plain_and_its_exceptions() {
        assert!(!environment(&[]).is_plain("alias"));
        assert!(environment(&[("HGPLAIN", "")]).is_plain("alias"));
        let but = environment(&[("HGPLAINEXCEPT", "alias,color")]);
        assert!(!but.is_plain("alias") && but.is_plain("revsetalias") && but.is_plain(""));
        assert!(!environment(&[("HGPLAIN", "1")]).is_plain("strictflags"));
        assert!(environment(&[("HGPLAIN", "+strictflags")]).is_plain("strictflags"));
    }

    #[test]
    fn normal_paths() {
        for (path, wanted) in [
            ("/a/./b/../c//d", "/a/c/d"),
            ("a/..", "."),
            ("../a", "../a"),
            ("/..", "/"),
        ] {
            assert_eq!(normal_path(Path::new(path)), Path::new(wanted), "{path}");
        }
    }
}
