//! Comparing what is a set with any other set of Python's.

use hpy_bindings::{Borrowed, Compare, Ctx, IntoPy, OrNotImplemented, PyResult};

use crate::python::is_set;

/// A set, or a view that behaves like one.
pub trait SetLike {
    fn size(&self) -> usize;

    /// Returns whether an object is in there.
    fn has(&self, object: Borrowed<'_>) -> PyResult<bool>;

    /// Returns the members.
    fn members(&self) -> impl Iterator<Item = impl IntoPy>;

    /// Compares, as Python's sets do: smaller is what is a part.
    fn compare(
        &self,
        ctx: Ctx<'_>,
        other: Borrowed<'_>,
        how: Compare,
    ) -> PyResult<OrNotImplemented<bool>> {
        if !is_set(other)? {
            return Ok(OrNotImplemented(None));
        }
        let (mine, others) = (self.size(), other.len()?);
        let answer = match how {
            Compare::Eq => mine == others && self.is_within(ctx, other)?,
            Compare::Ne => mine != others || !self.is_within(ctx, other)?,
            Compare::Lt => mine < others && self.is_within(ctx, other)?,
            Compare::Le => mine <= others && self.is_within(ctx, other)?,
            Compare::Gt => mine > others && self.has_all(other)?,
            Compare::Ge => mine >= others && self.has_all(other)?,
        };
        Ok(OrNotImplemented(Some(answer)))
    }

    fn is_within(&self, ctx: Ctx<'_>, other: Borrowed<'_>) -> PyResult<bool> {
        for member in self.members() {
            if !other.contains(member.into_py(ctx)?)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn has_all(&self, other: Borrowed<'_>) -> PyResult<bool> {
        for member in other.iter()? {
            if !self.has(member?.as_borrowed())? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
