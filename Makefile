# Everything starts from a fresh clone: `make demo` or `make test` first make .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 2

.PHONY: demo test test-all lint types circuits bench clean

demo: $(STAMP)
	$(BIN)/qdml run double_well

test: lint types
	$(BIN)/python -m pytest -q -n $(JOBS)
	$(BIN)/qdml circuits --check

test-all: lint types
	$(BIN)/python -m pytest -q -n $(JOBS) -m "slow or not slow"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(STAMP)
	$(BIN)/mypy

circuits: $(STAMP)
	$(BIN)/qdml circuits

bench: $(STAMP)
	$(BIN)/python benchmarks/emulator.py
	$(BIN)/python benchmarks/aer.py
	$(BIN)/python benchmarks/synthesis.py

clean:
	rm -rf $(VENV) qdml-runs build dist *.egg-info

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $(STAMP)
