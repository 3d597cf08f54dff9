# SPDX-License-Identifier: GPL-2.0-or-later
"""What people see at a terminal, beside hg itself: colours, pagers, widths, Ctrl-C."""

from __future__ import annotations

import random
import re
import select
import signal
import subprocess
import time

import pytest
from beside import NOW, PROGRAM, THOROUGH, compared, explained, outcome
from conftest import made
from hgcommand import HG, CommandServer, hg
from terminals import at_a_terminal
from test_commands import NATIVE, repo as states

__all__ = ["states"]

NEEDS_OWN_HG = re.compile(r"--config|^sum|compact|said")


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    """A repository with something for each colour."""
    root = tmp_path_factory.mktemp("repo") / "r"
    hg("init", root)

    def write(name, text):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)

    write("a", "one\ntwo\tthree \nfour\n")
    write("dir/b", "b\n" * 30)
    write("gone", "g\n")
    write(".hgignore", "syntax: glob\n*.o\n")
    (root / "binary").write_bytes(b"\0one\1")
    hg("commit", "-qAm", "first\n\nmore of it ", "-d", "0 0", cwd=root)
    hg("tag", "v1", "-d", "0 0", cwd=root)
    hg("phase", "-p", "0", cwd=root)
    hg("branch", "-q", "closed", cwd=root)
    hg("commit", "-qm", "begin it", "-d", "0 0", cwd=root)
    hg("commit", "-qm", "close it", "--close-branch", "-d", "0 0", cwd=root)
    hg("update", "-q", "1", cwd=root)
    hg("branch", "-q", "inactive", cwd=root)
    write("a", "one\n\ttwo \t three\n\n+four\n")
    hg("commit", "-qm", "second", "-d", "1 0", cwd=root)
    hg("branch", "-q", "default", "-f", cwd=root)
    hg("copy", "-q", "dir/b", "dir/copy", cwd=root)
    write("dir/b", "b\n" * 20 + "one of one\n")
    (root / "binary").write_bytes(b"\0one\2")
    (root / "a").chmod(0o755)
    hg("commit", "-qm", "third", "-d", "2 0", "-u", "Ann <ann@example.com>", cwd=root)
    hg("update", "-q", "0", cwd=root)
    write("a", "one\nother\n")
    hg("commit", "-qm", "\x1b[1mfourth\x1b[0m", "-d", "3 0", "--secret", cwd=root)
    hg("merge", "-q", "5", "--tool", ":local", cwd=root)
    hg("commit", "-qm", "merged", "-d", "4 0", "--secret", cwd=root)
    hg("tag", "--local", "here", cwd=root)
    hg("bookmark", "mark", cwd=root)
    hg("bookmark", "-r", "0", "other", cwd=root)
    write("a", "one\n" * 5)
    write("new", "n\n")
    write("unknown", "u\n")
    write("dir/x.o", "o\n")
    hg("add", "new", cwd=root)
    hg("copy", "-q", "dir/b", "dir/again", cwd=root)
    hg("rm", "dir/copy", cwd=root)
    (root / "gone").unlink()
    return root


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    return made(tmp_path_factory.mktemp("home"), VERMILION_SERVER="0", TERM="xterm")


@pytest.fixture(scope="module")
def answers(repo, states, env):
    """What an hg says that runs all the time, by repository."""
    servers = {root: CommandServer(root, env) for root in (repo, states)}
    yield servers
    for server in servers.values():
        server.close()


COLOURED = r"""
log -G --stat
log -G -q
log -p -v
log -p --git --hidden --config diff.nobinary=yes
log -v -G -T phases
log -T {pad(label("red",rev),4)}|
log -T {pad(label("a.b",desc),9,".",True,True)}{label(phase,"x\n\ny\n")}
log -T {label("red",separate("",label("blue",rev),"green"))}{label("bold_underline","1")}\n
grep -n one
grep one -r 0:tip -n -u -d
grep --diff one -n
grep -0 e
grep -l one -r 0:3
diff -r 0 -r 4 --git
diff -r 0 -r 4 --stat
diff -w -U 0 -r 0
diff --git --no-binary -c 5
diff --nodates -c 4
export 4 5
status -AC
annotate -Tjson a dir/b
annotate -Tjson -undclf -r 4 a binary
annotate -Tjson -u a
grep -Tjson one -r .
grep -Tjson -n one -r 0:tip -u -d
grep -Tjson --diff one -n
grep -Tjson -l one -r 0:3
grep -Tjson one -q binary -r 4
grep -Tjson one -a binary -r 4
grep -Tjson nothing at all
diff --config ui.tweakdefaults=yes
diff --config diff.word-diff=yes -U 0
log -p --config diff.word-diff=yes -v
log -G -p --config ui.tweakdefaults=yes --config diff.nobinary=yes
export 0 3 4 5 --config diff.word-diff=yes
diff -r 0 -r 4 -w --config diff.word-diff=yes
log -C
log -Cv
log -C -T {rev}:{file_copies_switch}\n
log --removed gone
log --removed dir/copy -p
log --removed -G -I dir
log -B mark -B other
log -v
branches -c
branches -q
tags -v
tags -q
heads -c
parents
summary
sum -q -v
annotate -u -n a
paths
identify
phase -r all()
config ui.username
""".strip().splitlines()
STYLES = [
    "--config=color.diff.inserted=white bold blue_background",
    "--config=color.log.changeset=none",
    "--config=color.changeset.secret=inverse dim",
    "--config=color.diff.tab=red_background",
    "--config=color.ui.note=italic",
    "--config=color.grep.sep=",
    "--config=color.mode=ansi",
    "--config=ui.color=always",
    "--config=ui.color=no",
]


