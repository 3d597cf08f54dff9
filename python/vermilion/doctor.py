# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of `vermilion doctor`: what was loaded, what is accelerated, what is off.

`python -m vermilion.doctor` prints what is so in that Python.
"""

from __future__ import annotations

import sys

from hpy_host import interpreter

from vermilion._runtime import runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: What the Python API does natively, whatever Mercurial does.
API = (
    ("graph", "ancestors, common ancestors, heads, ranges, order"),
    ("revset", "sets of revisions"),
    ("discovery", "finding what another repository has"),
)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [title]
    lines.extend("  %-17s %s" % row for row in rows)
    return "\n".join(lines) + "\n"


def _loaded() -> str:
    found = runtime()
    return _table(
        "loaded",
        [
            ("interpreter", interpreter()),
            ("HPy host", "%s, version %s" % (found.host, found.host_version)),
            ("native module", found.path),
            ("sha256", found.sha256),
            ("ABI", found.abi),
            ("threads", str(found.threads)),
        ],
    )


def _mercurial() -> str:
    title = "Mercurial extension"
    try:
        from mercurial import util
    except ImportError as error:
        reason = "off: Mercurial cannot be imported by %s (%s)" % (sys.executable, error)
        return _table(title, [("everything", reason)])
    version = util.version()
    text: str = version.decode("ascii", "replace") if isinstance(version, bytes) else version
    rows = [("Mercurial", text)]
    try:
        from hgext3rd import vermilion as extension

        for part, what, problem in extension.parts():
            state = "on: %s" % what if problem is None else "off: %s" % problem
            rows.append((part, state))
    except Exception as error:  # another Mercurial may break the extension in any way
        rows.append(("everything", "off: %s: %s" % (type(error).__name__, error)))
    return _table(title, rows)


def report() -> str:
    """The whole report, as text that ends with a newline."""
    api = _table("accelerated", [(name, "on: %s" % what) for name, what in API])
    return "\n".join([_loaded(), api, _mercurial()])


if __name__ == "__main__":
    sys.stdout.write(report())
