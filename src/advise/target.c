#include "advise/target.h"

#include "base/mask.h"
#include "import/howto.h"

static bool platform_is(const struct advise_ctx *c, const char *name)
{
    for (size_t i = 0; i < c->in->artefact_count; i++) {
        if (span_is(c->in->artefacts[i]->platform, name))
            return true;
    }
    return span_is(c->in->platform, name);
}

void target_find(const struct advise_ctx *c, struct target *t)
{
    *t = (struct target){ .pid = -1, .mac = platform_is(c, "darwin"), .windows = platform_is(c, "windows") };
    struct span command = SPAN("");
    /* What gave the share names the program, where the files name several. */
    for (size_t k = 0; k < 2 * c->in->artefact_count; k++) {
        size_t i = k % c->in->artefact_count;
        const struct artefact *a = c->in->artefacts[i];
        if (a->foreign_picture || (k < c->in->artefact_count && !c->ev->artefacts[i].gave_share))
            continue;
        if (command.len == 0 && a->command.len > 0)
            command = a->command;
        if (t->pid < 0 && a->pid > 0 && a->command.len == 0)
            t->pid = a->pid;
        for (uint32_t n = 0; n < a->acct_count; n++) {
            if (command.len == 0)
                command = a->acct[n].command;
            if (t->pid < 0 && a->acct[n].attached)
                t->pid = a->acct[n].pid;
        }
    }
    mask_command(command, &t->masked);
    t->command = sb_span(&t->masked);
    t->service = t->pid >= 0 || (ctx_overlapping(c) && t->command.len == 0);
}

void target_add(struct sb *out, const struct target *t, const char *pid_option)
{
    if (t->pid >= 0)
        sb_printf(out, "%s %lld", pid_option, (long long)t->pid);
    else if (t->service)
        sb_printf(out, "%s PID", pid_option);
    else if (t->command.len > 0)
        sb_printf(out, "-- %.*s", SPAN_FMT(t->command));
    else
        sb_adds(out, "-- COMMAND");
}

void target_release(struct target *t)
{
    sb_release(&t->masked);
}

const char *target_command(const struct advise_ctx *c)
{
    return c->decision ? "stet decide" : "stet analyze";
}

void target_add_files(const struct advise_ctx *c, struct sb *out)
{
    if (c->in->files.len > 0) {
        sb_printf(out, " %.*s", SPAN_FMT(c->in->files));
        return;
    }
    if (c->decision)
        sb_adds(out, " PROPOSAL.json");
    for (size_t i = 0; i < c->in->artefact_count; i++) {
        sb_adds(out, c->decision ? " --evidence " : " ");
        sb_add_shell(out, c->in->artefacts[i]->name);
    }
}

char *target_longer(const struct advise_ctx *c, const struct target *t, double seconds, struct sb *out)
{
    struct span runtime = facts_text(c->facts, FACT_source_runtime);
    struct sb text = { 0 };
    if (span_is(runtime, "go")) {
        sb_printf(out, "curl -o longer.pb.gz 'http://HOST:PORT/debug/pprof/profile?seconds=%.0f'", seconds);
        sb_adds(&text, "under the same load; a program without that address: pprof.StartCPUProfile for as long");
    } else if (span_is(runtime, "node")) {
        bool node = span_starts(t->command, SPAN("node "));
        bool records = span_find(t->command, 0, SPAN("--cpu-prof")) < t->command.len;
        sb_printf(out, "%s%.*s", records ? "" : "node --cpu-prof ",
                  SPAN_FMT(node && !records ? span_from(t->command, 5)
                           : node           ? t->command
                                            : SPAN("PROGRAM.js")));
        sb_printf(&text, "under the same load, stopped after %.0f s:", seconds);
    } else if (span_is(runtime, "python")) {
        sb_printf(out, "py-spy record %s-f speedscope -d %.0f -o longer.json ", t->mac ? "" : "--native ", seconds);
        target_add(out, t, "--pid");
        sb_printf(&text, "or %.0f s with the recorder that made the profile:", seconds);
    } else if (span_is(runtime, "jvm")) {
        struct howto_target what = { .command = t->command, .pid = t->pid, .seconds = (int)seconds };
        if (!howto_command("jfr", t->mac ? HOWTO_MACOS : HOWTO_LINUX, t->service ? HOWTO_ATTACH : HOWTO_START, &what,
                           out))
            sb_printf(out, "jcmd PID JFR.start duration=%.0fs filename=longer.jfr settings=profile", seconds);
        sb_printf(&text, "or %.0f s with the recorder that made the profile:", seconds);
    } else {
        sb_adds(out, "perf record -F 97 -g ");
        if (t->pid >= 0 || t->service)
            sb_adds(out, "-p ");
        if (t->pid >= 0)
            sb_printf(out, "%lld -- sleep %.0f", (long long)t->pid, seconds);
        else if (t->service)
            sb_printf(out, "PID -- sleep %.0f", seconds);
        else
            target_add(out, t, "-p");
        sb_adds(out, " && perf script --header > longer.txt");
        sb_printf(&text, "or %.0f s with the recorder that made the profile:", seconds);
    }
    return sb_detach(&text);
}
