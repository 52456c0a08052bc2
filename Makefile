# On a machine with Python 3.11 or newer, git and make, each of these needs nothing done before it.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
MEASURE ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: api artifacts bench clean coverage demo deps docs docstrings format fuzz help imports interpreters judge lint \
	lowest mutants report screenshots soak spelling style test types wheel

demo: $(READY)-demo ## run the demo: two services, and what their log lines prove
	@$(BIN)/python -m structlog_enrich.demo

# Three, so that two cores have work while tests wait for processes and sockets.
test: $(READY)-tests ## run the tests
	$(BIN)/python -m $(MEASURE) pytest -n 3

lint: style spelling docstrings ## check style, format, spelling and that every test has a docstring

style: $(READY)-lint
	$(BIN)/ruff check && $(BIN)/ruff format --check

spelling: $(READY)-lint
	$(BIN)/codespell

docstrings: $(READY)-lint
	$(BIN)/interrogate tests

format: $(READY)-lint ## format the code and mend what can be mended safely
	$(BIN)/ruff check --fix-only && $(BIN)/ruff format

types: $(READY)-lint ## check the types of the package and of its public face
	$(BIN)/mypy

imports: $(READY)-lint ## check who imports whom
	$(BIN)/lint-imports --no-cache

deps: $(READY)-lint ## check that every dependency is used and declared
	$(BIN)/deptry structlog_enrich

docs: $(READY)-docs ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo 'The site is built: open site/index.html, or with its search: $(BIN)/python -m http.server --directory site'

screenshots: $(READY)-tests ## draw what a real terminal shows into docs/assets/
	$(BIN)/python docs/screenshots.py

coverage: MEASURE := coverage run -m
coverage: test report ## run the tests and measure which branches they take

report: $(READY)-tests
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report

wheel: $(READY)-package ## build the wheel and the sdist into dist/, and test the wheel
	bash .ci/wheel $(BIN)/python

interpreters: ## run the tests under the other interpreters that are here
	for version in 3.12 3.13; do bash .ci/interpreter $$version || test $$? = 77 || exit 1; done

lowest: $(READY)-tests ## run the tests with the oldest dependencies that pyproject.toml admits, the extras' too
	bash .ci/lowest $(BIN)/python

artifacts: $(READY)-tests ## renew what is generated from the schema
	$(BIN)/python -m structlog_enrich.export

api: $(READY)-tests ## renew the approved list of public names
	$(BIN)/python tests/public_api.py > tests/public_api.txt

bench: $(READY)-bench ## measure, and write the table into docs/performance.md
	$(BIN)/python -m benchmarks

judge: $(READY)-bench ## judge redaction by labelled texts, and write docs/redaction-figures.md
	$(BIN)/python -m benchmarks.judge || test $$? = 77

fuzz: $(READY)-fuzz ## look for texts that redaction leaves or trips over, a minute for each target
	$(BIN)/python -m benchmarks.fuzz

mutants: $(READY)-tests $(READY)-mutants ## change the writer in small ways, and write into docs/writer-tests.md which of them its tests notice
	$(BIN)/python -m benchmarks.mutants

soak: $(READY)-tests ## run the long forms of the writer's tests: an hour or two
	STRUCTLOG_ENRICH_SOAK=1 $(BIN)/python -m pytest -n 0 -o faulthandler_timeout=0 tests/delivery

clean: ## remove what any of these made
	rm -rf $(VENV) .cache .coverage .coverage.* .hypothesis dist mutants site

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

# One virtual environment; a marker in it for each set of tools, renewed when pyproject.toml changes.
$(READY)-demo: pyproject.toml $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[demo]' && touch $@

$(READY)-%: pyproject.toml $(READY)
	$(BIN)/python -m pip install --quiet --editable . --group $* && touch $@

# Dependency groups need pip 25.1.
$(READY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "structlog-enrich needs Python 3.11 or newer, and $(PYTHON) is not. Name one: make PYTHON=python3.13 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' && touch $@
