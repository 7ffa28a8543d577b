/* Four threads that spend their time in four ways: computing, sleeping, reading from a slow pipe, touching fresh memory.
 * usage: waits SECONDS        cc -O1 -g -fno-omit-frame-pointer -pthread -o waits waits.c */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static double end_at;
static int pipe_fds[2];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void pause_for(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

__attribute__((noinline)) static unsigned mix(unsigned x)
{
	for (int i = 0; i < 4000; i++)
		x = x * 1664525u + 1013904223u + (x >> 13);
	return x;
}

__attribute__((noinline)) static unsigned hash_rounds(unsigned x)
{
	for (int i = 0; i < 50; i++)
		x = mix(x) ^ (unsigned)i;
	return x;
}

static void *compute(void *arg)
{
	unsigned x = 1;

	pthread_setname_np(pthread_self(), "compute");
	while (now() < end_at)
		x = hash_rounds(x);
	*(unsigned *)arg = x;
	return NULL;
}

static void *poll_timer(void *arg)
{
	pthread_setname_np(pthread_self(), "timer");
	while (now() < end_at) {
		pause_for(40);
		*(unsigned *)arg = mix(2);
	}
	return NULL;
}

static void *read_pipe(void *arg)
{
	char buf[512];

	pthread_setname_np(pthread_self(), "reader");
	while (read(pipe_fds[0], buf, sizeof buf) > 0)
		*(unsigned *)arg = mix((unsigned)buf[0]);
	return NULL;
}

static void *touch_pages(void *arg)
{
	size_t size = 4u << 20;

	pthread_setname_np(pthread_self(), "pages");
	while (now() < end_at) {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p != MAP_FAILED) {
			memset(p, 1, size);
			munmap(p, size);
		}
		pause_for(5);
	}
	*(unsigned *)arg = 0;
	return NULL;
}

int main(int argc, char **argv)
{
	static void *(*const bodies[])(void *) = { compute, poll_timer, read_pipe, touch_pages };
	pthread_t threads[4];
	unsigned results[4] = { 0 };

	end_at = now() + (argc > 1 ? strtod(argv[1], NULL) : 2.0);
	if (pipe(pipe_fds) != 0)
		return 1;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, bodies[i], &results[i]);
	while (now() < end_at) {
		pause_for(25);
		if (write(pipe_fds[1], "tick", 4) != 4)
			return 1;
	}
	close(pipe_fds[1]);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	printf("%u\n", results[0]);
	return 0;
}
