.PHONY: serve test test-postgres chaos fuzz check train bench
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

serve: $(READY)  ## API, worker and bundled model on http://127.0.0.1:8000
	$(BIN)/molwright serve

test: $(READY)
	$(BIN)/pytest

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

DATASET ?= zinc250k
MINUTES ?= 25
RUN ?= runs/$(DATASET)
train: $(READY)  ## one sitting of a training run, then its scoreboard; call again to go on
	$(BIN)/chemvae train --dataset $(DATASET) --output $(RUN) --resume --max-minutes $(MINUTES) $(RECIPE)
	$(BIN)/chemvae evaluate --model $(RUN)/checkpoint --dataset $(DATASET) --write-card

bench: $(READY)  ## decoding and encoding speed, beside a MOSES-shaped sampler
	$(BIN)/chemvae bench

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
