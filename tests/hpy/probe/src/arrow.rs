// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tables by Arrow's capsules, for `tests/hpy/python/test_arrow.py`.

#[hpy_bindings::pymodule(no_export)]
pub mod declared {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use arrow_array::cast::AsArray as _;
    use arrow_array::types::Int64Type;
    use arrow_array::{
        Array as _, ArrayRef, Int64Array, RecordBatch, RecordBatchReader, StringArray,
    };
    use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
    use hpy_bindings::arrow::{ArrayCapsules, RecordBatchStream, SchemaCapsule, StreamCapsule};
    use hpy_bindings::{Anything, Ctx, Exception, PyErr, PyResult, pyclass, pyfunction, pymethods};

    static READERS: AtomicUsize = AtomicUsize::new(0);

    /// Returns `from`, `from + 1` … with their names, but for every third one's.
    fn rows(from: i64, many: i64) -> Result<RecordBatch, ArrowError> {
        let numbers = Int64Array::from_iter_values(from..from + many);
        let names: StringArray = (from..from + many)
            .map(|n| (n % 3 != 0).then(|| format!("№ {n}")))
            .collect();
        let columns = [
            ("n", Arc::new(numbers) as ArrayRef),
            ("name", Arc::new(names)),
        ];
        RecordBatch::try_from_iter_with_nullable(
            columns
                .into_iter()
                .map(|(name, column)| (name, column, name == "name")),
        )
    }

    /// Reads batches of ten rows, and fails or panics where it is told to.
    struct Reader {
        next: i64,
        batches: i64,
        end: &'static str,
    }

    impl Reader {
        fn new(batches: i64, end: &'static str) -> Self {
            READERS.fetch_add(1, Ordering::Relaxed);
            let next = 0;
            Reader { next, batches, end }
        }
    }

    impl Drop for Reader {
        fn drop(&mut self) {
            READERS.fetch_sub(1, Ordering::Relaxed);
            assert!(self.end != "drop", "a panic while dropping");
        }
    }

    impl Iterator for Reader {
        type Item = Result<RecordBatch, ArrowError>;

        fn next(&mut self) -> Option<Self::Item> {
            if self.next < self.batches {
                self.next += 1;
                return Some(rows((self.next - 1) * 10, 10));
            }
            match self.end {
                "panic" => panic!("a panic while reading"),
                "error" => Some(Err(ArrowError::ComputeError("a zero\0within".into()))),
                _ => None,
            }
        }
    }

    impl RecordBatchReader for Reader {
        fn schema(&self) -> SchemaRef {
            rows(0, 0).expect("no rows").schema()
        }
    }

    #[pyclass]
    struct ArrowTable {
        batches: i64,
        end: &'static str,
    }

    #[pymethods]
    impl ArrowTable {
        #[new]
        #[py(signature = (batches, end="end"))]
        fn new(batches: i64, end: &str) -> PyResult<Self> {
            let end = ["end", "panic", "error", "drop"]
                .into_iter()
                .find(|known| *known == end)
                .ok_or_else(|| PyErr::new(Exception::Value, "no such end"))?;
            Ok(ArrowTable { batches, end })
        }

        #[py(signature = (requested_schema=None))]
        fn __arrow_c_stream__(&self, requested_schema: Option<Anything>) -> StreamCapsule {
            let _ = requested_schema;
            StreamCapsule::new(Reader::new(self.batches, self.end))
        }

        #[py(signature = (requested_schema=None))]
        fn __arrow_c_array__(
            &self,
            requested_schema: Option<Anything>,
        ) -> Result<ArrayCapsules, ArrowError> {
            let _ = requested_schema;
            ArrayCapsules::of_batch(&rows(0, self.batches * 10)?)
        }

        fn __arrow_c_schema__(&self) -> Result<SchemaCapsule, ArrowError> {
            SchemaCapsule::new(rows(0, 0)?.schema_ref().as_ref())
        }
    }

    #[pyclass]
    struct ArrowColumn(ArrayRef);

    #[pymethods]
    impl ArrowColumn {
        /// Keeps a column of somebody else's.
        #[new]
        fn new(column: ArrayRef) -> Self {
            ArrowColumn(column)
        }

        #[py(signature = (requested_schema=None))]
        fn __arrow_c_array__(
            &self,
            requested_schema: Option<Anything>,
        ) -> Result<ArrayCapsules, ArrowError> {
            let _ = requested_schema;
            ArrayCapsules::new(&*self.0)
        }

        fn __len__(&self) -> usize {
            self.0.len()
        }
    }

    #[pyclass]
    struct ArrowNumbers(Vec<i64>);

    #[pymethods]
    impl ArrowNumbers {
        #[new]
        fn new(numbers: Vec<i64>) -> Self {
            ArrowNumbers(numbers)
        }

        fn __arrow_c_array__(&self) -> Result<ArrayCapsules, ArrowError> {
            ArrayCapsules::new(&Int64Array::from(self.0.clone()))
        }
    }

    /// A stream of somebody else's, which can be handed on once.
    #[pyclass]
    struct ArrowPassed(Mutex<Option<RecordBatchStream>>);

    #[pymethods]
    impl ArrowPassed {
        #[new]
        fn new(stream: RecordBatchStream) -> Self {
            ArrowPassed(Mutex::new(Some(stream)))
        }

        #[py(signature = (requested_schema=None))]
        fn __arrow_c_stream__(
            &self,
            requested_schema: Option<Anything>,
        ) -> PyResult<StreamCapsule> {
            let _ = requested_schema;
            let stream = self.0.lock().ok().and_then(|mut stream| stream.take());
            stream
                .map(StreamCapsule::new)
                .ok_or_else(|| PyErr::new(Exception::Value, "the stream was taken"))
        }
    }

    #[pyfunction]
    fn arrow_readers() -> usize {
        READERS.load(Ordering::Relaxed)
    }

    /// Sums up the column `n` of a table.
    #[pyfunction]
    fn arrow_sum(table: RecordBatchStream) -> PyResult<i64> {
        let mut sum = 0;
        for batch in table {
            let batch = batch?;
            let wrong = || PyErr::new(Exception::Key, "there is no column n of int64");
            let column = batch.column_by_name("n").ok_or_else(wrong)?;
            let numbers = column.as_primitive_opt::<Int64Type>().ok_or_else(wrong)?;
            sum += numbers.iter().flatten().sum::<i64>();
        }
        Ok(sum)
    }

    /// The same, without the interpreter.
    #[pyfunction]
    fn arrow_sum_outside(ctx: Ctx<'_>, table: RecordBatchStream) -> usize {
        ctx.leave_python(|| table.flatten().map(|batch| batch.num_rows()).sum())
    }

    #[pyfunction]
    fn arrow_rows(batch: RecordBatch) -> (usize, usize) {
        (batch.num_rows(), batch.num_columns())
    }

    #[pyfunction]
    fn arrow_names(schema: Schema) -> Vec<(String, String, bool)> {
        let of = |field: &Field| {
            (
                field.name().clone(),
                field.data_type().to_string(),
                field.is_nullable(),
            )
        };
        schema.fields().iter().map(|field| of(field)).collect()
    }
}
