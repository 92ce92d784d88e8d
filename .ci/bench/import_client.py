"""Runs in the peer's own environment: odoo-import-export-client with its threads. Prints JSON."""

# ruff: noqa: T201 - what is printed is the answer

import json
import sys
import time

from odoo_csv_tools import import_threaded

with open(sys.argv[1], encoding="utf-8") as handle:  # noqa: PTH123 - short
    order = json.load(handle)
began = time.perf_counter()
rows = order["rows"]
for _ in range(3):  # rows of a batch that met a conflict are given back: its user runs them again
    _, rows = import_threaded.import_data(
        order["config"],
        "crm.lead",
        header=order["header"],
        data=rows,
        context=order["context"],
        max_connection=order["threads"],
        batch_size=order["batch"],
    )
    if not rows:
        break
print("\n" + json.dumps({"seconds": time.perf_counter() - began, "refused": len(rows)}))
