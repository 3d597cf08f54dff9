// SPDX-License-Identifier: MIT OR Apache-2.0

//! The operations of Python objects, by subject: methods of [`Borrowed`] and [`Handle`].

/// Defines methods of both `Borrowed` and `Handle`. Their results live as long as the
/// context, not as long as the handle.
macro_rules! methods {
    ($($(#[$doc:meta])* |$ctx:ident, $this:ident| $name:ident($($param:ident: $type:ty),*) -> $result:ty $body:block)*) => {
        #[allow(clippy::should_implement_trait)] // those of Rust cannot fail
        impl<'c> Borrowed<'c> {
            $(
                $(#[$doc])*
                pub fn $name(self, $($param: $type),*) -> $result {
                    let ($ctx, $this) = (self.ctx(), self);
                    $body
                }
            )*
        }

        #[allow(clippy::should_implement_trait)] // as above
        impl<'c> Handle<'c> {
            $(
                $(#[$doc])*
                pub fn $name(&self, $($param: $type),*) -> $result {
                    let ($ctx, $this) = (self.ctx(), self.as_borrowed());
                    $body
                }
            )*
        }
    };
}

mod basic;
mod containers;
mod iter;
mod numbers;

pub use iter::{Items, Iter};

use crate::error::{Exception, PyErr, PyResult};
use crate::handle::Borrowed;

/// Returns the arguments of a raw function that takes exactly `N`; TypeError for any other
/// count.
///
/// ```
/// use hpy_bindings::{exactly, Borrowed, Handle, PyResult};
///
/// fn swap<'c>(this: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
///     let [a, b] = exactly(args)?;
///     this.ctx().pack(&[b, a])
/// }
/// ```
pub fn exactly<'c, const N: usize>(args: &[Borrowed<'c>]) -> PyResult<[Borrowed<'c>; N]> {
    <[Borrowed<'c>; N]>::try_from(args).map_err(|_| {
        let plural = if N == 1 { "" } else { "s" };
        let message = format!("expected {N} argument{plural}, got {}", args.len());
        PyErr::new(Exception::Type, message)
    })
}
