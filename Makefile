# Ensemblier. Two commands to know: `make run` and `make test`. The rest is listed by `make help`.
BIN := .venv/bin
PORT ?= 8000
# The house, the rules and the base: what most changes break first. All the rest: make test.
FAST := tests/architecture tests/spec tests/platform/base tests/platform/web

.PHONY: help system install dev lock run demo-year test lint check stories bench soak docs sbom release-fixture
.DEFAULT_GOAL := help

help: ## This list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 18

system: ## What needs the system's package manager (root): venv, Chromium, LibreOffice Calc
	@python3 requirements/system.py

install: ## .venv with what running needs, from hash-pinned files
	@python3 requirements/install.py run

dev: ## .venv with what tests need besides
	@python3 requirements/install.py dev

lock: dev ## Compile the requirement files again, with hashes and no address
	@python3 requirements/lock.py

run: install ## Open the demo on http://127.0.0.1:$(PORT)
	@ENSEMBLIER_MODE=demo $(BIN)/ensemblier run --port $(PORT)

demo-year: install ## Play a year of the 25 example chains, on top of the demo (minutes)
	@ENSEMBLIER_MODE=demo $(BIN)/ensemblier demo-year

test: system dev ## Every test on SQLite (browser included) and on PostgreSQL
	@$(BIN)/python -m tests.run

lint: dev ## Format, lint, types, import arrows, names imported and migrations
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -p no:django -p no:xdist --noconftest -c /dev/null tests/architecture/test_imports.py
	@$(BIN)/python manage.py makemigrations --check --dry-run

check: lint ## Lint and the fast tests (two minutes)
	@$(BIN)/python -m pytest -q -n 2 -m "not browser and not trust and not slow and not heavy and not postgresql" $(FAST)

stories: dev ## One file per experience sheet, one line told by each
	@$(BIN)/python -m pytest -q -m "not slow" tests/stories --sheets

bench: ## Each figure against a named peer, in one run
	@python3 requirements/install.py bench
	@$(BIN)/python -m bench

soak: system dev ## Long races, kills and products: an hour or more, outside CI
	@$(BIN)/python -m tests.run --soak

docs: dev ## Pages generated from the code into docs/reference
	@$(BIN)/ensemblier docs

sbom: dev ## Bill of materials (CycloneDX) of the lock files, into dist/sbom.json
	@$(BIN)/python requirements/sbom.py

release-fixture: dev ## Freeze today's demo as the sample data of VERSION, for the upgrade test
	@$(BIN)/python -m tests.trust.release_fixture $(VERSION)
