# Martlet: what a developer does, a word each. `make` alone lists it.

SWIFT_FLAGS = --explicit-target-dependency-import-check error
TESTS = swift test $(SWIFT_FLAGS)
# How often each piece of code runs, as `make profile` recorded it: what is not among the last hundredth of a percent of
# all that runs is hot. By the compiler's own measure, a percent, the inner loops leave no room for anything else.
# A new profile changes neither a source nor what the compiler makes of it before it optimizes, and both the build and
# the compiler would keep what they have; hence a name for each profile, and no codegen skipped. Functions of one file go
# by its name without the folder, which is another one wherever Martlet is built.
PROFILE = dev/martlet.profdata
PROFILED = -Xswiftc -Xfrontend -Xswiftc -ir-profile-use=$(CURDIR)/$(PROFILE) \
	-Xswiftc -Xllvm -Xswiftc -profile-summary-cutoff-hot=999900 \
	-Xswiftc -Xllvm -Xswiftc -static-func-full-module-prefix=false \
	-Xswiftc -Xfrontend -Xswiftc -disable-incremental-llvm-codegen \
	-Xswiftc -DPROFILE_$(shell cksum < $(PROFILE) | cut -d ' ' -f 1)
# Shipped with Swift's libraries inside: where it runs there need be no Swift.
RELEASE = swift build -c release --static-swift-stdlib $(SWIFT_FLAGS) $(PROFILED)
SWIFT_SOURCES = Package.swift Sources Tests Benchmarks/rates Fuzz/Package.swift Fuzz/Sources/fuzz Fuzz/Sources/FuzzTargets
FUZZ_SECONDS = $(or $(T),20)
# How many tests run at once. Without it all 1,500 begin together, and each waits a minute for its turns.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 8

.DEFAULT_GOAL := help
.PHONY: help deps build release test fast fmt lint tidy run bench profile fuzz interop ci clean

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
	@# A profile that the compiler cannot read would slow the program down and fail nothing.
	@# Nor may it hold the paths of the machine it was recorded on, by which nothing would be found elsewhere.
	! grep -a -q '\.build/' $(PROFILE)
	! echo 'print(1)' | swiftc -O -Xfrontend -ir-profile-use=$(PROFILE) -c -o /dev/null - 2>&1 | grep error

tidy: deps ## check the measures that neither compiler nor formatter sees
	$(TESTS) --filter '^TidyTests'

run: release ## build and start the whole system on high ports, with demo accounts
	.build/release/martlet demo --home $(or $(HOME_DIR),.build/demo)

bench: release ## measure beside Postfix, Dovecot and the libraries of Pigeonhole and OpenDKIM (installs them)
	$(RELEASE) --product rates
	Benchmarks/run $(ARGS)

profile: deps ## record anew how often each piece of code runs, for `make release` (half an hour)
	dev/record-profile $(PROFILE)

fuzz: deps ## fuzz every parser, T seconds each (default 20)
	Fuzz/run $(FUZZ_SECONDS)

interop: release ## real clients and servers against Martlet (installs them)
	Interop/run $(ARGS)

ci: deps lint test ## what the gate runs: format, build with warnings as errors, import check, all tests

clean: ## remove everything built
	rm -rf .build Fuzz/.build
