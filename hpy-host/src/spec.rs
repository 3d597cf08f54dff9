// SPDX-License-Identifier: MIT OR Apache-2.0

//! An HPy type's spec, turned into the slots that CPython wants.

use crate::defs::{Def, Raised, contents, entries, methods, pointer};
use crate::errors::{raise, type_error};
use crate::handle::Object;
use crate::registry::{Call, nearest};
use crate::shape::Shape;
use crate::{instance, iteration};
use hpy_shim::*;
use pyo3_ffi as ffi;
use std::ffi::{CStr, c_int, c_void};
use std::mem::transmute;
use std::ptr;

/// The memory that a type points to while it lives.
pub struct Definitions {
    methods: Box<[ffi::PyMethodDef]>,
    members: Vec<ffi::PyMemberDef>,
    getsets: Vec<ffi::PyGetSetDef>,
    /// Members of structs that have no fixed place, for `get_member` and `set_member`.
    #[allow(clippy::vec_box)] // their addresses are given away while the list grows
    relative: Vec<Box<ffi::PyMemberDef>>,
}

/// A spec's contents.
pub struct Parts {
    pub slots: Vec<ffi::PyType_Slot>,
    pub definitions: Definitions,
    pub destroy: HPyFunc_destroyfunc,
    pub traverse: HPyFunc_traverseproc,
    pub call: Option<Call>,
    /// The size of an instance; 0 if it is the base's.
    pub basicsize: usize,
    /// True if `tp_new` has to set `call` up.
    new_callable: bool,
}

/// The bases of a type.
pub struct Bases {
    /// The size of the largest instances.
    pub size: usize,
    /// The way in which instances are called.
    pub call: Option<Call>,
}

/// Takes the spec of a type with these bases apart; its `__next__` is called `directly`, or by
/// its trampoline.
pub unsafe fn parts(
    spec: &HPyType_Spec,
    shape: Shape,
    bases: &Bases,
    directly: bool,
) -> Result<Parts, Raised> {
    let head = shape.head();
    let mut parts = Parts {
        slots: Vec::new(),
        definitions: Definitions {
            methods: methods(spec.defines)?,
            members: Vec::new(),
            getsets: Vec::new(),
            relative: Vec::new(),
        },
        destroy: None,
        traverse: None,
        call: None,
        basicsize: if spec.basicsize == 0 {
            0
        } else {
            head + spec.basicsize as usize
        },
        new_callable: false,
    };
    let mut has_new = false;
    for def in entries(spec.defines) {
        match contents(def) {
            Some(Def::Slot(slot)) => match slot.slot {
                // SAFETY (both): the slot says what kind of function it holds.
                HPy_tp_destroy => {
                    parts.destroy = transmute::<HPyCFunction, HPyFunc_destroyfunc>(slot.impl_);
                }
                HPy_tp_traverse => {
                    parts.traverse = transmute::<HPyCFunction, HPyFunc_traverseproc>(slot.impl_);
                }
                HPy_tp_call => {
                    // SAFETY: the trampoline of this slot is a vectorcall function.
                    let f = transmute::<cpy_PyCFunction, cpy_vectorcallfunc>(slot.cpy_trampoline);
                    parts.make_callable(spec, f, shape, bases)?;
                    parts.new_callable = true;
                }
                number => {
                    has_new |= number == HPy_tp_new;
                    parts.slot(number as c_int, pointer(slot.cpy_trampoline));
                }
            },
            Some(Def::Method(method)) => parts.iteration(method, directly),
            Some(Def::GetSet(getset)) => parts.definitions.getsets.push(ffi::PyGetSetDef {
                name: getset.name,
                // SAFETY: the same C functions, under HPy's and CPython's names of their types.
                get: transmute::<cpy_getter, Option<ffi::getter>>(getset.getter_cpy_trampoline),
                set: transmute::<cpy_setter, Option<ffi::setter>>(getset.setter_cpy_trampoline),
                doc: getset.doc,
                closure: getset.closure,
            }),
            Some(Def::Member(member)) => parts.member(spec, member, shape)?,
            None => {
                type_error("a definition is of no kind that HPy 0.9 has");
                return Err(Raised);
            }
        }
    }
    if let (None, Some(call), true) = (parts.call, bases.call, spec.basicsize != 0) {
        // The struct may reach over the base's hidden member.
        parts.make_callable(spec, call.default, shape, bases)?;
    }
    parts.finish(spec, has_new);
    Ok(parts)
}

