//! A handle, an argument, a field and a global in each other's places.
use hpy_bindings::{Borrowed, Field, Global, Handle, PyResult};

static GLOBAL: Global = Global::new();

fn mixed(arg: Borrowed<'_>, handle: Handle<'_>, field: Field<'_>) -> PyResult<()> {
    field.store(handle);
    field.store(&GLOBAL);
    GLOBAL.store(field)?;
    GLOBAL.store(handle)?;
    let _: Handle<'_> = arg;
    let _: Borrowed<'_> = GLOBAL.load(arg.ctx())?;
    arg.call(&[field])?;
    Ok(())
}

fn main() {}
