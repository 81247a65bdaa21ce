# Fresh machine: `make demo` plays, `make test` proves. Everything goes into .venv.

PYTHON ?= python3
VENV ?= .venv
BEAM_VENV ?= .venv-beam
BENCH_VENV ?= .venv-bench
TORCH_FLAGS ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
JOBS ?= auto
PYTEST := $(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=worksteal
UV ?= uv
LOCK := $(UV) pip compile --quiet --universal --no-header --no-annotate --python-version
DEMO_DIR ?= generated
DATA ?= ../shared/data
READERS ?=
INPUTS ?= 10000
SEED ?= 0

.DEFAULT_GOAL := install
.PHONY: install core demo lint test test-core test-beam test-all test-pythons coverage fuzz browser \
  magenta-tests bench bundles docs locks clean

$(BIN)/python:
	@$(PYTHON) .ci/check_python.py
	$(PYTHON) -m venv $(VENV)

$(VENV)/core.stamp: setup.py pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock | $(VENV)/core.stamp
	$(PIP) install --quiet --no-deps --requirement requirements/dev.lock
	@touch $@

# NumPy's stubs differ from release to release, and each Python locks another: mypy reads these.
$(VENV)/types.stamp: requirements/types.lock | $(BIN)/python
	rm -rf $(VENV)/types
	$(PIP) install --quiet --no-deps --target=$(VENV)/types --only-binary=:all: \
	  --python-version=3.12 --ignore-requires-python --requirement requirements/types.lock
	@touch $@

$(VENV)/magenta.stamp: requirements/magenta.lock | $(VENV)/core.stamp
	@echo "Installing TensorFlow, Magenta and note-seq: about 700 MB to fetch, 2.5 GB on the disk"
	$(PIP) install --no-deps --requirement requirements/magenta.lock
	@touch $@

$(VENV)/docs.stamp: requirements/docs.lock | $(VENV)/core.stamp
	$(PIP) install --quiet --no-deps --requirement requirements/docs.lock
	@touch $@

core: $(VENV)/core.stamp  ## the core and its commands, well under a minute

install: $(VENV)/core.stamp $(VENV)/magenta.stamp  ## core, Magenta layer, Magenta itself

demo: $(VENV)/core.stamp  ## ten melodies, and a page to hear them
	@$(BIN)/python -m ssc_melody demo --output_dir=$(DEMO_DIR) --title="Lucy's New Mixtape"
	@ls $(DEMO_DIR)/*.mid | tail -n 10

lint: $(VENV)/dev.stamp $(VENV)/types.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	MYPYPATH=$(VENV)/types $(BIN)/mypy --no-site-packages

browser: | $(BIN)/python  ## Chromium for the tests of pages, where it is missing and we are root
	@if ! command -v chromium >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	echo "Installing Chromium for the tests of pages ..."; \
	(export DEBIAN_FRONTEND=noninteractive; timeout 120 apt-get update --quiet && \
	timeout 300 apt-get install --quiet --yes --no-install-recommends chromium fonts-dejavu-core) \
	>$(VENV)/browser.log 2>&1 || echo "No Chromium ($(VENV)/browser.log says why): those tests are skipped"; fi

test-core: $(VENV)/dev.stamp  ## what needs no TensorFlow
	$(PYTEST) -m "not slow" tests/core

test: $(VENV)/magenta.stamp $(VENV)/dev.stamp browser lint  ## everything but what is slow, and Beam
	$(PYTEST) -m "not slow" tests/core tests/magenta_layer

fuzz: $(VENV)/dev.stamp  ## READERS="midi abc" INPUTS=200000 SEED=7; all readers without READERS
	$(BIN)/python -m tests.fuzz $(READERS) --inputs=$(INPUTS) --seed=$(SEED)

coverage: $(VENV)/dev.stamp browser  ## the core's tests, slow ones too; 95 % of its branches
	$(PYTEST) tests/core --cov

$(BEAM_VENV)/stamp: requirements/beam.lock
	@$(PYTHON) .ci/check_python.py
	$(PYTHON) -m venv $(BEAM_VENV)
	$(BEAM_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --requirement $<
	@touch $@

test-beam: $(BEAM_VENV)/stamp  ## data sets on Apache Beam, whose protobuf is older: its own venv
	$(BEAM_VENV)/bin/python -m pytest tests/beam

test-all: $(VENV)/magenta.stamp $(VENV)/dev.stamp lint docs coverage test-beam  ## what CI runs
	$(PYTEST) tests/magenta_layer

test-pythons:  ## lint and the core's tests on each Python found, in .venv-3.X
	@$(PYTHON) .ci/each_python.py $(MAKE) lint test-core

# PyTorch, to compare with: a venv of its own. TORCH_FLAGS takes pip's flags for the smaller build, for
# CPUs alone; PyTorch's page on installing names them.
.PHONY: torch
torch: requirements/bench.txt
	@if ! $(BENCH_VENV)/bin/python -c "import torch" 2>/dev/null; then \
	echo "Installing PyTorch: without TORCH_FLAGS 3 GB to fetch, 5.5 GB on the disk"; \
	$(PYTHON) -m venv $(BENCH_VENV) && $(BENCH_VENV)/bin/python -m pip --disable-pip-version-check \
	--quiet install $(TORCH_FLAGS) --requirement $< || echo "No PyTorch: its figures are left out"; fi

magenta-tests: $(VENV)/magenta.stamp  ## Magenta's own tests on today's TensorFlow
	$(BIN)/python tests/magenta_layer/run_magenta_tests.py

bench: $(VENV)/magenta.stamp $(VENV)/dev.stamp torch  ## figures against stock Magenta and peers
	$(BIN)/python -m benchmarks.bench_generate
	$(BIN)/python -m benchmarks.bench_command
	$(BIN)/python -m benchmarks.bench_improv
	$(BIN)/python -m benchmarks.bench_families
	$(BIN)/python -m benchmarks.bench_studio
	$(BIN)/python -m benchmarks.bench_train --torch_python=$(BENCH_VENV)/bin/python
	$(BIN)/python -m benchmarks.bench_bfloat16
	@if [ -d $(DATA) ]; then set -e; \
	$(BIN)/python -m benchmarks.bench_dataset $(DATA); \
	$(BIN)/python -m benchmarks.bench_melody_track --data=$(DATA); \
	else echo "No folder $(DATA) with the zips of music (DATA=FOLDER): no figures on data sets"; fi

bundles: $(VENV)/magenta.stamp $(VENV)/dev.stamp  ## corpus, four trainings, bundles and model card
	$(BIN)/python -m make_bundles --data=$(DATA)

docs: $(VENV)/docs.stamp  ## the site, in site/; a dead link is an error
	$(BIN)/python -m docs.generate
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

locks:  ## requirements/*.lock again, each keeping the versions that it has
	$(LOCK)=3.10 --config-file=requirements/uv.toml --override=requirements/override.txt \
	  --output-file=requirements/magenta.lock requirements/magenta.in
	$(LOCK)=3.10 --constraint=requirements/magenta.lock --no-emit-package=pyaudio \
	  --extra=test --extra=crc32c --extra=evaluate --extra=pictures --extra=scores --extra=studio \
	  --extra=onnx \
	  --output-file=requirements/dev.lock pyproject.toml requirements/sound.in
	$(LOCK)=3.10 --constraint=requirements/magenta.lock --constraint=requirements/dev.lock --extra=docs \
	  --output-file=requirements/docs.lock pyproject.toml
	$(LOCK)=3.10 --output-file=requirements/beam.lock requirements/beam.in
	$(LOCK)=3.12 --output-file=requirements/types.lock requirements/types.in

clean:
	rm -rf $(VENV) .venv-3.* $(BEAM_VENV) $(BENCH_VENV) $(DEMO_DIR) build dist site *.egg-info .coverage* \
	  .pytest_cache .mypy_cache .ruff_cache .hypothesis
