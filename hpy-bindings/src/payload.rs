// SPDX-License-Identifier: MIT OR Apache-2.0

//! Payloads: the structs that capsules of [`crate::capsule`] point at.

use std::ffi::{CStr, c_void};
use std::sync::atomic;

/// The header of a payload: the C struct before the first field.
///
/// ```c
/// struct { uint64_t magic; uint32_t version; uint32_t size; /* the fields */ };
/// ```
///
/// ```
/// use hpy_bindings::{payload, Header};
///
/// payload! {
///     struct Limit = c"example.limit", version 3 { highest: u32 }
/// }
///
/// // What a C module has to write down.
/// const HEAD: Header = Header::of::<Limit>(Header::STATIC);
/// assert_eq!((HEAD.version, HEAD.size), (3, 24));
/// assert_eq!(HEAD.magic >> 32, u64::from(Header::STATIC));
/// ```
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// In the upper 32 bits, the storage of the payload ([`Header::COUNTED`] or
    /// [`Header::STATIC`]); in the lower 32 bits a hash of the fields' names and types.
    pub magic: u64,
    /// The version of the payload.
    pub version: u32,
    /// The number of bytes of all, this header included.
    pub size: u32,
}

impl Header {
    /// The upper half of `magic` where the payload was made by [`crate::Ctx::capsule`].
    pub const COUNTED: u32 = 0x4850_5901;
    /// The upper half of `magic` where the payload never ends, as in a `static` of a C
    /// module's.
    pub const STATIC: u32 = 0x4850_5900;

    /// Returns the header of a `P` of this storage. A C module writes the numbers down.
    pub const fn of<P: Payload>(kept: u32) -> Self {
        #[repr(C)]
        struct All<P>(Header, P);
        let size = size_of::<All<P>>();
        assert!(size <= u32::MAX as usize, "the payload is too large");
        Header {
            magic: (kept as u64) << 32 | shape::fold(P::SHAPE) as u64,
            version: P::VERSION,
            size: size as u32,
        }
    }

    pub(crate) fn kept(&self) -> u32 {
        (self.magic >> 32) as u32
    }
}

/// A struct that capsules carry from one module to another; made by [`crate::payload!`].
///
/// # Safety
/// The struct is `repr(C)`, all its fields are [`Portable`], and `SHAPE` tells them.
///
/// ```
/// use hpy_bindings::{payload, Payload};
///
/// payload! {
///     struct Limit = c"example.limit", version 3 { highest: u32 }
/// }
///
/// assert_eq!((Limit::NAME, Limit::VERSION), (c"example.limit", 3));
/// ```
pub unsafe trait Payload: Send + Sync + Sized + 'static {
    /// The capsule's name, usually the place where it can be imported: `package.attribute`.
    const NAME: &'static CStr;
    /// The version, raised with every change of the fields or of what they mean.
    const VERSION: u32;
    /// A hash of the fields' names and types.
    const SHAPE: u64;
}

/// A type that has the same layout whatever compiler made the module: integers, floats,
/// `bool`, atomic ones, `extern "C"` functions of up to eight such parameters (also in an
/// `Option`), pointers and arrays.
///
/// # Safety
/// The layout is C's, `SHAPE` tells it from other types', and every value of the type in
/// one module is one in the others.
///
/// ```
/// use std::ffi::c_void;
///
/// fn portable<T: hpy_bindings::Portable>() {}
///
/// portable::<[u8; 16]>();
/// portable::<Option<extern "C" fn(*mut c_void, f64) -> bool>>();
/// ```
pub unsafe trait Portable {
    /// A number that tells this type from all others.
    const SHAPE: u64;
}

/// Hashes of types: the functions of a compile-time FNV-1a.
#[doc(hidden)]
pub mod shape {
    pub const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;

    pub const fn text(mut hash: u64, text: &str) -> u64 {
        let (bytes, mut index) = (text.as_bytes(), 0);
        while index < bytes.len() {
            hash = (hash ^ bytes[index] as u64).wrapping_mul(PRIME);
            index += 1;
        }
        // So that "a", "bc" is not "ab", "c".
        number(hash, bytes.len() as u64)
    }

    pub const fn number(mut hash: u64, number: u64) -> u64 {
        let (bytes, mut index) = (number.to_le_bytes(), 0);
        while index < bytes.len() {
            hash = (hash ^ bytes[index] as u64).wrapping_mul(PRIME);
            index += 1;
        }
        hash
    }

    /// Returns the first offset from `end` on that has this alignment.
    pub const fn aligned(end: usize, alignment: usize) -> usize {
        end.div_ceil(alignment) * alignment
    }

    pub const fn fold(hash: u64) -> u32 {
        (hash ^ (hash >> 32)) as u32
    }
}

macro_rules! plain {
    ($($type:ty: $name:literal;)*) => {$(
        // SAFETY: C has the same type.
        unsafe impl Portable for $type {
            const SHAPE: u64 = shape::text(shape::EMPTY, $name);
        }
    )*};
}

plain! {
    (): "void"; c_void: "any"; bool: "bool";
    i8: "i8"; i16: "i16"; i32: "i32"; i64: "i64"; isize: "isize";
    u8: "u8"; u16: "u16"; u32: "u32"; u64: "u64"; usize: "usize";
    f32: "f32"; f64: "f64";
    atomic::AtomicBool: "atomic bool";
    atomic::AtomicI32: "atomic i32"; atomic::AtomicU32: "atomic u32";
    atomic::AtomicI64: "atomic i64"; atomic::AtomicU64: "atomic u64";
    atomic::AtomicIsize: "atomic isize"; atomic::AtomicUsize: "atomic usize";
}

