// SPDX-License-Identifier: MIT OR Apache-2.0

//! Objects, conversions, exceptions and context variables, for
//! `tests/hpy/python/test_protocols.py`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use hpy_bindings::{
    Anything, Binary, Borrowed, Bytes, Compare, ContextVar, Ctx, Exception, Global, Handle,
    IntoPy as _, ModuleDef, PyErr, PyResult, Unary, exactly, record,
};

static LANGUAGE: Global = Global::new();
static EMPTY: Global = Global::new();

record! {
    /// A place.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Place {
        name: String,
        at: (f64, f64),
        tags: Option<Vec<String>>,
        r#type: Option<Box<Inner>>,
    }
}

record! {
    /// A record in a record.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Inner { n: Option<i64> }
}

/// A Rust error with a source.
#[derive(Debug)]
struct Chained(&'static str, Option<Box<dyn std::error::Error>>);

impl fmt::Display for Chained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Chained {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.1.as_deref()
    }
}

fn echo<T>(_: Ctx<'_>, value: T) -> T {
    value
}

fn binary(name: &str) -> Option<Binary> {
    Some(match name {
        "add" => Binary::Add,
        "sub" => Binary::Subtract,
        "mul" => Binary::Multiply,
        "matmul" => Binary::MatrixMultiply,
        "floordiv" => Binary::FloorDivide,
        "truediv" => Binary::TrueDivide,
        "mod" => Binary::Remainder,
        "divmod" => Binary::Divmod,
        "lshift" => Binary::LeftShift,
        "rshift" => Binary::RightShift,
        "and_" => Binary::And,
        "or_" => Binary::Or,
        "xor" => Binary::Xor,
        _ => return None,
    })
}

/// `operate(name, a, b)`, by the method of that name.
fn operate<'c>(name: &str, a: Borrowed<'c>, b: Borrowed<'c>) -> PyResult<Handle<'c>> {
    match name {
        "add" => a.add(b),
        "sub" => a.subtract(b),
        "mul" => a.multiply(b),
        "matmul" => a.matrix_multiply(b),
        "floordiv" => a.floor_divide(b),
        "truediv" => a.true_divide(b),
        "mod" => a.remainder(b),
        "divmod" => a.divmod(b),
        "lshift" => a.left_shift(b),
        "rshift" => a.right_shift(b),
        "and_" => a.and(b),
        "or_" => a.or(b),
        "xor" => a.xor(b),
        "pow" => a.power(b, None),
        "ipow" => a.power_in_place(b),
        other => match other.strip_prefix('i').and_then(binary) {
            Some(op) => a.number_in_place(op, b),
            None => Err(PyErr::new(Exception::Value, "no such operator")),
        },
    }
}

fn unary<'c>(name: &str, a: Borrowed<'c>) -> PyResult<Handle<'c>> {
    match name {
        "neg" => a.negative(),
        "pos" => a.positive(),
        "abs" => a.absolute(),
        "invert" => a.invert(),
        "index" => a.index(),
        "int" => a.int(),
        "float" => a.float(),
        "str" => a.str(),
        "repr" => a.repr(),
        "ascii" => a.ascii(),
        "hash" => a.hash()?.into_py(a.ctx()),
        "truth" => a.truth()?.into_py(a.ctx()),
        "len" => a.len()?.into_py(a.ctx()),
        "type" => Ok(a.type_of()),
        "callable" => a.is_callable().into_py(a.ctx()),
        "number" => a.is_number().into_py(a.ctx()),
        "dict_keys" => a.dict_keys(),
        "dict_copy" => a.dict_copy(),
        _ => a.number_unary(Unary::Negative),
    }
}

fn comparison(name: &str) -> Compare {
    match name {
        "lt" => Compare::Lt,
        "le" => Compare::Le,
        "eq" => Compare::Eq,
        "ne" => Compare::Ne,
        "gt" => Compare::Gt,
        _ => Compare::Ge,
    }
}

