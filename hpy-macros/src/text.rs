// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names and docstrings, as Python has them.

use proc_macro2::{Literal, Span};
use syn::{Attribute, Expr, Ident, Lit, LitCStr, Meta};

/// Returns the name of a Rust item in Python: `r#type` is `type`.
pub(crate) fn python_name(name: &Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

/// Returns the text of the doc comments.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        let Meta::NameValue(doc) = &attribute.meta else {
            continue;
        };
        if let (true, Expr::Lit(text)) = (doc.path.is_ident("doc"), &doc.value) {
            if let Lit::Str(text) = &text.lit {
                let text = text.value();
                let lines_of_it = text
                    .lines()
                    .map(|line| line.strip_prefix(' ').unwrap_or(line));
                lines.extend(lines_of_it.map(|line| line.trim_end().to_owned()));
                if text.is_empty() {
                    lines.push(String::new());
                }
            }
        }
    }
    lines.join("\n").trim().to_owned()
}

/// Makes a C string literal; an error where the text has a null byte in it.
pub(crate) fn c_string(text: &str, span: Span) -> syn::Result<LitCStr> {
    let Ok(text) = std::ffi::CString::new(text) else {
        return Err(syn::Error::new(span, "there is a null byte in this text"));
    };
    let mut literal = Literal::c_string(&text);
    literal.set_span(span);
    match syn::Lit::new(literal) {
        Lit::CStr(literal) => Ok(literal),
        _ => unreachable!("made as a C string"),
    }
}
