// SPDX-License-Identifier: GPL-2.0-or-later

//! The users of the system: whose a file is, and where they are at home.

#[cfg(not(unix))]
pub(super) use elsewhere::{home_of, is_own, own_home};
#[cfg(unix)]
pub(super) use unix::{home_of, is_own, own_home};

/// To whom a file belongs.
pub(super) struct Owner {
    /// The user's name, or the number of one without.
    pub(super) user: Vec<u8>,
    /// The group's.
    pub(super) group: Vec<u8>,
    /// Whether the user has the name of the one who runs this.
    pub(super) is_me: bool,
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::fs::Metadata;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::PathBuf;

    use uzers::os::unix::UserExt as _;

    use super::Owner;

    /// Tells whether a file belongs to who runs this.
    pub(in super::super) fn is_own(metadata: &Metadata) -> bool {
        metadata.uid() == uzers::get_current_uid()
    }

    /// Returns the home of the user of a name.
    pub(in super::super) fn home_of(name: &[u8]) -> Option<PathBuf> {
        let user = uzers::get_user_by_name(OsStr::from_bytes(name));
        user.map(|user| user.home_dir().to_path_buf())
    }

    /// Returns the home of who runs this.
    pub(in super::super) fn own_home() -> Option<PathBuf> {
        let user = uzers::get_user_by_uid(uzers::get_current_uid())?;
        Some(user.home_dir().to_path_buf())
    }

    impl Owner {
        pub(in super::super) fn of(metadata: &Metadata) -> Owner {
            let user = user_name(metadata.uid());
            Owner {
                is_me: user == user_name(uzers::get_current_uid()),
                user,
                group: group_name(metadata.gid()),
            }
        }
    }

    fn user_name(uid: u32) -> Vec<u8> {
        let known = uzers::get_user_by_uid(uid).map(|user| user.name().as_bytes().to_vec());
        known.unwrap_or_else(|| uid.to_string().into_bytes())
    }

    fn group_name(gid: u32) -> Vec<u8> {
        let known = uzers::get_group_by_gid(gid).map(|group| group.name().as_bytes().to_vec());
        known.unwrap_or_else(|| gid.to_string().into_bytes())
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::fs::Metadata;
    use std::path::PathBuf;

    use super::Owner;

    /// Returns true: as Mercurial does there.
    pub(in super::super) fn is_own(_: &Metadata) -> bool {
        true
    }

    /// Returns `None`: others' homes are not known.
    pub(in super::super) fn home_of(_: &[u8]) -> Option<PathBuf> {
        None
    }

    /// Returns the home of who runs this.
    pub(in super::super) fn own_home() -> Option<PathBuf> {
        std::env::home_dir()
    }

    impl Owner {
        pub(in super::super) fn of(_: &Metadata) -> Owner {
            Owner {
                user: Vec::new(),
                group: Vec::new(),
                is_me: true,
            }
        }
    }
}