fn objects(m: &mut ModuleDef) {
    m.function_raw(c"operate", c"operate(name, a, b).", |_, args| {
        let [name, a, b] = exactly(args)?;
        operate(name.as_str()?, a, b)
    })
    .function_raw(c"number", c"The same by Borrowed.number.", |_, args| {
        let [name, a, b] = exactly(args)?;
        let no = || PyErr::new(Exception::Value, "no such operator");
        a.number(binary(name.as_str()?).ok_or_else(no)?, b)
    })
    .function_raw(c"unary", c"unary(name, a).", |_, args| {
        let [name, a] = exactly(args)?;
        unary(name.as_str()?, a)
    })
    .function_raw(c"power", c"pow(a, b, modulus).", |_, args| {
        let [a, b, modulus] = exactly(args)?;
        a.power(b, Some(modulus))
    })
    .function_raw(c"compare", c"compare(name, a, b).", |this, args| {
        let [name, a, b] = exactly(args)?;
        a.compare(b, comparison(name.as_str()?))?
            .into_py(this.ctx())
    })
    .function_raw(c"equals", c"a == b.", |this, args| {
        let [a, b] = exactly(args)?;
        a.equals(b)?.into_py(this.ctx())
    })
    .function_raw(c"get", c"a[key].", |_, args| {
        let [a, key] = exactly(args)?;
        a.get(key)
    })
    .function_raw(c"set", c"a[key] = value.", |this, args| {
        let [a, key, value] = exactly(args)?;
        a.set(key, value)?;
        Ok(this.ctx().none())
    })
    .function_raw(c"delete", c"del a[key].", |this, args| {
        let [a, key] = exactly(args)?;
        a.delete(key)?;
        Ok(this.ctx().none())
    })
    .function_raw(
        c"item",
        c"a[index], set, deleted and contained.",
        |this, args| {
            let [a, index, value] = exactly(args)?;
            let (ctx, index) = (this.ctx(), index.extract::<usize>()?);
            let before = a.item(index)?;
            a.set_item(index, value)?;
            let contained = a.contains(value)?.into_py(ctx)?;
            a.delete_item(index)?;
            ctx.pack(&[before.as_borrowed(), contained.as_borrowed()])
        },
    )
    .function_raw(c"contains", c"item in a.", |this, args| {
        let [a, item] = exactly(args)?;
        a.contains(item)?.into_py(this.ctx())
    })
    .function_raw(c"append", c"a.append(item).", |this, args| {
        let [a, item] = exactly(args)?;
        a.append(item)?;
        Ok(this.ctx().none())
    })
    .function_raw(c"attributes", c"Uses a.x in every way.", |this, args| {
        let ([a], ctx) = (exactly(args)?, this.ctx());
        let had = a.has_attr(c"x");
        a.set_attr(c"x", 42)?;
        let x = a.attr(c"x")?.add(a.attr_of("x")?)?;
        let has = a.has_attr(c"x");
        a.delete_attr(c"x")?;
        (had, has, x.extract::<i64>()?, a.has_attr(c"x")).into_py(ctx)
    })
    .function_raw(c"attr_of", c"getattr(a, name).", |_, args| {
        let [a, name] = exactly(args)?;
        a.attr_of(name)
    })
    .function_raw(c"delete_x", c"del a.x.", |this, args| {
        let [a] = exactly(args)?;
        a.delete_attr(c"x")?;
        Ok(this.ctx().none())
    })
    .function_raw(c"call_named", c"f(1, *args, key=value).", |this, args| {
        let ([f, value], ctx) = (exactly(args)?, this.ctx());
        let one = ctx.tuple([1])?.item(0)?;
        f.call_named(&[one.as_borrowed()], &[("key", value), ("größe", value)])
    })
    .function_raw(c"call_method", c"a.method(value).", |_, args| {
        let [a, value] = exactly(args)?;
        a.call_method(c"method", &[value])
    })
    .function_raw(
        c"iterate",
        c"The items, and what the iterator gives after its end.",
        |this, args| {
            let [a] = exactly(args)?;
            let mut items = a.iter()?;
            let list = items.by_ref().collect::<PyResult<Vec<_>>>()?;
            assert!(items.next().is_none());
            list.into_py(this.ctx())
        },
    )
    .function_raw(c"is_instance", c"isinstance(a, class).", |this, args| {
        let [a, class] = exactly(args)?;
        a.is_instance(class).into_py(this.ctx())
    })
    .function_raw(
        c"make",
        c"A list, tuple, set, dict and slice.",
        |this, args| {
            let ([a, b], ctx) = (exactly(args)?, this.ctx());
            let dict = ctx.dict()?;
            dict.set(a, b)?;
            dict.set("more", (1, "two"))?;
            let made = [
                ctx.list([a, b])?,
                ctx.tuple([a, b])?,
                ctx.set([a, b])?,
                dict,
                ctx.slice(Some(-5), None, Some(2))?,
            ];
            ctx.tuple(made)
        },
    )
    .function_raw(c"slice_indices", c"slice.indices(length).", |this, args| {
        let [slice, length] = exactly(args)?;
        slice.slice_indices(length.extract()?)?.into_py(this.ctx())
    });
}

