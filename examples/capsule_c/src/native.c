/* The native module capsule_c._native: asks vermilion's graph, on two threads and
   without Python in between. */
#include <hpy.h>

#include <pthread.h>
#include <stdlib.h>
#include <vermilion_graph.h>

/* One thread's work: the ancestors of a revision, and that itself, descending. */
struct job {
    const vermilion_graph_api *api;
    uint64_t id;
    int32_t rev;
    int32_t *found;
    size_t count;
    int32_t code;
};

static void *collect(void *argument)
{
    struct job *job = argument;
    /* As many as there can be, if there is such a revision. */
    size_t length, room = job->rev < 0 ? 0 : (size_t)job->rev + 1;
    job->code = job->api->length(job->id, &length);
    if (job->code == VERMILION_GRAPH_OK && room > length)
        job->code = VERMILION_GRAPH_OUT_OF_RANGE;
    if (job->code != VERMILION_GRAPH_OK)
        return NULL;
    job->code = VERMILION_GRAPH_INTERNAL;
    job->found = malloc((room + 1) * sizeof *job->found);
    if (job->found != NULL)
        job->code = job->api->ancestors(job->id, &job->rev, 1, 0, true, job->found, room,
                                        &job->count);
    return NULL;
}

static size_t in_both(const struct job *a, const struct job *b)
{
    size_t common = 0;
    for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
        int32_t left = a->found[i], right = b->found[j];
        common += left == right;
        i += left >= right;
        j += left <= right;
    }
    return common;
}

HPyDef_METH(count_common, "count_common", HPyFunc_VARARGS,
            .doc = "count_common(graph, a, b, /)\n--\n\n"
                   "How many ancestors two revisions have in common.")
static HPy count_common_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    struct job jobs[2] = {{0}, {0}};
    const vermilion_graph_api *api;
    size_t common = 0;
    pthread_t other;

    if (nargs != 3)
        return HPyErr_SetString(ctx, ctx->h_TypeError, "count_common() takes 3 arguments");
    if ((api = vermilion_graph_import(ctx)) == NULL)
        return HPy_NULL;
    for (int i = 0; i < 2; i++) {
        jobs[i].api = api;
        /* PyPy 7.3's HPyLong_AsInt32_t cuts off what is longer. */
        int64_t rev = HPyLong_AsInt64_t(ctx, args[i + 1]);
        if (rev == -1 && HPyErr_Occurred(ctx))
            return HPy_NULL;
        jobs[i].rev = rev == (int32_t)rev ? (int32_t)rev : INT32_MAX;
        if (vermilion_graph_id(ctx, args[0], &jobs[i].id) < 0)
            return HPy_NULL;
    }
    HPyThreadState state = HPy_LeavePythonExecution(ctx);
    int alone = pthread_create(&other, NULL, collect, &jobs[1]);
    collect(&jobs[0]);
    if (alone)
        collect(&jobs[1]);
    else
        pthread_join(other, NULL);
    int32_t code = jobs[0].code ? jobs[0].code : jobs[1].code;
    if (code == VERMILION_GRAPH_OK)
        common = in_both(&jobs[0], &jobs[1]);
    free(jobs[0].found);
    free(jobs[1].found);
    HPy_ReenterPythonExecution(ctx, state);
    if (code == VERMILION_GRAPH_OK)
        return HPyLong_FromSize_t(ctx, common);
    vermilion_graph_raise(ctx, api, code);
    return HPy_NULL;
}

static HPyDef *defines[] = {&count_common, NULL};
static HPyModuleDef native = {
    .doc = "The native half of capsule_c.",
    .defines = defines,
};
HPy_MODINIT(_native, native)
