//! rpds-py's collections: those of the crate rpds, with Python objects in them.

#![forbid(unsafe_code)]

mod iterator;
mod keys;
mod map;
mod python;
mod sequences;
mod set;
mod set_like;
mod views;

/// The native half of rpds.
#[hpy_bindings::pymodule(name = "_native", module = "rpds")]
mod native {
    use hpy_bindings::{Borrowed, Class, Ctx, ModuleDef, PyResult};

    use crate::python::ABSTRACT;
    #[pymodule_export]
    use crate::{
        iterator::Iterator,
        map::Map,
        sequences::{List, Queue, Stack},
        set::Set,
        views::{ItemsView, KeysView, ValuesView},
    };

    #[pymodule_define]
    fn define(module: &mut ModuleDef) {
        for class in &ABSTRACT {
            module.global(&class.loaded);
        }
    }

    #[pymodule_init]
    fn init(ctx: Ctx<'_>, _: Borrowed<'_>) -> PyResult<()> {
        register::<Map>(ctx, c"Mapping")?;
        register::<Set>(ctx, c"Set")?;
        register::<KeysView>(ctx, c"KeysView")?;
        register::<ValuesView>(ctx, c"ValuesView")?;
        register::<ItemsView>(ctx, c"ItemsView")
    }

    fn register<T: Class>(ctx: Ctx<'_>, name: &std::ffi::CStr) -> PyResult<()> {
        let class = ctx.import(c"collections.abc")?.attr(name)?;
        class.call_method(c"register", &[ctx.class::<T>()?.as_borrowed()])?;
        Ok(())
    }
}