fn conversions(m: &mut ModuleDef) {
    m.function(c"as_i128", c"", echo::<i128>)
        .function(c"as_u128", c"", echo::<u128>)
        .function(c"as_bigint", c"", echo::<num_bigint::BigInt>)
        .function(c"as_f32", c"", echo::<f32>)
        .function(c"as_char", c"", echo::<char>)
        .function(c"as_cow", c"", |_: Ctx<'_>, text: String| {
            Cow::<str>::Owned(text)
        })
        .function(c"as_map", c"", echo::<HashMap<String, i64>>)
        .function(c"as_ordered", c"", echo::<BTreeMap<i64, Option<String>>>)
        .function(
            c"as_nested",
            c"",
            echo::<BTreeMap<String, BTreeMap<Bytes, Vec<i64>>>>,
        )
        .function(c"as_bools", c"", echo::<HashMap<bool, i64>>)
        .function(c"as_set", c"", echo::<HashSet<i128>>)
        .function(c"as_ordered_set", c"", echo::<BTreeSet<(String, i64)>>)
        .function(c"as_sets", c"", echo::<Vec<BTreeSet<u8>>>)
        .function(c"as_three", c"", echo::<[i64; 3]>)
        .function(c"as_none", c"", echo::<[i64; 0]>)
        .function(c"as_box", c"", echo::<Option<Box<i64>>>)
        .function(c"as_place", c"", echo::<Place>)
        .function(c"as_inner", c"", echo::<Inner>)
        .function(c"as_places", c"", echo::<Vec<Place>>)
        .function(
            c"place",
            c"How Rust sees it.",
            |_: Ctx<'_>, place: Place| format!("{place:?}"),
        )
        .function(
            c"anything",
            c"Takes one to three arguments, whatever they are.",
            |_: Ctx<'_>, n: i64, _: Anything, _: Anything| n,
        )
        .function(c"as_date", c"", echo::<jiff::civil::Date>)
        .function(c"as_time", c"", echo::<jiff::civil::Time>)
        .function(c"as_datetime", c"", echo::<jiff::civil::DateTime>)
        .function(c"as_duration", c"", echo::<jiff::SignedDuration>)
        .function(c"as_timestamp", c"", echo::<jiff::Timestamp>)
        .function(
            c"far_dates",
            c"Dates that Python does not have.",
            |ctx: Ctx<'_>, n: i64| match n {
                0 => jiff::civil::Date::MIN.into_py(ctx).map(drop),
                1 => jiff::civil::DateTime::MIN.into_py(ctx).map(drop),
                2 => jiff::SignedDuration::MAX.into_py(ctx).map(drop),
                _ => jiff::Timestamp::MIN.into_py(ctx).map(drop),
            },
        )
        .function(c"fine_time", c"A time with nanoseconds.", |_: Ctx<'_>| {
            jiff::civil::time(23, 59, 59, 999_999_999)
        });
}

