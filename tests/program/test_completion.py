# SPDX-License-Identifier: GPL-2.0-or-later
"""Completion of hg's command lines: what is offered beside what hg says, and bash's script."""

from __future__ import annotations

import json
import os
import pty
import random
import select
import subprocess
import time

import pytest
from conftest import made
from hgcommand import CommandServer, hg

PROGRAM = os.environ["VERMILION_PROGRAM"]
TIMEOUT = 60
WORDS, PATHS, SHELL_FILES, SHELL_DIRECTORIES = 0, 10, 11, 12

# Those that come with Mercurial, may be enabled together, and have commands or options.
EXTENSIONS = """absorb amend automv blackbox censor children churn clonebundles closehead
    commitextras convert extdiff fastannotate fastexport fetch fix git githelp gpg graphlog hgk
    histedit journal keyword largefiles lfs mq narrow patchbomb phabricator rebase record
    releasenotes relink remotefilelog share show sparse split strip transplant uncommit""".split()
# What mq has for every command, and what only record and mq have together.
BY_OTHERS = {"--mq", "qrecord"}

FACTS = """
import json
from mercurial import commands, registrar
cmdtable = {}
command = registrar.command(cmdtable)

@command(b'facts', [], norepo=True)
def facts(ui, *args):
    found = {}
    for names, entry in commands.table.items():
        names = [name.decode() for name in names.lstrip(b'^').split(b'|')]
        found[names[0]] = [names, [
            [option[1].decode(), option[2] is not None and not isinstance(option[2], bool)]
            for option in entry[1] if option[1] and b'DEPRECATED' not in option[3]
        ]]
    ui.write(json.dumps(found).encode())
"""


def complete(cwd, env, *words):
    """Returns what the program prints for some words, and its exit status."""
    command = [PROGRAM, "complete", "--", *words]
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, check=False, timeout=TIMEOUT
    )
    assert done.stderr == b""
    return done.stdout.decode().splitlines(), done.returncode


def words(cwd, env, *line):
    found, status = complete(cwd, env, *line)
    assert status == WORDS
    return found


