// SPDX-License-Identifier: MIT OR Apache-2.0

//! `#[pyfunction]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{FnArg, GenericParam, ItemFn, PatType, ReturnType, Type};

use crate::options::Options;
use crate::parameters::{Parameters, plain_type};
use crate::text::{c_string, docs, python_name};
use crate::types;

pub(crate) fn expand(options: TokenStream, item: &mut ItemFn) -> syn::Result<TokenStream> {
    let mut options = Options::parse(options)?;
    let (name, given) = (options.text("name")?, options.parameters()?);
    options.end("name, signature, text_signature")?;
    check(&item.sig)?;

    let rust_name = &item.sig.ident;
    let parameters = Parameters::new(item.sig.inputs.iter(), given, None)?;
    let name = name.map_or_else(|| python_name(rust_name), |name| name.value());
    let (fetch, passed) = parameters.fetch(0);
    let call = quote!(#rust_name(#(#passed),*));
    let result = result(&item.sig.output, None);
    let (shown, module) = (parameters.shown(None), quote!(module));
    let types = types::of_function(&module, &name, &shown, &parameters, &item.sig.output, None);
    let doc = format!("{name}{shown}\n--\n\n{}", docs(&item.attrs));
    let (name, doc) = (
        c_string(&name, rust_name.span())?,
        c_string(&doc, rust_name.span())?,
    );
    let count = parameters.count();
    let declare = if parameters.by_position() {
        quote!(function::<::hpy_bindings::__private::Fetches<#count>, _>(#name, #doc, call))
    } else {
        let signature = parameters.signature();
        quote!(function_named::<::hpy_bindings::__private::Fetches<#count>, _, _, _>(
            #name, #doc, #signature, call))
    };
    let export = format_ident!("__export_{}", python_name(rust_name));
    let vis = &item.vis;
    Ok(quote! {
        #[doc(hidden)]
        pub(crate) fn #export(module: &mut ::hpy_bindings::ModuleDef) {
            fn call<'c>(
                __args: ::hpy_bindings::__private::Arguments<'_, 'c, #count>,
            ) -> ::hpy_bindings::PyResult<::hpy_bindings::Handle<'c>> {
                #fetch
                __args.finish #result (#call)
            }
            module.#declare;
            #types
        }
        #[doc(hidden)]
        #vis mod #rust_name {
            #[allow(unused_imports)]
            pub(crate) use super::#export as __export;
        }
    })
}

/// Returns the type argument of what converts the result: an error of that stands at the type.
pub(crate) fn result(output: &ReturnType, class: Option<&Type>) -> TokenStream {
    match output {
        ReturnType::Type(_, ty) if !matches!(**ty, Type::ImplTrait(_)) => {
            let result = plain_type((**ty).clone(), class);
            quote_spanned!(ty.span()=> ::<#result>)
        }
        _ => TokenStream::new(),
    }
}

/// Refuses functions that Python cannot call.
pub(crate) fn check(signature: &syn::Signature) -> syn::Result<()> {
    let wrong = |span, message: &str| Err(syn::Error::new(span, message));
    if let Some(word) = &signature.asyncness {
        return wrong(word.span(), "an async function cannot be called by Python");
    }
    if let Some(word) = &signature.unsafety {
        return wrong(
            word.span(),
            "Python code may call this with anything: it cannot be unsafe",
        );
    }
    for parameter in &signature.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            return wrong(
                parameter.span(),
                "Python calls one function: it has no type parameters",
            );
        }
    }
    for input in &signature.inputs {
        if let FnArg::Typed(PatType { ty, .. }) = input {
            if let Type::ImplTrait(ty) = &**ty {
                return wrong(ty.span(), "Python calls one function: name the type");
            }
        }
    }
    Ok(())
}
