# SPDX-License-Identifier: GPL-2.0-or-later
"""A TCP relay in front of a server that ends the connection in the middle of a large record."""

import select
import socket
import threading

from . import peers

UPSTREAM_PORT = 8443
# No record of a handshake here is as long.
CUT_OVER = 3000


def read_exactly(connection, count):
    """Read so many octets."""
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError("the server ended")
        data += more
    return data


def pass_up(client, upstream, stop):
    """Pass on what the client sends until it ends or the relay stops."""
    # No blocking read here: while a thread sits in one, closing the socket sends nothing.
    while not stop.is_set():
        if select.select([client], [], [], 0.05)[0]:
            data = client.recv(65536)
            if not data:
                return
            upstream.sendall(data)


def pass_down_and_cut(client, upstream):
    """Pass on the server's records until one is large; of that only the first half. Returns the report."""
    while True:
        header = read_exactly(upstream, 5)
        record = header + read_exactly(upstream, int.from_bytes(header[3:], "big"))
        if len(record) > CUT_OVER:
            client.sendall(record[:len(record) // 2])
            return f"cut after {len(record) // 2} of {len(record)} octets"
        client.sendall(record)


def end_with_fin(client):
    """End towards the client by a FIN, then wait for its end."""
    client.shutdown(socket.SHUT_WR)
    peers.read_to_end(client)
    client.close()


def end_with_reset(client):
    """End towards the client by a RST."""
    peers.close_reset(client)


def start(lab, end):
    """Start the relay, which is going to end as END does."""
    def handler(client):
        upstream = peers.connect_tcp(UPSTREAM_PORT)
        stop = threading.Event()
        up = threading.Thread(target=pass_up, args=(client, upstream, stop), daemon=True)
        up.start()
        report = pass_down_and_cut(client, upstream)
        stop.set()
        up.join()
        end(client)
        return report

    return peers.serve_tcp(lab, handler, name="relay")
