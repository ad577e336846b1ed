# make book    environment, notebooks, pages: the site is book/_build/html
# make test    the tests, in the same environment
# make help    the rest
#
# PYTHON=python3.12   another interpreter (3.11 or newer)
# PIP_ARGS="..."      more options for pip; for instance the index of PyTorch's CPU-only builds (see README.md)

PYTHON   ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
              $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PIP_ARGS ?=
PORT     ?= 8000

BIN       := .venv/bin
READY     := .venv/.installed
NOTEBOOKS := $(notdir $(wildcard notebooks/*.ipynb))
EXECUTED  := $(addprefix book/executed/,$(NOTEBOOKS))
# What a notebook's pictures depend on: the package, with the weights and styles inside it.
SOURCES   := $(shell find zmlib -type f -not -path '*/__pycache__/*' 2>/dev/null)
BUILT     := book/_build/.built
PAGES     := $(wildcard book/*.md book/*.yml book/*.bib book/_static/* book/_ext/*.py)
SCRIPTS   := book/scripts/node_modules/.fetched

.DELETE_ON_ERROR:
.PHONY: help env book test lint format hooks figures serve clean

help: ## show these lines
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /|/' | awk -F'|' '{ printf "make %-8s %s\n", $$1, $$2 }'

env: $(READY) ## set up .venv with everything that book and test need

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "zmlib needs Python 3.11 or newer and found none: install one, or name it: make book PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "zmlib needs Python 3.11 or newer, and $(PYTHON) is older: name another one: make book PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make environments: install its venv module first (Debian, Ubuntu: sudo apt install python3-venv)"; exit 1; }
	@echo "== Setting up .venv with $$($(PYTHON) --version): one to five minutes, once"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) -e ".[book,dev]"
	@touch $@

book: $(BUILT) ## run the notebooks and compile the book
	@echo "The book: book/_build/html/index.html"

book/executed/%.ipynb: notebooks/%.ipynb $(SOURCES) $(READY)
	@mkdir -p book/executed
	@echo "== Running $<: about a minute on two cores"
	$(BIN)/papermill $< $@ --cwd notebooks

$(SCRIPTS): book/scripts/package-lock.json book/scripts/fetch.py | $(READY)
	@echo "== Fetching the pages' scripts"
	@$(BIN)/python book/scripts/fetch.py
	@test -f $(dir $@)mathjax/package.json && touch $@ || true

$(BUILT): $(EXECUTED) $(PAGES) $(SCRIPTS)
	@echo "== Compiling the pages: half a minute"
	$(BIN)/jupyter-book build book --all -W -n --keep-going
	@touch $@

test: $(READY) ## run the tests
	@echo "== Running the tests"
	$(BIN)/python -m pytest -n auto

lint: $(READY) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## let ruff put the sources in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

hooks: $(READY) ## check every commit with ruff and mypy
	$(BIN)/pre-commit install

figures: $(READY) ## run the committed notebooks in place: outputs and figures/ as a release keeps them
	$(BIN)/python notebooks/release.py

serve: book ## show the book at http://localhost:$(PORT)
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory book/_build/html

clean: ## remove the built book (not .venv, not runs/)
	rm -rf book/_build book/executed book/scripts/node_modules
