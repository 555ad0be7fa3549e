# Everything one types. `make` alone prints the list.
# PYTHONSAFEPATH keeps the root off Python's path: the folders retrieval/, sim/, synth/ and datasets/ must only be
# reached as rtlgen.*. One OpenMP thread: two threads on a busy pair of cores are far slower than one.
export PYTHONSAFEPATH := 1
export OMP_NUM_THREADS := 1
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete

.PHONY: help setup demo test test-slow bench lint fix type docs wheel clean

help: ## Print this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)$$/  make \1\t\2/' | expand -t 20

$(STAMP): pyproject.toml constraints.txt .ci/setup
	@./.ci/setup python $(VENV)
	@touch $(STAMP)

setup: $(STAMP) ## Make .venv and install what is missing (Python packages, iverilog, bubblewrap)
	@./.ci/setup programs

demo: setup ## Complete the hole in a copy of examples/soc, simulate the result, find a better synthesis recipe
	@sh examples/demo.sh $(abspath $(BIN))/rtlgen

test: setup ## Run the tests
	@$(BIN)/pytest

test-slow: setup ## Run the slow tests: a wheel in an empty environment, the lowest versions allowed
	@$(BIN)/pytest -m slow

bench: setup ## Measure start, indexing, retrieval, completion, recipes and verdicts against their budgets, with the machine
	@$(BIN)/python tests/benchmarks/bench_budgets.py $(if $(REPO),--repo $(REPO))
	@$(BIN)/python tests/benchmarks/bench_index.py
	@$(BIN)/python tests/benchmarks/bench_decoding.py $(if $(DATA),--data $(DATA))
	@$(BIN)/python tests/benchmarks/bench_recipes_speed.py $(if $(RTLGEN_DATA),--data $(RTLGEN_DATA))
	@$(BIN)/python tests/benchmarks/bench_verdicts.py $(if $(RTLGEN_DATA),--data $(RTLGEN_DATA)/verilog-eval)

lint: setup ## Check style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

fix: setup ## Repair style
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

# Type checkers do not follow the import hook of an editable install, so they get a tree of links; mypy runs inside it,
# because from the root the folder datasets/ would stand before Hugging Face's package.
type: setup ## Check types
	@rm -rf .typecheck && mkdir -p .typecheck/rtlgen
	@ln -s $(CURDIR)/rtlgen/* .typecheck/rtlgen/
	@ln -s $(CURDIR)/retrieval $(CURDIR)/sim $(CURDIR)/synth .typecheck/rtlgen/
	@ln -s $(CURDIR)/datasets/builders .typecheck/rtlgen/datasets
	@cd .typecheck && ../$(BIN)/mypy --config-file ../pyproject.toml -p rtlgen

docs: setup ## Write docs/cli.md and docs/settings.md anew from the program
	@$(BIN)/python -c 'from rtlgen.cli import reference; print(reference.markdown(), end="")' > docs/.cli.md
	@mv docs/.cli.md docs/cli.md
	@$(BIN)/rtlgen config keys --markdown > docs/.settings.md
	@mv docs/.settings.md docs/settings.md

wheel: setup ## Build dist/rtlgen-*.whl
	@rm -rf build && $(BIN)/python -m build --wheel --outdir dist .

clean: ## Remove what was built (not .venv)
	@rm -rf build dist .typecheck .pytest_cache .mypy_cache .ruff_cache
