# Two commands matter: `make demo` shows it, `make test` proves it. Both set up what a fresh Debian 12 with the .NET 10 SDK lacks.
SHELL         := /bin/bash
.SHELLFLAGS   := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CONFIGURATION := Release
RID           := linux-x64
ARTIFACTS     := artifacts
BIN           := $(ARTIFACTS)/bin
SOLUTION      := aws-vpc-cni.slnx
# Silent unless something is wrong, which `dotnet build` cannot be.
BUILD         := dotnet msbuild -restore -p:Configuration=$(CONFIGURATION) -v:q -nologo -tl:off

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
export MSBUILDDISABLENODEREUSE := 1

PROGRAMS := ipamd aws-cni grpc-health-probe vpclab
ipamd.project             := Ipamd
aws-cni.project           := AwsCni
grpc-health-probe.project := HealthProbe
vpclab.project            := VpcLab

SETTINGS := global.json Directory.Build.props Directory.Packages.props .editorconfig $(SOLUTION)
SOURCES  := $(shell find src -type f -not -path '*/bin/*' -not -path '*/obj/*')
TESTS    := $(shell find test -type f -not -path '*/bin/*' -not -path '*/obj/*')

# make simulate SEEDS=2000 FROM=1
SEEDS := 200
FROM  := 1

# make fuzz MINUTES=10. A program of its own: the branches it takes are counted by instructions put into its assemblies.
MINUTES := 1
FUZZ    := -p:OutDir=$(CURDIR)/$(ARTIFACTS)/fuzz-program/

# make crash KILLS=200 ROUNDS=10; make bench CHURN_SEEDS=5
KILLS       := 200
ROUNDS      := 10
CHURN_SEEDS := 5

.PHONY: help demo test simulate mutants scenarios fuzz crash conformance publish bench lint docs clean setup

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: publish ## a VPC of two nodes on this machine: pods, pings, a killed daemon, EC2's bill
	@$(BIN)/vpclab demo --bin $(BIN) --conf config/10-aws.conf

test: publish $(ARTIFACTS)/.tests-built $(ARTIFACTS)/.clients ## everything, on the published programs: unit, kernel, end to end
	@build/run-tests $(CONFIGURATION)

simulate: $(ARTIFACTS)/.simulate ## the warm pool in virtual time, SEEDS=200 FROM=1; one seed alone prints its whole story
	@$(ARTIFACTS)/simulate/simulate --seeds $(SEEDS) --from $(FROM) --coverage

mutants: $(ARTIFACTS)/.restored ## deliberate bugs in a copy of src, one build each: which seed of SEEDS=200 catches which (half an hour)
	@build/mutants $(SEEDS)

scenarios: $(ARTIFACTS)/.simulate ## bursts, churn, small subnet, throttled account, outage: the tables of docs/simulation.md
	@$(ARTIFACTS)/simulate/simulate scenarios

fuzz: $(ARTIFACTS)/.restored ## hostile input for every decoder, MINUTES=1 each, and the branches it took; what breaks one is kept in artifacts/fuzz
	@$(BUILD) bench/Fuzz $(FUZZ)
	@dotnet msbuild bench/Fuzz -t:Fuzz -p:Configuration=$(CONFIGURATION) $(FUZZ) -p:Minutes=$(MINUTES) -p:FuzzFolder=$(CURDIR)/$(ARTIFACTS)/fuzz -v:m -nologo -tl:off

conformance: $(ARTIFACTS)/.restored ## docs/conformance.md from its table
	@$(BUILD) test/Architecture.Tests
	@UPDATE_PAGES=1 test/Architecture.Tests/bin/$(CONFIGURATION)/net10.0/AwsVpcCni.Architecture.Tests -class '*ConformanceTests' > /dev/null

publish: $(PROGRAMS:%=$(BIN)/%) ## the programs as native executables in artifacts/bin

