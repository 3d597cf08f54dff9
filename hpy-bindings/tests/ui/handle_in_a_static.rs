//! A handle is kept where every thread finds it; that is what `Global` is for.
use std::sync::Mutex;

use hpy_bindings::Handle;

static KEPT: Mutex<Option<Handle<'static>>> = Mutex::new(None);

fn main() {}
