// SPDX-License-Identifier: MIT OR Apache-2.0

//! An extension with a bit of everything, which docs/tutorial/pyo3.md compares with the same one
//! in PyO3, line by line; for `tests/hpy/python/test_words.py`.

#[hpy_bindings::pymodule(no_export)]
pub mod declared {
    use std::collections::BTreeMap;

    use hpy_bindings::{
        Borrowed, Exception, Handle, Object, PyBuffer, PyErr, PyResult, Shared, ThisObject,
        pyclass, pyexception, pyfunction, pymethods,
    };

    /// There is nothing to count.
    #[pyexception(extends = Exception::Value)]
    struct EmptyError;

    /// What is counted.
    #[pyclass(eq, eq_int)]
    #[derive(Clone, Copy, PartialEq)]
    enum Mode {
        Words,
        Lines,
    }

    /// How often each word is in text.
    #[pyfunction(signature = (text, mode=Mode::Words, *, fold=false))]
    fn count(text: &str, mode: Mode, fold: bool) -> PyResult<BTreeMap<String, u64>> {
        if text.is_empty() {
            return Err(EmptyError::new_err("the text is empty"));
        }
        let parts: Vec<&str> = match mode {
            Mode::Words => text.split_whitespace().collect(),
            Mode::Lines => text.lines().collect(),
        };
        let mut found = BTreeMap::new();
        for part in parts {
            let key = if fold {
                part.to_lowercase()
            } else {
                part.into()
            };
            *found.entry(key).or_default() += 1;
        }
        Ok(found)
    }

    /// The sum of the doubles in any buffer.
    #[pyfunction]
    fn total(numbers: PyBuffer<'_, f64>) -> f64 {
        numbers.iter().sum()
    }

    /// Counts that can change.
    #[pyclass(name = "WordCounter", subclass, objects)]
    struct Counter {
        counts: BTreeMap<String, u64>,
        #[py(get, set)]
        name: String,
        listeners: Vec<Object>,
    }

    #[pymethods]
    impl Counter {
        #[new]
        #[py(signature = (name="counter".into()))]
        fn new(name: String) -> Self {
            Counter {
                counts: BTreeMap::new(),
                name,
                listeners: vec![],
            }
        }

        /// A counter of a text.
        #[classmethod]
        fn from_text<'c>(cls: Borrowed<'c>, text: &str) -> PyResult<Handle<'c>> {
            let made = cls.call(&[])?;
            let counter: Shared<Counter> = made.extract()?;
            counter.borrow_mut(cls.ctx())?.counts = count(text, Mode::Words, false)?;
            Ok(made)
        }

        /// Adds to a word's count, and tells all listeners.
        #[py(signature = (word, by=1))]
        fn add(slf: Borrowed<'_>, word: Borrowed<'_>, by: u64) -> PyResult<()> {
            let counter: Shared<Counter> = slf.extract()?;
            *counter
                .borrow_mut(slf.ctx())?
                .counts
                .entry(word.extract()?)
                .or_default() += by;
            let listeners = counter.borrow(slf.ctx())?.listeners.clone();
            for listener in listeners {
                listener.get(slf.ctx())?.call(&[slf, word])?;
            }
            Ok(())
        }

        /// Has a function called with every change.
        fn listen(&mut self, listener: Object) {
            self.listeners.push(listener);
        }

        fn __getitem__(&self, word: &str) -> PyResult<u64> {
            self.counts
                .get(word)
                .copied()
                .ok_or_else(|| PyErr::new(Exception::Key, word))
        }

        fn __contains__(&self, word: &str) -> bool {
            self.counts.contains_key(word)
        }

        fn __len__(&self) -> usize {
            self.counts.len()
        }

        fn __iter__(&self) -> Words {
            Words(self.counts.keys().cloned().collect::<Vec<_>>().into_iter())
        }

        fn __repr__(&self) -> String {
            format!("Counter({:?}, {} words)", self.name, self.counts.len())
        }

        fn __eq__(&self, other: &Counter) -> bool {
            self.counts == other.counts
        }
    }

    #[pyclass]
    struct Words(std::vec::IntoIter<String>);

    #[pymethods]
    impl Words {
        fn __iter__(&self) -> ThisObject {
            ThisObject
        }

        fn __next__(&mut self) -> Option<String> {
            self.0.next()
        }
    }
}
