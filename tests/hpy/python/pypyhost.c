// SPDX-License-Identifier: MIT OR Apache-2.0

// A module for the tests of our host for PyPy (test_pypy_host.py).
#include "hpy.h"
#include <string.h>
#include <unistd.h>

/* -- one thread at a time ------------------------------------------------------- */

static volatile int inside;
static volatile long overlaps, entries;

static void alone(void)
{
    if (inside)
        overlaps++;
    inside = 1;
    for (volatile int i = 0; i < 200; i++)
        ;
    entries++;
    inside = 0;
}

HPyDef_METH(enter, "enter", HPyFunc_NOARGS)
static HPy enter_impl(HPyContext *ctx, HPy self)
{
    alone();
    HPy number = HPyLong_FromLong(ctx, entries);
    alone();
    return number;
}

HPyDef_METH(call, "call", HPyFunc_O)
static HPy call_impl(HPyContext *ctx, HPy self, HPy function)
{
    alone();
    HPy result = HPy_CallTupleDict(ctx, function, HPy_NULL, HPy_NULL);
    alone();
    return result;
}

HPyDef_METH(rest, "rest", HPyFunc_O)
static HPy rest_impl(HPyContext *ctx, HPy self, HPy micros)
{
    long time = HPyLong_AsLong(ctx, micros);
    alone();
    HPyThreadState state = HPy_LeavePythonExecution(ctx);
    usleep((useconds_t)time);
    HPy_ReenterPythonExecution(ctx, state);
    alone();
    return HPy_Dup(ctx, ctx->h_None);
}

/* Fails, and runs Python code with the error pending. */
HPyDef_METH(fail, "fail", HPyFunc_O)
static HPy fail_impl(HPyContext *ctx, HPy self, HPy value)
{
    alone();
    HPyErr_SetObject(ctx, ctx->h_KeyError, value);
    HPyThreadState state = HPy_LeavePythonExecution(ctx);
    usleep(1);
    HPy_ReenterPythonExecution(ctx, state);
    alone();
    return HPy_NULL;
}

HPyDef_METH(counts, "counts", HPyFunc_NOARGS)
static HPy counts_impl(HPyContext *ctx, HPy self)
{
    HPy items[] = {HPyLong_FromLong(ctx, overlaps), HPyLong_FromLong(ctx, entries)};
    HPy result = HPyTuple_FromArray(ctx, items, 2);
    HPy_Close(ctx, items[0]);
    HPy_Close(ctx, items[1]);
    return result;
}

HPyDef_METH(wrong, "wrong", HPyFunc_O)
static HPy wrong_impl(HPyContext *ctx, HPy self, HPy both)
{
    if (!HPy_IsTrue(ctx, both))
        return HPy_NULL; /* failure without an error */
    HPyErr_SetString(ctx, ctx->h_ValueError, "the cause");
    return HPy_Dup(ctx, both); /* success with one */
}

/* -- a type, and a type derived from it ------------------------------------------ */

typedef struct { long tag; HPyField link; } Base;
typedef struct { Base base; long more; } Derived;
HPyType_HELPERS(Base)

static long bases, deriveds, wrongs, finalized;

HPyDef_SLOT(Base_destroy, HPy_tp_destroy)
static void Base_destroy_impl(void *self)
{
    bases++;
    alone();
    if (((Base *)self)->tag == -1)
        wrongs++;
    ((Base *)self)->tag = -1;
}

HPyDef_SLOT(Base_traverse, HPy_tp_traverse)
static int Base_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Base *)self)->link);
    return 0;
}

HPyDef_METH(Base_set, "set", HPyFunc_O)
static HPy Base_set_impl(HPyContext *ctx, HPy self, HPy value)
{
    Base *data = Base_AsStruct(ctx, self);
    if (data->tag == -1)
        wrongs++;
    HPyField_Store(ctx, self, &data->link, value);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(Base_get, "get", HPyFunc_NOARGS)
static HPy Base_get_impl(HPyContext *ctx, HPy self)
{
    Base *data = Base_AsStruct(ctx, self);
    if (data->tag == -1)
        wrongs++;
    if (HPyField_IsNull(data->link))
        return HPy_Dup(ctx, ctx->h_None);
    return HPyField_Load(ctx, self, data->link);
}

HPyDef_METH(Base_hash, "address", HPyFunc_NOARGS)
static HPy Base_hash_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromSsize_t(ctx, (HPy_ssize_t)Base_AsStruct(ctx, self));
}

HPyDef_MEMBER(Base_tag, "tag", HPyMember_LONG, offsetof(Base, tag))

