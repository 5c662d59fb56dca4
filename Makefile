# What a newcomer types: `make demo`, `make test`. Everything else is for the people who change this project.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SLOW   := full
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
.DEFAULT_GOAL := help
.PHONY: help demo test check pyright generate verify drift coverage-contract spec-report slow bench bench-sync docs serve constraints clean

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo  ## run a real job of 8 instances on a cloud in a box; prints the path of a picture
	$(BIN)/qarnot-mock run --executor local -- $(BIN)/python examples/render/render.py

test: $(VENV)/.all  ## set everything up and run the tests
	$(BIN)/pytest -n auto -q

check: $(VENV)/.all  ## lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pyright: $(VENV)/.pyright  ## the types once more, by the other checker that editors use
	$(BIN)/basedpyright

generate: $(VENV)/.all  ## remake everything that is derived: client, contract, sync flavour, inventory, diagrams
	$(BIN)/python scripts/spec_inventory.py
	$(BIN)/python scripts/compile_spec.py
	$(BIN)/python scripts/generate.py
	$(BIN)/python scripts/unasync.py
	$(BIN)/python scripts/lifecycle_docs.py
	$(BIN)/python scripts/retry_docs.py
	$(BIN)/python scripts/fault_docs.py
	$(BIN)/python scripts/fault_search_docs.py
	$(BIN)/python -m scripts.scenario_docs
	$(BIN)/python scripts/official_package.py

verify: $(VENV)/.all  ## fail when a derived file is stale
	$(BIN)/python scripts/spec_inventory.py --check
	$(BIN)/python scripts/compile_spec.py --check
	$(BIN)/python scripts/generate.py --check
	$(BIN)/python scripts/unasync.py --check
	$(BIN)/python scripts/lifecycle_docs.py --check
	$(BIN)/python scripts/retry_docs.py --check
	$(BIN)/python scripts/fault_docs.py --check
	$(BIN)/python scripts/fault_search_docs.py --check
	$(BIN)/python -m scripts.scenario_docs --check
	$(BIN)/python scripts/official_package.py --check
	$(BIN)/python -m scripts.spec_compat

drift: $(VENV)/.all  ## what a release of the official package has and the spec has not: make drift PACKAGE=qarnot==X
	$(BIN)/python -m scripts.drift $(PACKAGE)

coverage-contract: $(VENV)/.all  ## run the tests and report what of the contract they exercised, by client
	$(BIN)/pytest -n auto -q --qarnot-contract-report build/contract-coverage.json

spec-report: $(VENV)/.all  ## how sure the spec is: operations and fields per evidence grade, and what is assumed
	@$(BIN)/python scripts/spec_inventory.py --report

slow: $(VENV)/.slow  ## the searches that take long, in full; CI runs a part of each (make slow SLOW=slice)
	$(BIN)/pytest -n auto -q --slow=$(SLOW)

bench: $(VENV)/.bench  ## measure against peers; writes benchmarks/results.md
	$(BIN)/python -m benchmarks

bench-sync: $(VENV)/.bench  ## measure synchronisations against peers; writes benchmarks/results-sync.md
	$(BIN)/python -m benchmarks.bench_sync

docs: $(VENV)/.all  ## check the documentation: its code runs, its links resolve, its tables are fresh
	$(BIN)/pytest -q tests/docs

serve: $(VENV)/.demo  ## a mock cloud on http://127.0.0.1:8088 until Ctrl-C
	$(BIN)/qarnot-mock serve

constraints:  ## renew constraints.txt from the newest versions that pyproject.toml allows
	rm -rf build/fresh && $(PYTHON) -m venv build/fresh && build/fresh/bin/pip install -q -e '.[all,bench]'
	{ sed -n '/^#/p' constraints.txt; build/fresh/bin/pip freeze --exclude-editable; } > build/constraints.txt
	mv build/constraints.txt constraints.txt

clean:  ## remove the environment and caches
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache demo-output

# The environment is made once and again when its inputs change. The demo needs less than the tests do.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; '$(PYTHON)' is older. Try: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python -m venv failed; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -c constraints.txt -e '.[mock]'
	@touch $@

$(VENV)/.all: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -c constraints.txt -e '.[all]'
	@touch $@ $(VENV)/.demo

$(VENV)/.pyright: $(VENV)/.all
	$(PIP) install -c constraints.txt -e '.[all,pyright]'
	@touch $@

$(VENV)/.slow: $(VENV)/.all
	$(PIP) install -c constraints.txt -e '.[all,slow]'
	@touch $@

$(VENV)/.bench: $(VENV)/.all
	$(PIP) install -c constraints.txt -e '.[all,bench]'
	@touch $@ $(VENV)/.slow
