// SPDX-License-Identifier: MIT OR Apache-2.0

//! Classes from which Python code may derive, for `tests/hpy/python/test_subclass.py`.

use hpy_bindings::pymodule;

#[pymodule(name = "probe", no_export)]
pub mod open_classes {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use hpy_bindings::{
        Borrowed, ClassDef, Ctx, Handle, Object, PyResult, Shared, ThisObject, pyclass, pyfunction,
        pymethods,
    };

    static ALIVE: AtomicUsize = AtomicUsize::new(0);

    /// May be derived from.
    #[pyclass(subclass, objects)]
    pub struct Base {
        #[py(get, set)]
        number: i64,
        #[py(get, set)]
        kept: Option<Object>,
    }

    impl Drop for Base {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::Relaxed);
        }
    }

    #[pymethods]
    impl Base {
        #[new]
        #[py(signature = (number=0, *args, **kwargs))]
        fn new(number: i64, args: Borrowed<'_>, kwargs: Borrowed<'_>) -> Self {
            // For those of a derived class's `__init__`.
            let _ = (args, kwargs);
            ALIVE.fetch_add(1, Ordering::Relaxed);
            Base { number, kept: None }
        }

        fn value(&self) -> i64 {
            self.number
        }

        /// Asks the class of the object.
        fn ask(slf: Borrowed<'_>) -> PyResult<Handle<'_>> {
            slf.call_method(c"value", &[])
        }

        fn sum(&self, ctx: Ctx<'_>, other: Shared<Base>) -> PyResult<i64> {
            Ok(self.number + other.borrow(ctx)?.number)
        }

        fn __len__(&self) -> usize {
            self.number as usize
        }

        fn __add__(&self, other: &Base) -> i64 {
            self.number + other.number
        }

        fn __iadd__(&mut self, more: i64) {
            self.number += more;
        }

        fn itself(&self) -> ThisObject {
            ThisObject
        }

        #[classmethod]
        fn of_class(cls: Borrowed<'_>) -> PyResult<Handle<'_>> {
            cls.call(&[])
        }
    }

    /// May be derived from, too: but nothing from both.
    #[pyclass(subclass)]
    pub struct Other {}

    #[pymethods]
    impl Other {
        #[new]
        fn new() -> Self {
            Other {}
        }
    }

    static FINAL: AtomicUsize = AtomicUsize::new(0);

    /// Has a finalizer of its own.
    #[pyclass(subclass)]
    pub struct FinalBase {}

    #[pymethods]
    impl FinalBase {
        #[new]
        fn new() -> Self {
            FinalBase {}
        }

        #[define]
        fn define(class: &mut ClassDef<Self>) {
            class.finalizer(|_: Ctx<'_>, _: Borrowed<'_>| {
                FINAL.fetch_add(1, Ordering::Relaxed);
            });
        }
    }

    /// Counts the calls of the finalizer.
    #[pyfunction]
    fn final_bases() -> usize {
        FINAL.load(Ordering::Relaxed)
    }

    #[pyfunction]
    fn bases_alive() -> usize {
        ALIVE.load(Ordering::Relaxed)
    }

    /// Makes an object of the class itself.
    #[pyfunction]
    fn plain_base(number: i64) -> Base {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Base { number, kept: None }
    }
}
