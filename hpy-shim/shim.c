// SPDX-License-Identifier: MIT OR Apache-2.0
/* What the C compiler makes of hpy's headers, for the Rust side to check itself
   against: a layout that differs would call the wrong context function. */
#define _GNU_SOURCE
#include "shim.h"
#ifdef _WIN32
#include <process.h>
#else
#include <pthread.h>
#include <unistd.h>
#endif
#ifdef __linux__
#include <sys/syscall.h>
#endif

const uint32_t hpy_shim_abi_version = HPY_ABI_VERSION;
const uint32_t hpy_shim_abi_version_minor = HPY_ABI_VERSION_MINOR;

const size_t hpy_shim_layout[] = {
    sizeof(struct _HPyContext_s),
    offsetof(struct _HPyContext_s, h_None),
    offsetof(struct _HPyContext_s, ctx_Dup),
    offsetof(struct _HPyContext_s, ctx_CallRealFunctionFromTrampoline),
    offsetof(struct _HPyContext_s, ctx_CallMethod),
    sizeof(HPyDef),
    offsetof(HPyDef, meth),
    sizeof(HPyType_Spec),
    offsetof(HPyType_Spec, defines),
    sizeof(HPyModuleDef),
    sizeof(_HPyFunc_args_KEYWORDS),
    sizeof(_HPyFunc_args_NEWFUNC),
};

#ifdef __ELF__
/* What an unwinder asks for each frame of hpy_shim_call: a thread that is being ended goes no
   further. It calls nothing of the unwinder's, which need not be the one this is linked to. */
__attribute__((used, visibility("hidden"))) int
hpy_shim_personality(int version, int actions, uint64_t class, void *exception, void *context)
{
    const int force_unwind = 8, continue_unwind = 8;
    (void)version, (void)class, (void)exception, (void)context;
    while (actions & force_unwind)
        pause();
    return continue_unwind;
}
#endif

/* Calls work(data) in a frame with that personality: see calls.rs. */
void
hpy_shim_call(void (*work)(void *), void *data)
{
#ifdef __ELF__
    __asm__ volatile(".cfi_personality 0x1b, hpy_shim_personality");
#endif
    work(data);
    __asm__ volatile(""); /* no jump, which would leave no frame */
}

/* Whether this thread is the process's first one; no where nobody can tell. */
int
hpy_shim_is_main_thread(void)
{
#ifdef SYS_gettid
    return syscall(SYS_gettid) == getpid();
#else
    return 0;
#endif
}

#ifdef _WIN32
/* The number of this process, which is never forked. */
uint32_t
hpy_shim_process(void)
{
    return (uint32_t)_getpid();
}
#else
/* The number of this process: asked once in each, as that is a call of the system. */
static pid_t known_process;
static int watches_forks;

static void
forget_process(void)
{
    __atomic_store_n(&known_process, 0, __ATOMIC_RELAXED);
}

static void
watch_forks(void)
{
    watches_forks = pthread_atfork(NULL, NULL, forget_process) == 0;
}

uint32_t
hpy_shim_process(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pid_t process = __atomic_load_n(&known_process, __ATOMIC_RELAXED);
    if (process == 0) {
        pthread_once(&once, watch_forks);
        process = getpid();
        if (watches_forks)
            __atomic_store_n(&known_process, process, __ATOMIC_RELAXED);
    }
    return (uint32_t)process;
}
#endif

/* Where the stack of this thread ends and begins, the lower address first; nothing where nobody
   can tell. */
void
hpy_shim_stack(uintptr_t *end, uintptr_t *beginning)
{
#ifdef __linux__
    pthread_attr_t attributes;
    void *lowest;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return;
    if (pthread_attr_getstack(&attributes, &lowest, &size) == 0) {
        *end = (uintptr_t)lowest;
        *beginning = *end + size;
    }
    pthread_attr_destroy(&attributes);
#endif
}
