# SPDX-License-Identifier: GPL-2.0-or-later
"""`vermilion hg` beside hg itself: the same output, errors and exit status, whoever answers."""

from __future__ import annotations

import os
import random
import re
import shlex
import shutil
import subprocess

import pytest
from beside import PROGRAM, THOROUGH, check, compared, explained, outcome
from conftest import made
from hgcommand import HG, CommandServer, hg

# Command lines that are answered without Python, in a repository of an ordinary configuration.
NATIVE = r"""
shell
shell a b
shell $1 a'b
said x y
said --verbose -- -r $0
-q said x
-v --cwd dir where
fails
killed
root
roo
version
version -q
version -T {ver}\n
vers
--version
--version -q
branch
identify
id
id -i
id -n
id -nibtB
id -r 0
id -r tip -b
id -r feature
id -r v1 -t
id -q
st
status
stat -m
status -A
status -mardu
status -n
status -n0
status -C
status -c dir
status .
status dir/b
status -q
status -u
status -i
st -nmar
status --no-status
status -t u
status -t mardui -A
status -t c -c -C dir
status -t u --change 1
status -t ur -T {status}{path}\n
status --rev 0 --config commands.status.terse=u
st --config commands.status.terse=uc -A
--cwd dir st -t ucmdiar -A re:.*
status --all --quiet
status --no-copies --all
files
files dir
files -r 0
files -0
files -r 1 dir
cat a
cat -r 0 a
cat dir/b a
cat dir
cat -r feature a
config ui.username
showconfig some.thing
config nothing.here
config some
config some alias.mine
config paths.default
config paths
config paths some.thing paths.nothing
config -T {name}={value}\n some paths.default
config diff.git ui.username phases
config some --config some.other=a --config "some.lines=x"
config --config some.other=1 some.other
log
log -l 2
log -q
log -v
log -r 0
log -r 0:tip
log -r tip:0 -v
log -r .^
log -r heads(all())
log -r user(me)
log -k first
log -u me
log -b feature
log -b default -k tag
log -M -q
log -B mark
log -B other -q -B mark
log -B mark -G
log -C -v
log -C
log -T {file_copies_switch}{file_copies}\n
log -Cv -T {file_copies_switch%"{name}{source}"}{rev}\n
log --removed a
log --removed -q -I dir
log --removed -f -v
log --encoding ascii
log -k ä --encoding utf8
log --encoding latin1 -v
st -S
st -v
st -v -T {path}
diff --config ui.tweakdefaults=yes
st --config ui.tweakdefaults=yes dir
log -p -l 2 --config ui.tweakdefaults=yes --config diff.git=no
config diff.git --config ui.tweakdefaults=yes
diff -S
files -S -r 0
heads -r 0
heads feature
heads default -q
heads tip 0 -c
heads -t -r 1
branches -a
branches -r 0
branches -ac -r tip -Tjson
branches -r 0 -r tip
log -m
log -d 1970-01-01
log -p -l 2
log -p -g
log -vpg
log --stat
log -p --stat -r 2
log -f
log -f -r 1 -q
log -P 1
log a
log a dir/b -q
log dir
log dir -p
log -r 0 -p a
log nothing
hist -l 1
tip
tip -p
heads
heads -t
heads -c
parents
parents -r 1
parents -r tip -v
tags
tags -v
tags -q
tags -q --config ui.verbose=1
log path:. -T {rev}
log path:dir path:. -T {rev}
status -v --config ui.quiet=1
log -l 1 --no-verbose --config ui.verbose=1
bookmarks
bookmark -q
book -l
branches
branches -c
branches -q
phase
phase 0 1
phase -r all()
manifest
manifest -r 0
diff -r 0 -r 1
diff -c 1
diff -c tip --stat
diff --from 0 --to tip -g
diff -r 0 -r 1 a
diff -r 0 -r 1 -U 0 -p
diff -r 0 -r 1 --config experimental.xdiff=yes
log -p --config experimental.xdiff=yes -g
export
export 0
export -r 1 -g
export 0:tip
diff
diff -g
diff --stat
diff -r 0
diff -r 0 -g
diff -r 0 --reverse
diff -r 0 -r 1 --reverse
diff --reverse
diff --from 0
diff --to 0
diff -c 1 -X a
diff -r 1 dir
diff -r 0 -r 1 glob:*
diff -I a
diff --root dir
diff --root dir -g -r 0
diff --root dir --stat --reverse
diff --stat --config ui.relative-paths=yes
--cwd dir diff --root .
--cwd dir diff --stat --config ui.relative-paths=yes -c 0
--cwd dir log --stat --config ui.relative-paths=yes -r 0
diff glob:**/b -r 0
status glob:*
status --rev 0
status --rev 0 -A
status --rev 1 -C dir
status --rev 0 --rev tip
status --rev tip --rev 0 -A
status --change 1
status --change tip -A a
status --change 0 -T {status}{path}\n
status -A re:.*b
status -X dir
status set:modified()+unknown()
status -A set:not(clean())-**.txt dir/b
status --change 1 set:added()
status --rev 0 -A -X set:tracked()
files set:size('1b-1k')
files -r 0 set:**b&!binary()
files -r 1 set:revs(0,**)-eol(unix)
files -I set:encoding(ascii) -X set:exec()
cat -r 0 set:grep('[oe]')&(a+dir)
locate set:copied()+symlink()
diff set:status(0,1,modified())
diff -r 0 -r 1 --reverse set:portable()
annotate -r 0 set:a
status -I dir/**
st re:a
files -I a
files glob:dir/*
files -X dir -r 0
files -v dir
files -v -r 0 -0
files -v -r 1 -T {path}\x20{size}{flags}|
files -T {path}\x20{size}{flags}{p1rev}\n dir
files -v -Tjson dir
cat glob:* -r 1
cat -I a glob:*
log -I dir
log -X a -q
log glob:** -q
log glob:a -p
log -f -l 1 -q
annotate a
annotate -nudcfl a
annotate -c a dir/b
annotate -u -d -q a -v
annotate -r 0 a
annotate -r tip a -w --no-follow
annotate -n a --config experimental.xdiff=yes
blame -ul -n a
annotate dir
annotate -c -l glob:** -r 1
annotate --skip 1 -r 1 a
annotate --follow dir/b
annotate -T {lines} a
annotate -T {path}:\n{lines%"{rev}\x20{node|short}\x20{user|person}\x20{date|isodate}\x20{path}:{lineno}:{line}"} a dir/b
annotate -T {lines%"{date}\n{desc}\x20{branch}\x20{index}\x20{p1rev}\n"} a
annotate -udfl -n -T {lines|json}{lines|count}\n a
annotate -T {join(lines,"|")}{if(lines,"some","none")}{join(lines%"{rev}","-")}\n a
grep -r . -T {path}\x20{rev}\x20{node|short}:{lineno}:{user}\x20{date|isodate}\x20{texts}\n e
grep -r 0:tip -X binary -T {texts%"{if(matched,"<{text}>",text)}{index}"}|{texts|count}\n e
grep --diff -T {change}{path}\x20{rev}\x20{desc|firstline}\x20{files}{texts|json}\n e
grep -r . -l -T {path}{texts}\n e
grep e
grep -n e
grep -i ONE -r 0
grep -l . dir
grep -0n [a-z]+
grep nothing
grep -r 1 -ud t.o
grep -r 0 -udqv . -X dir
grep -n ^ glob:**/b
grep --diff e
grep --diff -n o -r 0:tip
grep --all -l t -u
grep -r all() -n e
grep --diff -d -q [a-z] a dir
grep --all-files e
grep --config ui.username= no_such_text
locate
locate b
locate *.o
locate -r 0
locate -0 a
locate -f
locate nothing
locate -r 1 -I dir
summary
sum -q
resolve -l
shelve -l
shelve --list nothing
paths
paths elsewhere
paths -q
paths elsewhere -q
paths -T {name}={url}{pushurl}\n
paths -T json
paths default -T {name}:{url}
paths elsewhere -T json -q
mine
id --config alias.id=root
mine -r 0
short 0
both a dir/b
branch --config alias.bra=root
id --config alias.id=id -n
id --config alias.other=root
log -G
log -G -r 0:tip -q
log -G -r 0+tip --stat
log -vGp a
log -G -f dir/b
log -f a
log -f a -p
log -f dir/b a -q -l 2
log -f -r 0 a
log -G -T {rev}\\n
log -r 0 -T {node}
log -u me --config revsetalias.user(x)=none()
log -r two --config revsetalias.two=0
log -P 0 -q
log gone -q
log path:dir/b -q
id -r .^
files -r ancestor(0,1)
-q status
--cwd dir status
--cwd dir status .
--cwd dir files
--cwd dir cat b
-R . root
--repository . branch
--hidden id
status --al --qu
-y root
log -T {node}\n
log -T {rev}:{node|short}:{desc|firstline}\n
log -T {if(branch,"{branch}")}{files%"{file};"}
log -Tjson
log -vTjson -l 2
log -qT json
log -T compact
log -T {diff()}
log -pT {rev}\n -l 2
log --style changelog
log --style default -v
log -T xml
log -T status
log -T phases -v
log -T {shortest(node)}:{date|isodate}:{author|user}\n
log --config templates.own={rev}+ -T own
log --config templatealias.b(x)="<{x}>" -T {b(rev)}
log --config command-templates.log={rev}- -l 2
log --config ui.logtemplate={node|short}\n -l 2
log --config ui.style=compact
tip -T {rev}{tags}\n
heads -T {rev}{branch}\n
parents -T {node|short}{parents}\n
tags -T {tag}={node|short}:{type}\n
tags -Tjson
bookmarks -T {bookmark}{if(active,"*")}{rev}\n
book -Tjson
branches -T {branch}:{rev}:{active}{closed}{current}\n
branches -cTjson
status -T {status}{path}\n
status -T json
status -CT {path}{if(source,source)}\n
status -T status
files -T {path|basename}\n
files -Tjson -r 0
manifest -T {mode}{type}{hash|short}{path}\n
manifest -Tjson -r 0
id -T {id|short}{branch}{tags}{bookmarks}\n
id -Tjson
id -r 0 -Tjson
cat -T {path}:{data} a
cat -Tjson -r 0 a dir
root -T {reporoot}
root -Tjson
config -T {name}={value}\n ui.username
""".strip().splitlines()

