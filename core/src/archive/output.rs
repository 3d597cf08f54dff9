// SPDX-License-Identifier: GPL-2.0-or-later

//! The file that an archive is written to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use bzip2::write::BzEncoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use lzma_rust2::{XzOptions, XzWriter};

use super::names::Kind;
use crate::{Error, Result};

/// Names that are tried for the file that becomes the archive.
const ATTEMPTS: u32 = 1000;
/// The level of xz that Python's `lzma` has where nothing else is said.
const XZ_LEVEL: u32 = 6;

/// A file that takes its place when it is complete, and is gone if it never is.
pub(super) struct Output {
    dest: PathBuf,
    /// Where it is written; nothing once it is in its place.
    part: Option<PathBuf>,
    encoder: Encoder,
}

enum Encoder {
    None(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Bzip2(BzEncoder<BufWriter<File>>),
    Xz(Box<XzWriter<BufWriter<File>>>),
    /// It is finished.
    Done,
}

impl Output {
    /// Opens a file beside `dest`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Invalid`] if there is something that is no file.
    pub(super) fn create(dest: &Path, kind: Kind, mtime: i64) -> Result<Output> {
        if fs::metadata(dest).is_ok_and(|metadata| !metadata.is_file()) {
            let message = format!("{}: is not a file to be replaced", dest.display());
            return Err(Error::Invalid(message));
        }
        let (part, file) = create_beside(dest)?;
        let file = BufWriter::with_capacity(1 << 16, file);
        // Removes the file if the rest fails.
        let mut output = Output {
            dest: dest.to_owned(),
            part: Some(part),
            encoder: Encoder::Done,
        };
        output.encoder = match kind {
            Kind::TarGz => {
                let header = GzBuilder::new().mtime(u32::try_from(mtime).unwrap_or(0));
                Encoder::Gzip(header.write(file, Compression::best()))
            }
            Kind::TarBz2 => Encoder::Bzip2(BzEncoder::new(file, bzip2::Compression::best())),
            Kind::TarXz => {
                let made = XzWriter::new(file, XzOptions::with_preset(XZ_LEVEL));
                Encoder::Xz(Box::new(made.map_err(|error| Error::io(dest, error))?))
            }
            _ => Encoder::None(file),
        };
        Ok(output)
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = match &mut self.encoder {
            Encoder::None(file) => file.write_all(bytes),
            Encoder::Gzip(encoder) => encoder.write_all(bytes),
            Encoder::Bzip2(encoder) => encoder.write_all(bytes),
            Encoder::Xz(encoder) => encoder.write_all(bytes),
            Encoder::Done => Ok(()),
        };
        written.map_err(|error| Error::io(&self.dest, error))
    }

    /// Ends the file, and puts it where it belongs.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn finish(mut self) -> Result<()> {
        let ended = self.end();
        ended.map_err(|error| Error::io(&self.dest, error))?;
        self.part = None;
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let mut file = match std::mem::replace(&mut self.encoder, Encoder::Done) {
            Encoder::None(file) => file,
            Encoder::Gzip(encoder) => encoder.finish()?,
            Encoder::Bzip2(encoder) => encoder.finish()?,
            Encoder::Xz(encoder) => encoder.finish()?,
            Encoder::Done => return Ok(()),
        };
        file.flush()?;
        match &self.part {
            Some(part) => fs::rename(part, &self.dest),
            None => Ok(()),
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // There is nobody to tell.
            let _ = fs::remove_file(part);
        }
    }
}

/// Creates a file in the same directory, of a name that nothing has there.
fn create_beside(dest: &Path) -> Result<(PathBuf, File)> {
    let name = dest.file_name().ok_or_else(|| {
        let message = format!("{}: is not the name of a file", dest.display());
        Error::Invalid(message)
    })?;
    let process = std::process::id();
    for attempt in 0..ATTEMPTS {
        let mut part = std::ffi::OsString::from(".");
        part.push(name);
        part.push(format!("-{process}-{attempt}~"));
        let part = dest.with_file_name(part);
        match OpenOptions::new().write(true).create_new(true).open(&part) {
            Ok(file) => return Ok((part, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io(dest, error)),
        }
    }
    Err(Error::io(dest, io::Error::from(ErrorKind::AlreadyExists)))
}
