# Every target makes .venv with all extras when it is missing; nothing else has to be installed by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXTRAS := sdv,torch,postgres,demo,crosscheck,dev
PLAIN := $(VENV)-plain

# Benchmark tables are read from here when the folder exists; tests that need them skip with a reason otherwise.
ifneq ($(wildcard ../shared/data),)
export SYNTH_BENCH_DATA ?= $(abspath ../shared/data)
endif

.PHONY: help demo test check plain up benchmark catalogue constraints clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Synth needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is %d.%d; run: make PYTHON=/path/to/python3.12 ..." % v)'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$(EXTRAS)]"
	@touch $@

demo: $(VENV)/.installed ## make, judge and report synthetic rows of a real health insurance experiment
	$(BIN)/synth demo

check: $(VENV)/.installed ## format, lint, types, import rules, unit and contract tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/unit tests/contract -m "not ray and not statistical" -q -n 2

# SDV and sdmetrics pin pandas below 3; this environment has neither, nor torch.
$(PLAIN)/.installed: $(VENV)/.installed
	$(PYTHON) -m venv --clear $(PLAIN)
	grep -v '^pandas==' constraints.txt > $(PLAIN)/constraints.txt
	$(PLAIN)/bin/python -m pip install --quiet --disable-pip-version-check -c $(PLAIN)/constraints.txt "pandas>=3" -e ".[demo,dev]"
	@touch $@

plain: $(PLAIN)/.installed ## unit and contract tests without SDV and torch, and with pandas 3
	$(PLAIN)/bin/pytest tests/unit tests/contract -m "not ray and not statistical" -q -n 2

test: check plain ## check and plain, then the tests that start Ray, fit models, open a browser or read documents
	$(BIN)/pytest tests -m "ray or statistical" -q
	$(BIN)/pytest tests/e2e -m "not ray and not statistical" -q
	$(BIN)/pytest --doctest-modules synth models -q

up: ## the service
	@echo "There is no service yet: job queue, API, accounts and console are missing. 'synth run' does the main job."; exit 1

benchmark: $(VENV)/.installed ## the table of the required figures; needs SYNTH_BENCH_DATA
	$(BIN)/python -m benchmarks.fidelity
	$(BIN)/python -m benchmarks.scale

catalogue: $(VENV)/.installed ## take new sentences into the report's Chinese catalogue, drop unused ones
	$(BIN)/pybabel --quiet extract -F pyproject.toml -k say -k NotScorableError --add-location=file --no-wrap -o $(VENV)/synth.pot .
	$(BIN)/pybabel --quiet update -i $(VENV)/synth.pot -o synth/report/catalogues/zh.po -l zh_Hans_CN --no-fuzzy-matching \
	  --ignore-obsolete --width 120

constraints: ## resolve every dependency anew and write constraints.txt
	rm -rf $(VENV)-resolve && $(PYTHON) -m venv $(VENV)-resolve
	$(VENV)-resolve/bin/python -m pip install --quiet "torch==2.13.0" -e ".[$(EXTRAS)]"
	{ echo "# Versions of a clean resolve of all extras on Python 3.11; written by 'make constraints'."; \
	  $(VENV)-resolve/bin/python -m pip freeze --exclude-editable | grep -v '^-e' | sed 's/+cpu//; s/ @ .*//' ; } > constraints.txt
	rm -rf $(VENV)-resolve

clean: ## remove the environment and caches
	rm -rf $(VENV) $(PLAIN) .mypy_cache .ruff_cache .pytest_cache .hypothesis
