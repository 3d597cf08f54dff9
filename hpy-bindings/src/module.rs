// SPDX-License-Identifier: MIT OR Apache-2.0

//! The module itself and the symbols by which hosts find it.

use std::ffi::{CStr, CString, c_char, c_int};
use std::sync::OnceLock;
use std::{mem, ptr};

use hpy_shim::{self as shim, HPy, HPyContext, HPyDef, HPyGlobal, HPyModuleDef};

use crate::api::Ctx;
use crate::builtin;
use crate::class::{Class, ClassDef};
use crate::convert::IntoPy;
use crate::error::{Exception, PyResult};
use crate::function::{Callable, FreeFunction};
use crate::handle::{Borrowed, Handle};
use crate::instance::Holder;
use crate::pending;
use crate::registry::{self, Classes};
use crate::signature::Parameters;
use crate::stack;
use crate::stored::Global;
use crate::trampoline::cpython as t;
use crate::trampoline::{self, contain_quietly, guard, table};

type ExecStep = Box<dyn for<'c> Fn(Ctx<'c>, Borrowed<'c>) -> PyResult<()> + Send + Sync>;

/// The steps that run each time the module is executed. One binary holds one module.
static EXEC_STEPS: OnceLock<Vec<ExecStep>> = OnceLock::new();

/// Collects the functions, classes and exceptions of a module; see [`crate::module!`].
///
/// ```
/// use hpy_bindings::{exactly, Ctx, ModuleDef};
///
/// fn define(m: &mut ModuleDef) {
///     m.doc(c"An example.")
///         .function(c"twice", c"twice(number, /)\n--\n\n", |_: Ctx<'_>, number: i64| 2 * number)
///         .function_raw(c"count", c"", |module, args| module.ctx().list([args.len()]))
///         .function_raw(c"same", c"", |_, args| {
///             let [object] = exactly(args)?;
///             Ok(object.to_owned())
///         })
///         .exec(|_, module| module.set_attr(c"ANSWER", 42));
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.twice(21) == example.ANSWER
/// // True
/// // >>> example.count("a", None, 3)
/// // [3]
/// // >>> example.same(example) is example
/// // True
/// ```
#[derive(Default)]
pub struct ModuleDef {
    doc: Option<&'static CStr>,
    defs: Vec<HPyDef>,
    globals: Vec<&'static Global>,
    classes: Classes,
    steps: Vec<ExecStep>,
    /// The globals of the exceptions that there are steps for.
    exceptions: Vec<&'static Global>,
    /// Exceptions whose base was not declared before them.
    waiting: Vec<Waiting>,
    /// The class of owners, which the module does not show, is among the classes.
    has_holder: bool,
    /// What macros say of the types of functions, and of those of a class's members, for stubs.
    types: Vec<(&'static CStr, &'static str)>,
}

/// An exception that can be made once there is another one.
struct Waiting {
    base: &'static Global,
    global: &'static Global,
    step: ExecStep,
}

impl ModuleDef {
    /// Sets the docstring.
    pub fn doc(&mut self, doc: &'static CStr) -> &mut Self {
        self.doc = Some(doc);
        self
    }

    /// Declares a function with positional arguments.
    pub fn function<M: FreeFunction, F: Callable<M>>(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        function: F,
    ) -> &mut Self
    where
        F::Output: IntoPy,
    {
        self.defs.push(table::callable(name, doc, function));
        self
    }

    /// Declares a function whose arguments may be given by name; `names` returns the names, one
    /// for each parameter: `|| ["start", "stop"]`.
    pub fn function_named<M, F, N, P>(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        names: N,
        function: F,
    ) -> &mut Self
    where
        M: FreeFunction,
        F: Callable<M>,
        F::Output: IntoPy,
        N: Fn() -> P + Copy + Send + 'static,
        P: Parameters,
    {
        self.defs.push(table::named(name, doc, names, function));
        self
    }

