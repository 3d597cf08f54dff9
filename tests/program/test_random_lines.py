# SPDX-License-Identifier: GPL-2.0-or-later
"""Command lines made from a grammar, in random repositories, beside hg.

Those that are answered natively are compared; on the others there is nothing to see.
"""

from __future__ import annotations

import os
import random
import shlex
import subprocess

import pytest
from beside import PROGRAM, THOROUGH, compared, outcome
from conftest import made
from hgcommand import HG, CommandServer, hg

SEEDS, LINES = (range(40), 400) if THOROUGH else (range(3), 60)
CONFIGURED = """
[experimental]
evolution = all
[alias]
brief = log -r $1 -T "{rev} {node|short}\\n"
[revsetalias]
mine = user(me)
latest($n) = last(all(), $n)
[templates]
small = "{rev}:{branch}\\n"
[templatealias]
sh(n) = "{n|short}"
"""
# Words for options; what is in angles is put there anew, with what a repository has.
COMMANDS = {
    "log": "-r <set>|-r <set>|-l <few>|-G|-p|--stat|-g|-T <template>|-T <template>|-v|-q|-M|-f"
    "|-f <file>|-k <word>|-u <user>|-d <date>|-b <name>|-B <name>|-P <rev>|-I <pattern>"
    "|-X <pattern>|--removed|-C|--hidden|<pattern>|--style <style>|-U <few>|-G -T <template>",
    "diff": "-r <rev>|-r <rev> -r <rev>|-c <rev>|--from <rev>|--from <rev> --to <rev>|-g|-p|-w|-b"
    "|-B|-Z|-U <few>|--stat|--reverse|--nodates|--noprefix|-I <pattern>|-X <pattern>|<pattern>|-a"
    "|--root .|--binary",
    "status": "-m|-a|-r|-d|-c|-u|-i|-A|-n|-0|-C|-q|-v|--rev <rev>|--rev <rev> --rev <rev>"
    "|--change <rev>|-I <pattern>|-X <pattern>|<pattern>|-T {status}:{path}\\n|-T json|-t u|-t mardic",
    "annotate": "<file>|-r <rev>|-u|-d|-n|-l|-c|-f|-q|-v|-a|-w|-b|--no-follow|-T json",
    "grep": "<word>|-n|-l|-i|-u|-d|-q|-0|--all|--diff|-r <set>|-r <rev>|-I <pattern>|<pattern>",
    "files": "-r <rev>|-0|-v|-I <pattern>|-X <pattern>|<pattern>|-T {path}:{size}:{flags}\\n",
    "cat": "<file>|<pattern>|-r <rev>|-I <pattern>|-T {path}={data|json}\\n",
    "manifest": "-r <rev>|-v|--debug|-T json|<rev>",
    "id": "-r <rev>|-i|-n|-b|-t|-B|-T <template>",
    "heads": "-r <rev>|-t|-c|-T <template>|<rev>|-v|-q",
    "parents": "-r <rev>|-T <template>|<pattern>|-v",
    "tip": "-p|-g|-T <template>|-v|-q",
    "branches": "-c|-r <rev>|-q|-v|-T json",
    "bookmarks": "-q|-v|-l|-T json",
    "tags": "-q|-v|-T json",
    "phase": "-r <set>|<rev>|-v",
    "export": "-r <rev>|<rev>|-g|-a|--nodates|--switch-parent|-T json|<pattern>",
    "summary": "-v|-q",
    "locate": "-r <rev>|-0|-f|<pattern>",
    "branch": "-v",
    "brief": "<set>",
    "paths": "-q",
    "root": "-T json",
}
# What is asked most is tried most.
OFTEN = ("log", "log", "log", "diff", "diff", "status", "status", "grep", "annotate", "cat")
EVERYWHERE = (
    "--color=always|--color=debug|--encoding ascii|--encoding latin1|-v|-q|--hidden"
    "|--config ui.verbose=1|--config ui.quiet=1|--config diff.git=1|--config diff.showfunc=1"
    "|--config ui.relative-paths=yes|--config diff.unified=1|--config ui.style=compact"
    "|--config ui.tweakdefaults=1|--config diff.word-diff=1|--config annotate.ignorews=1"
    "|--config commands.status.relative=1|--config experimental.xdiff=1|--config ui.message-output=stderr|--cwd <directory>"
).split("|")
SETS = (
    "<set>::|::<set>|<set>::<set>|(<set>) + (<set>)|(<set>) - (<set>)|(<set>) and (<set>)|not (<set>)"
    "|only(<set>,<set>)|ancestor(<set>,<set>)|heads(<set>)|roots(<set>)|parents(<set>)|p1(<set>)"
    "|children(<set>)|merge()|draft()|public()|secret()|obsolete()|closed()|head()|branch(<set>)"
    '|user("<user>")|keyword("<word>")|desc("<word>")|file("path:<file>")|filelog("<file>")'
    '|modifies("<file>")|adds("**")|contains("<file>")|date("<date>")|first(<set>,<few>)'
    "|last(<set>,<few>)|limit(<set>,<few>,<few>)|sort(<set>,<order>)|reverse(<set>)|max(<set>)"
    '|present(<set>)|tag()|bookmark()|all()|mine|latest(2)|follow()|follow("<file>")|<set>:<set>'
    "|descendants(<set>,<few>)|ancestors(<set>,depth=<few>)|successors(<set>)|matching(<set>)"
).split("|")
PATTERNS = (
    "<file>|<file>|<directory>|glob:**|glob:*|re:.*[aeb]|path:<file>|path:<directory>"
    "|relpath:<file>|rootfilesin:<directory>|filepath:<file>|nowhere|./<file>|set:added()|set:clean()-binary()|set:modified()+unknown()|set:size('>2')|set:not(path:<directory>)|set:revs(<rev>,added())"
    "|set:copied()+eol('unix')&<file>|set:grep('[ae]')"
).split("|")
KEYWORDS = (
    "rev node|short branch branches tags bookmarks author|user author|person desc|firstline desc"
    " date|isodate date|shortdate date|rfc822date phase files file_adds file_mods file_dels parents"
    " p1rev p2node|short children extras graphnode latesttag latesttagdistance diffstat"
    " instabilities obsolete index activebookmark namespaces manifest predecessors"
    " files%'{file},' tags%'{tag};' join(files,',') if(tags,'t','n') ifeq(branch,'default','d')"
    " pad(rev,6,'-',1) fill(desc,20) indent(desc,'>') sub('[a-e]','X',desc) label('red',rev)"
    " shortest(node,4) revset('parents(%d)',rev) count(files) word(0,desc) get(extras,'branch')"
    " files|json date|json desc|json author|json desc|escape desc|urlescape desc|lower rev+1 -rev"
    " sh(node) diff() files('**') splitlines(desc)"
).split()
STYLES = "default compact xml status changelog phases show".split()
TEMPLATES = [*STYLES[:3], "json", "json(rev,desc,files)", "small"]
DATES = ["<2000-01-01", ">1990", "1970-01-01 to 2000-01-01", "1947-08", "nonsense", "19470805"]
ORDERS = ["rev", "-rev", "user", "-date", "branch", "desc", "topo"]