def paths(cwd, env, *line):
    found, status = complete(cwd, env, *line)
    assert status == PATHS
    return found


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    """An environment in which whoever starts hg, or a Python, leaves a mark."""
    home = tmp_path_factory.mktemp("home")
    env = made(home)
    mark = home / "started"
    hg = home / "hg"
    hg.write_text(f'#!/bin/sh\necho "$@" >> {mark}\n')
    hg.chmod(0o755)
    env["VERMILION_HG"] = str(hg)
    with (home / ".hgrc").open("a") as file:
        file.write(
            "[alias]\nchanges = diff --from 0\nchanged = changes --git\nsay = !echo\nloop = pool\npool = loop x\ndiff = diff -w\n"
            "given = log -r $1 --template x\n[paths]\ndefault = /x\ndefault:pushurl = /y\n"
            "upstream = https://example.org/\n[merge-tools]\nmine.args = x\n"
        )
    yield env
    assert not mark.exists()


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A repository with names in its history, and files in all states."""
    root = tmp_path_factory.mktemp("work") / "r"
    hg("init", root)
    for name in ["a", "gone", "missing", "my file", "d/b", "d/e/f", "d e/g", "ä", "-n", "set:s"]:
        (root / name).parent.mkdir(exist_ok=True, parents=True)
        (root / name).write_text(name)
    hg("commit", "-q", "-A", "-m", "0", cwd=root)
    hg("bookmark", "-q", "-r", "0", "mark", "my mark", "feature/x", cwd=root)
    hg("tag", "v1", "v1.1", cwd=root)
    hg("tag", "--local", "mine", cwd=root)
    for branch in ["old", "new"]:
        hg("branch", "-q", branch, cwd=root)
        hg("commit", "-q", "-m", branch, cwd=root)
        if branch == "old":
            hg("commit", "-q", "--close-branch", "-m", "closed", cwd=root)
            hg("update", "-q", "0", cwd=root)
    (root / "a").write_text("changed")
    (root / "d/e/f").write_text("changed")
    hg("remove", "gone", cwd=root)
    (root / "missing").unlink()
    for name in ["u", "ud/x", "d/u:v", "d/e/u w", "new\nline", "-u", "path:p", "ignored", "ü"]:
        (root / name).parent.mkdir(exist_ok=True, parents=True)
        (root / name).write_text("")
    (root / ".hgignore").write_text("ignored\n")
    (root / "added").write_text("")
    hg("add", "added", cwd=root)
    return root


class Facts:
    """The commands of an hg with some extensions, from a server."""

    def __init__(self, folder, extensions):
        extension = folder / "commandfacts.py"
        extension.write_text(FACTS)
        self.cwd = folder
        self.env = made(folder)
        with (folder / ".hgrc").open("a") as file:
            file.write("[extensions]\n" + "".join(f"{name} =\n" for name in extensions))
            file.write(f"commandfacts = {extension}\n")
        server = CommandServer(folder, self.env)

        def run(*line):
            status, out, _ = server.run(line)
            assert status == 0, line
            return out.decode()

        self.table = json.loads(run("facts"))
        others = {"facts", *(BY_OTHERS if extensions else ())}
        self.names = set(run("debugcomplete").split()) - others
        self.options = {
            # One of strip's has no name.
            name: set(run("debugcomplete", "-o", name).split()) - {"--"} - others
            for name in self.names
        }
        every = [name for name in self.names for name in self.table[name][0]]
        begun = {name[:length] for name in every for length in (1, 2, 3)} - set(every)
        self.begun = {
            word: set(run("debugcomplete", word).split()) - others
            for word in begun
            if not "debug".startswith(word) or word == "d"
        }
        server.close()


@pytest.fixture(scope="module", params=[(), EXTENSIONS], ids=["plain", "extensions"])
def facts(request, tmp_path_factory):
    return Facts(tmp_path_factory.mktemp("facts"), request.param)


def test_commands_are_those_of_hg(facts):
    assert set(words(facts.cwd, facts.env, "")) == facts.names
    for word, found in facts.begun.items():
        assert set(words(facts.cwd, facts.env, word)) == found, word


def test_options_are_those_of_hg(facts):
    for name, options in facts.options.items():
        offered = words(facts.cwd, facts.env, name, "-")
        assert set(offered) == options, name
        for alias in facts.table[name][0]:
            assert words(facts.cwd, facts.env, alias, "-") == offered, alias
    long = {option for option in facts.options["log"] if option.startswith("--")}
    assert set(words(facts.cwd, facts.env, "log", "--")) == long


def test_options_that_take_a_value_are_those_of_hg(facts):
    for name in facts.names:
        for option, takes in facts.table[name][1]:
            if f"--{option}" in BY_OTHERS:
                continue
            offered, _ = complete(facts.cwd, facts.env, name, f"--{option}", "--h")
            assert ("--help" not in offered) == takes, (name, option)


def test_options_have_letters_prefixes_and_ends(repository, env):
    assert words(repository, env, "log", "-r") == ["-r"]
    assert words(repository, env, "log", "-Gr") == ["-Gr"]
    assert words(repository, env, "log", "-Grma") == ["-Grmark"]
    assert words(repository, env, "log", "--rev=ma") == ["--rev=mark"]
    assert words(repository, env, "log", "--re=ma") == []
    assert words(repository, env, "add", "--no-dry") == ["--no-dry-run"]
    assert paths(repository, env, "add", "--", "--dry") == []
    assert paths(repository, env, "cat", "--", "-") == []
    assert words(repository, env, "--rep") == ["--repository"]


def test_names_are_those_of_hg(repository, env):
    def listed(command):
        return hg(command, "-q", cwd=repository).decode().splitlines()

    bookmarks, tags, branches = listed("bookmarks"), listed("tags"), listed("branches")
    assert {"mark", "v1", "tip", "new"} <= {*bookmarks, *tags, *branches}
    every = sorted({*bookmarks, *tags, *branches})
    for line in ["log -r", "diff --from", "diff --from 0 --to", "diff -c", "status --change"]:
        assert words(repository, env, *line.split(), "") == every, line
    for line in ["update", "merge", "-v export x", "graft", "histor -r", "given", "phase"]:
        assert words(repository, env, *line.split(), "") == every, line
    for line in ["bookmark -d", "bookmarks -m", "push -B", "log --bookmark", "bookmark"]:
        assert words(repository, env, *line.split(), "") == sorted(bookmarks), line
    for line in ["log -b", "branch", "clone x"][:2]:
        assert words(repository, env, *line.split(), "") == sorted(branches), line
    # Closed ones are only offered where no other is meant.
    assert words(repository, env, "log", "-b", "o") == ["old"]
    assert words(repository, env, "tag", "--remove", "") == sorted(set(tags) - {"tip"})
    assert words(repository, env, "tag", "") == []
    assert words(repository, env, "update", "new", "") == []
    assert words(repository, env, "log", "-r", "0::(ma") == ["0::(mark"]
    assert words(repository, env, "log", "-r", "mark|my") == []
    assert words(repository, env, "-R", str(repository), "up", "mar") == ["mark"]


def test_names_of_the_configuration(repository, env):
    for line in ["pull", "push", "incoming", "outgoing", "out -r 0", "paths"]:
        assert words(repository, env, *line.split(), "") == ["default", "upstream"], line
    assert complete(repository, env, "pull", "../") == ([], SHELL_FILES)
    assert words(repository, env, "config", "ui.u") == ["ui.username"]
    assert words(repository, env, "--config", "paths.u") == ["paths.upstream="]
    assert words(repository, env, "--config", "pat") == ["patch.", "paths."]
    assert "mine" in words(repository, env, "merge", "--tool", "")
    assert words(repository, env, "help", "dif") == ["diff", "diffs"]
    assert "changes" in words(repository, env, "cha")
    assert words(repository, env, "--config", "alias.other=log", "oth") == ["other"]


def test_directories_and_files_are_left_to_the_shell(repository, env):
    for line in ["-R", "--cwd", "init", "diff --root"]:
        assert complete(repository, env, *line.split(), "") == ([], SHELL_DIRECTORIES), line
    for line in ["commit -l", "commit --logfile=", "import", "say", "nothing", "loop", "cp -A a"]:
        *before, last = line.split()
        # Where the last word is an option, its value is asked for.
        line = [*before, last] if last.endswith("=") else [*before, last, ""]
        assert complete(repository, env, *line) == ([], SHELL_FILES), line
    # What is elsewhere, the shell cannot complete.
    assert complete(repository, env, "--cwd", "d", "commit", "-l", "") == ([], WORDS)


STATES = {
    "add": "u",
    "addremove": "ud",
    "forget": "macd",
    "commit": "mard",
    "commit -A": "mardu",
    "revert": "mard",
    "diff": "mard",
    "changed": "macd",
    "revert -r 0": "macd",
    "remove": "macd",
    "rename": "macd",
    "cat": "macd",
    "log": "macd",
    "annotate -r 0": "macd",
    "status": "mardu",
    "status --rev 0": "macd",
    "files -I": "macd",
}


LETTERS = dict(zip("mardu", "MAR!?", strict=True), c="C")


def listed(root):
    """Returns the files of a working copy with the letters of their states, by hg."""
    lines = hg("status", "-A", "-0", cwd=root).decode().split("\0")
    return [(line[0], line[2:]) for line in lines if line and not line.startswith(" ")]


def expected(files, folder, states, word):
    """Returns files in these states as far as the next slash, as seen from a folder."""
    letters = {LETTERS[state] for state in states}
    before = word[: word.rfind("/") + 1]
    found = set()
    for path in [path for letter, path in files if letter in letters]:
        inner = os.path.relpath(path, os.path.normpath(f"{folder}/{before}"))
        first, slash, _ = inner.partition("/")
        name = before + first + slash
        # Those would be options and patterns.
        name = f"./{name}" if name.startswith(("-", "set:", "path:")) else name
        if first != ".." and name.startswith(word) and "\n" not in name:
            found.add(name)
    return sorted(found, key=os.fsencode)


@pytest.mark.parametrize("folder", [".", "d", "d/e", "ud"])
def test_files_are_those_of_hg(repository, env, folder):
    files = listed(repository)
    cwd = repository / folder
    inside = ["", "d", "d/", "d/e/", "m", "./", "./-", "u", "ä", "no/", "d e/", "d/../a"]
    above = [] if folder == "." else ["../", "../d", "../ud/"]
    for line, states in STATES.items():
        for word in inside + above:
            found = paths(cwd, env, *line.split(), word)
            assert found == expected(files, folder, states, word), (line, word)
    assert complete(repository, env, "cat", "../") == ([], SHELL_FILES)


def test_files_of_random_trees(tmp_path, env):
    rng = random.Random(3)
    hg("init", tmp_path)
    names = ["a", "b c", "b", "ä", "q'", 'q"', "x:y", "=", "$d", "e\\f", "tab\t"]
    parts = [rng.choices(names, k=rng.choice([1, 2, 3])) for _ in range(80)]
    every = ["/".join(part) + rng.choice("012") for part in parts]

    def write(text, some):
        for name in some:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)

    write("first", every[:60])
    hg("commit", "-q", "-A", "-m", "0", cwd=tmp_path)
    write("changed", every[30:])
    for name in every[:15]:
        (tmp_path / name).unlink(missing_ok=True)
    files = listed(tmp_path)
    assert {letter for letter, _ in files} == set("MC!?")
    for _ in range(60):
        word = rng.choice(every)
        word = word[: rng.randrange(len(word) + 1)]
        for line in ["add", "diff", "cat", "status"]:
            found = paths(tmp_path, env, line, word)
            assert found == expected(files, ".", STATES[line], word), (line, word)


def test_what_merges_and_shelves_leave(tmp_path, env):
    hg("init", tmp_path)
    for text in "abc":
        for name in ["x", "y"]:
            (tmp_path / name).write_text(text)
        hg("commit", "-q", "-A", "-m", text, cwd=tmp_path)
        if text != "c":
            hg("update", "-q", "0", cwd=tmp_path)
    assert paths(tmp_path, env, "resolve", "") == []
    hg("update", "-q", "1", cwd=tmp_path)
    # A merge with conflicts does not succeed.
    with pytest.raises(AssertionError):
        hg("merge", "-q", "--tool", ":fail", "2", cwd=tmp_path)
    assert paths(tmp_path, env, "resolve", "") == ["x", "y"]
    hg("resolve", "-q", "-m", "x", cwd=tmp_path)
    assert paths(tmp_path, env, "resolve", "-m", "") == ["y"]
    hg("update", "-q", "-C", "1", cwd=tmp_path)
    (tmp_path / "x").write_text("d")
    hg("shelve", "-q", "--name", "later", cwd=tmp_path)
    assert words(tmp_path, env, "unshelve", "") == ["later"]
    assert words(tmp_path, env, "shelve", "-d", "l") == ["later"]


def test_what_cannot_be_read_is_left_to_the_shell(tmp_path, env):
    assert complete(tmp_path, env, "add", "") == ([], SHELL_FILES)
    assert complete(tmp_path, env, "update", "") == ([], WORDS)
    hg("init", tmp_path)
    with (tmp_path / ".hg/requires").open("a") as file:
        file.write("something-new\n")
    assert complete(tmp_path, env, "add", "") == ([], SHELL_FILES)
    assert complete(tmp_path, env, "update", "") == ([], WORDS)
    assert "log" in words(tmp_path, env, "")
    assert complete(tmp_path, env) == ([], WORDS)
    assert complete(tmp_path, env, "-R", "nowhere", "cat", "") == ([], SHELL_FILES)
    wrong = {**env, "HGRCPATH": str(tmp_path / "wrong")}
    (tmp_path / "wrong").write_text("nonsense\n")
    assert "log" in words(tmp_path, wrong, "")


@pytest.fixture(scope="module")
def bash(env, tmp_path_factory):
    """An environment with the program in PATH, and the script for bash."""
    folder = tmp_path_factory.mktemp("bash")
    (folder / "vermilion").symlink_to(PROGRAM)
    env = {**env, "PATH": f"{folder}:{env['PATH']}", "TERM": "dumb", "PS1": "$ "}
    command = ["vermilion", "completions", "bash"]
    done = subprocess.run(command, env=env, capture_output=True, check=True, timeout=TIMEOUT)
    script = folder / "script"
    script.write_bytes(done.stdout)
    return env, script


def reply(cwd, bash, pieces, line):
    """Returns COMPREPLY for a line in bash's pieces, and what compopt is told."""
    env, script = bash
    text = f"""
        . {script}
        compopt() {{ told+=("$*"); }}
        COMP_LINE=$LINE COMP_POINT=${{#LINE}} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        if [ "$1" = hg ]; then _vermilion_hg hg; else _vermilion_or_hg "$1" "${{@: -1}}" ""; fi
        if ((${{#COMPREPLY[@]}})); then printf '%s\\n' "${{COMPREPLY[@]}}"; fi
        if ((${{#told[@]}})); then printf '%s\\n' "${{told[@]}}" >&2; fi
    """
    command = ["bash", "--norc", "-c", text, "bash", *pieces]
    env = {**env, "LINE": line}
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, check=False, timeout=TIMEOUT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().splitlines(), done.stderr.decode().splitlines()


