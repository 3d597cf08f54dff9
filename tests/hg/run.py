#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run some of Mercurial's own tests with the extension, and without it to compare.

Usage::

    python run.py --python VENV/bin/python --sdist DIR [--baseline]
    python run.py --python VENV/bin/python --sdist DIR --suite DIR
    python run.py --python VENV/bin/python --sdist DIR --program VENV/bin/vermilion

``--python`` is an interpreter that has Mercurial and Vermilion installed, with
its ``hg`` beside it; ``--sdist`` an unpacked Mercurial source distribution of
the same version, whose ``tests`` directory is copied, not written to.

Each test of the list runs with the extension, and has to succeed. Those that do
not, or that skip themselves, then run without it: the result says whether the
extension or Mercurial on this interpreter is the cause. With ``--baseline`` all
of them run both ways. Mercurial on PyPy gets in both runs what it could neither clone, pull
nor open a default repository without, and what the extension brings with it (repair.py).

The extension is enabled for every repository, however short its history,
and is loaded into Mercurial's unit tests as well, which would otherwise seldom
do so. As Mercurial's own code stands behind every accelerated operation, a
test could succeed although nothing is accelerated; so the calls that the
extension answered itself are counted, and each of its parts has to have
answered some.

With ``--suite``, the tests are all those of an extension, such as evolve, by its unpacked
source distribution, but for those that print which extensions there are. Those that do not
succeed run both ways, as some need another Mercurial: what counts is that the results are the
same.

With ``--program``, they are Mercurial's own with the program in the place of ``hg``, without the
extension: all of them, or those of ``--list``. Which way each command line took is counted, by
command, and why those that were not answered natively were not. ``--server`` lets it ask a
warm server for the others.

The last line says ``N passed, N failed``; the exit code is 1 if any failed.
"""

from __future__ import annotations

import argparse
import collections
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Loads the configured extensions into a unit test before it starts. Python
# imports this module by itself, in every process of the run.
SITECUSTOMIZE = """
import os, sys

_name = os.environ.get('TESTNAME', '')
if _name.endswith('.py') and any(
    os.path.basename(arg) == _name
    for arg in getattr(sys, 'orig_argv', None) or getattr(sys, 'argv', ())
):
    from mercurial import extensions, ui

    extensions.loadall(ui.ui.load())
"""

# Tests of evolve that print which extensions are enabled: with ours, one more is.
LISTING = ('test-extension-isolation.t', 'test-topic-server.t')

# From linux/prctl.h and linux/capability.h.
PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def options():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', 1)[0], allow_abbrev=False)
    parser.add_argument('--python', required=True, metavar='FILE')
    parser.add_argument('--sdist', required=True, type=Path, metavar='DIR')
    parser.add_argument('--jobs', type=int, default=2, metavar='N')
    parser.add_argument(
        '--list',
        type=Path,
        action='append',
        metavar='FILE',
        help='tests to run (default: quick.txt and graph.txt)',
    )
    parser.add_argument(
        '--suite', type=Path, metavar='DIR', help="run an extension's tests instead"
    )
    parser.add_argument('--program', metavar='FILE', help='run them with this program as hg')
    parser.add_argument('--server', action='store_true', help='the program may ask a server')
    parser.add_argument('--baseline', action='store_true', help='run every test both ways')
    parser.add_argument('--keep', action='store_true', help='keep the working directory')
    found = parser.parse_args()
    # not resolved: the link in a virtual environment is what makes it one
    found.python = os.path.abspath(found.python)
    found.hg = os.path.join(os.path.dirname(found.python), 'hg')
    for path in (found.python, found.hg, found.sdist / 'tests/run-tests.py'):
        if not os.path.exists(path):
            parser.error('%s does not exist' % path)
    found.facts = asked(found.python)
    return found


# What the interpreter to be tested has to say about itself and its Mercurial.
FACTS = """
import json, mercurial, os, sys
try:
    from mercurial.cext import parsers
    policy = 'c'
except ImportError:
    policy = 'py'
