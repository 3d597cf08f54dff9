// SPDX-License-Identifier: MIT OR Apache-2.0

//! Buffers in and out, `*args` as they come, and values of the crates chrono and serde, for
//! `tests/hpy/python/test_data.py`.

#[hpy_bindings::pymodule(no_export)]
pub mod declared {
    use std::collections::BTreeMap;

    use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
    use hpy_bindings::{
        Array, ArrayMut, Borrowed, Ctx, Handle, OrNotImplemented, PyBuffer, PyResult, Serde,
        VarArgs, from_python, pyclass, pyfunction, pymethods, to_python,
    };
    use serde::{Deserialize, Serialize};

    #[pyfunction(signature = (first, *rest, last=0, **others))]
    fn spread(
        first: i64,
        rest: VarArgs<'_>,
        last: i64,
        others: Borrowed<'_>,
    ) -> PyResult<(i64, Vec<i64>, i64, usize)> {
        assert_eq!(rest.is_empty(), rest.get(0).is_none());
        assert_eq!(rest.iter().len(), rest.len());
        Ok((first, rest.extract()?, last, others.len()?))
    }

    #[pyclass]
    struct Spread {
        #[py(get)]
        items: Vec<String>,
    }

    #[pymethods]
    impl Spread {
        #[new]
        #[py(signature = (*items))]
        fn new(items: VarArgs<'_>) -> PyResult<Self> {
            let items = items.extract()?;
            Ok(Spread { items })
        }

        #[py(signature = (sep, *more))]
        fn joined(&self, sep: &str, more: VarArgs<'_>) -> PyResult<String> {
            let more: Vec<String> = more.extract()?;
            Ok([&self.items[..], &more].concat().join(sep))
        }

        #[py(signature = (*more))]
        fn __call__(&self, more: VarArgs<'_>) -> usize {
            more.len()
        }

        #[classmethod]
        #[py(signature = (*items))]
        fn count(_cls: Borrowed<'_>, items: VarArgs<'_>) -> usize {
            items.len()
        }
    }

    #[pyclass]
    struct Power {
        #[py(get)]
        value: i64,
    }

    #[pymethods]
    impl Power {
        #[new]
        fn new(value: i64) -> Self {
            Power { value }
        }

        fn __ipow__(&mut self, exponent: u32) -> OrNotImplemented<()> {
            OrNotImplemented(
                self.value
                    .checked_pow(exponent)
                    .map(|power| self.value = power),
            )
        }
    }

    /// Rows of three numbers each.
    #[pyclass]
    struct Plane(Vec<f64>);

    #[pymethods]
    impl Plane {
        #[new]
        fn new(numbers: Vec<f64>) -> Self {
            Plane(numbers)
        }

