# SPDX-License-Identifier: GPL-2.0-or-later
"""Revision sets beside Mercurial's own, on random repositories and random expressions."""

from __future__ import annotations

import json
import pickle
import random
from pathlib import Path

import hgcommand
import pytest
import vermilion
from harness import THOROUGH, seeds
from hgcommand import hg
from vermilion import (
    AmbiguousRevisionError,
    HiddenRevisionError,
    Repository,
    RevisionLookupError,
    RevSet,
    RevsetError,
    UnknownRevisionError,
    UnsupportedRevsetError,
)

SEEDS = seeds(60, 12)
COUNT = 1500 if THOROUGH else 150
VIEWS = ("visible", "all")
EXTENSION = f"--config=extensions.revsets={Path(hgcommand.__file__).with_name('hgrevsets.py')}"
ALIASES = {
    "mine": "user(b)",
    "both($1, $2)": "$1 + $2",
    "up(x)": "x::",
    "deep": "both(mine, up(0))",
    "bad(": "1",
    "loop": "loop or 1",
}
PATTERNS = ("a", "path:dir", "glob:**", "re:.*a$", "relglob:*x", "rootfilesin:dir", "z/y", "b c")
PATTERNS += ("filepath:a", "path:.", "dir*", "relre:x", "nothing", "path:a", "glob:{a,dir.x}")
DATES = (
    ">2000-01-01 UTC",
    "<1990-05 UTC",
    "2005 UTC to 2020 UTC",
    "-10000",
    "1 Feb",
    "Feb 2001 UTC",
)
DATES += ("2012-02-30", ">13:30", "today", "yesterday to now", "x", "", "<", "--3", "1e3", "0 0")
TEXTS = (
    "a",
    "B",
    "two",
    "LINES \xc3\xa9",
    "re:^two$",
    "re:[ab]",
    "u@x",
    "literal:one",
    "\xc3\x9c",
    "",
)
FIELDS = ("user", "description", "date branch", "phase", "parents files", "metadata", "summary x")
KEYS = (
    "rev",
    "-rev",
    "user -rev",
    "date",
    "-desc branch",
    "node",
    "topo",
    "-topo",
    "xy",
    "",
    "author",
)


