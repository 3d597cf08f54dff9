//! Step 7: a collection that Rust owns, and Python iterates over.

use std::ffi::CStr;

use hpy_bindings::{
    Class, ClassDef, Ctx, Exception, Follower, ModuleDef, New, PyErr, PyResult, This,
};

struct Names(Vec<String>);

impl Names {
    fn new(_: Ctx<'_>, names: Option<Vec<String>>) -> Names {
        Names(names.unwrap_or_default())
    }

    fn append(_: Ctx<'_>, names: &mut Names, name: String) {
        names.0.push(name);
    }

    fn item(_: Ctx<'_>, names: &Names, index: usize) -> PyResult<String> {
        let out_of_range = || PyErr::new(Exception::Index, "there are not so many names");
        names.0.get(index).cloned().ok_or_else(out_of_range)
    }

    fn iterate(ctx: Ctx<'_>, names: This<Names>) -> New<NamesIterator> {
        New(NamesIterator {
            names: names.follow(ctx),
            next: 0,
        })
    }
}

impl Class for Names {
    const NAME: &'static CStr = c"tutorial.Names";
    const DOC: &'static CStr = c"Names(names=(), /)\n--\n\nA list of names, in Rust.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(Names::new)
            .method(
                c"append",
                c"append($self, name, /)\n--\n\nAppends a name.",
                Names::append,
            )
            .length(|_: Ctx<'_>, names: &Names| names.0.len())
            .item(Names::item)
            .contains(|_: Ctx<'_>, names: &Names, name: String| names.0.contains(&name))
            .method(c"__iter__", c"", Names::iterate);
    }
}

struct NamesIterator {
    names: Follower<Names>,
    next: usize,
}

impl NamesIterator {
    fn step(ctx: Ctx<'_>, iterator: &mut NamesIterator) -> PyResult<Option<String>> {
        let names = iterator
            .names
            .get(ctx, "the names changed during iteration")?;
        let name = names.0.get(iterator.next).cloned();
        iterator.next += 1;
        Ok(name)
    }
}

impl Class for NamesIterator {
    const NAME: &'static CStr = c"tutorial.NamesIterator";
    const DOC: &'static CStr = c"Iterates over Names.";

    fn define(class: &mut ClassDef<Self>) {
        class.iterator(NamesIterator::step);
    }
}

pub fn define(module: &mut ModuleDef) {
    module.class::<Names>().class::<NamesIterator>();
}
