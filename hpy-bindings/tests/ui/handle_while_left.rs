//! A handle is used, or dropped, while the interpreter is left.
use hpy_bindings::Ctx;

fn used(ctx: Ctx<'_>) {
    let handle = ctx.none();
    ctx.leave_python(|| handle.as_borrowed().is_none());
}

fn dropped(ctx: Ctx<'_>) {
    let handle = ctx.none();
    ctx.leave_python(move || drop(handle));
}

fn main() {}
