/* SPDX-License-Identifier: MIT */
/* The library is closed while a thread lives that has used it: what it left
 * behind for the end of threads and for fork() must still be there. */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "stats.h"

static sem_t used, closed;
static VMGuestLibError (*thread_handle)(VMGuestLibHandle *,
					struct vmg_failure *);

static void *use(void *arg)
{
	VMGuestLibHandle h;

	(void)arg;
	thread_handle(&h, NULL);
	sem_post(&used);
	sem_wait(&closed);
	return NULL; /* here the library's destructor of thread values runs */
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int status;
	pid_t child;

	CHECK(argc == 2);
	sem_init(&used, 0, 0);
	sem_init(&closed, 0, 0);
	for (int round = 0; round < 3; round++) {
		void *library = dlopen(argv[1], RTLD_NOW);

		CHECK(library);
		*(void **)&thread_handle = dlsym(library, "vmg_thread_handle");
		CHECK(thread_handle);
		CHECK(pthread_create(&thread, NULL, use, NULL) == 0);
		sem_wait(&used);
		CHECK(dlclose(library) == 0);
		sem_post(&closed);
		CHECK(pthread_join(thread, NULL) == 0);
		child = fork();
		CHECK(child >= 0);
		if (child == 0)
			_exit(0);
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	return 0;
}
