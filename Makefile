# `make help` lists the targets. Everything runs from .venv, which follows the locks under requirements/.
# Works with GNU make 3.81 (macOS) and a POSIX shell.

.DEFAULT_GOAL := help
.SUFFIXES:

# The first Python on PATH that can make the environment; `make PYTHON=/path/to/python` chooses another.
usable_python = import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
    $$python -c '$(usable_python)' 2>/dev/null && echo $$python && break; done)

bin := .venv/bin
pip_install := $(bin)/python -m pip install --disable-pip-version-check --no-deps --require-hashes
logs := logs/make

# dbt reports usage to its makers unless told not to.
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export PYTHONDONTWRITEBYTECODE := 1

# $(call quietly,name,command): the output goes to logs/make/<name>.log, and to the terminal only if the command fails.
quietly = mkdir -p $(logs); $(2) >$(logs)/$(1).log 2>&1 </dev/null \
    || { status=$$?; cat $(logs)/$(1).log; printf '\n%s\n' '$(1): failed'; exit $$status; }

# What dbt built and how long it took, with every warning and what was not logged, from the log of a build that passed.
dbt_summary = sed -n -e 's/^[0-9:]* *//' -e '/^feedlift: /p' \
    -e '/^Finished running/p' -e '/^Done\./p' -e '/^[0-9]* of [0-9]* WARN/p' -e '/^\[WARNING\]/,/^$$/p'

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1@\2/p' Makefile | awk -F@ '{ printf "%-14s %s\n", $$1, $$2 }'

.PHONY: build
build: .venv/run.txt ## Make the environment if need be, then build every model and run every dbt test in feedlift.duckdb
	@$(call quietly,build,$(bin)/dbt --no-use-colors build)
	@$(dbt_summary) $(logs)/build.log

# A build from nothing in a file of its own: a reader of feedlift.duckdb would hold the lock that dbt needs.
test: export DBT_TARGET_PATH := target/test
test: export FEEDLIFT_DATABASE := target/test/feedlift.duckdb
test: export FEEDLIFT_TEST_DATABASE := target/test/feedlift.duckdb
.PHONY: test
test: .venv/dev.txt ## Lint, build from nothing and run every dbt test, then pytest
	@$(MAKE) --no-print-directory --jobs=2 lint tested
	@$(bin)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# dbt has work for little more than one core, so the linter runs beside it. pytest takes its files in their order:
# sorted by their number of tests, those with few but long ones would come last and leave cores idle.
.PHONY: tested
tested: .venv/dev.txt
	@rm -rf target/test && mkdir -p target/test
	@$(call quietly,test,$(bin)/dbt --no-use-colors build)
	@$(dbt_summary) $(logs)/test.log

.PHONY: lint
lint: export DBT_TARGET_PATH := target/lint
lint: export FEEDLIFT_DATABASE := target/lint/feedlift.duckdb
lint: .venv/dev.txt ## Check Python (ruff), dbt's configuration (a strict parse) and SQL (sqlfluff)
	@mkdir -p target/lint
	@$(call quietly,ruff,{ $(bin)/ruff check && $(bin)/ruff format --check; })
	@$(call quietly,parse,$(bin)/dbt --no-use-colors --warn-error parse --no-partial-parse --show-all-deprecations)
	@$(MAKE) --no-print-directory target/lint/sqlfluff
	@echo 'lint: ruff, dbt parse and sqlfluff found nothing'

# Compiling and linting all SQL takes a minute, so SQL that has not changed since it was found clean is not linted again.
target/lint/sqlfluff: .sqlfluff .sqlfluffignore requirements/dev.txt dbt_project.yml \
    $(shell find analyses macros models tests -name '*.sql' -o -name '*.yml')
	@$(call quietly,sqlfluff,$(bin)/sqlfluff lint --disable-progress-bar)
	@touch $@

.PHONY: format
format: .venv/dev.txt ## Let ruff and sqlfluff correct what they can
	@$(bin)/ruff check --fix --quiet
	@$(bin)/ruff format --quiet
	@$(bin)/sqlfluff fix --disable-progress-bar --quiet

is_built = test -e "$${FEEDLIFT_DATABASE:-feedlift.duckdb}" \
    || { echo 'Nothing is built yet: run make build first.' >&2; exit 1; }

