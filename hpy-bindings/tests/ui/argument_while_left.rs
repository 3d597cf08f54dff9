//! An argument is used while the interpreter is left.
use hpy_bindings::Arg;

fn used(arg: Arg<'_>) {
    arg.ctx().leave_python(|| arg.is_none());
}

fn main() {}
