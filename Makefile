# For a fresh machine with Python 3.11+ and make:
#   make sweep   set up, then search ResNet-50 on the owner's axes: a run folder with the front, plots and a report
#   make test    set up, then run every check
#   make quick   set up, then run the tests that are not slow: a minute
#   make readme  run the commands that README.md shows and write what they print there
#   make docs    build the manual as a site in site/, the reference and the API made from the code
#   make fuzz   give the readers mutated inputs for SECONDS=600 and tell what failed
#   make audit  look for known faults in the packages and for common mistakes in the code; needs the network
#   make bench  what takes how much CPU, as a ratio to a workload of NumPy's, beside tests/benchmarks/baseline.json
#   make golden  freeze the model's figures anew; refused without a new model version and its line in CHANGELOG.md
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Compiles the loops that a search of full.yaml and a replay take, once, into a cache beside their modules.
WARM := import numba, siam_dse as s; full = s.load_space('full'); \
	some = s.Designs.grid(spare_tiles=1), full.designs_at(range(0, full.size, full.size // 60)); \
	[s.evaluate('resnet18', designs).columns(['latency_ms', 'energy_mj', 'cost_usd', 'sqnr_db']) for designs in some]; \
	s.evaluate('lenet5', noc_model='fluid').column('latency_ms')
NETWORK ?= resnet50
SECONDS ?= 600
SPACE ?= search_spaces/siam.yaml

.PHONY: sweep test quick readme docs fuzz audit bench golden lint types contracts unit clean

sweep: $(READY)
	$(BIN)/siam-dse sweep $(NETWORK) --space $(SPACE)

test: lint types contracts unit

lint: $(READY)
	$(BIN)/ruff check siam_dse tests
	$(BIN)/ruff format --check siam_dse tests

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports

# Two processes share two cores: products of matrices in threads besides would wait for each other.
unit: $(READY)
	OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal --durations=15

quick: $(READY)
	$(BIN)/pytest -m 'not slow'

readme: $(READY)
	$(BIN)/python tests/readme.py

docs: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	$(BIN)/siam-dse manual --out .docs
	$(BIN)/mkdocs build --quiet -f siam_dse/manual/site.yml

# Strangers' inputs for SECONDS; supply chain and common mistakes of security.
fuzz: $(READY)
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

audit: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit bandit
	$(BIN)/pip-audit --skip-editable
	$(BIN)/bandit --quiet --recursive siam_dse --severity-level medium

bench: $(READY)
	$(BIN)/python tests/benchmarks/bench.py

golden: $(READY)
	$(BIN)/python -m tests.golden

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,onnx,dashboard,paper]'
	$(BIN)/python -c "$(WARM)"
	touch $(READY)

clean:
	rm -rf $(VENV) .docs site .mypy_cache .ruff_cache .import_linter_cache
