//! An argument is kept beyond the call that it belongs to.
use hpy_bindings::Borrowed;

fn keep<'kept>(arg: Borrowed<'_>, kept: &mut Vec<Borrowed<'kept>>) {
    kept.push(arg);
}

struct Keeper {
    kept: Borrowed<'static>,
}

fn keep_for_good(arg: Borrowed<'_>) -> Keeper {
    Keeper { kept: arg }
}

fn main() {}
