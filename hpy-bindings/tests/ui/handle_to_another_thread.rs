//! A handle goes to another thread.
use hpy_bindings::Ctx;

fn send(ctx: Ctx<'_>) {
    let handle = ctx.none();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(handle));
    });
}

fn main() {}