// SAFETY: pointers are C's; what they point at has a layout of C too.
unsafe impl<T: Portable> Portable for *const T {
    const SHAPE: u64 = shape::number(shape::text(shape::EMPTY, "*const"), T::SHAPE);
}

// SAFETY: as above.
unsafe impl<T: Portable> Portable for *mut T {
    const SHAPE: u64 = shape::number(shape::text(shape::EMPTY, "*mut"), T::SHAPE);
}

// SAFETY: arrays of Rust lie as C's do.
unsafe impl<T: Portable, const N: usize> Portable for [T; N] {
    const SHAPE: u64 = shape::number(shape::number(shape::EMPTY, N as u64), T::SHAPE);
}

macro_rules! functions {
    ($(($($param:ident)*))*) => {$(
        functions!(extern "C" fn($($param),*) -> R, "fn", R $($param)*);
        functions!(unsafe extern "C" fn($($param),*) -> R, "unsafe fn", R $($param)*);
    )*};
    ($type:ty, $name:literal, $($part:ident)*) => {
        // SAFETY: a C function of these types.
        unsafe impl<$($part: Portable),*> Portable for $type {
            const SHAPE: u64 = {
                let hash = shape::text(shape::EMPTY, $name);
                $(let hash = shape::number(hash, $part::SHAPE);)*
                hash
            };
        }
        // SAFETY: the same, or null.
        unsafe impl<$($part: Portable),*> Portable for Option<$type> {
            const SHAPE: u64 =
                shape::number(shape::text(shape::EMPTY, "or null"), <$type as Portable>::SHAPE);
        }
    };
}

functions! {
    () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H)
}

/// Declares a struct that capsules can carry to other modules; see [`crate::Ctx::capsule`].
///
/// The declaration stands in a crate that both sides depend on. The fields are
/// [`Portable`]; no compiler, version of Rust or language need be the same. Equal names and
/// types mean an equal layout: a field that `cfg` leaves out, or another `repr`, does not
/// compile.
///
/// ```
/// hpy_bindings::payload! {
///     /// Arithmetic for other modules.
///     pub struct Api = c"package.api", version 1 {
///         /// a + b, modulo 2⁶⁴.
///         pub add: extern "C" fn(i64, i64) -> i64,
///     }
/// }
///
/// extern "C" fn add(a: i64, b: i64) -> i64 {
///     a.wrapping_add(b)
/// }
/// let api = Api { add };
/// assert_eq!((api.add)(1, 2), 3);
/// ```
#[macro_export]
macro_rules! payload {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident = $capsule:literal, version $version:literal {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[repr(C)]
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type,)*
        }

        // What attributes have made of the struct, such as another `repr` or a field left out,
        // the hash of names and types does not tell.
        const _: () = {
            use ::std::mem::{align_of, offset_of, size_of};
            use $crate::__private::shape::aligned;
            let (mut end, mut alignment) = (0, 1);
            $(
                let offset = aligned(end, align_of::<$type>());
                assert!(offset_of!($name, $field) == offset, "the fields do not lie as C's would");
                end = offset + size_of::<$type>();
                if align_of::<$type>() > alignment {
                    alignment = align_of::<$type>();
                }
            )*
            assert!(
                size_of::<$name>() == aligned(end, alignment) && align_of::<$name>() == alignment,
                "the struct is not as large as C's would be"
            );
        };

        // SAFETY: `repr(C)`, all its fields are told, see above, and one that is not
        // `Portable` does not compile.
        unsafe impl $crate::Payload for $name {
            const NAME: &'static ::std::ffi::CStr = $capsule;
            const VERSION: u32 = $version;
            const SHAPE: u64 = {
                use $crate::__private::shape;
                let hash = shape::EMPTY;
                $(
                    let hash = shape::text(hash, ::std::stringify!($field));
                    let hash = shape::number(hash, <$type as $crate::Portable>::SHAPE);
                )*
                hash
            };
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    crate::payload! {
        struct First = c"test.first", version 3 {
            call: extern "C" fn(i64, i64) -> i64,
            flag: u8,
        }
    }
    crate::payload! {
        struct Second = c"test.first", version 3 {
            call: extern "C" fn(i64, u64) -> i64,
            flag: u8,
        }
    }

    #[test]
    fn a_head_tells_what_follows() {
        let head = Header::of::<First>(Header::COUNTED);
        assert_eq!(
            (head.kept(), head.version, head.size),
            (Header::COUNTED, 3, 32)
        );
        assert_eq!(size_of::<Header>(), 16);
        let other = Header::of::<Second>(Header::COUNTED);
        assert_eq!((head.version, head.size), (other.version, other.size));
        assert_ne!(head.magic, other.magic);
    }

    #[test]
    fn types_have_different_shapes() {
        let shapes = [
            <i64 as Portable>::SHAPE,
            <u64 as Portable>::SHAPE,
            <*const i64 as Portable>::SHAPE,
            <*mut i64 as Portable>::SHAPE,
            <[i64; 1] as Portable>::SHAPE,
            <[i64; 2] as Portable>::SHAPE,
            <extern "C" fn(i64) -> i64 as Portable>::SHAPE,
            <extern "C" fn() -> i64 as Portable>::SHAPE,
            <extern "C" fn(i64) as Portable>::SHAPE,
            <unsafe extern "C" fn(i64) -> i64 as Portable>::SHAPE,
            <Option<extern "C" fn(i64) -> i64> as Portable>::SHAPE,
        ];
        assert_eq!(HashSet::from(shapes).len(), shapes.len());
    }
}