print(json.dumps({
    'pypy': sys.implementation.name == 'pypy',
    'policy': policy,
    'installed': os.path.dirname(os.path.dirname(mercurial.__file__)),
}))
"""


def asked(python):
    return json.loads(
        subprocess.run([python, '-c', FACTS], check=True, stdout=subprocess.PIPE).stdout
    )


def listed(opts):
    paths, suite = opts.list, opts.suite or opts.program and opts.sdist
    if suite and not paths:
        # Those that check the style of sources have nothing to do with us.
        tests = sorted(path.name for path in (suite / 'tests').glob('test-*.t'))
        others = LISTING if opts.suite else ()
        return [n for n in tests if not n.startswith('test-check-') and n not in others]
    names = []
    for path in paths or (HERE / 'quick.txt', HERE / 'graph.txt'):
        lines = map(str.strip, path.read_text(encoding='ascii').splitlines())
        names += [line for line in lines if line and not line.startswith('#')]
    if not paths:
        # Older Mercurials have not all of them.
        names = [n for n in names if (opts.sdist / 'tests' / n.split('#')[0]).exists()]
    if not names:
        # run-tests.py would take that for "all of them"
        sys.exit('the list names no test')
    return names


def drop_override():
    """As root, become subject to file permissions, which some tests test."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


class Run:
    """One way of running tests: with the extension or without it."""

    def __init__(self, opts, work, extension):
        self.opts = opts
        self.work = work
        self.name = 'with' if extension else 'without'
        self.hg = opts.hg
        self.counts = work / 'counts.jsonl'
        self.rounds = 0
        environ = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith('HG') and not key.startswith('VERMILION')
        }
        environ['HGMODULEPOLICY'] = opts.facts['policy']
        # bytecode that is kept is a third of what a short process takes
        environ.pop('PYTHONDONTWRITEBYTECODE', None)
        environ.setdefault('PYTHONHASHSEED', '0')
        environ['TMPDIR'] = str(work / 'tmp')
        # run-tests.py calls the interpreter by a link of its own, by which it
        # no longer finds what is installed beside it
        path = [opts.facts['installed']]
        self.config = []
        if extension and opts.program:
            self.hg = str(work / 'bin' / 'hg')
            environ['VERMILION_HG'] = opts.hg
            environ['VERMILION_TRACE'] = str(self.counts)
            if not opts.server:
                environ['VERMILION_SERVER'] = '0'
            config = []
        elif extension:
            path.insert(0, str(work / 'site'))
            environ['VERMILION_COUNTS'] = str(self.counts)
            config = ['extensions.vermilion=', 'vermilion.min-revisions=0', 'vermilion.min-files=0']
        elif opts.facts['pypy']:
            config = ['extensions.repair=%s' % (HERE / 'repair.py')]
        else:
            config = []
        for item in config:
            self.config += ['--extra-config-opt', item]
        environ['PYTHONPATH'] = os.pathsep.join(path)
        self.environ = environ

    def __call__(self, names, jobs):
        """Run tests; return ``{name: result}``."""
        self.rounds += 1
        output = self.work / ('%s-%d' % (self.name, self.rounds))
        output.mkdir()
        wanted = output / 'list'
        wanted.write_text('\n'.join(names) + '\n', encoding='ascii')
        command = [self.opts.python, 'run-tests.py', '--with-hg', self.hg]
        command += ['--jobs', str(jobs), '--timeout', '900', '--json']
        command += ['--color', 'never', '--outputdir', str(output)]
        command += ['--test-list', str(wanted)] + self.config
        with open(output / 'log', 'wb') as log:
            subprocess.run(
                command,
                cwd=self.work / 'tests',
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=drop_override if os.geteuid() == 0 else None,
            )
        self.log = output / 'log'
        try:
            text = (output / 'report.json').read_text(errors='replace')
            # a JavaScript assignment around the JSON
            report = json.loads(text[text.index('{') :].rstrip().rstrip(';'))
        except (OSError, ValueError):
            sys.stderr.write(self.log.read_text(errors='replace'))
            sys.exit('run-tests.py did not report')
        results = {name: 'missing' for name in names}
        for name, result in report.items():
            # a test listed without its cases runs in all of them
            key = name if name in results else name.split('#')[0]
            if results.get(key) in ('missing', 'success'):
                results[key] = result['result']
        return results


def run_twice(run, names, jobs):
    """Run tests, and those that failed once more, alone: some are racy."""
    results = run(names, jobs)
    again = [name for name in names if results[name] not in OK]
    if again:
        for name, result in run(again, 1).items():
            if result in OK:
                print('flaky %s us: %s' % (run.name, name))
                results[name] = result
    return results


def timed(run, names, jobs):
    start = time.time()
    results = run_twice(run, names, jobs)
    seconds = time.time() - start
    print('%d tests %s us: %.0f s' % (len(names), run.name, seconds))
    sys.stdout.flush()
    return results