# $(call show,columns,width): runs the SQL of the standard input. `rounded` leaves doubles five digits, so that sentences
# have room beside them.
rounded = [duckdb.FunctionExpression("printf", duckdb.ConstantExpression("%.5g"), duckdb.ColumnExpression(name)).alias(name) \
    if kind == "DOUBLE" else duckdb.ColumnExpression(name) for name, kind in zip(rows.columns, rows.types)]
show = $(bin)/python -c 'import duckdb, os, sys; \
    database = os.environ.get("FEEDLIFT_DATABASE", "feedlift.duckdb"); \
    rows = duckdb.connect(database, read_only=True).sql(sys.stdin.read()); \
    rows$(1).show(max_width=$(2), max_rows=1000)'

query: export SQL := $(SQL)
.PHONY: query
query: .venv/run.txt ## Run SQL against what was built: make query SQL="select ..."
	@$(is_built)
	@printf '%s' "$$SQL" | $(call show,,240)

analysis: export NAME := $(NAME)
.PHONY: analysis
analysis: .venv/run.txt ## Run a query under analyses/ against what was built: make analysis NAME=diagnose_ctr_drop
	@$(is_built)
	@test -e "analyses/$$NAME.sql" || { \
	    echo "There is no analysis '$$NAME'; set NAME to one of:" $(sort $(basename $(notdir $(wildcard analyses/*.sql)))) >&2; \
	    exit 1; }
	@$(call quietly,analysis,$(bin)/dbt --no-use-colors compile --select "path:analyses/$$NAME.sql")
	@$(call show,.select(*$(rounded)),400) < "$${DBT_TARGET_PATH:-target}/compiled/feedlift/analyses/$$NAME.sql"

open_bandit := examples/open_bandit
open_bandit_dbt := ../../$(bin)/dbt --no-use-colors

.PHONY: real
real: .venv/run.txt $(open_bandit)/data/obp ## Build on real logs, the Open Bandit Dataset, and print their readout
	@$(call quietly,real,(cd $(open_bandit) && $(open_bandit_dbt) deps && $(open_bandit_dbt) build))
	@$(dbt_summary) $(logs)/real.log
	@$(bin)/python $(open_bandit)/readout.py

# The data set ships inside a wheel, which is unpacked and not installed: its dependencies are large and not needed.
$(open_bandit)/data/obp: $(open_bandit)/requirements.txt | .venv/run.txt
	@$(call quietly,download,$(bin)/python -m pip download --disable-pip-version-check --no-deps --only-binary :all: \
	    --require-hashes --dest $(@D) --requirement $<)
	@$(call quietly,unpack,$(bin)/python -m zipfile --extract $(@D)/obp-*.whl $(@D))
	@touch $@

.PHONY: seeds
seeds: .venv/run.txt ## Generate the demo data under seeds/ again
	@$(bin)/python -m simulator seeds

.PHONY: lock
lock: .venv/dev.txt ## Resolve requirements/*.in again into the locks
	@cd requirements && for lock in dev run; do \
	    ../$(bin)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	        --no-config --custom-compile-command 'make lock' --overrides overrides.in \
	        $$(test $$lock = run && echo --constraints dev.txt) --output-file $$lock.txt $$lock.in || exit 1; \
	done

.PHONY: clean
clean: ## Remove the environment, the built database and everything else that can be made again
	@rm -rf .venv target logs dbt_packages feedlift.duckdb feedlift.duckdb.wal .pytest_cache .ruff_cache .hypothesis practice/.cache
	@cd $(open_bandit) && rm -rf data target logs dbt_packages open_bandit.duckdb open_bandit.duckdb.wal

# The stamp is a copy of the lock, so a checkout that only touches the lock's time installs nothing.
.venv/run.txt: requirements/run.txt .venv/bin/python
	@cmp -s $< $@ || { $(call quietly,install,$(pip_install) -r $<); }
	@cp $< $@

.venv/dev.txt: requirements/dev.txt .venv/run.txt
	@cmp -s $< $@ || { $(call quietly,install,$(pip_install) -r $<); }
	@cp $< $@

.venv/bin/python:
	@$(or $(PYTHON),false) -c '$(usable_python)' 2>/dev/null || { \
	    echo 'feedlift needs Python 3.11 or newer with its venv module (on Debian and Ubuntu: python3-venv).' \
	        '$(if $(PYTHON),$(PYTHON) is not that,None was found on PATH); name one with make PYTHON=/path/to/python3.' >&2; \
	    exit 1; }
	@$(call quietly,environment,$(PYTHON) -m venv --clear .venv)
