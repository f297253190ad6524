# Every target sets up what it needs: .venv from pyproject.toml, nothing outside the checkout but Chromium for the tests.
PYTHON ?= python3
PORT ?= 8866
SCENARIO ?= sample_data/river_crossing
OUT ?= out
BIN := .venv/bin

.PHONY: app test lab plan test-all bundle rivals chromium lint clean

app: .venv/ready
	$(BIN)/workbench plan "$(SCENARIO)" --out "$(OUT)"
	$(BIN)/workbench app --port "$(PORT)" --scenario "$(SCENARIO)" --out "$(OUT)"

plan: .venv/ready
	$(BIN)/workbench plan "$(SCENARIO)" --out "$(OUT)"

lab: .venv/ready
	$(BIN)/workbench lab --scenario "$(SCENARIO)" --out "$(OUT)"

test: .venv/ready-dev chromium lint
	$(BIN)/pytest -n 2 --dist loadgroup -m "not slow"

test-all: .venv/ready-dev chromium lint
	$(BIN)/pytest -n 2 --dist loadgroup

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bundle: .venv/ready-dev
	$(BIN)/python tools/bundle.py dist/bundle

# What the benchmarks compare with. Runs nothing: python -m benchmarks.matrix and the others do.
rivals: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[rivals]"

# The browser tests need Chromium; where it cannot be had they are skipped with that reason.
chromium:
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq chromium) >/dev/null 2>&1 \
	  || echo "Chromium cannot be had here: the browser tests will be skipped."

.venv/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@echo "Compiling the engines' kernels, once (about a minute) ..."
	@$(BIN)/workbench plan sample_data/four_drops --iterations 1 --jobs 1 --json --out .venv/warm-up >/dev/null
	touch $@

.venv/ready-dev: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@

clean:
	rm -rf .venv out dist build *.egg-info