# Parts that these tests have no need of: for PyPy, for long manifests and histories of files, for
# archives.
ELSEWHERE = ('texts', 'zstandard', 'read-ahead', 'annotate', 'diffs', 'tags', 'archive')
OK = ('success', 'skip')


def read_counts(path):
    """Add up what the processes of a run wrote."""
    served, declined = collections.Counter(), collections.Counter()
    processes = 0
    if path.exists():
        for line in path.read_text(encoding='utf-8').splitlines():
            counts = json.loads(line)
            processes += 1
            served.update(counts['served'])
            declined.update(counts['declined'])
    return processes, served, declined


def judge_counts(path, elsewhere):
    """Print the counts; return the parts that answered nothing, or worse.

    Without ``elsewhere``, any part may have answered nothing."""
    processes, served, declined = read_counts(path)
    print('answered by the extension, in %d processes:' % processes)
    for part in sorted(served):
        print('  %-18s %6d' % (part, served[part]))
    print("left to Mercurial's own code:")
    for why, count in sorted(declined.items()):
        print('  %6d  %s' % (count, why))
    unused = [part for part in served if not served[part] and part not in elsewhere]
    problems = ['part never used: %s' % part for part in unused if elsewhere]
    problems += [why for why in declined if 'internal error' in why or 'cannot be imported' in why]
    if not served:
        problems.append('the extension was not loaded')
    return problems


def judge_ways(path):
    """Print which ways command lines took; return what is wrong with that."""
    ways, reasons = collections.defaultdict(collections.Counter), collections.Counter()
    for line in path.read_text(encoding='utf-8').splitlines() if path.exists() else ():
        words, way, reason = json.loads(line)
        command = next((word for word in words if not word.startswith('-')), '')
        ways[command][way] += 1
        ways['in all'][way] += 1
        if reason:
            reasons['%s: %s' % (command, reason)] += 1
    print('ways of command lines:')
    for command, counts in sorted(ways.items(), key=lambda item: -sum(item[1].values())):
        share = 100 * counts['natively'] / sum(counts.values())
        print('  %-18s %6d  %3.0f %% natively' % (command, sum(counts.values()), share))
    print('why not natively:')
    for reason, count in reasons.most_common(150):
        print('  %6d  %s' % (count, reason))
    return [] if ways['in all']['natively'] else ['nothing was answered natively']


def main():
    opts = options()
    names = listed(opts)
    work = Path(tempfile.mkdtemp(prefix='vermilion-hg-tests-'))
    try:
        for folder in ('tests', 'contrib'):
            # some tests look for contrib beside their own directory
            shutil.copytree(opts.sdist / folder, work / folder, symlinks=True)
        if opts.suite:
            # Its tests find it beside their own directory.
            for folder in ('tests', 'hgext3rd', 'docs'):
                shutil.copytree(opts.suite / folder, work / folder, dirs_exist_ok=True)
        (work / 'tmp').mkdir()
        (work / 'site').mkdir()
        (work / 'bin').mkdir()
        if opts.program:
            (work / 'bin' / 'hg').symlink_to(os.path.abspath(opts.program))
        (work / 'site/sitecustomize.py').write_text(SITECUSTOMIZE)
        with_ = Run(opts, work, True)
        results = timed(with_, names, opts.jobs)
        compared = [n for n in names if opts.baseline or results[n] != 'success']
        baseline = {}
        if compared:
            baseline = timed(Run(opts, work, False), compared, opts.jobs)
        passed = failed = 0
        # Of so many, some need another system.
        either = opts.suite or opts.program
        for name in names:
            good = results[name] in OK or bool(either and name in baseline)
            if name in baseline:
                good = good and baseline[name] == results[name]
                if not good or results[name] != 'success':
                    print('%s: %s without, %s with' % (name, baseline[name], results[name]))
            passed, failed = passed + good, failed + (not good)
        if failed:
            print(with_.log.read_text(errors='replace'))
        if opts.program:
            problems = judge_ways(with_.counts)
        else:
            problems = judge_counts(with_.counts, () if opts.suite else ELSEWHERE)
        for problem in problems:
            failed += 1
            print('failed: %s' % problem)
        print('%d passed, %d failed' % (passed, failed))
        return 1 if failed else 0
    finally:
        if opts.keep:
            print('kept: %s' % work)
        else:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
