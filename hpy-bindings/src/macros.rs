// SPDX-License-Identifier: MIT OR Apache-2.0

//! The attribute macros, with their examples.

/// # Examples
///
/// ```
/// use hpy_bindings::pymodule;
///
/// /// What the module is for.
/// #[pymodule]
/// mod example {
///     use hpy_bindings::{Borrowed, Ctx, PyResult, pyfunction};
///
///     #[pymodule_export]
///     const GRAVITY: f64 = 9.81;
///
///     /// How far something falls in so many seconds.
///     #[pyfunction]
///     fn fall(seconds: f64) -> f64 {
///         GRAVITY * seconds * seconds / 2.0
///     }
///
///     #[pymodule_init]
///     fn init(ctx: Ctx<'_>, module: Borrowed<'_>) -> PyResult<()> {
///         module.set_attr(c"fallen", ctx.list::<f64>([])?)
///     }
/// }
///
/// // >>> example.fall(2), example.GRAVITY, example.fallen
/// // (19.62, 9.81, [])
/// ```
pub use hpy_macros::pymodule;

/// # Examples
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{Borrowed, Ctx, Handle, PyResult, pyfunction};
///
/// /// Shortens a text; Python passes `width` by name only.
/// #[pyfunction(signature = (text, *, width=8, end="…"))]
/// fn shortened(text: &str, width: usize, end: &str) -> String {
///     match text.char_indices().nth(width) {
///         Some((cut, _)) => format!("{}{end}", &text[..cut]),
///         None => text.to_owned(),
///     }
/// }
///
/// /// Calls a function with what it is given.
/// #[pyfunction(signature = (function, /, *args))]
/// fn called<'a>(ctx: Ctx<'a>, function: Borrowed<'a>, args: Vec<i64>) -> PyResult<Handle<'a>> {
///     function.call(&[ctx.list(args)?.as_borrowed()])
/// }
///
/// /// Divides. Names would cost a little with each call; `help` shows better ones.
/// #[pyfunction(signature = (a, b=1.0, /), text_signature = "(dividend, divisor=1.0, /)")]
/// fn divided(a: f64, b: f64) -> f64 {
///     a / b
/// }
/// # }
///
/// // >>> example.shortened("hpy-bindings"), example.shortened("hpy-bindings", width=3, end="")
/// // ('hpy-bind…', 'hpy')
/// // >>> example.called(sum, 1, 2, 3)
/// // 6
/// // >>> example.shortened("hpy", 2)
/// // Traceback (most recent call last):
/// // TypeError: at most 1 arguments are taken, 2 are given
/// // >>> example.divided(3, 2), example.divided(3)
/// // (1.5, 3.0)
/// // >>> example.divided()
/// // Traceback (most recent call last):
/// // TypeError: argument 1 is missing
/// ```
pub use hpy_macros::pyfunction;

/// # Examples
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::pyclass;
///
/// /// A colour; two of them are equal if they are the same.
/// #[pyclass(eq, frozen, hash)]
/// #[derive(PartialEq, Hash)]
/// enum Colour {
///     Red,
///     Green,
/// }
///
/// /// A pixel, whose place can be moved.
/// #[pyclass(get_all)]
/// struct Pixel {
///     #[py(set)]
///     x: i64,
///     #[py(set)]
///     y: i64,
///     name: String,
/// }
///
/// #[hpy_bindings::pyfunction]
/// fn pixel(colour: Colour) -> Pixel {
///     let name = match colour {
///         Colour::Red => "rosso",
///         Colour::Green => "verde",
///     };
///     Pixel { x: 0, y: 0, name: name.into() }
/// }
/// # }
///
/// // >>> example.Colour.Red, example.Colour.Red == example.Colour.Green
/// // (Colour.Red, False)
/// // >>> pixel = example.pixel(example.Colour.Green)
/// // >>> pixel.x += 3; pixel.x, pixel.name
/// // (3, 'verde')
/// ```
pub use hpy_macros::pyclass;

