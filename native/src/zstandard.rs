// SPDX-License-Identifier: GPL-2.0-or-later

//! What Mercurial asks of the module `zstandard`, for interpreters that have none.
//!
//! Names, parameters and messages are that module's.

use std::ffi::CStr;

use hpy_bindings::{
    Bytes, BytesLike, Ctx, Exception, PyErr, PyResult, Shared, pyclass, pyexception, pymethods,
};
use vermilion_core::revlog::zstd::{
    COMPRESSION_INPUT, Compression, Compressor, DECOMPRESSION_INPUT, Decompression, Decompressor,
    Error,
};

const FLUSH_FINISH: u32 = 0;
const FLUSH_BLOCK: u32 = 1;

/// The module's constants, by their names in Python.
pub const CONSTANTS: [(&CStr, u32); 4] = [
    (c"COMPRESSOBJ_FLUSH_FINISH", FLUSH_FINISH),
    (c"COMPRESSOBJ_FLUSH_BLOCK", FLUSH_BLOCK),
    (
        c"COMPRESSION_RECOMMENDED_INPUT_SIZE",
        COMPRESSION_INPUT as u32,
    ),
    (
        c"DECOMPRESSION_RECOMMENDED_INPUT_SIZE",
        DECOMPRESSION_INPUT as u32,
    ),
];

/// Work on so many bytes is done without the interpreter.
const LONG: usize = 1 << 14;
/// What one piece of data may give; a revision has no more.
const LIMIT: usize = i32::MAX as usize;

/// Compression or decompression has failed, or is asked of what has ended.
#[pyexception(module = "vermilion._native", extends = Exception::Exception)]
pub struct ZstdError;

/// Returns the exception of an error; `doing` is said before the library's words, and `ended` of
/// what has ended.
fn exception(error: Error, doing: &str, ended: &str) -> PyErr {
    match error {
        Error::Library(what) => ZstdError::new_err(format!("{doing}: {what}")),
        Error::Ended => ZstdError::new_err(ended.to_owned()),
        Error::Parameter(what) => PyErr::new(Exception::Value, what),
        Error::Memory => PyErr::new(Exception::Memory, error.to_string()),
        error => ZstdError::new_err(format!("{doing}: {error}")),
    }
}

/// Changes a stream, which its object does without meanwhile where the work is long.
fn change<C, T: Send, R: Send>(
    ctx: Ctx<'_>,
    this: &Shared<C>,
    part: fn(&mut C) -> &mut Option<T>,
    long: bool,
    work: impl FnOnce(&mut T) -> R + Send,
) -> PyResult<R> {
    let busy = || PyErr::new(Exception::Runtime, "the object is used by another thread");
    let mut object = this.borrow_mut(ctx)?;
    if !long {
        return part(&mut object).as_mut().map(work).ok_or_else(busy);
    }
    let mut stream = part(&mut object).take().ok_or_else(busy)?;
    drop(object);
    let result = ctx.leave_python(|| work(&mut stream));
    *part(&mut *this.borrow_mut(ctx)?) = Some(stream);
    Ok(result)
}

/// Compresses data.
///
/// A level is at most 22; threads is taken, and makes no difference.
#[pyclass(module = "vermilion._native")]
pub struct ZstdCompressor(Compressor);

#[pymethods]
impl ZstdCompressor {
    #[new]
    #[py(signature = (level=3, *, threads=0))]
    fn new(level: i32, threads: i32) -> PyResult<Self> {
        let _ = threads; // the frame is a right one with any number of them
        let made = Compressor::new(level);
        made.map(ZstdCompressor)
            .map_err(|error| exception(error, "", ""))
    }

    /// Returns data as one frame, in which its length is stated.
    fn compress(&self, ctx: Ctx<'_>, data: BytesLike<'_>) -> PyResult<Bytes> {
        let (compressor, data) = (self.0, &*data);
        let frame = if data.len() < LONG {
            compressor.compress(data)
        } else {
            ctx.leave_python(|| compressor.compress(data))
        };
        frame
            .map(Bytes)
            .map_err(|error| exception(error, "cannot compress", ""))
    }

    /// Begins a frame whose data comes in pieces.
    fn compressobj(&self) -> ZstdCompressionObj {
        ZstdCompressionObj(Some(self.0.stream()))
    }
}

/// A frame that is being written.
#[pyclass(module = "vermilion._native")]
pub struct ZstdCompressionObj(Option<Compression>);

#[pymethods]
impl ZstdCompressionObj {
    /// Takes a piece of data; returns what there is of the frame by now.
    fn compress(this: Shared<Self>, ctx: Ctx<'_>, data: BytesLike<'_>) -> PyResult<Bytes> {
        let data = &*data;
        let work = |stream: &mut Compression| stream.compress(data);
        let written = change(ctx, &this, |this| &mut this.0, data.len() >= LONG, work)?;
        let ended = "cannot call compress() after compressor finished";
        written
            .map(Bytes)
            .map_err(|error| exception(error, "zstd compress error", ended))
    }

    /// Returns the rest of the frame and ends it, or what a reader needs for all data so far.
    #[py(signature = (flush_mode=0))]
    fn flush(this: Shared<Self>, ctx: Ctx<'_>, flush_mode: i32) -> PyResult<Bytes> {
        let work = match u32::try_from(flush_mode) {
            Ok(FLUSH_FINISH) => Compression::finish,
            Ok(FLUSH_BLOCK) => Compression::flush,
            _ => return Err(PyErr::new(Exception::Value, "flush mode not recognized")),
        };
        let written = change(ctx, &this, |this| &mut this.0, true, work)?;
        let ended = "compressor object already finished";
        written
            .map(Bytes)
            .map_err(|error| exception(error, "error ending compression stream", ended))
    }
}

/// Decompresses data.
///
/// A frame that needs more than max_window_size bytes of memory for what was there before is
/// refused; 0 stands for 128 MiB.
#[pyclass(module = "vermilion._native")]
pub struct ZstdDecompressor(Decompressor);

#[pymethods]
impl ZstdDecompressor {
    #[new]
    #[py(signature = (*, max_window_size=0))]
    fn new(max_window_size: isize) -> PyResult<Self> {
        if max_window_size == 0 {
            return Ok(ZstdDecompressor(Decompressor::default()));
        }
        let bytes = u64::try_from(max_window_size).unwrap_or(u64::MAX);
        Decompressor::with_max_window(bytes)
            .map(ZstdDecompressor)
            .map_err(|error| ZstdError::new_err(format!("unable to set max window size: {error}")))
    }

    /// Begins to read a frame that comes in pieces.
    fn decompressobj(&self) -> ZstdDecompressionObj {
        ZstdDecompressionObj(Some(self.0.stream()))
    }
}

/// A frame that is being read.
#[pyclass(module = "vermilion._native")]
pub struct ZstdDecompressionObj(Option<Decompression>);

#[pymethods]
impl ZstdDecompressionObj {
    /// Takes a piece of the frame; returns what it gives. What is behind the frame is ignored;
    /// another call is then an error.
    fn decompress(this: Shared<Self>, ctx: Ctx<'_>, data: BytesLike<'_>) -> PyResult<Bytes> {
        let data = &*data;
        let work = |stream: &mut Decompression| stream.decompress(data, LIMIT);
        let read = change(ctx, &this, |this| &mut this.0, data.len() >= LONG, work)?;
        let ended = "cannot use a decompressobj multiple times";
        read.map(Bytes)
            .map_err(|error| exception(error, "zstd decompressor error", ended))
    }
}
