// SPDX-License-Identifier: MIT OR Apache-2.0

//! `#[pyexception]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{Fields, ItemStruct, LitStr};

use crate::options::Options;
use crate::text::{c_string, docs, python_name};

pub(crate) fn expand(options: TokenStream, item: &mut ItemStruct) -> syn::Result<TokenStream> {
    let mut options = Options::parse(options)?;
    let (name, module) = (options.text("name")?, options.text("module")?);
    let extends = options.rust("extends")?.and_then(|(_, base)| base);
    let panics = options.flag("panics")?.is_some();
    options.end("name, module, extends, panics")?;
    if !matches!(item.fields, Fields::Unit) {
        let message = "an exception has no fields here: `PyErr::with_argument` gives it an object";
        return Err(syn::Error::new(item.fields.span(), message));
    }
    let base = extends.map_or_else(
        || quote!(::hpy_bindings::Exception::Exception),
        |base| quote!(#base),
    );
    let exception = &item.ident;
    let name = name
        .as_ref()
        .map_or_else(|| python_name(exception), LitStr::value);
    let doc = c_string(&docs(&item.attrs), exception.span())?;
    let full_name = match module {
        Some(module) => {
            let name = c_string(&format!("{}.{name}", module.value()), exception.span())?;
            quote!(#name)
        }
        None => quote! {
            match ::core::ffi::CStr::from_bytes_with_nul(
                ::core::concat!(::core::env!("CARGO_CRATE_NAME"), ".", #name, "\0").as_bytes(),
            ) {
                ::core::result::Result::Ok(name) => name,
                ::core::result::Result::Err(_) => ::core::panic!("no name has a null byte"),
            }
        },
    };
    let panics = panics.then(|| quote!(module.panics_as(Self::__global());));
    Ok(quote! {
        impl #exception {
            /// Returns the class, to be raised or to be extended by another one.
            #[allow(dead_code)]
            pub fn class() -> ::hpy_bindings::Exception {
                ::hpy_bindings::Exception::Own(Self::__global())
            }

            fn __global() -> &'static ::hpy_bindings::Global {
                static CLASS: ::hpy_bindings::Global = ::hpy_bindings::Global::new();
                &CLASS
            }

            /// Makes an error that raises this exception.
            #[allow(dead_code)]
            pub fn new_err(
                message: impl ::core::convert::Into<::std::string::String>,
            ) -> ::hpy_bindings::PyErr {
                ::hpy_bindings::PyErr::new(Self::class(), message)
            }

            #[doc(hidden)]
            #[allow(dead_code)]
            pub fn __export(module: &mut ::hpy_bindings::ModuleDef) {
                const NAME: &::core::ffi::CStr = #full_name;
                module.exception(Self::__global(), NAME, #doc, #base);
                #panics
            }
        }
    })
}
