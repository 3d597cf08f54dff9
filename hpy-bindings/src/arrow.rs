// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tables of the crate `arrow`, by the [Arrow PyCapsule interface] that pyarrow, polars, pandas,
//! duckdb and others speak: columns go from one library to another without a copy.
//!
//! | in Rust | in Python |
//! | --- | --- |
//! | a parameter of type [`RecordBatchStream`] | any object with `__arrow_c_stream__`: a table, a data frame, a query's result |
//! | a parameter of type `RecordBatch`, `ArrayRef` | any object with `__arrow_c_array__` |
//! | a parameter of type `Schema`, `Field` | any object with `__arrow_c_schema__` |
//! | [`StreamCapsule`], [`ArrayCapsules`], [`SchemaCapsule`] | the results of methods of these names |
//!
//! What such an object hands out is trusted to be what its name says, as its maker is native code
//! too. Columns that came from elsewhere are let go by whichever thread drops them last; their
//! maker is asked for nothing else, and needs no interpreter for that. A `requested_schema` may be
//! ignored, says the interface.
//!
//! ```
//! # #[hpy_bindings::pymodule]
//! # mod example {
//! use std::sync::Arc;
//!
//! use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, RecordBatchIterator};
//! use hpy_bindings::arrow::{RecordBatchStream, StreamCapsule};
//! use hpy_bindings::{Anything, PyResult, pyclass, pyfunction, pymethods};
//!
//! /// The squares of some numbers, as a table.
//! #[pyclass]
//! struct Squares(RecordBatch);
//!
//! #[pymethods]
//! impl Squares {
//!     #[new]
//!     fn new(numbers: Vec<i64>) -> PyResult<Self> {
//!         let squares = Int64Array::from_iter_values(numbers.iter().map(|n| n * n));
//!         let columns = [
//!             ("n", Arc::new(Int64Array::from(numbers)) as ArrayRef),
//!             ("square", Arc::new(squares)),
//!         ];
//!         Ok(Squares(RecordBatch::try_from_iter(columns)?))
//!     }
//!
//!     #[py(signature = (requested_schema=None))]
//!     fn __arrow_c_stream__(&self, requested_schema: Option<Anything>) -> StreamCapsule {
//!         let batches = [Ok(self.0.clone())];
//!         StreamCapsule::new(RecordBatchIterator::new(batches, self.0.schema()))
//!     }
//! }
//!
//! /// Counts the rows of any table.
//! #[pyfunction]
//! fn rows(table: RecordBatchStream) -> PyResult<usize> {
//!     let mut rows = 0;
//!     for batch in table {
//!         rows += batch?.num_rows();
//!     }
//!     Ok(rows)
//! }
//! # }
//!
//! // >>> example.rows(example.Squares([1, 2, 3]))
//! // 3
//! // >>> example.rows([1, 2, 3])
//! // Traceback (most recent call last):
//! // TypeError: expected an object with __arrow_c_stream__, got list
//! ```
//!
//! [Arrow PyCapsule interface]: https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html

use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchReader, StructArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use crate::api::Ctx;
use crate::arrow_structures::{give, take, take_array};
use crate::convert::{FromPy, IntoPy, expected};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::trampoline::{contain_quietly, dispose};

/// Calls an object's method of this name, which has no other meaning than the interface's.
fn ask<'c>(value: Borrowed<'c>, method: &CStr) -> PyResult<Handle<'c>> {
    if !value.ctx().has_attr(value, method) {
        let wanted = format!("an object with {}", method.to_string_lossy());
        return Err(expected(&wanted, value));
    }
    value.call_method(method, &[])
}

impl From<ArrowError> for PyErr {
    /// Becomes an `OSError`, a MemoryError, a ZeroDivisionError, an OverflowError or a
    /// NotImplementedError where it is one, else a ValueError.
    fn from(error: ArrowError) -> Self {
        let class = match &error {
            ArrowError::IoError(_, io) => return PyErr::from_error(Exception::Os, io),
            ArrowError::MemoryError(_) => Exception::Memory,
            ArrowError::DivideByZero => Exception::ZeroDivision,
            ArrowError::ArithmeticOverflow(_) => Exception::Overflow,
            ArrowError::NotYetImplemented(_) => Exception::NotImplemented,
            _ => Exception::Value,
        };
        PyErr::from_error(class, &error)
    }
}

/// The result of a method `__arrow_c_schema__`.
///
/// ```
/// use arrow_schema::{DataType, Field, Schema};
/// use hpy_bindings::arrow::SchemaCapsule;
///
/// let schema = Schema::new(vec![Field::new("n", DataType::Int64, false)]);
/// assert!(SchemaCapsule::new(&schema).is_ok());
/// ```
pub struct SchemaCapsule(FFI_ArrowSchema);

impl SchemaCapsule {
    /// Makes one of a schema of the crate `arrow-schema`: a `&Schema`, a `&Field` or a `&DataType`.
    ///
    /// Fails with what the crate says where there is no such type in the interface.
    pub fn new<S>(schema: S) -> Result<Self, ArrowError>
    where
        FFI_ArrowSchema: TryFrom<S, Error = ArrowError>,
    {
        FFI_ArrowSchema::try_from(schema).map(SchemaCapsule)
    }
}

impl IntoPy for SchemaCapsule {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        give(ctx, self.0)
    }
}