class Expressions:
    """Random expressions about a repository."""

    def __init__(self, repo, seed):
        self.rng = random.Random(seed)
        self.length = len(repo._native)
        self.names = [*map(self.quote, [*repo.bookmarks(), *repo.tags(), *repo.branches()])]
        self.nodes = [repo[rev].hex for rev in repo.revs()]

    def quote(self, name):
        return "'%s'" % name.encode("utf-8", "surrogateescape").decode("latin-1")

    def number(self, low=0, high=4):
        return str(self.rng.randint(low, high))

    def symbol(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.55:
            return str(rng.randrange(self.length))
        if kind < 0.65 and self.names:
            return rng.choice(self.names)
        if kind < 0.75 and self.nodes:
            node = rng.choice(self.nodes)
            return node[: rng.choice([40, 12, 8, 6])]
        return rng.choice(
            [".", "tip", "null", "-1", "-2", "nothing", "'1'", "0", "tip", ".", "3-1"]
        )

    def function(self, depth):
        rng, more = self.rng, lambda: self.expression(depth - 1)
        name = rng.choice(
            "p1 p2 parents children heads roots max min ancestors descendants reverse present"
            " revset only first last limit sort commonancestors origin destination successors"
            " stack _firstancestors _firstdescendants follow".split()
        )
        if name in ("first", "last", "limit"):
            count = rng.choice(["", ", " + self.number(), ", " + self.number(-1, 20)])
            offset = ", offset=" + self.number() if name == "limit" and rng.random() < 0.3 else ""
            return f"{name}({more()}{count}{offset})"
        if name == "sort":
            return (
                f"sort({more()}, '{rng.choice(KEYS)}')" if rng.random() < 0.9 else f"sort({more()})"
            )
        if name == "only":
            return f"only({more()}, {more()})" if rng.random() < 0.6 else f"only({more()})"
        if name in ("ancestors", "descendants") and rng.random() < 0.4:
            return f"{name}({more()}, depth={self.number(-1)})"
        if name in ("p1", "p2", "parents", "origin", "destination", "stack") and rng.random() < 0.2:
            return name + "()"
        if name == "follow":
            pattern = rng.choice(PATTERNS)
            return rng.choice(["follow()", f"follow('{pattern}', startrev={more()})"])
        return f"{name}({more()})"

    def predicate(self):
        rng = self.rng
        name = rng.choice(
            "all none draft public secret merge branchpoint closed head hidden obsolete orphan"
            " extinct unstable contentdivergent phasedivergent bookmark tag _notpublic"
            " user desc keyword grep date branch extra file adds modifies removes contains"
            " filelog id rev named matching expectsize generations converted ancestor bisect"
            " _matchfiles tagged author".split()
        )
        if name in ("user", "desc", "author"):
            return f"{name}('{rng.choice(TEXTS)}')"
        if name == "keyword":
            return f"keyword('{rng.choice([*TEXTS, 'dir', 'DIR.X'])}')"
        if name == "grep":
            return f"grep(r'{rng.choice(['a', '^b', 'dir.x', 'two$', '<', '[x-z]/', 'LINES'])}')"
        if name == "date":
            return f"date('{rng.choice(DATES)}')"
        if name == "branch":
            return f"branch({rng.choice([self.symbol(), 'stable', 'default', 're:a', 'tip::'])})"
        if name in ("file", "adds", "modifies", "removes", "contains", "filelog"):
            return f"{name}('{rng.choice(PATTERNS)}')"
        if name == "extra":
            return rng.choice(
                [
                    "extra(branch)",
                    "extra('k')",
                    "extra(branch, 're:s')",
                    "extra(close, 1)",
                    "extra()",
                ]
            )
        if name == "id":
            return f"id({self.symbol()})"
        if name == "rev":
            return f"rev({self.number(-2, self.length + 1)})"
        if name == "named":
            return f"named('{rng.choice(['bookmarks', 'tags', 'branches', 're:s$', 'x'])}')"
        if name == "matching":
            return f"matching({self.symbol()}, '{rng.choice(FIELDS)}')"
        if name == "expectsize":
            return f"expectsize({self.symbol()}, {rng.choice(['1', '0:3', '2:', ':1'])})"
        if name == "generations":
            span = rng.choice(["[1]", "[-2:1]", "[:]", "", "[-3:-1]", "[0]", "[2:4]"])
            return f"{self.symbol()}#{rng.choice(['g', 'generations', 'generation'])}{span}"
        if name == "ancestor":
            return f"ancestor({', '.join(self.symbol() for _ in range(rng.randrange(4)))})"
        if name == "bisect":
            return f"bisect({rng.choice(['good', 'range', 'x', 'pruned'])})"
        if name in ("bookmark", "tag", "tagged") and rng.random() < 0.6:
            return f"{name}({rng.choice([self.symbol(), '1.0', 'book', 're:.'])})"
        if name == "_matchfiles":
            return f"_matchfiles('p:{rng.choice(PATTERNS)}', 'x:a', 'i:path:dir', 'd:relpath')"
        return f"{name}()"

    def expression(self, depth=4):
        rng = self.rng
        if depth <= 0 or rng.random() < 0.15:
            return self.symbol() if rng.random() < 0.6 else self.predicate()
        more = lambda: self.expression(depth - 1)  # noqa: E731
        kind = rng.random()
        if kind < 0.2:
            return self.predicate()
        if kind < 0.45:
            return self.function(depth)
        if kind < 0.55:
            return f"({more()})"
        if kind < 0.62:
            return rng.choice(["not {}", "::{}", "{}::", ":{}", "{}:", "!{}"]).format(
                self.term(depth)
            )
        if kind < 0.68:
            return self.term(depth) + rng.choice(["^", "~1", "~2", "^2", "^0", "~-1", "^3"])
        operator = rng.choice([" and ", " or ", " - ", "::", ":", " + ", " & ", " | ", " % ", ".."])
        return self.term(depth) + operator + self.term(depth)

    def term(self, depth):
        expression = self.expression(depth - 1)
        return f"({expression})" if self.rng.random() < 0.6 else expression

    def broken(self):
        """An expression in which something is wrong, mostly."""
        rng, text = self.rng, list(self.expression(3))
        for _ in range(rng.randint(1, 2)):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randrange(2)] = rng.choice(
                ["(", ")", "'", '"', ",", "=", "#", "##", "[", "]", "^", "~", ":", "::", "%", "\\"]
                + ["and", "x", " ", "-", "!", "$", "not ", "heds(", "r'", "\\x4", "1=2", "mine"]
            )
        return "".join(text)

    def some(self, count):
        aliased = ("mine", "both(1, mine)", "up(deep)", "loop", "both(1)", "mine() - 1", "bad(")
        for _ in range(count):
            kind = self.rng.random()
            if kind < 0.12:
                yield self.broken()
            elif kind < 0.16:
                yield f"{self.rng.choice(aliased)} or {self.symbol()}"
            else:
                yield self.expression(self.rng.choice([1, 2, 3, 4]))


