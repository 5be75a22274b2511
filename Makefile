# Concordat's own commands. `make` alone lists them. Needs make and Python 3.11 or newer; the rest is fetched once, by hash.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

BIN := .venv/bin
LOCKED := .venv/.locked
INSTALLED := .venv/.installed

# Where tests look for OPA, and what builds it; absent, guards are tested against Rego alone.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/concordat
OPA := $(CACHE)/opa
OPA_VERSION ?= latest
# Beside which the bench sets the service, with OPA; either absent, it is left out.
CERBOS := $(CACHE)/cerbos
CERBOS_VERSION ?= latest
# Where tests look for veraPDF, which checks PDF/UA; its version stands in tests/exchange/verapdf/pom.xml.
VERAPDF := $(CACHE)/verapdf
GO ?= $(or $(shell command -v go 2>/dev/null),/usr/local/go/bin/go)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# A test starts hundreds of processes, each of which would read every module's source anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo serve test test-long check format bench bench-register vectors opa cerbos verapdf lock setup clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "; if (!ENVIRON["NO_COLOR"]) {on = "\033[36m"; off = "\033[0m"}} \
	    /^[a-z-]+:.*## / {printf "  " on "make %-14s" off " %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## Watch one disclosure being agreed, decided, signed and checked
	@$(BIN)/concordat demo

serve: $(INSTALLED) ## Answer applications over HTTP, on this machine alone (OFFICE=DIR; else the demo's)
	@$(BIN)/concordat serve --office "$${OFFICE:-demo-office}"

test: $(INSTALLED) ## Run the tests (some minutes)
	@$(BIN)/python -m pytest -n auto --dist worksteal -m "not long"

test-long: $(INSTALLED) verapdf ## Run the tests that take longer (an hour or more; needs Java and Maven too)
	@$(BIN)/python -m pytest -n auto --dist worksteal -m long

check: $(INSTALLED) ## Lint, formatting, types and fences between the floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(INSTALLED) ## Put every file into the house's form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(INSTALLED) ## Measure a decision, the keeping of its record, the service, and others beside it (many minutes)
	@missed=0; for each in bench bench_store bench_http bench_scale bench_peers; do \
	    $(BIN)/python -m tests.$$each || missed=1; done; exit $$missed

bench-register: $(INSTALLED) ## Measure a register of a thousand agreements, and comparing versions (some minutes)
	@missed=0; for each in bench_register bench_compare; do \
	    $(BIN)/python -m tests.$$each || missed=1; done; exit $$missed

vectors: $(INSTALLED) ## Write the golden records anew (commit them alone, with the reason)
	@$(BIN)/python -m tests.vectors

opa: $(OPA) ## Build the OPA server that guards are tested with (once; needs Go)
	@echo "concordat: OPA is $(OPA)" >&2

$(OPA):
	@if ! "$(GO)" version >/dev/null 2>&1; then \
	    echo "concordat: error: Go is not at hand, so OPA cannot be built" >&2; \
	    echo "concordat: hint: install Go, or set CONCORDAT_OPA to an opa of your own; else Rego is tested with regopy" >&2; exit 1; fi
	@echo "concordat: building OPA with $$("$(GO)" version) (some minutes, once)" >&2
	@mkdir -p "$(dir $(OPA))"
	@GOBIN="$(dir $(OPA))" "$(GO)" install github.com/open-policy-agent/opa@$(OPA_VERSION)

cerbos: $(CERBOS)/node_modules ## Fetch the Cerbos server that the bench compares with (once; needs npm)
	@echo "concordat: Cerbos is in $(CERBOS)" >&2

$(CERBOS)/node_modules:
	@if ! npm --version >/dev/null 2>&1; then \
	    echo "concordat: error: npm is not at hand, so Cerbos cannot be fetched" >&2; \
	    echo "concordat: hint: install Node.js, or set CONCORDAT_CERBOS to a cerbos of your own" >&2; exit 1; fi
	@mkdir -p "$(CERBOS)"
	@npm install --prefix "$(CERBOS)" --no-audit --no-fund --ignore-scripts "cerbos@$(CERBOS_VERSION)" >&2

verapdf: $(VERAPDF)/.fetched ## Fetch veraPDF, which checks PDF/UA (once; needs Java and Maven)
	@:

$(VERAPDF)/.fetched: tests/exchange/verapdf/pom.xml
	@for program in java mvn; do command -v $$program >/dev/null || { \
	    echo "concordat: error: $$program is not at hand, so veraPDF cannot be fetched" >&2; \
	    echo "concordat: hint: on Debian or Ubuntu: sudo apt-get install default-jdk-headless maven" >&2; exit 1; }; done
	@echo "concordat: fetching veraPDF (once)" >&2
	@rm -rf "$(VERAPDF)" && mkdir -p "$(VERAPDF)"
	@mvn -q -f $< dependency:copy-dependencies -DoutputDirectory="$(VERAPDF)"
	@touch $@

lock: ## Resolve requirements.lock anew (needs uv)
	@uv pip compile --quiet --extra dev --generate-hashes --no-emit-index-url --no-header \
	    --universal --python-version 3.11 --custom-compile-command "make lock" \
	    --output-file requirements.lock pyproject.toml

setup: $(INSTALLED) ## Prepare .venv and nothing else
	@:

clean: ## Remove .venv and every cache
	@rm -rf .venv dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------- set-up, once

# The first of these that is Python 3.11 or newer; `make PYTHON=/path/to/python demo` names another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
    "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
	    echo "concordat: error: Python 3.11 or newer is needed, and no python3 here is that new" >&2; \
	    echo "concordat: hint: on Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2; exit 1; fi
	@if ! "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "concordat: error: $(PYTHON) cannot make an environment of its own: its venv module is missing" >&2; \
	    echo "concordat: hint: on Debian or Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; fi
	@echo "concordat: making .venv with $$("$(PYTHON)" --version)" >&2
	@"$(PYTHON)" -m venv .venv

$(LOCKED): requirements.lock | .venv/bin/python
	@echo "concordat: fetching the libraries named in requirements.lock (once; each is checked by its hash)" >&2
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.lock
	@touch $@

$(INSTALLED): $(LOCKED) pyproject.toml
	@echo "concordat: installing concordat itself, to be edited in place" >&2
	@$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@
