# Martlet: what a developer does, a word each. `make` alone lists it.

SWIFT_FLAGS = --explicit-target-dependency-import-check error
TESTS = swift test $(SWIFT_FLAGS)
# Shipped with Swift's libraries inside: where it runs there need be no Swift.
RELEASE = swift build -c release --static-swift-stdlib $(SWIFT_FLAGS)
SWIFT_SOURCES = Package.swift Sources Tests Benchmarks/rates Fuzz/Package.swift Fuzz/Sources/fuzz Fuzz/Sources/FuzzTargets
FUZZ_SECONDS = $(or $(T),20)
# How many tests run at once. Without it all 1,500 begin together, and each waits a minute for its turns.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 8

.DEFAULT_GOAL := help
.PHONY: help deps build release test fast fmt lint tidy run bench fuzz interop ci clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{ printf "  make %-9s %s\n", $$1, $$2 }'

deps: ## install the Debian packages that building and testing need
	@dev/install-packages libsqlite3-dev libargon2-dev libcrypt-dev libunbound-dev dns-root-data pkg-config sqlite3 \
		openssl xz-utils nsd ldnsutils

build: deps ## build everything, for debugging
	swift build --build-tests $(SWIFT_FLAGS)

release: deps ## build the program as it is shipped
	$(RELEASE) --product martlet

test: deps ## build and run all tests
	$(TESTS) --skip '^ScenarioTests'
	$(TESTS) --filter '^ScenarioTests'

fast: deps ## only the tests of words and languages, what fuzzers found included
	$(TESTS) --filter '^(MailBytes|MailTypes|MIME|SMTPWire|IMAPWire|POP3Wire|ManageSieveWire|SASL|SenderAuth|SieveLanguage|Fuzz)Tests'

fmt: ## put all sources into the house format
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

lint: ## check the format of all sources
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)

tidy: deps ## check the measures that neither compiler nor formatter sees
	$(TESTS) --filter '^TidyTests'

run: release ## build and start the whole system on high ports, with demo accounts
	.build/release/martlet demo --home $(or $(HOME_DIR),.build/demo)

bench: release ## measure beside Postfix, Dovecot and the libraries of Pigeonhole and OpenDKIM (installs them)
	$(RELEASE) --product rates
	Benchmarks/run $(ARGS)

fuzz: deps ## fuzz every parser, T seconds each (default 20)
	Fuzz/run $(FUZZ_SECONDS)

interop: release ## real clients and servers against Martlet (installs them)
	Interop/run $(ARGS)

ci: deps lint test ## what the gate runs: format, build with warnings as errors, import check, all tests

clean: ## remove everything built
	rm -rf .build Fuzz/.build
