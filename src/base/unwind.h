/* Backtraces of this process; the only module that sees libunwind. */
#ifndef BASE_UNWIND_H
#define BASE_UNWIND_H

/* unwind_handle_crashes - from now on SIGSEGV, SIGABRT, SIGBUS, SIGFPE and SIGILL print one line with the program
 * and a symbolised backtrace on standard error, then the signal ends the process as it would have without us.
 * In:     program is a string that lives as long as the process ("stet 1.2.3")
 * Owns:   an alternate signal stack for the calling thread, for the life of the process
 * Thread: call once, from main, before other threads start */
void unwind_handle_crashes(const char *program);

/* unwind_thread_prepare - gives the calling thread an alternate signal stack, so that a stack overflow in it can
 * be reported too. Threads that do not call this still get a backtrace for every other fault.
 * Thread: call at the start of a thread; the stack is released when the thread ends */
void unwind_thread_prepare(void);

/* unwind_print - writes the backtrace of the caller to a descriptor. Async-signal-safe in practice: no heap, no
 * stdio; symbols come from the mapped files by libunwind and the dynamic linker. */
void unwind_print(int fd);

#endif
