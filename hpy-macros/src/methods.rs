// SPDX-License-Identifier: MIT OR Apache-2.0

//! `#[pymethods]`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Attribute, FnArg, Ident, ImplItem, ImplItemConst, ImplItemFn, ItemImpl, Pat, Type};

use crate::function::{check, result};
use crate::options::{Options, name_in, take_attribute};
use crate::parameters::{Given, Parameters, last_is, plain_type};
use crate::protocols;
use crate::text::{c_string, docs, python_name};
use crate::types;

/// What an attribute says a function is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Method,
    New,
    Getter,
    Setter,
    Deleter,
    Static,
    Class,
    Attribute,
    Buffer,
    Define,
}

const ROLES: [(&str, Role); 9] = [
    ("new", Role::New),
    ("getter", Role::Getter),
    ("setter", Role::Setter),
    ("deleter", Role::Deleter),
    ("staticmethod", Role::Static),
    ("classmethod", Role::Class),
    ("classattr", Role::Attribute),
    ("buffer", Role::Buffer),
    ("define", Role::Define),
];

/// The object of a method, as its function takes it.
pub(crate) enum Object {
    Read,
    Write,
    /// A parameter of this type.
    Own(Box<Type>),
}

/// The special methods of a class.
#[derive(Default)]
pub(crate) struct Special {
    /// Those that are slots.
    pub(crate) slots: Vec<Method>,
    /// There is an `__iter__`.
    pub(crate) iterates: bool,
}

/// A method of Rust, ready to be called.
pub(crate) struct Method {
    pub(crate) name: Ident,
    /// Its name in Python.
    pub(crate) python: String,
    pub(crate) doc: String,
    pub(crate) object: Object,
    pub(crate) parameters: Parameters,
    pub(crate) output: syn::ReturnType,
    pub(crate) class: Type,
}

