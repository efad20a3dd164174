# make run          start the app          PORT=8501   PYTHON=python3   PIP_ARGS="anything pip install should get"
# make test         every test; without Chromium the browser tests are skipped, unless REQUIRE_BROWSER=1
# make visit        every page, as the first visitor of an app that has only what `make run` installs
# make check        ruff, mypy --strict, import-linter
# make bench        the benchmarks, into docs/benchmarks.md
# make screenshots  the pictures of the README, from the real app
#
# Each command installs what it needs, into VENV: `make test VENV=elsewhere` leaves .venv as it is.

PYTHON ?= python3
PORT ?= 8501
PIP_ARGS ?=
WORKERS ?= 2

VENV := .venv
APP_VENV := .venv-app
BIN := $(VENV)/bin
AS_INSTALLED := $(VENV)/as-installed
INSTALL := $(BIN)/python -m pip install --no-input --disable-pip-version-check -c constraints.txt $(PIP_ARGS)

.PHONY: run test visit check bench screenshots

run: $(VENV)/.installed-run
	@exec $(BIN)/python -m headlight --no-browser --port=$(PORT) </dev/null

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest --numprocesses=$(WORKERS)

visit: $(VENV)/.installed-test
	$(MAKE) $(APP_VENV)/.installed-run VENV=$(APP_VENV)
	APP_VENV=$(APP_VENV) $(BIN)/python -m pytest tests/browser/visit.py

check: $(VENV)/.installed-check | $(AS_INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cd $(AS_INSTALLED) && $(abspath $(BIN))/mypy --strict --config-file $(CURDIR)/pyproject.toml
	cd $(AS_INSTALLED) && $(abspath $(BIN))/lint-imports $(CURDIR)/pyproject.toml

bench: $(VENV)/.installed-test
	$(BIN)/python -m tests.benchmarks

screenshots: $(VENV)/.installed-test
	$(BIN)/python -m tests.browser.screenshots
	$(BIN)/python -m tests.browser.notebook docs/screenshots/notebook.png

# Links that lay the package out as it is when installed, model inside headlight: who reads files and runs no Python finds
# every module under its one name.
$(AS_INSTALLED):
	mkdir -p $@/headlight
	ln -s $(CURDIR)/model $(CURDIR)/viz $(CURDIR)/pages $(CURDIR)/headlight/*.py $@/headlight/
	ln -s $(CURDIR)/app.py $(CURDIR)/tests $@/

# Each stamp is newer than what it was installed from, so that nothing is installed, or looked up, twice. Editable: the
# checkout is the only copy of the code.
$(VENV)/.installed-run: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e .
	@touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e ".[test]"
	@touch $@ $(VENV)/.installed-run

$(VENV)/.installed-check: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e ".[test,dev]"
	@touch $@ $(VENV)/.installed-test $(VENV)/.installed-run

# Some distributions ship Python without ensurepip; then the pip that is there installs one into the new environment.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Headlight needs Python 3.11 or newer; this is " \
		+ sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV) \
		&& $(PYTHON) -m pip --python $(BIN)/python install --no-input pip; }
