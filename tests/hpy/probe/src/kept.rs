// SPDX-License-Identifier: MIT OR Apache-2.0

//! Objects in values, for `tests/hpy/python/test_kept.py`.

use hpy_bindings::pymodule;

#[pymodule(name = "probe", no_export)]
pub mod objects {
    use std::collections::HashMap;
    use std::hash::{Hash, Hasher};
    use std::sync::{Arc, Mutex};

    use hpy_bindings::{
        Ctx, Exception, Handle, New, Object, PyErr, PyResult, Shared, pyclass, pyfunction,
        pymethods,
    };

    /// Objects in a `Vec`.
    #[pyclass(objects)]
    #[derive(Default)]
    pub struct Stack(Vec<Object>);

    #[pymethods]
    impl Stack {
        #[new]
        fn new(items: Option<Vec<Object>>) -> Self {
            Stack(items.unwrap_or_default())
        }

        fn push(&mut self, item: Object) {
            self.0.push(item);
        }

        fn pop(&mut self) -> Option<Object> {
            self.0.pop()
        }

        fn clear(&mut self) {
            self.0.clear();
        }

        fn swap(&mut self, a: usize, b: usize) {
            self.0.swap(a, b);
        }

        fn set(&mut self, index: usize, item: Object) {
            self.0[index] = item;
        }

        fn __len__(&self) -> usize {
            self.0.len()
        }

        fn __getitem__(&self, index: usize) -> PyResult<Object> {
            let missing = || PyErr::new(Exception::Index, "there are fewer");
            self.0.get(index).cloned().ok_or_else(missing)
        }

        fn to_list<'c>(&self, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
            ctx.list(&self.0)
        }

        /// Adds the items of another one, which has them as well then.
        fn extend(&mut self, other: &Stack) {
            self.0.extend(other.0.iter().cloned());
        }

        /// Adds the items of any other one, also of itself.
        fn extend_any(this: Shared<Self>, ctx: Ctx<'_>, other: Shared<Stack>) -> PyResult<()> {
            let items = other.borrow(ctx)?.0.clone();
            this.borrow_mut(ctx)?.0.extend(items);
            Ok(())
        }

        /// Returns a new one with the items of both.
        fn __add__(&self, other: &Stack) -> Stack {
            Stack(self.0.iter().chain(&other.0).cloned().collect())
        }

        fn __iter__(this: Shared<Self>) -> Steps {
            Steps {
                stack: this,
                next: 0,
            }
        }

        fn copies(&self, count: usize) -> Vec<Stack> {
            (0..count).map(|_| Stack(self.0.clone())).collect()
        }

        /// Calls all items, while they are borrowed.
        fn call_all(&self, ctx: Ctx<'_>) -> PyResult<()> {
            for item in &self.0 {
                item.get(ctx)?.call(&[])?;
            }
            Ok(())
        }

        /// Drops all items in another thread, without the interpreter.
        fn drop_elsewhere(&mut self, ctx: Ctx<'_>) {
            let items = std::mem::take(&mut self.0);
            ctx.leave_python(|| std::thread::spawn(|| drop(items)).join())
                .expect("dropping does not panic");
        }