def check_colours(line, mode, repo, env, server):
    words = [*line.split(" "), "--color", mode]
    assert explained(words, repo, env) == "natively\n"
    ours = outcome([PROGRAM, "hg"], words, repo, env)
    if NEEDS_OWN_HG.search(line):
        assert ours == outcome([HG], words, repo, env)
    else:
        assert ours == compared(*server.run(words))


@pytest.mark.parametrize("line", NATIVE if THOROUGH else NATIVE[::3])
def test_labels(line, states, env, answers):
    check_colours(line, "debug", states, env, answers[states])


@pytest.mark.parametrize("mode", ["debug", "always"])
@pytest.mark.parametrize("line", COLOURED)
def test_colours(mode, line, repo, env, answers):
    check_colours(line, mode, repo, env, answers[repo])


def test_copies_for_programs(repo, env):
    """What is told of copied files as JSON is complete, whoever answers."""
    for line in ("log -C -v -Tjson", "log -C -Tjson", "log -Cv -Tjson -r 5", "log -v -Tjson"):
        ours = outcome([PROGRAM, "hg"], line.split(), repo, env)
        assert ours == outcome([HG], line.split(), repo, env), line


def test_random_colours(repo, env):
    chooser = random.Random(2)
    for _ in range(400 if THOROUGH else 20):
        line = chooser.choice(COLOURED).split(" ")
        color = chooser.choice(["always", "yes", "auto", "on", "never", "debug", "nonsense", "1"])
        line += chooser.sample(STYLES, chooser.randrange(3))
        line += ["--color", color] * chooser.randrange(2)
        assert outcome([PROGRAM, "hg"], line, repo, env) == outcome([HG], line, repo, env), line


def same(words, cwd, env, **how):
    status, shown = at_a_terminal([PROGRAM, "hg", *words], cwd, env, **how)
    theirs = at_a_terminal([HG, *words], cwd, env, **how)
    assert (status, NOW.sub(b"now", shown)) == (theirs[0], NOW.sub(b"now", theirs[1])), words


TERMINAL = r"""
status
log -l 2
log -G --stat
log -p -l 1
log -T {rev}\n
diff
diff --stat
diff --stat --color no
tags
bookmarks
branch
identify
root
heads
summary
files
cat a
grep one
resolve -l
shelve -l
log -l 2 --pager no
status --pager yes
root --pager on
log -l 1 --config ui.paginate=no
log -l 1 --config pager.ignore=log,x
log -l 1 --config pager.attend-log=no
diff --config pager.attend-log=no
log -l 1 --config ui.formatted=no
log -l 1 --config ui.nontty=yes
log -l 1 --config color.pagermode=no
log -l 1 --config color.mode=no
log -l 1 --config pager.pager=
log -l 1 --config pager.pager=cat
log -l 1 --config pager.pager=nosuchpager
log -r none()
status nothing
""".strip().splitlines()


@pytest.mark.parametrize("line", TERMINAL)
def test_at_a_terminal(line, repo, env):
    env = {**env, "PAGER": "echo $LESS, $LV; cat; echo end"}
    same(line.split(), repo, env)
    explain = [PROGRAM, "hg", "--explain", *line.split()]
    if line != "status nothing":
        assert at_a_terminal(explain, repo, env) == (0, b"natively\r\n")


WORDS = [
    "one",
    "two",
    "  ",
    "\t",
    " ",
    "a-b",
    "\r",
    "x.y(z)",
    "ä",
    "\n",
    "\n",
    " \n",
    "\t\n",
    "1_2",
]


def test_words(env, tmp_path):
    """Words of lines that differ are compared, whatever is in them."""
    chooser = random.Random(3)
    hg("init", tmp_path / "r")
    names = [f"file{number}" for number in range(200 if THOROUGH else 40)]
    for _ in range(2):
        for name in names:
            text = "".join(chooser.choices(WORDS, k=chooser.randrange(30)))
            (tmp_path / "r" / name).write_text(text, newline="")
        hg("commit", "-qAm", "next", cwd=tmp_path / "r")
    for color in ("debug", "always"):
        line = ["export", "0", "1", "--color", color, "--config", "diff.word-diff=yes"]
        ours = outcome([PROGRAM, "hg"], line, tmp_path / "r", env)
        assert ours == outcome([HG], line, tmp_path / "r", env)


