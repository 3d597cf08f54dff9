//! A crate with two modules, of which a binary can hold one.
use hpy_bindings::{module, ModuleDef};

mod first {
    pub fn define(_: &mut super::ModuleDef) {}
    super::module!("first", define);
}

mod second {
    pub fn define(_: &mut super::ModuleDef) {}
    super::module!("second", define);
}

fn main() {}
