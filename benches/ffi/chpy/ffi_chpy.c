// SPDX-License-Identifier: MIT OR Apache-2.0
/* What ../hpy has, as one writes it in C with HPy's own macros when it has to be fast:
 * the bare ABI, with the checks that every binding has to make. */
#include "hpy.h"
#include <stdint.h>

static HPy too_large(HPyContext *ctx)
{
    HPyErr_SetString(ctx, ctx->h_OverflowError, "the result is too large");
    return HPy_NULL;
}

static HPy wrong_count(HPyContext *ctx)
{
    HPyErr_SetString(ctx, ctx->h_TypeError, "another number of arguments is expected");
    return HPy_NULL;
}

/* Whether `object` is an int64, which then stands in `value`; else there is an exception. */
static inline int as_int(HPyContext *ctx, HPy object, int64_t *value)
{
    *value = HPyLong_AsInt64_t(ctx, object);
    return *value != -1 || !HPyErr_Occurred(ctx);
}

static inline int two_ints(HPyContext *ctx, const HPy *args, size_t nargs, int64_t *a, int64_t *b)
{
    if (nargs != 2) {
        wrong_count(ctx);
        return 0;
    }
    return as_int(ctx, args[0], a) && as_int(ctx, args[1], b);
}

/* The int that a constructor is called with. */
static inline int only_int(HPyContext *ctx, const HPy *args, HPy_ssize_t nargs, HPy kw, int64_t *value)
{
    if (nargs != 1 || (!HPy_IsNull(kw) && HPy_Length(ctx, kw) != 0)) {
        wrong_count(ctx);
        return 0;
    }
    return as_int(ctx, args[0], value);
}

/* -- Countdown: counts down to one ------------------------------------------------- */

typedef struct {
    int64_t left;
} Countdown;
HPyType_HELPERS(Countdown)

HPyDef_SLOT(Countdown_new, HPy_tp_new)
static HPy Countdown_new_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Countdown *made;
    int64_t left;
    if (!only_int(ctx, args, nargs, kw, &left))
        return HPy_NULL;
    HPy object = HPy_New(ctx, cls, &made);
    if (!HPy_IsNull(object))
        made->left = left;
    return object;
}

/* HPy 0.9 has no slots for iterators. */
HPyDef_METH(Countdown_iter, "__iter__", HPyFunc_NOARGS)
static HPy Countdown_iter_impl(HPyContext *ctx, HPy self)
{
    return HPy_Dup(ctx, self);
}

HPyDef_METH(Countdown_next, "__next__", HPyFunc_NOARGS)
static HPy Countdown_next_impl(HPyContext *ctx, HPy self)
{
    Countdown *countdown = Countdown_AsStruct(ctx, self);
    if (countdown->left == 0) {
        HPyErr_SetObject(ctx, ctx->h_StopIteration, ctx->h_None);
        return HPy_NULL;
    }
    return HPyLong_FromInt64_t(ctx, countdown->left--);
}

static HPyDef *countdown_defines[] = {&Countdown_new, &Countdown_iter, &Countdown_next, NULL};
static HPyType_Spec countdown_spec = {
    .name = "ffi_chpy.Countdown",
    .basicsize = sizeof(Countdown),
    .builtin_shape = SHAPE(Countdown),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = countdown_defines,
};

/* -- Number: a number with methods ------------------------------------------------- */

typedef struct {
    int64_t value;
} Number;
HPyType_HELPERS(Number)

HPyDef_SLOT(Number_new, HPy_tp_new)
static HPy Number_new_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Number *made;
    int64_t value;
    if (!only_int(ctx, args, nargs, kw, &value))
        return HPy_NULL;
    HPy object = HPy_New(ctx, cls, &made);
    if (!HPy_IsNull(object))
        made->value = value;
    return object;
}

HPyDef_GET(Number_value, "value")
static HPy Number_value_get(HPyContext *ctx, HPy self, void *closure)
{
    (void)closure;
    return HPyLong_FromInt64_t(ctx, Number_AsStruct(ctx, self)->value);
}

static HPy sum(HPyContext *ctx, HPy self, int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(Number_AsStruct(ctx, self)->value, a, &sum)
        || __builtin_add_overflow(sum, b, &sum))
        return too_large(ctx);
    return HPyLong_FromInt64_t(ctx, sum);
}

HPyDef_METH(Number_plus, "plus", HPyFunc_VARARGS)
static HPy Number_plus_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    int64_t a, b;
    return two_ints(ctx, args, nargs, &a, &b) ? sum(ctx, self, a, b) : HPy_NULL;
}

HPyDef_METH(Number_plus_named, "plus_named", HPyFunc_KEYWORDS)
static HPy Number_plus_named_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy names)
{
    static const char *known[] = {"a", "b", NULL};
    long long a, b;
    if (!HPyArg_ParseKeywords(ctx, NULL, args, nargs, names, "LL", known, &a, &b))
        return HPy_NULL;
    return sum(ctx, self, a, b);
}

static HPyDef *number_defines[] = {&Number_new, &Number_value, &Number_plus, &Number_plus_named, NULL};
static HPyType_Spec number_spec = {
    .name = "ffi_chpy.Number",
    .basicsize = sizeof(Number),
    .builtin_shape = SHAPE(Number),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = number_defines,
};

/* -- Value: attributes of both kinds ----------------------------------------------- */

typedef struct {
    long long member;
} Value;
HPyType_HELPERS(Value)

HPyDef_SLOT(Value_new, HPy_tp_new)
static HPy Value_new_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Value *made;
    (void)args, (void)nargs, (void)kw;
    return HPy_New(ctx, cls, &made);
}

