# make run · make test · make check · make bench: each installs what it needs, once.
# Stamps in .stamps/ say what has been done; delete the folder to do it again.

PYTHON ?= python3
PORT   ?= 8000
MODEL  ?= specimen

BIN      := .venv/bin
PIP      := $(BIN)/pip --disable-pip-version-check install --quiet --constraint constraints.txt
TWO      := --numprocesses=2 --dist=worksteal
STATIC   := backend/microscope/static
FRONTEND := $(shell find frontend/src frontend/public frontend/index.html frontend/docs.html frontend/vite.config.ts frontend/tsconfig.json -type f 2>/dev/null)

.PHONY: help install run test test-python test-frontend test-browser test-wheel check format bench schema wheel clean

help:            ## this list
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+:  +##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

install: .stamps/python $(STATIC)/index.html   ## .venv/ and the built frontend
	@echo "Installed. Next: make run, or $(BIN)/microscope --help"

run: .stamps/python $(STATIC)/index.html   ## the server with the bundled model; PORT=8000 MODEL=specimen
	@$(BIN)/microscope ui --model $(MODEL) --port $(PORT)

test: test-python test-frontend .stamps/browser   ## everything
	$(BIN)/python -m pytest $(TWO) tests/wheel tests/e2e

test-python: .stamps/dev $(STATIC)/index.html   ## pytest without the browser
	$(BIN)/python -m pytest $(TWO) tests --ignore=tests/e2e --ignore=tests/wheel

test-frontend: .stamps/node .stamps/browser    ## vitest, in jsdom and in a real browser
	cd frontend && npm run --silent test
	cd frontend && CHROMIUM_PATH="$$(../$(BIN)/python ../tests/e2e/browser.py)" npm run --silent test:browser

test-browser: .stamps/dev .stamps/browser $(STATIC)/index.html   ## the walks of the product in a real browser
	$(BIN)/python -m pytest $(TWO) tests/e2e

test-wheel: .stamps/dev $(STATIC)/index.html   ## the package as a stranger installs it
	$(BIN)/python -m pytest tests/wheel

check: .stamps/dev .stamps/node   ## lint and types, both sides
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright
	cd frontend && npm run --silent check

format: .stamps/dev .stamps/node   ## write both sides in their format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	cd frontend && npm run --silent format

bench: .stamps/bench .stamps/peers $(STATIC)/index.html   ## the ratios of docs/performance.md
	$(BIN)/python -m tests.benchmarks

schema: .stamps/dev .stamps/node   ## openapi.json and the frontend's types from the Python types
	$(BIN)/microscope schema > openapi.json
	cd frontend && npm run --silent types

wheel: .stamps/dev $(STATIC)/index.html   ## dist/*.whl with the frontend and the bundled model inside
	$(BIN)/pip --disable-pip-version-check wheel --quiet --no-deps --wheel-dir dist .

clean:           ## forget what was built (.venv stays)
	rm -rf .stamps $(STATIC) build dist frontend/node_modules

# torch first and by itself: pulled in by another package it could be another build.
.stamps/python: pyproject.toml constraints.txt
	@mkdir -p .stamps
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing PyTorch and the other libraries: some minutes, about 1.7 GB."
	$(PIP) torch
	$(PIP) --editable .
	@touch $@

.stamps/dev: .stamps/python
	$(PIP) --editable '.[dev]'
	@touch $@

.stamps/bench: .stamps/dev
	$(PIP) --editable '.[bench]'
	@touch $@

# torch first here too. torchvision is nobody's need, and one built for another torch breaks transformers.
.stamps/peers: tests/benchmarks/peer_requirements.txt
	@mkdir -p .stamps
	test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip --disable-pip-version-check install --quiet torch==2.13.0
	.venv-peers/bin/pip --disable-pip-version-check install --quiet --requirement tests/benchmarks/peer_requirements.txt
	.venv-peers/bin/pip --disable-pip-version-check uninstall --quiet --yes torchvision
	@touch $@

.stamps/node: frontend/package.json frontend/package-lock.json
	@mkdir -p .stamps
	cd frontend && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.stamps/browser: .stamps/dev
	$(BIN)/python tests/e2e/browser.py --install
	@touch $@

$(STATIC)/index.html: .stamps/node $(FRONTEND)
	@echo "Building the pages."
	@cd frontend && npm run --silent build -- --logLevel error
