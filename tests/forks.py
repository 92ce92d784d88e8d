"""Work in a child process that can be killed: forked, so that everything is imported already."""

from __future__ import annotations

import os
import random
import select
import signal
import sys
import traceback
from collections.abc import Callable


def forked(work: Callable[[], object]) -> int:
    """Start `work` in a child and give its pid; it ends with 0, with 3 after Ctrl-C, with 1 after any other exception."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background of a shell is started deaf to Ctrl-C
    try:
        work()
        code = 0
    except KeyboardInterrupt:
        code = 3
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(pid: int, within: float, by: signal.Signals = signal.SIGKILL) -> int:
    """The exit code of a child, or -9 (-2 …) where it had to be ended after `within` seconds."""
    handle = os.pidfd_open(pid)
    finished, _, _ = select.select([handle], [], [], within)
    if not finished:
        signal.pidfd_send_signal(handle, by)
    _, status = os.waitpid(pid, 0)
    os.close(handle)
    return os.waitstatus_to_exitcode(status)


def chance(what: str) -> random.Random:
    """Dice whose seed is told, so that a failure can be repeated with WORKBENCH_TEST_SEED."""
    seed = int(os.environ.get("WORKBENCH_TEST_SEED") or random.SystemRandom().randrange(10**6))
    told(f"{what}: WORKBENCH_TEST_SEED={seed}")
    return random.Random(seed)


def told(line: str) -> None:
    """A line that pytest shows with a failure."""
    sys.stdout.write(f"{line}\n")
