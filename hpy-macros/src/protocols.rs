// SPDX-License-Identifier: MIT OR Apache-2.0

//! The special methods that are slots of a class: operators, comparisons, containers.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Type;

use crate::methods::{Method, Special, expect};

/// Operators of two operands: the method's name, and the builder's.
const BINARY: [(&str, &str); 13] = [
    ("add", "Add"),
    ("sub", "Subtract"),
    ("mul", "Multiply"),
    ("matmul", "MatrixMultiply"),
    ("truediv", "TrueDivide"),
    ("floordiv", "FloorDivide"),
    ("mod", "Remainder"),
    ("divmod", "Divmod"),
    ("lshift", "LeftShift"),
    ("rshift", "RightShift"),
    ("and", "And"),
    ("or", "Or"),
    ("xor", "Xor"),
];

/// Operators and conversions of one operand.
const UNARY: [(&str, &str); 7] = [
    ("__neg__", "Negative"),
    ("__pos__", "Positive"),
    ("__abs__", "Absolute"),
    ("__invert__", "Invert"),
    ("__int__", "Int"),
    ("__float__", "Float"),
    ("__index__", "Index"),
];

const COMPARISONS: [(&str, &str); 6] = [
    ("__eq__", "Eq"),
    ("__ne__", "Ne"),
    ("__lt__", "Lt"),
    ("__le__", "Le"),
    ("__gt__", "Gt"),
    ("__ge__", "Ge"),
];

const OTHERS: [&str; 13] = [
    "__repr__",
    "__len__",
    "__bool__",
    "__contains__",
    "__hash__",
    "__next__",
    "__call__",
    "__getitem__",
    "__setitem__",
    "__delitem__",
    "__richcmp__",
    "__pow__",
    "__rpow__",
];

/// The in-place operator without a slot: hosts find it as an attribute of the class.
const IN_PLACE_POWER: &str = "__ipow__";

/// Methods that Python calls in other ways, with what to write instead.
const REFUSED: [(&str, &str); 5] = [
    ("__new__", "the constructor is marked by `#[new]`"),
    (
        "__init__",
        "a native object is made whole, by the constructor that `#[new]` marks",
    ),
    (
        "__del__",
        "implement `Drop`, which runs when the object is gone",
    ),
    (
        "__traverse__",
        "references are kept where the collector finds them without that",
    ),
    (
        "__getbuffer__",
        "a buffer is a method marked by `#[buffer]` that returns a slice",
    ),
];

/// Returns `true` for a special method that is a slot.
pub(crate) fn is_slot(name: &str) -> bool {
    let named = |list: &[(&str, &str)]| list.iter().any(|(found, _)| *found == name);
    OTHERS.contains(&name)
        || name == IN_PLACE_POWER
        || named(&UNARY)
        || named(&COMPARISONS)
        || operator(name).is_some()
}

/// Refuses a special method that would never be called.
pub(crate) fn refuse(method: &Method) -> syn::Result<()> {
    match REFUSED.iter().find(|(name, _)| *name == method.python) {
        Some((_, instead)) => Err(syn::Error::new(method.name.span(), instead)),
        None => Ok(()),
    }
}

/// Which operand the object of an operator's method is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    InPlace,
}

fn operator(name: &str) -> Option<(&'static str, Side)> {
    let stem = name.strip_prefix("__")?.strip_suffix("__")?;
    let find = |stem: &str| BINARY.iter().find(|(found, _)| *found == stem);
    let find = |stem, side| find(stem).map(|(_, builder)| (*builder, side));
    find(stem, Side::Left)
        .or_else(|| find(stem.strip_prefix('r')?, Side::Right))
        .or_else(|| find(stem.strip_prefix('i')?, Side::InPlace))
}

