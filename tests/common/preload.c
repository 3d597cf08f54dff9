// SPDX-License-Identifier: MIT OR Apache-2.0
/* What a process is told of its system, changed from outside: preloaded, with variables.

   PRELOAD_CPUS     how many processors it may run on
   PRELOAD_THREADS  how many threads it may start before there are no more */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	static int (*real)(pid_t, size_t, cpu_set_t *);
	const char *wanted = getenv("PRELOAD_CPUS");
	int i;

	if (!wanted) {
		if (!real)
			real = dlsym(RTLD_NEXT, "sched_getaffinity");
		return real(pid, size, set);
	}
	CPU_ZERO_S(size, set);
	for (i = 0; i < atoi(wanted); i++)
		CPU_SET_S(i, size, set);
	return 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	static atomic_int started;
	const char *most = getenv("PRELOAD_THREADS");

	if (most && atomic_fetch_add(&started, 1) >= atoi(most))
		return EAGAIN;
	if (!real)
		real = dlsym(RTLD_NEXT, "pthread_create");
	return real(thread, attr, run, arg);
}
