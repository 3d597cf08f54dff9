// SPDX-License-Identifier: MIT OR Apache-2.0

//! Iteration, by the functions `iter` and `next`: the ABI has none. Lists, tuples and dicts are
//! looked into.

use crate::api::Ctx;
use crate::builtin;
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

/// Iterates over a Python object, for as long as its context is good. An error ends it.
///
/// ```
/// use hpy_bindings::{exactly, Borrowed, Handle, ModuleDef, PyResult};
///
/// fn first_true<'c>(module: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
///     let [items] = exactly(args)?;
///     for item in items.iter()? {
///         let item = item?;
///         if item.truth()? {
///             return Ok(item);
///         }
///     }
///     Ok(module.ctx().none())
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function_raw(c"first_true", c"", first_true);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.first_true(iter([0, "", "this", 1])), example.first_true([0, "that"])
/// // ('this', 'that')
/// // >>> example.first_true(3)
/// // Traceback (most recent call last):
/// // TypeError: 'int' object is not iterable
/// ```
pub struct Iter<'c> {
    source: Source<'c>,
}

enum Source<'c> {
    /// A list or a tuple, which nobody has derived from, and the next index.
    Sequence(Handle<'c>, usize),
    /// An iterator, the function `next`, and what that returns at the end.
    Steps([Handle<'c>; 3]),
    End,
}

methods! {
    /// Begins an iteration, as `for` does.
    |ctx, this| iter() -> PyResult<Iter<'c>> {
        let class = this.type_of();
        let exactly = |pick| class.is(ctx.constant(pick));
        let source = if exactly(|c| c.h_ListType) || exactly(|c| c.h_TupleType) {
            Source::Sequence(Handle::new(ctx, ctx.dup(this.raw())), 0)
        } else {
            let iterator = builtin::ITER.get(ctx)?.call(&[this])?;
            Source::Steps([iterator, builtin::NEXT.get(ctx)?, ctx.list([(); 0])?])
        };
        Ok(Iter { source })
    }
}

impl<'c> Iter<'c> {
    fn step(&mut self) -> PyResult<Option<Handle<'c>>> {
        match &mut self.source {
            Source::Sequence(sequence, index) => {
                // Each time anew, as a list may change meanwhile.
                if *index >= sequence.len()? {
                    return Ok(None);
                }
                *index += 1;
                sequence.item(*index - 1).map(Some)
            }
            Source::Steps([iterator, next, end]) => {
                // With a result for the end there is no exception to make.
                let item = next.call(&[iterator.as_borrowed(), end.as_borrowed()])?;
                Ok((!item.is(end.as_borrowed())).then_some(item))
            }
            Source::End => Ok(None),
        }
    }
}

impl<'c> Iterator for Iter<'c> {
    type Item = PyResult<Handle<'c>>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step().transpose();
        if !matches!(step, Some(Ok(_))) {
            self.source = Source::End;
        }
        step
    }
}

/// Iterates over the pairs of a mapping, for as long as its context is good. An error ends it.
pub struct Items<'c> {
    ctx: Ctx<'c>,
    source: Pairs<'c>,
}

enum Pairs<'c> {
    /// A dict, which nobody has derived from, and the list of its keys.
    Dict(Handle<'c>, Iter<'c>),
    /// What the mapping's method returns.
    Method(Iter<'c>),
}

methods! {
    /// Begins an iteration over the pairs of a dict, or of what an object's method `items`
    /// returns.
    ///
    /// They are those that there are now: a key that is taken out of a dict meanwhile is a
    /// RuntimeError.
    ///
    /// ```
    /// # #[hpy_bindings::pymodule]
    /// # mod example {
    /// use hpy_bindings::{Borrowed, PyResult, pyfunction};
    ///
    /// /// Writes options as a command line has them.
    /// #[pyfunction(signature = (**options))]
    /// fn command_line(options: Borrowed<'_>) -> PyResult<String> {
    ///     let mut line = String::new();
    ///     for pair in options.items()? {
    ///         let (name, value) = pair?;
    ///         line += &format!(" --{}={}", name.as_borrowed().as_str()?, value.extract::<i64>()?);
    ///     }
    ///     Ok(line)
    /// }
    /// # }
    ///
    /// // >>> example.command_line(depth=3, width=80)
    /// // ' --depth=3 --width=80'
    /// ```
    |ctx, this| items() -> PyResult<Items<'c>> {
        let is_exact = ctx.is_dict(this)
            && this.type_of().is(builtin::DICT.get(ctx)?.as_borrowed());
        let source = if is_exact {
            let keys = ctx.dict_keys(this)?.iter()?;
            Pairs::Dict(Handle::new(ctx, ctx.dup(this.raw())), keys)
        } else {
            let items = ctx.get_attr(this, c"items")?.call(&[])?;
            Pairs::Method(items.iter()?)
        };
        Ok(Items { ctx, source })
    }
}

impl<'c> Items<'c> {
    fn step(&mut self) -> PyResult<Option<(Handle<'c>, Handle<'c>)>> {
        match &mut self.source {
            Pairs::Dict(dict, keys) => {
                let Some(key) = keys.next().transpose()? else {
                    return Ok(None);
                };
                let value = self.ctx.get_item(dict.as_borrowed(), key.as_borrowed());
                let value = value.map_err(|error| changed(self.ctx, error))?;
                Ok(Some((key, value)))
            }
            Pairs::Method(pairs) => {
                let Some(pair) = pairs.next().transpose()? else {
                    return Ok(None);
                };
                pair_of(&pair).map(Some)
            }
        }
    }
}

/// Takes a pair apart.
fn pair_of<'c>(pair: &Handle<'c>) -> PyResult<(Handle<'c>, Handle<'c>)> {
    if !pair.is_sequence() || pair.len()? != 2 {
        return Err(crate::convert::expected("a tuple of 2", pair.as_borrowed()));
    }
    Ok((pair.item(0)?, pair.item(1)?))
}

#[cold]
fn changed(ctx: Ctx<'_>, error: PyErr) -> PyErr {
    if error.is(ctx, Exception::Key) {
        error.replace(
            ctx,
            Exception::Runtime,
            "dictionary changed during iteration",
        )
    } else {
        error
    }
}

impl<'c> Iterator for Items<'c> {
    type Item = PyResult<(Handle<'c>, Handle<'c>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step().transpose();
        if matches!(step, Some(Err(_))) {
            self.source = Pairs::Method(Iter {
                source: Source::End,
            });
        }
        step
    }
}
