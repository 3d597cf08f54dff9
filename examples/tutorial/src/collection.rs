//! Step 7: a collection that Rust owns, and Python iterates over.

use hpy_bindings::{
    ClassDef, Ctx, Exception, Follower, PyErr, PyResult, Shared, pyclass, pymethods,
};

/// A list of names, in Rust.
#[pyclass(module = "tutorial")]
pub struct Names(Vec<String>);

#[pymethods(positional_only)]
impl Names {
    #[new]
    fn new(names: Option<Vec<String>>) -> Self {
        Names(names.unwrap_or_default())
    }

    /// Appends a name.
    fn append(&mut self, name: String) {
        self.0.push(name);
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __contains__(&self, name: &str) -> bool {
        self.0.iter().any(|own| own == name)
    }

    fn __iter__(this: Shared<Self>, ctx: Ctx<'_>) -> NamesIterator {
        NamesIterator {
            names: this.follow(ctx),
            next: 0,
        }
    }

    #[define]
    fn define(class: &mut ClassDef<Self>) {
        class.item(|_: Ctx<'_>, names: &Names, index: usize| {
            let out_of_range = || PyErr::new(Exception::Index, "there are not so many names");
            names.0.get(index).cloned().ok_or_else(out_of_range)
        });
    }
}

/// Iterates over Names.
#[pyclass(module = "tutorial")]
pub struct NamesIterator {
    names: Follower<Names>,
    next: usize,
}

#[pymethods]
impl NamesIterator {
    fn __next__(&mut self, ctx: Ctx<'_>) -> PyResult<Option<String>> {
        let names = self.names.get(ctx, "the names changed during iteration")?;
        self.next += 1;
        Ok(names.0.get(self.next - 1).cloned())
    }
}
