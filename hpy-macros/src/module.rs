// SPDX-License-Identifier: MIT OR Apache-2.0

//! `#[pymodule]`.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::spanned::Spanned as _;
use syn::{Attribute, Ident, Item, ItemMod, LitStr, Meta, UseTree};

use crate::options::{Options, take_attribute};
use crate::text::{c_string, docs, python_name};

pub(crate) fn expand(options: TokenStream, item: &mut ItemMod) -> syn::Result<TokenStream> {
    let mut options = Options::parse(options)?;
    let (name, package) = (options.text("name")?, options.text("module")?);
    let unexported = options.flag("no_export")?.is_some();
    options.end("name, module, no_export")?;
    let name = name
        .as_ref()
        .map_or_else(|| python_name(&item.ident), LitStr::value);
    let full_name = match package {
        Some(package) => format!("{}.{name}", package.value()),
        None => name.clone(),
    };
    let doc = c_string(&docs(&item.attrs), item.ident.span())?;
    let Some((_, items)) = &mut item.content else {
        let message = "the module is written here, between braces: `use` brings in other files'";
        return Err(syn::Error::new(item.span(), message));
    };
    let mut declared = TokenStream::new();
    for item in items.iter_mut() {
        declared.extend(declare(item, &full_name)?);
    }
    items.push(syn::parse_quote! {
        #[doc(hidden)]
        pub fn __define(module: &mut ::hpy_bindings::ModuleDef) {
            module.doc(#doc);
            #declared
        }
    });
    if unexported {
        return Ok(TokenStream::new());
    }
    let module = &item.ident;
    Ok(quote! {
        ::hpy_bindings::module!(#name, #module::__define);
    })
}

/// Returns the declaration of an item, if it is one of the module's.
fn declare(item: &mut Item, module: &str) -> syn::Result<TokenStream> {
    match item {
        Item::Struct(item) => Ok(class(&item.ident, &mut item.attrs, module)),
        Item::Enum(item) => Ok(class(&item.ident, &mut item.attrs, module)),
        Item::Fn(item) => {
            let name = &item.sig.ident;
            if take_attribute(&mut item.attrs, "pymodule_init").is_some() {
                return Ok(quote!(module.exec(#name);));
            }
            if take_attribute(&mut item.attrs, "pymodule_define").is_some() {
                return Ok(quote!(#name(module);));
            }
            let is_ours = item.attrs.iter().any(|a| is(a, "pyfunction"));
            Ok(if is_ours {
                export(name)
            } else {
                TokenStream::new()
            })
        }
        Item::Use(item) => {
            let mut declared = TokenStream::new();
            if take_attribute(&mut item.attrs, "pymodule_export").is_some() {
                exports(&item.tree, &mut declared)?;
            }
            Ok(declared)
        }
        Item::Const(item) => {
            if take_attribute(&mut item.attrs, "pymodule_export").is_none() {
                return Ok(TokenStream::new());
            }
            let mut options = Options::take_py(&mut item.attrs)?;
            let python = options.text("name")?.map(|name| name.value());
            options.end("name")?;
            let name = &item.ident;
            let python = c_string(&python.unwrap_or_else(|| python_name(name)), name.span())?;
            Ok(quote!(module.exec(|_, module| module.set_attr(#python, #name));))
        }
        _ => Ok(TokenStream::new()),
    }
}

/// Declares a class or an exception, and tells it the name of the module.
fn class(name: &Ident, attributes: &mut [Attribute], module: &str) -> TokenStream {
    let found = attributes
        .iter_mut()
        .find(|a| is(a, "pyclass") || is(a, "pyexception"));
    let Some(attribute) = found else {
        return TokenStream::new();
    };
    let (path, given) = match &attribute.meta {
        Meta::List(list) => (list.path.clone(), list.tokens.clone()),
        other => (other.path().clone(), TokenStream::new()),
    };
    let says = given
        .clone()
        .into_iter()
        .any(|token| token.to_string() == "module");
    if !says {
        let comma = (!given.is_empty()).then(|| quote!(,));
        attribute.meta = syn::parse_quote!(#path(module = #module #comma #given));
    }
    export(name)
}

fn is(attribute: &Attribute, name: &str) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == name)
}

fn export(name: &Ident) -> TokenStream {
    quote!(#name::__export(module);)
}

/// Declares all that a `use` brings in.
fn exports(tree: &UseTree, declared: &mut TokenStream) -> syn::Result<()> {
    match tree {
        UseTree::Path(path) => exports(&path.tree, declared),
        UseTree::Name(name) => {
            declared.extend(export(&name.ident));
            Ok(())
        }
        UseTree::Rename(name) => {
            declared.extend(export(&name.rename));
            Ok(())
        }
        UseTree::Group(group) => group
            .items
            .iter()
            .try_for_each(|tree| exports(tree, declared)),
        UseTree::Glob(glob) => {
            let message = format!(
                "`{}` names nothing: list what is exported",
                glob.to_token_stream()
            );
            Err(syn::Error::new(glob.span(), message))
        }
    }
}
