"""Runs inside `odoo shell`: the same `create` in the server's own process. `env` is the shell's; prints JSON."""

# ruff: noqa: F821, T201 - `env` is Odoo's; what is printed is the answer

import json
import os
import time

with open(os.environ["BENCH_ORDER"], encoding="utf-8") as handle:  # noqa: PTH123 - short
    order = json.load(handle)
model = env["crm.lead"].with_context(**order["context"])
model.create(order["rows"][:50])  # what a server that runs has in its memory already
env.cr.rollback()
began = time.perf_counter()
for start in range(0, len(order["rows"]), order["batch"]):
    model.create(order["rows"][start : start + order["batch"]])
    env.cr.commit()
print(json.dumps({"seconds": time.perf_counter() - began}))
