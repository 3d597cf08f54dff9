// SPDX-License-Identifier: MIT OR Apache-2.0

//! The files that modules are in: opened, and checked before anything of them is called
//! that needs a context.

use crate::dynamic::{self, Library};
use crate::elf;
use crate::handle::Object;
use crate::module;
use crate::refcount::decref;
use crate::{context, debug};
use hpy_shim::{HPY_ABI_VERSION, HPY_ABI_VERSION_MINOR, HPyContext, HPyModuleDef};
use pyo3_ffi as ffi;
use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_void};
use std::fs::File;
use std::io::Read;
use std::mem::transmute;
use std::ptr;

type VersionGetter = unsafe extern "C" fn() -> u32;
type InitContext = unsafe extern "C" fn(*mut HPyContext);
type Init = unsafe extern "C" fn() -> *mut HPyModuleDef;

struct Modes(UnsafeCell<Option<HashMap<usize, bool>>>);
// SAFETY: it is used with the GIL held only.
unsafe impl Sync for Modes {}
/// Whether a library is in the debug mode, by the address of its `HPyInit` function.
static MODES: Modes = Modes(UnsafeCell::new(None));

/// Converts a str to Rust's; None for null and for what UTF-8 cannot express.
pub unsafe fn text(object: Object) -> Option<String> {
    if object.is_null() {
        return None;
    }
    let mut size = 0;
    let utf8 = ffi::PyUnicode_AsUTF8AndSize(object, &raw mut size);
    if utf8.is_null() {
        return None;
    }
    let bytes = std::slice::from_raw_parts(utf8.cast(), size as usize);
    Some(String::from_utf8_lossy(bytes).into_owned())
}

/// Loads the module `name` from the file `path`, in the debug mode or not; null with an exception
/// set.
pub unsafe fn load(name: Object, path: Object, spec: Object, debug: bool) -> Object {
    let Some(full_name) = text(name) else {
        return ptr::null_mut();
    };
    let encoded = ffi::PyUnicode_EncodeFSDefault(path);
    if encoded.is_null() {
        return ptr::null_mut();
    }
    let file = CStr::from_ptr(ffi::PyBytes_AsString(encoded)).to_owned();
    decref(encoded);
    match open(&full_name, &file, debug) {
        Ok(definition) => module::create(definition, spec),
        Err(reason) => {
            raise_load_error(&reason, name, path);
            ptr::null_mut()
        }
    }
}

/// Raises `hpy_host.LoadError(reason, name=name, path=path)`.
unsafe fn raise_load_error(reason: &str, name: Object, path: Object) {
    let package = ffi::PyImport_ImportModule(c"hpy_host".as_ptr());
    if package.is_null() {
        return;
    }
    let class = ffi::PyObject_GetAttrString(package, c"LoadError".as_ptr());
    let message = ffi::PyUnicode_FromStringAndSize(reason.as_ptr().cast(), reason.len() as isize);
    let arguments = ffi::Py_BuildValue(c"(N)".as_ptr(), message);
    let keywords = ffi::Py_BuildValue(
        c"{sOsO}".as_ptr(),
        c"name".as_ptr(),
        name,
        c"path".as_ptr(),
        path,
    );
    if !class.is_null() && !arguments.is_null() && !keywords.is_null() {
        let error = ffi::PyObject_Call(class, arguments, keywords);
        if !error.is_null() {
            ffi::PyErr_SetObject(class, error);
            decref(error);
        }
    }
    for used in [package, class, arguments, keywords] {
        decref(used);
    }
}

/// Returns the definition of the module `full_name` in `file`, or the reason why there is none.
unsafe fn open(full_name: &str, file: &CStr, debug: bool) -> Result<*mut HPyModuleDef, String> {
    let last = full_name.rsplit('.').next().unwrap_or(full_name);
    if !last.is_ascii() {
        return Err(format!(
            "HPy extension module '{last}': the name has to be ASCII"
        ));
    }
    let name = last.replace('-', "_");
    let shown = file.to_string_lossy();
    let refused =
        |reason: &str| format!("HPy extension module '{name}' at path '{shown}': {reason}");
    whole(file).map_err(|reason| refused(&reason))?;
    // Never closed: what the module made may live as long as the process.
    let library =
        Library::open(file).map_err(|reason| refused(&format!("it cannot be opened: {reason}")))?;
    let symbol = |prefix: &str| -> Result<*mut c_void, String> {
        let wanted = format!("{prefix}_{name}");
        let wanted = CString::new(wanted).map_err(|_| refused("its name has a null character"))?;
        let found = library.symbol(&wanted);
        if found.is_null() {
            let wanted = wanted.to_string_lossy();
            return Err(refused(&format!(
                "it is no HPy module of this name, as it has no {wanted}"
            )));
        }
        Ok(found)
    };
    // SAFETY (all four): HPy's headers declare the functions of these names so.
    let major =
        transmute::<*mut c_void, VersionGetter>(symbol("get_required_hpy_major_version")?)();
    let minor =
        transmute::<*mut c_void, VersionGetter>(symbol("get_required_hpy_minor_version")?)();
    if major != HPY_ABI_VERSION || minor > HPY_ABI_VERSION_MINOR {
        return Err(format!(
            "HPy extension module '{name}' requires unsupported version of the HPy runtime. \
             Requested version: {major}.{minor}. \
             Current HPy version: {HPY_ABI_VERSION}.{HPY_ABI_VERSION_MINOR}."
        ));
    }
    check_tag(&shown, major, minor).map_err(|reason| refused(&reason))?;
    let init_context = transmute::<*mut c_void, InitContext>(symbol("HPyInitGlobalContext")?);
    let init = transmute::<*mut c_void, Init>(symbol("HPyInit")?);
    // A library has one context, and never closes.
    let modes = (*MODES.0.get()).get_or_insert_default();
    if *modes.entry(init as usize).or_insert(debug) != debug {
        return Err(refused(
            "it was loaded before, in or not in the debug mode, and cannot change",
        ));
    }
    init_context(if debug {
        debug::context()
    } else {
        context::get()
    });
    let definition = init();
    if definition.is_null() {
        return Err(refused(&format!(
            "HPyInit_{name} returned no definition of a module"
        )));
    }
    Ok(definition)
}

/// Checks that the `.hpyN` in the file's name is the version that the module asks for.
fn check_tag(file: &str, major: u32, minor: u32) -> Result<(), String> {
    let base = file.rsplit('/').next().unwrap_or(file);
    let after = base.split_once(".hpy").map_or("", |(_, after)| after);
    let digits = &after[..after
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(after.len())];
    match digits.parse::<u32>() {
        Ok(tag) if tag == major => Ok(()),
        Ok(tag) => Err(format!(
            "mismatch between the HPy ABI tag encoded in the filename and the major version \
             requested by the HPy extension itself. Major version tag parsed from filename: \
             {tag}. Requested version: {major}.{minor}."
        )),
        Err(_) => Err(format!(
            "could not find HPy ABI tag encoded in the filename. The extension claims to be \
             compiled with HPy ABI version: {major}.{minor}."
        )),
    }
}

/// Checks that a file holds all that its header promises.
///
/// The dynamic linker maps what the header says: it would die reading a file cut short.
fn whole(file: &CStr) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("it cannot be read: {error}");
    let mut file = File::open(dynamic::path(file)).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut start = Vec::new();
    Read::by_ref(&mut file)
        .take(4096)
        .read_to_end(&mut start)
        .map_err(failed)?;
    if elf::is_whole(&start, length) {
        Ok(())
    } else {
        Err("the file is cut short".into())
    }
}
