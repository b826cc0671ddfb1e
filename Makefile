# Everything starts from a fresh clone: each target first makes the environment that it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MINIMUM := .venv-minimum
BARE := .venv-bare
CLIENT := .venv-client
JAX := .venv-jax
JOBS ?= 2
# Each process keeps to neighbouring tests, which share what they need, until another one has none.
SHARED := -n $(JOBS) --dist worksteal

# Else every process that a test starts would compile the whole package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo check test pytest test-all test-minimum test-bare test-client test-jax browsers lint types \
	docs api tables site circuits circuits-check bench dist clean

demo: $(STAMP)
	$(BIN)/qdml run double_well

# What CI runs; .ci/run calls it by its older name.
check: lint types pytest circuits-check

test: check

pytest: $(STAMP)
	$(BIN)/python -m pytest -q $(SHARED)

test-all: lint types
	$(BIN)/python -m pytest -q $(SHARED) -m "slow or not slow"

# The tests with the lowest versions that pyproject.toml admits, of all direct dependencies.
test-minimum: $(MINIMUM)/.installed
	$(MINIMUM)/bin/python -m pytest -q $(SHARED)

# The tests without any extra; those that need one are skipped.
test-bare: $(BARE)/.installed
	$(BARE)/bin/python -m pytest -q $(SHARED)

# All tests of devices with the newest client of IBM Quantum, one that is not released yet among them.
test-client: $(CLIENT)/.installed
	$(CLIENT)/bin/python -m pytest -q $(SHARED) -m "slow or not slow" tests/hardware tests/backends

# All tests of the engine of JAX, those with several devices and processes among them.
test-jax: $(JAX)/.installed
	$(JAX)/bin/python -m pytest -q $(SHARED) -m "slow or not slow" -k "engines or hosts" \
		tests/backends/engines tests/cli/test_hosts.py tests/test_readme.py

# What the tests of the page (qdml lab) need: chromium of the system, and tools of npm in the environment.
# Without it they are skipped.
browsers: $(STAMP)
	command -v chromium chromium-browser google-chrome || sudo apt-get install --yes chromium
	$(BIN)/python -m pip install --quiet --editable ".[browsers]"
	npm install --no-fund --no-audit --prefix $(VENV)/lab typescript@5 axe-core@4

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(STAMP)
	$(BIN)/mypy

# The tests of what people read, the slow examples too: README, pages, examples, public names, doctests.
docs: $(STAMP)
	$(BIN)/python -m pytest -q $(SHARED) -m "slow or not slow" tests/test_readme.py tests/test_pages.py \
		tests/test_public_names.py qdml_quantum

api: $(STAMP)
	$(BIN)/python docs/write_api.py

# The tables of benchmarks/README.md, from the JSON in benchmarks/published.
tables: $(STAMP)
	$(BIN)/python benchmarks/tables.py

# The site in build/site, offline, a warning being an error. The lessons are run, those that did not
# change only once; EXECUTE=off leaves that out.
EXECUTE ?= cache
site: $(STAMP)
	$(BIN)/python -m pip install --quiet --editable ".[docs]"
	QDML_SITE_EXECUTE=$(EXECUTE) $(BIN)/python -m sphinx -W --keep-going -q -c docs . build/site
	@echo "build/site/index.html"

circuits: $(STAMP)
	$(BIN)/qdml circuits

circuits-check: $(STAMP)
	$(BIN)/qdml circuits --check

bench: $(STAMP)
	$(BIN)/python benchmarks/emulator.py
	$(BIN)/python benchmarks/aer.py
	$(BIN)/python benchmarks/synthesis.py

# What is uploaded in a release.
dist: $(STAMP)
	rm -rf dist
	$(BIN)/python -m pip install --quiet build twine
	$(BIN)/python -m build
	$(BIN)/python -m twine check --strict dist/*

clean:
	rm -rf $(VENV) $(MINIMUM) $(BARE) $(CLIENT) $(JAX) qdml-runs build dist *.egg-info

define new_environment
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.12 ...")'
$(PYTHON) -m venv $(1) $(@D)
$(@D)/bin/python -m pip install --quiet --upgrade pip
endef

$(STAMP): pyproject.toml
	$(new_environment)
	$(@D)/bin/python -m pip install --quiet --editable ".[dev]"
	touch $@

# uv because pip cannot choose the lowest versions. Old releases of what they depend on are built with
# pkg_resources, which setuptools has had up to 80.
$(MINIMUM)/.installed: pyproject.toml
	$(call new_environment,--clear)
	$(@D)/bin/python -m pip install --quiet uv
	echo 'setuptools<81' > $(@D)/build.txt
	$(@D)/bin/uv pip install --quiet --python $(@D)/bin/python --resolution lowest-direct \
		--build-constraints $(@D)/build.txt --editable ".[dev]"
	touch $@

$(BARE)/.installed: pyproject.toml
	$(call new_environment,--clear)
	$(@D)/bin/python -m pip install --quiet --editable ".[test]"
	touch $@

$(CLIENT)/.installed: pyproject.toml
	$(call new_environment,--clear)
	$(@D)/bin/python -m pip install --quiet --editable ".[dev]"
	$(@D)/bin/python -m pip install --quiet --upgrade --pre qiskit-ibm-runtime
	touch $@

$(JAX)/.installed: pyproject.toml
	$(call new_environment,--clear)
	$(@D)/bin/python -m pip install --quiet --editable ".[dev,jax]"
	touch $@
