// SPDX-License-Identifier: MIT OR Apache-2.0

//! Python's operators, with their slots in the ABI and their special methods.

use std::cmp::Ordering;
use std::ffi::CStr;

use hpy_shim as shim;

/// An operator or function of one operand.
///
/// ```
/// # use hpy_bindings::{Class, ClassDef, Ctx, ModuleDef, New, Unary};
/// struct Degrees(f64);
///
/// impl Class for Degrees {
/// #   const NAME: &'static std::ffi::CStr = c"example.Degrees";
/// #   const DOC: &'static std::ffi::CStr = c"An angle.";
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>, angle: f64| Degrees(angle))
///             .unary(Unary::Negative, |_: Ctx<'_>, angle: &Degrees| New(Degrees(-angle.0)))
///             .unary(Unary::Float, |_: Ctx<'_>, angle: &Degrees| angle.0);
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Degrees>().function_raw(c"negative", c"", |_, args| {
///         // the same operator, of any object
///         let [object] = hpy_bindings::exactly(args)?;
///         object.negative()
///     });
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> float(-example.Degrees(45)), example.negative(True)
/// // (-45.0, -1)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-a`
    Negative,
    /// `+a`
    Positive,
    /// `abs(a)`
    Absolute,
    /// `~a`
    Invert,
    /// `operator.index(a)`: the object is an int in all but its type.
    Index,
    /// `int(a)`
    Int,
    /// `float(a)`
    Float,
}

/// An operator or function of two operands.
///
/// ```
/// # use hpy_bindings::{Binary, Class, ClassDef, Ctx, ModuleDef, New, Shared, PyResult};
/// struct Steps(i64);
///
/// impl Class for Steps {
/// #   const NAME: &'static std::ffi::CStr = c"example.Steps";
/// #   const DOC: &'static std::ffi::CStr = c"How far.";
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>, steps: i64| Steps(steps))
///             .binary(Binary::Multiply, |ctx: Ctx<'_>, a: Shared<Steps>, b: i64| {
///                 PyResult::Ok(New(Steps(a.borrow(ctx)?.0 * b)))
///             })
///             .in_place(Binary::Add, |_: Ctx<'_>, steps: &mut Steps, more: i64| steps.0 += more)
///             .getter(c"steps", c"", |_: Ctx<'_>, steps: &Steps| steps.0);
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Steps>().function_raw(c"sum", c"", |_, args| {
///         // the same operator, of any objects
///         let [a, b] = hpy_bindings::exactly(args)?;
///         a.add(b)
///     });
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> way = example.Steps(4) * 3
/// // >>> way += 1
/// // >>> way.steps, example.sum("to", "day")
/// // (13, 'today')
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binary {
    /// `a + b`
    Add,
    /// `a - b`
    Subtract,
    /// `a * b`
    Multiply,
    /// `a @ b`
    MatrixMultiply,
    /// `a // b`
    FloorDivide,
    /// `a / b`
    TrueDivide,
    /// `a % b`
    Remainder,
    /// `divmod(a, b)`; has no in-place form.
    Divmod,
    /// `a << b`
    LeftShift,
    /// `a >> b`
    RightShift,
    /// `a & b`
    And,
    /// `a | b`
    Or,
    /// `a ^ b`
    Xor,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `a < b`
    Lt,
    /// `a <= b`
    Le,
    /// `a == b`
    Eq,
    /// `a != b`
    Ne,
    /// `a > b`
    Gt,
    /// `a >= b`
    Ge,
}

impl Unary {
    pub(crate) fn slot(self) -> shim::HPySlot_Slot {
        match self {
            Unary::Negative => shim::HPy_nb_negative,
            Unary::Positive => shim::HPy_nb_positive,
            Unary::Absolute => shim::HPy_nb_absolute,
            Unary::Invert => shim::HPy_nb_invert,
            Unary::Index => shim::HPy_nb_index,
            Unary::Int => shim::HPy_nb_int,
            Unary::Float => shim::HPy_nb_float,
        }
    }
}

impl Binary {
    pub(crate) fn slot(self) -> shim::HPySlot_Slot {
        match self {
            Binary::Add => shim::HPy_nb_add,
            Binary::Subtract => shim::HPy_nb_subtract,
            Binary::Multiply => shim::HPy_nb_multiply,
            Binary::MatrixMultiply => shim::HPy_nb_matrix_multiply,
            Binary::FloorDivide => shim::HPy_nb_floor_divide,
            Binary::TrueDivide => shim::HPy_nb_true_divide,
            Binary::Remainder => shim::HPy_nb_remainder,
            Binary::Divmod => shim::HPy_nb_divmod,
            Binary::LeftShift => shim::HPy_nb_lshift,
            Binary::RightShift => shim::HPy_nb_rshift,
            Binary::And => shim::HPy_nb_and,
            Binary::Or => shim::HPy_nb_or,
            Binary::Xor => shim::HPy_nb_xor,
        }
    }

    /// Returns the slot of `a += b` and the like.
    pub(crate) fn in_place_slot(self) -> shim::HPySlot_Slot {
        match self {
            Binary::Add => shim::HPy_nb_inplace_add,
            Binary::Subtract => shim::HPy_nb_inplace_subtract,
            Binary::Multiply => shim::HPy_nb_inplace_multiply,
            Binary::MatrixMultiply => shim::HPy_nb_inplace_matrix_multiply,
            Binary::FloorDivide => shim::HPy_nb_inplace_floor_divide,
            Binary::TrueDivide => shim::HPy_nb_inplace_true_divide,
            Binary::Remainder => shim::HPy_nb_inplace_remainder,
            Binary::Divmod => panic!("divmod has no in-place form"),
            Binary::LeftShift => shim::HPy_nb_inplace_lshift,
            Binary::RightShift => shim::HPy_nb_inplace_rshift,
            Binary::And => shim::HPy_nb_inplace_and,
            Binary::Or => shim::HPy_nb_inplace_or,
            Binary::Xor => shim::HPy_nb_inplace_xor,
        }
    }

    /// Returns the name of the method of the right operand.
    pub(crate) fn reflected(self) -> &'static CStr {
        match self {
            Binary::Add => c"__radd__",
            Binary::Subtract => c"__rsub__",
            Binary::Multiply => c"__rmul__",
            Binary::MatrixMultiply => c"__rmatmul__",
            Binary::FloorDivide => c"__rfloordiv__",
            Binary::TrueDivide => c"__rtruediv__",
            Binary::Remainder => c"__rmod__",
            Binary::Divmod => c"__rdivmod__",
            Binary::LeftShift => c"__rlshift__",
            Binary::RightShift => c"__rrshift__",
            Binary::And => c"__rand__",
            Binary::Or => c"__ror__",
            Binary::Xor => c"__rxor__",
        }
    }
}

impl Compare {
    /// Returns the comparison that has this number in the ABI.
    pub(crate) fn from_raw(raw: shim::HPy_RichCmpOp) -> Option<Self> {
        match raw {
            shim::HPy_LT => Some(Compare::Lt),
            shim::HPy_LE => Some(Compare::Le),
            shim::HPy_EQ => Some(Compare::Eq),
            shim::HPy_NE => Some(Compare::Ne),
            shim::HPy_GT => Some(Compare::Gt),
            shim::HPy_GE => Some(Compare::Ge),
            _ => None,
        }
    }

    /// Returns `true` if the comparison is true of operands in this order.
    ///
    /// ```
    /// use hpy_bindings::Compare;
    /// assert!(Compare::Le.holds(1.cmp(&2)));
    /// assert!(!Compare::Gt.holds(1.cmp(&2)));
    /// ```
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Compare::Lt => order.is_lt(),
            Compare::Le => order.is_le(),
            Compare::Eq => order.is_eq(),
            Compare::Ne => order.is_ne(),
            Compare::Gt => order.is_gt(),
            Compare::Ge => order.is_ge(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_by_order() {
        let all = [0, 1, 2, 3, 4, 5].map(|raw| Compare::from_raw(raw).unwrap());
        let holding = |order| all.map(|compare| compare.holds(order));
        assert_eq!(
            holding(Ordering::Less),
            [true, true, false, true, false, false]
        );
        assert_eq!(
            holding(Ordering::Equal),
            [false, true, true, false, false, true]
        );
        assert_eq!(
            holding(Ordering::Greater),
            [false, false, false, true, true, true]
        );
        assert_eq!(Compare::from_raw(6), None);
    }
}
