// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg root`: where the repository is.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::{Command, FLAG, TEMPLATE};
use crate::Result;
use crate::program::invocation::Invocation;
use crate::template::{Field, Fields};

pub(super) const COMMAND: Command = Command {
    names: &["root"],
    options: &[(' ', "share-source", FLAG), TEMPLATE],
    is_paged: false,
    is_wordless: true,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["share-source"])?;
    hg.refuse_words()?;
    let root = hg.repository()?.root().as_os_str().as_bytes().to_vec();
    if let Some(mut formatter) = hg.formatter("root", &["reporoot", "hgpath", "storepath"])? {
        let repository = hg.repository()?;
        let path = |path: &Path| Field::text(path.as_os_str().as_bytes());
        let item = Fields::new().with("reporoot", Field::text(root));
        let item = item.with("hgpath", path(repository.dot_hg()));
        formatter.add(item.with("storepath", path(repository.store()?.dir())));
        return formatter.print(hg).map(|()| 0);
    }
    hg.out.line(root);
    Ok(0)
}
