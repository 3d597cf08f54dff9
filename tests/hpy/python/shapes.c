// SPDX-License-Identifier: MIT OR Apache-2.0
/* An HPy module that makes types to order, for test_types.py, which compiles it. */
#include "hpy.h"
#include <stdlib.h>
#include <string.h>

/* The struct of all the types. */
typedef struct {
    long serial;
    HPyField ref;
    HPyField weaklist; /* for the interpreter alone */
    HPyField dict;
    long long check;
} Body;

/* How many instances were destroyed and finalized, and the sum of their serials. */
static long destroyed, finalized, serials;
static HPyGlobal on_finalize;

static Body *body(HPyContext *ctx, HPy self, long shape)
{
    switch (shape) {
    case HPyType_BuiltinShape_Object: return _HPy_AsStruct_Object(ctx, self);
    case HPyType_BuiltinShape_Type: return _HPy_AsStruct_Type(ctx, self);
    case HPyType_BuiltinShape_Long: return _HPy_AsStruct_Long(ctx, self);
    case HPyType_BuiltinShape_Float: return _HPy_AsStruct_Float(ctx, self);
    case HPyType_BuiltinShape_Unicode: return _HPy_AsStruct_Unicode(ctx, self);
    case HPyType_BuiltinShape_Tuple: return _HPy_AsStruct_Tuple(ctx, self);
    case HPyType_BuiltinShape_List: return _HPy_AsStruct_List(ctx, self);
    }
    HPy_FatalError(ctx, "no such shape");
    return NULL;
}

HPyDef_SLOT(new_slot, HPy_tp_new)
static HPy new_slot_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Body *made;
    (void)args, (void)nargs, (void)kw;
    return HPy_New(ctx, cls, &made);
}

HPyDef_SLOT(destroy, HPy_tp_destroy)
static void destroy_impl(void *self)
{
    destroyed++;
    serials += ((Body *)self)->serial;
}

HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Body *)self)->ref);
    return 0;
}

HPyDef_SLOT(finalize, HPy_tp_finalize)
static void finalize_impl(HPyContext *ctx, HPy self)
{
    HPy function = HPyGlobal_Load(ctx, on_finalize), args, result;
    finalized++;
    args = HPyTuple_FromArray(ctx, &self, 1);
    result = HPy_CallTupleDict(ctx, function, args, HPy_NULL);
    if (HPy_IsNull(result))
        HPyErr_WriteUnraisable(ctx, self);
    HPy_Close(ctx, result);
    HPy_Close(ctx, args);
    HPy_Close(ctx, function);
}

HPyDef_SLOT(call_slot, HPy_tp_call)
static HPy call_slot_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    (void)self, (void)kwnames;
    return HPyTuple_FromArray(ctx, (HPy *)args, (HPy_ssize_t)nargs);
}

HPyDef_MEMBER(check_member, "check", HPyMember_LONGLONG, offsetof(Body, check))
HPyDef_MEMBER(serial_member, "serial", HPyMember_LONG, offsetof(Body, serial), .readonly = 1)
HPyDef_MEMBER(ref_member, "ref", HPyMember_OBJECT, offsetof(Body, ref))
HPyDef_MEMBER(weak_member, "__weaklistoffset__", HPyMember_HPYSSIZET, offsetof(Body, weaklist),
              .readonly = 1)
HPyDef_MEMBER(dict_member, "__dictoffset__", HPyMember_HPYSSIZET, offsetof(Body, dict),
              .readonly = 1)

/* make(name, shape, bases, options): a type; the options are letters:
   b may be subclassed, g is collected, with HPy_tp_traverse, t has that only,
   d HPy_tp_destroy, f HPy_tp_finalize, n HPy_tp_new, c HPy_tp_call, m members,
   w weak references, D a dict */
