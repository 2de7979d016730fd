# Everything a developer or CI does. `make help` lists it.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= python3
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup run test check clients storefront storefront-built release-contracts openapi interop migrate bench chaos drill fuzz attacks planted mutants audit lock clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use
run: $(READY) ## Start PostgreSQL, the API and the worker with a demo shop (PORT=8000)
	@shop run --port $${PORT:-8000}

migrate: $(READY) ## Bring the database to the newest revision
	@shop migrate

audit: $(READY) ## Prove on the live database that nothing was lost or made from nothing
	@shop audit

##@ Develop
setup: $(READY) ## Create .venv with the pinned dependencies

test: $(READY) ## Run every check CI runs: format, lint, types, layers, tests
	ruff format --check .
	ruff check .
	mypy app
	lint-imports
	$(MAKE) clients
	$(MAKE) storefront-built
	pytest -n $${WORKERS:-2} -q

check: test ## The same as `make test`

openapi: $(READY) ## Export the API contracts to openapi/
	@shop openapi

clients: $(READY) ## Make the clients from the contracts, type-checked; refuse what breaks released ones
	npm --prefix clients/typescript ci
	npm --prefix clients/typescript run --silent generate
	npm --prefix clients/typescript run --silent check
	npm --prefix clients/typescript run --silent build
	python clients/python/generate.py
	MYPYPATH=clients/python/src mypy clients/python examples/merchant
	npm --prefix clients/released ci
	python -m tests.contract.released

release-contracts: $(READY) ## Make the exported contracts those that later ones must not break
	npm --prefix clients/released ci
	-python -m tests.contract.released
	python -m tests.contract.released --accept

storefront: clients storefront-built ## Make examples/storefront and go through it in Chromium, on a demo shop
	pytest -q -n 0 -rs tests/e2e/test_storefront.py
	@echo "What was seen is in examples/storefront/screenshots."

storefront-built: $(READY)
	npm --prefix examples/storefront ci
	npm --prefix examples/storefront run --silent build

interop: $(READY) ## Install the Node.js libraries that the tests of gateways are compared with
	npm --prefix tests/interop ci --silent

lock: $(READY) ## Resolve requirements/*.in to hash-pinned requirements/*.txt
	@for each in runtime embedded volume test dev; do \
		uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-emit-find-links --no-header -o requirements/$$each.txt requirements/$$each.in || exit 1; \
	done

clean: ## Remove the environment and the demo data
	rm -rf $(VENV) .data

##@ Measure
bench: $(READY) ## Measure against ceilings taken in the same run
	@python -m bench && python -m bench.page

chaos: $(READY) ## Break the shop in every way under load and show that nothing was lost
	@python -m bench.chaos

drill: $(READY) ## Lose a database, take it back to a moment, and show that it is whole
	@python -m bench.drill

fuzz: $(READY) ## Send 20 000 bad requests to all three APIs; answers keep the contract, and the books stay whole
	@python -m tests.fuzz --cases $${CASES:-20000} --seed $${SEED:-1}

attacks: $(READY) ## List known attacks and faults, and the tests that stand for each
	@python -m tests.attacks

planted: $(READY) ## Plant every fault in turn and show which test turns red (an hour or more)
	@python -m tests.planted

mutants: $(READY) ## Change a sample of the code in small ways and count what tests notice (SIZE=100 SEED=1)
	@python -m tests.mutants --size $${SIZE:-100} --seed $${SEED:-1}

# One file of the environment stands for all of it: made again when a lock file changes.
$(READY): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@
