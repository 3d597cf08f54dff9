// SPDX-License-Identifier: GPL-2.0-or-later

//! The standard library's extensions for Unix; on Windows traits of the same names, with
//! what is closest to them.

#[cfg(unix)]
pub use std::os::unix::ffi::{OsStrExt, OsStringExt};
#[cfg(unix)]
pub use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};

#[cfg(windows)]
pub use elsewhere::{FileExt, FileTypeExt, MetadataExt, OsStrExt, OsStringExt};

#[cfg(windows)]
mod elsewhere {
    use std::ffi::{OsStr, OsString};
    use std::fs::{File, FileType, Metadata};
    use std::io;
    use std::os::windows::fs::FileExt as _;
    use std::time::SystemTime;

    /// Has a character that no name of a file has on Windows: whoever opens it, fails.
    const NOT_UTF_8: &str = "<a name that is not UTF-8>";

    /// Names as bytes: these are UTF-8.
    pub trait OsStrExt {
        /// Returns the name of these bytes; one that no file has, if they are not UTF-8.
        fn from_bytes(bytes: &[u8]) -> &Self;

        /// Returns the name's bytes.
        fn as_bytes(&self) -> &[u8];
    }

    impl OsStrExt for OsStr {
        fn from_bytes(bytes: &[u8]) -> &OsStr {
            OsStr::new(std::str::from_utf8(bytes).unwrap_or(NOT_UTF_8))
        }

        fn as_bytes(&self) -> &[u8] {
            self.as_encoded_bytes()
        }
    }

    /// Names as bytes that are owned.
    pub trait OsStringExt {
        /// Returns the name of these bytes; one that no file has, if they are not UTF-8.
        fn from_vec(bytes: Vec<u8>) -> Self;

        /// Returns the name's bytes.
        fn into_vec(self) -> Vec<u8>;
    }

    impl OsStringExt for OsString {
        fn from_vec(bytes: Vec<u8>) -> OsString {
            String::from_utf8(bytes).map_or_else(|_| NOT_UTF_8.into(), OsString::from)
        }

        fn into_vec(self) -> Vec<u8> {
            self.into_encoded_bytes()
        }
    }

    /// What the system says of a file; zeros for what only Unix knows.
    pub trait MetadataExt {
        /// Returns 0 for the device: `file_system::identity` tells files apart.
        fn dev(&self) -> u64 {
            0
        }

        /// Returns 0 for the file's number.
        fn ino(&self) -> u64 {
            0
        }

        /// Returns 0 for the user whose file it is.
        fn uid(&self) -> u32 {
            0
        }

        /// Returns 0 for the group whose file it is.
        fn gid(&self) -> u32 {
            0
        }

        /// Returns 0 for kind and permissions.
        fn mode(&self) -> u32 {
            0
        }

        /// Returns the length in bytes.
        fn size(&self) -> u64;

        /// Returns the whole seconds of the time of the last modification.
        fn mtime(&self) -> i64;

        /// Returns the rest of that time.
        fn mtime_nsec(&self) -> i64;

        /// Returns 0 for the time of the last change of status.
        fn ctime(&self) -> i64 {
            0
        }

        /// Returns 0 for the rest of that time.
        fn ctime_nsec(&self) -> i64 {
            0
        }
    }

    impl MetadataExt for Metadata {
        fn size(&self) -> u64 {
            self.len()
        }

        fn mtime(&self) -> i64 {
            since_1970(self).0
        }

        fn mtime_nsec(&self) -> i64 {
            since_1970(self).1
        }
    }

    /// Returns the time of the last modification; 1970 for one before that.
    fn since_1970(metadata: &Metadata) -> (i64, i64) {
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let since = modified.duration_since(SystemTime::UNIX_EPOCH);
        let since = since.unwrap_or_default();
        (since.as_secs() as i64, i64::from(since.subsec_nanos()))
    }

    /// Kinds of files that only Unix knows: this is never one.
    pub trait FileTypeExt {
        /// Returns false.
        fn is_block_device(&self) -> bool {
            false
        }

        /// Returns false.
        fn is_char_device(&self) -> bool {
            false
        }

        /// Returns false.
        fn is_fifo(&self) -> bool {
            false
        }

        /// Returns false.
        fn is_socket(&self) -> bool {
            false
        }
    }

    impl FileTypeExt for FileType {}

    /// Reading at a place.
    pub trait FileExt {
        /// Fills the buffer with what is at this place of the file.
        ///
        /// # Errors
        /// Those of the system, and that the file ends before.
        fn read_exact_at(&self, buffer: &mut [u8], place: u64) -> io::Result<()>;
    }

    impl FileExt for File {
        fn read_exact_at(&self, mut buffer: &mut [u8], mut place: u64) -> io::Result<()> {
            while !buffer.is_empty() {
                let read = self.seek_read(buffer, place)?;
                if read == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                buffer = &mut buffer[read..];
                place += read as u64;
            }
            Ok(())
        }
    }
}
