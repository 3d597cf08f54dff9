//! Step 4: a class with properties.

use std::ffi::CStr;

use hpy_bindings::{
    Class, ClassDef, Compare, Ctx, Exception, ModuleDef, New, OrNotImplemented, PyErr, PyResult,
    Shared,
};

#[derive(PartialEq)]
struct Rectangle {
    width: f64,
    height: f64,
}

/// Checks that a length makes sense.
fn length(length: f64) -> PyResult<f64> {
    if length > 0.0 {
        return Ok(length);
    }
    Err(PyErr::new(
        Exception::Value,
        format!("{length} is no length"),
    ))
}

impl Rectangle {
    fn new(_: Ctx<'_>, width: f64, height: Option<f64>) -> PyResult<Rectangle> {
        let width = length(width)?;
        let height = height.map_or(Ok(width), length)?;
        Ok(Rectangle { width, height })
    }

    fn set_width(_: Ctx<'_>, r: &mut Rectangle, width: f64) -> PyResult<()> {
        r.width = length(width)?;
        Ok(())
    }

    fn scaled(_: Ctx<'_>, r: &Rectangle, factor: f64) -> PyResult<New<Rectangle>> {
        Ok(New(Rectangle {
            width: length(r.width * factor)?,
            height: length(r.height * factor)?,
        }))
    }

    fn compare(
        ctx: Ctx<'_>,
        r: &Rectangle,
        other: Shared<Rectangle>,
        op: Compare,
    ) -> PyResult<OrNotImplemented<bool>> {
        let equal = *r == *other.borrow(ctx)?;
        Ok(OrNotImplemented(match op {
            Compare::Eq => Some(equal),
            Compare::Ne => Some(!equal),
            _ => None,
        }))
    }
}

impl Class for Rectangle {
    const NAME: &'static CStr = c"tutorial.Rectangle";
    const DOC: &'static CStr = c"Rectangle(width, height=width)\n--\n\nA rectangle.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor_named(|| ["width", "height"], Rectangle::new)
            .property(
                c"width",
                c"From left to right.",
                |_: Ctx<'_>, r: &Rectangle| r.width,
                Rectangle::set_width,
            )
            .getter(
                c"area",
                c"Width times height.",
                |_: Ctx<'_>, r: &Rectangle| r.width * r.height,
            )
            .method(
                c"scaled",
                c"scaled($self, factor, /)\n--\n\nReturns a larger one, or a smaller one.",
                Rectangle::scaled,
            )
            .compare(Rectangle::compare)
            .repr(|_: Ctx<'_>, r: &Rectangle| format!("Rectangle({:?}, {:?})", r.width, r.height));
    }
}

pub fn define(module: &mut ModuleDef) {
    module.class::<Rectangle>();
}