        #[buffer]
        fn rows(&self) -> PyResult<Array<'_, f64, 2>> {
            Array::new(&self.0, [self.0.len() / 3, 3])
        }
    }

    /// The same from the other side: its columns.
    #[pyclass]
    struct Columns(Vec<i16>);

    #[pymethods]
    impl Columns {
        #[new]
        fn new(numbers: Vec<i16>) -> Self {
            Columns(numbers)
        }

        #[buffer]
        fn columns(&self) -> PyResult<Array<'_, i16, 2>> {
            Array::strided(&self.0, 0, [3, self.0.len() / 3], [1, 3])
        }
    }

    #[pyclass]
    struct Board(Vec<i32>);

    #[pymethods]
    impl Board {
        #[new]
        fn new(size: usize) -> Self {
            Board(vec![0; 6 * size])
        }

        #[buffer]
        fn cells(&mut self) -> PyResult<ArrayMut<'_, i32, 3>> {
            let depth = self.0.len() / 6;
            ArrayMut::new(&mut self.0, [2, 3, depth])
        }

        fn numbers(&self) -> Vec<i32> {
            self.0.clone()
        }

        fn grow(&mut self) {
            self.0.extend([0; 6]);
        }
    }

    #[pyclass]
    struct Bytes(Vec<u8>);

    #[pymethods]
    impl Bytes {
        #[new]
        fn new(size: usize) -> Self {
            Bytes(vec![0; size])
        }

        #[buffer]
        fn bytes(&mut self) -> &mut [u8] {
            &mut self.0
        }

        fn numbers(&self) -> Vec<u8> {
            self.0.clone()
        }
    }

    type Look<E> = (Vec<E>, Vec<usize>, bool);

    #[pyfunction]
    fn look_f64(buffer: PyBuffer<'_, f64>) -> Look<f64> {
        assert_eq!(buffer.get(0), buffer.iter().next());
        (buffer.to_vec(), buffer.shape().to_vec(), buffer.is_copy())
    }

    #[pyfunction]
    fn look_i64(buffer: PyBuffer<'_, i64>) -> Look<i64> {
        (buffer.to_vec(), buffer.shape().to_vec(), buffer.is_copy())
    }

    #[pyfunction]
    fn look_u8(buffer: PyBuffer<'_, u8>) -> Look<u8> {
        (buffer.to_vec(), buffer.shape().to_vec(), buffer.is_copy())
    }

    #[pyfunction]
    fn look_i16(buffer: PyBuffer<'_, i16>) -> Look<i16> {
        (buffer.to_vec(), buffer.shape().to_vec(), buffer.is_copy())
    }

    #[pyfunction]
    fn look_maybe(buffer: Option<PyBuffer<'_, u8>>) -> Option<usize> {
        buffer.map(|buffer| buffer.len())
    }

    /// Adds to every number where it is; calls `during` in between.
    #[pyfunction]
    fn shift_f64(buffer: PyBuffer<'_, f64>, by: f64, during: Option<Borrowed<'_>>) -> PyResult<()> {
        buffer.write(|cells| {
            if let Some(during) = during {
                during.call(&[])?;
            }
            for cell in cells {
                cell.set(cell.get() + by);
            }
            Ok(())
        })?
    }

    #[pyfunction]
    fn shift_u8(buffer: PyBuffer<'_, u8>, by: u8) -> PyResult<()> {
        buffer.write(|cells| {
            for cell in cells {
                cell.set(cell.get().wrapping_add(by));
            }
        })
    }

    #[pyfunction]
    fn chrono_date(date: NaiveDate) -> NaiveDate {
        date
    }

    #[pyfunction]
    fn chrono_time(time: NaiveTime) -> NaiveTime {
        time
    }

    #[pyfunction]
    fn chrono_naive(time: NaiveDateTime) -> NaiveDateTime {
        time
    }

    #[pyfunction]
    fn chrono_utc(time: DateTime<Utc>) -> DateTime<Utc> {
        time
    }

    #[pyfunction]
    fn chrono_fixed(time: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
        time
    }

    #[pyfunction]
    fn chrono_delta(delta: TimeDelta) -> (TimeDelta, i64) {
        (delta, delta.num_seconds())
    }

    #[pyfunction]
    fn chrono_offset(offset: FixedOffset) -> (FixedOffset, i32) {
        (offset, offset.local_minus_utc())
    }

    #[pyfunction]
    fn chrono_zone(zone: Utc) -> Utc {
        zone
    }

    #[pyfunction]
    fn chrono_leap() -> Option<NaiveTime> {
        NaiveTime::from_hms_nano_opt(23, 59, 59, 1_999_999_999)
    }

    #[derive(Serialize, Deserialize)]
    enum Shape {
        Empty,
        Circle(f64),
        Line(i64, i64),
        Rectangle { width: u32, height: u32 },
        Nested(Box<Shape>),
    }

    #[derive(Serialize, Deserialize)]
    struct Everything {
        text: String,
        letter: char,
        flag: bool,
        small: i8,
        large: u64,
        huge: u128,
        number: f64,
        nothing: (),
        maybe: Option<i32>,
        list: Vec<u16>,
        pair: (i64, String),
        map: BTreeMap<String, i64>,
        shapes: Vec<Shape>,
        #[serde(default)]
        extra: i64,
    }

    #[pyfunction]
    fn serde_everything(value: Serde<Everything>) -> Serde<Everything> {
        value
    }

    #[pyfunction]
    fn serde_shape(value: Serde<Shape>) -> Serde<Shape> {
        value
    }

    /// A value of no certain type.
    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Any {
        Nothing,
        Flag(bool),
        Int(i64),
        Float(f64),
        Text(String),
        List(Vec<Any>),
        Map(BTreeMap<String, Any>),
    }

    #[pyfunction]
    fn serde_any<'c>(ctx: Ctx<'c>, value: Borrowed<'c>) -> PyResult<Handle<'c>> {
        to_python(ctx, &from_python::<Any>(value)?)
    }

    /// A chain whose end is `null`.
    #[derive(Serialize, Deserialize)]
    struct Chain {
        next: Option<Box<Chain>>,
    }

    #[pyfunction]
    fn serde_depth(value: Serde<Chain>) -> usize {
        let (mut depth, mut chain) = (1, &value.0);
        while let Some(next) = &chain.next {
            depth += 1;
            chain = next;
        }
        depth
    }

    #[pyfunction]
    fn serde_chain(ctx: Ctx<'_>, length: usize) -> PyResult<Handle<'_>> {
        let mut chain = Chain { next: None };
        for _ in 1..length {
            chain = Chain {
                next: Some(Box::new(chain)),
            };
        }
        to_python(ctx, &chain)
    }
}
