//! An argument is used while the interpreter is left.
use hpy_bindings::Borrowed;

fn used(arg: Borrowed<'_>) {
    arg.ctx().leave_python(|| arg.is_none());
}

fn main() {}