impl Parts {
    fn slot(&mut self, slot: c_int, pfunc: *mut c_void) {
        self.slots.push(ffi::PyType_Slot { slot, pfunc });
    }

    /// Fills the slots that HPy's ABI lacks from the methods of the same purpose.
    ///
    /// The trampoline of a method without arguments takes the receiver and, as CPython
    /// calls methods, an unused second argument. Called through the slot it gets the
    /// receiver alone, which C's calling conventions on all supported machines allow.
    unsafe fn iteration(&mut self, method: &HPyMeth, directly: bool) {
        const SLOTS: [(&CStr, c_int); 5] = [
            (c"__iter__", ffi::Py_tp_iter),
            (c"__next__", ffi::Py_tp_iternext),
            (c"__await__", ffi::Py_am_await),
            (c"__aiter__", ffi::Py_am_aiter),
            (c"__anext__", ffi::Py_am_anext),
        ];
        if method.signature != HPyFunc_NOARGS || method.name.is_null() {
            return;
        }
        let name = CStr::from_ptr(method.name);
        for (_, slot) in SLOTS.into_iter().filter(|(special, _)| *special == name) {
            let direct = match slot {
                ffi::Py_tp_iternext if directly => iteration::slot(method.impl_),
                _ => None,
            };
            self.slot(slot, direct.unwrap_or(pointer(method.cpy_trampoline)));
        }
    }

    /// Adds the hidden member that says what runs when an instance is called.
    unsafe fn make_callable(
        &mut self,
        spec: &HPyType_Spec,
        default: cpy_vectorcallfunc,
        shape: Shape,
        bases: &Bases,
    ) -> Result<(), Raised> {
        let Shape::Fixed(head) = shape else {
            type_error("Cannot use HPy call protocol with var objects");
            return Err(Raised);
        };
        if self.call.is_some() {
            type_error("Cannot have HPy_tp_call and explicit member '__vectorcalloffset__'");
            return Err(Raised);
        }
        if spec.itemsize != 0 {
            type_error("Cannot use HPy call protocol with var objects");
            return Err(Raised);
        }
        if spec.builtin_shape == HPyType_BuiltinShape_Legacy && spec.basicsize == 0 {
            type_error("Cannot use HPy call protocol with a legacy type that inherits its struct");
            return Err(Raised);
        }
        let used = if self.basicsize == 0 {
            head.max(bases.size)
        } else {
            self.basicsize
        };
        let offset = used.next_multiple_of(align_of::<usize>());
        self.basicsize = offset + size_of::<cpy_vectorcallfunc>();
        self.call = Some(Call { offset, default });
        Ok(())
    }

