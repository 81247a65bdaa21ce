# Fresh machine: `make demo` plays, `make test` proves. Everything goes into .venv.

PYTHON ?= python3
VENV ?= .venv
BEAM_VENV ?= .venv-beam
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
DEMO_DIR ?= generated
DATA ?= ../shared/data

.DEFAULT_GOAL := install
.PHONY: install core demo test test-core test-beam browser lint magenta-tests bench bundles clean

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 10) <= v <= (3, 13) else "expected Python 3.10 to 3.13, found %d.%d: make PYTHON=python3.12" % v)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/core.stamp: setup.py | $(BIN)/python
	$(PIP) install --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock | $(VENV)/core.stamp
	$(PIP) install --no-deps --requirement requirements/dev.lock
	@touch $@

$(VENV)/magenta.stamp: requirements/magenta.lock | $(VENV)/core.stamp
	@echo "Installing TensorFlow, Magenta and note-seq (about 700 MB) ..."
	$(PIP) install --no-deps --requirement requirements/magenta.lock
	@touch $@

core: $(VENV)/core.stamp  ## the core and its commands, well under a minute

install: $(VENV)/core.stamp $(VENV)/magenta.stamp  ## core, Magenta layer, Magenta itself

demo: $(VENV)/core.stamp  ## ten melodies, and a page to hear them
	@$(BIN)/ssc_melody_generate --config=ssc_attention_rnn --output_dir=$(DEMO_DIR) --num_outputs=10 \
	  --num_steps=128 --mixtape
	@ls $(DEMO_DIR)/*.mid | tail -n 10

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test-core: $(VENV)/dev.stamp  ## what needs no TensorFlow
	$(BIN)/python -m pytest tests/core

browser: | $(BIN)/python  ## Chromium for the tests of pages, where it is missing and we are root
	@if ! command -v chromium >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	echo "Installing Chromium for the tests of pages ..."; \
	(export DEBIAN_FRONTEND=noninteractive; timeout 120 apt-get update --quiet && \
	timeout 300 apt-get install --quiet --yes --no-install-recommends chromium fonts-dejavu-core) \
	>$(VENV)/browser.log 2>&1 || echo "No Chromium ($(VENV)/browser.log says why): those tests are skipped"; fi

$(BEAM_VENV)/stamp: requirements/beam.lock
	$(PYTHON) -m venv $(BEAM_VENV)
	$(BEAM_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --requirement $<
	@touch $@

test-beam: $(BEAM_VENV)/stamp  ## data sets on Apache Beam, whose protobuf is older: its own venv
	$(BEAM_VENV)/bin/python -m pytest tests/beam

test: $(VENV)/magenta.stamp $(VENV)/dev.stamp browser lint test-beam  ## everything; what CI runs
	$(BIN)/python -m pytest tests

magenta-tests: $(VENV)/magenta.stamp  ## Magenta's own tests on today's TensorFlow
	$(BIN)/python tests/magenta_layer/run_magenta_tests.py

bench: $(VENV)/magenta.stamp $(VENV)/dev.stamp  ## figures against stock Magenta, in one run
	$(BIN)/python -m benchmarks.bench_generate
	$(BIN)/python -m benchmarks.bench_train
	@if [ -d $(DATA) ]; then set -e; \
	$(BIN)/python -m benchmarks.bench_dataset $(DATA); \
	$(BIN)/python -m benchmarks.bench_melody_track --data=$(DATA); \
	else echo "No folder $(DATA) with the zips of music (DATA=FOLDER): no figures on data sets"; fi

bundles: $(VENV)/magenta.stamp $(VENV)/dev.stamp  ## corpus, four trainings, bundles and model card
	$(BIN)/python -m make_bundles --piano_midi=$(DATA)

clean:
	rm -rf $(VENV) $(BEAM_VENV) $(DEMO_DIR) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