def test_tweaked_defaults(repo, tmp_path_factory):
    """What a user's configuration tweaks, a repository's no longer sets; another one may do so."""
    home = tmp_path_factory.mktemp("home")
    env = made(home, VERMILION_SERVER="0")
    hgrc = repo / ".hg" / "hgrc"
    lines = ("diff", "status dir", "status", "log -p -l 1 --color always", "config diff.git")
    for of_user, of_repository in (
        ("[ui]\ntweakdefaults = yes\n", "[diff]\ngit = no\nshowfunc = no\n"),
        ("[diff]\ngit = no\n[ui]\ntweakdefaults = yes\n", ""),
        ("", "[ui]\ntweakdefaults = yes\nrelative-paths = no\n"),
        ("[diff]\nword-diff = yes\n", "[ui]\ntweakdefaults = yes\n"),
    ):
        (home / ".hgrc").write_text(of_user)
        hgrc.write_text(of_repository)
        for line in lines:
            for more in ({}, {"HGPLAIN": "1"}, {"HGPLAINEXCEPT": "tweakdefaults"}):
                words = line.split()
                ours = outcome([PROGRAM, "hg"], words, repo, {**env, **more})
                assert ours == outcome([HG], words, repo, {**env, **more}), (line, more)
    hgrc.unlink()


@pytest.mark.parametrize(
    "more",
    [
        {"TERM": "dumb"},
        {"HGPLAIN": "1"},
        {"HGPLAIN": "1", "HGPLAINEXCEPT": "color"},
        {"HGPLAINEXCEPT": "color"},
        {"LESS": "mine"},
        {"PAGER": "cat"},
        {"PAGER": "less"},
        {"COLUMNS": "100"},
    ],
    ids=str,
)
def test_environments(more, repo, env):
    env = {**env, "PAGER": "echo $LESS, $LV; cat", **more}
    for line in ("diff --stat -r 0", "log -l 1", "log -l 1 --pager yes"):
        same(line.split(), repo, env)


@pytest.mark.parametrize("columns", [20, 133])
def test_widths(columns, repo, env):
    for line in ("diff --stat -r 0 -r 4", "log -G --stat", "log -T {termwidth}\\n -l 1"):
        same([*line.split(" "), "--pager", "no"], repo, env, columns=columns)


def test_errors_where_a_pager_is(repo, env):
    """Standard errors go through a pager, too, if they go to a terminal."""
    env = {**env, "PAGER": "sed s/^/:/"}
    same(["cat", "a", "-r", "0", "nothing"], repo, env)


def test_a_reader_that_has_seen_enough(repo, tmp_path, env):
    """A pager that ends early ends the command, as it does hg, and what is said of that."""
    hg("init", tmp_path / "r")
    file = tmp_path / "r" / "long"
    file.write_text("line of a file\n" * 200_000)
    hg("commit", "-qAm", "long", cwd=tmp_path / "r")
    env = {**env, "PAGER": "head -n 1"}
    for line in (["cat", "long"], ["log", "-p"]):
        seen = []
        for program in ([PROGRAM, "hg"], [HG]):
            with (tmp_path / "errors").open("w+b") as errors:
                seen.append(at_a_terminal(program + line, tmp_path / "r", env, errors=errors))
                errors.seek(0)
                seen[-1] += (errors.read(),)
        assert seen[0] == seen[1]
        assert seen[0][0] == 255 and b"killed!" in seen[0][2]


def test_ctrl_c_in_a_pager(repo, env):
    """Does not leave the pager alone with the terminal."""
    env = dict(env)
    wait = "read x < /dev/tty"
    env["PAGER"] = f"trap 'echo trapped' INT; cat; echo all; {wait} || {wait}; echo $x"
    line = ["log", "-l", "1", "--color", "no"]
    for program in ([PROGRAM, "hg"], [HG]):
        keys = [(b"all", b"\3"), (b"trapped", b"typed\r")]
        status, shown = at_a_terminal(program + line, repo, env, send=keys)
        assert b"typed" in shown.partition(b"trapped")[2], shown


def test_ctrl_c_in_a_command(tmp_path, env):
    """Ends with the words and the status of hg."""
    hg("init", tmp_path / "r")
    (tmp_path / "r" / "long").write_text("line of a file\n" * 200_000)
    hg("commit", "-qAm", "long", cwd=tmp_path / "r")
    for program in ([PROGRAM, "hg"], [HG]):
        process = subprocess.Popen(
            [*program, "cat", "long", "--color", "always"],
            cwd=tmp_path / "r",
            env=env,
            # Nobody reads that, so that it does not come to its end.
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        assert select.select([process.stdout], [], [], 60)[0]
        time.sleep(0.2)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b"\x1b[0;31minterrupted!\x1b[0m\n"
        assert process.wait() == 255
