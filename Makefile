# Daqu. `make help` lists what there is; every target sets up what it needs.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

# The first interpreter that is Python 3.11 to 3.13 and has venv; override with `make PYTHON=…`.
SUITS := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(SUITS)' >/dev/null 2>&1 && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
SYNCED := $(VENV)/.synced
SIZE ?= small
# processes tests are shared out among; `make check WORKERS=0` runs them in one
WORKERS ?= 2
SHARED := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# A package index configured for pip serves uv too.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":[^#]*## "} /^[a-z%-]+:[^#]*## / {printf "  make %-14s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)

.PHONY: setup
setup: $(SYNCED) ## Python environment in .venv, from requirements.lock with hashes

$(SYNCED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 with venv found. Install one, \
	or name it: make setup PYTHON=/path/to/python3.12"; exit 1; }
	@$(BIN)/python -c '$(SUITS)' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@echo "Setting up $(VENV) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check uv
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.PHONY: demo
demo: setup ## Sample region → published warehouse → one screen (data/)
	@$(BIN)/daqu --home data sample
	@$(BIN)/daqu --home data run

.PHONY: check
check: setup lint stale ## All that must be green: linters, staleness, unit and integration tests
	@$(BIN)/pytest -m "not long" $(SHARED)

.PHONY: verify
verify: check ## The long rest: full campaigns, real data, benchmarks
	@$(BIN)/pytest -m long
	@$(MAKE) --no-print-directory bench-ingest

.PHONY: lint
lint: setup ## ruff, ty and sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/ty check pipelines quality tests
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt_project

.PHONY: unit
unit: setup ## Unit tests: seconds, no warehouse
	@$(BIN)/pytest tests/unit

.PHONY: integration
integration: setup ## Tests on the tiny sample region: landing, dbt, publish, the command
	@$(BIN)/pytest -m "not long" tests/integration tests/golden

.PHONY: generate
generate: setup ## Rewrite what follows from contracts and models: sources, kpi_value, pages
	@$(BIN)/python -m pipelines.contracts.generate

.PHONY: stale
stale: setup ## Fail when a generated file no longer matches what it is made from
	@$(BIN)/python -m pipelines.contracts.generate --check

.PHONY: docs
docs: generate ## The generated reference pages in docs/reference

.PHONY: lock
lock: setup ## Resolve pyproject.toml again into requirements.lock (names no index)
	@$(BIN)/uv pip compile --quiet --group pyproject.toml:dev pyproject.toml --generate-hashes \
		--universal --python-version 3.11 --no-emit-index-url -o requirements.lock

.PHONY: bench-ingest
bench-ingest: setup ## Validated ingest against bare read_csv and dlt; SIZE=small|full|huge
	@SIZE=$(SIZE) $(BIN)/python -m benchmarks.ingest

.PHONY: campaign-faults
campaign-faults: setup ## Faults of every kind planted among clean deliveries; SIZE=small|full
	@SIZE=$(SIZE) $(BIN)/python -m tests.campaigns.faults

.PHONY: bench-growth
bench-growth: setup ## Uplift and ROI of promotions on real orange juice; needs DAQU_REAL_DATA
	@$(BIN)/python -m benchmarks.growth

FORECASTS ?= vn1 orange_juice scale festival vn2 fresh iowa
.PHONY: bench-forecast
bench-forecast: setup ## The forecast on real sales; FORECASTS=iowa for one; needs DAQU_REAL_DATA
	@for one in $(FORECASTS); do SIZE=$(SIZE) $(BIN)/python -m benchmarks.forecast.$$one || exit 1; done

STOCKS ?= scale usaid fresh vn2
.PHONY: bench-stock
bench-stock: setup ## Stock at scale and on real ledgers; STOCKS=scale for one; needs DAQU_REAL_DATA
	@for one in $(STOCKS); do SIZE=$(SIZE) $(BIN)/python -m benchmarks.stock.$$one || exit 1; done

.PHONY: bench-models
bench-models: setup ## Models over years of real lines: rebuild, a changed week; needs DAQU_REAL_DATA
	@SIZE=$(SIZE) $(BIN)/python -m benchmarks.models

.PHONY: bench-messy
bench-messy: setup ## Pollock's simple score of our CSV reader and of DuckDB; needs DAQU_REAL_DATA
	@$(BIN)/python -m benchmarks.messy

.PHONY: campaign-fuzz
campaign-fuzz: setup ## Thousands of spoilt workbooks and CSVs; SIZE=small|full
	@SIZE=$(SIZE) $(BIN)/python -m tests.campaigns.fuzz

.PHONY: campaign-hostile
campaign-hostile: setup ## Files made to hurt: bombs, entities, paths, injection
	@SIZE=$(SIZE) $(BIN)/python -m tests.campaigns.hostile

.PHONY: campaign-differential
campaign-differential: setup ## Row rules against an independent implementation; SIZE=small|full
	@SIZE=$(SIZE) $(BIN)/python -m tests.campaigns.differential

.PHONY: campaign-kill
campaign-kill: setup ## kill -9 at random moments and at every failpoint; SIZE=small|full
	@SIZE=$(SIZE) $(BIN)/python -m tests.campaigns.kill

.PHONY: campaign-order
campaign-order: setup ## Random sequences of arrivals against a fresh start; SIZE=small|full
	@SIZE=$(SIZE) $(BIN)/python -m tests.campaigns.order

.PHONY: dev
dev: setup ## Dagster UI over the sample deployment
	@$(BIN)/daqu --home data dev

.PHONY: clean
clean: ## Remove the sample's inbox, warehouse and snapshots, and caches; keeps .venv
	@rm -rf data/inbox data/landing data/warehouse data/published data/logs data/dagster
	@rm -rf .pytest_cache .ruff_cache .coverage
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
