// SPDX-License-Identifier: GPL-2.0-or-later

//! What is known of Mercurial itself without starting it.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// No line that names an interpreter, and no file that tells a version, has more bytes.
const LONGEST: u64 = 4096;

/// Returns the interpreter that the first line of a script names.
pub(crate) fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut line = Vec::new();
    let file = BufReader::new(File::open(script).ok()?.take(LONGEST));
    { file }.read_until(b'\n', &mut line).ok()?;
    let line = String::from_utf8(line).ok()?;
    let path = line.strip_prefix("#!")?.split_whitespace().next()?;
    let is_python = Path::new(path).file_name()?.to_str()?.starts_with("py");
    is_python.then(|| PathBuf::from(path))
}

/// Returns the version of the Mercurial that a program hg would import, as far as the places tell
/// from which Python takes its packages: those of the environment, of the user, beside the program
/// and of its interpreter.
pub(crate) fn version(hg: &Path) -> Option<String> {
    let python = interpreter(hg);
    let beside = |program: &Path| Some(program.parent()?.parent()?.to_path_buf());
    let mut places: Vec<PathBuf> = env::var_os("PYTHONPATH")
        .map(|paths| env::split_paths(&paths).collect())
        .unwrap_or_default();
    let own = python.as_deref().and_then(beside);
    let is_shared = own
        .as_ref()
        .is_some_and(|own| !own.join("pyvenv.cfg").exists());
    let users = env::var_os("PYTHONUSERBASE").map(PathBuf::from);
    let users = users.or_else(|| Some(env::home_dir()?.join(".local")));
    let prefixes = [users.filter(|_| is_shared), beside(hg), own];
    for prefix in prefixes.into_iter().flatten() {
        let entries = fs::read_dir(prefix.join("lib")).into_iter().flatten();
        let mut folders: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let name = path.file_name().and_then(|name| name.to_str());
                name.is_some_and(|name| name.starts_with("py"))
            })
            .collect();
        folders.sort();
        for folder in folders {
            places.extend(["site-packages", "dist-packages"].map(|name| folder.join(name)));
        }
    }
    { places.iter() }.find_map(|place| told(&place.join("mercurial/__version__.py")))
}

/// Returns the first two numbers of a version.
pub(crate) fn series(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version
        .split(|letter: char| !letter.is_ascii_digit())
        .map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Returns the version that a module tells.
fn told(module: &Path) -> Option<String> {
    let mut text = String::new();
    let file = File::open(module).ok()?;
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    let mut lines = text.lines();
    let value = lines.find_map(|line| Some(line.split_once("version = ")?.1))?;
    let version = value.rsplit(['=', ' ', 'b']).next()?;
    let version = version.trim_matches(['"', '\'']);
    let is_one = version.starts_with(|letter: char| letter.is_ascii_digit());
    is_one.then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_where_mercurial_is_installed() {
        let scratch = tempfile::tempdir().expect("a folder");
        let root = scratch.path();
        let hg = root.join("bin/hg");
        fs::create_dir_all(root.join("bin")).expect("a folder");
        let python = root.join("elsewhere/bin/python3");
        fs::write(&hg, format!("#!{} -B\n", python.display())).expect("a script");
        let found = || version(&hg).and_then(|version| series(&version));
        assert_eq!(found(), None);
        for (place, line, expected) in [
            (
                "elsewhere/lib/python3/dist-packages",
                "version = b\"6.3.2\"",
                (6, 3),
            ),
            (
                "lib/python3.13/site-packages",
                "__version__ = version = '7.2.4'",
                (7, 2),
            ),
            (
                "lib/pypy3.11/site-packages",
                "version = '10.0rc1+2'",
                (10, 0),
            ),
        ] {
            let package = root.join(place).join("mercurial");
            fs::create_dir_all(&package).expect("a folder");
            let text = format!("# by hand\nversion: str\n{line}\n");
            fs::write(package.join("__version__.py"), text).expect("a module");
            assert_eq!(found(), Some(expected), "{line}");
        }
        for (line, expected) in [
            ("version = b\"6.3.2+hg12.3\"", Some("6.3.2+hg12.3")),
            ("__version__ = version = '7.2.4'", Some("7.2.4")),
            ("version = None", None),
        ] {
            let module = root.join("version.py");
            fs::write(&module, line).expect("a module");
            assert_eq!(told(&module).as_deref(), expected, "{line}");
        }
        assert_eq!(interpreter(&hg), Some(python));
    }
}
