//! What can be done with Python objects, by subject: methods of [`Arg`] and [`Handle`].

/// Defines methods of both `Arg` and `Handle`. What they return lives as long as the
/// context, not as long as the handle.
macro_rules! methods {
    ($($(#[$doc:meta])* |$ctx:ident, $this:ident| $name:ident($($param:ident: $type:ty),*) -> $result:ty $body:block)*) => {
        #[allow(clippy::should_implement_trait)] // those of Rust cannot fail
        impl<'c> Arg<'c> {
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
                    let ($ctx, $this) = (self.ctx(), self.as_arg());
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

pub use iter::Iter;

use crate::error::{Exception, PyErr, PyResult};
use crate::handle::Arg;

/// The arguments of a raw function that takes exactly `N`; TypeError for any other count.
///
/// ```
/// use hpy_bindings::{exactly, Arg, Handle, PyResult};
///
/// fn swap<'c>(this: Arg<'c>, args: &[Arg<'c>]) -> PyResult<Handle<'c>> {
///     let [a, b] = exactly(args)?;
///     this.ctx().pack(&[b, a])
/// }
/// ```
pub fn exactly<'c, const N: usize>(args: &[Arg<'c>]) -> PyResult<[Arg<'c>; N]> {
    <[Arg<'c>; N]>::try_from(args).map_err(|_| {
        let plural = if N == 1 { "" } else { "s" };
        let message = format!("expected {N} argument{plural}, got {}", args.len());
        PyErr::new(Exception::Type, message)
    })
}
