# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenarios, one module per kind of ending. Those that take longest come first, to run beside the others."""

# Importing them registers their scenarios.
from . import idle, orderly, starttls, half_close, fins, resets, handshake, violations, path, partial, several  # noqa
from .registry import SCENARIOS  # noqa: F401
