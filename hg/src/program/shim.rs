// SPDX-License-Identifier: GPL-2.0-or-later

//! A link called hg, for programs that call hg.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Puts a link `DIR/hg` to this program, which is at `own`. One that is there already is renewed, anything else left
/// alone.
pub(super) fn make(folder: &Path, own: &Path) -> io::Result<()> {
    let link = folder.join("hg");
    fs::create_dir_all(folder)?;
    match fs::symlink_metadata(&link) {
        Ok(found) if found.is_symlink() && is_ours(&link) => {}
        Ok(_) => {
            let reason = format!(
                "{}: is there, and is not a link to vermilion",
                link.display()
            );
            return Err(io::Error::other(reason));
        }
        Err(_) => {}
    }
    // In one step: programs may be calling it.
    let new = folder.join(format!(".hg-{}", std::process::id()));
    symlink(own, &new)?;
    fs::rename(&new, &link).inspect_err(|_| drop(fs::remove_file(&new)))?;
    super::say(&format!("{} -> {}\n", link.display(), own.display()))
}

fn is_ours(link: &Path) -> bool {
    fs::read_link(link).is_ok_and(|to| to.file_name().is_some_and(|name| name == "vermilion"))
}
