# SPDX-License-Identifier: GPL-2.0-or-later
"""Live capture: findings come while frames do."""

import re
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from tshark import CAPTURES, environment, run

COLUMNS = ["-T", "fields", "-e", "tcp.port", "-e", "tls_closure.event", "-e", "tls_closure.verdict",
           "-e", "tls_closure.fin_without_close_notify", "-e", "tls_closure.orderly"]
SECONDS = 20


def test_a_capture_that_comes_through_a_pipe_is_analysed_while_it_comes():
    with (CAPTURES / "server-bare-fin-tls13.pcapng").open("rb") as capture:
        result = run("tshark", "-n", "-l", "-i", "-", "-Y", "tls_closure.fin_without_close_notify", *COLUMNS,
                     stdin=capture)
    assert len(result.stdout.splitlines()) == 1


def can_capture():
    """Whether this user may capture on the loopback interface."""
    listed = subprocess.run(["dumpcap", "-D"], capture_output=True, text=True, check=False)
    return bool(re.search(r"\blo\b", listed.stdout)) and listed.returncode == 0


@pytest.fixture(scope="module", name="certificate")
def self_signed_certificate(tmp_path_factory):
    """A certificate and its key in one file."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-keyout", path, "-out", path.with_suffix(".crt"))
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


def serve(listener, context, end):
    """Answer one request, then end."""
    connection, _ = listener.accept()
    with context.wrap_socket(connection, server_side=True) as secure:
        secure.recv(100)
        secure.sendall(b"answer")
        end(secure)


def converse(certificate, end):
    """One request over TLS to a server that ends in its way; returns its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))
    server = threading.Thread(target=serve, args=(listener, context, end), daemon=True)
    server.start()
    client_context = ssl.create_default_context()
    client_context.check_hostname = False
    client_context.verify_mode = ssl.CERT_NONE
    port = listener.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        with client_context.wrap_socket(plain) as client:
            client.sendall(b"request")
            while client.recv(100):
                pass
            try:
                client.unwrap()
            except (OSError, ssl.SSLError):
                pass
    server.join(timeout=5)
    listener.close()
    return port


@contextmanager
def live_tshark():
    """A tshark that captures on the loopback interface, and the list of lines that it has printed."""
    lines = []
    command = ["tshark", "-n", "-l", "-i", "lo", "-a", f"duration:{SECONDS}", "-f", "tcp", "-Y", "tls_closure",
               *COLUMNS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment()) as process:
        reader = threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True)
        # tshark says so when the capture has begun; what follows there is of no interest.
        for line in process.stderr:
            if "Capturing on" in line:
                break
        time.sleep(1)
        reader.start()
        try:
            yield lines
        finally:
            process.terminate()
            process.wait(timeout=10)


def wait_for(lines, condition):
    """Wait until a line is printed for which the condition holds; returns whether it was."""
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        if any(condition(line) for line in list(lines)):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not can_capture(), reason="this user may not capture on lo")
def test_findings_are_printed_while_the_capture_goes_on(certificate):
    with live_tshark() as lines:
        bare = converse(certificate, lambda secure: secure.shutdown(socket.SHUT_WR))
        orderly = converse(certificate, lambda secure: secure.unwrap())
        assert wait_for(lines, lambda line: str(bare) in line and line.rstrip("\n").split("\t")[3]), lines
        assert wait_for(lines, lambda line: str(orderly) in line and line.rstrip("\n").split("\t")[4]), lines
