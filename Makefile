# All that a machine needs is Python 3.10 or newer, and make. "make" alone lists the commands;
# the README says what stands behind them, for machines without make.

PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY := $(BIN)/python
export OMP_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

INSTALLED := $(VENV)/.installed
FRONT_END := node_modules/.installed
LAB := $(VENV)/.lab

.DEFAULT_GOAL := help
.PHONY: help book lab test lint checkpoints bench student clean setup

help:  ## list these commands
	@echo "make COMMAND, where COMMAND is one of"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) \
	  | while IFS='|' read -r name text; do printf '  %-11s %s\n' "$$name" "$$text"; done

book: setup  ## run the chapters and build the book into _build/html
	$(PY) tools/notebook_cache.py
	$(BIN)/jupyter-book build . -W -n --keep-going

test: setup lint  ## run all the tests: library, chapters, the built book in a browser
	$(PY) -m pytest --nbval-lax -n 2 --dist loadfile -m "not site" tests chapters
	$(MAKE) book
	$(PY) -m pytest -n 2 --dist loadfile -m site tests

lint: $(INSTALLED)  ## check the code's style and the spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

lab: $(LAB)  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab chapters

checkpoints: $(INSTALLED)  ## make again all checkpoints whose recipes changed (MINUTES=60 DEVICE=auto)
	$(PY) -m aigc_edu checkpoints make --minutes $(or $(MINUTES),60) --device $(or $(DEVICE),auto) --pack runs/packed

bench: $(INSTALLED)  ## have every model make the same sounds, and compare them: runs/bench/index.html
	$(PY) -m aigc_edu bench --out runs/bench

student: $(INSTALLED)  ## write the chapters without their solutions into student/
	$(PY) -m aigc_edu.teaching.student chapters --out student

clean:  ## remove what the other commands made, the environment included, but not student/
	rm -rf _build node_modules $(VENV) .pytest_cache .ruff_cache .hypothesis .coverage htmlcov

setup: $(INSTALLED) $(FRONT_END)

$(PY):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# The imports compile what librosa keeps compiled. Two processes that do it at the same moment can
# leave halves that don't fit together, and every later call of librosa.yin is then a crash.
$(INSTALLED): requirements.txt constraints.txt pyproject.toml | $(PY)
	$(PY) -m pip install --quiet -r requirements.txt -c constraints.txt
	$(PY) -m pip install --quiet -e . -c constraints.txt
	$(PY) -c "import librosa.beat, librosa.core.audio, librosa.core.pitch, librosa.util.utils"
	@touch $@

$(FRONT_END): package.json package-lock.json | $(INSTALLED)
	$(PY) tools/front_end.py
	@touch $@

$(LAB): $(INSTALLED)
	$(PY) -m pip install --quiet -e ".[lab]" -c constraints.txt
	@touch $@
