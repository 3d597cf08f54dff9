//! The native module `my_ext._native`: one function and one class.

#![forbid(unsafe_code)]

use std::ffi::CStr;

use hpy_bindings::{Class, ClassDef, Ctx, Exception, ModuleDef, PyErr, PyResult, module};

/// Counts the occurrences of `word` in `text`.
fn count(_: Ctx<'_>, text: String, word: String) -> PyResult<usize> {
    if word.is_empty() {
        return Err(PyErr::new(Exception::Value, "the word is empty"));
    }
    Ok(text.matches(&word).count())
}

/// The class `my_ext.Counter`.
struct Counter {
    total: i64,
}

impl Counter {
    fn add(_: Ctx<'_>, counter: &mut Counter, number: i64) -> PyResult<i64> {
        let overflow = || PyErr::new(Exception::Overflow, "the counter is full");
        counter.total = counter.total.checked_add(number).ok_or_else(overflow)?;
        Ok(counter.total)
    }
}

impl Class for Counter {
    const NAME: &'static CStr = c"my_ext.Counter";
    const DOC: &'static CStr = c"Adds numbers up.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>, start: Option<i64>| Counter {
                total: start.unwrap_or(0),
            })
            .method(
                c"add",
                c"add($self, number, /)\n--\n\nAdds a number; returns the total.",
                Counter::add,
            )
            .getter(c"total", c"The sum so far.", |_: Ctx<'_>, c: &Counter| {
                c.total
            });
    }
}

fn define(module: &mut ModuleDef) {
    module
        .doc(c"The native half of my_ext.")
        .function_named(
            c"count",
            c"count(text, word)\n--\n\nCounts the occurrences of word in text.",
            || ["text", "word"],
            count,
        )
        .class::<Counter>();
}

// the last part of the module's name
module!("_native", define);
