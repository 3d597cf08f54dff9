// SPDX-License-Identifier: MIT OR Apache-2.0

//! The parameter lists of native functions, and the arguments of a call in their order.

use hpy_shim::HPy;

use crate::api::Ctx;
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

/// A parameter list as Python writes it, without the defaults.
///
/// What stands before a `/` is given by position only, what stands behind a `*` by name only;
/// `*args` takes further positional arguments as a tuple, `**kwargs` those by other names as a
/// dict. `N` is the number of names. It is read when the crate is compiled:
///
/// ```
/// use hpy_bindings::{Borrowed, Ctx, ModuleDef, PyResult, Signature};
///
/// fn define(m: &mut ModuleDef) {
///     m.function_named(
///         c"joined",
///         c"joined(*parts, sep='-')\n--\n\n",
///         || const { Signature::<2>::new("*parts, sep") },
///         |_: Ctx<'_>, parts: Vec<String>, sep: Option<String>| {
///             parts.join(&sep.unwrap_or_else(|| "-".into()))
///         },
///     );
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.joined("a", "b", sep="+"), example.joined()
/// // ('a+b', '')
/// // >>> example.joined("a", by="+")
/// // Traceback (most recent call last):
/// // TypeError: unexpected keyword argument 'by'
/// ```
///
/// ```compile_fail,E0080
/// # use hpy_bindings::Signature;
/// const WRONG: Signature<2> = Signature::new("a, b, c");
/// # fn main() { let _ = WRONG; }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Signature<const N: usize> {
    names: [&'static str; N],
    /// The number of parameters that cannot be given by name: the first ones.
    positional_only: usize,
    /// The number of parameters that can be given by position: the first ones.
    positional: usize,
    /// The place of `*args`, or more than there are.
    rest: usize,
    /// The place of `**kwargs`, or more than there are.
    others: usize,
    /// No tuple is made for `*args`.
    loose: bool,
    /// No dict is made for `**others` where there are none.
    lazy: bool,
}

impl<const N: usize> Signature<N> {
    /// Reads a parameter list; panics where it is none, or has not `N` names.
    pub const fn new(text: &'static str) -> Self {
        let mut read = Signature {
            names: [""; N],
            positional_only: 0,
            positional: 0,
            rest: usize::MAX,
            others: usize::MAX,
            loose: false,
            lazy: false,
        };
        let (mut left, mut count, mut named_only) = (text.as_bytes(), 0, false);
        while !left.is_empty() {
            let (part, behind) = split(left, b',');
            left = behind;
            let part = part.trim_ascii();
            assert!(!part.is_empty(), "a parameter has no name");
            assert!(read.others > N, "a parameter stands behind `**`");
            let (stars, name) = stars(part);
            match (stars, name.len()) {
                (0, 1) if name[0] == b'/' => {
                    assert!(
                        read.positional_only == 0 && !named_only,
                        "a `/` out of place"
                    );
                    read.positional_only = count;
                    continue;
                }
                (1, 0) => {
                    assert!(!named_only, "a second `*`");
                    named_only = true;
                    continue;
                }
                (_, 0) => panic!("`**` has no name"),
                (0, _) if !named_only => read.positional = count + 1,
                (0, _) => {}
                (1, _) => {
                    assert!(!named_only, "a second `*`");
                    named_only = true;
                    read.rest = count;
                }
                _ => read.others = count,
            }
            assert!(
                count < N,
                "the signature has more names than there are parameters"
            );
            read.names[count] = match std::str::from_utf8(name) {
                Ok(name) => name,
                Err(_) => panic!("cut at ASCII"),
            };
            count += 1;
        }
        assert!(
            count == N,
            "the signature has fewer names than there are parameters"
        );
        read
    }

    /// Returns the same where no tuple is made for `*args`: the function takes them as they come.
    #[doc(hidden)]
    pub const fn loose(mut self) -> Self {
        self.loose = true;
        self
    }

    /// Returns the same where no dict is made for `**others` if there are none.
    #[doc(hidden)]
    pub const fn lazy(mut self) -> Self {
        self.lazy = true;
        self
    }
}

/// Splits at the first `separator`, which is left out.
const fn split(text: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let mut end = 0;
    while end < text.len() && text[end] != separator {
        end += 1;
    }
    let (part, rest) = text.split_at(end);
    match rest {
        [_, rest @ ..] => (part, rest),
        [] => (part, rest),
    }
}

