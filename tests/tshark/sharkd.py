# SPDX-License-Identifier: GPL-2.0-or-later
"""Wireshark's server without a window: it loads files one after another and dissects frames in the order asked for."""

import json
import subprocess

from tshark import FINDINGS, VERDICT_FIELDS, environment


class Sharkd:
    """A sharkd that answers on its standard output; COMMAND starts it."""

    def __init__(self, *command):
        # pylint: disable=consider-using-with  (it is a context manager itself)
        self.process = subprocess.Popen(command or ["sharkd", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env=environment())
        self.number = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    def ask(self, method, **parameters):
        """The result of a request."""
        self.number += 1
        request = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": parameters}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        assert "result" in answer, answer
        return answer["result"]

    def load(self, path):
        """Load a file; the one before is closed."""
        self.ask("load", file=str(path))

    def frame_count(self):
        """How many frames the file has."""
        return self.ask("status")["frames"]

    def nodes(self, frame):
        """All items of a frame's tree."""
        pending = list(self.ask("frame", frame=frame, proto=True).get("tree", []))
        while pending:
            node = pending.pop(0)
            pending = node.get("n", []) + pending
            yield node

    def said(self, frame):
        """What the plugin says in a frame: (label, filter, severity) of each of its items, in the order of the tree.

        The request "frames" with a filter is of no use here: it answers for the file that was loaded before.
        """
        return [(node["l"], node.get("f", ""), node.get("s", "")) for node in self.nodes(frame)
                if node.get("f", "").startswith("tls_closure")]



def findings(said, frame):
    """(finding, frame) of each finding in what was said in a frame."""
    names = (filter_of.removeprefix("tls_closure.") for _, filter_of, _ in said)
    return [(name, frame) for name in names if name in FINDINGS]


def summary(said):
    """{connection: verdict fields} of a frame with a summary; else empty."""
    values = dict(filter_of.removeprefix("tls_closure.").replace('"', "").split(" == ", 1)
                  for _, filter_of, _ in said if " == " in filter_of)
    if "summary" not in values:
        return {}
    return {int(values["connection"]): tuple(values.get(name, "") for name in VERDICT_FIELDS)}
