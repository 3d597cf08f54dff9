// SPDX-License-Identifier: GPL-2.0-or-later

//! zstd as streams, both ways: for revisions that are written, and for bundles.
//!
//! The format is RFC 8878's. [`compression`](super::compression) reads whole chunks of a revlog;
//! here data comes in pieces, of which nobody knows how much is still to come.
//!
//! Contexts, which are what takes time and memory to make, are kept for the next one by the
//! thread that used them, so the types here are little more than their parameters.

use std::cell::RefCell;
use std::thread::LocalKey;

use zstd_safe::{
    CCtx, CParameter, DCtx, DParameter, ErrorCode, InBuffer, OutBuffer, ResetDirective,
};

/// How much a stream of compressed data is best given at once, in bytes.
pub const COMPRESSION_INPUT: usize = 1 << 17;
/// How much a stream of data to decompress is best given at once: the largest block.
pub const DECOMPRESSION_INPUT: usize = (1 << 17) + 3;
/// The highest level of compression.
pub const MAX_LEVEL: i32 = 22;
/// A frame that needs a larger window than this many bytes, as a power of 2, is refused: zstd's
/// own bound.
const WINDOW_LOG: u32 = 27;

/// Reserved for what comes of a piece, before more is known.
const ROOM: usize = 1 << 17;
/// The number of times that data is believed to be longer than what is compressed of it.
const BELIEVED: usize = 64;
/// Contexts that a thread keeps, of either kind; how many bytes each may have.
const KEPT: usize = 2;
const KEPT_BYTES: usize = 16 << 20;

thread_local! {
    static COMPRESSORS: RefCell<Vec<CCtx<'static>>> = const { RefCell::new(Vec::new()) };
    static DECOMPRESSORS: RefCell<Vec<DCtx<'static>>> = const { RefCell::new(Vec::new()) };
}

/// An error of compression or decompression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The library says no: mostly that data is damaged.
    #[error("{0}")]
    Library(&'static str),
    /// The stream is at its end, and takes no more.
    #[error("the stream has ended")]
    Ended,
    /// A parameter that there is not.
    #[error("{0}")]
    Parameter(&'static str),
    /// One piece gives more than is allowed.
    #[error("one piece of data gives more than is expected")]
    TooLong,
    /// There is no memory for what comes out.
    #[error("not enough memory")]
    Memory,
}

type Result<T, E = Error> = std::result::Result<T, E>;

fn library(code: ErrorCode) -> Error {
    Error::Library(zstd_safe::get_error_name(code))
}

/// Makes room for at least `more` bytes.
fn reserve(data: &mut Vec<u8>, more: usize) -> Result<()> {
    data.try_reserve_exact(more).map_err(|_| Error::Memory)
}

/// Takes a context that this thread has kept, or makes one.
fn take<C>(kept: &'static LocalKey<RefCell<Vec<C>>>, make: fn() -> Option<C>) -> Result<C> {
    let found = kept.try_with(|kept| kept.borrow_mut().pop());
    found.ok().flatten().or_else(make).ok_or(Error::Memory)
}

/// Keeps a context for the next one, unless there are enough or it is large.
fn keep<C>(kept: &'static LocalKey<RefCell<Vec<C>>>, context: C, bytes: usize) {
    // At the end of a thread nothing is kept any more.
    let _ = kept.try_with(|kept| {
        let mut kept = kept.borrow_mut();
        if kept.len() < KEPT && bytes <= KEPT_BYTES {
            kept.push(context);
        }
    });
}

/// How data is to be compressed.
#[derive(Clone, Copy, Debug)]
pub struct Compressor {
    level: i32,
}

impl Compressor {
    /// Returns one of this level; levels below zstd's lowest are its lowest.
    ///
    /// # Errors
    /// [`Error::Parameter`] above [`MAX_LEVEL`].
    pub fn new(level: i32) -> Result<Self> {
        if level > MAX_LEVEL {
            return Err(Error::Parameter("level must be less than 23"));
        }
        Ok(Compressor { level })
    }

    fn context(self) -> Result<CCtx<'static>> {
        let mut context = take(&COMPRESSORS, CCtx::try_create)?;
        context
            .reset(ResetDirective::SessionAndParameters)
            .and_then(|_| context.set_parameter(CParameter::CompressionLevel(self.level)))
            .map_err(library)?;
        Ok(context)
    }

    /// Returns data as one frame, in which its length is stated.
    ///
    /// # Errors
    /// [`Error::Memory`]; [`Error::Library`] if zstd finds a fault with itself.
    pub fn compress(self, data: &[u8]) -> Result<Vec<u8>> {
        let mut context = self.context()?;
        let mut frame = Vec::new();
        reserve(&mut frame, zstd_safe::compress_bound(data.len()))?;
        context.compress2(&mut frame, data).map_err(library)?;
        let bytes = context.sizeof();
        keep(&COMPRESSORS, context, bytes);
        Ok(frame)
    }

    /// Begins a frame whose data comes in pieces.
    pub fn stream(self) -> Compression {
        Compression {
            compressor: self,
            context: None,
            state: Ok(()),
        }
    }
}

