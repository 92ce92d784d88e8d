"""Every error that the workbench raises on purpose.

A broken assumption is an exception and stops the run; bad data is a finding (`workbench.findings`) and does not.

::

    WorkbenchError            exit 2   something is wrong; the hint says what to do next
    ├── UsageError                     the command, a parameter or a file of the migration is wrong
    ├── SourceError                    a file is no export of this source, or cannot be read
    ├── TargetError                    Odoo cannot be reached, or is not what the ledger knows
    │   ├── Ambiguous                  a write may or may not have happened: look before going on
    │   └── Refused                    Odoo said no, in its own words
    ├── SandboxError                   a sandbox cannot be made or started
    └── Stopped               exit 1   a gate is shut, a decision is missing, or something does not match
        ├── DecisionMissing            a person must decide first
        ├── GateShut                   a rule of a suite does not hold, or a suite cannot be trusted
        ├── AccountOpen                extracted records and outcomes do not add up
        └── Interrupted                somebody pressed Ctrl-C
"""

from __future__ import annotations


class WorkbenchError(Exception):
    """The base: `message` is one sentence for the analyst, `hint` what to do next (may be empty), `str()` both."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a traceback: IPython asks for it by this name."""
        return str(self).splitlines()


class UsageError(WorkbenchError):
    """The command, a parameter or a file of the migration is wrong."""


class SourceError(WorkbenchError):
    """A file is no export of this source, or cannot be read."""


class TargetError(WorkbenchError):
    """Odoo cannot be reached, or is not what the ledger knows."""


class Ambiguous(TargetError):  # noqa: N818 - named after what the caller must handle
    """A write may or may not have happened (time-out, cut connection): look the keys up before going on."""


class Refused(TargetError):  # noqa: N818 - named after what the caller must handle
    """Odoo answered with an error: the message is Odoo's own."""


class SandboxError(WorkbenchError):
    """A sandbox cannot be made or started."""


class Stopped(WorkbenchError):  # noqa: N818 - not an error of anybody: the run waits
    """The run stopped before anything was written that should not be."""

    exit_code = 1


class DecisionMissing(Stopped):
    """A person must decide first."""


class GateShut(Stopped):
    """A rule of a suite does not hold, or a suite cannot be trusted."""


class AccountOpen(Stopped):
    """Extracted records and outcomes do not add up."""


class Interrupted(Stopped):
    """Somebody pressed Ctrl-C; nothing is half-written."""
