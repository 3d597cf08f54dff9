// SPDX-License-Identifier: MIT OR Apache-2.0

//! Classes with every slot that hpy-bindings knows.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher as _};

use hpy_bindings::{
    Access, Binary, Borrowed, Class, ClassDef, Compare, Ctx, Element, Exception, Field, FromPy,
    Global, Handle, ModuleDef, New, OrNotImplemented, PyErr, PyResult, Shared, This, ThisObject,
    Unary,
};

use super::Refused;

/// The function that `Broken` calls in the middle of its operations.
static HOOK: Global = Global::new();

pub(crate) fn define(m: &mut ModuleDef) {
    m.global(&HOOK);
    m.class::<Number>()
        .class::<Broken>()
        .class::<BrokenRow>()
        .class::<Row>()
        .class::<Table>()
        .class::<Pair>()
        .class::<Samples<u8>>()
        .class::<Samples<i16>>()
        .class::<Samples<f64>>();
    m.function_raw(c"set_hook", c"Called by Broken objects.", |_, args| {
        HOOK.store(args[0])?;
        Ok(args[0].ctx().none())
    });
}

/// A number, with all operators of numbers.
struct Number {
    value: i64,
    note: Option<String>,
}

/// The value of a `Number` or an int.
struct Operand(i64);

impl FromPy for Operand {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        match value.extract::<Shared<Number>>() {
            Ok(number) => Ok(Operand(number.borrow(value.ctx())?.value)),
            Err(error) if error.is(value.ctx(), Exception::Type) => {
                error.forget(value.ctx());
                value.extract().map(Operand)
            }
            Err(error) => Err(error),
        }
    }
}

fn number(value: i64) -> New<Number> {
    New(Number { value, note: None })
}

fn refused(value: Option<i64>) -> Result<New<Number>, Refused> {
    value.map(number).ok_or(Refused(0))
}

fn power(
    _: Ctx<'_>,
    base: Operand,
    exponent: Operand,
    modulus: Option<Operand>,
) -> PyResult<New<Number>> {
    let negative = || PyErr::new(Exception::Value, "a negative exponent");
    let exponent = u32::try_from(exponent.0).map_err(|_| negative())?;
    let power = base.0.wrapping_pow(exponent);
    Ok(number(modulus.map_or(power, |modulus| power % modulus.0)))
}

