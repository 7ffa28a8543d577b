/* server.h - the web server around a service: sockets, threads, the graceful stop. */
#ifndef STET_HTTP_SERVER_H
#define STET_HTTP_SERVER_H

#include "http/service.h"

struct server;

/* Listens and answers from now on. Errors: ERR_IO (address in use). Owns: *ret, server_stop. */
bool server_start(struct service *s, struct server **ret, struct err *err) MUST_CHECK;
unsigned server_port(const struct server *srv);
/* New requests get 503, those under way finish and their answers arrive; then the sockets are closed. */
void server_stop(struct server *srv);

#endif
