# The words of this repository. CI runs these and no others.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

# What `make demo` trains; anything that `boxwright train --help` lists may be added.
DEMO_FLAGS ?= --data sample:bccd --system yolov8n --canvas 320 --epochs 60 --cache ram --evaluate_every 5

RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --constraints constraints.txt
# What Python compiled once is kept for all processes of the tests, whatever the environment says.
BYTECODE := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX='$(CURDIR)/$(VENV)/bytecode'
# Tests run one process per core, so every process keeps to one thread.
PYTEST := $(BYTECODE) OMP_NUM_THREADS=1 $(BIN)/python -m pytest

FIND_BROWSER := { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null

.DEFAULT_GOAL := help
.PHONY: help demo setup check test bench gpu docs browser static tests

help: ## List the words
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 8

demo: $(RUNTIME) ## Install, then train YOLOv8-n on the bundled photographs and show what it learned
	$(BIN)/boxwright train $(DEMO_FLAGS)

setup: $(DEV) ## Make .venv with boxwright and everything that development needs

check: $(DEV) static ## Format, lint, types, import layers, repository tests
	$(PYTEST) tests/repository --numprocesses $(WORKERS) --dist worksteal --quiet

test: $(DEV) ## Everything that CI runs: check and all tests; those of the pages need a browser
	@$(FIND_BROWSER) || echo "There is no Chromium, and the tests of the pages will fail. Run: make browser" >&2
	@$(MAKE) --no-print-directory --jobs 2 --keep-going static tests

browser: ## Install Chromium with apt, with sudo where that is needed: the pages are tested in a real browser
	@.ci/chromium

bench: $(DEV) ## Print the time and memory of the parts
	KINETO_LOG_LEVEL=99 $(BIN)/python -m benchmarks

gpu: $(DEV) ## On a CUDA machine, at most eight minutes: GPU tests, waits, time of the losses, images per second
	$(BIN)/python -m benchmarks.gpu

docs: $(DEV) ## Build the documentation into site/; any warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

static: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --cache-dir .import_linter_cache

tests: $(DEV) # beside the static checks, which are done before the workers have read all tests
	$(PYTEST) --numprocesses $(WORKERS) --dist worksteal

# uv, because it resolves torch and torchvision together: plain pip may pick a torch that torchvision cannot load.
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "boxwright needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo missing)." >&2; \
	  echo "Install one and name it: make setup PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv

$(RUNTIME): pyproject.toml constraints.txt | $(BIN)/uv
	$(INSTALL) --editable .
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/uv
	$(INSTALL) --editable '.[dev]'
	@touch $@ $(RUNTIME)
