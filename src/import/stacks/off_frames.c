#include "import/stacks/off_frames.h"

#include "base/cleanup.h"

bool off_frames_is_leaf(struct span func)
{
    static const char *const names[] = { "schedule",
                                         "__schedule",
                                         "io_schedule",
                                         "io_schedule_timeout",
                                         "schedule_timeout",
                                         "schedule_hrtimeout_range",
                                         "schedule_hrtimeout_range_clock",
                                         "futex_wait_queue_me",
                                         "futex_wait_queue",
                                         "finish_task_switch",
                                         "do_nanosleep",
                                         "__sched_text_start",
                                         "preempt_schedule",
                                         "preempt_schedule_common",
                                         "preempt_schedule_irq",
                                         "schedule_preempt_disabled",
                                         "__cond_resched",
                                         "do_wait",
                                         "pipe_wait",
                                         "wait_woken" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is(func, names[i]))
            return true;
    }
    return false;
}

bool off_frames_is_preempted(struct span func)
{
    static const char *const names[] = { "irqentry_exit_to_user_mode",
                                         "exit_to_user_mode_loop",
                                         "exit_to_user_mode_prepare",
                                         "preempt_schedule",
                                         "preempt_schedule_irq",
                                         "preempt_schedule_common",
                                         "irqentry_exit_cond_resched",
                                         "raw_irqentry_exit_cond_resched",
                                         "__cond_resched",
                                         "prepare_exit_to_usermode",
                                         "retint_user",
                                         "syscall_exit_to_user_mode" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is(func, names[i]))
            return true;
    }
    return false;
}
