//! Python functions that ammonia calls.

use std::borrow::Cow;

use hpy_bindings::{Borrowed, Ctx, Exception, Handle, Object, PyResult};

/// Calls a function with some texts. It returns a text or `None`; what it raises goes to
/// `sys.unraisablehook`, and is the same as `None`.
fn call(function: &Object, texts: &[&str], name: &str) -> Option<String> {
    let answer = Ctx::current(|ctx| {
        let mut shown = None;
        let answer = ask(ctx, function, texts, name, &mut shown);
        answer.unwrap_or_else(|error| {
            error.write_unraisable(ctx, shown.as_ref().map(Handle::as_borrowed));
            None
        })
    });
    answer.flatten()
}

fn ask<'c>(
    ctx: Ctx<'c>,
    function: &Object,
    texts: &[&str],
    name: &str,
    shown: &mut Option<Handle<'c>>,
) -> PyResult<Option<String>> {
    let arguments = ctx.tuple(texts.iter().copied())?;
    let arguments = shown.insert(arguments).as_borrowed();
    let arguments: Vec<Handle<'_>> = arguments.iter()?.collect::<PyResult<_>>()?;
    let arguments: Vec<Borrowed<'_>> = arguments.iter().map(Handle::as_borrowed).collect();
    let answer = function.get(ctx)?.call(&arguments)?;
    answer.extract().map_err(|error| {
        let message = format!("expected {name} to return str or None");
        error.replace(ctx, Exception::Type, message)
    })
}

/// Returns the filter of attributes.
pub fn attribute_filter(
    function: Object,
) -> impl for<'u> Fn(&str, &str, &'u str) -> Option<Cow<'u, str>> + Send + Sync + 'static {
    move |tag, attribute, value| {
        call(&function, &[tag, attribute, value], "attribute_filter").map(Cow::Owned)
    }
}

/// Returns what rewrites URLs.
pub fn url_relative(
    function: Object,
) -> impl for<'u> Fn(&'u str) -> Option<Cow<'u, str>> + Send + Sync + 'static {
    move |url| call(&function, &[url], "url_relative").map(Cow::Owned)
}
