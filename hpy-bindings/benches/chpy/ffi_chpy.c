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

/* Each class has one number inside. */
typedef struct {
    long long value;
} Number;
HPyType_HELPERS(Number)

HPyDef_SLOT(made, HPy_tp_new)
static HPy made_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Number *made;
    int64_t value;
    if (nargs != 1 || (!HPy_IsNull(kw) && HPy_Length(ctx, kw) != 0))
        return wrong_count(ctx);
    if (!as_int(ctx, args[0], &value))
        return HPy_NULL;
    HPy object = HPy_New(ctx, cls, &made);
    if (!HPy_IsNull(object))
        made->value = value;
    return object;
}

#define GETTER(DEFINITION, NAME)                                                    \
    HPyDef_GET(DEFINITION, NAME)                                                    \
    static HPy DEFINITION##_get(HPyContext *ctx, HPy self, void *closure)           \
    {                                                                               \
        (void)closure;                                                              \
        return HPyLong_FromInt64_t(ctx, Number_AsStruct(ctx, self)->value);         \
    }

#define CLASS(NAME, ...)                                     \
    static HPyDef *NAME##_defines[] = {__VA_ARGS__, NULL};   \
    static HPyType_Spec NAME##_spec = {                      \
        .name = "ffi_chpy." #NAME,                           \
        .basicsize = sizeof(Number),                         \
        .builtin_shape = SHAPE(Number),                      \
        .flags = HPy_TPFLAGS_DEFAULT,                        \
        .defines = NAME##_defines,                           \
    };

/* Counts down to one. HPy 0.9 has no slots for iterators. */
HPyDef_METH(Countdown_iter, "__iter__", HPyFunc_NOARGS)
static HPy Countdown_iter_impl(HPyContext *ctx, HPy self)
{
    return HPy_Dup(ctx, self);
}

HPyDef_METH(Countdown_next, "__next__", HPyFunc_NOARGS)
static HPy Countdown_next_impl(HPyContext *ctx, HPy self)
{
    Number *countdown = Number_AsStruct(ctx, self);
    if (countdown->value == 0) {
        HPyErr_SetObject(ctx, ctx->h_StopIteration, ctx->h_None);
        return HPy_NULL;
    }
    return HPyLong_FromInt64_t(ctx, countdown->value--);
}
CLASS(Countdown, &made, &Countdown_iter, &Countdown_next)

/* A number with methods. */
GETTER(Number_value, "value")
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
CLASS(Number, &made, &Number_value, &Number_plus, &Number_plus_named)

/* Its attributes are of both kinds. */
HPyDef_SLOT(Value_new, HPy_tp_new)
static HPy Value_new_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Number *made;
    (void)args, (void)nargs, (void)kw;
    return HPy_New(ctx, cls, &made);
}
HPyDef_MEMBER(Value_member, "member", HPyMember_LONGLONG, offsetof(Number, value))
GETTER(Value_getset, "getset")
CLASS(Value, &Value_new, &Value_member, &Value_getset)

HPyDef_METH(nothing, "nothing", HPyFunc_NOARGS)
static HPy nothing_impl(HPyContext *ctx, HPy self)
{
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(add, "add", HPyFunc_VARARGS)
static HPy add_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    int64_t a, b;
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
    if (!HPyBytes_Check(ctx, bytes)) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "bytes are expected");
        return HPy_NULL;
    }
    return HPyLong_FromSsize_t(ctx, HPyBytes_GET_SIZE(ctx, bytes));
}

HPyDef_METH(text, "text", HPyFunc_NOARGS)
static HPy text_impl(HPyContext *ctx, HPy self)
{
    return HPyUnicode_FromString(ctx, "some text to make a str of");
}

HPyDef_METH(fail, "fail", HPyFunc_NOARGS)
static HPy fail_impl(HPyContext *ctx, HPy self)
{
    return HPyErr_SetString(ctx, ctx->h_ValueError, "as it should be");
}

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
    if (!HPyHelpers_AddType(ctx, module, "Countdown", &Countdown_spec, NULL)
        || !HPyHelpers_AddType(ctx, module, "Number", &Number_spec, NULL)
        || !HPyHelpers_AddType(ctx, module, "Value", &Value_spec, NULL))
        return -1;
    HPy countdown = HPy_GetAttr_s(ctx, module, "Countdown");
    int status = make_special(ctx, countdown, "__next__") || make_special(ctx, countdown, "__iter__");
    HPy_Close(ctx, countdown);
    return status ? -1 : 0;
}

static HPyDef *defines[] = {
    &exec, &nothing, &add, &total, &numbers, &text_size, &bytes_size, &text, &fail, NULL,
};
static HPyModuleDef definition = {.doc = "What make bench calls.", .defines = defines};

HPy_MODINIT(ffi_chpy, definition)
