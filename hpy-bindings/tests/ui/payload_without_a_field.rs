//! A payload with a field that is left out on this side.
hpy_bindings::payload! {
    pub struct Numbers = c"example.numbers", version 1 {
        #[cfg(any())]
        pub first: u8,
        pub second: u32,
    }
}

fn main() {}
