// SPDX-License-Identifier: MIT OR Apache-2.0

//! The parameters of a function: in Rust, in Python, and how the one are made of the other.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, ExprLit, ExprUnary, FnArg, GenericArgument, Ident, Lifetime, Lit, Pat, Path,
    PathArguments, Token, Type, UnOp,
};

use crate::text::python_name;

/// A parameter list as Python writes it, with defaults in Rust.
pub(crate) struct Signature {
    entries: Vec<Entry>,
    span: Span,
}

/// What attributes say about a function's parameters.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) signature: Option<Signature>,
    /// What `help` shows instead, in parentheses.
    pub(crate) text_signature: Option<String>,
    /// Without a signature, no parameter can be given by name.
    pub(crate) positional_only: bool,
}

enum Entry {
    /// `/`
    PositionalOnly,
    /// `*`
    NamedOnly,
    /// `*args`
    Rest(Ident),
    /// `**kwargs`
    Others(Ident),
    Plain(Ident, Option<Expr>),
}

impl Parse for Signature {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let list;
        let parentheses = syn::parenthesized!(list in input);
        let mut entries = Vec::new();
        while !list.is_empty() {
            entries.push(list.parse()?);
            if !list.is_empty() {
                list.parse::<Token![,]>()?;
            }
        }
        Ok(Signature {
            entries,
            span: parentheses.span.join(),
        })
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.parse::<Option<Token![/]>>()?.is_some() {
            return Ok(Entry::PositionalOnly);
        }
        if input.parse::<Option<Token![*]>>()?.is_some() {
            if input.parse::<Option<Token![*]>>()?.is_some() {
                return Ok(Entry::Others(input.parse()?));
            }
            let alone = input.is_empty() || input.peek(Token![,]);
            return Ok(if alone {
                Entry::NamedOnly
            } else {
                Entry::Rest(input.parse()?)
            });
        }
        let name = input.parse()?;
        let default = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Entry::Plain(name, default))
    }
}

/// A parameter of the Rust function.
struct Parameter {
    name: Ident,
    ty: Type,
}

/// What a function's parameters are made of.
enum Source {
    Context,
    Argument(usize),
    /// What somebody else gives.
    Given(TokenStream),
}

/// Whether a parameter may be left out.
enum Absence {
    /// It is required, `Option` or not.
    Required,
    /// As its type says: an `Option` may.
    ByType,
    Default(Expr),
    /// It is no argument, but all that are left.
    Loose,
}

/// The parameters of a function but for the object of a method.
pub(crate) struct Parameters {
    rust: Vec<(Parameter, Source)>,
    /// As `hpy_bindings::Signature` reads it.
    list: String,
    /// As `help` shows it.
    shown: String,
    absences: Vec<Absence>,
    plain: bool,
    /// `*args` are taken as they come.
    loose: bool,
    /// `**kwargs` are an `Option`.
    lazy: bool,
    /// None can be given by name.
    positional_only: bool,
    text_signature: Option<String>,
}

