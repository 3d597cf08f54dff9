# SPDX-License-Identifier: GPL-2.0-or-later
"""Small random repositories whose contents and manifests are stored in other ways."""

from __future__ import annotations

import random

# How the repository is made, and what its configuration has.
STORES = {
    "lfs": ([], "[extensions]\nlfs =\n[lfs]\ntrack = size('>20')\n"),
    "lfs that is required": ([], "[lfs]\ntrack = size('>20')\n"),
    "trees": (["--config=experimental.treemanifest=yes"], ""),
    "an index of files": (
        ["--config=format.use-fileindex-v1=yes", "--config=storage.all-slow-path=allow"],
        "[storage]\nall-slow-path = allow\n",
    ),
}
PATHS = ["a.b", "a-b/c", "a+/d", "dir/e", "dir/sub/f", "dir/sub/deep/g", "dir.d/h", "z/ä/i"]


def edit(hg, root, rng):
    """Writes, removes and moves some files, but for two that stay."""
    for name in ("a", "dir/sub/stays"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("".join(f"{rng.randrange(30)}\n" for _ in range(12)))
    for name in rng.sample(PATHS, 4):
        path, kind = root / name, rng.random()
        if path.is_file() and kind < 0.15:
            hg("rm", "-f", path, cwd=root)
        elif path.is_file() and kind < 0.35:
            target = f"moved/{rng.randrange(9)}"
            hg(rng.choice(["mv", "cp"]), "-f", path, target, cwd=root)
        elif not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = path.read_text().splitlines(True) if path.is_file() else []
            lines += [f"{rng.randrange(30)}\n" for _ in range(rng.randrange(12))]
            rng.shuffle(lines)
            path.write_text("".join(lines) + rng.choice(["", "", "\0\n"]))
            path.chmod(rng.choice([0o644, 0o644, 0o755]))


def make(hg, root, options, config, seed):
    """Makes one with `hg`, which runs a command in the directory `cwd`, and changes files in it."""
    hg("init", root, *options)
    (root / ".hg" / "hgrc").write_text(config + "[ui]\nusername = me\n")
    on = ["--config=extensions.lfs="]
    rng = random.Random(seed)
    for number in range(9):
        if number in (4, 6):
            hg("update", "-qC", str(number // 2), cwd=root)
        edit(hg, root, rng)
        hg(*on, "commit", "-qAm", f"c{number}", "-d", f"{number} 0", cwd=root)
    hg("merge", "-q", "5", "-t", ":local", cwd=root)
    hg(*on, "commit", "-qm", "merge", "-d", "9 0", cwd=root)
    edit(hg, root, rng)
