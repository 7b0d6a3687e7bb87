# SPDX-License-Identifier: GPL-2.0-or-later
"""Run one scenario: `python3 -m scenarios NAME DIRECTORY`, inside the namespaces that `make` has made for it."""

import os
import subprocess
import sys
from pathlib import Path

from . import SCENARIOS
from .lab import Lab, ScenarioFailed


def main():
    """Run the scenario and leave its capture as DIRECTORY/NAME/result.pcapng; the exit status tells."""
    name, work = sys.argv[1], Path(sys.argv[2])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    lab = Lab(work / name, work / "certificates", work / "go-cache")
    scenario = SCENARIOS[name]
    status = 0
    try:
        scenario.function(lab, **scenario.arguments)
        lab.write_result()
    except ScenarioFailed as failure:
        print(f"  what was wanted did not happen: {failure}")
        status = 1
    except (OSError, subprocess.SubprocessError) as error:
        print(f"  {type(error).__name__}: {error}")
        status = 1
    finally:
        lab.print_reports()
        sys.stdout.flush()
    # A thread that waits for a peer must not keep this process: the namespace ends with it.
    os._exit(status)


main()