def as_bytes(message):
    """A string of bytes, a character each."""
    return message.encode("utf-8", "surrogateescape").decode("latin-1")


def answer(repo, spec, aliases=ALIASES):
    """What Vermilion says of an expression, as hgrevsets.py has it."""
    try:
        return [list(repo.revs(spec.encode("latin-1"), aliases=aliases))]
    except RevsetError as error:
        return [None, "parse", as_bytes(error.message), error.position, error.hint]
    except UnsupportedRevsetError:
        return None
    except HiddenRevisionError:
        return [None, "lookup", "hidden", None, None]
    except AmbiguousRevisionError:
        return [None, "abort", "ambiguous", None, None]
    except RevisionLookupError as error:
        return [None, "lookup", as_bytes(str(error)), None, None]


def same(ours, theirs):
    if ours is None or theirs[1:2] == ["crash"]:
        return True
    if theirs[0] is not None or ours[0] is not None:
        return ours[0] == theirs[0]
    kind, message = theirs[1:3]
    if message.startswith("hidden revision"):
        return ours[2].startswith("hidden")
    if "mbiguous" in message:
        return "mbiguous" in ours[2] or ours[1] == "abort"
    if kind == "abort":
        return ours[2] == message
    # Of several such names, Mercurial takes any: the first in a set of Python's.
    unknown = "unexpected field name passed to matching: "
    if message.startswith(unknown):
        return ours[2].startswith(unknown)
    # What is not UTF-8 in a message is shown in one way or another.
    as_text = lambda text: text.encode("latin-1").decode("utf-8", "replace")  # noqa: E731
    mine = ours[2] if ours[2].isascii() else as_text(ours[2])
    both = [ours[1] == kind, mine == as_text(message), ours[3] == theirs[3]]
    if ours[4] and theirs[4] and theirs[4].isascii():
        both.append(ours[4] == theirs[4])
    return all(both)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Random repositories, and what Mercurial says of random expressions in them."""
    folder = tmp_path_factory.mktemp("revsets")
    hg("facts-make", folder, SEEDS[0], SEEDS[-1] + 1, "--no-facts")
    questions = []
    for seed in SEEDS:
        for view in VIEWS:
            repo = Repository(folder / str(seed), hidden=view == "all")
            specs = list(Expressions(repo, 2 * seed + (view == "all")).some(COUNT))
            questions.append([str(folder / str(seed)), view, ALIASES, specs])
    (folder / "questions").write_text(json.dumps(questions))
    answers = json.loads(hg(EXTENSION, "revsets-evaluate", folder / "questions"))
    return {
        (int(Path(root).name), view): list(zip(specs, answered))
        for (root, view, _, specs), answered in zip(questions, answers)
    }, folder


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("seed", SEEDS)
def test_random_expressions(made, seed, view):
    answers, folder = made
    repo = Repository(folder / str(seed), hidden=view == "all")
    wrong, answered = [], 0
    for spec, theirs in answers[seed, view]:
        ours = answer(repo, spec)
        answered += ours is not None
        if not same(ours, theirs):
            wrong.append((spec, ours, theirs))
    assert not wrong, "\n" + "\n".join(map(str, wrong[:10]))
    assert answered > COUNT * 0.8


@pytest.fixture
def small(tmp_path):
    """A repository of three changesets."""
    hg("init", tmp_path)
    for number in range(3):
        (tmp_path / "a").write_text(f"{number}\n")
        hg("commit", "-qAm", f"change {number}", "-u", f"user{number}", cwd=tmp_path)
    hg("bookmark", "-r", "1", "a-b", cwd=tmp_path)
    return Repository(tmp_path)


def test_values(small):
    assert list(small.revs("%d::%d", 0, 1)) == [0, 1]
    assert list(small.revs("user(%s)", "R1")) == [1]
    assert list(small.revs("%ld", [2, 0])) == [2, 0]
    assert list(small.revs("%ld - %ln", RevSet([0, 1]), [small[0].node])) == [1]
    assert list(small.revs("%r & %lr", "0:1", ["0", "1 + 2"])) == [0, 1]
    assert list(small.revs("sort(all(), %ps)", ["-rev"])) == [2, 1, 0]
    assert list(small.revs("%d %% 0", small["tip"])) == [1, 2]
    assert list(small.revs("tip % 0")) == [1, 2]
    assert list(small.revs("branch(%b)", "default")) == [0, 1, 2]
    for spec, values in [("%d", ["x"]), ("%x", [1]), ("%d", [1, 2]), ("%l", [[]]), ("%d %d", [1])]:
        with pytest.raises(RevsetError):
            small.revs(spec, *values)
    with pytest.raises(TypeError):
        small.revs("%d", object())


def test_names_with_signs(small):
    assert list(small.revs("a-b")) == [1]
    assert list(small.revs("a-b:")) == [1, 2]
    assert list(small.revs("2 and not a-b")) == [2]
    with pytest.raises(UnknownRevisionError):
        small.revs("a - b")
    with pytest.raises(UnknownRevisionError):
        small.revs("a-b and %d", 1)


def test_results(small):
    revs = small.revs("reverse(all())")
    assert (revs.typecode, list(revs)) == ("i", [2, 1, 0])
    assert RevSet(revs) == small.revs()
    assert [changeset.rev for changeset in small.changesets(small.revs("2 + 0"))] == [2, 0]
    assert list(small.revs("mine", aliases={"mine": "user(user2)"})) == [2]
    assert list(small.revs("file('a')", cwd=small.root)) == [0, 1, 2]


def test_errors(small):
    with pytest.raises(RevsetError) as caught:
        small.revs("1 +")
    assert (caught.value.message, caught.value.position) == ("not a prefix: end", 3)
    assert str(caught.value) == "at 3: not a prefix: end"
    assert caught.value.hint.endswith("^ here")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.message, again.position, again.hint) == (
        caught.value.message,
        caught.value.position,
        caught.value.hint,
    )
    with pytest.raises(RevsetError, match="unknown identifier: brunch") as caught:
        small.revs("brunch(1)")
    assert caught.value.hint == "did you mean branch?"
    with pytest.raises(UnsupportedRevsetError) as unsupported:
        small.revs("1 or outgoing()")
    assert unsupported.value.what == "outgoing()"
    for spec in ("wdir()", "2147483647", "parents(wdir())", "ffff"):
        with pytest.raises(UnsupportedRevsetError, match="wdir"):
            small.revs(spec)
    for deep in ("(" * 5000 + "1" + ")" * 5000, "1" + " and 1" * 5000, "not " * 5000 + "1"):
        with pytest.raises(UnsupportedRevsetError):
            small.revs(deep)
    assert list(small.revs("1" + " or 1" * 5000)) == [1]
    assert vermilion.RevsetError is RevsetError