# What Mercurial itself has to answer, also with errors.
OTHERS = r"""
grep --config ui.username= e
log -G -T {graphwidth}\n
status glob:* nothing
diff glob:* nothing
cat -I a glob:* files
files glob:* nothing
diff --root nothing
diff -c null
diff -r null -r 0~3 --stat
log -r null -p
tip -p -T json(rev,files)
log -G -T json(rev)
log -r null -b default
log -r null+0 -u u
root --cwd a
diff -r 0 -r 1 --root nothing
status --rev 0:1
status --change 0 nothing
log -l 0
grep (
grep
annotate
annotate nothing
annotate -l -u a
resolve a
summary --remote
paths nothing
log -f nothing
log -f dir
diff -r 0:1
diff -r all() -r 0
status include:x
log set:added()
files set:hgignore()
files set:nothing()
files set:a-
status -T debug
log -T {nothing_known}
log -T {rev
log -T {rev|nothing}
log -T cbor
log -T {envvars}
log --style nothing
log -T list
tags -T compact
config -Tjson ui.username
diff -r 0 -r 1 nothing
bookmark new -f -r nonsense
log -r nonsense
log -B nothing
st nothing
id -r nonsense
config
config ui
cat nothing
cat
files nothing
root a
--cwd nothing root
-R nothing root
branch -f
s
bran
status --nothing
status -t x
status --rev 0 -t u
id --config extensions.evolve=/nowhere.py
root --config alias.root=!pwd --config hooks.pre-root=true
nested
short
mi
log --config experimental.httppostargs=yes -l 1
status --config encode.*=tr
log --config extensions.blackbox= -l 1
log --config diff.merge=yes -p -l 1
debugcommands
version -v
version -T json
version -T {extensions}
version one
""".strip().splitlines()


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    """A repository with names of all kinds and files in all states."""
    top = tmp_path_factory.mktemp("repo")
    root = top / "r"
    hg("init", root)

    def write(name, text):
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def run(*words):
        hg(*words, cwd=root)

    write("a", "one\n")
    write("dir/b", "b\n")
    write("dir/removed", "r\n")
    write("dir/ä", "umlaut\n")
    write("gone", "g\n")
    write(".hgignore", "syntax: glob\n*.o\n")
    run("commit", "-qAm", "first", "-d", "0 0")
    run("tag", "v1", "-d", "0 0")
    run("branch", "-q", "feature")
    write("a", "two\n")
    run("commit", "-qm", "second", "-d", "1 0")
    run("bookmark", "mark")
    run("bookmark", "other")
    run("tag", "--local", "here")
    write("a", "three\n")
    write("new", "n\n")
    write("unknown", "u\n")
    write("dir/x.o", "o\n")
    run("add", "new")
    run("copy", "dir/b", "dir/copy")
    run("rm", "dir/removed")
    (root / "gone").unlink()
    (root / ".hg" / "hgrc").write_text(
        "[some]\nthing = a b\n[alias]\nmine = log -q -l 1\nshort = log -r $1 -q\n"
        "shell = !echo $1, $2, \"$@\", $HG_ARGS\nsaid = !echo $@; echo error >&2\n"
        "where = !pwd; echo $0 $HG\nfails = !exit 3\nkilled = !kill -TERM $$$$\n"
        "both = cat -r 0 'a' $2\nnested = mine\n[defaults]\nbranches = -q\n[paths]\nelsewhere = https://example.com/x\ndefault = /nowhere/at/all\n"
    )
    return root


