//! The class `blake3`.

use std::path::PathBuf;

use blake3::Hasher;
use hpy_bindings::{Bytes, Ctx, Exception, Mutex, PyErr, PyResult, ThisObject, pyclass, pymethods};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::data::Data;

/// The least number of bytes for which Python is left: a thread that comes back may have to wait.
const WORTH_LEAVING: usize = 2048;
/// The length of a digest unless another one is asked for.
const LENGTH: usize = blake3::OUT_LEN;
const AUTO: isize = -1;

/// Hashes bytes, in as many pieces as one likes.
#[pyclass(name = "blake3", module = "blake3", frozen)]
pub struct Blake3 {
    hasher: Mutex<Hasher>,
    threads: Threads,
}

/// The threads that one computation may use.
enum Threads {
    One,
    All,
    Pool(usize, ThreadPool),
}

impl Threads {
    fn new(count: isize) -> PyResult<Self> {
        match count {
            1 => Ok(Threads::One),
            AUTO => Ok(Threads::All),
            _ => {
                let wrong = |_| PyErr::new(Exception::Value, "not a valid number of threads");
                let count = usize::try_from(count).map_err(wrong)?;
                if count == 0 {
                    return Err(PyErr::new(
                        Exception::Value,
                        "not a valid number of threads",
                    ));
                }
                Threads::pool(count)
            }
        }
    }

    fn pool(count: usize) -> PyResult<Self> {
        let made = ThreadPoolBuilder::new().num_threads(count).build();
        let failed = |error| PyErr::from_error(Exception::Runtime, &error);
        Ok(Threads::Pool(count, made.map_err(failed)?))
    }

    fn try_clone(&self) -> PyResult<Self> {
        match self {
            Threads::One => Ok(Threads::One),
            Threads::All => Ok(Threads::All),
            Threads::Pool(count, _) => Threads::pool(*count),
        }
    }

    fn update(&self, hasher: &mut Hasher, data: &[u8]) {
        let all = |hasher: &mut Hasher| {
            hasher.update_rayon(data);
        };
        match self {
            Threads::One => {
                hasher.update(data);
            }
            Threads::All => all(hasher),
            Threads::Pool(_, pool) => pool.install(|| all(hasher)),
        }
    }

    fn update_mmap(&self, hasher: &mut Hasher, path: PathBuf) -> std::io::Result<()> {
        match self {
            Threads::One => hasher.update_mmap(path).map(drop),
            Threads::All => hasher.update_mmap_rayon(path).map(drop),
            Threads::Pool(_, pool) => pool.install(|| hasher.update_mmap_rayon(path).map(drop)),
        }
    }
}

/// Does some work, without Python if it is worth that.
fn work<R: Send>(ctx: Ctx<'_>, size: usize, work: impl FnOnce() -> R + Send) -> R {
    if size < WORTH_LEAVING {
        work()
    } else {
        ctx.leave_python(work)
    }
}

impl Blake3 {
    /// Writes a part of the digest.
    fn write(&self, ctx: Ctx<'_>, seek: u64, part: &mut [u8]) -> PyResult<()> {
        let mut reader = self.hasher.lock(ctx)?.finalize_xof();
        reader.set_position(seek);
        work(ctx, part.len(), || reader.fill(part));
        Ok(())
    }

    /// Returns likewise as many bytes as are asked for.
    fn read(&self, ctx: Ctx<'_>, length: usize, seek: u64) -> PyResult<Vec<u8>> {
        let mut digest = Vec::new();
        if isize::try_from(length).is_err() {
            return Err(PyErr::new(Exception::Overflow, "the length is too large"));
        }
        let no_memory = |_| PyErr::new(Exception::Memory, "the length is too large");
        digest.try_reserve_exact(length).map_err(no_memory)?;
        digest.resize(length, 0);
        self.write(ctx, seek, &mut digest)?;
        Ok(digest)
    }
}

#[pymethods]
impl Blake3 {
    #[classattr]
    #[py(name = "name")]
    const NAME: &str = "blake3";

    /// The length of a digest unless another one is asked for.
    #[classattr]
    #[py(name = "digest_size")]
    const DIGEST_SIZE: usize = LENGTH;