/// Splits the stars off that a parameter begins with.
const fn stars(part: &[u8]) -> (usize, &[u8]) {
    match part {
        [b'*', b'*', name @ ..] => (2, name),
        [b'*', name @ ..] => (1, name),
        _ => (0, part),
    }
}

/// The parameters of a function with names: a [`Signature`], or an array of names that may
/// all be given by position too.
pub trait Parameters: Copy + sealed::Sealed {
    #[doc(hidden)]
    const COUNT: usize;
    /// Handles of the arguments, null for those that were left out.
    #[doc(hidden)]
    type Places: AsRef<[HPy]> + AsMut<[HPy]>;
    #[doc(hidden)]
    fn no_arguments() -> Self::Places;
    #[doc(hidden)]
    fn rules(&self) -> Rules<'_>;
}

mod sealed {
    /// Who makes places for handles could forge some.
    pub trait Sealed {}
    impl<const N: usize> Sealed for [&'static str; N] {}
    impl<const N: usize> Sealed for super::Signature<N> {}
}

impl<const N: usize> Parameters for [&'static str; N] {
    const COUNT: usize = N;
    type Places = [HPy; N];

    #[inline(always)]
    fn no_arguments() -> [HPy; N] {
        [HPy { _i: 0 }; N]
    }

    #[inline(always)]
    fn rules(&self) -> Rules<'_> {
        Rules {
            names: self,
            positional_only: 0,
            positional: N,
            rest: usize::MAX,
            others: usize::MAX,
            loose: false,
            lazy: false,
        }
    }
}

impl<const N: usize> Parameters for Signature<N> {
    const COUNT: usize = N;
    type Places = [HPy; N];

    #[inline(always)]
    fn no_arguments() -> [HPy; N] {
        [HPy { _i: 0 }; N]
    }

    #[inline(always)]
    fn rules(&self) -> Rules<'_> {
        Rules {
            names: &self.names,
            positional_only: self.positional_only,
            positional: self.positional,
            rest: self.rest,
            others: self.others,
            loose: self.loose,
            lazy: self.lazy,
        }
    }
}

/// A [`Signature`] of whatever size.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Rules<'s> {
    pub(crate) names: &'s [&'static str],
    positional_only: usize,
    positional: usize,
    rest: usize,
    others: usize,
    loose: bool,
    lazy: bool,
}

/// What sorting arguments has made, which lives as long as the call: a tuple, a dict, and values
/// taken out of a dict.
type Made<'c> = Vec<Handle<'c>>;

impl Rules<'_> {
    /// Returns the places of the arguments in a call that has no names, where they are in order.
    #[inline(always)]
    pub(crate) fn in_order<'a>(
        &self,
        values: &'a [HPy],
        keywords: Option<Borrowed<'_>>,
    ) -> Option<&'a [HPy]> {
        let others = self.others != usize::MAX && !self.lazy;
        let simple = keywords.is_none() && self.rest == usize::MAX && !others;
        (simple && values.len() <= self.positional).then_some(values)
    }

    /// Returns the arguments of `*args` where no tuple is made for them.
    #[inline(always)]
    pub(crate) fn rest<'a>(&self, values: &'a [HPy], positional: usize) -> &'a [HPy] {
        if self.loose {
            &values[positional.min(self.positional)..positional]
        } else {
            &[]
        }
    }

    /// Sorts arguments into the order of the parameters: `values` are the positional ones, and
    /// behind them those of the tuple `keywords`, if that is one; a dict has them itself.
    #[inline(never)]
    pub(crate) fn sort<'c>(
        &self,
        ctx: Ctx<'c>,
        values: &[HPy],
        positional: usize,
        keywords: Option<Borrowed<'c>>,
        places: &mut [HPy],
    ) -> PyResult<Made<'c>> {
        let mut made = Made::new();
        let in_order = positional.min(self.positional);
        places[..in_order].copy_from_slice(&values[..in_order]);
        if self.loose {
            // The function takes those behind as they are.
        } else if let Some(place) = places.get_mut(self.rest) {
            let rest = values[in_order..positional].iter();
            let rest: Vec<Borrowed<'_>> = rest.map(|raw| Borrowed::new(ctx, *raw)).collect();
            *place = keep(&mut made, ctx.tuple(rest)?);
        } else {
            check_count(positional, self.positional)?;
        }
        if self.others < places.len() && !self.lazy {
            places[self.others] = keep(&mut made, ctx.dict()?);
        }
        let Some(keywords) = keywords else {
            return Ok(made);
        };
        if ctx.is_tuple(keywords) {
            for index in 0..keywords.len()? {
                let name = ctx.item(keywords, index)?;
                let value = values[positional + index];
                let value = Borrowed::new(ctx, value);
                self.put(ctx, (name.as_borrowed(), value), places, &mut made)?;
            }
        } else {
            let names = ctx.dict_keys(keywords)?;
            for index in 0..names.len()? {
                let name = names.item(index)?;
                let value = ctx.get_item(keywords, name.as_borrowed())?;
                let pair = (name.as_borrowed(), value.as_borrowed());
                self.put(ctx, pair, places, &mut made)?;
                made.push(value);
            }
        }
        Ok(made)
    }

    /// Puts an argument that is given by name into its place.
    fn put<'c>(
        &self,
        ctx: Ctx<'c>,
        (name, value): (Borrowed<'_>, Borrowed<'_>),
        places: &mut [HPy],
        made: &mut Made<'c>,
    ) -> PyResult<()> {
        let given = name.ctx().utf8(name)?;
        let found = self.names.iter().position(|n| n.as_bytes() == given);
        match found.filter(|&place| place != self.rest && place != self.others) {
            Some(place) if place >= self.positional_only => {
                if places[place]._i != 0 {
                    return Err(wrong(name, |name| {
                        format!("the argument '{name}' is given twice")
                    }));
                }
                places[place] = value.raw();
                Ok(())
            }
            _ if self.others < places.len() => {
                if places[self.others]._i == 0 {
                    places[self.others] = keep(made, ctx.dict()?);
                }
                Borrowed::new(ctx, places[self.others]).set(name, value)
            }
            Some(_) => Err(wrong(name, |name| {
                format!("the argument '{name}' cannot be given by name")
            })),
            None => Err(wrong(name, |name| {
                format!("unexpected keyword argument '{name}'")
            })),
        }
    }
}