bench: $(BIN)/vpclab $(BIN)/ipamd $(BIN)/aws-cni ## the lab's, the plugin's and the daemon's figures (20 minutes), as tables and in artifacts/bench/*.json; fails when a bound of the pool's is missed
	@$(BUILD) bench/Lab.Bench
	@$(BUILD) bench/Pool.Bench
	@$(BUILD) bench/Model.Bench
	@$(BUILD) bench/Plugin.Bench
	@mkdir -p $(ARTIFACTS)/bench
	@cc -O2 -Wall -static -o $(ARTIFACTS)/bench/floor bench/Plugin.Bench/floor.c
	@cc -O2 -Wall -o $(ARTIFACTS)/bench/cni-driver bench/Plugin.Bench/cni-driver.c
	@bench/Lab.Bench/bin/$(CONFIGURATION)/net10.0/AwsVpcCni.Lab.Bench $(BIN)/vpclab $(ARTIFACTS)/bench
	@bench/Plugin.Bench/bin/$(CONFIGURATION)/net10.0/AwsVpcCni.Plugin.Bench $(BIN) config/10-aws.conf $(ARTIFACTS)/bench
	@bench/Model.Bench/bin/$(CONFIGURATION)/net10.0/AwsVpcCni.Model.Bench $(ARTIFACTS)/bench/model
	@bench/Pool.Bench/bin/$(CONFIGURATION)/net10.0/AwsVpcCni.Pool.Bench $(BIN) $(ARTIFACTS)/bench --seeds $(CHURN_SEEDS)

crash: publish $(ARTIFACTS)/.tests-built ## ipamd killed KILLS=200 times under churn; ROUNDS=10 of 200 pods, whole and with killed plugins
	@VPCCNI_BIN=$(CURDIR)/$(BIN) KILLS=$(KILLS) ROUNDS=$(ROUNDS) test/EndToEnd.Tests/bin/$(CONFIGURATION)/net10.0/AwsVpcCni.EndToEnd.Tests \
		-class '*.CrashTests' -class '*.RoundTests' -showliveoutput

lint: $(ARTIFACTS)/.restored ## formatting, analyzers, the mutants' places; nothing changed
	@dotnet format $(SOLUTION) --verify-no-changes --no-restore
	@build/mutants 0

docs: $(BIN)/ipamd ## the generated pages: docs/settings.md
	@$(BIN)/ipamd --print-settings-docs > docs/settings.md

clean: ## removes everything that was built
	@rm -rf $(ARTIFACTS) {src,test,bench}/*/{bin,obj}

setup: $(ARTIFACTS)/.setup

$(ARTIFACTS)/.setup: build/setup
	@build/setup && mkdir -p $(ARTIFACTS) && touch $@

# What only the tests need: EC2 clients that nobody here wrote, container runtimes.
$(ARTIFACTS)/.clients: build/setup build/runtimes
	@build/setup clients && mkdir -p $(ARTIFACTS) && touch $@

$(ARTIFACTS)/.restored: $(SETTINGS) $(shell find src test bench -name '*.csproj' -o -name packages.lock.json) | setup
	@build/restore
	@touch $@

# One compilation of the programs for all of them; the native compilers then run one after another on the result.
$(ARTIFACTS)/.compiled: $(SOURCES) $(SETTINGS) $(ARTIFACTS)/.restored | setup
	@echo "== compiling the programs"
	@for program in $(foreach p,$(PROGRAMS),$($(p).project)); do \
		$(BUILD) src/$$program || exit 1; done
	@touch $@

$(BIN)/%: $(ARTIFACTS)/.compiled
	@echo "== native: $* ($$(date +%T))"
	@dotnet publish src/$($*.project) -c $(CONFIGURATION) --no-build -o $(ARTIFACTS)/publish/$* -v q --tl:off -clp:NoSummary
	@mkdir -p $(BIN) && cp $(ARTIFACTS)/publish/$*/$* $@.new && mv $@.new $@

$(ARTIFACTS)/.simulate: $(SOURCES) $(SETTINGS) | setup
	@echo "== compiling the simulation"
	@$(BUILD) src/Simulate -p:OutDir=$(CURDIR)/$(ARTIFACTS)/simulate/
	@touch $@

$(ARTIFACTS)/.tests-built: $(SOURCES) $(TESTS) $(SETTINGS) $(ARTIFACTS)/.compiled
	@echo "== compiling the tests"
	@$(BUILD) $(SOLUTION)
	@touch $@
