/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A TLS 1.2 client or server on mbedTLS which does, once the handshake is over, what its arguments say:
 *
 *     mbedtls_peer server CERTIFICATE KEY ACTION...
 *     mbedtls_peer client AUTHORITY - ACTION...
 *
 * mbedTLS lets an application write after its own close_notify.
 */

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADDRESS "127.0.0.1"
#define PORT    "443"

static mbedtls_ctr_drbg_context random_source;
static mbedtls_entropy_context entropy;
static mbedtls_net_context connection;
static mbedtls_pk_context key;
static mbedtls_ssl_config configuration;
static mbedtls_ssl_context session;
static mbedtls_x509_crt certificate;

static const unsigned char text[] = "HTTP/1.0 200 OK\r\n\r\nhello\n";

static void
report(const char *action, int result)
{
    if (result < 0)
        printf("%s: -0x%04x\n", action, (unsigned)-result);
    else
        printf("%s: ok\n", action);
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

static void
configure(int endpoint, const char *certificate_file, const char *key_file)
{
    mbedtls_ctr_drbg_init(&random_source);
    mbedtls_entropy_init(&entropy);
    mbedtls_net_init(&connection);
    mbedtls_pk_init(&key);
    mbedtls_ssl_config_init(&configuration);
    mbedtls_ssl_init(&session);
    mbedtls_x509_crt_init(&certificate);
    must("seed", mbedtls_ctr_drbg_seed(&random_source, mbedtls_entropy_func, &entropy, NULL, 0));
    must("defaults", mbedtls_ssl_config_defaults(&configuration, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM,
                                                 MBEDTLS_SSL_PRESET_DEFAULT));
    mbedtls_ssl_conf_rng(&configuration, mbedtls_ctr_drbg_random, &random_source);
    must("certificate", mbedtls_x509_crt_parse_file(&certificate, certificate_file));
    if (endpoint == MBEDTLS_SSL_IS_CLIENT) {
        mbedtls_ssl_conf_ca_chain(&configuration, &certificate, NULL);
    } else {
        must("key", mbedtls_pk_parse_keyfile(&key, key_file, NULL));
        must("own", mbedtls_ssl_conf_own_cert(&configuration, &certificate, &key));
    }
    must("setup", mbedtls_ssl_setup(&session, &configuration));
}

static void
connect_or_accept(int endpoint)
{
    mbedtls_net_context listener;

    if (endpoint == MBEDTLS_SSL_IS_CLIENT) {
        must("connect", mbedtls_net_connect(&connection, ADDRESS, PORT, MBEDTLS_NET_PROTO_TCP));
        must("name", mbedtls_ssl_set_hostname(&session, "localhost"));
    } else {
        mbedtls_net_init(&listener);
        must("listen", mbedtls_net_bind(&listener, ADDRESS, PORT, MBEDTLS_NET_PROTO_TCP));
        must("accept", mbedtls_net_accept(&listener, &connection, NULL, 0, NULL));
    }
    mbedtls_ssl_set_bio(&session, &connection, mbedtls_net_send, mbedtls_net_recv, NULL);
}

static int
act(const char *action)
{
    unsigned char buffer[4096];

    if (strcmp(action, "read") == 0)
        return mbedtls_ssl_read(&session, buffer, sizeof buffer);
    if (strcmp(action, "send") == 0)
        return mbedtls_ssl_write(&session, text, sizeof text - 1);
    if (strcmp(action, "close-notify") == 0)
        return mbedtls_ssl_close_notify(&session);
    return usleep(200 * 1000); /* "pause" */
}

int
main(int argc, char **argv)
{
    int endpoint = strcmp(argv[1], "client") == 0 ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER;

    configure(endpoint, argv[2], argv[3]);
    connect_or_accept(endpoint);
    must("handshake", mbedtls_ssl_handshake(&session));
    for (int i = 4; i < argc; i++)
        report(argv[i], act(argv[i]));
    mbedtls_net_free(&connection);
    return 0;
}
