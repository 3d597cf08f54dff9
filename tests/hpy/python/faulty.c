// SPDX-License-Identifier: MIT OR Apache-2.0
/* An HPy module each of whose functions makes one mistake that a debug mode has to find, or
   none: for test_debug.py, which compiles it. */
#include "hpy.h"
#include <pthread.h>

/* What a module must not keep. */
static HPyContext *kept_context;
static HPy kept;

#define FUNCTION(name) \
    HPyDef_METH(name, #name, HPyFunc_O) \
    static HPy name##_impl(HPyContext *ctx, HPy self, HPy arg)
#define NONE HPy_Dup(ctx, ctx->h_None)

FUNCTION(fine)
{
    HPy items[] = {arg, arg, self};
    HPy made = HPyTuple_FromArray(ctx, items, 3), more;
    HPyTracker tracker = HPyTracker_New(ctx, 2);
    HPyListBuilder builder = HPyListBuilder_New(ctx, 2);
    HPyListBuilder_Set(ctx, builder, 0, arg);
    HPyListBuilder_Set(ctx, builder, 1, ctx->h_True);
    more = HPyListBuilder_Build(ctx, builder);
    HPyTracker_Add(ctx, tracker, made);
    HPyTracker_Add(ctx, tracker, more);
    more = HPy_Add(ctx, ctx->h_True, ctx->h_True);
    HPyTracker_Close(ctx, tracker);
    return more;
}

FUNCTION(calls)
{
    return HPy_Call(ctx, arg, &self, 1, HPy_NULL);
}

FUNCTION(leaks)
{
    HPyLong_FromLong(ctx, 4711);
    HPy_Dup(ctx, arg);
    return NONE;
}

FUNCTION(leaks_a_builder)
{
    HPyTupleBuilder_New(ctx, 3);
    HPyTracker_New(ctx, 3);
    return NONE;
}

FUNCTION(closes_twice)
{
    HPy made = HPyLong_FromLong(ctx, 4711);
    HPy_Close(ctx, made);
    HPy_Close(ctx, made);
    return NONE;
}

/* The place in the table is another handle's by then. */
FUNCTION(closes_foreign)
{
    HPy made = HPyLong_FromLong(ctx, 4711), other = HPy_NULL;
    int i;
    HPy_Close(ctx, made);
    for (i = 0; i < 5000; i++) {
        other = HPyLong_FromLong(ctx, i);
        if (i % 2)
            HPy_Close(ctx, other);
    }
    HPy_Close(ctx, made);
    return NONE;
}

FUNCTION(closes_an_argument)
{
    HPy_Close(ctx, arg);
    return NONE;
}

FUNCTION(closes_a_constant)
{
    HPy_Close(ctx, ctx->h_TypeError);
    return NONE;
}

FUNCTION(uses_closed)
{
    HPy made = HPyLong_FromLong(ctx, 4711);
    HPy_Close(ctx, made);
    return HPyLong_FromLong(ctx, HPyLong_AsLong(ctx, made));
}

FUNCTION(uses_closed_in_an_array)
{
    HPy items[2];
    items[0] = arg;
    items[1] = HPyLong_FromLong(ctx, 4711);
    HPy_Close(ctx, items[1]);
    return HPyTuple_FromArray(ctx, items, 2);
}

FUNCTION(returns_an_argument)
{
    return arg;
}

FUNCTION(returns_a_constant)
{
    return ctx->h_None;
}

FUNCTION(returns_closed)
{
    HPy made = HPyLong_FromLong(ctx, 4711);
    HPy_Close(ctx, made);
    return made;
}

FUNCTION(uses_nonsense)
{
    HPy made;
    made._i = 0x7f00deadbee0;
    return HPy_Repr(ctx, made);
}

FUNCTION(builds_twice)
{
    HPyListBuilder builder = HPyListBuilder_New(ctx, 0);
    HPyListBuilder_Build(ctx, builder);
    return HPyListBuilder_Build(ctx, builder);
}

FUNCTION(tracks_and_closes)
{
    HPyTracker tracker = HPyTracker_New(ctx, 1);
    HPy made = HPyLong_FromLong(ctx, 4711);
    HPyTracker_Add(ctx, tracker, made);
    HPy_Close(ctx, made);
    HPyTracker_Close(ctx, tracker);
    return NONE;
}

FUNCTION(keeps)
{
    kept_context = ctx;
    kept = arg;
    return NONE;
}

FUNCTION(uses_a_kept_argument)
{
    return HPy_Repr(ctx, kept);
}

FUNCTION(uses_a_kept_context)
{
    return HPy_Repr(kept_context, arg);
}

FUNCTION(calls_with_context_kept)
{
    kept_context = ctx;
    return HPy_Call(ctx, arg, &self, 1, HPy_NULL);
}

FUNCTION(uses_outside)
{
    HPyThreadState state = HPy_LeavePythonExecution(ctx);
    HPy made = HPy_Repr(ctx, arg);
    HPy_ReenterPythonExecution(ctx, state);
    return made;
}

static void *elsewhere(void *ctx)
{
    HPyLong_FromLong(ctx, 4711);
    return NULL;
}

FUNCTION(uses_in_a_thread)
{
    pthread_t thread;
    pthread_create(&thread, NULL, elsewhere, ctx);
    pthread_join(thread, NULL);
    return NONE;
}

static HPyDef *defines[] = {
    &fine, &calls, &leaks, &leaks_a_builder, &closes_twice, &closes_foreign,
    &closes_an_argument, &closes_a_constant, &uses_closed, &uses_closed_in_an_array,
    &returns_an_argument, &returns_a_constant, &returns_closed, &uses_nonsense, &builds_twice,
    &tracks_and_closes, &keeps, &uses_a_kept_argument, &uses_a_kept_context,
    &calls_with_context_kept, &uses_outside, &uses_in_a_thread, NULL};
static HPyModuleDef moduledef = {.doc = "Makes mistakes.", .size = 0, .defines = defines};
HPy_MODINIT(faulty, moduledef)