/// # Examples
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{Exception, PyErr, PyResult, Shared, pyclass, pymethods};
///
/// /// A queue of ints.
/// #[pyclass]
/// struct Queue {
///     items: Vec<i64>,
/// }
///
/// #[pymethods]
/// impl Queue {
///     /// The most that fits in.
///     #[classattr]
///     const LIMIT: usize = 3;
///
///     #[new]
///     #[py(signature = (items=Vec::new()))]
///     fn new(items: Vec<i64>) -> Self {
///         Queue { items }
///     }
///
///     /// Makes a queue of one item, again and again.
///     #[staticmethod]
///     fn repeated(item: i64, count: usize) -> Self {
///         Queue { items: vec![item; count] }
///     }
///
///     /// Appends an item.
///     fn put(&mut self, item: i64) -> PyResult<()> {
///         if self.items.len() == Self::LIMIT {
///             return Err(PyErr::new(Exception::Value, "the queue is full"));
///         }
///         self.items.push(item);
///         Ok(())
///     }
///
///     #[getter]
///     fn first(&self) -> Option<i64> {
///         self.items.first().copied()
///     }
///
///     fn __len__(&self) -> usize {
///         self.items.len()
///     }
///
///     fn __add__(&self, other: &Queue) -> Self {
///         Queue { items: [&self.items[..], &other.items[..]].concat() }
///     }
///
///     fn __eq__(&self, other: &Queue) -> bool {
///         self.items == other.items
///     }
///
///     fn __iter__(this: Shared<Self>) -> Items {
///         Items { queue: this, next: 0 }
///     }
/// }
///
/// /// Iterates over a queue.
/// #[pyclass]
/// struct Items {
///     queue: Shared<Queue>,
///     next: usize,
/// }
///
/// #[pymethods(positional_only)]
/// impl Items {
///     /// Leaves items out.
///     fn skip(&mut self, count: Option<usize>) {
///         self.next += count.unwrap_or(1);
///     }
///
///     fn __next__(&mut self, ctx: hpy_bindings::Ctx<'_>) -> PyResult<Option<i64>> {
///         self.next += 1;
///         Ok(self.queue.borrow(ctx)?.items.get(self.next - 1).copied())
///     }
/// }
/// # }
///
/// // >>> queue = example.Queue([1]) + example.Queue.repeated(7, 2)
/// // >>> list(queue), len(queue), queue.first, queue == example.Queue([1, 7, 7])
/// // ([1, 7, 7], 3, 1, True)
/// // >>> items = iter(queue); items.skip(); items.skip(1); list(items), iter(items) is items
/// // ([7], True)
/// // >>> items.skip(count=1)
/// // Traceback (most recent call last):
/// // TypeError: the argument 'count' cannot be given by name
/// // >>> queue.put(5)
/// // Traceback (most recent call last):
/// // ValueError: the queue is full
/// // >>> example.Queue.LIMIT, queue == 3
/// // (3, False)
/// ```
pub use hpy_macros::pymethods;

/// # Examples
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{Exception, PyResult, pyexception, pyfunction};
///
/// /// Something is wrong with the weather.
/// #[pyexception(extends = Exception::Value)]
/// struct Weather;
///
/// /// It rains.
/// #[pyexception(extends = Weather::class())]
/// struct Rain;
///
/// #[pyfunction]
/// fn picnic(rain: f64) -> PyResult<&'static str> {
///     if rain > 0.5 { Err(Rain::new_err("too wet")) } else { Ok("cake") }
/// }
/// # }
///
/// // >>> example.picnic(0.1)
/// // 'cake'
/// // >>> example.picnic(0.9)
/// // Traceback (most recent call last):
/// // example.Rain: too wet
/// // >>> issubclass(example.Rain, example.Weather), issubclass(example.Rain, ValueError)
/// // (True, True)
/// ```
///
/// What a panic becomes, which is a RuntimeError otherwise:
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{Exception, pyexception};
///
/// /// There is a bug in here.
/// #[pyexception(extends = Exception::Runtime, panics)]
/// struct PanicError;
/// # }
/// ```
pub use hpy_macros::pyexception;

/// # Examples
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{FromPy, IntoPy, pyfunction};
///
/// /// A dict, or an object with such attributes.
/// #[derive(FromPy, IntoPy)]
/// struct Parcel {
///     to: String,
///     #[py(default = 1.0)]
///     weight: f64,
///     #[py(name = "return", default)]
///     back: Option<String>,
/// }
///
/// /// One thing or the other.
/// #[derive(FromPy)]
/// enum Address {
///     Number(u64),
///     Name(String),
/// }
///
/// #[pyfunction]
/// fn heavier(parcel: Parcel) -> Parcel {
///     Parcel { weight: 2.0 * parcel.weight, ..parcel }
/// }
///
/// #[pyfunction]
/// fn line(address: Address) -> String {
///     match address {
///         Address::Number(number) => format!("box {number}"),
///         Address::Name(name) => name,
///     }
/// }
/// # }
///
/// // >>> example.heavier({"to": "Anna"}) == {"to": "Anna", "weight": 2.0, "return": None}
/// // True
/// // >>> example.line(7), example.line("Bert")
/// // ('box 7', 'Bert')
/// // >>> example.line(None)
/// // Traceback (most recent call last):
/// // TypeError: expected Address, got NoneType
/// ```
pub use hpy_macros::FromPy;

/// See [`derive@FromPy`], which has an example of both.
pub use hpy_macros::IntoPy;
