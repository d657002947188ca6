# All of the set-up is Go and make. `make help` lists the targets.

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
REVISION := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
V        := github.com/prometheus/common/version
LDFLAGS  := -s -w -X $(V).Version=$(VERSION) -X $(V).Revision=$(REVISION) -X $(V).Branch=main
# The race detector needs a C compiler; without one the tests run without it.
RACE     := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo -race)
# Developer tools are pinned in tools/go.mod and built once, into the user's cache.
export TOOLDIR := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/github-dev-exporter/tools-$(shell cksum tools/go.sum | cut -d' ' -f1)
TOOLS    := $(TOOLDIR)/built

.PHONY: help build demo test bench lint fmt generate vuln clean

help:      ## list the targets
	@grep -E '^[a-z]+: .*##' Makefile | sed 's/: *[^#]*## */	/' | expand -t 14

build:     ## build ./github-dev-exporter
	go build -trimpath -ldflags '$(LDFLAGS)' -o github-dev-exporter .

demo: build ## three living sample repositories on http://localhost:10472, no token, no network
	./github-dev-exporter demo

test: $(TOOLS) ## every test, with the race detector where a C compiler is
	@test -n "$(RACE)" || echo "no C compiler: testing without the race detector"
	@# Rendering takes ten times as long under the race detector, and has no goroutines of ours.
	go test $(RACE) -shuffle=on -timeout 15m $$(go list ./... | grep -v /mixin$$)
	go test -shuffle=on -timeout 15m ./mixin

bench:     ## the figures of the documentation as a table; ten minutes, asserts nothing that depends on the machine
	go test -run TestFigures -v -count 1 -timeout 30m ./bench -figures

lint: $(TOOLS) ## gofumpt, vet, staticcheck; fails on any finding
	@echo gofumpt -l .; test -z "$$($(TOOLDIR)/gofumpt -l . | grep -v _gen.go | tee /dev/stderr)"
	go vet ./...
	$(TOOLDIR)/staticcheck ./...

fmt: $(TOOLS) ## format the code
	$(TOOLDIR)/gofumpt -w .

generate:  ## codecs, reference documentation, golden files, rules and dashboards from their sources
	go generate ./...
	go test ./mixin -run 'AreCurrent|IsFormatted' -update
	go test ./collector ./exporter -update

vuln: $(TOOLS) ## known vulnerabilities in what is linked; needs vuln.go.dev
	$(TOOLDIR)/govulncheck ./...

clean:     ## remove what was built here
	rm -rf github-dev-exporter bin

# Prometheus and promtool are built without service discovery and web pages, which takes minutes less.
$(TOOLS): tools/go.mod tools/go.sum
	@mkdir -p $(TOOLDIR)
	GOBIN=$(TOOLDIR) go install -modfile=tools/go.mod -tags remove_all_sd tool
	@touch $@