/// The names of exceptions that have a variant, and some that have none.
fn exception(name: &str) -> Exception {
    match name {
        "ValueError" => Exception::Value,
        "LookupError" => Exception::Lookup,
        "KeyError" => Exception::Key,
        "OSError" => Exception::Os,
        "FileNotFoundError" => Exception::FileNotFound,
        "StopIteration" => Exception::StopIteration,
        "KeyboardInterrupt" => Exception::KeyboardInterrupt,
        "BaseException" => Exception::Base,
        "Exception" => Exception::Exception,
        "UserWarning" => Exception::UserWarning,
        "DeprecationWarning" => Exception::DeprecationWarning,
        "EncodingWarning" => Exception::Builtin(c"EncodingWarning"),
        "ArithmeticError" => Exception::Builtin(c"ArithmeticError"),
        _ => Exception::Builtin(c"NoSuchError"),
    }
}

/// Fails in a way, or calls what it is given.
fn attempt<'c>(ctx: Ctx<'c>, what: Borrowed<'_>) -> PyResult<Handle<'c>> {
    if what.is_callable() {
        return what.into_py(ctx)?.call(&[]);
    }
    match what.as_str()? {
        "panic" => panic!("while caught"),
        "os" => Err(PyErr::os(2, "made up", Some("/a/b".into()))),
        "new" => Err(PyErr::new(Exception::Key, "new")),
        "nested" => {
            let inner = ctx.catch(|_| Err::<(), _>(PyErr::new(Exception::Value, "inner")))?;
            let inner = inner.expect_err("it fails");
            Err(PyErr::new(Exception::Type, "outer").raise_from(ctx, inner.as_borrowed()))
        }
        "caught inside" => {
            let caught = ctx.catch(|ctx| ctx.builtin(c"no_such_thing").map(drop))?;
            Ok(caught.expect_err("there is none").type_of())
        }
        other => other.into_py(ctx),
    }
}

fn errors(m: &mut ModuleDef) {
    m.function_raw(
        c"catch",
        c"(True, result) or (False, exception).",
        |this, args| {
            let ([what], ctx) = (exactly(args)?, this.ctx());
            let mut result = None;
            let caught = ctx.catch(|inner| {
                // The handle leaves by way of the outer context.
                result = Some(attempt(inner, what)?.into_py(ctx)?);
                Ok(7)
            })?;
            match caught {
                Ok(seven) => {
                    assert_eq!(seven, 7);
                    ctx.pack(&[
                        true.into_py(ctx)?.as_borrowed(),
                        result.expect("done").as_borrowed(),
                    ])
                }
                Err(error) => ctx.pack(&[false.into_py(ctx)?.as_borrowed(), error.as_borrowed()]),
            }
        },
    )
    .function_raw(c"raise_object", c"raise error.", |_, args| {
        let [error] = exactly(args)?;
        Err(PyErr::object(error))
    })
    .function_raw(
        c"raise_from",
        c"raise ValueError(message) from cause.",
        |this, args| {
            let [message, cause] = exactly(args)?;
            let error = PyErr::new(Exception::Value, message.extract::<String>()?);
            Err(error.raise_from(this.ctx(), cause))
        },
    )
    .function_raw(
        c"raise_os_from",
        c"raise FileNotFoundError from cause.",
        |this, args| {
            let [cause] = exactly(args)?;
            Err(PyErr::os(2, "made up", None).raise_from(this.ctx(), cause))
        },
    )
    .function_raw(
        c"pending_from",
        c"f() fails: raised as it is.",
        |this, args| {
            let [f, cause] = exactly(args)?;
            f.call(&[]).map_err(|e| e.raise_from(this.ctx(), cause))
        },
    )
    .function_raw(c"caused_by_pending", c"f() fails, and more.", |_, args| {
        let [f, first] = exactly(args)?;
        let first = first.extract::<bool>()?;
        f.call(&[]).map_err(|pending| {
            let new = PyErr::new(Exception::Value, "new");
            if first {
                pending.caused_by(new)
            } else {
                new.caused_by(pending)
            }
        })
    })
    .function(
        c"caused_by",
        c"Three in a chain.",
        |_: Ctx<'_>| -> PyResult<()> {
            let last = PyErr::new(Exception::Key, "last").caused_by(PyErr::os(13, "os", None));
            Err(PyErr::new(Exception::Value, "first").caused_by(last))
        },
    )
    .function(
        c"chained",
        c"A Rust error with sources.",
        |_: Ctx<'_>, how: i64| {
            let io = std::io::Error::from_raw_os_error(2);
            let middle = Chained("middle", Some(Box::new(io)));
            match how {
                0 => Err(PyErr::from_error(
                    Exception::Value,
                    &Chained("top", Some(Box::new(middle))),
                )),
                1 => Err((Box::new(middle) as Box<dyn std::error::Error>).into()),
                2 => Err(std::io::Error::other("no number").into()),
                _ => Ok(()),
            }
        },
    )
    .function(
        c"raise_builtin",
        c"Raises by name.",
        |_: Ctx<'_>, name: String, text: String| Err::<(), _>(PyErr::new(exception(&name), text)),
    )
    .function_raw(
        c"fails_with",
        c"Whether f() raises such a class.",
        |this, args| {
            let ([f, name], ctx) = (exactly(args)?, this.ctx());
            let class = exception(name.as_str()?);
            match f.call(&[]) {
                Ok(_) => Ok(ctx.none()),
                Err(error) => {
                    let is = error.is(ctx, class);
                    error.forget(ctx);
                    is.into_py(ctx)
                }
            }
        },
    )
    .function(
        c"new_is",
        c"Whether a new exception is of a class.",
        |ctx: Ctx<'_>, made: String, asked: String| match made.as_str() {
            "os" => PyErr::os(2, "", None).is(ctx, exception(&asked)),
            "caused" => PyErr::new(Exception::Key, "")
                .caused_by(PyErr::new(Exception::Value, ""))
                .is(ctx, exception(&asked)),
            made => PyErr::new(exception(made), "").is(ctx, exception(&asked)),
        },
    )
    .function(
        c"warn",
        c"Warns.",
        |ctx: Ctx<'_>, category: String, message: String| ctx.warn(exception(&category), &message),
    );
}