/// The result of a method `__arrow_c_array__`: a column, or a batch of rows.
///
/// ```
/// use arrow_array::{Array, Int64Array};
/// use hpy_bindings::arrow::ArrayCapsules;
///
/// assert!(ArrayCapsules::new(&Int64Array::from(vec![1, 2, 3])).is_ok());
/// ```
pub struct ArrayCapsules(FFI_ArrowArray, FFI_ArrowSchema);

impl ArrayCapsules {
    /// Makes a pair of capsules that share an array's memory. O(columns).
    pub fn new(array: &dyn Array) -> Result<Self, ArrowError> {
        let field = Field::new("", array.data_type().clone(), array.is_nullable());
        Self::with_schema(array, FFI_ArrowSchema::try_from(&field)?)
    }

    /// Makes a pair of capsules that share the memory of a batch of rows. O(columns).
    pub fn of_batch(batch: &RecordBatch) -> Result<Self, ArrowError> {
        let schema = FFI_ArrowSchema::try_from(batch.schema_ref().as_ref())?;
        Self::with_schema(&StructArray::from(batch.clone()), schema)
    }

    fn with_schema(array: &dyn Array, schema: FFI_ArrowSchema) -> Result<Self, ArrowError> {
        Ok(ArrayCapsules(FFI_ArrowArray::new(&array.to_data()), schema))
    }
}

impl IntoPy for ArrayCapsules {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let (schema, array) = (give(ctx, self.1)?, give(ctx, self.0)?);
        ctx.pack(&[schema.as_borrowed(), array.as_borrowed()])
    }
}

/// The result of a method `__arrow_c_stream__`: batches of rows, read one by one.
///
/// Whoever reads it may do so on any thread, with or without the interpreter. A panic of the
/// reader's is an error for the one who reads.
pub struct StreamCapsule(FFI_ArrowArrayStream);

impl StreamCapsule {
    /// Makes one of a reader, such as a `RecordBatchIterator`.
    pub fn new(reader: impl RecordBatchReader + Send + 'static) -> Self {
        let reader = Contained {
            schema: reader.schema(),
            reader: Some(reader),
        };
        StreamCapsule(FFI_ArrowArrayStream::new(Box::new(reader)))
    }
}

impl IntoPy for StreamCapsule {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        give(ctx, self.0)
    }
}

/// A reader whose panics and messages do not stop the C functions that call it.
struct Contained<R> {
    schema: SchemaRef,
    /// `None` only while it is dropped.
    reader: Option<R>,
}

impl<R: RecordBatchReader> Iterator for Contained<R> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match catch_unwind(AssertUnwindSafe(|| self.reader.as_mut()?.next())) {
            // A C string has no NUL.
            Ok(Some(Err(error))) if error.to_string().contains('\0') => {
                let message = error.to_string().replace('\0', "\u{fffd}");
                Some(Err(ArrowError::ComputeError(message)))
            }
            Ok(next) => next,
            Err(payload) => {
                dispose(payload);
                let message = "the reader of the stream has panicked";
                Some(Err(ArrowError::ComputeError(message.into())))
            }
        }
    }
}

impl<R: RecordBatchReader> RecordBatchReader for Contained<R> {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

impl<R> Drop for Contained<R> {
    fn drop(&mut self) {
        contain_quietly(|| drop(self.reader.take()));
    }
}

/// The batches of rows of another library's table: a `RecordBatchReader` of the crate
/// `arrow-array`, which [`StreamCapsule::new`] takes again.
pub struct RecordBatchStream(ArrowArrayStreamReader);

impl Iterator for RecordBatchStream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl RecordBatchReader for RecordBatchStream {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }
}

impl FromPy for RecordBatchStream {
    /// Takes the stream of any object with `__arrow_c_stream__`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let capsule = ask(value, c"__arrow_c_stream__")?;
        let stream: FFI_ArrowArrayStream = take(capsule.as_borrowed())?;
        let reader = ArrowArrayStreamReader::try_new(stream);
        reader.map(RecordBatchStream).map_err(PyErr::from)
    }
}

impl FromPy for ArrayRef {
    /// Takes the column of any object with `__arrow_c_array__`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let pair = ask(value, c"__arrow_c_array__")?;
        let (schema, array) = (pair.item(0)?, pair.item(1)?);
        take_array(schema.as_borrowed(), array.as_borrowed())
    }
}

impl FromPy for RecordBatch {
    /// Takes the rows of any object with `__arrow_c_array__`; TypeError for a single column.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let array: ArrayRef = value.extract()?;
        match array.as_any().downcast_ref::<StructArray>() {
            Some(rows) if rows.null_count() == 0 => Ok(rows.into()),
            Some(_) => Err(PyErr::new(Exception::Value, "a row of the batch is null")),
            None => Err(expected("a batch of rows", value)),
        }
    }
}

fn schema_of<T>(value: Borrowed<'_>) -> PyResult<T>
where
    T: for<'a> TryFrom<&'a FFI_ArrowSchema, Error = ArrowError>,
{
    let capsule = ask(value, c"__arrow_c_schema__")?;
    let schema: FFI_ArrowSchema = take(capsule.as_borrowed())?;
    T::try_from(&schema).map_err(PyErr::from)
}

macro_rules! schemas {
    ($($type:ty),*) => {$(
        impl FromPy for $type {
            /// Takes the schema of any object with `__arrow_c_schema__`.
            fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
                schema_of(value)
            }
        }
    )*};
}

schemas!(Schema, Field, DataType);
