# SPDX-License-Identifier: GPL-2.0-or-later
"""A Mercurial extension that evaluates many revision sets in one process.

`hg revsets-evaluate FILE` reads JSON: a list of `[repository, view, aliases, specs]`, and prints for
each a list of what the specs stand for: `[revs]`, or `[None, kind, message, position, hint]`.
"""

import json
import os

from mercurial import error, hg, registrar

cmdtable = {}
command = registrar.command(cmdtable)
testedwith = b"7.2.4"


def text(blob):
    return blob.decode("latin-1")


def evaluated(repo, spec, aliases):
    try:
        return [list(repo.anyrevs([spec], user=True, localalias=aliases))]
    except error.ParseError as bad:
        hint = text(bad.hint) if bad.hint else None
        return [None, "parse", text(bad.message), bad.location, hint]
    except error.RepoLookupError as bad:
        return [None, "lookup", text(bad.args[0]), None, None]
    except error.Abort as bad:
        return [None, "abort", text(bad.message), None, None]
    except Exception as bad:
        # Mercurial's own, or a Python error of it, which nobody is to have the same of.
        return [None, "crash", repr(bad), None, None]


@command(b"revsets-evaluate", [], b"FILE", norepo=True)
def evaluate_command(ui, path):
    """Prints what revision sets stand for."""
    with open(path) as file:
        questions = json.load(file)
    answers = []
    for root, view, aliases, specs in questions:
        # patterns are relative to where one is
        os.chdir(root)
        repo = hg.repository(ui, root.encode("latin-1"))
        repo = repo.unfiltered() if view == "all" else repo.filtered(b"visible")
        aliases = {k.encode("latin-1"): v.encode("latin-1") for k, v in aliases.items()}
        answers.append([evaluated(repo, spec.encode("latin-1"), aliases) for spec in specs])
    ui.write(json.dumps(answers).encode())
