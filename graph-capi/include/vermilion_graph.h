// SPDX-License-Identifier: MIT OR Apache-2.0
/* Mercurial's history graph for native code: the capsule vermilion.graph_capi.

   The Python package `vermilion` has the graph. A module gets the table of functions
   with `vermilion_graph_import`, names a graph by the number that its attribute
   `capi_id` is (`vermilion_graph_id`), and asks.

   Lifetimes. The table never ends: keep its address as long as you like. An id is that
   of one `vermilion.Graph` object, as long as that lives; afterwards every answer is
   VERMILION_GRAPH_GONE, and no other graph ever gets the id. Keep the object alive, or be
   prepared for that. Nothing that the functions store refers to the graph.

   Threads. All functions of the table may be called by any thread, several at once,
   with and without the interpreter; leave it (`HPy_LeavePythonExecution`) for questions
   that take long. Each question is about the graph as it is when that is asked; it may be
   changed meanwhile, so two questions may be about two states of it. In a forked
   process the graphs go on; only do not fork while another thread asks `is_ancestor`
   for the first times, as the labels that are made then would never be ready there.

   Errors. A function returns VERMILION_GRAPH_OK, or another code and has stored nothing
   (but for VERMILION_GRAPH_BUFFER). None raises an exception or unwinds. The three
   helpers at the end, which need the interpreter, raise Python exceptions.

   A revision is its position in the history; -1 is the null revision, everyone's
   ancestor. Pointers must not be null, but for an array or a buffer of no items.

   Include hpy.h before this header to get the helpers. C99, C11 or C++.
   MIT or Apache-2.0, as you like. */
#ifndef VERMILION_GRAPH_H
#define VERMILION_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VERMILION_GRAPH_CAPSULE "vermilion.graph_capi"
#define VERMILION_GRAPH_VERSION 1
#define VERMILION_GRAPH_MAGIC UINT64_C(0x485059008af8a8ee)

enum {
    VERMILION_GRAPH_OK = 0,
    /* There is no Graph object of this id any more. */
    VERMILION_GRAPH_GONE = 1,
    /* The graph does not have a revision of that number. */
    VERMILION_GRAPH_OUT_OF_RANGE = 2,
    /* The buffer is too small. It has the first items, and *count says how many
       there are. */
    VERMILION_GRAPH_BUFFER = 3,
    /* A bug in vermilion. */
    VERMILION_GRAPH_INTERNAL = 4
};

typedef struct {
    uint64_t magic;
    uint32_t version;
    uint32_t size;
    /* How many revisions there are, null not counted. O(1). */
    int32_t (*length)(uint64_t id, size_t *length);
    /* Both parents of a revision, -1 for none. O(1). */
    int32_t (*parents)(uint64_t id, int32_t rev, int32_t parents[2]);
    /* Whether `a` is an ancestor of `b`, or `b` itself. Mostly O(1). */
    int32_t (*is_ancestor)(uint64_t id, int32_t a, int32_t b, bool *answer);
    /* The ancestors of some revisions that are not below `stoprev`, descending; with
       `inclusive`, the revisions themselves too. There are never more of them than
       numbers from `stoprev` to the highest of `revs`. O(n). */
    int32_t (*ancestors)(uint64_t id, const int32_t *revs, size_t nrevs, int32_t stoprev,
                         bool inclusive, int32_t *buffer, size_t capacity, size_t *count);
    /* The revisions without children, ascending; -1 alone for an empty graph. O(n). */
    int32_t (*heads)(uint64_t id, int32_t *buffer, size_t capacity, size_t *count);
    /* What a code means: a text that never ends. */
    const char *(*message)(int32_t code);
} vermilion_graph_api;

#ifdef HPy_H
#include <stdio.h>
#include <string.h>

/* How many bytes further than in HPy 0.9.0's headers the context has its capsule
   functions: PyPy 7.3 has one constant more behind h_Builtins. The word there is a handle
   then, else a function, and is of the kind to whose known words it lies nearer. */
static inline size_t vermilion_graph_further_(HPyContext *ctx)
{
    const char *start = (const char *)ctx;
    const size_t end = offsetof(HPyContext, h_Builtins) + sizeof(HPy);
    uintptr_t word, known, distance, nearest[2] = {UINTPTR_MAX, UINTPTR_MAX};
    memcpy(&word, start + end, sizeof word);
    for (size_t at = offsetof(HPyContext, h_None); at < end; at += sizeof word) {
        int is_function = at >= offsetof(HPyContext, ctx_Dup) &&
                          at < offsetof(HPyContext, h_ComplexType);
        memcpy(&known, start + at, sizeof known);
        distance = known < word ? word - known : known - word;
        if (distance < nearest[is_function])
            nearest[is_function] = distance;
    }
    return nearest[0] < nearest[1] ? sizeof word : 0;
}

/* The name of the type of an object, for messages. */
static inline void vermilion_graph_type_(HPyContext *ctx, HPy object, char *name, size_t size)
{
    HPy type = HPy_Type(ctx, object);
    HPy text = HPy_IsNull(type) ? HPy_NULL : HPy_GetAttr_s(ctx, type, "__name__");
    const char *utf8 =
        HPy_IsNull(text) ? NULL : HPyUnicode_AsUTF8AndSize(ctx, text, NULL);
    if (utf8 == NULL)
        HPyErr_Clear(ctx);
    snprintf(name, size, "%s", utf8 == NULL ? "something else" : utf8);
    if (!HPy_IsNull(text))
        HPy_Close(ctx, text);
    if (!HPy_IsNull(type))
        HPy_Close(ctx, type);
}

