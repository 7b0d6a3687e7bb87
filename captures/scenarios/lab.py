# SPDX-License-Identifier: GPL-2.0-or-later
"""What all scenarios share: programs, peers, waiting, capturing, checking."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
PORT = 443

# States of /proc/net/tcp.
ESTABLISHED, LISTEN = "01", "0A"
# An orphaned FIN-WAIT-2 stays for a minute and a TIME-WAIT too; nothing more is expected of either.
SILENT_STATES = {"05", "06", LISTEN}


class ScenarioFailed(Exception):
    """What a scenario wanted to happen did not happen."""


def wait_until(condition, what, timeout=10.0):
    """Wait until the condition holds; fail the scenario if it does not in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise ScenarioFailed(f"waited {timeout:g} s in vain: {what}")
        time.sleep(0.02)


def tcp_sockets():
    """(local port, remote port, state) of every TCP socket of this network namespace."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            local, remote, state = line.split()[1:4]
            yield port_of(local), port_of(remote), state


def port_of(address):
    """The port of an address as the kernel prints it."""
    return int(address.rsplit(":", 1)[1], 16)


def is_listening(port):
    """Tell whether a socket listens on the port."""
    return (port, 0, LISTEN) in tcp_sockets()


def is_alive(port):
    """Tell whether a connection from or to the port may still send something."""
    return any(port in (local, remote) and state not in SILENT_STATES for local, remote, state in tcp_sockets())


def is_established(port):
    """Tell whether one connection to the port is established, at both ends."""
    return sum(port in (local, remote) and state == ESTABLISHED for local, remote, state in tcp_sockets()) == 2


class Reporter:
    """Something of which a scenario can ask what it reported."""

    name = ""

    def report(self, timeout=10.0):
        """The final report, waited for."""
        raise NotImplementedError

    def must_report(self, pattern, timeout=10.0):
        """Fail the scenario unless the final report matches the pattern."""
        text = self.report(timeout)
        if not re.search(pattern, text):
            raise ScenarioFailed(f"{self.name} reported {text!r}, not {pattern!r}")


class Program(Reporter):
    """A program that was started; its output goes to a file."""

    def __init__(self, name, arguments, directory, environment):
        self.name = name
        self.log = directory / f"{name}.log"
        # Typing into a program is part of several scenarios, hence the pipe; unbuffered, so that it arrives at once.
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([str(argument) for argument in arguments], stdin=subprocess.PIPE,
                                            stdout=log, stderr=log, cwd=directory, env=environment, bufsize=0)

    def output(self):
        """What it has printed until now."""
        return self.log.read_text(errors="replace")

    def type(self, text):
        """Give it a line on its standard input."""
        self.process.stdin.write(text.encode())

    def wait_for(self, pattern, timeout=10.0):
        """Wait until its output matches the pattern."""
        wait_until(lambda: re.search(pattern, self.output()), f"{self.name} to print {pattern!r}", timeout)

    def status(self, timeout=10.0):
        """Its exit status, waited for."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise ScenarioFailed(f"{self.name} still runs after {timeout:g} s") from error

    def must_exit(self, *statuses, timeout=10.0):
        """Fail the scenario unless it exits with one of these statuses."""
        status = self.status(timeout)
        if status not in statuses:
            raise ScenarioFailed(f"{self.name} exited with {status}, not {statuses}")

    def must_have_printed(self, pattern):
        """Fail the scenario unless its output until now matches the pattern."""
        if not re.search(pattern, self.output()):
            raise ScenarioFailed(f"{self.name} did not print {pattern!r}")

    def report(self, timeout=10.0):
        self.status(timeout)
        return self.output()

    def kill(self):
        """Kill it, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def describe(self):
        """Its exit status and output, for people."""
        return "\n    ".join([f"exit {self.process.poll()}", *self.output().splitlines()[-20:]])


class Peer(Reporter):
    """One end played by Python in a thread. What its function returns, or the text of its exception, is its report."""

    def __init__(self, name, function, *arguments):
        self.name = name
        self.text = None
        self.thread = threading.Thread(target=self._run, args=(function, arguments), daemon=True)
        self.thread.start()

    def _run(self, function, arguments):
        try:
            self.text = function(*arguments) or "done"
        except Exception as error:  # pylint: disable=broad-except  (whatever it is, it is the report)
            self.text = f"{type(error).__name__}: {error}"

    def report(self, timeout=10.0):
        self.thread.join(timeout)
        if self.text is None:
            raise ScenarioFailed(f"{self.name} is not done after {timeout:g} s")
        return self.text

    def describe(self):
        """Its report, for people."""
        return self.text


class Lab:
    """The world of one scenario: an empty network namespace, a directory, programs and one capture."""

    def __init__(self, directory, certificates, go_cache):
        directory.mkdir()
        directory.chmod(0o777)  # PostgreSQL runs as another user
        self.directory = directory
        self.certificates = certificates
        self.go_cache = go_cache
        self.keylog = directory / "keys.log"
        self.packets = directory / "packets.pcap"
        self.keep_secrets = True
        self.reporters = []

    # Programs and peers

    def environment(self):
        """The environment of the programs: GnuTLS, NSS, curl and others write their secrets where this says."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory), "LC_ALL": "C",
                "SSLKEYLOGFILE": str(self.keylog)}

    def start(self, name, *arguments, **environment):
        """Start a program."""
        program = Program(name, arguments, self.directory, self.environment() | environment)
        self.reporters.append(program)
        return program

    def start_server(self, name, *arguments, port=PORT, **environment):
        """Start a program and wait until it listens on the port."""
        program = self.start(name, *arguments, **environment)
        wait_until(lambda: program.process.poll() is not None or is_listening(port), f"{name} to listen")
        if program.process.poll() is not None:
            raise ScenarioFailed(f"{name} ended at once")
        return program

    def run(self, name, *arguments, status=0, timeout=10.0, **environment):
        """Run a program to its end, which must be the exit status expected."""
        program = self.start(name, *arguments, **environment)
        program.must_exit(status, timeout=timeout)
        return program

    def peer(self, name, function, *arguments):
        """Start a Python peer."""
        peer = Peer(name, function, *arguments)
        self.reporters.append(peer)
        return peer

    def compile(self, source, *options):
        """Build a helper program; returns its path."""
        target = self.directory / Path(source).stem
        if source.endswith(".go"):
            command = ["go", "build", "-o", target, PROGRAMS / source]
        else:
            command = ["gcc", "-Wall", "-Wextra", "-O1", "-o", target, PROGRAMS / source, *options]
        environment = self.environment() | {"GOCACHE": str(self.go_cache), "GO111MODULE": "off"}
        built = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if built.returncode != 0:
            raise ScenarioFailed(f"cannot build {source}:\n{built.stderr}")
        return target

    def certificate(self, name):
        """The path of a certificate file, e.g. `ca.pem`."""
        return self.certificates / name

    def file(self, name, text):
        """Write a file for a program; returns its path."""
        path = self.directory / name
        path.write_text(text)
        return path

    # Capturing

    @contextlib.contextmanager
    def capture(self, *ports, more_filter="", interface="lo", until_closed=True):
        """Capture ports while the block runs and, unless told otherwise, until their connections have ended."""
        ports = ports or (PORT,)
        either = " or ".join(f"tcp port {port}" for port in ports)
        tcpdump = self.start("tcpdump", "tcpdump", "-i", interface, "--immediate-mode", "-U", "-s", "0", "-n",
                             "-w", self.packets, f"({either}) {more_filter}")
        tcpdump.wait_for("listening on")
        yield
        if until_closed:
            wait_until(lambda: not any(map(is_alive, ports)), "the connections to end")
        self._wait_for_quiet()
        tcpdump.process.send_signal(signal.SIGINT)
        tcpdump.must_report(r"\b0 packets dropped by kernel")

    def _wait_for_quiet(self):
        """Wait until nothing has been captured for a while."""
        size, since = -1, time.monotonic()
        while time.monotonic() - since < 0.3:
            if self.packets.stat().st_size != size:
                size, since = self.packets.stat().st_size, time.monotonic()
            time.sleep(0.05)

    def without_frames(self, *frames):
        """Delete frames from the capture, as if they had not been captured."""
        edited = self.directory / "edited.pcap"
        subprocess.run(["editcap", "-F", "pcap", self.packets, edited, *map(str, frames)], check=True,
                       capture_output=True)
        shutil.move(edited, self.packets)

    def find_frames(self, display_filter):
        """The numbers of the captured frames that a display filter of tshark accepts."""
        command = ["tshark", "-r", self.packets, "-o", f"tls.keylog_file:{self.keylog}", "-Y", display_filter,
                   "-T", "fields", "-e", "frame.number"]
        # With the lab's environment, so that no plugin and no preference of the user has a say.
        found = subprocess.run(command, env=self.environment(), check=True, capture_output=True, text=True)
        return [int(number) for number in found.stdout.split()]

    def write_result(self):
        """Turn the capture into pcapng, with the TLS secrets in it if there are any."""
        command = ["editcap", "-F", "pcapng"]
        if self.keep_secrets and self.keylog.exists():
            # Where both ends wrote the same secret, once is enough; comments are of no use.
            lines = [line for line in self.keylog.read_text().splitlines() if line and not line.startswith("#")]
            self.keylog.write_text("".join(f"{line}\n" for line in dict.fromkeys(lines)))
            command += ["--inject-secrets", f"tls,{self.keylog}"]
        result = self.directory / "result.pcapng"
        subprocess.run([*command, self.packets, result], check=True, capture_output=True)
        if result.stat().st_size > 200_000:
            raise ScenarioFailed(f"the capture is too large: {result.stat().st_size} octets")

    # Checking

    def check(self, condition, text):
        """Fail the scenario unless the condition holds."""
        if not condition:
            raise ScenarioFailed(text)

    def print_reports(self):
        """Print what everybody reported."""
        for reporter in self.reporters:
            print(f"  --- {reporter.name}: {reporter.describe()}")
