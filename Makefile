# Names for commands of noxfile.py, where the others are, too: `make list`. CI calls the same ones.
PYTHON ?= python3
NOX = @$(PYTHON) tools/bootstrap.py
# The interpreter of conformance, where not all are wanted, and that of soak.
ON ?=

.PHONY: help list test wheel conformance peer arm cross musl memcheck asan soak semver demo bench clean distclean

help:
	@echo 'make list       all commands; `$(PYTHON) tools/bootstrap.py -s NAME` runs one'
	@echo 'make test       the tests on every interpreter there is (ONLY="pytest and pypy" for some)'
	@echo 'make wheel      build the wheels into dist/'
	@echo 'make conformance  HPy'\''s own tests on our HPy hosts (ON=pypy8 for one, ARGS="--tests test_capsule")'
	@echo 'make peer       Mercurial'\''s own tests with the program in place of hg (ARGS="--list FILE"), and'
	@echo '                those of older ones with the extension'
	@echo 'make memcheck   the tests of the CPython host under Valgrind'
	@echo 'make semver     what changed in the public interface of hpy-bindings'
	@echo 'make asan       the tests of all that is in Rust under AddressSanitizer'
	@echo 'make soak       random operations on all examples (ON=pypy, ARGS="--operations 10000000")'
	@echo 'make demo       build, install on CPython and PyPy, and show it at work with Mercurial'
	@echo 'make arm        build the wheels for 64-bit ARM and test them on emulated Pythons'
	@echo 'make cross      compile for Windows and macOS'
	@echo 'make musl       build the wheels for Linux with musl and test them on a CPython with musl'
	@echo 'make bench      measure, beside Mercurial itself (ARGS="--quick")'
	@echo 'make clean      remove what was built, but not what was downloaded'
	@echo 'make distclean  remove that as well'

list:
	$(NOX) --list

test:
	@$(PYTHON) sessions/run_all.py $(if $(ONLY),-k '$(ONLY)')

conformance:
	$(NOX) -s '$@$(if $(ON),($(ON)))' -- $(ARGS)

soak:
	$(NOX) -s '$@($(or $(ON),cpython3.11))' -- $(ARGS)

# Each Mercurial's own tests with the extension, too.
peer:
	$(NOX) -s peer -- $(ARGS)
	$(NOX) -s older

arm cross musl wheel memcheck asan semver demo bench:
	$(NOX) -s $@ -- $(ARGS)

clean:
	rm -rf target fuzz/target dist build/*.json build/lib build/bdist.* build/temp.* build/test-logs build/probe build/doc-examples build/examples python/*.egg-info hpy-host/build hpy-build/build hpy-*/python/*.egg-info

distclean: clean
	rm -rf build
