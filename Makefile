# make run    set up, fetch the models, index seeds/, open the web chat on 127.0.0.1:7860
# make test   set up, then lint, types and every test that needs no accelerator
# make setup  the set-up alone; nothing to do the second time
# make eval   measure: three question sets, held-out halves, beside instructions alone (long),
#             and renew the table of docs/quality.md; one set: make eval-seeds, -xquad, -squad2,
#             and a set that was stopped goes on where it was
# make refit  fit the confidence anew, and certify it on question sets that no rule was written on,
#             of the reader alone and beside MODEL (two hours; see benchmarks/refit.py)
# make soak   the long trials (about two hours): faults of the index, then 20 visitors for SECONDS
#             (60), then 1,000 mixed files, 10,000 bent inputs a parser and forty articles that
#             give orders, then the wheel installed and the container built; renews tables of
#             docs/reliability.md.
#             Shorter: make soak SOAK="--kills 100 --again 20"
# make bench  measure speed and renew docs/performance.md (about an hour)
# make wheel  dist/: the wheel, and the versions to install it with (docs/installing.md)
# make fix    what the linter can mend by itself

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

EVAL ?= ../shared/eval
XQUAD ?= 120
SQUAD ?= 120
MODEL ?= qwen2.5-coder-1.5b
SOAK ?=

# A machine that caches no bytecode compiles every library anew in each of a hundred processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test bench soak wheel setup setup-test fix check eval eval-seeds eval-xquad eval-squad2 refit

run: setup
	@$(BIN)/rag serve

setup: .venv/ready
	@$(BIN)/python -m rag.native --constraints constraints.txt
	@$(BIN)/rag models pull > /dev/null

setup-test: .venv/ready-test setup
	@$(BIN)/rag models pull smollm2-135m > /dev/null

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Footnoted needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 setup" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(PIP) install --constraint constraints.txt --upgrade pip

.venv/ready: pyproject.toml constraints.txt | .venv/bin/python
	@echo "setting up .venv: llama.cpp is compiled while libraries and weights are fetched" >&2
	@$(BIN)/python -m rag.native.setup
	@touch $@

.venv/ready-test: pyproject.toml constraints.txt | .venv/bin/python
	@echo "setting up .venv: llama.cpp is compiled while libraries and weights are fetched" >&2
	@$(BIN)/python -m rag.native.setup --test
	@touch .venv/ready $@

check: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy -n 2

test: check
	$(BIN)/python -m tests.browser
	$(BIN)/python -m tests.annotator
	$(BIN)/python -m tests.container --lint
	-@$(BIN)/python -m tests.postgres
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

SECONDS ?= 60

soak: setup-test
	$(BIN)/python -m tests.soak $(SOAK)
	STATE_MACHINE_EXAMPLES=100 $(BIN)/python -m pytest tests/index/test_state_machine.py
	$(BIN)/python -m tests.soak_clients --seconds $(SECONDS)
	$(BIN)/python -m benchmarks.mixed_folder
	$(BIN)/python -m tests.fuzz --count 10000
	$(BIN)/python -m tests.injections
	$(BIN)/python -m tests.wheel
	$(BIN)/python -m tests.container

wheel: .venv/ready
	@mkdir -p dist
	@$(PIP) wheel --no-deps --wheel-dir dist .
	@cp constraints.txt dist/constraints.txt
	@ls dist >&2

bench: setup-test
	$(BIN)/python -m benchmarks

fix: setup-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

SCORE = $(BIN)/rag eval --held-out --baseline

eval: eval-seeds eval-xquad eval-squad2
	$(BIN)/python -m rag.evaluation.reports.markdown .rag/eval/seeds .rag/eval/xquad .rag/eval/squad2

eval-seeds: setup
	$(BIN)/rag index --corpus seeds --index .rag/eval-index/seeds
	$(SCORE) tests/questions/seeds.jsonl --index .rag/eval-index/seeds --out .rag/eval/seeds

eval-xquad: setup
	$(BIN)/rag index --corpus $(EVAL)/xquad/articles.jsonl --index .rag/eval-index/xquad
	$(SCORE) $(EVAL)/xquad/questions.jsonl --sample $(XQUAD) --index .rag/eval-index/xquad \
	  --out .rag/eval/xquad

eval-squad2: setup
	$(BIN)/rag index --corpus $(EVAL)/squad2/articles.jsonl --index .rag/eval-index/squad2
	$(SCORE) $(EVAL)/squad2/questions.jsonl --sample $(SQUAD) --index .rag/eval-index/squad2 \
	  --out .rag/eval/squad2

refit: setup
	$(BIN)/python -m benchmarks.refit --data $(EVAL) --model $(MODEL)
