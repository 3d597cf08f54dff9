// SPDX-License-Identifier: MIT OR Apache-2.0

//! `#[derive(FromPy)]` and `#[derive(IntoPy)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Data, DataEnum, DeriveInput, Expr, Field, Fields, FieldsNamed};

use crate::options::Options;
use crate::text::python_name;

/// A field, and what its attribute says.
struct Part<'f> {
    field: &'f Field,
    name: String,
    /// It may be missing: then it is this, or the type's default.
    default: Option<Option<Expr>>,
}

fn parts(fields: &FieldsNamed) -> syn::Result<Vec<Part<'_>>> {
    let part = |field| {
        let field: &Field = field;
        let mut options = Options::take_py(&mut field.attrs.clone())?;
        let name = options.text("name")?;
        let default = options.rust("default")?.map(|(_, value)| value);
        options.end("name, default")?;
        let own = field.ident.as_ref().map(python_name).unwrap_or_default();
        Ok(Part {
            field,
            name: name.map_or(own, |name| name.value()),
            default,
        })
    };
    fields.named.iter().map(part).collect()
}

pub(crate) fn from_py(item: &DeriveInput) -> syn::Result<TokenStream> {
    let (name, text) = (&item.ident, item.ident.to_string());
    let body = match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                let parts = parts(fields)?;
                let names = parts.iter().map(|part| &part.name);
                let values = parts.iter().enumerate().map(|(index, part)| {
                    let (ident, span) = (&part.field.ident, part.field.ty.span());
                    let value = match &part.default {
                        None => quote_spanned!(span=> parts.take(#index)?),
                        Some(None) => quote_spanned! {span=>
                            parts.take_or(#index, ::core::default::Default::default)?
                        },
                        Some(Some(value)) => {
                            quote_spanned!(span=> parts.take_or(#index, || #value)?)
                        }
                    };
                    quote!(#ident: #value)
                });
                quote! {
                    let parts = ::hpy_bindings::__private::Parts::of(value, #text, [#(#names),*])?;
                    ::core::result::Result::Ok(#name { #(#values),* })
                }
            }
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                quote!(value.extract().map(#name))
            }
            other => return Err(unfit(other)),
        },
        Data::Enum(data) => first_that_fits(item, data)?,
        Data::Union(data) => return Err(unfit(&data.fields)),
    };
    let (generics, arguments, clause) = item.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::hpy_bindings::FromPy for #name #arguments #clause {
            fn from_py(value: ::hpy_bindings::Borrowed<'_>) -> ::hpy_bindings::PyResult<Self> {
                #body
            }
        }
    })
}

fn first_that_fits(item: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    let (name, text) = (&item.ident, item.ident.to_string());
    let mut attempts = TokenStream::new();
    for variant in &data.variants {
        let ident = &variant.ident;
        let Fields::Unnamed(fields) = &variant.fields else {
            return Err(unfit(&variant.fields));
        };
        let (Some(field), 1) = (fields.unnamed.first(), fields.unnamed.len()) else {
            return Err(unfit(&variant.fields));
        };
        let ty = &field.ty;
        attempts.extend(quote_spanned! {ty.span()=>
            if let ::core::option::Option::Some(found) =
                ::hpy_bindings::__private::if_it_fits(value, value.extract::<#ty>())?
            {
                return ::core::result::Result::Ok(#name::#ident(found));
            }
        });
    }
    Ok(quote! {
        #attempts
        ::core::result::Result::Err(::hpy_bindings::__private::expected(#text, value))
    })
}

pub(crate) fn into_py(item: &DeriveInput) -> syn::Result<TokenStream> {
    let name = &item.ident;
    let body = match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                let parts = parts(fields)?;
                let sets = parts.iter().map(|part| {
                    let (ident, key) = (&part.field.ident, &part.name);
                    quote_spanned!(part.field.ty.span()=> dict.set(#key, self.#ident)?;)
                });
                quote! {
                    let dict = ctx.dict()?;
                    #(#sets)*
                    ::core::result::Result::Ok(dict)
                }
            }
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                quote!(::hpy_bindings::IntoPy::into_py(self.0, ctx))
            }
            other => return Err(unfit(other)),
        },
        Data::Enum(data) => {
            let mut arms = TokenStream::new();
            for variant in &data.variants {
                let ident = &variant.ident;
                match &variant.fields {
                    Fields::Unnamed(fields) if fields.unnamed.len() == 1 => arms.extend(quote! {
                        #name::#ident(value) => ::hpy_bindings::IntoPy::into_py(value, ctx),
                    }),
                    other => return Err(unfit(other)),
                }
            }
            quote!(match self { #arms })
        }
        Data::Union(data) => return Err(unfit(&data.fields)),
    };
    let (generics, arguments, clause) = item.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::hpy_bindings::IntoPy for #name #arguments #clause {
            fn into_py(
                self,
                ctx: ::hpy_bindings::Ctx<'_>,
            ) -> ::hpy_bindings::PyResult<::hpy_bindings::Handle<'_>> {
                #body
            }
        }
    })
}

fn unfit(fields: &impl syn::spanned::Spanned) -> syn::Error {
    syn::Error::new(
        fields.span(),
        "this has a struct with named fields or one field, or an enum of variants with one field",
    )
}