class Grammar:
    """Makes command lines for a repository."""

    def __init__(self, rng, root, ask):
        self.rng = rng
        lines = {
            "rev": ("log", "--hidden", "-T", "{rev}\n{node|short}\n{node}\n"),
            "file": ("files", "-r", "all()"),
            "name": ("log", "-T", "{bookmarks % '{bookmark}\n'}{tags % '{tag}\n'}{branch}\n"),
            "user": ("log", "-T", "{user}\n"),
            "word": ("log", "-T", "{join(splitlines(desc), '\n')}\n"),
        }
        found = {kind: ask(*words).splitlines() for kind, words in lines.items()}
        found["word"] = [word for text in found["word"] for word in text.split()]
        found["file"] += ask("status", "-n", "-A").splitlines()
        self.found = {kind: sorted(set(words)) or ["0"] for kind, words in found.items()}

    def put(self, text, depth=2):
        """Puts something in the place of each word in angles."""
        while "<" in text:
            before, _, rest = text.partition("<")
            kind, end, after = rest.partition(">")
            if not end or not kind.isalpha():
                break  # a date
            text = before + self.some(kind, depth) + after
        return text

    def some(self, kind, depth):
        """Returns something of a kind."""
        choose = self.rng.choice
        if kind == "few":
            return str(self.rng.randrange(5))
        if kind == "rev":
            rev = choose(self.found["rev"])
            others = (".", "tip", "null", f"{rev}^", f"{rev}~2", rev[: self.rng.randrange(1, 9)])
            return choose((rev, rev, rev, choose(self.found["name"]), choose(others)))
        if kind == "set":
            if depth == 0 or self.rng.random() < 0.3:
                return self.some("rev", 0)
            return self.put(choose(SETS), depth - 1)
        if kind == "directory":
            return os.path.dirname(choose(self.found["file"])) or "."
        if kind == "template":
            parts = [choose(KEYWORDS) for _ in range(self.rng.randrange(1, 4))]
            own = choose((":", " ", "\\t")).join("{%s}" % part for part in parts) + "\\n"
            return choose((own, own, choose(TEMPLATES)))
        if kind == "user":
            return choose(self.found["user"])[:4]
        known = {"pattern": PATTERNS, "style": STYLES, "date": DATES, "order": ORDERS}
        return self.put(choose(known.get(kind) or self.found[kind]), 0)

    def line(self):
        """Returns the words of a command line."""
        command = self.rng.choice((*COMMANDS, *OFTEN))
        options = COMMANDS[command].split("|")
        chosen = options[:1] if command in ("grep", "annotate", "cat", "brief") else []
        if command != "brief":
            chosen += self.rng.choices(options, k=self.rng.choice((0, 1, 1, 2, 2, 3)))
        if self.rng.random() < 0.2:
            chosen.append(self.rng.choice(EVERYWHERE))
        # Words are put there after a line is split, as they have spaces.
        return [command, *(self.put(word) for option in chosen for word in option.split(" "))]


@pytest.mark.parametrize("seed", SEEDS)
def test_random_lines(seed, tmp_path):
    rng = random.Random(seed)
    hg("facts-make", "--no-facts", tmp_path / "made", 1000 + seed, 1001 + seed)
    (root,) = (path for path in (tmp_path / "made").iterdir() if path.is_dir())
    env = made(tmp_path, VERMILION_SERVER="0")
    with open(tmp_path / ".hgrc", "a") as file:
        file.write(CONFIGURED)

    def ask(*words):
        done = subprocess.run([HG, *words], cwd=root, env=env, capture_output=True, check=False)
        return os.fsdecode(done.stdout)

    grammar = Grammar(rng, root, ask)
    server = CommandServer(root, env)
    natively = 0
    for _ in range(LINES):
        words = grammar.line()
        told = outcome([PROGRAM, "hg", "--explain"], words, root, env)[1]
        if told != b"natively\n":
            continue
        natively += 1
        ours = outcome([PROGRAM, "hg"], words, root, env)
        if ours != compared(*server.run(words)):
            # One hg that lives on remembers more than one that has just begun.
            assert ours == outcome([HG], words, root, env), shlex.join(words)
    server.close()
    assert natively > LINES // 4
