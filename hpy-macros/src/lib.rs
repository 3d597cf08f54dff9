// SPDX-License-Identifier: MIT OR Apache-2.0

#![doc = include_str!("../README.md")]

mod class;
mod convert;
mod exception;
mod function;
mod methods;
mod module;
mod options;
mod parameters;
mod protocols;
mod text;
mod types;

use proc_macro::TokenStream;
use quote::ToTokens;
use syn::parse::Parse;

/// Parses the item of an attribute, and expands it. What goes wrong is an error where it stands,
/// and the item is left as it is, so that it is the only one.
fn attribute<I: Parse + ToTokens>(
    item: TokenStream,
    expand: impl FnOnce(&mut I) -> syn::Result<proc_macro2::TokenStream>,
) -> TokenStream {
    let mut item = match syn::parse::<I>(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error().into(),
    };
    let made = expand(&mut item).unwrap_or_else(syn::Error::into_compile_error);
    let mut all = item.into_token_stream();
    all.extend(made);
    all.into()
}

/// Makes a function of the module: `#[pyfunction]`, `#[pyfunction(name = "…", signature = (…))]`.
///
/// Parameters are whatever is `FromArg`, and a `Ctx` anywhere among them, which Python does not
/// see; the result is whatever is `IntoPy`. Without a signature, all parameters may be given by
/// position or by name, and those that are an `Option` may be left out. The signature is Python's:
/// `(a, b=1, /, *args, c=None, **kwargs)`, with Rust's expressions as defaults. What Python cannot
/// give by name, as all in `(a, b, /)`, costs the least. `text_signature = "(a, b=())"` is shown
/// by `help` instead; a method's begins with `$self`.
#[proc_macro_attribute]
pub fn pyfunction(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(item, |item| function::expand(options.into(), item))
}

/// Makes a class of a struct, or of an enum without fields.
///
/// Options: `name = "…"`, `module = "…"`; `frozen` (no method changes a value), `eq`, `ord`, `hash`
/// (by the traits of the type), `eq_int` (of an enum); `get_all`, `set_all`; `objects` (values keep
/// Python objects), `subclass` (Python classes may derive from it), `fields = 2` (as
/// `Class::FIELDS`). A field with `#[py(get)]`, `#[py(set)]` or `#[py(get, set, name = "…")]` is a
/// property.
#[proc_macro_attribute]
pub fn pyclass(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(item, |item| class::expand(options.into(), item))
}

/// Declares the methods of a class; once for each. With `#[pymethods(positional_only)]`, parameters
/// of functions without a signature cannot be given by name.
///
/// `#[new]`, `#[getter]`, `#[setter]`, `#[deleter]`, `#[staticmethod]`, `#[classmethod]`,
/// `#[classattr]` and `#[buffer]` say what is no plain method, and `#[define]` marks a function that
/// gets the `ClassDef`, for what only the builder has; special methods (`__add__`,
/// `__iter__` …) are known by their names, and a class with `__next__` alone has an `__iter__` that
/// returns its object; `#[py(name = "…", signature = (…))]` has the options of
/// [`macro@pyfunction`].
#[proc_macro_attribute]
pub fn pymethods(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(item, |item| methods::expand(options.into(), item))
}

/// Makes the module of an inline `mod`: `#[pymodule]`, `#[pymodule(name = "…", module = "…")]`.
///
/// Every `#[pyfunction]`, `#[pyclass]` and `#[pyexception]` in it is the module's, and what a
/// `use` or a `const` with `#[pymodule_export]` names. A function with `#[pymodule_init]` runs
/// when the module is imported; one with `#[pymodule_define]` gets the `ModuleDef`. `module` is
/// the name of the package around it. With `no_export`, hosts do not find the module: another
/// one calls its `__define`.
#[proc_macro_attribute]
pub fn pymodule(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(item, |item| module::expand(options.into(), item))
}

/// Makes an exception class of a unit struct: `#[pyexception(extends = Exception::Value)]`.
///
/// `Name::new_err(message)` is an error that raises it, `Name::class()` the class, also for
/// `extends` of others. With `panics`, a panic in the module's code becomes one of these.
#[proc_macro_attribute]
pub fn pyexception(options: TokenStream, item: TokenStream) -> TokenStream {
    attribute(item, |item| exception::expand(options.into(), item))
}

/// Takes a struct from a dict, or from an object with such attributes; an enum by the first of
/// its variants that fits.
///
/// A field that is an `Option` may be missing, and one with `#[py(default)]` or
/// `#[py(default = …)]`; `#[py(name = "…")]` is its name in Python.
#[proc_macro_derive(FromPy, attributes(py))]
pub fn derive_from_py(item: TokenStream) -> TokenStream {
    derive(item, convert::from_py)
}

/// Makes a struct a dict, an enum what the value in it becomes.
#[proc_macro_derive(IntoPy, attributes(py))]
pub fn derive_into_py(item: TokenStream) -> TokenStream {
    derive(item, convert::into_py)
}

fn derive(
    item: TokenStream,
    expand: fn(&syn::DeriveInput) -> syn::Result<proc_macro2::TokenStream>,
) -> TokenStream {
    let expanded = syn::parse(item).and_then(|item| expand(&item));
    expanded
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