/// Keeps an object for the time of the call, and returns its handle.
fn keep<'c>(made: &mut Made<'c>, object: Handle<'c>) -> HPy {
    let raw = object.as_borrowed().raw();
    made.push(object);
    raw
}

#[cold]
fn wrong(name: Borrowed<'_>, message: impl FnOnce(&str) -> String) -> PyErr {
    match name.as_str() {
        Ok(name) => PyErr::new(Exception::Type, message(name)),
        Err(error) => error,
    }
}

/// Raises TypeError where more arguments are given than there are parameters.
#[inline(always)]
pub(crate) fn check_count(given: usize, parameters: usize) -> PyResult<()> {
    if given > parameters {
        return Err(too_many(given, parameters));
    }
    Ok(())
}

#[cold]
#[inline(never)]
fn too_many(given: usize, parameters: usize) -> PyErr {
    let message = format!("at most {parameters} arguments are taken, {given} are given");
    PyErr::new(Exception::Type, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_arguments_are_an_error() {
        assert!(check_count(0, 0).is_ok());
        assert!(check_count(2, 3).is_ok());
        assert!(check_count(3, 3).is_ok());
        let error = format!("{:?}", check_count(4, 3).unwrap_err());
        assert!(
            error.contains("at most 3 arguments are taken, 4 are given"),
            "{error}"
        );
    }

    #[test]
    fn signatures_are_read_as_python_writes_them() {
        const FULL: Signature<6> = Signature::new("a, b, /, c, *args, d, **kw");
        assert_eq!(FULL.names, ["a", "b", "c", "args", "d", "kw"]);
        assert_eq!((FULL.positional_only, FULL.positional), (2, 3));
        assert_eq!((FULL.rest, FULL.others), (3, 5));
        const NAMED: Signature<2> = Signature::new("a, *, b");
        assert_eq!((NAMED.positional_only, NAMED.positional), (0, 1));
        assert_eq!((NAMED.rest, NAMED.others), (usize::MAX, usize::MAX));
        const NONE: Signature<0> = Signature::new("");
        assert_eq!(NONE.names.len(), 0);
    }

    #[test]
    fn what_is_no_signature_panics() {
        for text in [
            "a",
            "a, b, c",
            "a, , b",
            "a, **",
            "**kw, a",
            "a, *, b, *",
            "a, *b, *c",
        ] {
            let read = std::panic::catch_unwind(|| Signature::<2>::new(text));
            assert!(read.is_err(), "{text}");
        }
    }
}
