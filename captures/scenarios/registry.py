# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of scenarios, filled by the decorator `scenario`."""

from dataclasses import dataclass, field
from typing import Callable

SCENARIOS = {}


@dataclass
class Scenario:
    """A capture: the function that makes it, and its arguments."""

    function: Callable
    arguments: dict = field(default_factory=dict)

    @property
    def summary(self):
        """The first line of what the function says of itself, with its arguments put in."""
        return self.function.__doc__.splitlines()[0].format(**self.arguments)


def scenario(name, **arguments):
    """Register a function as the maker of the capture NAME; may be given several times with other arguments."""
    def register(function):
        if name in SCENARIOS:
            raise ValueError(f"two scenarios are named {name}")
        SCENARIOS[name] = Scenario(function, arguments)
        return function
    return register
