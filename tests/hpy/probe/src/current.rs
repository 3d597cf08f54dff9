// SPDX-License-Identifier: MIT OR Apache-2.0

//! Contexts for code that cannot be handed one, for `tests/hpy/python/test_current.py`.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::panic::panic_any;

use hpy_bindings::{Borrowed, Ctx, Exception, Handle, ModuleDef, PyErr, PyResult, exactly};

fn has_current() -> bool {
    Ctx::current(|_| ()).is_some()
}

/// A number that Python compares and hashes, as a key of a Rust map.
struct Key(i64);

impl Key {
    /// Asks Python for `name(number, others…)`.
    fn ask(&self, name: &str, others: &[i64]) -> i64 {
        let answer = Ctx::current(|ctx| -> PyResult<i64> {
            let numbers = [&[self.0], others].concat();
            let numbers = ctx.list(numbers)?;
            ctx.import(c"sys")?
                .attr(c"modules")?
                .get("keys")?
                .attr_of(name)?
                .call(&[numbers.as_borrowed()])?
                .extract()
        });
        answer.expect("a context").unwrap_or(-1)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.ask("equal", &[other.0]) == 1
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_i64(self.ask("hash", &[]));
    }
}

/// What there is in several places: before, in a scope, while Python runs in it, after that,
/// within `leave_python`, in another thread, and behind the scope.
fn places<'c>(this: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
    let (ctx, [f]) = (this.ctx(), exactly(args)?);
    let before = has_current();
    let within = ctx.make_current(|| -> PyResult<[bool; 6]> {
        let first = has_current();
        let in_python = f.call(&[])?.extract()?;
        let after = has_current();
        let left = ctx.leave_python(has_current);
        let other = std::thread::scope(|scope| scope.spawn(has_current).join().unwrap_or(true));
        Ok([first, in_python, after, left, other, has_current()])
    })?;
    ctx.list([&[before], &within[..], &[has_current()]].concat())
}

pub fn define(m: &mut ModuleDef) {
    m.function(c"has_current", c"", |_: Ctx<'_>| has_current())
        .function_raw(c"current_places", c"", places)
        .function(c"count_distinct", c"", |ctx: Ctx<'_>, numbers: Vec<i64>| {
            ctx.make_current(|| {
                let keys: HashMap<Key, ()> = numbers.into_iter().map(|n| (Key(n), ())).collect();
                keys.len()
            })
        })
        .function(c"panic_in_current", c"", |ctx: Ctx<'_>| -> () {
            ctx.make_current(|| panic_any("in a scope"));
        })
        .function(c"fail_in_current", c"", |ctx: Ctx<'_>| -> PyResult<()> {
            let failed =
                ctx.make_current(|| Ctx::current(|ctx| ctx.import(c"no_such_module").map(drop)));
            failed.unwrap_or_else(|| Err(PyErr::new(Exception::Runtime, "no context")))
        });
}