@pytest.fixture(scope="module")
def answers(repo, tmp_path_factory):
    """What one hg says that runs all the time; with its environment."""
    env = made(tmp_path_factory.mktemp("home"), VERMILION_SERVER="0")
    server = CommandServer(repo, env)
    yield server, env
    server.close()


@pytest.mark.parametrize("line", NATIVE)
def test_natively(line, repo, answers):
    server, env = answers
    assert explained(line.split(), repo, env) == "natively\n"
    ours = outcome([PROGRAM, "hg"], line.split(), repo, env)
    # Aliases once made stay, some commands change lists of bookmarks that are kept, and what a
    # shell says goes to one place.
    if re.search("--config|^sum|compact|said", line):
        assert ours == outcome([HG], line.split(), repo, env)
    else:
        assert ours == compared(*server.run(line.split()))


@pytest.mark.parametrize("line", OTHERS)
def test_by_mercurial(line, repo, environment):
    way = "by %s: " if "VERMILION_SERVER" in environment else "by a server of %s: "
    assert explained(line.split(), repo, environment).startswith(way % HG)
    check(line.split(), repo, environment)


@pytest.mark.parametrize("line", ["root", "branch", "status", "id", "files"])
def test_without_a_repository(line, environment, tmp_path):
    check(line.split(), tmp_path, environment)


