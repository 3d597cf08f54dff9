# SPDX-License-Identifier: GPL-2.0-or-later

# seams.py - where the extension is put into Mercurial
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""where the extension is put into Mercurial"""

# How it works
# ------------
#
# Every command that opens a repository comes through here, and most ask nothing that is
# worth an answer in Rust: to load another module takes longer than they can win. So the
# wrappers are put in place when Mercurial itself loads a module, under its lazy imports,
# and only tell whether a question may be worth it. The first that is loads the module that
# answers, to which all later ones go.

from __future__ import annotations

import functools
import gc
import importlib
import itertools
import os
import sys
import time
import types

# Lazy under demandimport, and imported by then: nothing of these may be touched at load time.
from mercurial import (
    archival,
    changelog,
    context,
    dispatch,
    extensions,
    localrepo,
    manifest,
    mdiff,
    patch,
    policy,
    pycompat,
    repoview,
    revlog,
    setdiscovery,
    templatekw,
    templateutil,
    util,
)
from mercurial.node import nullrev

from . import versions
from .common import (
    ENTRY,
    OPTION,
    RULES,
    SHARED,
    STAT,
    AsText,
    Destination,
    decline,
    isloaded,
    ison,
    unavailable,
)

# Where Mercurial has it in C, a question about a revision takes so many times less.
_INC = 128

# Texts from here on, in bytes, are worth the import.
_LONG = 50_000

# A manifest takes as long to read as so many contents.
_MANIFEST = 5

# Where a context has that the reading of its manifest was counted.
_COUNTED = '_vermilion_counted'

# Contents, and changesets, that are read by Mercurial before the native package is loaded for the
# next ones; and changesets before that is asked, should it be loaded.
_WORTHIT = 30
_MANY, _SOME = 300, 50


def submodule(name):
    """Returns a module of this package, which is imported when somebody needs it."""
    return importlib.import_module('%s.%s' % (__package__, name))


def install(ui):
    """Puts all wrappers in place, those of lazy modules when they are loaded."""
    if pycompat.ispypy:
        submodule('pypycompat').repair()
    if standsin() and ison(ui, 'zstandard'):
        _providezstd()
    # For long texts on PyPy.
    ontexts = pycompat.ispypy and ison(ui, 'texts')
    if ison(ui, 'diffs'):
        whenloaded(mdiff, _wrapmdiff)
        whenloaded(patch, _wrappatch)
    for module, wrap in (
        (revlog, lambda module: _wraprevlog(module, ontexts)),
        (repoview, _wraprepoview),
        (setdiscovery, _wrapsetdiscovery),
        (versions.dag_util, _wrapdagutil),
        (context, _wrapcontext),
        (manifest, lambda module: _wrapmanifest(module, ontexts)),
        (versions.store_options, _wrapstoreoptions),
        (versions.merge_update, _wrapupdate),
        (archival, _wraparchival),
        (localrepo, _wraplocalrepo),
        (changelog, _wrapchangelog),
        (versions.revset_predicates, _wrappredicates),
        (templatekw, _wraptemplates),
        (templateutil, _wraptemplates),
        (dispatch, _wrapdispatch),
    ):
        whenloaded(module, wrap)


# -- zstd -----------------------------------------------------------------------


def standsin():
    """Returns whether Mercurial is to take a module zstandard, should it have no zstd itself."""
    if not versions.looksforzstd():
        return True
    # What is behind "none" in HGZSTDPOLICY is not looked for.
    wanted = itertools.takewhile(lambda where: where != b'none', policy.zstd_policy)
    return b'system' in wanted


def _providezstd():
    """Lets Mercurial find a module for zstd where there is none: neither its own nor zstandard.

    It looks when it first needs to know, and remembers.
    """
    if versions.looksforzstd():
        _standinforget()
    elif not versions.hasownzstd():
        versions.becomezstd(submodule('zstandard'))
    else:
        return
    if util.compengines[b'zstd'].__dict__.get('_module', versions) is None:
        # This process has lived on without us.
        submodule('zstandard').reconsider()


def _standinforget():
    """Lets ``policy.get_zstd`` find that module where there is nothing else."""
    find = policy.get_zstd

    def get_zstd():
        try:
            found = find()
        except ImportError:  # without "none" it has to be there
            found = None
        if found is None:
            found = submodule('zstandard')
        policy.get_zstd = lambda: found
        return found

    policy.get_zstd = get_zstd


# -- what is not loaded yet ---------------------------------------------------


class _WrapWhenLoaded:
    """The loader of a module that is still lazy, plus wrapping it.

    A lazy module executes through the loader in its spec at the first access
    to an attribute. This stands in for that loader once.
    """

    def __init__(self, spec, wrap):
        self._spec = spec
        self._loader = spec.loader
        self._wrap = wrap
        spec.loader = self

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def exec_module(self, module):
        self._spec.loader = self._loader
        self._loader.exec_module(module)
        self._wrap(module)


def whenloaded(module, wrap):
    """Calls ``wrap(module)`` once, as soon as the module is loaded."""

    def once(module):
        wrapped = module.__dict__.setdefault('_vermilion_wrapped', set())
        if wrap.__qualname__ not in wrapped:
            wrapped.add(wrap.__qualname__)
            wrap(module)

    # type(), as reading any attribute of a lazy module loads it
    if type(module) is types.ModuleType:
        once(module)
        return
    try:
        spec = object.__getattribute__(module, '__spec__')
        _WrapWhenLoaded(spec, once)
    except AttributeError:
        # some other kind of lazy module: load it now
        once(sys.modules[module.__name__])


def _forward(module, name, worthit):
    """Makes a wrapper for ``extensions.wrapfunction`` that calls one of another module.

    ``worthit`` gets the arguments, and says whether loading that may be worth it. It is
    asked no more once it was.
    """
    found = None

    def wrapper(orig, *args, **kwargs):
        nonlocal found
        if found is None:
            if not worthit(*args, **kwargs):
                return orig(*args, **kwargs)
            found = getattr(submodule(module), name)
        return found(orig, *args, **kwargs)

    return wrapper


def _wrap(part, container, name, wrapper):
    """Puts a wrapper before a function, if this Mercurial has what the part needs."""
    if part not in unavailable:
        extensions.wrapfunction(container, name, wrapper)


# -- the history --------------------------------------------------------------


def _ofhistory(name, part, changelogof, cost):
    """Makes a wrapper for a question about history.

    ``cost`` gets the number of revisions and the arguments, and says how many of them
    Mercurial will go through.
    """

    def worthit(asked, *args, **kwargs):
        if isloaded():
            return True
        rl = changelogof(asked)
        settings = None
        if rl.target[0] == revlog.KIND_CHANGELOG:
            settings = versions.opener(rl).options.get(OPTION)
        if settings is None:
            return False
        try:
            settings.passed += max(0, cost(rl.index, *args, **kwargs))
        except TypeError:
            pass  # of which Mercurial says so
        if settings.passed < settings.minrevisions:
            decline(part, 'short history')
            return False
        return True

    return _forward('graph', name, worthit)


def _itself(rl):
    return rl


def _ofrepo(repo):
    return repo.changelog


def _all(index, *_args, **_kwargs):
    return len(index)


def _inc(index, *_args, **_kwargs):
    # pure Python's index has no such method
    return len(index) // _INC if hasattr(index, 'stats') else len(index)


def _above(index, _revs, stoprev=0, inclusive=False):
    return len(index) - stoprev


def _beyond(index, common=None):
    # an iterator must survive
    if common is None or hasattr(common, '__next__'):
        return len(index)
    return len(index) - min(common, default=nullrev)


def _heads(index, revs=None, _stop_rev=None):
    if revs is None:
        return _inc(index)
    return len(revs) if isinstance(revs, (list, set, frozenset)) else len(index)


def _visibleheads(index, revs=None, _stop_rev=None):
    # that of some revisions is asked of the method above
    return _inc(index) if revs is None else 0


def _wraprevlog(module, ontexts):
    for method, part, cost in (
        ('ancestors', 'ancestors', _above),
        ('incrementalmissingrevs', 'missing', _beyond),
        ('_commonancestorsheads', 'common-ancestors', _inc),
        ('ancestor', 'common-ancestors', _inc),
        ('isancestorrev', 'is-ancestor', _inc),
        ('reachableroots', 'reachable-roots', _inc),
        ('headrevs', 'heads', _heads),
    ):
        _wrap(part, module.revlog, method, _ofhistory(method.lstrip('_'), part, _itself, cost))
    strip = _forward('graph', 'strip', lambda *args, **kwargs: isloaded())
    _wrap('heads', module.revlog, 'strip', strip)
    _wrap('heads', module.revlog, '_loadindex', _loadindex)
    if ontexts:
        _wrap('texts', module, '_zlibdecompress', _inflate)


def _loadindex(orig, rl, *args, **kwargs):
    if rl.target[0] != revlog.KIND_CHANGELOG:
        return orig(rl, *args, **kwargs)
    rl.__dict__[SHARED] = {}
    if OPTION in versions.opener(rl).options:
        # before Mercurial reads the file; identity.py has the use of it
        try:
            rl.__dict__[STAT] = os.stat(indexpath(rl)), time.time_ns()
        except OSError:
            pass
    return orig(rl, *args, **kwargs)


def indexpath(rl):
    return versions.opener(rl).join(b'%s.i' % rl.radix)


def _wraprepoview(module):
    wrapper = _ofhistory('filteredheadrevs', 'heads', _itself, _visibleheads)
    _wrap('heads', module.filteredchangelogmixin, 'headrevs', wrapper)


def _wrapbranchmap(module):
    if not hasattr(module, '_TopoSeed'):
        return  # before 7.2, it asks for heads like everybody else
    wrapper = _ofhistory('topoheads', 'heads', lambda seed: seed._repo.changelog, _inc)
    _wrap('heads', module._TopoSeed, 'get_topo_heads', wrapper)


def _wrapsetdiscovery(module):
    # The other name, without "pure", is only used with Mercurial's own Rust.
    wrapper = _ofhistory('newdiscovery', 'discovery', _ofrepo, _all)
    if module.partialdiscovery is module.pure_partialdiscovery:  # C's index asks for it before 6.4
        _wrap('discovery', module, 'partialdiscovery', wrapper)
    _wrap('discovery', module, 'pure_partialdiscovery', wrapper)


def _wrapdagutil(module):
    for name in ('_genrevancestors', '_genrevdescendants'):
        wrapper = _ofhistory(name.lstrip('_'), 'revsets', _ofrepo, _all)
        _wrap('revsets', module, name, wrapper)


# -- changesets ---------------------------------------------------------------


def _worthlooking(cl):
    """Returns whether another changeset may be worth asking for others, and counts it."""
    settings = versions.opener(cl).options.get(OPTION)
    if settings is None:
        return False
    settings.changesets += 1
    return settings.changesets >= min(_SOME if isloaded() else _MANY, settings.minrevisions)


def _wrapchangelog(module):
    def read(cl, *_args, **_kwargs):
        return _worthlooking(cl)

    name = '_revisiondata'
    if name not in module.changelog.__dict__ and 'changesets' not in unavailable:
        _inherit(module.changelog, name)
    _wrap('changesets', module.changelog, name, _forward('changesets', 'revisiondata', read))


def _inherit(cls, name):
    """Gives a class a method that calls the inherited one, whatever that will be by then."""

    def inherited(self, *args, **kwargs):
        return getattr(super(cls, self), name)(*args, **kwargs)

    setattr(cls, name, inherited)


def _wrappredicates(_module):
    symbols = versions.revsetsymbols()
    for name in (b'author', b'desc', b'keyword', b'user'):
        if name in symbols and 'changesets' not in unavailable:
            symbols[name] = _predicate(name, symbols[name])


def _predicate(name, orig):
    """Makes a predicate that looks for words, whose sets ask Rust once there is much to ask."""

    # Its weight and the like are attributes of it, and hg help shows its documentation.
    @functools.wraps(orig)
    def predicate(repo, subset, x):
        found = orig(repo, subset, x)
        slow = getattr(found, '_condition', None)
        changelog = repo.unfiltered().changelog
        quick = None

        def condition(rev):
            nonlocal quick
            if quick is None:
                if not _worthlooking(changelog):
                    return slow(rev)
                quick = submodule('changesets').condition(orig, name, repo, x, slow)
            return quick(rev)

        if slow is not None:
            found._condition = condition
        return found

    return predicate


def _wraptemplates(module):
    for name in versions.LATEST_TAGS:
        if hasattr(module, name):
            _wrap('tags', module, name, _forward('latesttags', 'latesttags', _always))


def _always(*_args, **_kwargs):
    return True


# -- contents -----------------------------------------------------------------


def _worthreading(repo, times=1):
    """Returns whether another content may be worth loading the package, and counts it.

    To read a manifest takes ``times`` as long."""
    settings = repo.svfs.options.get(OPTION) if repo.local() else None
    if settings is None or settings.store is False:
        return False
    settings.reads += times
    return isloaded() or settings.reads >= min(_WORTHIT, settings.minfiles)


def _wrapcontext(module):
    def compared(wctx, files, boundary):
        return files and _worthreading(wctx._repo)

    def read(fctx):
        # Its filelog may be ours already.
        return isloaded() or ('_filelog' not in fctx.__dict__ and _worthreading(fctx._repo))

    def walked(wctx, _match):
        return isours(wctx._repo.dirstate)

    _wrap('status', module.workingctx, '_dirstatestatus', _dirstatestatus)
    _wrap('status', module.workingctx, 'matches', _forward('status', 'matches', walked))
    for name, cls, method, worthit in (
        ('checklookup', module.workingctx, '_checklookup', compared),
        ('filelog_of', module.basefilectx, 'filelog', read),
        ('data', module.filectx, 'data', read),
    ):
        _wrap('contents', cls, method, _forward('contents', name, worthit))

    def islong(fctx, *_args, **_kwargs):
        return isloaded() or _worthreading(fctx._repo, len(fctx.filelog()))

    _wrap('annotate', module.basefilectx, 'annotate', _forward('annotate', 'annotate', islong))

    def differs(ctx, *_args):
        return type(ctx) is module.changectx and _worthreading(ctx._repo, 2 * _MANIFEST)

    buildstatus = _forward('manifests', 'buildstatus', differs)
    _wrap('manifests', module.basectx, '_buildstatus', buildstatus)
    # those of a working copy's context are others
    for cls, method, name in (
        (module.basectx, '__contains__', 'contains'),
        (module.basectx, '_fileinfo', 'fileinfo'),
        (module.changectx, 'walk', 'walk'),
    ):
        _wrap('manifests', cls, method, _lookup(name))


def _lookup(name):
    """Makes a wrapper for a method that looks files up."""
    ours = _forward('manifests', name, _islong)

    def lookup(orig, ctx, wanted):
        # Who goes through all files has the manifest at hand.
        return orig(ctx, wanted) if '_manifest' in ctx.__dict__ else ours(orig, ctx, wanted)

    return lookup


def _islong(ctx, _wanted):
    """Returns whether it is worth loading the package not to read a whole manifest."""
    if isloaded():
        return True
    # Mercurial keeps the manifest that it reads for the first.
    if type(ctx) is not context.changectx or ctx.rev() is None or _COUNTED in ctx.__dict__:
        return False
    ctx.__dict__[_COUNTED] = True
    try:
        manifests = ctx._repo.manifestlog.getstorage(b'')._revlog
        size = manifests.rawsize(manifests.rev(ctx.manifestnode()))
    except (AttributeError, LookupError):
        return False  # that of a bundle, or of two repositories together
    return _worthreading(ctx._repo, size >> 12)


def _wrapmanifest(module, ontexts):
    # Only who has loaded the package may have the text.
    revision = _forward('contents', 'manifestrevision', lambda *args: isloaded())
    _wrap('contents', module.manifestrevlog, 'revision', revision)
    linefinder = versions.linefinder(module) if ontexts else None
    if linefinder is not None:
        _wrap('texts', linefinder, 'findlines', _findlines)


def _wrapmdiff(module):
    # Who has read so much as to load the package has more to compare.
    hunks = _forward('diffs', 'hunks', lambda *args, **kwargs: isloaded())
    _wrap('diffs', module, '_unidiff', hunks)


def _wrappatch(module):
    def many(repo, _revs, _ctx1, _ctx2, *changed):
        return _worthreading(repo, sum(map(len, changed[:3])))

    _wrap('diffs', module, 'trydiff', _forward('diffs', 'trydiff', many))
    ui = _forward('diffs', 'diffui', lambda *args, **kwargs: isloaded())
    _wrap('diffs', module, 'diffui', ui)
    _wrap('diffs', module, 'diff', _diff)


def _diff(orig, repo, node1=None, node2=None, match=None, *args, **kwargs):
    # Filters of hunks look at the files, too.
    if not args and not kwargs.get('hunksfilterfn'):
        kwargs['pathfn'] = AsText(kwargs.get('pathfn'))
    return orig(repo, node1, node2, match, *args, **kwargs)


def _wrapupdate(module):
    def many(repo, _mctx, _wctx, _wantfiledata, actions):
        return hasattr(actions, '__len__') and _worthreading(repo, len(actions))

    if os.name == 'posix':
        _wrap('update', module, 'batchget', _forward('update', 'batchget', many))


def _wraparchival(module):
    # Who has read so much as to load the package has more to write.
    def written(archiver, *_args):
        return isloaded() and type(archiver.basedir) is Destination

    if os.name == 'posix':
        _wrap('archive', module, 'archive', _archive)
        _wrap('archive', module.fileit, 'addfile', _forward('archive', 'addfile', written))


def _archive(orig, repo, dest, node, kind, *args, **kwargs):
    if kind == b'files' and type(dest) is bytes:
        dest = Destination(dest, repo)
    return orig(repo, dest, node, kind, *args, **kwargs)


def _inflate(orig, data, *args):
    return (
        orig(data, *args) if args or len(data) < _LONG else submodule('texts').inflate(orig, data)
    )


def _findlines(orig, lazymanifest, data):
    if len(data) < _LONG:
        return orig(lazymanifest, data)
    return submodule('texts').findlines(orig, lazymanifest, data)


# -- the working copy ---------------------------------------------------------


def _wraplocalrepo(_module):
    # What it has imported just now, lazily.
    from mercurial import branchmap, dirstate

    whenloaded(branchmap, _wrapbranchmap)
    whenloaded(dirstate, _wrapdirstate)


def _wrapstoreoptions(module):
    def options(orig, ui, requirements, features):
        # Mercurial refuses to read what it would be slow at; with Rust it is fast.
        if b'dirstate-v2' in requirements:
            submodule('status').allowv2(ui)
        return orig(ui, requirements, features)

    _wrap('status', module, versions.STORE_OPTIONS, options)


def isours(dirstate, *_args, **_kwargs):
    """Returns whether what a dirstate knows of the files can be in Rust."""
    return hasattr(type(dirstate._map), '_native')


def _dirstatestatus(orig, wctx, match, *args, **kwargs):
    # It looks for subrepositories first.
    dirstate = wctx._repo.dirstate
    if isours(dirstate):
        submodule('status').ask(dirstate, match)
    return orig(wctx, match, *args, **kwargs)


def _wrapdirstate(module):
    if 'status' in unavailable or module.rustmod is not None:
        return
    if os.name == 'posix':
        _replacemap(module.dirstatemap)
    for name in ('status', 'walk'):
        _wrap('status', module.dirstate, name, _forward('status', name, isours))
    _rememberrules(module.dirstate.__dict__['_ignore'])


def _replacemap(module):
    """Replaces ``dirstatemap.dirstatemap`` by a class that becomes ours for large working copies."""
    if module.rustmod is not None:
        return
    base = module.dirstatemap
    native = None

    class dirstatemap(base):
        def __new__(cls, ui, opener, root, nodeconstants, use_dirstate_v2):
            nonlocal native
            # what others have derived from it is theirs
            if cls is dirstatemap and not _isshort(ui, opener, use_dirstate_v2):
                if native is None:
                    native = submodule('dirstatemap').nativeclass(module, dirstatemap)
                cls = native
            return super().__new__(cls)

    module.dirstatemap = dirstatemap


def _isshort(ui, opener, v2):
    """Returns whether there are so few files that loading anything for them would take longer
    than what is to come. How large a dirstate-v2 is, stands in it."""
    least = ui.configint(b'vermilion', b'min-files') * ENTRY
    if isloaded() or v2 or not least:
        return False
    try:
        if os.stat(opener.join(b'dirstate')).st_size >= least:
            return False
    except OSError:
        pass
    decline('status', 'few files')
    return True


def _rememberrules(prop):
    """Lets dirstates tell rules that Mercurial has made for them from anybody else's."""
    make = prop.func

    def _ignore(dirstate):
        rules = dirstate.__dict__[RULES] = make(dirstate)
        return rules

    prop.func = _ignore