static HPyDef *base_defines[] = {
    &Base_destroy, &Base_traverse, &Base_set, &Base_get, &Base_hash, &Base_tag, NULL};
static HPyType_Spec base_spec = {
    .name = "pypyhost.Base",
    .basicsize = sizeof(Base),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = SHAPE(Base),
    .defines = base_defines,
    .doc = "Base(tag=0)\n--\n\nA type.",
};

HPyDef_SLOT(Derived_destroy, HPy_tp_destroy)
static void Derived_destroy_impl(void *self)
{
    deriveds++;
    if (((Derived *)self)->base.tag == -1)
        wrongs++; /* the base type's was first */
}

HPyDef_SLOT(Derived_finalize, HPy_tp_finalize)
static void Derived_finalize_impl(HPyContext *ctx, HPy self)
{
    finalized++;
    alone();
    if (Base_AsStruct(ctx, self)->tag == -1)
        wrongs++;
    HPy type = HPy_Type(ctx, self);
    HPy_Close(ctx, type);
}

HPyDef_MEMBER(Derived_more, "more", HPyMember_LONG, offsetof(Derived, more))

static HPyDef *derived_defines[] = {
    &Derived_destroy, &Derived_finalize, &Derived_more, &Base_traverse, NULL};
static HPyType_Spec derived_spec = {
    .name = "pypyhost.Derived",
    .basicsize = sizeof(Derived),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = SHAPE(Base),
    .defines = derived_defines,
};

static HPyType_Spec sealed_spec = {
    .name = "pypyhost.Sealed",
    .basicsize = sizeof(long),
    .flags = HPy_TPFLAGS_DEFAULT,
};

HPyDef_METH(ends, "ends", HPyFunc_NOARGS)
static HPy ends_impl(HPyContext *ctx, HPy self)
{
    long numbers[] = {bases, deriveds, finalized, wrongs};
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, 4);
    for (int i = 0; i < 4; i++) {
        HPy number = HPyLong_FromLong(ctx, numbers[i]);
        HPyTupleBuilder_Set(ctx, builder, i, number);
        HPy_Close(ctx, number);
    }
    return HPyTupleBuilder_Build(ctx, builder);
}

/* -- strings ------------------------------------------------------------------------ */

/* Keeps pointers without keeping handles. */
static const char *kept[1000];
static long kept_count;

HPyDef_METH(keep, "keep", HPyFunc_O)
static HPy keep_impl(HPyContext *ctx, HPy self, HPy string)
{
    HPy own = HPy_Dup(ctx, string);
    kept[kept_count++] = HPyBytes_Check(ctx, own) ? HPyBytes_AsString(ctx, own)
                                                  : HPyUnicode_AsUTF8AndSize(ctx, own, NULL);
    HPy_Close(ctx, own);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(kept_strings, "kept", HPyFunc_NOARGS)
static HPy kept_strings_impl(HPyContext *ctx, HPy self)
{
    HPyListBuilder builder = HPyListBuilder_New(ctx, kept_count);
    for (long i = 0; i < kept_count; i++) {
        HPy string = HPyBytes_FromString(ctx, kept[i]);
        HPyListBuilder_Set(ctx, builder, i, string);
        HPy_Close(ctx, string);
    }
    kept_count = 0;
    return HPyListBuilder_Build(ctx, builder);
}

HPyDef_METH(pass, "pass_on", HPyFunc_KEYWORDS, .doc = "pass_on(*args, **kwargs)\n--\n\nAll.")
static HPy pass_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy names)
{
    HPy all = HPyTuple_FromArray(ctx, (HPy *)args, (HPy_ssize_t)nargs);
    HPy items[] = {all, HPy_IsNull(names) ? ctx->h_None : names};
    HPy result = HPyTuple_FromArray(ctx, items, 2);
    HPy_Close(ctx, all);
    return result;
}

/* -- a buffer of 2 x 3 numbers, which gives out one export at a time ------------- */

typedef struct { int exports; unsigned short numbers[6]; } Grid;
HPyType_HELPERS(Grid)
static long released;
static HPy_ssize_t grid_shape[] = {2, 3}, grid_strides[] = {6, 2};

HPyDef_SLOT(Grid_getbuffer, HPy_bf_getbuffer)
static int Grid_getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *buffer, int flags)
{
    Grid *grid = Grid_AsStruct(ctx, self);
    if (grid->exports) {
        HPyErr_SetString(ctx, ctx->h_BufferError, "exported already");
        return -1;
    }
    grid->exports++;
    *buffer = (HPy_buffer){
        .buf = grid->numbers, .len = 12, .itemsize = 2, .ndim = 2, .format = "H",
        .shape = grid_shape, .strides = grid_strides, .obj = HPy_Dup(ctx, self)};
    return 0;
}

