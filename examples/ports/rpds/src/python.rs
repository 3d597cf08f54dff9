//! What Python's collections have and the bindings do not name.

use std::ffi::CStr;

use hpy_bindings::{Borrowed, Ctx, Global, IntoPy, Object, PyResult};

/// A class of `collections.abc`.
pub struct Abstract {
    name: &'static CStr,
    pub loaded: Global,
}

/// Those that are asked for.
pub static ABSTRACT: [Abstract; 2] = [Abstract::new(c"Mapping"), Abstract::new(c"Set")];

impl Abstract {
    const fn new(name: &'static CStr) -> Self {
        let loaded = Global::new();
        Abstract { name, loaded }
    }

    /// Returns whether an object is an instance, by inheritance or because it is registered.
    fn has(&'static self, object: Borrowed<'_>) -> PyResult<bool> {
        let ctx = object.ctx();
        let find = || ctx.import(c"collections.abc")?.attr(self.name);
        let class = self.loaded.load_or(ctx, find)?;
        let is_instance = ctx.builtin(c"isinstance")?;
        is_instance.call(&[object, class.as_borrowed()])?.truth()
    }
}

/// Returns whether an object is a mapping.
pub fn is_mapping(object: Borrowed<'_>) -> PyResult<bool> {
    Ok(object.is_dict() || ABSTRACT[0].has(object)?)
}

/// Returns whether an object is a set.
pub fn is_set(object: Borrowed<'_>) -> PyResult<bool> {
    ABSTRACT[1].has(object)
}

/// Returns the `repr` of some objects, separated by commas.
pub fn repr_of<T: IntoPy>(ctx: Ctx<'_>, objects: impl IntoIterator<Item = T>) -> PyResult<String> {
    let mut text = String::new();
    for object in objects {
        if !text.is_empty() {
            text += ", ";
        }
        text += object.into_py(ctx)?.repr()?.as_borrowed().as_str()?;
    }
    Ok(text)
}

/// Returns whether two objects are equal; one that cannot be compared is not.
pub fn equal(ctx: Ctx<'_>, a: &Object, b: &Object) -> PyResult<bool> {
    a.get(ctx)?.equals(b.get(ctx)?)
}