/* The table behind a capsule, or NULL and an exception: a TypeError for what is no
   capsule, ValueError for one of another name, ImportError for another version. */
static inline const vermilion_graph_api *vermilion_graph_take(HPyContext *ctx, HPy capsule)
{
    typedef void *(*getter)(HPyContext *, HPy, _HPyCapsule_key, const char *);
    const vermilion_graph_api *api;
    const char *name;
    char message[256], type[100];
    getter get;

    if (!HPy_TypeCheck(ctx, capsule, ctx->h_CapsuleType)) {
        vermilion_graph_type_(ctx, capsule, type, sizeof type);
        snprintf(message, sizeof message,
                 "expected a capsule named " VERMILION_GRAPH_CAPSULE ", got %s", type);
        HPyErr_SetString(ctx, ctx->h_TypeError, message);
        return NULL;
    }
    memcpy(&get,
           (const char *)ctx + offsetof(HPyContext, ctx_Capsule_Get) +
               vermilion_graph_further_(ctx),
           sizeof get);
    name = (const char *)get(ctx, capsule, HPyCapsule_key_Name, NULL);
    if (name == NULL && HPyErr_Occurred(ctx))
        return NULL;
    if (name == NULL || strcmp(name, VERMILION_GRAPH_CAPSULE) != 0) {
        snprintf(message, sizeof message,
                 "expected a capsule named " VERMILION_GRAPH_CAPSULE ", got one %s%s",
                 name == NULL ? "without a name" : "named ", name == NULL ? "" : name);
        HPyErr_SetString(ctx, ctx->h_ValueError, message);
        return NULL;
    }
    api = (const vermilion_graph_api *)get(ctx, capsule, HPyCapsule_key_Pointer,
                                           VERMILION_GRAPH_CAPSULE);
    if (api == NULL)
        return NULL;
    if ((uintptr_t)api % sizeof api->magic != 0 ||
        api->magic >> 32 != VERMILION_GRAPH_MAGIC >> 32)
        snprintf(message, sizeof message, VERMILION_GRAPH_CAPSULE " has no head");
    else if (api->version != VERMILION_GRAPH_VERSION)
        snprintf(message, sizeof message,
                 VERMILION_GRAPH_CAPSULE " has version %u, and version %u is needed",
                 (unsigned)api->version, (unsigned)VERMILION_GRAPH_VERSION);
    else if (api->size != sizeof *api)
        snprintf(message, sizeof message,
                 VERMILION_GRAPH_CAPSULE " has %u bytes, and %u are needed",
                 (unsigned)api->size, (unsigned)sizeof *api);
    else if (api->magic != VERMILION_GRAPH_MAGIC)
        snprintf(message, sizeof message,
                 VERMILION_GRAPH_CAPSULE " has other fields than are needed");
    else
        return api;
    HPyErr_SetString(ctx, ctx->h_ImportError, message);
    return NULL;
}

/* Imports vermilion and takes its table; NULL and an exception where that fails. */
static inline const vermilion_graph_api *vermilion_graph_import(HPyContext *ctx)
{
    const vermilion_graph_api *api = NULL;
    HPy capsule, module = HPyImport_ImportModule(ctx, "vermilion");
    if (HPy_IsNull(module))
        return NULL;
    capsule = HPy_GetAttr_s(ctx, module, "graph_capi");
    HPy_Close(ctx, module);
    if (!HPy_IsNull(capsule)) {
        api = vermilion_graph_take(ctx, capsule);
        HPy_Close(ctx, capsule);
    }
    return api;
}

/* Stores the id of a vermilion.Graph; returns 0, or -1 and an exception. */
static inline int vermilion_graph_id(HPyContext *ctx, HPy graph, uint64_t *id)
{
    char message[160], type[100];
    HPy number = HPy_GetAttr_s(ctx, graph, "capi_id");
    if (!HPy_IsNull(number)) {
        *id = HPyLong_AsUInt64_t(ctx, number);
        HPy_Close(ctx, number);
        return *id == UINT64_MAX && HPyErr_Occurred(ctx) ? -1 : 0;
    }
    if (HPyErr_ExceptionMatches(ctx, ctx->h_AttributeError)) {
        HPyErr_Clear(ctx);
        vermilion_graph_type_(ctx, graph, type, sizeof type);
        snprintf(message, sizeof message, "expected a vermilion.Graph, got %s", type);
        HPyErr_SetString(ctx, ctx->h_TypeError, message);
    }
    return -1;
}

/* Raises the Python exception of a code that is not VERMILION_GRAPH_OK. */
static inline void vermilion_graph_raise(HPyContext *ctx, const vermilion_graph_api *api,
                                         int32_t code)
{
    HPy type = code == VERMILION_GRAPH_GONE           ? ctx->h_ReferenceError
               : code == VERMILION_GRAPH_OUT_OF_RANGE ? ctx->h_IndexError
               : code == VERMILION_GRAPH_BUFFER       ? ctx->h_ValueError
                                                      : ctx->h_RuntimeError;
    HPyErr_SetString(ctx, type, api->message(code));
}
#endif /* HPy_H */

#endif /* VERMILION_GRAPH_H */
