# SPDX-License-Identifier: GPL-2.0-or-later
"""Repositories whose contents and manifests are stored in other ways, with the extension."""

from __future__ import annotations

import shutil

import pytest
from hgtools import some
from stores import STORES, make

READING = """
status -A
status --rev 0
status --rev 2 --rev tip -C
status --change 5 dir
log -T {rev}:{files}{file_copies}{file_adds}{file_dels}\\n
log -p --git
log --stat
log -f a
diff
diff -r 0 -w
diff -r 1 -r tip --stat
cat -r 3 a dir/sub/stays
annotate -nuf a
grep -r tip 1 a dir
files -r 2 dir/sub
manifest -r 8
verify -q
""".strip().splitlines()
WRITING = """
commit -qm more -d 0
update -qC 3
merge -q 5 -t :other
commit -qm merged -d 0
graft -q 6 -t :local
rollback -q --config ui.rollback=yes
strip -q tip --config extensions.strip= --no-backup
addremove -q
status -A
log -p
""".strip().splitlines()


@pytest.mark.parametrize('store', some(STORES, 1, 2))
def test_commands(hg, tmp_path, store):
    options, config = STORES[store]
    config = config.replace('[lfs]', '[lfs]\nusercache = %s' % (tmp_path / 'cache'))
    root = tmp_path / 'r'

    def run(*words, cwd=tmp_path):
        hg.run(*words, cwd=cwd, plain=True)

    make(run, root, options, config, seed=2)
    for line in READING:
        hg.same(*line.split(), cwd=root, check=False)
    other = tmp_path / 'other' / 'r'
    shutil.copytree(root, other, symlinks=True)
    for line in WRITING:
        theirs = hg.run(*line.split(), cwd=other, plain=True, check=False)
        assert hg.run(*line.split(), cwd=root, check=False) == theirs, line
    run('verify', cwd=root)
