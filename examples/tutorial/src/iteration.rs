//! Step 5: iteration, in both directions.

use std::ffi::CStr;

use hpy_bindings::{
    Borrowed, Class, ClassDef, Ctx, Exception, Handle, IntoPy, ModuleDef, PyErr, PyResult, exactly,
};

/// An iterator over the numbers of Collatz: the next one is half of an even number, three
/// times an odd one plus one, until it is 1.
struct Collatz {
    next: Option<u64>,
}

impl Collatz {
    fn new(_: Ctx<'_>, start: u64) -> PyResult<Collatz> {
        if start == 0 {
            return Err(PyErr::new(Exception::Value, "0 never becomes 1"));
        }
        Ok(Collatz { next: Some(start) })
    }

    fn step(_: Ctx<'_>, c: &mut Collatz) -> PyResult<Option<u64>> {
        let Some(n) = c.next else { return Ok(None) };
        c.next = match n {
            1 => None,
            n if n % 2 == 0 => Some(n / 2),
            n => {
                let next = n.checked_mul(3).and_then(|n| n.checked_add(1));
                let overflow = || PyErr::new(Exception::Overflow, "the next number is too large");
                Some(next.ok_or_else(overflow)?)
            }
        };
        Ok(Some(n))
    }
}

impl Class for Collatz {
    const NAME: &'static CStr = c"tutorial.Collatz";
    const DOC: &'static CStr = c"Collatz(start, /)\n--\n\nThe numbers on the way to 1.";

    fn define(class: &mut ClassDef<Self>) {
        class.constructor(Collatz::new).iterator(Collatz::step);
    }
}

/// Returns the mean of the numbers in any Python iterable.
fn mean<'c>(module: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
    let [numbers] = exactly(args)?;
    let (mut sum, mut count) = (0.0, 0.0);
    for number in numbers.iter()? {
        sum += number?.extract::<f64>()?;
        count += 1.0;
    }
    if count == 0.0 {
        return Err(PyErr::new(Exception::Value, "nothing has no mean"));
    }
    (sum / count).into_py(module.ctx())
}

pub fn define(module: &mut ModuleDef) {
    module.class::<Collatz>().function_raw(
        c"mean",
        c"mean(numbers, /)\n--\n\nThe mean of some numbers.",
        mean,
    );
}
