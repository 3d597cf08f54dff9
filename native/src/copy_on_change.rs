// SPDX-License-Identifier: GPL-2.0-or-later

//! Values that long work changes while the interpreter is left.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process;
use std::sync::Arc;

use hpy_bindings::{Ctx, Exception, PyErr, PyResult, Shared};

/// A value, and whether somebody changes it without the interpreter.
///
/// The work is done on a copy, which takes the value's place in the end, and nothing is
/// borrowed meanwhile. In a child that was forked in the middle of it, where nobody would end
/// a borrow, the object is as it was before.
pub struct CopyOnChange<T> {
    value: Arc<T>,
    /// The process that has a thread at work.
    changing: Option<u32>,
}

impl<T> CopyOnChange<T> {
    pub fn new(value: T) -> Self {
        CopyOnChange {
            value: Arc::new(value),
            changing: None,
        }
    }

    /// Returns the value as it is now.
    pub fn get(&self) -> &Arc<T> {
        &self.value
    }
}

/// Changes the `part` of an object, without the interpreter where that is `long`.
pub fn change<C, T: Clone + Send + Sync, R: Send>(
    ctx: Ctx<'_>,
    this: &Shared<C>,
    part: fn(&mut C) -> &mut CopyOnChange<T>,
    long: bool,
    work: impl FnOnce(&mut T) -> R + Send,
) -> PyResult<R> {
    let mut value = {
        let mut object = this.borrow_mut(ctx)?;
        let part = part(&mut object);
        if part.changing == Some(process::id()) {
            let message = "the object is being changed by another thread";
            return Err(PyErr::new(Exception::Runtime, message));
        }
        if !long {
            return Ok(work(Arc::make_mut(&mut part.value)));
        }
        part.changing = Some(process::id());
        Arc::clone(&part.value)
    };
    let work = || {
        let changed = Arc::make_mut(&mut value);
        catch_unwind(AssertUnwindSafe(|| work(changed)))
    };
    let result = ctx.leave_python(work);
    let mut object = this.borrow_mut(ctx)?;
    let part = part(&mut object);
    part.changing = None;
    match result {
        Ok(result) => {
            part.value = value;
            Ok(result)
        }
        Err(panic) => resume_unwind(panic),
    }
}