/// A frame that is being written.
pub struct Compression {
    compressor: Compressor,
    /// Once there is data.
    context: Option<CCtx<'static>>,
    /// An error that ended it, which comes up again.
    state: Result<()>,
}

impl Compression {
    /// Takes a piece of data; returns what there is of the frame by now, mostly nothing.
    ///
    /// # Errors
    /// [`Error::Ended`] after [`Compression::finish`]; else those of [`Compressor::compress`].
    pub fn compress(&mut self, data: &[u8]) -> Result<Vec<u8>> {
        let mut input = InBuffer::around(data);
        self.step(|context, output| {
            if input.pos() < data.len() {
                context.compress_stream(output, &mut input)?;
            }
            Ok(data.len() - input.pos())
        })
    }

    /// Returns the rest of what a reader needs for all data so far.
    ///
    /// # Errors
    /// Those of [`Compression::compress`].
    pub fn flush(&mut self) -> Result<Vec<u8>> {
        self.step(|context, output| context.flush_stream(output))
    }

    /// Ends the frame, and returns the rest of it.
    ///
    /// # Errors
    /// Those of [`Compression::compress`].
    pub fn finish(&mut self) -> Result<Vec<u8>> {
        let rest = self.step(|context, output| context.end_stream(output))?;
        self.state = Err(Error::Ended);
        self.release();
        Ok(rest)
    }

    /// Repeats a step, which returns how much it has left to do, and gathers what comes out.
    fn step(
        &mut self,
        step: impl FnMut(&mut CCtx<'static>, &mut OutBuffer<'_, Vec<u8>>) -> Result<usize, ErrorCode>,
    ) -> Result<Vec<u8>> {
        self.state?;
        let written = self.write(step);
        self.state = written.as_ref().map(drop).map_err(|error| *error);
        written
    }

    fn write(
        &mut self,
        mut step: impl FnMut(
            &mut CCtx<'static>,
            &mut OutBuffer<'_, Vec<u8>>,
        ) -> Result<usize, ErrorCode>,
    ) -> Result<Vec<u8>> {
        let context = match &mut self.context {
            Some(context) => context,
            None => self.context.insert(self.compressor.context()?),
        };
        let mut data = Vec::new();
        loop {
            if data.len() == data.capacity() {
                let more = data.len().max(ROOM);
                reserve(&mut data, more)?;
            }
            let before = data.len();
            let mut output = OutBuffer::around_pos(&mut data, before);
            if step(context, &mut output).map_err(library)? == 0 {
                return Ok(data);
            }
        }
    }

    fn release(&mut self) {
        if let Some(context) = self.context.take() {
            let bytes = context.sizeof();
            keep(&COMPRESSORS, context, bytes);
        }
    }
}

impl Drop for Compression {
    fn drop(&mut self) {
        self.release();
    }
}

/// What may be decompressed.
#[derive(Clone, Copy, Debug)]
pub struct Decompressor {
    window_log: u32,
}

impl Default for Decompressor {
    /// Returns one with zstd's own bound, 128 MiB.
    fn default() -> Self {
        Decompressor {
            window_log: WINDOW_LOG,
        }
    }
}