    /// The number of bytes that are hashed at a time.
    #[classattr]
    #[py(name = "block_size")]
    const BLOCK_SIZE: usize = blake3::BLOCK_LEN;

    /// The length of a key.
    #[classattr]
    #[py(name = "key_size")]
    const KEY_SIZE: usize = blake3::KEY_LEN;

    /// As a number of threads: that of the processors.
    #[classattr]
    const AUTO: isize = AUTO;

    #[new]
    #[py(signature = (
        data=None, /, *, key=None, derive_key_context=None, max_threads=1, usedforsecurity=true
    ))]
    fn new(
        ctx: Ctx<'_>,
        data: Option<Data<'_>>,
        key: Option<Data<'_>>,
        derive_key_context: Option<&str>,
        max_threads: isize,
        usedforsecurity: bool,
    ) -> PyResult<Self> {
        let _ = usedforsecurity; // as in hashlib: it is the same in both cases
        let mut hasher = match (key, derive_key_context) {
            (None, None) => Hasher::new(),
            (None, Some(context)) => Hasher::new_derive_key(context),
            (Some(key), None) => {
                let key: &[u8; blake3::KEY_LEN] = (*key).try_into().map_err(|_| {
                    let message = format!("a key has {} bytes, not {}", blake3::KEY_LEN, key.len());
                    PyErr::new(Exception::Value, message)
                })?;
                Hasher::new_keyed(key)
            }
            (Some(_), Some(_)) => {
                let message = "cannot use key and derive_key_context at the same time";
                return Err(PyErr::new(Exception::Value, message));
            }
        };
        let threads = Threads::new(max_threads)?;
        if let Some(data) = data {
            work(ctx, data.len(), {
                let (hasher, data) = (&mut hasher, &*data);
                || threads.update(hasher, data)
            });
        }
        let hasher = Mutex::new(hasher);
        Ok(Blake3 { hasher, threads })
    }

    /// Hashes more; returns the object itself.
    #[py(signature = (data, /))]
    fn update(&self, ctx: Ctx<'_>, data: Data<'_>) -> PyResult<ThisObject> {
        let mut hasher = self.hasher.lock(ctx)?;
        let (hasher, data) = (&mut *hasher, &*data);
        work(ctx, data.len(), || self.threads.update(hasher, data));
        Ok(ThisObject)
    }

    /// Hashes a file; returns the object itself.
    fn update_mmap(&self, ctx: Ctx<'_>, path: PathBuf) -> PyResult<ThisObject> {
        let mut hasher = self.hasher.lock(ctx)?;
        let hasher = &mut *hasher;
        let shown = path.clone();
        let done = ctx.leave_python(|| self.threads.update_mmap(hasher, path));
        match done.map_err(|error| (error.raw_os_error(), error)) {
            Ok(()) => Ok(ThisObject),
            Err((Some(errno), error)) => Err(PyErr::os(errno, error.to_string(), Some(shown))),
            Err((None, error)) => Err(PyErr::from_error(Exception::Os, &error)),
        }
    }

    /// Returns another hasher, which has hashed the same so far.
    fn copy(&self, ctx: Ctx<'_>) -> PyResult<Self> {
        let hasher = Mutex::new(self.hasher.lock(ctx)?.clone());
        let threads = self.threads.try_clone()?;
        Ok(Blake3 { hasher, threads })
    }

    /// Begins anew, with the same key.
    fn reset(&self, ctx: Ctx<'_>) -> PyResult<()> {
        self.hasher.lock(ctx)?.reset();
        Ok(())
    }

    /// Returns length bytes of the digest, from byte seek on. More may be hashed afterwards.
    #[py(signature = (length=LENGTH, *, seek=0), text_signature = "($self, length=32, *, seek=0)")]
    fn digest(&self, ctx: Ctx<'_>, length: usize, seek: u64) -> PyResult<Bytes> {
        self.read(ctx, length, seek).map(Bytes)
    }

    /// Returns the same as digest does, in hexadecimal digits.
    #[py(signature = (length=LENGTH, *, seek=0), text_signature = "($self, length=32, *, seek=0)")]
    fn hexdigest(&self, ctx: Ctx<'_>, length: usize, seek: u64) -> PyResult<String> {
        Ok(hex::encode(self.read(ctx, length, seek)?))
    }
}
