// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the attribute macros declare: tests/hpy/python/test_macros.py.

use hpy_bindings::pymodule;

#[pymodule(name = "probe", no_export)]
pub mod declared {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use hpy_bindings::{
        Anything, Borrowed, Bytes, BytesLike, Compare, Ctx, Exception, FromArg, FromPy, Handle,
        IntoPy, ModuleDef, OrNotImplemented, PyErr, PyResult, Shared, This, ThisObject, pyclass,
        pyexception, pyfunction, pymethods,
    };

    #[pymodule_export]
    const DECLARED: i64 = 42;

    /// Returns what it is given.
    #[allow(clippy::too_many_arguments)] // one of each kind
    #[pyfunction(signature = (a, b=1, /, c=-2, *args, d, e=None, **kwargs))]
    fn all_kinds<'a>(
        ctx: Ctx<'a>,
        a: i64,
        b: i64,
        c: i64,
        args: Borrowed<'a>,
        d: &str,
        e: Option<f64>,
        kwargs: Handle<'a>,
    ) -> PyResult<Handle<'a>> {
        let found = ctx.list([a, b, c])?;
        found.append(args)?;
        found.append(d)?;
        found.append(e)?;
        found.append(kwargs)?;
        Ok(found)
    }

    #[pyfunction(signature = (*, only))]
    fn named_only(only: i64) -> i64 {
        only
    }

    #[pyfunction(signature = (first, /, **first_of_all))]
    fn same_name(first: i64, first_of_all: Borrowed<'_>) -> PyResult<(i64, usize)> {
        Ok((first, first_of_all.len()?))
    }

    #[pyfunction(name = "renamed")]
    fn with_another_name(r#type: Option<&str>) -> Option<usize> {
        r#type.map(str::len)
    }

    #[pyfunction(signature = (maybe))]
    fn required_option(maybe: Option<i64>) -> Option<i64> {
        maybe
    }

    #[pyfunction]
    fn longer<'a>(a: &'a str, b: Option<&'a str>) -> &'a str {
        match b {
            Some(b) if b.len() > a.len() => b,
            _ => a,
        }
    }

    #[pyfunction]
    fn without_copy(data: &[u8], more: Option<&[u8]>) -> (usize, Option<usize>) {
        (data.len(), more.map(<[u8]>::len))
    }

    #[pyfunction]
    fn bytes_like(data: BytesLike<'_>, more: Option<BytesLike<'_>>) -> (Bytes, Option<usize>) {
        (Bytes(data.to_vec()), more.map(|more| more.len()))
    }

    #[pyfunction]
    fn buffer_facts(data: BytesLike<'_>) -> (String, bool) {
        (data.format().to_owned(), data.has_gaps())
    }

    /// A parameter of a type of this crate, which may be left out too.
    struct Initial(char);

    impl<'a> FromArg<'a> for Initial {
        fn from_arg(value: Borrowed<'a>) -> PyResult<Self> {
            let initial = value.as_str()?.chars().next().map(Initial);
            initial.ok_or_else(|| PyErr::new(Exception::Value, "a text without letters"))
        }
    }

    #[pyfunction(signature = (one, two, three=None, four=Some(Initial('d'))))]
    fn initials(
        one: Initial,
        two: Option<Initial>,
        three: Option<Initial>,
        four: Option<Initial>,
    ) -> String {
        let all = [Some(one), two, three, four];
        all.map(|initial| initial.map_or('-', |initial| initial.0))
            .iter()
            .collect()
    }

    #[pymodule_export]
    #[py(name = "declared by name")]
    const BY_NAME: i64 = 43;

    /// Sums up what an iteration gives, however it is made.
    #[pyfunction]
    fn iterated(iterable: Borrowed<'_>, each: Option<Borrowed<'_>>) -> PyResult<i64> {
        let mut sum = 0;
        for item in iterable.iter()? {
            let item = item?;
            if let Some(each) = each {
                each.call(&[item.as_borrowed()])?;
            }
            sum += item.extract::<i64>()?;
        }
        Ok(sum)
    }

    /// Returns the pairs of a mapping.
    #[pyfunction]
    fn pairs_of<'c>(
        ctx: Ctx<'c>,
        mapping: Borrowed<'c>,
        each: Option<Borrowed<'c>>,
    ) -> PyResult<Handle<'c>> {
        let found = ctx.list([(); 0])?;
        for pair in mapping.items()? {
            let (key, value) = pair?;
            if let Some(each) = each {
                each.call(&[key.as_borrowed()])?;
            }
            found.append((key, value))?;
        }
        Ok(found)
    }

    /// Its attributes cannot be set.
    #[pyclass(frozen)]
    struct Fixed;

    #[pymethods]
    impl Fixed {
        #[new]
        fn new() -> Self {
            Fixed
        }

        fn __setattr__(&self, name: &str, _value: Anything) -> PyResult<()> {
            Err(PyErr::new(Exception::Type, format!("{name} cannot be set")))
        }
    }

    #[pyfunction]
    fn same_uuid(id: uuid::Uuid) -> (uuid::Uuid, String) {
        (id, id.to_string())
    }

    #[pyfunction]
    fn anyhow_fails(number: &str) -> anyhow::Result<i64> {
        use anyhow::Context as _;
        number
            .parse::<i64>()
            .with_context(|| format!("{number} is wrong"))
    }

    #[pyfunction]
    fn eyre_fails(number: &str) -> eyre::Result<i64> {
        use eyre::WrapErr as _;
        number
            .parse::<i64>()
            .wrap_err_with(|| format!("{number} is wrong"))
    }

    #[pyfunction]
    fn same_object(object: Handle<'_>) -> Handle<'_> {
        object
    }

    #[pyfunction]
    fn nothing() {}

    #[pyfunction]
    fn context_last(a: i64, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.tuple([a])
    }

    #[pyfunction]
    fn fails(how: i64) -> PyResult<()> {
        match how {
            0 => Err(Bad::new_err("bad")),
            1 => Err(Worse::new_err("worse")),
            _ => panic!("in a declared function"),
        }
    }

    /// Something is bad.
    #[pyexception(extends = Exception::Value)]
    struct Bad;

    /// It is worse.
    #[pyexception(extends = Bad::class(), name = "Worst")]
    struct Worse;

    #[derive(FromPy, IntoPy)]
    struct Stop {
        name: String,
        #[py(default = 3)]
        floor: i64,
        #[py(default, name = "from")]
        origin: Vec<String>,
        note: Option<String>,
    }

    #[derive(FromPy, IntoPy)]
    enum Either {
        Int(i64),
        Text(String),
        Stop(Stop),
    }

    #[derive(FromPy, IntoPy)]
    struct Metres(f64);

    #[pyfunction]
    fn derived(value: Either) -> Either {
        value
    }

    #[pyfunction]
    fn longer_by_one(length: Metres) -> Metres {
        Metres(length.0 + 1.0)
    }

    /// A colour.
    #[pyclass(eq, ord, frozen, hash)]
    #[derive(PartialEq, PartialOrd, Hash)]
    enum Hue {
        Red,
        #[py(name = "GREEN")]
        Green,
    }

    #[pymethods]
    impl Hue {
        #[getter]
        fn warm(&self) -> bool {
            matches!(self, Hue::Red)
        }
    }

    #[pyclass(eq_int)]
    enum Level {
        Low = 1,
        High = 10,
    }

    #[pyfunction]
    fn other_hue(hue: Hue) -> Hue {
        match hue {
            Hue::Red => Hue::Green,
            Hue::Green => Hue::Red,
        }
    }

    #[pyfunction]
    fn higher(_level: Level) -> Level {
        Level::High
    }

    static ALIVE: AtomicUsize = AtomicUsize::new(0);

    #[pyfunction]
    fn stretches_alive() -> usize {
        ALIVE.load(Ordering::Relaxed)
    }

    /// From here to there.
    #[pyclass(name = "Stretch")]
    struct Range {
        /// Where it starts.
        #[py(get, set)]
        start: i64,
        #[py(get, name = "last")]
        stop: i64,
        at: i64,
    }

    impl Range {
        fn make(start: i64, stop: i64) -> Self {
            ALIVE.fetch_add(1, Ordering::Relaxed);
            let at = start;
            Range { start, stop, at }
        }
    }

    impl Drop for Range {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::Relaxed);
        }
    }

    #[pymethods]
    impl Range {
        /// The largest that there is.
        #[classattr]
        const LIMIT: i64 = 7;

        #[classattr]
        #[py(name = "UNIT")]
        fn unit(ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
            "metre".into_py(ctx)
        }

        #[classattr]
        fn whole() -> Self {
            Range::make(0, 100)
        }

        #[new]
        #[py(signature = (start, stop=10))]
        fn new(start: i64, stop: i64) -> PyResult<Self> {
            if stop < start {
                return Err(PyErr::new(Exception::Value, "backwards"));
            }
            Ok(Range::make(start, stop))
        }

        #[getter]
        fn get_size(&self) -> i64 {
            self.stop - self.start
        }

        #[setter]
        fn set_size(&mut self, size: i64) -> PyResult<()> {
            if size < 0 {
                return Err(PyErr::new(Exception::Value, "too small"));
            }
            self.stop = self.start + size;
            Ok(())
        }

        #[deleter]
        fn delete_size(&mut self) {
            self.stop = self.start;
        }

        #[setter(wanted)]
        fn only_set(&mut self, value: Option<i64>) {
            self.at = value.unwrap_or(-1);
        }

        #[getter(reached)]
        fn how_far(&self) -> i64 {
            self.at
        }

        /// Begins at nought.
        #[staticmethod]
        #[py(signature = (stop=5))]
        fn from_zero(stop: i64) -> Self {
            Range::make(0, stop)
        }

        #[classmethod]
        #[py(signature = (stop, *, more=0))]
        fn with_class<'a>(
            cls: Borrowed<'a>,
            ctx: Ctx<'a>,
            stop: i64,
            more: i64,
        ) -> PyResult<Handle<'a>> {
            ctx.list([cls.to_owned(), (stop + more).into_py(ctx)?])
        }

        /// Moves it.
        #[py(signature = (by=1, *, twice=false))]
        fn moved(&self, by: i64, twice: bool) -> Self {
            let by = if twice { 2 * by } else { by };
            Range::make(self.start + by, self.stop + by)
        }

        fn covers(&self, other: &Range, third: Option<&Self>) -> bool {
            let within = |r: &Range| self.start <= r.start && r.stop <= self.stop;
            within(other) && third.is_none_or(within)
        }

        fn swallow(&mut self, other: &mut Range) {
            self.stop += other.stop - other.start;
            other.stop = other.start;
        }

        fn itself(this: This<Self>, ctx: Ctx<'_>) -> PyResult<ThisObject> {
            this.borrow(ctx)?;
            Ok(ThisObject)
        }

        fn kept(this: Shared<Self>) -> Keeper {
            Keeper(this)
        }

        fn object(slf: Borrowed<'_>) -> Borrowed<'_> {
            slf
        }

        fn name(&self) -> &str {
            if self.at < 0 { "set" } else { "range" }
        }

        fn __len__(&self) -> usize {
            (self.stop - self.start) as usize
        }

        fn __bool__(&self) -> PyResult<bool> {
            Ok(self.stop > self.start)
        }

        fn __contains__(&self, item: i64) -> bool {
            (self.start..self.stop).contains(&item)
        }

        fn __repr__(&self) -> String {
            format!("Stretch({}, {})", self.start, self.stop)
        }

        fn __str__(&self) -> &'static str {
            "a stretch"
        }

        fn __getitem__(&self, index: i64) -> PyResult<i64> {
            if index >= self.stop - self.start {
                return Err(PyErr::new(Exception::Index, "too far"));
            }
            Ok(self.start + index)
        }

        fn __setitem__(&mut self, index: i64, value: Option<i64>) {
            self.start = index + value.unwrap_or(1000);
        }

        fn __delitem__(&mut self, index: i64) {
            self.start = -index;
        }

        fn __add__(&self, other: &Range) -> Self {
            Range::make(self.start, self.stop + other.stop)
        }

        fn __mul__(&self, by: i64) -> Self {
            Range::make(self.start, self.stop * by)
        }

        fn __rmul__(&self, by: i64) -> (i64, &'static str) {
            (self.stop * by, "reflected")
        }

        fn __rsub__(&self, from: i64) -> i64 {
            from - self.stop
        }

        fn __iadd__(&mut self, by: i64) {
            self.stop += by;
        }

        fn __isub__(&mut self, by: i64) -> PyResult<OrNotImplemented<()>> {
            self.stop -= by;
            Ok(OrNotImplemented((by != 13).then_some(())))
        }

        fn __neg__(&self) -> i64 {
            -self.stop
        }

        fn __int__(&self) -> i64 {
            self.stop
        }

        fn __pow__(&self, exponent: i64, modulus: Option<i64>) -> (i64, i64, Option<i64>) {
            (self.stop, exponent, modulus)
        }

        fn __rpow__(&self, base: i64, _modulus: Option<i64>) -> (&'static str, i64) {
            ("reflected", base)
        }

        fn __richcmp__(&self, other: &Range, how: Compare) -> OrNotImplemented<bool> {
            let order = (self.start, self.stop).cmp(&(other.start, other.stop));
            OrNotImplemented((other.stop != 13).then(|| how.holds(order)))
        }

        fn __hash__(&self) -> i64 {
            self.start
        }

        fn __iter__(slf: Borrowed<'_>) -> Borrowed<'_> {
            slf
        }

        fn __next__(&mut self) -> Option<i64> {
            self.at += 1;
            (self.at <= self.stop).then_some(self.at - 1)
        }

        #[py(signature = (a, *, b=0))]
        fn __call__(&self, a: i64, b: i64) -> i64 {
            self.start + a + b
        }

        fn __enter__(slf: Handle<'_>) -> Handle<'_> {
            slf
        }

        fn __exit__(
            &mut self,
            class: Borrowed<'_>,
            _value: Borrowed<'_>,
            _traceback: Borrowed<'_>,
        ) -> bool {
            !class.is_none()
        }

        fn __reduce__<'a>(&self, ctx: Ctx<'a>) -> PyResult<(Handle<'a>, (i64, i64))> {
            Ok((ctx.class::<Range>()?, (self.start, self.stop)))
        }
    }

    #[pyclass]
    struct Keeper(Shared<Range>);

    #[pymethods]
    impl Keeper {
        #[getter]
        fn start(&self, ctx: Ctx<'_>) -> PyResult<i64> {
            Ok(self.0.borrow(ctx)?.start)
        }
    }

    /// Compares by methods of their own.
    #[pyclass]
    struct Weight(i64);

    #[pymethods]
    impl Weight {
        #[new]
        fn new(weight: i64) -> Self {
            Weight(weight)
        }

        fn __eq__(&self, other: i64) -> bool {
            self.0 == other
        }

        fn __lt__(&self, other: &Weight) -> PyResult<bool> {
            Ok(self.0 < other.0)
        }

        #[buffer]
        fn bytes(&self) -> &[i64] {
            std::slice::from_ref(&self.0)
        }
    }

    #[pyclass(get_all, set_all, eq, ord)]
    #[derive(PartialEq, PartialOrd)]
    struct Point {
        x: f64,
        y: f64,
    }

    #[pymethods]
    impl Point {
        #[new]
        #[py(signature = (x=0.0, *rest, **others))]
        fn new(x: f64, rest: Vec<f64>, others: Borrowed<'_>) -> PyResult<Self> {
            let y = rest.iter().sum::<f64>() + others.len()? as f64;
            Ok(Point { x, y })
        }

        fn __getattr__(&self, name: &str) -> PyResult<Bytes> {
            if name == "raw" {
                return Ok(Bytes(self.x.to_le_bytes().to_vec()));
            }
            Err(PyErr::new(Exception::Attribute, name))
        }
    }

    #[pymodule_define]
    fn define(module: &mut ModuleDef) {
        module.function(c"by_the_builder", c"", |_: Ctx<'_>| "built");
    }

    #[pymodule_init]
    fn init(_: Ctx<'_>, module: Borrowed<'_>) -> PyResult<()> {
        module.set_attr(c"initialized", true)
    }
}