fn variables(m: &mut ModuleDef) {
    m.global(&LANGUAGE)
        .global(&EMPTY)
        .exec(|ctx, _| {
            let default = "en".into_py(ctx)?;
            let language = ContextVar::new(ctx, c"language", Some(default.as_borrowed()))?;
            language.store(&LANGUAGE)?;
            ContextVar::new(ctx, c"empty", None)?.store(&EMPTY)
        })
        .function_raw(c"get_language", c"The value, or None.", |this, _| {
            let ctx = this.ctx();
            ContextVar::load(ctx, &LANGUAGE)?.get(ctx)?.into_py(ctx)
        })
        .function_raw(c"get_empty", c"The value, or None.", |this, _| {
            let ctx = this.ctx();
            ContextVar::load(ctx, &EMPTY)?.get(ctx)?.into_py(ctx)
        })
        .function_raw(
            c"set_language",
            c"Sets it; returns the token.",
            |this, args| {
                let ([value], ctx) = (exactly(args)?, this.ctx());
                ContextVar::load(ctx, &LANGUAGE)?.set(ctx, value)
            },
        )
        .function_raw(c"reset_language", c"Resets it.", |this, args| {
            let ([token], ctx) = (exactly(args)?, this.ctx());
            ContextVar::load(ctx, &LANGUAGE)?.reset(token)?;
            Ok(ctx.none())
        })
        .function_raw(c"language_var", c"The variable itself.", |this, _| {
            ContextVar::load(this.ctx(), &LANGUAGE)?
                .as_borrowed()
                .into_py(this.ctx())
        })
        .function_raw(c"value_of", c"The value of a variable.", |this, args| {
            let ([var], ctx) = (exactly(args)?, this.ctx());
            ContextVar::of(var.into_py(ctx)?)?.get(ctx)?.into_py(ctx)
        });
}

pub fn define(m: &mut ModuleDef) {
    objects(m);
    conversions(m);
    errors(m);
    variables(m);
}