    /// Declares a function that takes its arguments as they come: the module, then the rest.
    pub fn function_raw(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        function: impl for<'c> Fn(Borrowed<'c>, &[Borrowed<'c>]) -> PyResult<Handle<'c>>
        + Copy
        + Send
        + 'static,
    ) -> &mut Self {
        self.defs.push(table::raw::<_, false>(name, doc, function));
        self
    }

    /// Notes the types of a function, for stubs.
    #[doc(hidden)]
    pub fn types(&mut self, text: &'static str) {
        self.types.push((c"", text));
    }

    /// Declares a native class, which becomes the attribute of its name.
    pub fn class<T: Class>(&mut self) -> &mut Self {
        if T::SUBCLASS && !self.has_holder {
            self.has_holder = true;
            self.classes.add::<Holder>();
            self.exec(|ctx, _| registry::make_once::<Holder>(ctx).map(drop));
        }
        self.classes.add::<T>();
        let mut class = ClassDef::<T>::default();
        T::define(&mut class);
        let types = class.take_types().into_iter();
        self.types.extend(types.map(|text| (T::NAME, text)));
        let mut statics = Vec::new();
        for method in class.take_statics() {
            let (def, move_over) = method.split();
            self.defs.push(def);
            statics.push(move_over);
        }
        self.exec(move |ctx, module| {
            let object = registry::make_once::<T>(ctx)?;
            let object = object.as_borrowed();
            statics.iter().try_for_each(|step| step(module, object))?;
            let name = object.attr(c"__name__")?.extract::<String>()?;
            let name = CString::new(name).expect("class names have no null byte");
            ctx.set_attr(module, &name, object)
        })
    }

    /// Declares an exception class derived from `base`; `name` is its full name. Raise it with
    /// [`Exception::Own`].
    ///
    /// The base may be declared later.
    pub fn exception(
        &mut self,
        global: &'static Global,
        name: &'static CStr,
        doc: &'static CStr,
        base: Exception,
    ) -> &mut Self {
        self.global(global);
        let make = move |ctx: Ctx<'_>, module: Borrowed<'_>| {
            let object = match global.get(ctx)? {
                // of the time when the module was executed before
                Some(made) if ctx.is_exception_class(made.as_borrowed()) => made,
                _ => {
                    let made = base.with(ctx, |base| ctx.new_exception(name, doc, base))?;
                    global.store(made.as_borrowed())?;
                    made
                }
            };
            let bytes = name.to_bytes_with_nul();
            let last = bytes
                .iter()
                .rposition(|&b| b == b'.')
                .map_or(0, |dot| dot + 1);
            let short = CStr::from_bytes_with_nul(&bytes[last..]).expect("the tail of a C string");
            ctx.set_attr(module, short, object.as_borrowed())
        };
        let step: ExecStep = Box::new(make);
        match base {
            Exception::Own(base) if !self.exceptions.iter().any(|made| ptr::eq(*made, base)) => {
                self.waiting.push(Waiting { base, global, step });
            }
            _ => self.add_exception(global, step),
        }
        self
    }

    /// Adds the step that makes an exception, and those of the ones that have waited for it.
    fn add_exception(&mut self, global: &'static Global, step: ExecStep) {
        self.steps.push(step);
        self.exceptions.push(global);
        let is_next = |waiting: &Waiting| ptr::eq(waiting.base, global);
        while let Some(at) = self.waiting.iter().position(is_next) {
            let next = self.waiting.remove(at);
            self.add_exception(next.global, next.step);
        }
    }

    /// Returns all steps; last those of exceptions whose base is made by a step of the module's own.
    fn take_steps(&mut self) -> Vec<ExecStep> {
        while !self.waiting.is_empty() {
            let next = self.waiting.remove(0);
            self.add_exception(next.global, next.step);
        }
        mem::take(&mut self.steps)
    }

    /// Sets the exception that a panic in native code of this module becomes, instead of a
    /// RuntimeError: one that [`ModuleDef::exception`] made.
    ///
    /// ```
    /// # use hpy_bindings::{Exception, Global, ModuleDef};
    /// static PANICKED: Global = Global::new();
    ///
    /// fn define(m: &mut ModuleDef) {
    ///     m.exception(&PANICKED, c"example.PanicError", c"A bug in here.", Exception::Runtime)
    ///         .panics_as(&PANICKED)
    ///         .function(c"third", c"", |_: hpy_bindings::Ctx<'_>, items: Vec<i64>| items[2]);
    /// }
    /// # hpy_bindings::module!("example", define);
    ///
    /// // >>> example.third([1, 2, 3])
    /// // 3
    /// // >>> example.third([])
    /// // Traceback (most recent call last):
    /// // example.PanicError: native code panicked, which is a bug in it: index out of bounds: the len is 0 but the index is 2
    /// ```
    pub fn panics_as(&mut self, global: &'static Global) -> &mut Self {
        trampoline::panics_as(global);
        self
    }

    /// Registers a global with the host; only then can something be stored in it.
    pub fn global(&mut self, global: &'static Global) -> &mut Self {
        self.globals.push(global);
        self
    }

    /// Runs `step` when the module is imported.
    pub fn exec(
        &mut self,
        step: impl for<'c> Fn(Ctx<'c>, Borrowed<'c>) -> PyResult<()> + Send + Sync + 'static,
    ) -> &mut Self {
        self.steps.push(Box::new(step));
        self
    }
}

/// The list of the module's objects: one for each time that it was executed.
static MODULES: Global = Global::new();

/// The module's exec slot.
struct Exec;

impl t::Inquiry for Exec {
    unsafe extern "C" fn call(ctx: *mut HPyContext, module: HPy) -> c_int {
        let body = |ctx: Ctx<'_>| {
            ctx.find_layout()?;
            let module = Borrowed::new(ctx, module);
            ctx.find_host()?;
            stack::prepare();
            pending::prepare(ctx)?;
            // Its functions may use it after everybody else has let go of it.
            let modules = MODULES.load_or(ctx, || ctx.list::<()>([]))?;
            modules.append(module)?;
            let steps = EXEC_STEPS.get().map_or(&[][..], Vec::as_slice);
            steps
                .iter()
                .try_for_each(|step| step(ctx, module))
                .map(|()| 0)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, -1, body) }
    }
}