HPyDef_MEMBER(Value_member, "member", HPyMember_LONGLONG, offsetof(Value, member))

HPyDef_GET(Value_getset, "getset")
static HPy Value_getset_get(HPyContext *ctx, HPy self, void *closure)
{
    (void)closure;
    return HPyLong_FromInt64_t(ctx, Value_AsStruct(ctx, self)->member);
}

static HPyDef *value_defines[] = {&Value_new, &Value_member, &Value_getset, NULL};
static HPyType_Spec value_spec = {
    .name = "ffi_chpy.Value",
    .basicsize = sizeof(Value),
    .builtin_shape = SHAPE(Value),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = value_defines,
};

/* -- functions --------------------------------------------------------------------- */

HPyDef_METH(nothing, "nothing", HPyFunc_NOARGS)
static HPy nothing_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(add, "add", HPyFunc_VARARGS)
static HPy add_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    int64_t a, b;
    (void)self;
    if (!two_ints(ctx, args, nargs, &a, &b))
        return HPy_NULL;
    if (__builtin_add_overflow(a, b, &a))
        return too_large(ctx);
    return HPyLong_FromInt64_t(ctx, a);
}

HPyDef_METH(total, "total", HPyFunc_O)
static HPy total_impl(HPyContext *ctx, HPy self, HPy items)
{
    int64_t sum = 0, value;
    (void)self;
    if (!HPyList_Check(ctx, items)) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "a list is expected");
        return HPy_NULL;
    }
    HPy_ssize_t length = HPy_Length(ctx, items);
    if (length < 0)
        return HPy_NULL;
    for (HPy_ssize_t i = 0; i < length; i++) {
        HPy item = HPy_GetItem_i(ctx, items, i);
        if (HPy_IsNull(item))
            return HPy_NULL;
        int is_int = as_int(ctx, item, &value);
        HPy_Close(ctx, item);
        if (!is_int)
            return HPy_NULL;
        if (__builtin_add_overflow(sum, value, &sum))
            return too_large(ctx);
    }
    return HPyLong_FromInt64_t(ctx, sum);
}

HPyDef_METH(numbers, "numbers", HPyFunc_O)
static HPy numbers_impl(HPyContext *ctx, HPy self, HPy count)
{
    int64_t length;
    (void)self;
    if (!as_int(ctx, count, &length))
        return HPy_NULL;
    HPyListBuilder builder = HPyListBuilder_New(ctx, length);
    for (int64_t i = 0; i < length; i++) {
        HPy item = HPyLong_FromInt64_t(ctx, i);
        if (HPy_IsNull(item)) {
            HPyListBuilder_Cancel(ctx, builder);
            return HPy_NULL;
        }
        HPyListBuilder_Set(ctx, builder, i, item);
        HPy_Close(ctx, item);
    }
    return HPyListBuilder_Build(ctx, builder);
}

HPyDef_METH(text_size, "text_size", HPyFunc_O)
static HPy text_size_impl(HPyContext *ctx, HPy self, HPy text)
{
    HPy_ssize_t size;
    (void)self;
    if (!HPyUnicode_Check(ctx, text)) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "a str is expected");
        return HPy_NULL;
    }
    if (HPyUnicode_AsUTF8AndSize(ctx, text, &size) == NULL)
        return HPy_NULL;
    return HPyLong_FromSsize_t(ctx, size);
}

HPyDef_METH(bytes_size, "bytes_size", HPyFunc_O)
static HPy bytes_size_impl(HPyContext *ctx, HPy self, HPy bytes)
{
    (void)self;
    if (!HPyBytes_Check(ctx, bytes)) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "bytes are expected");
        return HPy_NULL;
    }
    return HPyLong_FromSsize_t(ctx, HPyBytes_GET_SIZE(ctx, bytes));
}

HPyDef_METH(text, "text", HPyFunc_NOARGS)
static HPy text_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyUnicode_FromString(ctx, "some text to make a str of");
}

HPyDef_METH(fail, "fail", HPyFunc_NOARGS)
static HPy fail_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyErr_SetString(ctx, ctx->h_ValueError, "as it should be");
}

/* -- the module -------------------------------------------------------------------- */

/* Sets the attribute of a class to itself, which makes it what `next` and `iter` call. */
static int make_special(HPyContext *ctx, HPy type, const char *name)
{
    HPy method = HPy_GetAttr_s(ctx, type, name);
    if (HPy_IsNull(method))
        return -1;
    int status = HPy_SetAttr_s(ctx, type, name, method);
    HPy_Close(ctx, method);
    return status;
}

HPyDef_SLOT(exec, HPy_mod_exec)
static int exec_impl(HPyContext *ctx, HPy module)
{
    if (!HPyHelpers_AddType(ctx, module, "Countdown", &countdown_spec, NULL)
        || !HPyHelpers_AddType(ctx, module, "Number", &number_spec, NULL)
        || !HPyHelpers_AddType(ctx, module, "Value", &value_spec, NULL))
        return -1;
    HPy countdown = HPy_GetAttr_s(ctx, module, "Countdown");
    if (HPy_IsNull(countdown))
        return -1;
    int status = make_special(ctx, countdown, "__next__") || make_special(ctx, countdown, "__iter__");
    HPy_Close(ctx, countdown);
    return status ? -1 : 0;
}

static HPyDef *defines[] = {
    &exec, &nothing, &add, &total, &numbers, &text_size, &bytes_size, &text, &fail, NULL,
};
static HPyModuleDef definition = {.doc = "What make bench calls.", .defines = defines};

HPy_MODINIT(ffi_chpy, definition)