impl Class for Number {
    const NAME: &'static std::ffi::CStr = c"probe.Number";
    const DOC: &'static std::ffi::CStr = c"A number.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor_named(
                || ["value", "note"],
                |_: Ctx<'_>, value: i64, note: Option<String>| match value {
                    13 => Err(Refused(13)),
                    _ => Ok(Number { value, note }),
                },
            )
            .property(
                c"value",
                c"What it is.",
                |_: Ctx<'_>, n: &Number| n.value,
                |_: Ctx<'_>, n: &mut Number, value: i64| match value {
                    13 => Err(Refused(13)),
                    666 => panic!("a bad number"),
                    _ => {
                        n.value = value;
                        Ok(())
                    }
                },
            )
            .property(
                c"note",
                c"",
                |_: Ctx<'_>, n: &Number| n.note.clone(),
                |_: Ctx<'_>, n: &mut Number, note: Option<String>| n.note = note,
            )
            .order(|_: Ctx<'_>, n: &Number, other: Operand| n.value.cmp(&other.0))
            .hash(|_: Ctx<'_>, n: &Number| n.value as u64)
            .call(
                || ["x", "y"],
                |_: Ctx<'_>, n: &Number, x: i64, y: Option<i64>| n.value * x + y.unwrap_or(0),
            )
            .text(|_: Ctx<'_>, n: &Number| n.value.to_string())
            .repr(|_: Ctx<'_>, n: &Number| format!("Number({})", n.value))
            .unary(Unary::Negative, |_: Ctx<'_>, n: &Number| number(-n.value))
            .unary(Unary::Positive, |_: Ctx<'_>, _: &Number| ThisObject)
            .unary(Unary::Absolute, |_: Ctx<'_>, n: &Number| {
                refused(n.value.checked_abs())
            })
            .unary(Unary::Invert, |_: Ctx<'_>, n: &Number| number(!n.value))
            .unary(Unary::Index, |_: Ctx<'_>, n: &Number| n.value)
            .unary(Unary::Int, |_: Ctx<'_>, n: &Number| n.value)
            .unary(Unary::Float, |_: Ctx<'_>, n: &Number| n.value as f64)
            .power(power);
        macro_rules! operators {
            ($($operator:ident |$a:ident, $b:ident| $result:expr;)*) => {$(
                class
                    .binary(Binary::$operator, |_: Ctx<'_>, $a: Operand, $b: Operand| {
                        let ($a, $b) = ($a.0, $b.0);
                        refused($result)
                    })
                    .in_place(Binary::$operator, |_: Ctx<'_>, n: &mut Number, $b: Operand| {
                        let ($a, $b) = (n.value, $b.0);
                        n.value = $result.ok_or(Refused(0))?;
                        Ok::<_, Refused>(())
                    });
            )*};
        }
        operators! {
            Add |a, b| a.checked_add(b);
            Subtract |a, b| a.checked_sub(b);
            Multiply |a, b| a.checked_mul(b);
            MatrixMultiply |a, b| Some(a * 1000 + b);
            FloorDivide |a, b| a.checked_div_euclid(b);
            TrueDivide |a, b| a.checked_div_euclid(b);
            Remainder |a, b| a.checked_rem_euclid(b);
            LeftShift |a, b| a.checked_shl(b as u32);
            RightShift |a, b| a.checked_shr(b as u32);
            And |a, b| Some(a & b);
            Or |a, b| Some(a | b);
            Xor |a, b| Some(a ^ b);
        }
        class.binary(
            Binary::Divmod,
            |_: Ctx<'_>, a: Operand, b: Operand| match b.0 {
                0 => Err(Refused(0)),
                divisor => Ok((a.0.div_euclid(divisor), a.0.rem_euclid(divisor))),
            },
        );
    }
}

/// A parameter that takes any object.
struct Thing;

impl FromPy for Thing {
    fn from_py(_: Borrowed<'_>) -> PyResult<Self> {
        Ok(Thing)
    }
}

/// An object each of whose operators goes wrong, in the way it was made for.
struct Broken(String);

fn go_wrong<R: Default>(ctx: Ctx<'_>, how: &str) -> PyResult<R> {
    match how {
        "panic" => panic!("broken"),
        "refuse" => Err(PyErr::new(Exception::Own(&super::OWN_ERROR), "broken")),
        _ => {
            HOOK.load(ctx)?.call(&[])?;
            Ok(R::default())
        }
    }
}

fn declare_unary<R: hpy_bindings::IntoPy + Default + 'static>(
    class: &mut ClassDef<Broken>,
    operator: Unary,
) {
    class.unary(operator, |ctx: Ctx<'_>, b: &Broken| {
        go_wrong::<R>(ctx, &b.0)
    });
}

impl Class for Broken {
    const NAME: &'static std::ffi::CStr = c"probe.Broken";
    const DOC: &'static std::ffi::CStr = c"Goes wrong.";

    fn define(class: &mut ClassDef<Self>) {
        use {Binary as B, Unary as U};
        class
            .constructor(|_: Ctx<'_>, how: String| match how.as_str() {
                "panic at once" => panic!("at once"),
                _ => Broken(how),
            })
            .method(c"change", c"", |_: Ctx<'_>, _: &mut Broken| ())
            .method(c"read", c"", |_: Ctx<'_>, _: &Broken| ())
            .property(
                c"value",
                c"",
                |ctx: Ctx<'_>, b: &Broken| go_wrong::<()>(ctx, &b.0),
                |ctx: Ctx<'_>, b: &mut Broken, _: Thing| go_wrong::<()>(ctx, &b.0),
            )
            .compare(|ctx: Ctx<'_>, b: &Broken, _: Thing, _: Compare| go_wrong::<bool>(ctx, &b.0))
            .hash(|ctx: Ctx<'_>, b: &Broken| go_wrong::<u64>(ctx, &b.0))
            .call(|| [], |ctx: Ctx<'_>, b: &Broken| go_wrong::<i64>(ctx, &b.0))
            .text(|ctx: Ctx<'_>, b: &Broken| go_wrong::<String>(ctx, &b.0))
            .subscript(|ctx: Ctx<'_>, b: &Broken, _: Thing| go_wrong::<()>(ctx, &b.0))
            .set_subscript(|ctx: Ctx<'_>, b: &mut Broken, _: Thing, _: Option<Thing>| {
                go_wrong::<()>(ctx, &b.0)
            })
            .power(
                |ctx: Ctx<'_>, b: Shared<Broken>, _: Thing, _: Option<Thing>| {
                    go_wrong::<()>(ctx, &b.borrow(ctx)?.0)
                },
            );
        for operator in [
            U::Negative,
            U::Positive,
            U::Absolute,
            U::Invert,
            U::Index,
            U::Int,
        ] {
            declare_unary::<i64>(class, operator);
        }
        declare_unary::<f64>(class, U::Float);
        for operator in [
            B::Add,
            B::Subtract,
            B::Multiply,
            B::MatrixMultiply,
            B::FloorDivide,
            B::TrueDivide,
            B::Remainder,
            B::Divmod,
            B::LeftShift,
            B::RightShift,
            B::And,
            B::Or,
            B::Xor,
        ] {
            class.binary(operator, |ctx: Ctx<'_>, b: Shared<Broken>, _: Thing| {
                go_wrong::<()>(ctx, &b.borrow(ctx)?.0)
            });
            if operator != B::Divmod {
                class.in_place(operator, |ctx: Ctx<'_>, b: &mut Broken, _: Thing| {
                    go_wrong::<()>(ctx, &b.0)
                });
            }
        }
    }
}

/// The same for sequences, buffers and finalizers.
struct BrokenRow(String);

impl Class for BrokenRow {
    const NAME: &'static std::ffi::CStr = c"probe.BrokenRow";
    const DOC: &'static std::ffi::CStr = c"Goes wrong.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>, how: String| BrokenRow(how))
            .method(c"change", c"", |_: Ctx<'_>, _: &mut BrokenRow| ())
            .method(c"read", c"", |_: Ctx<'_>, _: &BrokenRow| ())
            .order(|ctx: Ctx<'_>, b: &BrokenRow, _: Thing| {
                go_wrong::<()>(ctx, &b.0).map(|()| Ordering::Equal)
            })
            .item(|ctx: Ctx<'_>, b: &BrokenRow, _: isize| go_wrong::<()>(ctx, &b.0))
            .set_item(
                |ctx: Ctx<'_>, b: &mut BrokenRow, _: isize, _: Option<Thing>| {
                    go_wrong::<()>(ctx, &b.0)
                },
            )
            .concat(|ctx: Ctx<'_>, b: &BrokenRow, _: Thing| go_wrong::<()>(ctx, &b.0))
            .repeat(|ctx: Ctx<'_>, b: &BrokenRow, _: isize| go_wrong::<()>(ctx, &b.0))
            .concat_in_place(|ctx: Ctx<'_>, b: &mut BrokenRow, _: Thing| go_wrong::<()>(ctx, &b.0))
            .repeat_in_place(|ctx: Ctx<'_>, b: &mut BrokenRow, _: isize| go_wrong::<()>(ctx, &b.0))
            .buffer(|b: &BrokenRow| -> &[u8] {
                match b.0.as_str() {
                    "panic" => panic!("broken"),
                    _ => b.0.as_bytes(),
                }
            })
            .finalizer(|ctx, this| {
                let row = this.extract::<Shared<BrokenRow>>()?;
                let row = row.borrow(ctx)?;
                if row.0.ends_with("at last") {
                    go_wrong::<()>(ctx, row.0.trim_end_matches(" at last"))
                } else {
                    Ok(())
                }
            });
    }
}

/// A sequence.
struct Row(Vec<i64>);

fn out_of_range() -> PyErr {
    PyErr::new(Exception::Index, "out of range")
}

impl Class for Row {
    const NAME: &'static std::ffi::CStr = c"probe.Row";
    const DOC: &'static std::ffi::CStr = c"A sequence.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>, items: Vec<i64>| Row(items))
            .length(|_: Ctx<'_>, row: &Row| row.0.len())
            .item(|_: Ctx<'_>, row: &Row, index: usize| {
                row.0.get(index).copied().ok_or_else(out_of_range)
            })
            .set_item(
                |_: Ctx<'_>, row: &mut Row, index: usize, value: Option<i64>| {
                    if index >= row.0.len() {
                        return Err(out_of_range());
                    }
                    match value {
                        Some(value) => row.0[index] = value,
                        None => drop(row.0.remove(index)),
                    }
                    Ok(())
                },
            )
            .concat(|ctx: Ctx<'_>, row: &Row, other: Shared<Row>| {
                Ok::<_, PyErr>(New(Row([&row.0[..], &other.borrow(ctx)?.0].concat())))
            })
            .repeat(|_: Ctx<'_>, row: &Row, count: isize| {
                New(Row(row.0.repeat(count.max(0) as usize)))
            })
            .concat_in_place(|_: Ctx<'_>, row: &mut Row, other: Vec<i64>| row.0.extend(other))
            .repeat_in_place(|_: Ctx<'_>, row: &mut Row, count: isize| {
                row.0 = row.0.repeat(count.max(0) as usize);
            })
            .compare(
                |ctx: Ctx<'_>, row: &Row, other: Shared<Row>, op: Compare| -> PyResult<_> {
                    let other = other.borrow(ctx)?;
                    Ok(match op {
                        Compare::Eq => OrNotImplemented(Some(row.0 == other.0)),
                        Compare::Ne => OrNotImplemented(Some(row.0 != other.0)),
                        _ => OrNotImplemented(None),
                    })
                },
            )
            .repr(|_: Ctx<'_>, row: &Row| format!("Row({:?})", row.0));
    }
}

/// A mapping of ints to strings or `None`, hashable by what is in it.
#[derive(Hash)]
struct Table(BTreeMap<i64, Option<String>>);

impl Class for Table {
    const NAME: &'static std::ffi::CStr = c"probe.Table";
    const DOC: &'static std::ffi::CStr = c"A mapping.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor_named(|| [], |_: Ctx<'_>| Table(BTreeMap::new()))
            .length(|_: Ctx<'_>, table: &Table| table.0.len())
            .subscript(
                |_: Ctx<'_>, table: &Table, key: i64| match table.0.get(&key) {
                    Some(value) => Ok(value.clone()),
                    None => Err(PyErr::new(Exception::Key, key.to_string())),
                },
            )
            .set_subscript(
                |_: Ctx<'_>, table: &mut Table, key: i64, value: Option<Option<String>>| match value
                {
                    Some(value) => {
                        table.0.insert(key, value);
                        Ok(())
                    }
                    None => match table.0.remove(&key) {
                        Some(_) => Ok(()),
                        None => Err(PyErr::new(Exception::Key, key.to_string())),
                    },
                },
            )
            .hash(|_: Ctx<'_>, table: &Table| {
                let mut hasher = DefaultHasher::new();
                table.hash(&mut hasher);
                hasher.finish()
            })
            // Both operands have to be tables.
            .binary(
                Binary::Or,
                |ctx: Ctx<'_>, a: Shared<Table>, b: Shared<Table>| -> PyResult<_> {
                    let mut both = a.borrow(ctx)?.0.clone();
                    both.extend(b.borrow(ctx)?.0.clone());
                    Ok(New(Table(both)))
                },
            );
    }
}

