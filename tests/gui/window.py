# SPDX-License-Identifier: GPL-2.0-or-later
"""A running Wireshark, read and driven through the accessibility tree: what is asserted is what the window shows.

The tree is asked over D-Bus directly. libatspi keeps copies of it, and misses windows that come later.
"""

import os
import re
import subprocess
import tempfile
import time
from functools import lru_cache

from gi.repository import Gio, GLib

ACCESSIBLE = "org.a11y.atspi.Accessible"
ROOT = "/org/a11y/atspi/accessible/root"
NOTHING = "/org/a11y/atspi/null"
PATIENCE = 20
TABLES = ("tree", "tree table", "table", "list")


@lru_cache
def bus_address():
    """Where the bus of the accessibility tree is."""
    session = Gio.bus_get_sync(Gio.BusType.SESSION)
    return session.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None, 0,
                             -1).unpack()[0]


@lru_cache
def bus():
    """The bus of the accessibility tree."""
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    return Gio.DBusConnection.new_for_address_sync(bus_address(), flags, None, None)


class Node:
    """Something that a window shows."""

    def __init__(self, owner, path=ROOT):
        self.owner = owner
        self.path = path

    def __eq__(self, other):
        return (self.owner, self.path) == (other.owner, other.path)

    def call(self, interface, method, *arguments, signature=None):
        """Calls a method of one of its interfaces."""
        packed = GLib.Variant(signature, arguments) if signature else None
        return bus().call_sync(self.owner, self.path, interface, method, packed, None, 0, 10000, None).unpack()

    def value(self, interface, name):
        """A property of one of its interfaces."""
        return self.call("org.freedesktop.DBus.Properties", "Get", interface, name, signature="(ss)")[0]

    @property
    def name(self):
        """Its text."""
        return self.value(ACCESSIBLE, "Name")

    @property
    def role(self):
        """What it is, in a word or two."""
        return self.call(ACCESSIBLE, "GetRoleName")[0]

    @property
    def parent(self):
        """What it is in."""
        return Node(*self.value(ACCESSIBLE, "Parent"))

    def children(self):
        """What is in it."""
        return [Node(owner, path) for owner, path in self.call(ACCESSIBLE, "GetChildren")[0]]

    def press(self):
        """Does what a click would do."""
        self.call("org.a11y.atspi.Action", "DoAction", 0, signature="(i)")

    def write(self, text):
        """Replaces the text of an entry."""
        assert self.call("org.a11y.atspi.EditableText", "SetTextContents", text, signature="(s)")[0]

    def place(self):
        """Its rectangle on the screen: left, top, width, height."""
        return self.call("org.a11y.atspi.Component", "GetExtents", 0, signature="(u)")[0]

    def is_enabled(self):
        """Whether a user may press it."""
        return bool(self.call(ACCESSIBLE, "GetState")[0][0] & 1 << 8)

    def is_shown(self):
        """Whether it is on the screen."""
        return self.place()[2] > 0

    def click(self, times=1):
        """Clicks on it with the mouse, where nothing else does."""
        left, top, width, height = self.place()
        subprocess.run(["xdotool", "mousemove", str(left + width // 2), str(top + height // 2), "click", "--repeat",
                        str(times), "--delay", "50", "1"], check=True)

    def process(self):
        """The process that it belongs to."""
        return bus().call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                               GLib.Variant("(s)", (self.owner,)), None, 0, -1, None).unpack()[0]


def search(node, role=None, name=None, depth=14):
    """All nodes below one with that role and name, without the cells of tables."""
    for child in node.children():
        try:
            its_role = child.role
            if (role is None or its_role == role) and (name is None or child.name == name):
                yield child
            if depth > 0 and its_role not in TABLES:
                yield from search(child, role, name, depth - 1)
        except GLib.Error:  # it has just gone
            continue


def wait_for(question, what, patience=PATIENCE):
    """Asks until the answer is something true, and returns it."""
    end = time.monotonic() + patience
    while True:
        try:
            answer = question()
        except GLib.Error:  # what it asked has just gone
            answer = None
        if answer:
            return answer
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.1)


def table_rows(table):
    """The rows of a table as tuples of texts; those that are folded up are not there. Read again if it changes."""
    width, texts = wait_for(lambda: (table.value("org.a11y.atspi.Table", "NColumns"),
                                     [cell.name.strip() for cell in table.children()]), "a table at rest")
    return [tuple(texts[at:at + width]) for at in range(width, len(texts), width)]