    unsafe fn member(
        &mut self,
        spec: &HPyType_Spec,
        member: &HPyMember,
        shape: Shape,
    ) -> Result<(), Raised> {
        if spec.basicsize == 0 {
            type_error("Type claims to have basicsize==0 but defines members");
            return Err(Raised);
        }
        let flags = if member.readonly != 0 {
            ffi::Py_READONLY
        } else {
            0
        };
        // HPy's numbers for the types are CPython's, and a field is an object pointer.
        let mut made = ffi::PyMemberDef {
            name: member.name,
            type_code: member.type_ as c_int,
            offset: member.offset,
            flags,
            doc: member.doc,
        };
        let Shape::Fixed(head) = shape else {
            self.definitions.relative.push(Box::new(made));
            let closure: *mut ffi::PyMemberDef =
                &raw mut **self.definitions.relative.last_mut().unwrap_unchecked();
            self.definitions.getsets.push(ffi::PyGetSetDef {
                name: member.name,
                get: Some(get_member),
                set: (member.readonly == 0).then_some(set_member),
                doc: member.doc,
                closure: closure.cast(),
            });
            return Ok(());
        };
        made.offset += head as isize;
        let offset = made.offset as usize;
        match CStr::from_ptr(member.name).to_bytes() {
            b"__vectorcalloffset__" if self.call.is_some() => {
                type_error("Cannot have HPy_tp_call and explicit member '__vectorcalloffset__'");
                return Err(Raised);
            }
            b"__vectorcalloffset__" => {
                self.call = Some(Call {
                    offset,
                    default: None,
                });
            }
            _ => {}
        }
        self.definitions.members.push(made);
        Ok(())
    }

    /// Adds the slots that every type needs, and the end marks.
    unsafe fn finish(&mut self, spec: &HPyType_Spec, has_new: bool) {
        if let Some(call) = self.call {
            if call.default.is_some() {
                self.definitions.members.push(ffi::PyMemberDef {
                    name: c"__vectorcalloffset__".as_ptr(),
                    type_code: ffi::Py_T_PYSSIZET,
                    offset: call.offset as isize,
                    flags: ffi::Py_READONLY,
                    doc: ptr::null(),
                });
            }
            self.slot(ffi::Py_tp_call, ffi::PyVectorcall_Call as *mut c_void);
            if self.new_callable && !has_new {
                self.slot(ffi::Py_tp_new, instance::new_callable as *mut c_void);
            }
        }
        self.slot(ffi::Py_tp_dealloc, instance::dealloc as *mut c_void);
        if self.traverse.is_some() {
            self.slot(ffi::Py_tp_traverse, instance::traverse as *mut c_void);
            self.slot(ffi::Py_tp_clear, instance::clear as *mut c_void);
        }
        if !spec.doc.is_null() {
            self.slot(ffi::Py_tp_doc, spec.doc as *mut c_void);
        }
        self.definitions.members.push(zeroed_member());
        self.definitions.getsets.push(zeroed_getset());
        let definitions = &mut self.definitions;
        let lists = [
            (ffi::Py_tp_methods, definitions.methods.as_mut_ptr().cast()),
            (ffi::Py_tp_members, definitions.members.as_mut_ptr().cast()),
            (ffi::Py_tp_getset, definitions.getsets.as_mut_ptr().cast()),
        ];
        for (slot, list) in lists {
            self.slot(slot, list);
        }
        self.slot(0, ptr::null_mut());
    }
}

fn zeroed_member() -> ffi::PyMemberDef {
    ffi::PyMemberDef {
        name: ptr::null(),
        type_code: 0,
        offset: 0,
        flags: 0,
        doc: ptr::null(),
    }
}

fn zeroed_getset() -> ffi::PyGetSetDef {
    ffi::PyGetSetDef {
        name: ptr::null(),
        get: None,
        set: None,
        doc: ptr::null(),
        closure: ptr::null_mut(),
    }
}

/// Reads a member of a struct whose place differs between instances.
unsafe extern "C" fn get_member(instance: Object, closure: *mut c_void) -> Object {
    match nearest(ffi::Py_TYPE(instance)) {
        Some(extra) => ffi::PyMember_GetOne(extra.shape.data(instance).cast(), closure.cast()),
        None => {
            raise(ffi::PyExc_SystemError, "not an HPy type");
            ptr::null_mut()
        }
    }
}

unsafe extern "C" fn set_member(instance: Object, value: Object, closure: *mut c_void) -> c_int {
    match nearest(ffi::Py_TYPE(instance)) {
        Some(extra) => {
            ffi::PyMember_SetOne(extra.shape.data(instance).cast(), closure.cast(), value)
        }
        None => {
            raise(ffi::PyExc_SystemError, "not an HPy type");
            -1
        }
    }
}
