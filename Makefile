# Every task of the project; `make help` lists them.
# PYTHON, PORT, HOST, SERVER and the settings of the demo come from the environment
# or from the command line: `make run PORT=9000 SERVER=granian`.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Not exported: deploy/gunicorn.conf.py has the same defaults, and the servers that the
# tests start would take these for their own.
HOST ?= 127.0.0.1
PORT ?= 8000
WEB_CONCURRENCY ?= 2
WEB_THREADS ?= 4
SERVER ?= gunicorn
APP := demo_app.core.main:app
ASGI_APP := demo_app.core.asgi:app
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 5

.PHONY: help install run dev watch trace test test-browser test-postgres e2e \
	e2e-validated e2e-asgi test-contract test-live test-proofs test-bench check lint \
	types format docs docs-check teaches prove soak bench bench-orm bench-served dist \
	dist-check clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- What has to be there, made once and again when its description changes --------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and \
	    f"Roob needs Python 3.11 or later, and $(PYTHON) is {v[0]}.{v[1]}: make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serves-with-gunicorn: framework/pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) -e './framework[server,typed,postgres,websockets,docs]'
	@touch $@

$(VENV)/.serves-with-asgi: $(VENV)/.serves-with-gunicorn
	@touch $@

$(VENV)/.serves-with-granian: framework/pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) -e './framework[granian,typed,postgres,docs]'
	@touch $@

$(VENV)/.tests: requirements-dev.txt framework/pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

$(VENV)/.keeps-contract: tests/contract/requirements.txt $(VENV)/.tests
	$(PIP_INSTALL) -r tests/contract/requirements.txt
	@touch $@

$(VENV)/.browses: tests/browser/requirements.txt $(VENV)/.tests
	$(PIP_INSTALL) -r tests/browser/requirements.txt
	@touch $@

$(VENV)/.compares: benchmarks/requirements.txt $(VENV)/.tests
	$(PIP_INSTALL) -r benchmarks/requirements.txt
	@touch $@

install: $(VENV)/.tests ## Make the virtualenv with all that tests and checks need

# --- The demo -----------------------------------------------------------------------

SERVE_gunicorn := $(BIN)/python -m gunicorn --config deploy/gunicorn.conf.py $(APP)
SERVE_asgi := env WORKER_CLASS=asgi $(SERVE_gunicorn:$(APP)=$(ASGI_APP))
SERVE_granian := $(BIN)/granian --interface wsgi --host $(HOST) --port $(PORT) \
	--workers $(WEB_CONCURRENCY) --blocking-threads $(WEB_THREADS) $(APP)
ifndef SERVE_$(SERVER)
$(error SERVER=$(SERVER) is not known here: gunicorn, asgi and granian are)
endif

run: $(VENV)/.serves-with-$(SERVER) ## Serve the demo on http://127.0.0.1:8000 (PORT=, SERVER=gunicorn|asgi|granian)
	@exec $(SERVE_$(SERVER))

dev: export DEBUG := 1
dev: export ACCESS_LOG := 1
dev: $(VENV)/.serves-with-gunicorn ## Serve the demo and restart it when a file changes
	@exec $(SERVE_gunicorn) --reload --workers 1

# --- The glass box ------------------------------------------------------------------

REQUEST ?= GET /api/products/1

trace: $(VENV)/.serves-with-gunicorn ## Watch a request go through every layer (REQUEST="GET /api/products/1")
	@$(BIN)/python -m roob trace $(REQUEST)

watch: export DEBUG := 1
watch: $(VENV)/.serves-with-gunicorn ## Serve the demo; each request is shown at the address that it prints
	@exec $(SERVE_gunicorn:$(APP)=demo_app.core.watched:app) --workers 1

docs: $(VENV)/.tests ## Fill the documents' traces from live runs
	$(BIN)/python -m roob docs --write

docs-check: $(VENV)/.tests ## Run the documents' traces again: fail where a path is another
	$(BIN)/python -m roob docs --check

teaches: $(VENV)/.compares ## The figures of the glass box: documents, paths, cost, secrets
	$(BIN)/python -m benchmarks.teaches

include deploy/container.mk

# --- Tests and checks ---------------------------------------------------------------

test: $(VENV)/.tests ## Install what the tests need and run all that need no root
	$(BIN)/python -m pytest

test-postgres: export ROOB_REQUIRE_POSTGRES := 1
test-postgres: $(VENV)/.tests ## Run the ORM's tests, and fail where PostgreSQL is missing
	$(BIN)/python -m pytest framework/tests/orm

test-browser: $(VENV)/.browses ## Drive the pages in a headless Chromium, which has to be installed
	$(BIN)/python -m pytest tests/browser

e2e: $(VENV)/.tests ## Run the end-to-end tests against gunicorn (DATABASE=sqlite|postgres)
	$(BIN)/python -m pytest tests/e2e $(if $(filter postgres,$(DATABASE)),--postgres)

e2e-validated: $(VENV)/.tests ## The same with the standard library's WSGI validator around the app
	$(BIN)/python -m pytest tests/e2e --validated

e2e-asgi: $(VENV)/.tests ## The same through the ASGI bridge (ASGI=gunicorn|uvicorn|hypercorn)
	$(BIN)/python -m pytest tests/e2e --asgi $(or $(ASGI),gunicorn)

test-contract: $(VENV)/.keeps-contract ## Ask the demo what its OpenAPI document promises, by schemathesis
	$(BIN)/python -m pytest tests/contract

test-live: $(VENV)/.tests ## Websockets and event streams on four kinds of server, frame by frame
	$(BIN)/python -m pytest tests/live

test-proofs: $(VENV)/.tests ## The slow proofs in short: kills, races, forks, a small crowd
	$(BIN)/python -m pytest tests/reliability tests/soak

test-bench: $(VENV)/.compares ## Whether the benchmarks measure what they say, with every peer
	$(BIN)/python -m pytest tests/benchmarks

check: lint types test ## The whole gate: format, lint, types, floors, tests

lint: $(VENV)/.tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.tests
	$(BIN)/mypy

format: $(VENV)/.tests ## Lay the code out and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# --- Proving ------------------------------------------------------------------------

prove: $(VENV)/.tests ## The slow proofs of the ORM, some minutes: kills, crashes, forks, races
	$(BIN)/python -m tests.reliability $(PROVE)

soak: $(VENV)/.tests ## 500 websockets and 200 event streams on one worker (SOAK="--seconds 60")
	$(BIN)/python -m tests.soak $(SOAK)

# --- Measuring ----------------------------------------------------------------------

bench: $(VENV)/.compares ## Time requests in process, Roob beside its peers
	$(BIN)/python -m benchmarks.in_process $(BENCH)

bench-served: $(VENV)/.compares ## Requests a second behind real servers (needs wrk)
	$(BIN)/python -m benchmarks.served $(BENCH)

bench-orm: $(VENV)/.compares ## Time the ORM beside its peers; the memory of a long read
	$(BIN)/python -m benchmarks.orm $(BENCH)
	$(BIN)/python -m benchmarks.orm_memory

# --- The distribution ---------------------------------------------------------------

dist: $(VENV)/.tests ## Build wheel and sdist into dist/
	rm -rf dist
	$(BIN)/python -m build --outdir dist framework

dist-check: dist ## Install the wheel alone in an empty virtualenv and run the quick start
	$(BIN)/python -m pytest tests/packaging --wheel dist

clean: ## Remove what was made: virtualenvs, caches, builds (the demo's data stays)
	rm -rf $(VENV) .venv-* dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