        /// Keeps an object for nothing, then panics.
        fn panics(&mut self, item: Object) {
            self.0.push(item);
            panic!("behind a push");
        }
    }

    /// Reaches the objects of another value.
    #[pyclass(objects)]
    pub struct Steps {
        stack: Shared<Stack>,
        next: usize,
    }

    #[pymethods]
    impl Steps {
        fn __next__(&mut self, ctx: Ctx<'_>) -> PyResult<Option<Object>> {
            self.next += 1;
            Ok(self.stack.borrow(ctx)?.0.get(self.next - 1).cloned())
        }
    }

    /// An object as Python compares it.
    struct Key {
        object: Object,
        hash: isize,
    }

    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            state.write_isize(self.hash);
        }
    }

    impl PartialEq for Key {
        fn eq(&self, other: &Key) -> bool {
            let equal = |ctx: Ctx<'_>| -> PyResult<bool> {
                let (a, b) = (self.object.get(ctx)?, other.object.get(ctx)?);
                a.equals(b)
            };
            matches!(Ctx::current(equal), Some(Ok(true)))
        }
    }

    impl Eq for Key {}

    /// Objects by objects, in versions that share what they have in common.
    #[pyclass(objects, frozen)]
    #[derive(Default)]
    pub struct Versions(Arc<Entries>);

    type Entries = HashMap<Key, (Arc<Key>, Option<Object>)>;

    impl Versions {
        fn key(ctx: Ctx<'_>, object: Object) -> PyResult<Key> {
            let hash = object.get(ctx)?.hash()?;
            Ok(Key { object, hash })
        }
    }

    #[pymethods]
    impl Versions {
        #[new]
        fn new() -> Self {
            Versions::default()
        }

        fn __len__(&self) -> usize {
            self.0.len()
        }

        fn insert(&self, ctx: Ctx<'_>, key: Object, value: Object) -> PyResult<Versions> {
            let shared = Arc::new(Versions::key(ctx, key.clone())?);
            let key = Versions::key(ctx, key)?;
            ctx.make_current(|| {
                let copy = |key: &Key| Key {
                    object: key.object.clone(),
                    hash: key.hash,
                };
                let entries = self.0.iter().map(|(key, value)| (copy(key), value.clone()));
                let mut entries: Entries = entries.collect();
                entries.insert(key, (shared, Some(value)));
                Ok(Versions(Arc::new(entries)))
            })
        }

        fn get(&self, ctx: Ctx<'_>, key: Object) -> PyResult<Option<Object>> {
            let key = Versions::key(ctx, key)?;
            let found = ctx.make_current(|| self.0.get(&key).cloned());
            Ok(found.and_then(|(_, value)| value))
        }
    }

    /// A property that is an object.
    #[pyclass(objects)]
    #[derive(Default)]
    pub struct Node {
        #[py(get, set)]
        next: Option<Object>,
    }

    #[pymethods]
    impl Node {
        #[new]
        fn new() -> Self {
            Node::default()
        }
    }

    /// Exchanges its object with others, of which no borrow tells.
    #[pyclass(objects, frozen)]
    pub struct Cell(Mutex<Option<Object>>);

    #[pymethods]
    impl Cell {
        #[new]
        fn new(object: Object) -> Self {
            Cell(Mutex::new(Some(object)))
        }

        fn get(&self) -> Option<Object> {
            self.0.lock().ok()?.clone()
        }

        fn exchange(&self, other: &Cell) {
            if let (Ok(mut mine), Ok(mut others)) = (self.0.lock(), other.0.lock()) {
                std::mem::swap(&mut *mine, &mut *others);
            }
        }
    }

    static STOLEN: Mutex<Vec<Object>> = Mutex::new(Vec::new());

    /// Puts an object where no object has it.
    #[pyfunction]
    fn steal(object: Object) {
        STOLEN.lock().unwrap().push(object);
    }

    #[pyfunction]
    fn stolen() -> Option<Object> {
        STOLEN.lock().unwrap().last().cloned()
    }

    #[pyfunction]
    fn forget_stolen() {
        STOLEN.lock().unwrap().clear();
    }

    /// Keeps an object for as long as the call.
    #[pyfunction]
    fn kept_for_a_call(object: Object) -> Object {
        object
    }

    /// Returns two objects that were made in one call, the second of which reaches the items of
    /// the first.
    #[pyfunction]
    fn stack_and_steps(ctx: Ctx<'_>) -> PyResult<(Handle<'_>, New<Steps>)> {
        use hpy_bindings::IntoPy as _;
        let stack = Stack::default().into_py(ctx)?;
        let shared = stack.extract()?;
        let steps = Steps {
            stack: shared,
            next: 0,
        };
        Ok((stack, New(steps)))
    }
}