class Window:
    """A process of Wireshark with its windows."""

    def __init__(self, *arguments, config=()):
        options = ["-o", "gui.update.enabled:FALSE"]
        for option in config:
            options += ["-o", option]
        self.command = ["wireshark", *options, *map(str, arguments)]
        self.parts = {}
        # Qt may ask the registry before its connection stands, and then never again: more often with one processor on
        # some machines, with all on others.
        everywhere = os.sched_getaffinity(0)
        for attempt in range(60):
            if self._start({min(everywhere)} if attempt % 2 == 0 else everywhere):
                break
        else:
            raise AssertionError(f"Wireshark does not come to the accessibility bus: {self.complaints()}")
        os.sched_setaffinity(self.process.pid, everywhere)
        self.main = wait_for(lambda: next(search(self.application, "frame", depth=0), None), "its window")

    def _start(self, processors):
        environment = dict(os.environ, AT_SPI_BUS_ADDRESS=bus_address(), QT_QPA_PLATFORM="xcb",
                           QT_LINUX_ACCESSIBILITY_ALWAYS_ON="1", QT_LOGGING_RULES="qt.accessibility.atspi=true")
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(["taskset", "-c", ",".join(map(str, processors)), *self.command],
                                        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=self.errors)
        self.application = wait_for(lambda: self._is_mute() or self._find_application(), "Wireshark")
        if self._is_mute():
            self.close()
            return False
        return True

    def _is_mute(self):
        return "Error in contacting registry" in self.complaints()

    def close(self):
        """Ends the process."""
        self.process.kill()
        self.process.wait()

    def complaints(self):
        """What it wrote to stderr."""
        self.errors.seek(0)
        return self.errors.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _find_application(self):
        assert self.process.poll() is None, self.complaints()
        for application in Node("org.a11y.atspi.Registry").children():
            try:
                if application.process() == self.process.pid:
                    return application
            except GLib.Error:  # the one before it has just gone
                continue
        return None

    def is_alive(self):
        """Whether it has not crashed, and answers."""
        return self.process.poll() is None and len(self.main.children()) > 0

    # Main window

    def part(self, role, name, window=None):
        """The one node of the window with that role and name."""
        if window is not None:
            return wait_for(lambda: next(search(window, role, name), None), f"{role} {name!r}")
        if (role, name) not in self.parts:  # those of the main window stay
            self.parts[role, name] = self.part(role, name, self.main)
        return self.parts[role, name]

    def status(self):
        """The texts of the status bar."""
        bar = self.part("status bar", "")
        return [label.name for label in search(bar, "label")]

    def wait_for_status(self, text):
        """Waits until the status bar says it."""
        return wait_for(lambda: next((line for line in self.status() if text in line), None), f"status {text!r}")

    def menu(self, *path):
        """Chooses from the menu."""
        node = self.part("menu bar", "")
        for name in path:
            node = wait_for(lambda at=node, name=name: next(search(at, "menu item", name, 1), None), f"menu {name!r}")
        node.press()

    def menu_names(self, *path):
        """The names in a menu."""
        node = self.part("menu bar", "")
        for name in path:
            node = next(search(node, "menu item", name, 1))
        return [item.name for item in search(node, "menu item", depth=1)]

    def packets(self):
        """The packet list, a dict for each row."""
        rows = self.part("tree", "Packet list")
        names = [cell.name for cell in rows.children()[:rows.value("org.a11y.atspi.Table", "NColumns")]]
        return [dict(zip(names, row)) for row in table_rows(rows)]

    def go_to(self, frame):
        """Selects a frame."""
        self.menu("Go", "Go to Packet…")
        label = self.part("label", "Packet:")
        field = next(search(label.parent, "text"))
        field.write(str(frame))
        self.part("push button", "Go to packet").press()
        wait_for(lambda: self.details()[0].startswith(f"Frame {frame}:"), f"frame {frame}")
        self.menu("View", "Expand All")

    def details(self):
        """The packet details of the selected frame, as far as they are unfolded."""
        return [row[0] for row in table_rows(self.part("tree", "Packet details"))]

    def wait_for_detail(self, text):
        """Waits until a line of the packet details has the text, and returns the line."""
        return wait_for(lambda: next((line for line in self.details() if text in line), None), f"detail {text!r}")

    def filter(self, text):
        """Applies a display filter."""
        field = self.part("text", "Display filter entry", self.part(None, "Display Filter Toolbar"))
        field.write(text)
        max(search(field, "push button"), key=lambda button: button.place()[0]).press()  # that to apply has no name

    def colours_of_packet(self, frame):
        """The colours of a frame's row, as #RRGGBB. The row must be on the screen, and no other window before it."""
        rows = self.part("tree", "Packet list")
        self.menu("Go", "First Packet")  # a selected row has a colour of its own
        left, top, width, height = next(cell for cell in rows.children() if cell.name == str(frame)).place()
        time.sleep(0.5)
        area = f"{width}x{height}+{left}+{top}"
        picture = subprocess.run(["import", "-window", "root", "-crop", area, "-depth", "8", "txt:-"],
                                 capture_output=True, text=True, check=True).stdout
        return set(re.findall("#[0-9A-F]{6}", picture))

    # Other windows

    def windows(self):
        """The windows beside the main one."""
        return [window for window in self.application.children() if window != self.main]

    def window(self, title):
        """The window whose title has that text."""
        return wait_for(lambda: self._find_window(title), f"window {title!r}")

    def _find_window(self, title, without=()):
        windows = (window for window in self.windows() if window not in without)
        return next((window for window in windows if title in window.name), None)

    def open(self, path, title):
        """Chooses from the menu what opens a window; again if nothing comes, as while another one is closing."""
        before = self.windows()
        for _ in range(4):
            self.menu(*path)
            try:
                window = wait_for(lambda: self._find_window(title, before), title, PATIENCE / 4)
            except AssertionError:
                continue
            # Qt may have no node for a part that was asked for while the window was made, and then never has.
            if all(child.path != NOTHING for child in window.children()):
                return window
            self.close_window(window)
        raise AssertionError(f"no window {title!r}")

    def close_window(self, window):
        """Closes a dialog, and waits until it is gone."""
        self.push(window, "Close")
        wait_for(lambda: window not in self.windows(), "the end of a window")

    def rows(self, window):
        """The rows of a dialog's table, once it is filled: when it has stopped to change."""
        table = wait_for(lambda: next(search(window, "tree"), None), "a table")
        before = None
        while (rows := table_rows(table)) != before:
            before = rows
            time.sleep(0.3)
        return rows

    def turn_preference(self, protocol, name):
        """Turns a check box of a protocol's preferences over."""
        dialog = self.open(("Edit", "Preferences…"), "Preferences")
        self._preference(dialog, protocol, name).press()
        self.push(dialog, "OK")

    def _preference(self, dialog, protocol, name):
        """Types the protocol's name to go to its page, again if the keys came too slowly to be one word."""
        for _ in range(4):
            wait_for(lambda: self._cell(dialog, "Protocols"), "the list of pages").click()
            for keys in (("key", "Right"), ("type", protocol)):
                subprocess.run(["xdotool", *keys], check=True)
                time.sleep(1)
            try:
                return wait_for(lambda: self._shown_box(dialog, name), name, PATIENCE / 4)
            except AssertionError:
                subprocess.run(["xdotool", "key", "Home"], check=True)
        raise AssertionError(f"no page of {protocol} with {name}")

    @staticmethod
    def _shown_box(dialog, name):
        return next((box for box in search(dialog, "check box", name) if box.is_shown()), None)

    @staticmethod
    def _cell(dialog, name):
        cells = (cell for tree in search(dialog, "tree") if tree.is_shown() for cell in tree.children())
        return next((cell for cell in cells if cell.name == name), None)

    def _windows_on_screen(self):
        """How many windows X knows of it; menus are such windows, and in no tree."""
        return len(subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)],
                                  capture_output=True, check=False).stdout.split())

    def choose_from_button(self, window, name, entry):
        """Chooses the entry with that number, from 1, of a button's menu."""
        before = self._windows_on_screen()
        self.part("button menu", name, window).click()
        wait_for(lambda: self._windows_on_screen() > before, "the menu")
        for key in ["Down"] * entry + ["Return"]:
            time.sleep(0.5)
            subprocess.run(["xdotool", "key", key], check=True)

    def choose_from_box(self, window, name):
        """Chooses from a file dialog's types, which are its last combo box, the entry that begins so."""
        box = [box for box in search(window, "combo box") if box.is_shown()][-1]
        before = self._windows_on_screen()
        box.click()
        wait_for(lambda: self._windows_on_screen() > before, "the list")
        for keys in (("type", name), ("key", "Return")):
            time.sleep(0.5)
            subprocess.run(["xdotool", *keys], check=True)
        wait_for(lambda: box.name.startswith(name), f"the choice of {name}")

    def push(self, window, name):
        """Presses a button of a dialog."""
        self.part("push button", name, window).press()

