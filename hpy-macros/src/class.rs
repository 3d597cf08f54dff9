// SPDX-License-Identifier: MIT OR Apache-2.0

//! `#[pyclass]`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, Fields, Ident, Item, ItemEnum, ItemStruct, LitStr, Visibility};

use crate::options::Options;
use crate::text::{c_string, docs, python_name};
use crate::types;

const KNOWN: &str =
    "name, module, fields, objects, subclass, frozen, eq, eq_int, ord, hash, get_all, set_all";

/// The options of a class.
struct ClassOptions {
    name: Option<LitStr>,
    module: Option<LitStr>,
    fields: Option<Expr>,
    objects: Option<Span>,
    subclass: Option<Span>,
    frozen: Option<Span>,
    eq: Option<Span>,
    eq_int: Option<Span>,
    ord: Option<Span>,
    hash: Option<Span>,
    get_all: Option<Span>,
    set_all: Option<Span>,
}

impl ClassOptions {
    fn parse(tokens: TokenStream) -> syn::Result<Self> {
        let mut options = Options::parse(tokens)?;
        let made = ClassOptions {
            name: options.text("name")?,
            module: options.text("module")?,
            fields: options.rust("fields")?.and_then(|(_, count)| count),
            objects: options.flag("objects")?,
            subclass: options.flag("subclass")?,
            frozen: options.flag("frozen")?,
            eq: options.flag("eq")?,
            eq_int: options.flag("eq_int")?,
            ord: options.flag("ord")?,
            hash: options.flag("hash")?,
            get_all: options.flag("get_all")?,
            set_all: options.flag("set_all")?,
        };
        options.end(KNOWN)?;
        if let (Some(span), None) = (made.ord, made.eq) {
            return Err(syn::Error::new(span, "`ord` needs `eq`"));
        }
        if let (Some(span), None) = (made.hash, made.frozen) {
            let message = "`hash` needs `frozen`: a key of a dict must not change";
            return Err(syn::Error::new(span, message));
        }
        if let (Some(span), Some(_)) = (made.set_all, made.frozen) {
            return Err(syn::Error::new(
                span,
                "fields of a frozen class cannot be set",
            ));
        }
        Ok(made)
    }
}

pub(crate) fn expand(options: TokenStream, item: &mut Item) -> syn::Result<TokenStream> {
    let options = ClassOptions::parse(options)?;
    match item {
        Item::Struct(item) => of_struct(&options, item),
        Item::Enum(item) => of_enum(&options, item),
        other => Err(syn::Error::new(
            other.span(),
            "a class is a struct, or an enum without fields",
        )),
    }
}

