// SPDX-License-Identifier: GPL-2.0-or-later

//! What a revision's data looks like where it is stored.
//!
//! Its first byte says how the rest is stored:
//!
//! | first byte | data |
//! | --- | --- |
//! | none | is empty |
//! | `\0` | as it is, this byte included |
//! | `u` | as it is, after this byte |
//! | `x` | a zlib stream, which begins with this byte |
//! | `(` | a zstd frame, which begins with this byte |
//!
//! As in Mercurial, what follows the end of a stream is ignored.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Display;

use flate2::{Decompress, FlushDecompress, Status};
use zstd_safe::{DCtx, InBuffer, OutBuffer, ResetDirective};

use crate::error::FileKind;
use crate::{Error, Result};

/// Reserved without asking what is going to come.
const SMALL: usize = 1 << 16;
/// The number of times that data is believed to be longer than its stored form.
const BELIEVED: usize = 64;

/// A fault within a stream.
enum Fault {
    /// It is not one.
    Bad(String),
    /// It gives more than is allowed.
    TooLong,
}

thread_local! {
    // Making these takes longer than decompressing what is usually in a file log.
    static ZLIB: RefCell<Decompress> = RefCell::new(Decompress::new(true));
    static ZSTD: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

/// Returns the data of a stored chunk.
///
/// `expected` is how long it probably is, 0 if that is not known, and `limit`
/// how long it may be. Memory grows with what really comes out, so neither a
/// wrong `expected` nor a wrong length inside the chunk costs any. What is
/// stored as it is is borrowed.
///
/// # Errors
/// - [`Error::Corrupt`], with `name`, for a stream that is damaged or cut short;
/// - [`Error::Unsupported`] for another way of storing data, which an extension of
///   Mercurial may have added, and for more data than `limit`.
pub fn decompress<'a>(
    chunk: &'a [u8],
    expected: usize,
    limit: usize,
    name: &dyn Display,
) -> Result<Cow<'a, [u8]>> {
    let room = Room {
        expected,
        limit,
        cut: false,
    };
    let data = fill(chunk, &room, name)?;
    if data.len() > limit {
        return Err(too_long(limit, name));
    }
    Ok(data)
}

/// Returns the first `len` bytes of the data of a stored chunk, or all if there are fewer.
///
/// # Errors
/// Those of [`decompress`], as far as what is read shows them.
pub fn beginning<'a>(chunk: &'a [u8], len: usize, name: &dyn Display) -> Result<Cow<'a, [u8]>> {
    let room = Room {
        expected: len,
        limit: len,
        cut: true,
    };
    Ok(match fill(chunk, &room, name)? {
        Cow::Borrowed(data) => Cow::Borrowed(&data[..data.len().min(len)]),
        Cow::Owned(mut data) => {
            data.truncate(len);
            Cow::Owned(data)
        }
    })
}

fn fill<'a>(chunk: &'a [u8], room: &Room, name: &dyn Display) -> Result<Cow<'a, [u8]>> {
    let inflated = match chunk.first() {
        None | Some(b'\0') => Ok(Cow::Borrowed(chunk)),
        Some(b'u') => Ok(Cow::Borrowed(&chunk[1..])),
        Some(b'x') => ZLIB
            .with_borrow_mut(|zlib| inflate(zlib, chunk, room))
            .map(Cow::Owned),
        Some(b'(') => ZSTD
            .with_borrow_mut(|zstd| unframe(zstd, chunk, room))
            .map(Cow::Owned),
        Some(kind) => {
            let reason = format!("the way of compression {kind:#04x} is not supported");
            return Err(Error::unsupported(FileKind::Revlog, name, reason));
        }
    };
    inflated.map_err(|fault| match fault {
        Fault::TooLong => too_long(room.limit, name),
        Fault::Bad(reason) => Error::corrupt(FileKind::Revlog, name, reason),
    })
}

#[cold]
fn too_long(limit: usize, name: &dyn Display) -> Error {
    let reason = format!("data that is longer than {limit} bytes is not expected");
    Error::unsupported(FileKind::Revlog, name, reason)
}

/// The amount of data that is wanted.
struct Room {
    /// How long it probably is, 0 if that is not known.
    expected: usize,
    limit: usize,
    /// What is beyond the limit is left out, instead of being an error.
    cut: bool,
}

impl Room {
    /// Returns how much to reserve for data that should have a length.
    fn reserve(&self, chunk: &[u8], expected: usize) -> usize {
        let believed = SMALL.max(chunk.len().saturating_mul(BELIEVED));
        expected.min(self.limit).min(believed)
    }

    /// Makes room for more, in proportion to what is there; false if there is enough.
    fn grow(&self, data: &mut Vec<u8>) -> Result<bool, Fault> {
        if data.len() > self.limit || self.cut && data.len() == self.limit {
            return if self.cut {
                Ok(false)
            } else {
                Err(Fault::TooLong)
            };
        }
        // One byte beyond the limit tells what is too long from what is just right.
        let more = data.len().max(SMALL / 16).min(self.limit - data.len() + 1);
        data.try_reserve_exact(more)
            .map_err(|e| Fault::Bad(e.to_string()))?;
        Ok(true)
    }
}

/// Decompresses a zlib stream.
fn inflate(zlib: &mut Decompress, chunk: &[u8], room: &Room) -> Result<Vec<u8>, Fault> {
    zlib.reset(true);
    let mut data = Vec::with_capacity(room.reserve(chunk, room.expected));
    loop {
        let before = (zlib.total_in(), data.len());
        let rest = &chunk[zlib.total_in() as usize..];
        let status = zlib
            .decompress_vec(rest, &mut data, FlushDecompress::None)
            .map_err(|e| Fault::Bad(format!("bad zlib data: {e}")))?;
        if status == Status::StreamEnd {
            return Ok(data);
        }
        if data.len() == data.capacity() {
            if !room.grow(&mut data)? {
                return Ok(data);
            }
        } else if before == (zlib.total_in(), data.len()) {
            return Err(Fault::Bad("zlib data is cut short".to_owned()));
        }
    }
}

/// Decompresses a zstd frame.
fn unframe(zstd: &mut DCtx<'static>, chunk: &[u8], room: &Room) -> Result<Vec<u8>, Fault> {
    // Short frames state their length, long ones, which are streamed, do not.
    let stated = zstd_safe::get_frame_content_size(chunk).ok().flatten();
    let expected = stated.map_or(room.expected, |len| {
        usize::try_from(len).unwrap_or(usize::MAX)
    });
    let mut data = Vec::with_capacity(room.reserve(chunk, expected));
    // In one go, without a window to copy from, if all is as expected.
    let all = expected > 0 && data.capacity() >= expected;
    if all && zstd.decompress(&mut data, chunk).is_ok() {
        return Ok(data);
    }
    data.clear();
    let bad = |code| {
        Fault::Bad(format!(
            "bad zstd data: {}",
            zstd_safe::get_error_name(code)
        ))
    };
    zstd.reset(ResetDirective::SessionOnly).map_err(bad)?;
    let mut input = InBuffer::around(chunk);
    loop {
        let before = (input.pos(), data.len());
        let mut output = OutBuffer::around_pos(&mut data, before.1);
        let left = zstd
            .decompress_stream(&mut output, &mut input)
            .map_err(bad)?;
        if left == 0 {
            return Ok(data);
        }
        if data.len() == data.capacity() {
            if !room.grow(&mut data)? {
                return Ok(data);
            }
        } else if before == (input.pos(), data.len()) {
            return Err(Fault::Bad("zstd data is cut short".to_owned()));
        }
    }
}
