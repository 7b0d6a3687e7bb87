/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A TLS server on GnuTLS which does, once the handshake is over, what its arguments say, one after the other:
 *
 *     gnutls_peer CERTIFICATE KEY PRIORITY ACTION...
 *
 * GnuTLS lets an application send any alert at any time, and go on after it, which most stacks refuse.
 */

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 443

static const char text[] = "HTTP/1.0 200 OK\r\n\r\nhello\n";

/* Prints what an action returned; the scenarios compare it. */
static void
report(const char *action, int result)
{
    printf("%s: %s\n", action, result < 0 ? gnutls_strerror_name(result) : "ok");
    fflush(stdout);
}

static void
must(const char *what, int result)
{
    if (result >= 0)
        return;
    report(what, result);
    exit(1);
}

static int
accept_one(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    int yes = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1) < 0) {
        perror("listen");
        exit(1);
    }
    return accept(listener, NULL, NULL);
}

static int
read_to_end(gnutls_session_t session)
{
    char buffer[4096];
    ssize_t count;

    do
        count = gnutls_record_recv(session, buffer, sizeof buffer);
    while (count > 0);
    return (int)count;
}

static int
read_once(gnutls_session_t session)
{
    char buffer[4096];

    return (int)gnutls_record_recv(session, buffer, sizeof buffer);
}

/* "alert:LEVEL:DESCRIPTION", both as numbers. */
static int
send_alert(gnutls_session_t session, const char *action)
{
    int level = 0, description = 0;

    sscanf(action, "alert:%d:%d", &level, &description);
    return gnutls_alert_send(session, level, description);
}

static int
act(gnutls_session_t session, const char *action)
{
    if (strcmp(action, "read") == 0)
        return read_once(session);
    if (strcmp(action, "read-to-end") == 0)
        return read_to_end(session);
    if (strcmp(action, "send") == 0)
        return (int)gnutls_record_send(session, text, sizeof text - 1);
    if (strcmp(action, "ticket") == 0)
        return gnutls_session_ticket_send(session, 1, 0);
    if (strcmp(action, "bye") == 0)
        return gnutls_bye(session, GNUTLS_SHUT_RDWR);
    if (strcmp(action, "bye-write") == 0)
        return gnutls_bye(session, GNUTLS_SHUT_WR);
    if (strncmp(action, "alert:", 6) == 0)
        return send_alert(session, action);
    /* Not TLS, on the socket below it. */
    if (strcmp(action, "clear") == 0)
        return (int)write(gnutls_transport_get_int(session), text, sizeof text - 1);
    return usleep(200 * 1000); /* "pause" */
}

int
main(int argc, char **argv)
{
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t ticket_key;
    gnutls_session_t session;

    must("credentials", gnutls_certificate_allocate_credentials(&credentials));
    must("certificate", gnutls_certificate_set_x509_key_file(credentials, argv[1], argv[2], GNUTLS_X509_FMT_PEM));
    must("init", gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET));
    must("priority", gnutls_priority_set_direct(session, argv[3], NULL));
    must("set", gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials));
    must("ticket key", gnutls_session_ticket_key_generate(&ticket_key));
    must("tickets", gnutls_session_ticket_enable_server(session, &ticket_key));
    int connection = accept_one(); /* apart, as the next line is a macro that takes its argument twice */
    gnutls_transport_set_int(session, connection);
    must("handshake", gnutls_handshake(session));
    for (int i = 4; i < argc; i++)
        report(argv[i], act(session, argv[i]));
    close(connection);
    return 0;
}
