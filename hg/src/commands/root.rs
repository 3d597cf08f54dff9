// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg root`: where the repository is.

use std::os::unix::ffi::OsStrExt as _;

use super::{Command, FLAG, TEMPLATE};
use crate::Result;
use crate::program::invocation::Invocation;

pub(super) const COMMAND: Command = Command {
    names: &["root"],
    options: &[(' ', "share-source", FLAG), TEMPLATE],
    is_coloured: false,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["share-source", "template"])?;
    hg.refuse_words()?;
    let root = hg.repository()?.root().as_os_str().as_bytes().to_vec();
    hg.out.line(root);
    Ok(0)
}