impl Parameters {
    /// Reads the parameters of a function, as a signature orders them; `class` stands for `Self`.
    pub(crate) fn new<'f>(
        inputs: impl Iterator<Item = &'f FnArg>,
        given: Given,
        class: Option<&Type>,
    ) -> syn::Result<Self> {
        let Given {
            signature,
            text_signature,
            positional_only,
        } = given;
        let mut found = Vec::new();
        for (index, input) in inputs.enumerate() {
            let FnArg::Typed(typed) = input else {
                return Err(syn::Error::new(input.span(), "a function has no `self`"));
            };
            let name = match &*typed.pat {
                Pat::Ident(name) => name.ident.clone(),
                other => format_ident!("_{}", index, span = other.span()),
            };
            let ty = plain_type((*typed.ty).clone(), class);
            found.push(Parameter { name, ty });
        }
        let is_context = |p: &Parameter| last_segment(&p.ty).is_some_and(|name| name == "Ctx");
        let names: Vec<Ident> = found
            .iter()
            .filter(|p| !is_context(p))
            .map(|p| p.name.clone())
            .collect();
        let given = signature.is_some();
        let signature = signature.unwrap_or_else(|| {
            let all = names.iter().map(|name| Entry::Plain(name.clone(), None));
            let end = (positional_only && !names.is_empty()).then_some(Entry::PositionalOnly);
            Signature {
                entries: all.chain(end).collect(),
                span: Span::call_site(),
            }
        });
        let mut made = Parameters {
            rust: Vec::new(),
            list: String::new(),
            shown: String::new(),
            absences: Vec::new(),
            plain: true,
            loose: false,
            lazy: false,
            positional_only: matches!(signature.entries.last(), Some(Entry::PositionalOnly)),
            text_signature,
        };
        let mut order: Vec<Ident> = Vec::new();
        let mut seen_default: Option<Span> = None;
        let mut named_only = false;
        for entry in signature.entries {
            let (text, default) = match entry {
                Entry::PositionalOnly => ("/".to_owned(), None),
                Entry::NamedOnly => {
                    named_only = true;
                    ("*".to_owned(), None)
                }
                Entry::Rest(name) => {
                    named_only = true;
                    let ty = found.iter().find(|p| p.name == name).map(|p| &p.ty);
                    made.loose = ty.is_some_and(|ty| last_is(ty, "VarArgs"));
                    made.absences.push(if made.loose {
                        Absence::Loose
                    } else {
                        Absence::Required
                    });
                    order.push(name.clone());
                    (format!("*{}", python_name(&name)), None)
                }
                Entry::Others(name) => {
                    let ty = found.iter().find(|p| p.name == name).map(|p| &p.ty);
                    made.lazy = ty.is_some_and(is_option);
                    made.absences.push(if made.lazy {
                        Absence::ByType
                    } else {
                        Absence::Required
                    });
                    order.push(name.clone());
                    (format!("**{}", python_name(&name)), None)
                }
                Entry::Plain(name, default) => {
                    if default.is_some() {
                        seen_default = Some(name.span());
                    } else if seen_default.is_some() && !named_only {
                        let message = "a parameter without a default stands behind one with it";
                        return Err(syn::Error::new(name.span(), message));
                    }
                    let ty = found.iter().find(|p| p.name == name).map(|p| &p.ty);
                    let shown = match &default {
                        Some(value) => Some(shown(value)),
                        None if !given && ty.is_some_and(is_option) => Some("None".to_owned()),
                        None => None,
                    };
                    made.absences.push(match default {
                        Some(value) => Absence::Default(value),
                        None if given => Absence::Required,
                        None => Absence::ByType,
                    });
                    order.push(name.clone());
                    (python_name(&name), shown)
                }
            };
            made.plain &= !text.starts_with(['*', '/']);
            for list in [&mut made.list, &mut made.shown] {
                if !list.is_empty() {
                    list.push_str(", ");
                }
                list.push_str(&text);
            }
            if let Some(default) = default {
                made.shown.push('=');
                made.shown.push_str(&default);
            }
        }
        for name in &order {
            if !names.contains(name) {
                let message = format!("the function has no parameter `{name}`");
                return Err(syn::Error::new(name.span(), message));
            }
        }
        for parameter in found {
            let source = if is_context(&parameter) {
                Source::Context
            } else if let Some(place) = order.iter().position(|name| *name == parameter.name) {
                Source::Argument(place)
            } else {
                let message = format!("the signature has no `{}`", parameter.name);
                return Err(syn::Error::new(signature.span, message));
            };
            made.rust.push((parameter, source));
        }
        Ok(made)
    }

    /// Returns the names that Python gives, with their types.
    pub(crate) fn types(&self) -> impl Iterator<Item = (String, &Type)> {
        let given = self.rust.iter();
        let given = given.filter(|(_, source)| matches!(source, Source::Argument(_)));
        given.map(|(parameter, _)| (python_name(&parameter.name), &parameter.ty))
    }

    /// Returns the number of Python's parameters.
    pub(crate) fn count(&self) -> usize {
        self.absences.len()
    }

    /// Returns `true` if nothing may be left out, nor is said of how it is given.
    pub(crate) fn all_required(&self) -> bool {
        self.plain && (0..self.count()).all(|place| self.requires(place))
    }

    /// Returns `true` if Python calls the function without names, which costs less. A single
    /// argument that may be left out is no such case: the builder takes it for required.
    pub(crate) fn by_position(&self) -> bool {
        match self.count() {
            0 => true,
            1 => self.positional_only && self.requires(0),
            _ => self.positional_only,
        }
    }

    fn requires(&self, place: usize) -> bool {
        let of = |s: &Source| matches!(s, Source::Argument(found) if *found == place);
        let optional = |p: &Parameter| is_option(&p.ty) || last_is(&p.ty, "Anything");
        match self.absences[place] {
            Absence::Required => true,
            Absence::ByType => !self.rust.iter().any(|(p, s)| of(s) && optional(p)),
            Absence::Default(_) | Absence::Loose => false,
        }
    }

    /// Returns the parameters as `help` shows them, behind `first` if there is one.
    pub(crate) fn shown(&self, first: Option<&str>) -> String {
        if let Some(text) = &self.text_signature {
            return text.clone();
        }
        match first {
            Some(first) if self.shown.is_empty() => format!("({first})"),
            Some(first) => format!("({first}, {})", self.shown),
            None => format!("({})", self.shown),
        }
    }

    /// Returns a closure that makes the signature.
    pub(crate) fn signature(&self) -> TokenStream {
        self.read(&self.list, self.count())
    }

    fn read(&self, list: &str, count: usize) -> TokenStream {
        let loose = self.loose.then(|| quote!(.loose()));
        let lazy = self.lazy.then(|| quote!(.lazy()));
        quote!(|| const { ::hpy_bindings::Signature::<#count>::new(#list) #loose #lazy })
    }

    /// Returns likewise a signature with a class before the parameters.
    pub(crate) fn signature_behind_class(&self) -> TokenStream {
        // What is given by position only ends once.
        let behind = self.list.split(", ").any(|part| part == "/");
        let class = if behind { "cls" } else { "cls, /" };
        let list = [class, &self.list].join(", ");
        self.read(list.trim_end_matches(", "), self.count() + 1)
    }

    /// Passes a value of ours for the last parameter, which Python does not give.
    pub(crate) fn pass_last(&mut self, value: &TokenStream, span: Span) -> syn::Result<()> {
        match (self.rust.last_mut(), self.absences.pop()) {
            (Some((_, source @ Source::Argument(_))), Some(_)) => {
                *source = Source::Given(value.clone());
                Ok(())
            }
            _ => Err(syn::Error::new(
                span,
                "this takes the object, another one and a `Compare`",
            )),
        }
    }

    /// Returns the statements that fetch the arguments, of which `first` are another's, and what
    /// to pass to the function.
    pub(crate) fn fetch(&self, first: usize) -> (TokenStream, Vec<TokenStream>) {
        let mut statements = TokenStream::new();
        // Values of classes are borrowed when all conversions, which may run Python code, are done.
        let mut borrows = TokenStream::new();
        let mut passed = Vec::new();
        for (number, (parameter, source)) in self.rust.iter().enumerate() {
            let place = match source {
                Source::Context => {
                    passed.push(quote!(__args.ctx()));
                    continue;
                }
                Source::Given(given) => {
                    passed.push(given.clone());
                    continue;
                }
                Source::Argument(place) => *place,
            };
            let (ty, span) = (&parameter.ty, parameter.ty.span());
            let variable = format_ident!("__arg{}", number);
            let (taken, borrow, pass) = borrowed(ty, &variable);
            let index = place + first;
            let value = match &self.absences[place] {
                Absence::ByType => quote_spanned!(span=> __args.get::<#taken>(#index)?),
                Absence::Required => quote_spanned!(span=> __args.required::<#taken>(#index)?),
                Absence::Loose => quote_spanned!(span=> __args.rest()),
                Absence::Default(value) => {
                    let value = match class_reference(option_of(ty).unwrap_or(ty)) {
                        None if is_option(ty) => {
                            quote_spanned!(span=> ::hpy_bindings::__private::Maybe(#value))
                        }
                        _ => quote!(#value),
                    };
                    quote_spanned!(span=> __args.get_or::<#taken>(#index, || #value)?)
                }
            };
            statements.extend(quote!(let #variable = #value;));
            borrows.extend(borrow);
            passed.push(pass);
        }
        statements.extend(borrows);
        (statements, passed)
    }
}

/// Returns, for a parameter of type `ty`: the type that is fetched, the statements that borrow
/// it, and what is passed.
fn borrowed(ty: &Type, variable: &Ident) -> (TokenStream, TokenStream, TokenStream) {
    let optional = option_of(ty);
    let Some((class, mutable)) = class_reference(optional.unwrap_or(ty)) else {
        return match optional {
            // Of whatever is a parameter: crates cannot say that of an `Option` of their types.
            Some(inner) => (
                quote_spanned!(inner.span()=> ::hpy_bindings::__private::Maybe<#inner>),
                TokenStream::new(),
                quote!(#variable.0),
            ),
            None => (quote!(#ty), TokenStream::new(), quote!(#variable)),
        };
    };
    let shared = quote_spanned!(class.span()=> ::hpy_bindings::Shared<#class>);
    let borrow = if mutable {
        quote!(borrow_mut)
    } else {
        quote!(borrow)
    };
    if optional.is_some() {
        let deref = if mutable {
            quote!(as_deref_mut)
        } else {
            quote!(as_deref)
        };
        let statement = quote! {
            #[allow(unused_mut)]
            let mut #variable = #variable
                .as_ref()
                .map(|shared| shared.#borrow(__args.ctx()))
                .transpose()?;
        };
        return (
            quote!(::core::option::Option<#shared>),
            statement,
            quote!(#variable.#deref()),
        );
    }
    let statement = quote! {
        #[allow(unused_mut)]
        let mut #variable = #variable.#borrow(__args.ctx())?;
    };
    let pass = if mutable {
        quote!(&mut *#variable)
    } else {
        quote!(&*#variable)
    };
    (shared, statement, pass)
}

/// Returns the class of a parameter `&T` or `&mut T`, where `T` is no `str` or slice.
fn class_reference(ty: &Type) -> Option<(&Type, bool)> {
    let Type::Reference(reference) = ty else {
        return None;
    };
    match &*reference.elem {
        Type::Slice(_) => None,
        elem if last_is(elem, "str") => None,
        elem => Some((elem, reference.mutability.is_some())),
    }
}

fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match (last.ident == "Option", arguments.args.first()) {
        (true, Some(GenericArgument::Type(inner))) => Some(inner),
        _ => None,
    }
}

fn is_option(ty: &Type) -> bool {
    option_of(ty).is_some()
}

fn last_segment(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

pub(crate) fn last_is(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|last| last == name)
}

/// Makes a type one that can be named outside of its function: without the lifetimes that are
/// declared there, and without `Self`.
pub(crate) fn plain_type(mut ty: Type, class: Option<&Type>) -> Type {
    Plain { class }.visit_type_mut(&mut ty);
    ty
}

struct Plain<'t> {
    class: Option<&'t Type>,
}

impl VisitMut for Plain<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident != "static" {
            lifetime.ident = Ident::new("_", lifetime.ident.span());
        }
    }

    fn visit_type_mut(&mut self, ty: &mut Type) {
        match (&*ty, self.class) {
            (Type::Path(path), Some(class)) if path.path.is_ident("Self") => {
                *ty = class.clone();
            }
            _ => visit_mut::visit_type_mut(self, ty),
        }
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        if let (Some(Type::Path(class)), Some(first)) = (self.class, path.segments.first()) {
            if first.ident == "Self" && path.leading_colon.is_none() {
                let rest = path.segments.iter().skip(1).cloned();
                let segments = class.path.segments.iter().cloned().chain(rest).collect();
                path.segments = segments;
            }
        }
        visit_mut::visit_path_mut(self, path);
    }
}

/// Returns a default as Python writes it, or `...` where that is not known.
fn shown(value: &Expr) -> String {
    let literal = |lit: &Lit| match lit {
        Lit::Str(text) => Some(format!("{:?}", text.value())),
        Lit::Int(number) => Some(number.base10_digits().to_owned()),
        Lit::Float(number) => Some(number.base10_digits().to_owned()),
        Lit::Bool(truth) => Some(if truth.value { "True" } else { "False" }.to_owned()),
        _ => None,
    };
    let found = match value {
        Expr::Lit(ExprLit { lit, .. }) => literal(lit),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => match &**expr {
            Expr::Lit(ExprLit { lit, .. }) => literal(lit).map(|number| format!("-{number}")),
            _ => None,
        },
        Expr::Path(path) if path.path.is_ident("None") => Some("None".to_owned()),
        _ => None,
    };
    found.unwrap_or_else(|| "...".to_owned())
}
