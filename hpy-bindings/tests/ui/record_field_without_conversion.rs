//! All fields of a record are converted.

hpy_bindings::record! {
    struct Place {
        name: String,
        since: std::time::Instant,
    }
}

fn main() {}
