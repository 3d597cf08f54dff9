//! An argument is kept beyond the call that it belongs to.
use hpy_bindings::Arg;

fn keep<'kept>(arg: Arg<'_>, kept: &mut Vec<Arg<'kept>>) {
    kept.push(arg);
}

struct Keeper {
    kept: Arg<'static>,
}

fn keep_for_good(arg: Arg<'_>) -> Keeper {
    Keeper { kept: arg }
}

fn main() {}
