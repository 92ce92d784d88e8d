"""Docker."""

from __future__ import annotations

import shutil
import subprocess


def answers() -> bool:
    """Whether a Docker engine answers on this machine (within five seconds)."""
    program = shutil.which("docker")
    if program is None:
        return False
    try:
        return subprocess.run([program, "info"], capture_output=True, timeout=5).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
