.PHONY: serve test check
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

serve: $(READY)  ## API, worker and bundled model on http://127.0.0.1:8000
	$(BIN)/molwright serve

test: $(READY)
	$(BIN)/pytest

check: $(READY)
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