impl Method {
    /// Returns statements that fetch the arguments, and those that borrow the object from the
    /// receiver `__this`; and the call itself.
    pub(crate) fn call(&self, first: usize) -> (TokenStream, TokenStream) {
        let (mut before, passed) = self.parameters.fetch(first);
        let (name, class) = (&self.name, &self.class);
        let span = name.span();
        let object = match &self.object {
            Object::Read => {
                before.extend(quote!(let __object = __this.read()?;));
                quote!(&*__object)
            }
            Object::Write => {
                before.extend(quote_spanned! {span=>
                    const _: () =
                        ::core::assert!(!#class::__FROZEN, "a method changes a frozen class");
                });
                before.extend(quote!(let mut __object = __this.write()?;));
                quote!(&mut *__object)
            }
            Object::Own(ty) => {
                // Before Python code runs that may let go of it.
                before = quote_spanned! {ty.span()=>
                    let __object: #ty =
                        ::hpy_bindings::__private::FromReceiver::from_receiver(&__this)?;
                    #before
                };
                quote!(__object)
            }
        };
        (
            before,
            quote_spanned!(span=> #class::#name(#object, #(#passed),*)),
        )
    }

    /// Returns a function `call` for the host, whose result is an object.
    pub(crate) fn returning_object(&self) -> TokenStream {
        let (before, call) = self.call(0);
        let result = result(&self.output, Some(&self.class));
        let body = quote!(let __held = __this.hold #result (); #before __held.finish(#call));
        self.function(&quote!(::hpy_bindings::Handle<'c>), &body)
    }

    /// Returns a function `call` for the host, whose result is a plain value.
    pub(crate) fn returning(&self, value: &TokenStream, convert: &TokenStream) -> TokenStream {
        let (before, call) = self.call(0);
        self.function(value, &quote!(#before #convert(#call)))
    }

    pub(crate) fn function(&self, result: &TokenStream, body: &TokenStream) -> TokenStream {
        let (class, count) = (&self.class, self.parameters.count());
        quote! {
            fn call<'c>(
                __this: ::hpy_bindings::__private::Receiver<'c, #class>,
                __args: ::hpy_bindings::__private::Arguments<'_, 'c, #count>,
            ) -> ::hpy_bindings::PyResult<#result> {
                #body
            }
        }
    }

    /// Returns the form of that function, for the builder.
    pub(crate) fn form(&self) -> TokenStream {
        let (class, count) = (&self.class, self.parameters.count());
        quote!(::hpy_bindings::__private::MethodFetches<#class, #count>)
    }

    /// Returns a statement that tells the class the types of the method.
    fn types(&self) -> TokenStream {
        let shown = self.parameters.shown(Some("$self"));
        let class = quote!(class);
        types::of_function(
            &class,
            &self.python,
            &shown,
            &self.parameters,
            &self.output,
            Some(&self.class),
        )
    }

    /// Returns the declaration of a plain method.
    pub(crate) fn declare(&self) -> syn::Result<TokenStream> {
        let (span, function, form) = (self.name.span(), self.returning_object(), self.form());
        let shown = self.parameters.shown(Some("$self"));
        let doc = format!("{}{shown}\n--\n\n{}", self.python, self.doc);
        let (name, doc) = (c_string(&self.python, span)?, c_string(&doc, span)?);
        let special = self.python.starts_with("__") && self.python.ends_with("__");
        let positional = self.parameters.by_position() || special && self.parameters.all_required();
        let declare = if positional {
            quote!(class.method::<#form, _>(#name, #doc, call);)
        } else {
            let signature = self.parameters.signature();
            quote!(class.method_named::<#form, _, _, _>(#name, #doc, #signature, call);)
        };
        let types = self.types();
        Ok(quote!({ #function #declare #types }))
    }

    /// Returns the declaration of a slot whose result is an object.
    pub(crate) fn declare_slot(&self, builder: &TokenStream, first: &TokenStream) -> TokenStream {
        let (function, form) = (self.returning_object(), self.form());
        quote!({ #function class.#builder::<#form, _>(#first call); })
    }
}

pub(crate) fn expand(options: TokenStream, item: &mut ItemImpl) -> syn::Result<TokenStream> {
    let mut options = Options::parse(options)?;
    let positional_only = options.flag("positional_only")?.is_some();
    options.end("positional_only")?;
    if let Some((_, path, _)) = &item.trait_ {
        return Err(syn::Error::new(
            path.span(),
            "the methods of a trait are not Python's",
        ));
    }
    let class = (*item.self_ty).clone();
    let (mut declared, mut special) = (TokenStream::new(), Special::default());
    let mut wrong: Option<syn::Error> = None;
    for member in &mut item.items {
        let made = match member {
            ImplItem::Fn(function) => declare(function, &class, positional_only, &mut special),
            ImplItem::Const(constant) => declare_constant(constant, &class),
            _ => Ok(TokenStream::new()),
        };
        match (made, &mut wrong) {
            (Ok(made), _) => declared.extend(made),
            (Err(error), Some(errors)) => errors.combine(error),
            (Err(error), None) => wrong = Some(error),
        }
    }
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    declared.extend(protocols::declare(special, &class)?);
    Ok(quote! {
        impl ::hpy_bindings::__private::PyMethods for #class {
            fn define_methods(class: &mut ::hpy_bindings::ClassDef<Self>) {
                #declared
            }
        }
    })
}

fn declare_constant(constant: &mut ImplItemConst, class: &Type) -> syn::Result<TokenStream> {
    let options = Options::take_py(&mut constant.attrs)?;
    if take_attribute(&mut constant.attrs, "classattr").is_none() {
        options.end("none without `#[classattr]`")?;
        return Ok(TokenStream::new());
    }
    let name = &constant.ident;
    let python = python_options(options)?.0;
    let python = python.unwrap_or_else(|| python_name(name));
    let types = types::of_attribute(&python, &plain_type(constant.ty.clone(), Some(class)));
    let python = c_string(&python, name.span())?;
    Ok(quote! {
        class.attribute(#python, |ctx| ::hpy_bindings::IntoPy::into_py(#class::#name, ctx));
        #types
    })
}

/// Reads the name and the parameters that a member has in Python.
fn python_options(mut options: Options) -> syn::Result<(Option<String>, Given)> {
    let name = options.text("name")?.map(|name| name.value());
    let given = options.parameters()?;
    options.end("name, signature, text_signature")?;
    Ok((name, given))
}

fn role(attributes: &mut Vec<Attribute>) -> syn::Result<(Role, Option<String>, Span)> {
    let mut found = (Role::Method, None, Span::call_site());
    for (name, role) in ROLES {
        if let Some(attribute) = take_attribute(attributes, name) {
            if found.0 != Role::Method {
                let message = "this cannot be two things at once";
                return Err(syn::Error::new(attribute.span(), message));
            }
            found = (role, name_in(&attribute)?, attribute.span());
        }
    }
    Ok(found)
}

fn declare(
    function: &mut ImplItemFn,
    class: &Type,
    positional_only: bool,
    special: &mut Special,
) -> syn::Result<TokenStream> {
    let (role, role_name, role_span) = role(&mut function.attrs)?;
    let options = Options::take_py(&mut function.attrs)?;
    check(&function.sig)?;
    let name = function.sig.ident.clone();
    let (python, mut given) = python_options(options)?;
    given.positional_only = positional_only;
    let python = python.or(role_name);
    let doc = docs(&function.attrs);
    let own = python_name(&name);
    match role {
        Role::New => constructor(function, class, given),
        Role::Static => free(function, class, python.unwrap_or(own), &doc, given, false),
        Role::Class => free(function, class, python.unwrap_or(own), &doc, given, true),
        Role::Attribute => {
            let python = c_string(&python.unwrap_or(own), name.span())?;
            let parameters =
                Parameters::new(function.sig.inputs.iter(), Given::default(), Some(class))?;
            if parameters.count() > 0 {
                return Err(syn::Error::new(
                    role_span,
                    "a class attribute takes nothing but a Ctx",
                ));
            }
            let takes_context = !function.sig.inputs.is_empty();
            let context = takes_context.then(|| quote!(ctx));
            Ok(quote! {
                class.attribute(#python, |ctx| {
                    ::hpy_bindings::IntoPy::into_py(#class::#name(#context), ctx)
                });
            })
        }
        Role::Buffer => Ok(buffer(function, class)),
        Role::Define => Ok(quote!(#class::#name(class);)),
        Role::Method | Role::Getter | Role::Setter | Role::Deleter => {
            let method = method(function, class, given, own.clone(), doc)?;
            property_or_method(method, role, python, &own, special)
        }
    }
}

/// Declares a buffer: the method returns a slice, or a result of an `Array` or `ArrayMut`.
fn buffer(function: &ImplItemFn, class: &Type) -> TokenStream {
    let name = &function.sig.ident;
    let writes = match function.sig.receiver() {
        Some(this) => this.mutability.is_some(),
        None => false,
    };
    let slice = match &function.sig.output {
        syn::ReturnType::Type(_, ty) => matches!(&**ty, Type::Reference(_)),
        syn::ReturnType::Default => true,
    };
    let builder = match (slice, writes) {
        (true, false) => quote!(buffer),
        (true, true) => quote!(buffer_mut),
        (false, false) => quote!(buffer_array),
        (false, true) => quote!(buffer_array_mut),
    };
    quote_spanned!(name.span()=> class.#builder(#class::#name);)
}

fn property_or_method(
    mut method: Method,
    role: Role,
    python: Option<String>,
    own: &str,
    special: &mut Special,
) -> syn::Result<TokenStream> {
    let span = method.name.span();
    let stripped = |prefix: &str| own.strip_prefix(prefix).unwrap_or(own).to_owned();
    let form = method.form();
    match role {
        Role::Getter => {
            method.python = python.unwrap_or_else(|| stripped("get_"));
            let (name, doc) = (
                c_string(&method.python, span)?,
                c_string(&method.doc, span)?,
            );
            expect(&method, 0, "a getter takes the object alone")?;
            let (function, types) = (method.returning_object(), method.types());
            Ok(quote!({ #function class.getter::<#form, _>(#name, #doc, call); #types }))
        }
        Role::Setter => {
            method.python = python.unwrap_or_else(|| stripped("set_"));
            let name = c_string(&method.python, span)?;
            expect(&method, 1, "a setter takes the object and a value")?;
            let convert = quote!(::hpy_bindings::__private::IntoResult::into_result);
            let function = method.returning(&quote!(()), &convert);
            let form = protocols::value_form(&method, &quote!(()));
            Ok(quote!({ #function class.setter::<#form, _>(#name, call); }))
        }
        Role::Deleter => {
            method.python = python.unwrap_or_else(|| stripped("delete_"));
            let name = c_string(&method.python, span)?;
            expect(&method, 0, "a deleter takes the object alone")?;
            let function = method.returning_object();
            Ok(quote!({ #function class.deleter::<#form, _>(#name, call); }))
        }
        _ => {
            let renamed = python.is_some();
            method.python = python.unwrap_or_else(|| own.to_owned());
            if !renamed && protocols::is_slot(own) {
                let types = method.types();
                special.slots.push(method);
                return Ok(types);
            }
            special.iterates |= method.python == "__iter__";
            protocols::refuse(&method)?;
            method.declare()
        }
    }
}

pub(crate) fn expect(method: &Method, count: usize, message: &str) -> syn::Result<()> {
    if method.parameters.count() == count {
        return Ok(());
    }
    Err(syn::Error::new(method.name.span(), message))
}

/// Reads a method, whose first parameter is the object: `&self`, `&mut self`, or one of a type
/// such as `Shared<Self>`.
fn method(
    function: &ImplItemFn,
    class: &Type,
    given: Given,
    python: String,
    doc: String,
) -> syn::Result<Method> {
    let sig = &function.sig;
    let mut inputs = sig.inputs.iter();
    let object = match inputs.next() {
        Some(FnArg::Receiver(this)) if this.reference.is_some() && this.colon_token.is_none() => {
            if this.mutability.is_some() {
                Object::Write
            } else {
                Object::Read
            }
        }
        Some(FnArg::Receiver(this)) => {
            let message = "Python keeps the object: take `&self` or `&mut self`, or a \
                           `Shared<Self>` as the first parameter";
            return Err(syn::Error::new(this.span(), message));
        }
        Some(FnArg::Typed(first)) if is_object(&first.ty, &first.pat) => {
            Object::Own(Box::new(plain_type((*first.ty).clone(), Some(class))))
        }
        _ => {
            let message = "a method has an object: `&self`, `&mut self`, or a first parameter \
                           `this: Shared<Self>` or `slf: Borrowed<'_>`; without one it is a \
                           `#[staticmethod]`";
            return Err(syn::Error::new(sig.ident.span(), message));
        }
    };
    Ok(Method {
        name: sig.ident.clone(),
        python,
        doc,
        object,
        parameters: Parameters::new(inputs, given, Some(class))?,
        output: sig.output.clone(),
        class: class.clone(),
    })
}

fn is_object(ty: &Type, name: &Pat) -> bool {
    let named = matches!(name, Pat::Ident(name) if name.ident == "slf" || name.ident == "this");
    let typed = ["Shared", "Borrowed", "Handle", "This"];
    named && typed.iter().any(|name| last_is(ty, name))
}

fn constructor(function: &ImplItemFn, class: &Type, given: Given) -> syn::Result<TokenStream> {
    let parameters = Parameters::new(function.sig.inputs.iter(), given, Some(class))?;
    let (fetch, passed) = parameters.fetch(0);
    let (name, count) = (&function.sig.ident, parameters.count());
    let (signature, shown) = (parameters.signature(), parameters.shown(None));
    let types = types::of_function(
        &quote!(class),
        "__new__",
        &shown,
        &parameters,
        &function.sig.output,
        Some(class),
    );
    let span = match &function.sig.output {
        syn::ReturnType::Type(_, ty) => ty.span(),
        syn::ReturnType::Default => {
            let message = "a constructor returns a `Self`, or a result of one";
            return Err(syn::Error::new(name.span(), message));
        }
    };
    let made = quote_spanned! {span=>
        ::hpy_bindings::__private::IntoResult::<#class>::into_result(#class::#name(#(#passed),*))
    };
    Ok(quote!({
        fn call(
            __args: ::hpy_bindings::__private::Arguments<'_, '_, #count>,
        ) -> ::hpy_bindings::PyResult<#class> {
            #fetch
            #made
        }
        class.text_signature(#shown);
        class.constructor_named::<::hpy_bindings::__private::Makes<#class, #count>, _, _, _>(
            #signature, call);
        #types
    }))
}

/// Declares a static method, or a class method, which takes the class as its first parameter.
fn free(
    function: &ImplItemFn,
    class: &Type,
    python: String,
    doc: &str,
    given: Given,
    of_class: bool,
) -> syn::Result<TokenStream> {
    let (name, span) = (&function.sig.ident, function.sig.ident.span());
    let mut inputs = function.sig.inputs.iter();
    let first = match (of_class, of_class.then(|| inputs.next()).flatten()) {
        (false, _) => None,
        (true, Some(FnArg::Typed(first))) => Some(plain_type((*first.ty).clone(), Some(class))),
        (true, _) => {
            let message = "a class method takes the class first: `cls: Borrowed<'_>`";
            return Err(syn::Error::new(span, message));
        }
    };
    let parameters = Parameters::new(inputs, given, Some(class))?;
    let before = usize::from(of_class);
    let (fetch, mut passed) = parameters.fetch(before);
    let mut fetch_class = TokenStream::new();
    if let Some(ty) = &first {
        fetch_class = quote_spanned!(ty.span()=> let __class = __args.required::<#ty>(0)?;);
        passed.insert(0, quote!(__class));
    }
    let count = parameters.count() + before;
    let call = quote!(#class::#name(#(#passed),*));
    let result = result(&function.sig.output, Some(class));
    let shown = parameters.shown(of_class.then_some("cls"));
    let types = types::of_function(
        &quote!(class),
        &python,
        &shown,
        &parameters,
        &function.sig.output,
        Some(class),
    );
    let doc = format!("{python}{shown}\n--\n\n{doc}");
    let (python, doc) = (c_string(&python, span)?, c_string(&doc, span)?);
    let (builder, signature) = if of_class {
        (quote!(class_method), parameters.signature_behind_class())
    } else {
        (quote!(static_method), parameters.signature())
    };
    Ok(quote!({
        fn call<'c>(
            __args: ::hpy_bindings::__private::Arguments<'_, 'c, #count>,
        ) -> ::hpy_bindings::PyResult<::hpy_bindings::Handle<'c>> {
            #fetch_class
            #fetch
            __args.finish #result (#call)
        }
        class.#builder::<::hpy_bindings::__private::Fetches<#count>, _, _, _>(
            #python, #doc, #signature, call);
        #types
    }))
}
