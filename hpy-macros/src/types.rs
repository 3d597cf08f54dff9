// SPDX-License-Identifier: MIT OR Apache-2.0

//! What types there are, for stubs: `hpy_build stubs` asks the module for them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{ReturnType, Type};

use crate::parameters::{Parameters, plain_type};

/// Returns a statement that tells a module or a class, called so in the code around it, the types
/// of a function, in the words of Rust: between tabs its name, the parameters as Python shows them,
/// the type of the result, and the name and the type of each parameter.
pub(crate) fn of_function(
    whose: &TokenStream,
    name: &str,
    shown: &str,
    parameters: &Parameters,
    output: &ReturnType,
    class: Option<&Type>,
) -> TokenStream {
    let result = match output {
        ReturnType::Type(_, ty) => plain_type((**ty).clone(), class).to_token_stream(),
        ReturnType::Default => quote!(()),
    };
    let mut text = format!("{name}\t{shown}\t{result}");
    for (name, ty) in parameters.types() {
        text.push_str(&format!("\t{name}\t{}", ty.to_token_stream()));
    }
    quote!(#whose.types(#text);)
}

/// Returns a statement that tells a class the type of an attribute.
pub(crate) fn of_attribute(name: &str, ty: &impl ToTokens) -> TokenStream {
    let text = format!("{name}\t\t{}", ty.to_token_stream());
    quote!(class.types(#text);)
}
