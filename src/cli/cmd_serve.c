/* stet serve: options, service, web server, and the wait for a signal. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "config/config.h"
#include "http/demo.h"
#include "http/server.h"

static int fail(const struct err *err)
{
    (void)fprintf(stderr, "stet serve: %s\n", err->text);
    return err_exit_status(err->code);
}

/* Blocked in this thread and so in all that it starts; sigwait takes them one by one. */
static void signals_block(sigset_t *set)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, set, NULL);
}

static bool serve(struct service *s, const sigset_t *signals, struct err *err)
{
    struct server *server = NULL;
    int got = 0;
    if (config_int(s->config, CONFIG_demo) && !demo_load(s, err))
        return false;
    if (!server_start(s, &server, err))
        return false;
    (void)printf("listening on http://%s:%u\n", s->access.host, server_port(server));
    (void)fflush(stdout);
    while (sigwait(signals, &got) != 0)
        continue;
    log_event(LOG_INFO, "stop", "signal=%d", got);
    server_stop(server);
    return true;
}

int cmd_serve(int argc, char **argv)
{
    struct config config;
    struct err err = ERR_INIT;
    sigset_t signals;
    if (argc == 2 && strcmp(argv[1], "--options") == 0) {
        config_help(stdout);
        return CLI_EXIT_OK;
    }
    signals_block(&signals);
    bool ok = config_load(&config, argc, argv, &err);
    if (ok) {
        struct service *s = xcalloc(1, sizeof *s);
        ok = service_start(s, &config, &err);
        if (ok) {
            ok = serve(s, &signals, &err);
            service_stop(s);
        }
        freep(&s);
    }
    config_release(&config);
    return ok ? CLI_EXIT_OK : fail(&err);
}