@pytest.mark.parametrize("redirections", [">/dev/full", ">&-", ">&- 2>&-", "2>/dev/full", "<&-"])
@pytest.mark.parametrize("line", ["status", "log -l 1", "diff", "cat a", "version", "log nothing"])
def test_streams_that_take_nothing(line, redirections, repo, environment):
    """What cannot be written is said, as far as that can be."""
    told = []
    for program in ([HG], [PROGRAM, "hg"]):
        command = f"exec {shlex.join([*program, *line.split()])} {redirections}"
        done = subprocess.run(
            ["sh", "-c", command], cwd=repo, env=environment, stdout=-1, stderr=-1
        )
        told.append(compared(done.returncode, done.stdout, done.stderr))
    assert told[0] == told[1]


def test_words_put_together_anew(repo, alone):
    """Words of all lines, put together anew."""
    chooser = random.Random(1)
    lines = [line.split() for line in NATIVE + OTHERS]
    words = sorted({word for line in lines for word in line})
    for _ in range(2000 if THOROUGH else 40):
        line = [*chooser.choice(lines), *chooser.sample(words, chooser.randrange(3))]
        cwd = chooser.choice([repo, repo / "dir"])
        if chooser.random() < 0.2:
            line.remove(chooser.choice(line))
        if "commit" not in line:
            check(line, cwd, alone)


def test_explained_only(alone, tmp_path):
    """An explanation prints nothing of the answer, however long that is."""
    hg("init", tmp_path / "r")
    (tmp_path / "r" / "a").write_text("a\n")
    hg("commit", "-qAm", "x" * 100_000, "-u", "u", cwd=tmp_path / "r")
    assert explained(["log", "-v"], tmp_path / "r", alone) == "natively\n"


def test_shim(repo, environment, tmp_path):
    """Is found as hg, and finds hg behind itself, through links and twice."""
    first, second = tmp_path / "one", tmp_path / "two"
    for folder in (first, second):
        assert outcome([PROGRAM, "shim"], [str(folder)], tmp_path, environment)[0] == 0
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "hg").symlink_to(HG)
    folders = (first, second, tmp_path / "real", environment["PATH"])
    env = {**environment, "PATH": os.pathsep.join(map(str, folders))}
    del env["VERMILION_HG"]
    for line in ("root", "status", "log -l 1", "id -r nonsense"):
        ours = outcome([first / "hg"], line.split(), repo, env)
        assert ours == outcome([HG], line.split(), repo, environment)
    # Another version of the program, as its own file, is none either, and may be named nowhere.
    other = tmp_path / "three" / "hg"
    other.parent.mkdir()
    shutil.copy(PROGRAM, other)
    env["PATH"] = os.pathsep.join([str(other.parent), env["PATH"]])
    assert outcome([first / "hg"], ["root"], repo, env) == outcome([HG], ["root"], repo, env)
    assert outcome([other], ["root", "-v", "--debug"], repo, env)[0] == 0
    refused = outcome([PROGRAM, "hg"], ["--config", f"vermilion.hg={other}", "root"], repo, env)
    assert refused[0] == 255 and b"is this program itself" in refused[2]
    # A program may be named, which then stands for hg.
    says = tmp_path / "says"
    says.write_text("#!/bin/sh\necho said: $*\n")
    says.chmod(0o755)
    line = ["--config", f"vermilion.hg={says}", "--config", "vermilion.server=no", "pull"]
    assert outcome([PROGRAM, "hg"], line, repo, env)[1].startswith(b"said: --config")
    (first / "hg").unlink()
    (first / "hg").write_text("mine")
    assert outcome([PROGRAM, "shim"], [str(first)], tmp_path, environment)[0] == 1
    assert (first / "hg").read_text() == "mine"
