"""Moves a business from a CRM that is left to Odoo CRM, and proves that nothing was lost.

1. A stage is a function from tables to tables plus findings. It knows no source and no Odoo version by name; it is handed
   them.
2. Every record has one key, which is also its Odoo external id, and every file that the workbench writes joins on it.
"""

import ctypes
import os

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
"""Tables are large and short-lived: the system's allocator gives their memory back, Arrow's own keeps a third more."""

M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD = -8, -3, -1
"""Options of glibc's allocator. Left alone, it soon keeps what tables leave behind, for tables that never come."""

if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
    for _option, _value in ((M_ARENA_MAX, 2), (M_MMAP_THRESHOLD, 2**18), (M_TRIM_THRESHOLD, 2**18)):
        mallopt(_option, _value)

__version__ = "0.1.0"