fn of_struct(options: &ClassOptions, item: &mut ItemStruct) -> syn::Result<TokenStream> {
    if let Some(span) = options.eq_int {
        return Err(syn::Error::new(span, "`eq_int` is for enums"));
    }
    no_generics(&item.generics)?;
    let (class, mut declared) = (item.ident.clone(), TokenStream::new());
    let named = matches!(item.fields, Fields::Named(_));
    for (index, field) in item.fields.iter_mut().enumerate() {
        let mut found = Options::take_py(&mut field.attrs)?;
        let (get, set) = (found.flag("get")?, found.flag("set")?);
        let name = found.text("name")?;
        found.end("get, set, name")?;
        let (get, set) = (
            get.or(options.get_all.filter(|_| named)),
            set.or(options.set_all.filter(|_| named)),
        );
        if get.is_none() && set.is_none() {
            continue;
        }
        if let (Some(span), Some(_)) = (set, options.frozen) {
            return Err(syn::Error::new(
                span,
                "a field of a frozen class cannot be set",
            ));
        }
        let (member, python) = match &field.ident {
            Some(ident) => (quote!(#ident), python_name(ident)),
            None => {
                let index = syn::Index::from(index);
                (quote!(#index), String::new())
            }
        };
        let python = name.map_or(python, |name| name.value());
        if python.is_empty() {
            let message = "a field without a name wants `name = \"…\"`";
            return Err(syn::Error::new(field.span(), message));
        }
        let span = field.ty.span();
        declared.extend(types::of_attribute(&python, &field.ty));
        let (python, doc) = (
            c_string(&python, span)?,
            c_string(&docs(&field.attrs), span)?,
        );
        let ty = &field.ty;
        if get.is_some() {
            declared.extend(quote_spanned! {span=>
                class.getter(#python, #doc, |_: ::hpy_bindings::Ctx<'_>, this: &#class| {
                    ::core::clone::Clone::clone(&this.#member)
                });
            });
        }
        if set.is_some() {
            declared.extend(quote_spanned! {span=>
                class.setter(
                    #python,
                    |_: ::hpy_bindings::Ctx<'_>, this: &mut #class, value: #ty| this.#member = value,
                );
            });
        }
    }
    declared.extend(comparisons(options, &class));
    implement(options, &class, &item.vis, &item.attrs, &declared)
}

fn of_enum(options: &ClassOptions, item: &mut ItemEnum) -> syn::Result<TokenStream> {
    no_generics(&item.generics)?;
    if let Some(span) = options.get_all.or(options.set_all) {
        return Err(syn::Error::new(span, "an enum has no fields"));
    }
    let class = item.ident.clone();
    let python_class = options
        .name
        .as_ref()
        .map_or_else(|| python_name(&class), LitStr::value);
    let (mut attributes, mut copies, mut texts) =
        (TokenStream::new(), TokenStream::new(), TokenStream::new());
    for variant in &mut item.variants {
        let mut found = Options::take_py(&mut variant.attrs)?;
        let name = found.text("name")?;
        found.end("name")?;
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a variant of a class has no fields: `#[derive(FromPy)]` is for those";
            return Err(syn::Error::new(variant.fields.span(), message));
        }
        let ident = &variant.ident;
        let name = name.map_or_else(|| python_name(ident), |name| name.value());
        let text = format!("{python_class}.{name}");
        let name = c_string(&name, ident.span())?;
        attributes.extend(quote! {
            class.attribute(#name, |ctx| ::hpy_bindings::IntoPy::into_py(#class::#ident, ctx));
        });
        copies.extend(quote!(#class::#ident => #class::#ident,));
        texts.extend(quote!(#class::#ident => #text,));
    }
    let number = format_ident!("__number");
    let mut declared = quote! {
        #attributes
        class.repr(|_: ::hpy_bindings::Ctx<'_>, this: &#class| this.__text());
        class.unary(
            ::hpy_bindings::Unary::Int,
            |_: ::hpy_bindings::Ctx<'_>, this: &#class| this.#number(),
        );
    };
    if options.eq_int.is_some() {
        declared.extend(quote! {
            class.compare_with(|this, args, how| {
                let other = args.required::<::hpy_bindings::Borrowed<'_>>(0)?;
                let other = match ::hpy_bindings::__private::if_it_fits(
                    other,
                    other.extract::<#class>(),
                )? {
                    ::core::option::Option::Some(other) => other.#number(),
                    ::core::option::Option::None => args.required::<i64>(0)?,
                };
                let equal = this.read()?.#number() == other;
                ::core::result::Result::Ok(::hpy_bindings::__private::equality(how, equal))
            });
        });
    } else {
        declared.extend(comparisons(options, &class));
    }
    if options.hash.is_some() && options.eq_int.is_some() {
        declared.extend(quote! {
            class.hash(|_: ::hpy_bindings::Ctx<'_>, this: &#class| this.#number() as u64);
        });
    }
    let made = implement(options, &class, &item.vis, &item.attrs, &declared)?;
    Ok(quote! {
        #made

        impl #class {
            fn __text(&self) -> &'static str {
                match self { #texts }
            }

            fn __copy(&self) -> Self {
                match self { #copies }
            }

            fn #number(&self) -> i64 {
                self.__copy() as i64
            }
        }

        impl ::hpy_bindings::FromPy for #class {
            fn from_py(value: ::hpy_bindings::Borrowed<'_>) -> ::hpy_bindings::PyResult<Self> {
                let shared = value.extract::<::hpy_bindings::Shared<Self>>()?;
                let value = shared.borrow(value.ctx())?;
                ::core::result::Result::Ok(value.__copy())
            }
        }
    })
}

/// Returns the declarations of comparisons and of the hash by the type's own traits.
fn comparisons(options: &ClassOptions, class: &Ident) -> TokenStream {
    let mut declared = TokenStream::new();
    if let Some(span) = options.ord.or(options.eq) {
        let holds = if options.ord.is_some() {
            quote_spanned!(span=> ::hpy_bindings::__private::partial_order(how, ::core::cmp::PartialOrd::partial_cmp(&*this, &*other)))
        } else {
            quote_spanned!(span=> ::hpy_bindings::__private::equality(how, *this == *other))
        };
        declared.extend(quote! {
            class.compare_with(|this, args, how| {
                let other = args.required::<::hpy_bindings::Shared<#class>>(0)?;
                let (this, other) = (this.read()?, other.borrow(args.ctx())?);
                ::core::result::Result::Ok(#holds)
            });
        });
    }
    if let (Some(span), None) = (options.hash, options.eq_int) {
        declared.extend(quote_spanned! {span=>
            class.hash(|_: ::hpy_bindings::Ctx<'_>, this: &#class| {
                let mut hasher = ::std::hash::DefaultHasher::new();
                ::std::hash::Hash::hash(this, &mut hasher);
                ::std::hash::Hasher::finish(&hasher)
            });
        });
    }
    declared
}

/// Makes a class of a type.
fn implement(
    options: &ClassOptions,
    class: &Ident,
    vis: &Visibility,
    attributes: &[Attribute],
    declared: &TokenStream,
) -> syn::Result<TokenStream> {
    let name = options
        .name
        .as_ref()
        .map_or_else(|| python_name(class), LitStr::value);
    let full_name = match &options.module {
        Some(module) => {
            let name = c_string(&format!("{}.{name}", module.value()), class.span())?;
            quote!(#name)
        }
        // The crate's, where the module does not say its own.
        None => quote! {
            match ::core::ffi::CStr::from_bytes_with_nul(
                ::core::concat!(::core::env!("CARGO_CRATE_NAME"), ".", #name, "\0").as_bytes(),
            ) {
                ::core::result::Result::Ok(name) => name,
                ::core::result::Result::Err(_) => ::core::panic!("no name has a null byte"),
            }
        },
    };
    let doc = c_string(&docs(attributes), class.span())?;
    let frozen = options.frozen.is_some();
    let fields = options
        .fields
        .as_ref()
        .map(|count| quote!(const FIELDS: usize = #count;));
    let objects = options.objects.map(|_| {
        quote!(
            const OBJECTS: bool = true;
        )
    });
    let subclass = options.subclass.map(|_| {
        quote!(
            const SUBCLASS: bool = true;
        )
    });
    let span = class.span();
    let implemented = quote_spanned! {span=>
        impl ::hpy_bindings::Class for #class {
            const NAME: &'static ::core::ffi::CStr = #full_name;
            const DOC: &'static ::core::ffi::CStr = #doc;
            #fields
            #objects
            #subclass

            fn define(class: &mut ::hpy_bindings::ClassDef<Self>) {
                #[allow(unused_imports)]
                use ::hpy_bindings::__private::{WithMethods as _, WithoutMethods as _};
                class.types(::core::concat!("\t\t", ::core::stringify!(#class)));
                #declared
                (&::hpy_bindings::__private::Methods::<#class>::NEW).define_methods(class);
            }
        }
    };
    Ok(quote! {
        #implemented

        impl ::hpy_bindings::IntoPy for #class {
            fn into_py(
                self,
                ctx: ::hpy_bindings::Ctx<'_>,
            ) -> ::hpy_bindings::PyResult<::hpy_bindings::Handle<'_>> {
                ::hpy_bindings::IntoPy::into_py(::hpy_bindings::New(self), ctx)
            }
        }

        impl #class {
            /// `true` if no method changes a value.
            #[doc(hidden)]
            #[allow(dead_code)]
            #vis const __FROZEN: bool = #frozen;

            #[doc(hidden)]
            #[allow(dead_code)]
            #vis fn __export(module: &mut ::hpy_bindings::ModuleDef) {
                module.class::<Self>();
            }
        }
    })
}

fn no_generics(generics: &syn::Generics) -> syn::Result<()> {
    match generics.params.first() {
        None => Ok(()),
        Some(parameter) => Err(syn::Error::new(
            parameter.span(),
            "a class is one type, and lives as long as Python wants: it has no parameters",
        )),
    }
}