_hasparsed = False


def _wrapdispatch(module):
    if os.name == 'posix':
        _wrap('head-start', module, '_parse', _parse)


def _parse(orig, ui, args):
    """Begins what the first command line of a process asks for, if it begins with a status."""
    global _hasparsed
    parsed = orig(ui, args)
    isfirst, _hasparsed = not _hasparsed, True
    if isfirst and hasattr(gc, 'freeze'):
        # What is loaded by now stays. Python would go through all of it whenever it looks for
        # cycles, and once more at the end, which takes a tenth of a short command's time.
        gc.freeze()
    func = parsed[1]
    # That of an alias is in it.
    if isfirst and getattr(getattr(func, 'fn', func), '__name__', None) in ('status', 'diff'):
        _headstart(ui, *parsed[1:])
    return parsed


def _headstart(ui, func, patterns, options, commandoptions):
    """Begins a command, if there are enough files in the working copy."""
    try:
        root = options[b'repository']
        if root:
            root = os.path.realpath(root)
        else:
            root = os.getcwdb()
            while not os.path.isdir(os.path.join(root, b'.hg')):
                root, below = os.path.dirname(root), root
                if root == below:
                    return
        with os.scandir(os.path.join(root, b'.hg')) as entries:
            sizes = [e.stat().st_size for e in entries if e.name.startswith(b'dirstate')]
    except OSError:
        return
    if max(sizes, default=0) >= ui.configint(b'vermilion', b'min-files') * ENTRY:
        options = {**options, **commandoptions}
        submodule('headstart').prepare(ui, root, func, patterns, options)
