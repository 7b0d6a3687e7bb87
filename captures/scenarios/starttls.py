# SPDX-License-Identifier: GPL-2.0-or-later
"""TLS that starts inside another protocol."""

import os
import shutil
import subprocess
from pathlib import Path

from . import peers, servers, wire
from .registry import scenario

POSTGRES = Path("/usr/lib/postgresql/15/bin")
POSTGRES_PORT = 5432


def smtp_dialogue(connection, replies):
    """Answer each command by its reply until one has none; returns that command."""
    stream = connection.makefile("rb")
    while line := stream.readline():
        verb = line.split()[0].upper() if line.split() else b""
        if verb not in replies:
            return verb
        connection.sendall(replies[verb])
    return b""


OK = b"250 ok\r\n"
ORDINARY = {b"EHLO": OK, b"MAIL": OK, b"RCPT": OK}


def smtp_without_tls(connection):
    """A small SMTP server."""
    connection.sendall(b"220 localhost ESMTP\r\n")
    last = smtp_dialogue(connection, ORDINARY)
    connection.sendall(b"221 bye\r\n")
    connection.close()
    return last.decode()


def smtp_with_starttls(connection, context):
    """A small SMTP server with STARTTLS, which waits for the client's end after QUIT and then sends close_notify."""
    connection.sendall(b"220 localhost ESMTP\r\n")
    smtp_dialogue(connection, {b"EHLO": b"250-localhost\r\n250 STARTTLS\r\n"})
    connection.sendall(b"220 go ahead\r\n")
    secure = context.wrap_socket(connection, server_side=True)
    last = smtp_dialogue(secure, ORDINARY)
    secure.sendall(b"221 bye\r\n")
    peers.read_to_end(secure)
    return f"{last.decode()}, then {peers.close_tls(secure)}"


@scenario("smtp-starttls-tls13")
def smtp_starttls(lab):
    """swaks speaks SMTP with STARTTLS to a Python server (TLS 1.3) and ends by a bare FIN after QUIT."""
    context = peers.server_context(lab, tolerant=True)
    with lab.capture(25):
        server = peers.serve_tcp(lab, lambda connection: smtp_with_starttls(connection, context), 25)
        client = servers.swaks(lab, "--tls")
        server.must_report("^QUIT, then closed by close_notify both ways$")
    client.must_have_printed("TLS started with cipher TLSv1.3")


@scenario("http-connect-tls13")
def http_connect(lab):
    """curl reaches HAProxy through tinyproxy by CONNECT (TLS 1.3) and closes first; captured before the proxy."""
    servers.haproxy(lab)
    configuration = "Port 8888\nListen 127.0.0.1\nTimeout 20\nAllow 127.0.0.1\nConnectPort 443\nMaxClients 4\n"
    lab.start_server("tinyproxy", "tinyproxy", "-d", "-c", lab.file("tinyproxy.conf", configuration), port=8888)
    with lab.capture(8888):
        servers.curl(lab, "-x", "http://127.0.0.1:8888").must_have_printed("^hello$")


def as_postgres(*command):
    """A command line that runs as the user of PostgreSQL, which refuses to run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *map(str, command)]


def start_postgres(lab):
    """A PostgreSQL server with TLS in a new cluster."""
    data = lab.directory / "cluster"
    subprocess.run(as_postgres(POSTGRES / "initdb", "-D", data, "-A", "trust", "--no-sync"), check=True,
                   capture_output=True, cwd=lab.directory)
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("hostssl all all samenet trust\n")
    for name in ("server.pem", "server.key"):
        shutil.copy(lab.certificate(name), data / name)
        shutil.chown(data / name, "postgres", "postgres")
        os.chmod(data / name, 0o600)
    options = {"ssl": "on", "ssl_cert_file": "server.pem", "ssl_key_file": "server.key", "fsync": "off",
               "listen_addresses": wire.HERE, "unix_socket_directories": "", "log_connections": "on",
               "log_disconnections": "on"}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return lab.start_server("postgres", *as_postgres(POSTGRES / "postgres", "-D", data, *settings),
                            port=POSTGRES_PORT)


@scenario("postgres-tls13", mode="require", status=0, message="^1$", log="disconnection")
@scenario("postgres-unknown-ca-tls13", mode="verify-ca", status=2, message="certificate verify failed",
          log="unknown ca")
def postgres(lab, mode, status, message, log):
    """psql with sslmode={mode} (TLS 1.3, 40 ms away; neither end writes its secrets)."""
    wire.Wire()
    server = start_postgres(lab)
    other_authority = lab.certificate("stranger.pem")
    target = f"host={wire.THERE} user=postgres sslmode={mode}"
    if mode == "verify-ca":
        target += f" sslrootcert={other_authority}"
    with wire.capture(lab, POSTGRES_PORT):
        client = lab.run("psql", "psql", "-At", "-c", "select 1", target, status=status)
    client.must_have_printed(message)
    server.wait_for(log)
