# SPDX-License-Identifier: GPL-2.0-or-later
"""Real servers and clients, started with the little configuration that they need."""

import http.server
import subprocess
import threading

from .lab import PORT


class Hello(http.server.BaseHTTPRequestHandler):
    """Answers every request by `hello`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"hello\n")

    def log_message(self, *_):
        """Say nothing: what the proxy in front says is enough."""


def http_server(port):
    """A plain HTTP server in a thread."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Hello)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def haproxy(lab, tls="1.3", keep_alive="20s", address="127.0.0.1"):
    """HAProxy as a reverse proxy before an HTTP server."""
    http_server(8080)
    configuration = f"""
global
    log stdout format raw daemon
    ssl-default-bind-options ssl-min-ver TLSv{tls} ssl-max-ver TLSv{tls}
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 90s
    timeout server 90s
    timeout http-keep-alive {keep_alive}
frontend tls
    bind {address}:{PORT} ssl crt {lab.certificate("server.both.pem")}
    default_backend plain
backend plain
    server backend 127.0.0.1:8080
"""
    return lab.start_server("haproxy", "haproxy", "-db", "-f", lab.file("haproxy.cfg", configuration))


def nginx(lab, tls="1.3", server="", protocol="ssl", address="127.0.0.1"):
    """nginx with one server that answers every request by `hello`; SERVER adds to its configuration."""
    configuration = f"""
daemon off;
master_process off;
pid {lab.directory}/nginx.pid;
error_log stderr info;
events {{ }}
http {{
    access_log /dev/stdout;
    client_body_temp_path {lab.directory}/nginx-body;
    proxy_temp_path {lab.directory}/nginx-proxy;
    fastcgi_temp_path {lab.directory}/nginx-fastcgi;
    uwsgi_temp_path {lab.directory}/nginx-uwsgi;
    scgi_temp_path {lab.directory}/nginx-scgi;
    server {{
        listen {address}:{PORT} {protocol};
        ssl_protocols TLSv{tls};
        ssl_certificate {lab.certificate("server.pem")};
        ssl_certificate_key {lab.certificate("server.key")};
        default_type text/plain;
        {server}
        location / {{ return 200 "hello\\n"; }}
    }}
}}
"""
    return lab.start_server("nginx", "nginx", "-c", lab.file("nginx.conf", configuration), "-e", "stderr")


def openssl_version(tls):
    """The option that allows one version of TLS only."""
    return {"1.0": "-tls1", "1.1": "-tls1_1", "1.2": "-tls1_2", "1.3": "-tls1_3"}[tls]


def s_server(lab, *options, tls="1.3"):
    """openssl s_server; what is typed goes to the client."""
    return lab.start_server("s_server", "openssl", "s_server", "-accept", f"127.0.0.1:{PORT}",
                            openssl_version(tls), "-cert", lab.certificate("server.pem"),
                            "-key", lab.certificate("server.key"), "-keylogfile", lab.keylog, *options)


def s_client(lab, *options, tls="1.3", name="s_client"):
    """openssl s_client; what is typed goes to the server."""
    return lab.start(name, "openssl", "s_client", "-brief", "-connect", f"127.0.0.1:{PORT}", "-servername", "localhost",
                     openssl_version(tls), "-CAfile", lab.certificate("ca.pem"),
                     "-keylogfile", lab.keylog, *options)


def curl(lab, *options, status=0, name="curl", url=f"https://localhost:{PORT}/"):
    """curl, which must end with this exit status."""
    return lab.run(name, "curl", "-sS", "-4", "--http1.1", "--cacert", lab.certificate("ca.pem"), *options, url,
                   status=status)


def gnutls_server(lab, tls, *actions):
    """The GnuTLS server of programs/gnutls_peer.c: after the handshake it does what the actions say."""
    program = lab.compile("gnutls_peer.c", "-lgnutls")
    return lab.start_server("server", program, lab.certificate("server.pem"), lab.certificate("server.key"),
                            f"NORMAL:-VERS-ALL:+VERS-TLS{tls}", *actions)


def gnutls_client(lab, *options):
    """gnutls-cli; what is typed goes to the server."""
    return lab.start("gnutls-cli", "gnutls-cli", "--x509cafile", lab.certificate("ca.pem"), "-p", str(PORT),
                     *options, "localhost")


def nss_database(lab):
    """A database of NSS with the authority and the server's certificate in it, named `localhost`."""
    database = lab.directory / "nss"
    database.mkdir()
    bundle = lab.directory / "server.p12"
    for command in (
            ["certutil", "-N", "-d", database, "--empty-password"],
            ["certutil", "-A", "-d", database, "-n", "ca", "-t", "CT,,", "-i", lab.certificate("ca.pem")],
            ["openssl", "pkcs12", "-export", "-in", lab.certificate("server.pem"), "-inkey",
             lab.certificate("server.key"), "-name", "localhost", "-passout", "pass:", "-out", bundle],
            ["pk12util", "-i", bundle, "-d", database, "-W", "", "-K", ""]):
        subprocess.run(command, check=True, capture_output=True)
    return f"sql:{database}"


def swaks(lab, *options):
    """swaks, which says everything up to the recipient to the SMTP server on port 25, and QUIT."""
    return lab.run("swaks", "swaks", "--server", "127.0.0.1", "--helo", "client.example", "--from",
                   "a@client.example", "--to", "b@localhost", "--quit-after", "RCPT", *options)


def wget(lab, *options, status=0, name="wget"):
    """wget, which must end with this exit status."""
    return lab.run(name, "wget", "-t", "1", "-O", "-", f"--ca-certificate={lab.certificate('ca.pem')}",
                   *options, f"https://localhost:{PORT}/", status=status)