HPyDef_METH(make, "make", HPyFunc_VARARGS)
static HPy make_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    static const struct {
        char letter;
        HPyDef *defines[4];
    } choices[] = {
        {'g', {&traverse}}, {'t', {&traverse}}, {'d', {&destroy}}, {'f', {&finalize}}, {'n', {&new_slot}},
        {'c', {&call_slot}}, {'m', {&check_member, &serial_member, &ref_member}},
        {'w', {&weak_member}}, {'D', {&dict_member}},
    };
    HPyDef *defines[16];
    HPyType_SpecParam params[] = {{HPyType_SpecParam_BasesTuple, HPy_NULL}, {0, HPy_NULL}};
    HPyType_Spec spec = {.basicsize = sizeof(Body), .flags = HPy_TPFLAGS_DEFAULT};
    const char *options;
    int count = 0;
    (void)self, (void)nargs;
    options = HPyUnicode_AsUTF8AndSize(ctx, args[3], NULL);
    spec.name = HPyUnicode_AsUTF8AndSize(ctx, args[0], NULL);
    spec.builtin_shape = (HPyType_BuiltinShape)HPyLong_AsLong(ctx, args[1]);
    if (HPyErr_Occurred(ctx))
        return HPy_NULL;
    params[0].object = args[2];
    if (strchr(options, 'b'))
        spec.flags |= HPy_TPFLAGS_BASETYPE;
    if (strchr(options, 'g'))
        spec.flags |= HPy_TPFLAGS_HAVE_GC;
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
        if (strchr(options, choices[i].letter))
            for (int j = 0; j < 4 && choices[i].defines[j]; j++)
                defines[count++] = choices[i].defines[j];
    defines[count] = NULL;
    spec.defines = defines;
    return HPyType_FromSpec(ctx, &spec, params);
}

/* fill(object, shape, serial, ref): writes the struct all over. */
HPyDef_METH(fill, "fill", HPyFunc_VARARGS)
static HPy fill_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    Body *filled = body(ctx, args[0], HPyLong_AsLong(ctx, args[1]));
    (void)self, (void)nargs;
    filled->serial = HPyLong_AsLong(ctx, args[2]);
    filled->check = ~(long long)filled->serial;
    if (!HPy_Is(ctx, args[3], ctx->h_None))
        HPyField_Store(ctx, args[0], &filled->ref, args[3]);
    return HPy_Dup(ctx, ctx->h_None);
}

/* look(object, shape): (serial, ref, check, whether the struct is aligned for any type) */
HPyDef_METH(look, "look", HPyFunc_VARARGS)
static HPy look_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    Body *seen = body(ctx, args[0], HPyLong_AsLong(ctx, args[1]));
    HPy items[4], all;
    (void)self, (void)nargs;
    items[0] = HPyLong_FromLong(ctx, seen->serial);
    items[1] = HPyField_IsNull(seen->ref) ? HPy_Dup(ctx, ctx->h_None)
                                          : HPyField_Load(ctx, args[0], seen->ref);
    items[2] = HPyLong_FromLongLong(ctx, seen->check);
    items[3] = HPyBool_FromBool(ctx, (size_t)seen % 16 == 0);
    all = HPyTuple_FromArray(ctx, items, 4);
    for (int i = 0; i < 4; i++)
        HPy_Close(ctx, items[i]);
    return all;
}

/* shape(type): as the host knows it */
HPyDef_METH(shape, "shape", HPyFunc_O)
static HPy shape_impl(HPyContext *ctx, HPy self, HPy type)
{
    (void)self;
    return HPyLong_FromLong(ctx, _HPyType_GetBuiltinShape(ctx, type));
}

static HPy call_other_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    (void)self, (void)args, (void)kwnames;
    return HPyLong_FromLong(ctx, (long)nargs);
}
HPyDef_CALL_FUNCTION(call_other)

/* set_call(object): from now on, calls return the number of arguments. */
HPyDef_METH(set_call, "set_call", HPyFunc_O)
static HPy set_call_impl(HPyContext *ctx, HPy self, HPy callable)
{
    (void)self;
    if (HPy_SetCallFunction(ctx, callable, &call_other) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}

/* counts(): (destroyed, finalized, sum of the serials of the destroyed), and begins anew */
HPyDef_METH(counts, "counts", HPyFunc_NOARGS)
static HPy counts_impl(HPyContext *ctx, HPy self)
{
    HPy items[] = {HPyLong_FromLong(ctx, destroyed), HPyLong_FromLong(ctx, finalized),
                   HPyLong_FromLong(ctx, serials)};
    HPy all = HPyTuple_FromArray(ctx, items, 3);
    (void)self;
    destroyed = finalized = serials = 0;
    for (int i = 0; i < 3; i++)
        HPy_Close(ctx, items[i]);
    return all;
}

/* when_finalized(function): called with each finalized object */
HPyDef_METH(when_finalized, "when_finalized", HPyFunc_O)
static HPy when_finalized_impl(HPyContext *ctx, HPy self, HPy function)
{
    (void)self;
    HPyGlobal_Store(ctx, &on_finalize, function);
    return HPy_Dup(ctx, ctx->h_None);
}

static HPyDef *defines[] = {
    &make, &fill, &look, &shape, &set_call, &counts, &when_finalized, NULL,
};
static HPyGlobal *globals[] = {&on_finalize, NULL};
static HPyModuleDef definition = {.defines = defines, .globals = globals};
HPy_MODINIT(shapes, definition)
