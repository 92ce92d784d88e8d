# Two commands matter: `make demo` and `make test`. Both set up everything that they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_COMPILE_BYTECODE := 1
export GX_ANALYTICS_ENABLED := false

.PHONY: demo test check bench setup chromium sample lock clean

demo: setup
	$(BIN)/workbench demo $(if $(SOURCE),--source $(SOURCE))

test: setup chromium check
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# How fast (docs/speed.md) and how well (docs/matching.md), against others, on this machine.
# Parts: make bench ONLY=vs_load,overhead, make bench BENCHES=.ci/bench/matching.py
BENCHES ?= .ci/bench $(if $(ONLY),,.ci/bench/matching.py .ci/bench/audit.py)
bench: setup
	@failed=0; for bench in $(BENCHES); do $(BIN)/python $$bench || failed=1; done; exit $$failed

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo 'Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 …'; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

# Headless Chromium looks at reports, notebooks and Odoo's web client in the tests.
chromium:
	@command -v chromium >/dev/null || { \
		command -v apt-get >/dev/null || { echo 'The tests need chromium in the PATH.'; exit 2; }; \
		SUDO=; [ "$$(id -u)" = 0 ] || SUDO=sudo; \
		$$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq --no-install-recommends chromium >/dev/null; }

# The report in reports/sample and its picture, made from invented people.
sample: setup chromium
	$(BIN)/python .ci/sample.py

# After a change of pyproject.toml: resolve again for all supported Pythons.
lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --extra dev pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) migrations .mypy_cache .ruff_cache .pytest_cache .hypothesis