impl Decompressor {
    /// Returns one that refuses a frame for which it would need a larger window, which is memory:
    /// more than the greatest power of 2 that is not above `bytes`.
    ///
    /// # Errors
    /// [`Error::Parameter`] below 1 KiB and above 2 GiB.
    pub fn with_max_window(bytes: u64) -> Result<Self> {
        let window_log = bytes.checked_ilog2().unwrap_or(0);
        if !(10..=31).contains(&window_log) || bytes > 1 << 31 {
            return Err(Error::Parameter("Parameter is out of bound"));
        }
        Ok(Decompressor { window_log })
    }

    fn context(self) -> Result<DCtx<'static>> {
        let mut context = take(&DECOMPRESSORS, DCtx::try_create)?;
        context
            .reset(ResetDirective::SessionAndParameters)
            .and_then(|_| context.set_parameter(DParameter::WindowLogMax(self.window_log)))
            .map_err(library)?;
        Ok(context)
    }

    /// Begins to read a frame that comes in pieces.
    pub fn stream(self) -> Decompression {
        Decompression {
            decompressor: self,
            context: None,
            state: Ok(()),
        }
    }
}

/// A frame that is being read.
pub struct Decompression {
    decompressor: Decompressor,
    /// Once there is data.
    context: Option<DCtx<'static>>,
    /// What ended it, which comes up again.
    state: Result<()>,
}

impl Decompression {
    /// Returns whether the frame is at its end, or damaged.
    pub fn has_ended(&self) -> bool {
        self.state.is_err()
    }

    /// Takes a piece of the frame; returns what it gives, at most `limit` bytes. What is behind
    /// the frame's end is ignored. Memory grows with what really comes out.
    ///
    /// # Errors
    /// - [`Error::Ended`] after the frame's end, even if there is no data;
    /// - [`Error::Library`] for a frame that is damaged or needs a larger window, now and
    ///   whenever it is asked again;
    /// - [`Error::TooLong`], [`Error::Memory`].
    pub fn decompress(&mut self, piece: &[u8], limit: usize) -> Result<Vec<u8>> {
        self.state?;
        if piece.is_empty() {
            return Ok(Vec::new());
        }
        let read = self.read(piece, limit);
        self.state = match &read {
            Ok((_, ended)) if *ended => Err(Error::Ended),
            Ok(_) => Ok(()),
            Err(error) => Err(*error),
        };
        if self.has_ended() {
            self.release();
        }
        read.map(|(data, _)| data)
    }

    /// Returns what a piece gives, and whether it ends the frame.
    fn read(&mut self, piece: &[u8], limit: usize) -> Result<(Vec<u8>, bool)> {
        let mut data = Vec::new();
        let context = match &mut self.context {
            Some(context) => context,
            None => {
                // With room for all of it, a whole frame is read without a window to copy from, and
                // without a look at the window's size: that is no larger than the frame then.
                let stated = zstd_safe::get_frame_content_size(piece).ok().flatten();
                let stated = stated.unwrap_or(0);
                if stated <= 1 << self.decompressor.window_log {
                    let believed = ROOM.max(piece.len().saturating_mul(BELIEVED));
                    let stated = usize::try_from(stated).unwrap_or(usize::MAX);
                    reserve(&mut data, stated.min(limit).min(believed))?;
                }
                self.context.insert(self.decompressor.context()?)
            }
        };
        let mut input = InBuffer::around(piece);
        loop {
            if data.len() == data.capacity() {
                if data.len() > limit {
                    return Err(Error::TooLong);
                }
                // One byte beyond the limit tells what is too long from what is just right.
                let more = data.len().max(ROOM).min(limit - data.len() + 1);
                reserve(&mut data, more)?;
            }
            let before = data.len();
            let mut output = OutBuffer::around_pos(&mut data, before);
            let left = context
                .decompress_stream(&mut output, &mut input)
                .map_err(library)?;
            let ended = left == 0;
            // Where there is room left, all that there was has come out.
            if ended || input.pos() == piece.len() && data.len() < data.capacity() {
                return if data.len() > limit {
                    Err(Error::TooLong)
                } else {
                    Ok((data, ended))
                };
            }
        }
    }

    fn release(&mut self) {
        if let Some(context) = self.context.take() {
            let bytes = context.sizeof();
            keep(&DECOMPRESSORS, context, bytes);
        }
    }
}

impl Drop for Decompression {
    fn drop(&mut self) {
        self.release();
    }
}
