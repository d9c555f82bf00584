# Everything runs in a virtual environment of its own: .venv, made on first use from the Python found.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NODE_FOLDERS := $(dir $(wildcard tests/*/node/package-lock.json tests/*/*/node/package-lock.json))
DESTINATIONS := tests/downstream/node/installed

.PHONY: help demo test lint types node check soak bench clients destinations docs clean

help:  ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("cohortlab needs Python 3.11 or newer; say which with make PYTHON=...") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(STAMP)

# What the demo needs and no more: a newcomer waits for it.
$(VENV)/.demo: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("cohortlab needs Python 3.11 or newer; say which with make PYTHON=...") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -e $(STAMP) || $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

demo: $(VENV)/.demo  ## Watch a cohort sync, hour after hour
	$(BIN)/cohortlab demo

test: $(STAMP)  ## Run the tests
	$(BIN)/python -m pytest -n 2

lint: $(STAMP)  ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)  ## Check types
	$(BIN)/mypy

docs: $(STAMP)  ## Write the generated pages anew
	$(BIN)/python docs/generate.py

node:  ## Install the official Node and browser SDKs and Segment's destinations for the tests, where npm is found
	@if command -v npm >/dev/null; then \
	  for folder in $(NODE_FOLDERS); do npm ci --silent --prefix $$folder || exit 1; done; \
	  mkdir -p $(DESTINATIONS) && cp downstream/node/pinned/*.json $(DESTINATIONS) && \
	  npm ci --silent --ignore-scripts --prefix $(DESTINATIONS) || exit 1; \
	else echo "There is no npm: the tests that need Node are skipped."; fi

destinations: $(STAMP) node  ## Measure Segment's destinations anew, and write their table and its page
	$(BIN)/python -m building.table $(DESTINATIONS)
	$(BIN)/python docs/generate.py

check: lint types node  ## What CI runs: every Python found, style, types, the demo
	$(BIN)/tox run -e public,demo,3.11,3.12,3.13

soak: $(STAMP)  ## Run what takes minutes: kills under load, races, and generated cases twenty times as long as the tests
	$(BIN)/python -m pytest -n 0 -p no:randomly -o timeout=0 -s tests/soak/*.py
	COHORTLAB_SOAK=20 $(BIN)/python -m pytest -n 2 --timeout=0 $$(grep -rl --include='*.py' 'from tests.generating import' tests)

bench: $(STAMP)  ## Measure; prints ratios within one run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m benchmarks

clients: $(STAMP) node  ## Run the clients out there against the fake, and write docs/clients.md
	$(BIN)/python -m tests.clients $(NAMES)
	$(BIN)/python docs/generate.py

clean:  ## Remove what the other targets made
	rm -rf $(VENV) .tox .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