/// Keeps objects, and tells when it goes.
struct Pair;

impl Class for Pair {
    const NAME: &'static std::ffi::CStr = c"probe.Pair";
    const DOC: &'static std::ffi::CStr = c"Keeps two objects.";
    const FIELDS: usize = 2;

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>| Pair)
            .member::<0>(c"partner", c"The first.", Access::ReadWrite)
            .member::<1>(
                c"last_wish",
                c"Called with the object in the end.",
                Access::ReadWrite,
            )
            .member::<0>(c"friend", c"The same as partner.", Access::ReadOnly)
            .method(
                c"same",
                c"",
                |_: Ctx<'_>, this: This<Pair>, other: Shared<Pair>| this.is(&other),
            )
            .finalizer(|_: Ctx<'_>, this: Borrowed<'_>| -> PyResult<()> {
                let wish: Option<Handle<'_>> = Field::of::<Pair>(this, 1)?.load()?;
                if let Some(wish) = wish {
                    wish.call(&[this])?;
                }
                Ok(())
            });
    }
}

/// Numbers whose memory Python looks at.
struct Samples<E>(Vec<E>);

trait Sample: Element + FromPy + Send {
    const NAME: &'static std::ffi::CStr;
}

macro_rules! samples {
    ($($type:ty: $name:literal;)*) => {$(
        impl Sample for $type {
            const NAME: &'static std::ffi::CStr = $name;
        }
    )*};
}

samples! {
    u8: c"probe.SamplesU8";
    i16: c"probe.SamplesI16";
    f64: c"probe.SamplesF64";
}

impl<E: Sample> Class for Samples<E> {
    const NAME: &'static std::ffi::CStr = E::NAME;
    const DOC: &'static std::ffi::CStr = c"Numbers.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>, items: Vec<E>| Samples(items))
            .length(|_: Ctx<'_>, samples: &Samples<E>| samples.0.len())
            .method(
                c"append",
                c"",
                |_: Ctx<'_>, samples: &mut Samples<E>, item: E| samples.0.push(item),
            )
            .method(
                c"call_hook",
                c"Calls the hook while the samples are read.",
                |ctx: Ctx<'_>, _: &Samples<E>| HOOK.load(ctx)?.call(&[]).map(drop),
            )
            .in_place(
                Binary::Add,
                |_: Ctx<'_>, samples: &mut Samples<E>, more: Vec<E>| samples.0.extend(more),
            )
            .buffer(|samples: &Samples<E>| -> &[E] { &samples.0 });
    }
}
