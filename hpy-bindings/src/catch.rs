//! Getting hold of an exception as an object.
//!
//! The ABI has no `HPyErr_Fetch`. What it has is Python: a native function is called by a
//! Python function inside `try`, and that returns what it caught. HPy passes no data
//! pointer along, so the work that the native function does is announced in a variable of
//! the thread; who calls the function without such an announcement gets an error.

use std::cell::Cell;
use std::ffi::CStr;

use crate::api::Ctx;
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Arg, Handle};
use crate::stored::Global;

/// The native function while the module is being executed; an attribute, then no more.
pub(crate) const NAME: &CStr = c"_hpy_bindings_catch";

/// The native function.
pub(crate) static NATIVE: Global = Global::new();
/// The Python function around it.
pub(crate) static HELPER: Global = Global::new();

const SOURCE: &str = "
def catch(work):
    try:
        work()
    except BaseException as error:
        return error
";

/// What is to be done: its address, and the function that does it.
type Announced = (*mut (), unsafe fn(*mut (), Ctx<'_>) -> PyResult<()>);

thread_local! {
    static ANNOUNCED: Cell<Option<Announced>> = const { Cell::new(None) };
}

/// The native function: does what is announced, once.
pub(crate) fn native<'c>(module: Arg<'c>, _: &[Arg<'c>]) -> PyResult<Handle<'c>> {
    let Some((job, run)) = ANNOUNCED.take() else {
        return Err(PyErr::new(Exception::Runtime, "there is nothing to do"));
    };
    // SAFETY: announced by a `catch` further up on this thread's stack, which takes an
    // announcement back before its job ends.
    unsafe { run(job, module.ctx()) }?;
    Ok(module.ctx().none())
}

/// Takes the native function off the module, where Python code has no use for it.
pub(crate) fn hide(module: Arg<'_>) -> PyResult<()> {
    NATIVE.store(module.attr(NAME)?.as_arg())?;
    module.delete_attr(NAME)
}

struct Job<'c, F, T> {
    outer: Ctx<'c>,
    work: Option<F>,
    done: Option<T>,
}

impl<F: FnOnce(Ctx<'_>) -> PyResult<T>, T> Job<'_, F, T> {
    /// # Safety
    /// `job` is a living job of this type that nobody else uses meanwhile.
    unsafe fn run(job: *mut (), ctx: Ctx<'_>) -> PyResult<()> {
        // SAFETY: the caller's promise.
        let job = unsafe { &mut *job.cast::<Self>() };
        let work = job.work.take().expect("a job is announced once");
        let _nested = job.outer.nest(ctx);
        job.done = Some(work(ctx)?);
        Ok(())
    }
}

/// Takes an announcement back, also where a panic goes by.
struct Withdraw(Option<Announced>);

impl Drop for Withdraw {
    fn drop(&mut self) {
        ANNOUNCED.set(self.0);
    }
}

impl<'c> Ctx<'c> {
    /// Does `work`, and returns the exception as an object where it fails, of whatever
    /// class (`KeyboardInterrupt` and `StopIteration` too; a panic is a `RuntimeError`).
    ///
    /// Nothing is pending afterwards. [`PyErr::object`] raises the exception again. An
    /// outer error is one of the machinery, such as `MemoryError`. Costs a few calls.
    ///
    /// ```
    /// use hpy_bindings::{Arg, Ctx, PyErr, PyResult};
    ///
    /// fn first_line(ctx: Ctx<'_>, file: Arg<'_>) -> PyResult<String> {
    ///     match ctx.catch(|_| file.call_method(c"readline", &[])?.extract::<String>())? {
    ///         Ok(line) => Ok(line),
    ///         Err(error) => {
    ///             error.call_method(c"add_note", &[file.repr()?.as_arg()])?;
    ///             Err(PyErr::object(error.as_arg()))
    ///         }
    ///     }
    /// }
    /// ```
    pub fn catch<T>(
        self,
        work: impl FnOnce(Ctx<'_>) -> PyResult<T>,
    ) -> PyResult<Result<T, Handle<'c>>> {
        let (native, helper) = (NATIVE.load(self)?, HELPER.load_or(self, || helper(self))?);
        let mut job = Job {
            outer: self,
            work: Some(work),
            done: None,
        };
        let error = {
            let run = run_of(&job);
            let job = &raw mut job;
            let _withdraw = Withdraw(ANNOUNCED.replace(Some((job.cast(), run))));
            helper.call(&[native.as_arg()])?
        };
        match (job.done, error.is_none()) {
            (Some(done), true) => Ok(Ok(done)),
            (_, false) => Ok(Err(error)),
            (None, true) => Err(PyErr::new(Exception::Runtime, "the work was not done")),
        }
    }
}

/// The function for a job of this type.
fn run_of<'c, F, T>(_: &Job<'c, F, T>) -> unsafe fn(*mut (), Ctx<'_>) -> PyResult<()>
where
    F: FnOnce(Ctx<'_>) -> PyResult<T>,
{
    Job::<'c, F, T>::run
}

fn helper(ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
    let (source, names) = (ctx.str(SOURCE)?, ctx.dict()?);
    ctx.builtin(c"exec")?
        .call(&[source.as_arg(), names.as_arg()])?;
    names.get("catch")
}
