# Every command of this project; CI calls the same ones.
PYTHON ?= python3

.PHONY: help wheel test conformance memcheck asan soak semver demo bench clean distclean

help:
	@echo 'make wheel      build the one wheel into dist/'
	@echo 'make test       the tests on every interpreter there is (ONLY="pytest pypy" for some)'
	@echo 'make conformance  HPy'\''s own tests on our HPy hosts (ARGS="--python pypy8")'
	@echo 'make memcheck   the tests of the CPython host under Valgrind'
	@echo 'make semver     what changed in the public interface of hpy-bindings'
	@echo 'make asan       the tests of all that is in Rust under AddressSanitizer'
	@echo 'make soak       random operations on all examples (ARGS="--python pypy --operations 10000000")'
	@echo 'make demo       build, install on CPython and PyPy, and show it at work with Mercurial'
	@echo 'make bench      measure, beside Mercurial itself'
	@echo 'make clean      remove what was built, but not what was downloaded'
	@echo 'make distclean  remove that as well'

wheel:
	@$(PYTHON) tools/build_wheel.py

test:
	@$(PYTHON) tools/run_tests.py $(if $(ONLY),--only '$(ONLY)')

conformance:
	@$(PYTHON) tests/conformance/run.py $(ARGS)

memcheck:
	@$(PYTHON) tools/memcheck.py

semver:
	@$(PYTHON) tools/semver.py

asan:
	@$(PYTHON) tools/asan.py

soak:
	@$(PYTHON) tools/soak.py $(ARGS)

demo:
	@$(PYTHON) tools/demo.py

bench:
	@$(PYTHON) benches/run.py $(ARGS)

clean:
	rm -rf target fuzz/target dist build/lib build/bdist.* build/temp.* build/test-logs build/probe build/examples python/*.egg-info

distclean: clean
	rm -rf build