NO_FILES = "+o bashdefault +o default"
REPLIES = [
    ("hg upd", "hg|upd", ["update"], [NO_FILES]),
    ("hg admin::v", "hg|admin|::|v", ["verify"], None),
    ("hg admin::", "hg|admin|::", None, None),
    ("hg update my", "hg|update|my", [r"my\ mark"], [NO_FILES]),
    ("hg update 'my", "hg|update|'my", ["my mark"], [NO_FILES]),
    ("hg log --rev=ma", "hg|log|--rev|=|ma", ["mark"], [NO_FILES]),
    ("hg log --rev=", "hg|log|--rev|=", None, None),
    ("hg log -r 0::ma", "hg|log|-r|0|::|ma", ["mark"], [NO_FILES]),
    ("hg cat my", "hg|cat|my", ["my file"], [NO_FILES, "-o filenames"]),
    ('hg cat "my', 'hg|cat|"my', ["my file"], [NO_FILES, "-o filenames"]),
    (r"hg cat my\ f", r"hg|cat|my\ f", ["my file"], [NO_FILES, "-o filenames"]),
    ("hg add d/u:", "hg|add|d/u|:", ["v"], [NO_FILES, "-o filenames"]),
    (r"hg add d/u\:", r"hg|add|d/u\:", ["d/u:v"], [NO_FILES, "-o filenames"]),
    ("hg cat d\\ ", "hg|cat|d\\ ", ["d e/"], [NO_FILES, "-o filenames", "-o nospace"]),
    ("hg cat ä", "hg|cat|ä", ["ä"], [NO_FILES, "-o filenames"]),
    ("hg update zz", "hg|update|zz", [], [NO_FILES]),
    ("hg commit -l x", "hg|commit|-l|x", [], []),
    ("hg cat $HO", "hg|cat|$HO", [], []),
    ("hg cat ~/", "hg|cat|~/", [], []),
    ("hg -R ", "hg|-R|", [], [f"{NO_FILES} -o dirnames"]),
    ("hg  -R  d   update  mar", "hg|-R|d|update|mar", [], [NO_FILES]),
    ("vermilion hg update mar", "vermilion|hg|update|mar", ["mark"], [NO_FILES]),
    ("vermilion doc", "vermilion|doc", ["doctor"], []),
]


