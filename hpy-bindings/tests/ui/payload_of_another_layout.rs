//! Payloads whose fields lie elsewhere than C's compiler would put them.
hpy_bindings::payload! {
    #[repr(packed)]
    pub struct Packed = c"example.packed", version 1 { pub first: u8, pub second: u32 }
}

hpy_bindings::payload! {
    #[repr(align(16))]
    pub struct Aligned = c"example.aligned", version 1 { pub first: u32 }
}

fn main() {}
