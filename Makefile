# Puhui's commands. `make help` lists them; each one sets up what it needs first, from git, make and python3 alone.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PLOTS := src/puhui/documents/built/plots.js
FRONTEND := $(filter-out %/node_modules/%,$(wildcard src/puhui/web/frontend/*.* src/puhui/web/frontend/src/*)) \
  $(wildcard src/puhui/web/templates/*.html src/puhui/web/templates/*/*.html src/puhui/web/locale/*/*/*.po)
OUT ?= out/demo
BUDGET ?= 100000000
SERVE ?= 1
PORT ?= 8000
export PUHUI_HOME ?= $(CURDIR)/.puhui
export PUHUI_SHARED_DATA ?= $(abspath ../shared/data)

.DEFAULT_GOAL := help
.PHONY: help setup build words demo pictures test check bench peers docs lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready $(PLOTS) ## make the virtual environment and build the plots

$(VENV)/.ready: requirements/dev.txt pyproject.toml scripts/bootstrap
	@scripts/bootstrap $(VENV)
	@touch $@

$(PLOTS): $(VENV)/.ready $(FRONTEND)
	@scripts/build-plots $(VENV)
	@touch $@

build: $(PLOTS) ## build the plots and the workbench's look

words: $(VENV)/.ready ## gather what the pages say into the Chinese catalogue
	@$(BIN)/python scripts/words extract

demo: setup ## set up from nothing, decide on real invoices (or made ones), play a bank in a box, then serve the workbench (SERVE=0: do not)
	@scripts/demo "$(PUHUI_SHARED_DATA)/cumcm2020c" "$(BUDGET)" "$(OUT)" "$(SERVE)" "$(PORT)"

PICTURES ?= $(shell mktemp -d)/pictures
pictures: setup ## a picture of every page of the bank that was played, in both languages and at both widths, into PICTURES
	@$(BIN)/python scripts/pictures "$(PICTURES)"

test: setup ## set up from nothing and run every test
	@PUHUI_HOME= $(BIN)/python -m pytest -n 2 --dist loadscope $(PYTEST)

check: setup ## style, types, layers, migrations and docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@DJANGO_SETTINGS_MODULE=puhui.settings $(BIN)/python -W ignore -m django makemigrations --check --dry-run
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: setup peers ## time the engines side by side with their peers, and live an hour of random years beside a shadow
	@$(BIN)/puhui bench variables --json
	@$(BIN)/puhui bench ledger --json
	@$(BIN)/puhui bench simulation --json

peers: $(VENV)/.ready ## install what benches compare with, in an environment of its own
	@scripts/install-peers $(VENV)

docs: setup ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "open site/index.html"

lock: $(VENV)/.ready ## resolve the requirements anew, with hashes and without a registry's name
	@scripts/lock $(VENV)

clean: ## remove what was made, but not what Puhui holds (.puhui)
	@rm -rf $(VENV) site out src/puhui/documents/built src/puhui/web/static/built src/puhui/web/frontend/node_modules
