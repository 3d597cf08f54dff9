// SPDX-License-Identifier: MIT OR Apache-2.0
/* An HPy module with one of each kind of thing that a host keeps account of, for
   test_hosts.py and test_host_memory.py, which compile it. It can be made to go wrong:

     -DNAME=stem        the module's name (kinds)
     -DMAJOR=n -DMINOR=n  the version of the ABI it claims to need (0 and 0)
     -DINIT_NULL        its initialization gives no definition
     -DEXEC_FAILS=1     its exec slot raises ValueError; =2: it fails without an exception
*/
#include "hpy.h"
#include <stdlib.h>

#ifndef NAME
#define NAME kinds
#endif
#ifndef MAJOR
#define MAJOR 0
#endif
#ifndef MINOR
#define MINOR 0
#endif
#ifndef EXEC_FAILS
#define EXEC_FAILS 0
#endif

/* How many boxes and capsules there are. */
static long boxes, capsules;

/* -- a type that Python code may subclass, with a reference of its own ---------- */

typedef struct {
    HPyField content;
    long serial;
} Box;

HPyType_HELPERS(Box)

HPyDef_SLOT(Box_new, HPy_tp_new)
static HPy Box_new_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Box *box;
    HPy self = HPy_New(ctx, cls, &box);
    (void)args, (void)nargs, (void)kw;
    if (!HPy_IsNull(self))
        box->serial = ++boxes;
    return self;
}

HPyDef_SLOT(Box_traverse, HPy_tp_traverse)
static int Box_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Box *)self)->content);
    return 0;
}

HPyDef_SLOT(Box_destroy, HPy_tp_destroy)
static void Box_destroy_impl(void *self)
{
    if (((Box *)self)->serial)
        boxes--;
}

HPyDef_METH(Box_put, "put", HPyFunc_O)
static HPy Box_put_impl(HPyContext *ctx, HPy self, HPy content)
{
    HPyField_Store(ctx, self, &Box_AsStruct(ctx, self)->content, content);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(Box_get, "get", HPyFunc_NOARGS)
static HPy Box_get_impl(HPyContext *ctx, HPy self)
{
    Box *box = Box_AsStruct(ctx, self);
    if (HPyField_IsNull(box->content))
        return HPy_Dup(ctx, ctx->h_None);
    return HPyField_Load(ctx, self, box->content);
}

HPyDef_GET(Box_serial, "serial")
static HPy Box_serial_get(HPyContext *ctx, HPy self, void *closure)
{
    (void)closure;
    return HPyLong_FromLong(ctx, Box_AsStruct(ctx, self)->serial);
}

static HPyDef *box_defines[] = {
    &Box_new, &Box_traverse, &Box_destroy, &Box_put, &Box_get, &Box_serial, NULL,
};

static HPyType_Spec box_spec = {
    .name = "kinds.Box",
    .basicsize = sizeof(Box),
    .builtin_shape = SHAPE(Box),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .defines = box_defines,
};

/* -- functions, each of which makes one thing ------------------------------------ */

HPyDef_METH(alive, "alive", HPyFunc_NOARGS)
static HPy alive_impl(HPyContext *ctx, HPy self)
{
    HPy items[] = {HPyLong_FromLong(ctx, boxes), HPyLong_FromLong(ctx, capsules)};
    HPy both = HPyTuple_FromArray(ctx, items, 2);
    (void)self;
    HPy_Close(ctx, items[0]);
    HPy_Close(ctx, items[1]);
    return both;
}

HPyDef_METH(new_type, "new_type", HPyFunc_NOARGS)
static HPy new_type_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyType_FromSpec(ctx, &box_spec, NULL);
}

HPyDef_METH(new_exception, "new_exception", HPyFunc_NOARGS)
static HPy new_exception_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyErr_NewException(ctx, "kinds.Error", ctx->h_ValueError, HPy_NULL);
}

HPyDef_METH(fail, "fail", HPyFunc_O)
static HPy fail_impl(HPyContext *ctx, HPy self, HPy value)
{
    (void)self;
    HPyErr_SetObject(ctx, ctx->h_ValueError, value);
    return HPy_NULL;
}

HPyDef_METH(recover, "recover", HPyFunc_O)
static HPy recover_impl(HPyContext *ctx, HPy self, HPy function)
{
    HPy result = HPy_CallTupleDict(ctx, function, HPy_NULL, HPy_NULL);
    (void)self;
    if (!HPy_IsNull(result))
        return result;
    HPyErr_Clear(ctx);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyCapsule_DESTRUCTOR(capsule_destructor)
static void capsule_destructor_impl(const char *name, void *pointer, void *context)
{
    (void)name, (void)context;
    free(pointer);
    capsules--;
}

HPyDef_METH(new_capsule, "new_capsule", HPyFunc_NOARGS)
static HPy new_capsule_impl(HPyContext *ctx, HPy self)
{
    void *memory = malloc(64);
    HPy capsule = HPyCapsule_New(ctx, memory, "kinds.memory", &capsule_destructor);
    (void)self;
    if (HPy_IsNull(capsule))
        free(memory);
    else
        capsules++;
    return capsule;
}

HPyDef_METH(new_bytes, "new_bytes", HPyFunc_NOARGS)
static HPy new_bytes_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyBytes_FromStringAndSize(ctx, "some bytes \0 and more", 20);
}

