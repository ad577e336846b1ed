# make book    environment, notebooks, pages: the site is book/_build/html
# make pdf     the book as one file: book/_build/zmlib.pdf
# make test    the tests, in the same environment; make test-site    those that open the book in a browser
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
.DELETE_ON_ERROR:
.PHONY: help env book pdf test test-site screenshots notebooks lint format hooks figures older weights bench serve clean

help: ## show these lines
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /|/' | awk -F'|' '{ printf "make %-11s %s\n", $$1, $$2 }'

env: $(READY) ## set up .venv with everything that book and test need

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "zmlib needs Python 3.11 or newer and found none: install one, or name it: make book PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "zmlib needs Python 3.11 or newer, and $(PYTHON) is older: name another one: make book PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make environments: install its venv module first (Debian, Ubuntu: sudo apt install python3-venv)"; exit 1; }
	@echo "== Setting up .venv with $$($(PYTHON) --version): one to five minutes, once"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) -e ".[book,dev]"
	@touch $@

book: $(READY) ## run the notebooks whose sources have changed, and compile the book
	$(BIN)/zmlib reproduce
	@echo "The book: book/_build/html/index.html"

pdf: book ## print the book to book/_build/zmlib.pdf (needs Chromium)
	@echo "== Printing the book: a minute or two"
	$(BIN)/python book/scripts/pdf.py

# A worker that has nothing left to do takes over half of what another has still to do.
test: $(READY) ## run the tests, but for those of the built book
	@echo "== Running the tests"
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not browser"

test-site: $(READY) ## open the pages of the built book and play with them (needs Chromium; without it they are skipped)
	@echo "== Trying the site"
	$(BIN)/python -m pytest -n auto --dist worksteal -m browser tests/site

# Those of the tests that keep a picture where ZMLIB_SHOTS says so: every page, desktop and phone, light and dark, and
# the apps and pages to play with while they are played with.
screenshots: $(READY) ## picture every page of the built book in book/_build/shots (needs Chromium)
	@test -f book/_build/html/index.html || { echo "There is no book yet: run make book first."; exit 1; }
	@echo "== Picturing the pages: about two minutes"
	@rm -rf book/_build/shots
	@ZMLIB_BROWSER=required ZMLIB_SHOTS="$(CURDIR)/book/_build/shots" $(BIN)/python -m pytest -q -n auto tests/site -k "fits or app_in_a_browser"
	@echo "$$(ls book/_build/shots | wc -l) pictures of the pages: book/_build/shots"

notebooks: $(READY) ## run every cell of the committed notebooks, small, and compare the outputs that must not change
	@echo "== Running the notebooks with the preset smoke"
	@results=$$(mktemp -d) && trap 'rm -rf "$$results"' EXIT && ZMLIB_PRESET=smoke ZMLIB_RESULTS=$$results \
	  OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile -p no:cacheprovider --nbval-lax --nbval-current-env notebooks

lint: $(READY) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## let ruff put the sources in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

hooks: $(READY) ## check every commit with ruff and mypy
	$(BIN)/pre-commit install

# CHAPTERS="fig7 table1": only these. Which data it measures on: notebooks/release.py.
figures: $(READY) ## run the committed notebooks in place: outputs and figures/ as a release keeps them
	$(BIN)/python notebooks/release.py $(CHAPTERS)

older: $(READY) ## list the kept results, and which were measured on an older version of the code
	$(BIN)/python notebooks/kept.py

# RUNS: where all of it goes; LENGTH=long: days; DRY=--dry-run: only show each training, its steps and hours
# LOSS=vgg16: another loss network than vgg16-caffe; TAGGED=dir: a folder of photos for each word
# EXTRAS=1: the networks that exist for one figure of the book, in place of those that ship
LENGTH ?= evening
RUNS   ?= runs/$(LENGTH)
weights: $(READY) ## train every network that ships: make weights PHOTOS=dir PAINTINGS=dir (an evening; LENGTH=long: days)
	@test -n "$(PHOTOS)" -a -n "$(PAINTINGS)" || { echo "Name two folders: make weights PHOTOS=my-photos PAINTINGS=my-paintings"; exit 2; }
	$(BIN)/zmlib weights train --photos "$(PHOTOS)" --paintings "$(PAINTINGS)" --runs "$(RUNS)" --length $(LENGTH) \
	  $(if $(LOSS),--loss-network $(LOSS)) $(if $(TAGGED),--tagged "$(TAGGED)") $(if $(EXTRAS),extras) $(DRY)

# ARGS: more options, as `make bench OUT=bench ARGS=--help` lists them
ARGS ?=
bench: $(READY) ## time ZM-Net beside its rivals on this machine, half an hour: make bench OUT=dir
	@test -n "$(OUT)" || { echo "Name a folder for the results: make bench OUT=bench"; exit 2; }
	@PYTHONPATH=notebooks $(BIN)/python -m bench --out "$(OUT)" $(ARGS)

serve: book ## show the book at http://localhost:$(PORT)
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory book/_build/html

clean: ## remove the built book (not .venv, not runs/)
	rm -rf book/_build book/executed book/results book/scripts/node_modules .snakemake
