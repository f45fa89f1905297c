# make run    set up, fetch the models, index seeds/, open the web chat on 127.0.0.1:7860
# make test   set up, then lint, types and every test that needs no accelerator
# make setup  the set-up alone; nothing to do the second time
# make fix    what the linter can mend by itself

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test setup setup-test fix check

run: setup
	@$(BIN)/rag serve

setup: .venv/ready
	@$(BIN)/python -m rag.native --constraints constraints.txt
	@$(BIN)/rag models pull > /dev/null

setup-test: setup .venv/ready-test
	@$(BIN)/rag models pull smollm2-135m > /dev/null

.venv/ready: pyproject.toml constraints.txt
	@echo "setting up .venv (first time: about 8 minutes, most of it building llama.cpp)" >&2
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Footnoted needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 setup" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --constraint constraints.txt --upgrade pip
	@$(BIN)/python -m rag.native --constraints constraints.txt
	@echo "installing what Footnoted stands on" >&2
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

.venv/ready-test: .venv/ready
	@$(PIP) install --constraint constraints.txt --editable '.[test]'
	@touch $@

check: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check
	$(BIN)/python -m tests.browser
	$(BIN)/python -m pytest

fix: setup-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