@pytest.mark.parametrize(("line", "pieces", "answer", "options"), REPLIES)
def test_replies_in_bash(repository, bash, line, pieces, answer, options):
    found, told = reply(repository, bash, pieces.split("|"), line)
    if answer is None:
        # Those behind the sign at which bash splits.
        kept = line.split()[-1]
        whole = words(repository, bash[0], *line.split()[1:])
        answer = [word.removeprefix(kept).replace(" ", r"\ ") for word in whole]
        assert len(answer) > 2
    assert found == answer
    assert options is None or told == options


class Terminal:
    """A bash at a terminal, whose hg tells its words."""

    def __init__(self, cwd, env, script):
        self._pid, self._end = pty.fork()
        if self._pid == 0:
            os.chdir(cwd)
            os.execvpe("bash", ["bash", "--norc", "-i"], env)
        self._wait(b"$ ")
        self.run(f". {script}")
        self.run("hg() { printf '<%s>' \"$@\"; echo; }; bind 'set bell-style none'")

    def _wait(self, text):
        seen = b""
        end = time.monotonic() + TIMEOUT
        while text not in seen:
            ready, _, _ = select.select([self._end], [], [], max(0, end - time.monotonic()))
            assert ready, seen
            seen += os.read(self._end, 1 << 16)
        return seen.decode()

    def run(self, line):
        """Types a line, and returns what it and its output look like."""
        os.write(self._end, line.encode() + b"; echo 'DO''NE'\n")
        seen = self._wait(b"DONE\r\n")
        return seen + self._wait(b"$ ") if not seen.endswith("$ ") else seen

    def close(self):
        os.write(self._end, b"\x15exit\n")
        os.waitpid(self._pid, 0)
        os.close(self._end)


