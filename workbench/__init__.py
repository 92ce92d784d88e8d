"""Moves a business from a CRM that is left to Odoo CRM, and proves that nothing was lost.

1. A stage is a function from tables to tables plus findings. It knows no source and no Odoo version by name; it is handed
   them.
2. Every record has one key, which is also its Odoo external id, and every file that the workbench writes joins on it.
"""

import os

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
"""Tables are large and short-lived: the system's allocator gives their memory back, Arrow's own keeps a third more."""

__version__ = "0.1.0"