struct Definition(*mut HPyModuleDef);
// SAFETY: written once, before it is shared; hosts only read it.
unsafe impl Send for Definition {}
// SAFETY: as above.
unsafe impl Sync for Definition {}

/// Returns the definition that [`crate::module!`] hands to the host, made at the first call.
pub fn init_definition(define: fn(&mut ModuleDef)) -> *mut HPyModuleDef {
    static DEFINITION: OnceLock<Definition> = OnceLock::new();
    shim::note_main_thread();
    let make = || {
        let mut module = ModuleDef::default();
        define(&mut module);
        let steps = module.take_steps();
        let exec = <Exec as t::Inquiry>::call as *const ();
        module.defs.push(table::slot(
            shim::HPy_mod_exec,
            exec,
            t::inquiry::<Exec> as *const (),
        ));
        module
            .global(&pending::EXCEPTIONS)
            .global(&pending::TRAP)
            .global(&MODULES);
        let own = module.globals.into_iter().chain(module.classes.globals());
        let globals = own.chain(builtin::globals());
        let mut globals: Vec<*mut HPyGlobal> = globals.map(Global::register).collect();
        globals.push(ptr::null_mut());
        registry::publish(module.classes);
        let _ = EXEC_STEPS.set(steps);
        Definition(Box::leak(Box::new(HPyModuleDef {
            doc: module.doc.map_or(ptr::null(), CStr::as_ptr),
            size: 0,
            legacy_methods: ptr::null_mut(),
            defines: table::leak(module.defs),
            globals: Vec::leak(globals).as_mut_ptr(),
        })))
    };
    // A panic in `define` must not unwind into the host, which takes null for failure.
    let mut definition = ptr::null_mut();
    contain_quietly(|| definition = DEFINITION.get_or_init(make).0);
    definition
}

/// Returns what the macros said of types: a line for each function, and for each member of a class
/// behind the name of the class and a tab; null if `define` panics. It is never freed.
pub fn types(define: fn(&mut ModuleDef)) -> *const c_char {
    let mut made = ptr::null();
    contain_quietly(|| {
        let mut module = ModuleDef::default();
        define(&mut module);
        let lines = module.types.iter().map(|(class, text)| {
            let class = class.to_string_lossy();
            format!("{}\t{text}\n", class.rsplit('.').next().unwrap_or_default())
        });
        let text = CString::new(lines.collect::<String>()).unwrap_or_default();
        made = text.into_raw();
    });
    made
}

/// Keeps the context for CPython's way of calling.
///
/// # Safety
/// Called by the host only, through the symbol that [`crate::module!`] exports.
pub unsafe fn init_global_context(ctx: *mut HPyContext) {
    t::set_context(ctx);
}

/// Exports the symbols by which hosts find a module.
///
/// `$name` is the stem of the file (`"_native"` for `_native.hpy0.so`), `$define` a
/// `fn(&mut ModuleDef)`. Once per binary: a second one in a crate does not compile.
#[macro_export]
macro_rules! module {
    ($name:literal, $define:path) => {
        // A name for the whole crate, which a second module in it would define again.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! a_crate_has_one_hpy_module {
            () => {};
        }

        const _: () = {
            use $crate::__private as private;

            #[unsafe(export_name = concat!("get_required_hpy_major_version_", $name))]
            extern "C" fn major() -> u32 {
                private::shim::HPY_ABI_VERSION
            }

            #[unsafe(export_name = concat!("get_required_hpy_minor_version_", $name))]
            extern "C" fn minor() -> u32 {
                private::shim::HPY_ABI_VERSION_MINOR
            }

            #[unsafe(export_name = concat!("HPyInitGlobalContext_", $name))]
            unsafe extern "C" fn context(ctx: *mut private::shim::HPyContext) {
                // SAFETY: called by the host, with its context.
                unsafe { private::init_global_context(ctx) }
            }

            // By its name `hpy_host.load` sees that this module finds out what the context of
            // PyPy 7.3 looks like, which others take for HPy 0.9.0's.
            #[unsafe(export_name = "hpy_bindings_find_the_layout")]
            static FINDS_THE_LAYOUT: u8 = 1;

            #[unsafe(export_name = concat!("HPyInit_", $name))]
            extern "C" fn init() -> *mut private::shim::HPyModuleDef {
                private::init_definition($define)
            }

            // `hpy_build stubs` asks for them.
            #[unsafe(export_name = "hpy_bindings_types")]
            extern "C" fn types() -> *const ::core::ffi::c_char {
                private::types($define)
            }
        };
    };
}
