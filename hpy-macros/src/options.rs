// SPDX-License-Identifier: MIT OR Apache-2.0

//! The options of attributes: `#[pyclass(frozen, name = "Stack")]`, `#[py(get)]`.

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser as _};
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, Ident, LitStr, Token};

use crate::parameters::{Given, Signature};

/// What stands behind an option's name.
pub(crate) enum Value {
    Nothing,
    Text(LitStr),
    Rust(Expr),
    Signature(Signature),
}

/// The options of one attribute, which are taken out one by one.
#[derive(Default)]
pub(crate) struct Options(Vec<(Ident, Value)>);

impl Options {
    /// Reads what stands within the parentheses of an attribute.
    pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Self> {
        let mut options = Options::default();
        options.read(tokens)?;
        Ok(options)
    }

    /// Reads, and removes, all `#[py(…)]` among attributes.
    pub(crate) fn take_py(attributes: &mut Vec<Attribute>) -> syn::Result<Self> {
        let mut options = Options::default();
        let mut wrong = None;
        attributes.retain(|attribute| {
            if !attribute.path().is_ident("py") {
                return true;
            }
            let read = attribute
                .meta
                .require_list()
                .and_then(|list| options.read(list.tokens.clone()));
            if let Err(error) = read {
                wrong = Some(error);
            }
            false
        });
        wrong.map_or(Ok(options), Err)
    }

    fn read(&mut self, tokens: TokenStream) -> syn::Result<()> {
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                self.0.push(option(input)?);
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        parser.parse2(tokens)
    }

    fn take(&mut self, name: &str) -> Option<(Ident, Value)> {
        let index = self.0.iter().position(|(found, _)| found == name)?;
        Some(self.0.remove(index))
    }

    /// Takes an option without a value; returns where it stands.
    pub(crate) fn flag(&mut self, name: &str) -> syn::Result<Option<Span>> {
        match self.take(name) {
            None => Ok(None),
            Some((found, Value::Nothing)) => Ok(Some(found.span())),
            Some((found, _)) => Err(wrong(&found, "takes no value")),
        }
    }

    /// Takes an option whose value is a text.
    pub(crate) fn text(&mut self, name: &str) -> syn::Result<Option<LitStr>> {
        match self.take(name) {
            None => Ok(None),
            Some((_, Value::Text(text))) => Ok(Some(text)),
            Some((found, _)) => Err(wrong(&found, "wants a text: `= \"…\"`")),
        }
    }

    /// Takes an option whose value is an expression, or missing.
    pub(crate) fn rust(&mut self, name: &str) -> syn::Result<Option<(Ident, Option<Expr>)>> {
        match self.take(name) {
            None => Ok(None),
            Some((found, Value::Nothing)) => Ok(Some((found, None))),
            Some((found, Value::Rust(value))) => Ok(Some((found, Some(value)))),
            Some((found, Value::Text(text))) => {
                let value = syn::parse_quote!(#text);
                Ok(Some((found, Some(value))))
            }
            Some((found, Value::Signature(_))) => Err(wrong(&found, "wants an expression")),
        }
    }

    /// Takes the options that say how parameters are given.
    pub(crate) fn parameters(&mut self) -> syn::Result<Given> {
        let signature = match self.take("signature") {
            None => None,
            Some((_, Value::Signature(signature))) => Some(signature),
            Some((found, _)) => return Err(wrong(&found, "wants parameters: `= (a, b=1)`")),
        };
        let text = self.text("text_signature")?;
        Ok(Given {
            signature,
            text_signature: text.map(|text| text.value()),
            positional_only: false,
        })
    }

    /// Complains of options that nobody took.
    pub(crate) fn end(self, known: &str) -> syn::Result<()> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => {
                let message = format!("there is no option `{name}` here; there are: {known}");
                Err(syn::Error::new(name.span(), message))
            }
        }
    }
}

fn wrong(name: &Ident, message: &str) -> syn::Error {
    syn::Error::new(name.span(), format!("the option `{name}` {message}"))
}

fn option(input: ParseStream<'_>) -> syn::Result<(Ident, Value)> {
    use syn::ext::IdentExt as _;
    let name = input.call(Ident::parse_any)?;
    if !input.peek(Token![=]) {
        return Ok((name, Value::Nothing));
    }
    input.parse::<Token![=]>()?;
    let value = if name == "signature" {
        Value::Signature(input.parse()?)
    } else if input.peek(LitStr)
        && (input.peek2(Token![,])
            || input
                .cursor()
                .token_tree()
                .is_some_and(|(_, rest)| rest.eof()))
    {
        Value::Text(input.parse()?)
    } else {
        Value::Rust(input.parse()?)
    };
    Ok((name, value))
}

/// Removes the attribute of that name, and returns it.
pub(crate) fn take_attribute(attributes: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let index = attributes.iter().position(|a| a.path().is_ident(name))?;
    Some(attributes.remove(index))
}

/// Returns what stands in an attribute's parentheses: nothing, or a name.
pub(crate) fn name_in(attribute: &Attribute) -> syn::Result<Option<String>> {
    match &attribute.meta {
        syn::Meta::Path(_) => Ok(None),
        syn::Meta::List(list) => {
            let name: Ident = syn::parse2(list.tokens.clone())?;
            Ok(Some(crate::text::python_name(&name)))
        }
        syn::Meta::NameValue(other) => {
            Err(syn::Error::new(other.span(), "takes a name in parentheses"))
        }
    }
}
