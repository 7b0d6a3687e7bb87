# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests in the window share what the tests with tshark have to read and write captures."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tshark"))