HPyDef_METH(new_str, "new_str", HPyFunc_NOARGS)
static HPy new_str_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyUnicode_FromString(ctx, "gr\xc3\xbc\xc3\x9f e");
}

HPyDef_METH(new_number, "new_number", HPyFunc_NOARGS)
static HPy new_number_impl(HPyContext *ctx, HPy self)
{
    HPy big = HPyLong_FromUInt64_t(ctx, UINT64_MAX), sum;
    HPy real = HPyFloat_FromDouble(ctx, 0.5);
    (void)self;
    sum = HPy_Add(ctx, big, real);
    HPy_Close(ctx, big);
    HPy_Close(ctx, real);
    return sum;
}

/* A list, a tuple and a dict of the object given, and of each other. */
HPyDef_METH(new_containers, "new_containers", HPyFunc_O)
static HPy new_containers_impl(HPyContext *ctx, HPy self, HPy item)
{
    HPyListBuilder list_builder = HPyListBuilder_New(ctx, 3);
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, 3);
    HPy list, tuple, dict = HPyDict_New(ctx);
    (void)self;
    for (int i = 0; i < 3; i++)
        HPyListBuilder_Set(ctx, list_builder, i, item);
    list = HPyListBuilder_Build(ctx, list_builder);
    HPyList_Append(ctx, list, item);
    HPy_SetItem_s(ctx, dict, "item", item);
    HPyTupleBuilder_Set(ctx, builder, 0, list);
    HPyTupleBuilder_Set(ctx, builder, 1, dict);
    HPyTupleBuilder_Set(ctx, builder, 2, item);
    tuple = HPyTupleBuilder_Build(ctx, builder);
    HPy_Close(ctx, list);
    HPy_Close(ctx, dict);
    return tuple;
}

/* Handles that a tracker closes, and builders given up. */
HPyDef_METH(track, "track", HPyFunc_O)
static HPy track_impl(HPyContext *ctx, HPy self, HPy item)
{
    HPyTracker tracker = HPyTracker_New(ctx, 0);
    HPyListBuilder list = HPyListBuilder_New(ctx, 2);
    HPyTupleBuilder tuple = HPyTupleBuilder_New(ctx, 2);
    (void)self;
    for (int i = 0; i < 20; i++)
        HPyTracker_Add(ctx, tracker, HPy_Dup(ctx, item));
    HPyTracker_Close(ctx, tracker);
    HPyListBuilder_Set(ctx, list, 0, item);
    HPyTupleBuilder_Set(ctx, tuple, 1, item);
    HPyListBuilder_Cancel(ctx, list);
    HPyTupleBuilder_Cancel(ctx, tuple);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(call, "call", HPyFunc_VARARGS)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy rest, result;
    (void)self;
    if (nargs == 0) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "call(f, *arguments)");
        return HPy_NULL;
    }
    rest = HPyTuple_FromArray(ctx, (HPy *)args + 1, (HPy_ssize_t)nargs - 1);
    result = HPy_CallTupleDict(ctx, args[0], rest, HPy_NULL);
    HPy_Close(ctx, rest);
    return result;
}

/* -- the module -------------------------------------------------------------------- */

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    HPy type;
    int status;
    if (EXEC_FAILS == 1)
        HPyErr_SetString(ctx, ctx->h_ValueError, "the exec slot refuses");
    if (EXEC_FAILS)
        return -1;
    type = HPyType_FromSpec(ctx, &box_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    status = HPy_SetAttr_s(ctx, module, "Box", type);
    HPy_Close(ctx, type);
    return status;
}

static HPyDef *defines[] = {
    &execute,     &alive,     &new_type, &new_exception, &fail,  &recover, &new_capsule,
    &new_bytes,   &new_str,   &new_number, &new_containers, &track, &call,  NULL,
};

static HPyModuleDef definition = {
    .doc = "One of each kind.",
    .defines = defines,
};

#undef HPY_ABI_VERSION
#define HPY_ABI_VERSION MAJOR
#undef HPY_ABI_VERSION_MINOR
#define HPY_ABI_VERSION_MINOR MINOR
#ifdef INIT_NULL
#define definition (*(HPyModuleDef *)NULL)
#endif
#define MODINIT(name, module_definition) HPy_MODINIT(name, module_definition)
MODINIT(NAME, definition)