HPyDef_SLOT(Grid_releasebuffer, HPy_bf_releasebuffer)
static void Grid_releasebuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *buffer)
{
    Grid_AsStruct(ctx, self)->exports--;
    released++;
}

HPyDef_METH(Grid_sum, "sum", HPyFunc_NOARGS)
static HPy Grid_sum_impl(HPyContext *ctx, HPy self)
{
    long sum = 0;
    for (int i = 0; i < 6; i++)
        sum += Grid_AsStruct(ctx, self)->numbers[i];
    return HPyLong_FromLong(ctx, sum);
}

HPyDef_METH(grids_released, "released", HPyFunc_NOARGS)
static HPy grids_released_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromLong(ctx, released);
}

static HPyDef *grid_defines[] = {&Grid_getbuffer, &Grid_releasebuffer, &Grid_sum, NULL};
static HPyType_Spec grid_spec = {
    .name = "pypyhost.Grid",
    .basicsize = sizeof(Grid),
    .flags = HPy_TPFLAGS_DEFAULT,
    .builtin_shape = SHAPE(Grid),
    .defines = grid_defines,
};

HPyDef_METH(give_warning, "warn", HPyFunc_NOARGS)
static HPy give_warning_impl(HPyContext *ctx, HPy self)
{
    if (HPyErr_WarnEx(ctx, ctx->h_UserWarning, "look out", 1) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(globals, "replace", HPyFunc_O)
static HPyGlobal one_global;
static HPy globals_impl(HPyContext *ctx, HPy self, HPy value)
{
    HPyGlobal_Store(ctx, &one_global, value);
    return HPyGlobal_Load(ctx, one_global);
}

/* Does with a handle, the argument's own or one of this function's, what must not be. */
HPyDef_METH(misuse, "misuse", HPyFunc_O)
static HPy misuse_impl(HPyContext *ctx, HPy self, HPy how)
{
    const char *what = HPyUnicode_AsUTF8AndSize(ctx, how, NULL);
    HPy handle = HPyLong_FromLong(ctx, 7);
    HPy_Close(ctx, handle);
    if (strcmp(what, "closes twice") == 0) {
        HPy_Close(ctx, handle);
        HPy_Close(ctx, handle);
        HPy items[] = {HPyLong_FromLong(ctx, 1), HPyLong_FromLong(ctx, 2)};
        HPy both = HPyTuple_FromArray(ctx, items, 2);
        HPy_Close(ctx, items[0]);
        HPy_Close(ctx, items[1]);
        return both;
    }
    if (strcmp(what, "closes the argument") == 0) {
        HPy_Close(ctx, how);
        return HPy_Dup(ctx, ctx->h_None);
    }
    if (strcmp(what, "returns") == 0)
        return handle;
    if (strcmp(what, "has the attribute of") == 0)
        return HPy_GetAttr_s(ctx, handle, "real");
    if (strcmp(what, "adds") == 0)
        return HPy_Add(ctx, handle, ctx->h_True);
    return HPy_Length(ctx, handle) < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    HPy base = HPyType_FromSpec(ctx, &base_spec, NULL);
    if (HPy_IsNull(base))
        return -1;
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, base}, {0}};
    HPy derived = HPyType_FromSpec(ctx, &derived_spec, params);
    HPy sealed = HPyType_FromSpec(ctx, &sealed_spec, NULL);
    if (HPy_IsNull(derived) || HPy_IsNull(sealed))
        return -1;
    if (HPy_SetAttr_s(ctx, module, "Base", base) < 0 ||
        HPy_SetAttr_s(ctx, module, "Derived", derived) < 0 ||
        HPy_SetAttr_s(ctx, module, "Sealed", sealed) < 0)
        return -1;
    HPy grid = HPyType_FromSpec(ctx, &grid_spec, NULL);
    if (HPy_IsNull(grid) || HPy_SetAttr_s(ctx, module, "Grid", grid) < 0)
        return -1;
    HPy_Close(ctx, grid);
    HPy_Close(ctx, base);
    HPy_Close(ctx, derived);
    HPy_Close(ctx, sealed);
    return 0;
}

static HPyDef *defines[] = {&enter, &call, &rest, &fail, &counts, &wrong, &ends, &keep,
                            &kept_strings, &pass, &globals, &give_warning, &misuse,
                            &grids_released, &execute, NULL};
static HPyGlobal *module_globals[] = {&one_global, NULL};
static HPyModuleDef definition = {.defines = defines, .globals = module_globals};
HPy_MODINIT(pypyhost, definition)