/// Returns the form of a method's function whose result is a plain value.
pub(crate) fn value_form(method: &Method, value: &TokenStream) -> TokenStream {
    let (class, count) = (&method.class, method.parameters.count());
    quote!(::hpy_bindings::__private::MethodGives<#class, #count, #value>)
}

/// Returns the declarations of all special methods of a class that are slots.
pub(crate) fn declare(special: Special, class: &Type) -> syn::Result<TokenStream> {
    let mut methods = special.slots;
    let mut declared = TokenStream::new();
    let mut take = |name: &str| {
        let index = methods.iter().position(|method| method.python == name)?;
        Some(methods.remove(index))
    };
    declared.extend(comparison(&mut take)?);
    declared.extend(power(&mut take)?);
    declared.extend(set_item(&mut take, class)?);
    for (stem, builder) in BINARY {
        let left = take(&format!("__{stem}__"));
        let right = take(&format!("__r{stem}__"));
        declared.extend(binary(builder, left, right)?);
    }
    for method in methods {
        declared.extend(single(&method, special.iterates)?);
    }
    Ok(declared)
}

/// Declares a slot that is made of one method; what has a `__next__` and no `__iter__` is its own
/// iterator.
fn single(method: &Method, iterates: bool) -> syn::Result<TokenStream> {
    let name = method.python.as_str();
    if let Some((_, builder)) = UNARY.iter().find(|(found, _)| *found == name) {
        expect(method, 0, "this takes the object alone")?;
        let builder = format_ident!("{builder}");
        let first = quote!(::hpy_bindings::Unary::#builder,);
        return Ok(method.declare_slot(&quote!(unary), &first));
    }
    if let Some((builder, Side::InPlace)) = operator(name) {
        expect(method, 1, "this takes the object and another operand")?;
        let value = quote!(::hpy_bindings::OrNotImplemented<()>);
        let convert = quote!(::hpy_bindings::__private::or_not_implemented);
        let (function, form) = (
            method.returning(&value, &convert),
            value_form(method, &value),
        );
        let builder = format_ident!("{builder}");
        return Ok(quote!({
            #function
            class.in_place::<#form, _>(::hpy_bindings::Binary::#builder, call);
        }));
    }
    if name == IN_PLACE_POWER {
        expect(method, 1, "this takes the object and another operand")?;
        let convert = quote!(::hpy_bindings::__private::or_not_implemented);
        let value = quote!(::hpy_bindings::OrNotImplemented<()>);
        let (function, form) = (
            method.returning(&value, &convert),
            value_form(method, &value),
        );
        return Ok(quote!({ #function class.power_in_place::<#form, _>(call); }));
    }
    let plain = |count, builder: TokenStream, value: TokenStream, convert: TokenStream| {
        expect(
            method,
            count,
            "this method has another number of parameters",
        )?;
        let (function, form) = (
            method.returning(&value, &convert),
            value_form(method, &value),
        );
        Ok(quote!({ #function class.#builder::<#form, _>(call); }))
    };
    let result = quote!(::hpy_bindings::__private::IntoResult::into_result);
    match name {
        "__repr__" => {
            expect(method, 0, "this takes the object alone")?;
            Ok(method.declare_slot(&quote!(repr), &quote!()))
        }
        "__len__" => plain(0, quote!(length), quote!(usize), result),
        "__bool__" => plain(0, quote!(truth), quote!(bool), result),
        "__contains__" => plain(1, quote!(contains), quote!(bool), result),
        "__hash__" => {
            let convert = quote!(::hpy_bindings::__private::HashValue::into_hash);
            plain(0, quote!(hash), quote!(u64), convert)
        }
        "__next__" => {
            expect(method, 0, "this takes the object alone")?;
            let (before, call) = method.call(0);
            let body = quote!(#before ::hpy_bindings::__private::into_next(__args.ctx(), #call));
            let function = method.function(&quote!(::hpy_bindings::Handle<'c>), &body);
            let form = method.form();
            let builder = format_ident!("{}", if iterates { "next" } else { "iterator" });
            Ok(quote!({ #function class.#builder::<#form, _>(call); }))
        }
        "__getitem__" => {
            expect(method, 1, "this takes the object and a key")?;
            Ok(method.declare_slot(&quote!(subscript), &quote!()))
        }
        "__call__" => {
            let (signature, form) = (method.parameters.signature(), method.form());
            let function = method.returning_object();
            Ok(quote!({ #function class.call::<#form, _, _, _>(#signature, call); }))
        }
        _ => unreachable!("a slot without a declaration: {name}"),
    }
}

/// Declares an operator by the methods of its operands.
fn binary(builder: &str, left: Option<Method>, right: Option<Method>) -> syn::Result<TokenStream> {
    if left.is_none() && right.is_none() {
        return Ok(TokenStream::new());
    }
    let builder = format_ident!("{builder}");
    let mut attempts = TokenStream::new();
    for (method, place) in [(&left, 0_usize), (&right, 1)] {
        let Some(method) = method else { continue };
        expect(method, 1, "this takes the object and another operand")?;
        attempts.extend(attempt(method, place));
    }
    Ok(quote!({
        fn call<'c>(
            __args: ::hpy_bindings::__private::Arguments<'_, 'c, 2>,
        ) -> ::hpy_bindings::PyResult<::hpy_bindings::Handle<'c>> {
            #attempts
            ::core::result::Result::Ok(__args.ctx().not_implemented())
        }
        class.binary::<::hpy_bindings::__private::Fetches<2>, _>(
            ::hpy_bindings::Binary::#builder, call);
    }))
}

/// Returns a statement that calls an operator's method if its operands fit; the object is the
/// one at `place`.
fn attempt(method: &Method, place: usize) -> TokenStream {
    let (class, count) = (&method.class, method.parameters.count());
    let (before, call) = method.call(0);
    quote! {
        let __done = __args.operate::<#class, #count>(#place, |__this, __args| {
            let __held = __this.hold();
            #before
            __held.finish(#call)
        })?;
        if let ::core::option::Option::Some(__done) = __done {
            return ::core::result::Result::Ok(__done);
        }
    }
}

/// Declares `__pow__` and `__rpow__`.
fn power(take: &mut impl FnMut(&str) -> Option<Method>) -> syn::Result<TokenStream> {
    let (left, right) = (take("__pow__"), take("__rpow__"));
    if left.is_none() && right.is_none() {
        return Ok(TokenStream::new());
    }
    let mut attempts = TokenStream::new();
    for (method, place) in [(&left, 0_usize), (&right, 1)] {
        let Some(method) = method else { continue };
        expect(
            method,
            2,
            "this takes the object, another operand and a modulus, an `Option`",
        )?;
        attempts.extend(attempt(method, place));
    }
    Ok(quote!({
        fn call<'c>(
            __args: ::hpy_bindings::__private::Arguments<'_, 'c, 3>,
        ) -> ::hpy_bindings::PyResult<::hpy_bindings::Handle<'c>> {
            #attempts
            ::core::result::Result::Ok(__args.ctx().not_implemented())
        }
        class.power::<::hpy_bindings::__private::Fetches<3>, _>(call);
    }))
}

/// Declares `__setitem__` and `__delitem__`, which are one slot.
fn set_item(
    take: &mut impl FnMut(&str) -> Option<Method>,
    class: &Type,
) -> syn::Result<TokenStream> {
    let (set, delete) = (take("__setitem__"), take("__delitem__"));
    if set.is_none() && delete.is_none() {
        return Ok(TokenStream::new());
    }
    let arm = |method: &Option<Method>, count, message: &str, refused: &str| -> syn::Result<_> {
        let Some(method) = method else {
            return Ok(quote!({
                ::core::result::Result::Err(::hpy_bindings::PyErr::new(
                    ::hpy_bindings::Exception::Type,
                    #refused,
                ))
            }));
        };
        expect(method, count, message)?;
        let (before, call) = method.call(0);
        Ok(quote!({ #before ::hpy_bindings::__private::IntoResult::into_result(#call) }))
    };
    let set = arm(
        &set,
        2,
        "this takes the object, a key and a value",
        "items cannot be set",
    )?;
    let delete = arm(
        &delete,
        1,
        "this takes the object and a key",
        "items cannot be deleted",
    )?;
    Ok(quote!({
        fn call(
            __this: ::hpy_bindings::__private::Receiver<'_, #class>,
            __args: ::hpy_bindings::__private::Arguments<'_, '_, 2>,
        ) -> ::hpy_bindings::PyResult<()> {
            if __args.is_given(1) #set else #delete
        }
        class.set_subscript::<::hpy_bindings::__private::MethodGives<#class, 2, ()>, _>(call);
    }))
}

/// Declares the comparisons, by `__richcmp__` or by methods of their own.
fn comparison(take: &mut impl FnMut(&str) -> Option<Method>) -> syn::Result<TokenStream> {
    let answer = |method: &Method| {
        let (before, call) = method.call(0);
        quote!({ #before ::hpy_bindings::__private::answer(#call) })
    };
    if let Some(mut method) = take("__richcmp__") {
        method
            .parameters
            .pass_last(&quote!(__how), method.name.span())?;
        expect(
            &method,
            1,
            "this takes the object, another one and a `Compare`",
        )?;
        let answer = answer(&method);
        return Ok(quote! {
            class.compare_with(|__this, __args, __how| #answer);
        });
    }
    let (mut arms, mut found, mut equal) = (TokenStream::new(), false, None);
    for (name, variant) in COMPARISONS {
        let Some(method) = take(name) else { continue };
        expect(&method, 1, "this takes the object and another one")?;
        found = true;
        let (variant, answer) = (format_ident!("{variant}"), answer(&method));
        arms.extend(quote!(::hpy_bindings::Compare::#variant => #answer,));
        match name {
            "__eq__" => equal = Some(answer),
            "__ne__" => equal = None,
            _ => {}
        }
    }
    if !found {
        return Ok(TokenStream::new());
    }
    if let Some(equal) = equal {
        arms.extend(quote! {
            ::hpy_bindings::Compare::Ne => {
                let answer: ::hpy_bindings::PyResult<::core::option::Option<bool>> = #equal;
                ::core::result::Result::Ok(answer?.map(|equal| !equal))
            }
        });
    }
    Ok(quote! {
        class.compare_with(|__this, __args, __how| match __how {
            #arms
            #[allow(unreachable_patterns)]
            _ => ::core::result::Result::Ok(::core::option::Option::None),
        });
    })
}
