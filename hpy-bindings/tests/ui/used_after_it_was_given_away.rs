//! A handle is used after it was returned or given to another owner.
use hpy_bindings::{Borrowed, Handle, PyResult};

fn given<'c>(arg: Borrowed<'c>, owners: &mut Vec<Handle<'c>>) -> PyResult<Handle<'c>> {
    let handle = arg.to_owned();
    owners.push(handle);
    handle.attr(c"name")
}

fn twice<'c>(arg: Borrowed<'c>) -> (Handle<'c>, Handle<'c>) {
    let handle = arg.to_owned();
    (handle, handle)
}

fn main() {}
