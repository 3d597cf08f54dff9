// SPDX-License-Identifier: MIT OR Apache-2.0

//! HPy 0.9's universal ABI as Rust types, generated from hpy's own headers when
//! this crate is built. Nothing here is safe to use by itself: `hpy-bindings`
//! is the layer for that.
//!
//! Names are HPy's own, and what they mean is told by HPy's documentation. Functions of
//! the API are members of the context struct (`ctx_Dup`, `ctx_Long_FromInt64_t`, …); the
//! interpreter fills it in.
//!
//! ```
//! use hpy_shim::{HPyModuleDef, HPY_ABI_VERSION};
//!
//! // What a module exports, so that hosts find it; see `hpy_bindings::module!`.
//! extern "C" fn get_required_hpy_major_version_example() -> u32 {
//!     HPY_ABI_VERSION
//! }
//! assert_eq!(get_required_hpy_major_version_example(), 0);
//!
//! // An empty definition, as C would have it.
//! let definition = HPyModuleDef::default();
//! assert!(definition.doc.is_null() && definition.defines.is_null());
//!
//! // A null handle is how a function of the context tells of an exception.
//! assert_eq!(hpy_shim::HPy::default()._i, 0);
//! ```

#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals)]
#![allow(missing_docs)]
#![allow(clippy::all)]

mod calls;

pub use calls::{HostFunction, call_host, is_main_thread, note_main_thread, process, stack};

include!(concat!(env!("OUT_DIR"), "/raw.rs"));

unsafe extern "C" {
    /// The ABI's major version, as the C compiler saw it.
    pub static hpy_shim_abi_version: u32;
    /// The ABI's minor version, as the C compiler saw it.
    pub static hpy_shim_abi_version_minor: u32;
    #[cfg(test)]
    static hpy_shim_layout: [usize; 12];
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    #[test]
    fn layout_is_what_the_c_compiler_says() {
        let rust = [
            size_of::<_HPyContext_s>(),
            offset_of!(_HPyContext_s, h_None),
            offset_of!(_HPyContext_s, ctx_Dup),
            offset_of!(_HPyContext_s, ctx_CallRealFunctionFromTrampoline),
            offset_of!(_HPyContext_s, ctx_CallMethod),
            size_of::<HPyDef>(),
            offset_of!(HPyDef, __bindgen_anon_1),
            size_of::<HPyType_Spec>(),
            offset_of!(HPyType_Spec, defines),
            size_of::<HPyModuleDef>(),
            size_of::<_HPyFunc_args_KEYWORDS>(),
            size_of::<_HPyFunc_args_NEWFUNC>(),
        ];
        // SAFETY: a constant array of the linked shim, of this length.
        assert_eq!(rust, unsafe { hpy_shim_layout });
    }

    #[test]
    fn abi_is_the_one_this_layer_was_written_for() {
        // SAFETY: constants of the linked shim.
        let abi = unsafe { (hpy_shim_abi_version, hpy_shim_abi_version_minor) };
        assert_eq!(abi, (HPY_ABI_VERSION, HPY_ABI_VERSION_MINOR));
    }
}
