// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg version`: that of Mercurial itself, which would answer what is not answered here.

use super::{Command, TEMPLATE};
use crate::program::invocation::Invocation;
use crate::program::mercurial;
use crate::template::{Field, Fields};
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["version"],
    options: &[TEMPLATE],
    is_paged: false,
    is_wordless: false,
    run,
};

/// The series of Mercurial whose text follows.
const SERIES: (u32, u32) = (7, 2);
/// What Mercurial prints below its version.
const LICENSE: &str = "\
(see https://mercurial-scm.org for more information)

Copyright (C) 2005-2026 Olivia Mackall and others
This is free software; see the source for copying conditions. There is NO
warranty; not even for MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.";

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse_words()?;
    let unknown = || Error::unsupported("the version of Mercurial is not known");
    let program = hg.config.environment().hg().ok_or_else(unknown)?;
    let version = mercurial::version(program).ok_or_else(unknown)?;
    let is_known = mercurial::series(&version) == Some(SERIES);
    if let Some(mut formatter) = hg.formatter("version", &["ver", "extensions"])? {
        if formatter.asks_for("extensions") || formatter.is_json() {
            return Err(Error::unsupported("the versions of extensions"));
        }
        formatter.add(Fields::new().with("ver", Field::text(version)));
        return formatter.print(hg).map(|()| 0);
    }
    if hg.is_verbose() {
        return Err(Error::unsupported("the versions of extensions"));
    }
    let first = format!("Mercurial Distributed SCM (version {version})");
    if hg.is_quiet() {
        hg.out.line(first);
    } else if is_known {
        hg.out.line(first);
        hg.out.line(LICENSE);
    } else {
        return Err(Error::unsupported("the license of another Mercurial"));
    }
    Ok(0)
}