@pytest.fixture(scope="module")
def terminal(repository, bash):
    env, script = bash
    terminal = Terminal(repository, env, script)
    yield terminal
    terminal.close()


@pytest.mark.parametrize(
    ("typed", "run"),
    [
        ("upda\t", "<update>"),
        ("cat my\t", "<cat><my file>"),
        ('cat "my\t', "<cat><my file>"),
        ("cat 'my\t", "<cat><my file>"),
        ("update my\t", "<update><my mark>"),
        ("update 'my\t", "<update><my mark>"),
        ("log --rev=mar\t", "<log><--rev=mark>"),
        ("log -r 0::mar\t", "<log><-r><0::mark>"),
        ("add d/u\t", "<add><d/u:v>"),
        ("add d/u:\t", "<add><d/u:v>"),
        ("add d/e/\t", "<add><d/e/u w>"),
        ("cat d\\ \tg\t", "<cat><d e/g>"),
        ("cat ä\t", "<cat><ä>"),
        ("admin::ver\t", "<admin::verify>"),
        ("commit -l u\td", "<commit><-l><ud>"),
        ("up zz\t", "<up><zz>"),
    ],
)
def test_tab_in_bash(terminal, typed, run):
    assert f"{run}\r\n" in terminal.run(f"hg {typed}")
