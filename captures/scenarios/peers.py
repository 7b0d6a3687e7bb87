# SPDX-License-Identifier: GPL-2.0-or-later
"""Ends played by Python's own `ssl` module (OpenSSL), where a scenario has to decide step by step what happens."""

import socket
import ssl
import struct
import time

from .lab import PORT

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
ANSWER = b"HTTP/1.0 200 OK\r\n\r\nhello\n"
VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2,
            "1.3": ssl.TLSVersion.TLSv1_3}
TIMEOUT = 20.0


# Contexts and connections

def set_version(context, tls):
    """Allow one version of TLS only."""
    context.minimum_version = context.maximum_version = VERSIONS[tls]


def set_tolerant(context, tolerant):
    """Let OpenSSL 3 take a bare FIN for the end, where it would answer decode_error otherwise."""
    if tolerant:
        context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF


def server_context(lab, tls="1.3", tolerant=False):
    """What a server needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    set_version(context, tls)
    set_tolerant(context, tolerant)
    context.load_cert_chain(lab.certificate("server.pem"), lab.certificate("server.key"))
    context.keylog_filename = lab.keylog
    return context


def client_context(lab, tls="1.3", tolerant=False):
    """What a client needs."""
    context = ssl.create_default_context(cafile=lab.certificate("ca.pem"))
    set_tolerant(context, tolerant)
    set_version(context, tls)
    context.keylog_filename = lab.keylog
    return context


def listen(port=PORT, address="127.0.0.1"):
    """A listening TCP socket."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, port), family=family, backlog=8)
    listener.settimeout(TIMEOUT)
    return listener


def serve_tcp(lab, handler, port=PORT, name="server", address="127.0.0.1"):
    """A server of one TCP connection: the handler gets the socket and returns the report."""
    listener = listen(port, address)

    def accept_one():
        connection, _ = listener.accept()
        listener.close()
        connection.settimeout(TIMEOUT)
        return handler(connection)

    return lab.peer(name, accept_one)


def serve(lab, handler, tls="1.3", context=None, strict=False, **where):
    """A server of one TLS connection: the handler gets the TLS socket and returns the report.

    Python hides a missing close_notify, and a RST, unless asked to be STRICT.
    """
    context = context or server_context(lab, tls)

    def shake_hands(connection):
        # In the handler's thread, so that a failure is the server's report.
        return handler(context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=not strict))

    return serve_tcp(lab, shake_hands, **where)


def connect_tcp(port=PORT, address="127.0.0.1", source_port=0):
    """A connected TCP socket."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    connection.settimeout(TIMEOUT)
    if source_port:
        connection.bind(("", source_port))
    connection.connect((address, port))
    return connection


def connect(lab, tls="1.3", context=None, strict=False, **where):
    """A connected TLS socket; for STRICT see serve()."""
    context = context or client_context(lab, tls)
    return context.wrap_socket(connect_tcp(**where), server_hostname="localhost", suppress_ragged_eofs=not strict)


def client(lab, handler, tls="1.3", **options):
    """A client: the handler gets the TLS socket and returns the report; for the options see connect()."""
    return lab.peer("client", lambda: handler(connect(lab, tls, **options)))


# Talking

def ask(connection):
    """Send the request and read the whole answer, of which the body is `hello` whoever gives it."""
    connection.sendall(REQUEST)
    received = b""
    while not received.endswith(b"hello\n"):
        more = connection.recv(4096)
        if not more:
            raise EOFError("the answer is not whole")
        received += more


def answer(connection, text=ANSWER):
    """Read the request and send the answer."""
    connection.recv(4096)
    connection.sendall(text)


def asks_then(*steps):
    """A client that asks, reads the answer, and does the steps; the last one's result is the report."""
    return lambda connection: (ask(connection), *(step(connection) for step in steps))[-1]


def answers_then(*steps):
    """A server that reads the request, answers, and does the steps; the last one's result is the report."""
    return lambda connection: (answer(connection), *(step(connection) for step in steps))[-1]


def read_to_end(connection):
    """Read until the other side ends, and report how."""
    received = 0
    while data := connection.recv(65536):
        received += len(data)
    return f"read {received} octets, then the end"


def pause(seconds):
    """A step that waits."""
    return lambda _: time.sleep(seconds)


# Closing

def close_tls(connection):
    """Send close_notify, wait for the other's unless it is there already, then close the socket."""
    connection.unwrap().close()
    return "closed by close_notify both ways"


def send_close_notify(connection):
    """Send close_notify and do not wait for the other's."""
    connection.setblocking(False)
    try:
        connection.unwrap()
    except ssl.SSLWantReadError:
        pass
    connection.settimeout(TIMEOUT)


def close_bare(connection):
    """Close the socket as Python does by default: no close_notify."""
    connection.close()
    return "closed without close_notify"


def shut_bare(connection):
    """Send a FIN without close_notify and stay able to read (SSLSocket.shutdown would forget the TLS session)."""
    socket.socket.shutdown(connection, socket.SHUT_WR)


def close_reset(connection):
    """Close the socket with a RST: lingering for no time at all."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return "closed by a reset"
