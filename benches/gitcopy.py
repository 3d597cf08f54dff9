# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a repository as git's fast-import reads it: python gitcopy.py REPOSITORY > STREAM.

Runs where Vermilion is installed. Changesets become commits with the same files, users, dates and
parents, in the same order; branches and tags are left out, and the tip's commit is `main`.
"""

import sys

import vermilion

_MODES = {b"": b"100644", b" ": b"100644", b"x": b"100755", b"l": b"120000"}


def data(text: bytes) -> bytes:
    """Returns a text as the stream has it."""
    return b"data %d\n%s\n" % (len(text), text)


def who(user: bytes, seconds: int) -> bytes:
    """Returns a user and a date in the words of git."""
    name, _, rest = user.partition(b"<")
    mail = rest.partition(b">")[0] if rest else user
    return b"%s <%s> %d +0000" % (name.strip() or b"nobody", mail.strip(b"<> \n"), seconds)


def main() -> None:
    """Writes the stream."""
    repository = vermilion.Repository(sys.argv[1])
    out = sys.stdout.buffer
    for rev, changes in repository.changes(range(len(repository))):
        changeset = repository[rev]
        out.write(b"commit refs/heads/main\nmark :%d\n" % (rev + 1))
        stamp = who(changeset.user.encode(), max(changeset.timestamp[0], 0))
        out.write(b"author %s\ncommitter %s\n" % (stamp, stamp))
        out.write(data(changeset.description.encode()))
        first, second = (list(changeset.parents) + [None, None])[:2]
        if first is not None:
            out.write(b"from :%d\n" % (first + 1))
        elif rev:
            out.write(b"from 0000000000000000000000000000000000000000\n")
        if second is not None:
            out.write(b"merge :%d\n" % (second + 1))
        there = [change for change in changes if change.kind != "R"]
        contents = repository.contents([(change.path, change.node) for change in there])
        for change in changes:
            if change.kind == "R":
                out.write(b"D %s\n" % change.path)
        for change, content in zip(there, contents):
            out.write(b"M %s inline %s\n" % (_MODES[change.flag], change.path))
            out.write(data(content))


main()
