//! What can be hashed.

use std::ops::Deref;

use hpy_bindings::{Borrowed, BytesLike, Exception, FromArg, PyErr, PyResult};

/// The bytes of any object that has some: numbers of more than a byte have an order that a hash
/// would depend on.
pub struct Data<'a>(BytesLike<'a>);

impl<'a> FromArg<'a> for Data<'a> {
    fn from_arg(value: Borrowed<'a>) -> PyResult<Self> {
        let bytes = BytesLike::from_arg(value)?;
        let wrong = match bytes.format() {
            "B" | "b" | "c" if !bytes.has_gaps() => return Ok(Data(bytes)),
            "B" | "b" | "c" => "the buffer has gaps".to_owned(),
            other => format!("expected a buffer of bytes, got one of the format {other}"),
        };
        Err(PyErr::new(Exception::BufferError, wrong))
    }
}

impl Deref for Data<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
