# SPDX-License-Identifier: GPL-2.0-or-later

# newer.py - what a Mercurial newer than all that were tested still has
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""what a Mercurial newer than all that were tested still has

A part of the extension is in use there if everything that it stands in front of or calls is
found where it was, with the same parameters.
"""

from __future__ import annotations

import importlib
import inspect
import re

_HISTORY = (
    *('ancestors', 'missing', 'common-ancestors', 'is-ancestor', 'reachable-roots'),
    *('heads', 'discovery', 'revsets'),
)

# For some parts, the modules and classes of Mercurial's that they rely on, and of each its
# functions, with their parameters, and other attributes.
_RELIED_ON = (
    (
        _HISTORY,
        """
        revlog: KIND_CHANGELOG REVLOGV1 rustrevlog
        revlog.revlog: _loadindex(self docket) strip(self minlink transaction)
            ancestors(self revs stoprev inclusive) incrementalmissingrevs(self common)
            _commonancestorsheads(self *revs) ancestor(self a b) isancestorrev(self a b)
            headrevs(self revs stop_rev) reachableroots(self minroot heads roots includepath)
            node(self rev) rev(self node) parentrevs(self rev)
        ancestor: ancestors(pfunc *orignodes) commonancestorsheads(pfunc *nodes)
            incrementalmissingancestors lazyancestors
        repoview.filteredchangelogmixin: headrevs(self revs stop_rev)
        branchmap._TopoSeed: get_topo_heads(self)
        setdiscovery: pure_partialdiscovery
        setdiscovery.partialdiscovery: __init__(self repo targetheads respectsize randomize)
        utils.dag_util: _genrevdescendants(repo revs followfirst)
            _genrevancestors(repo revs followfirst startdepth stopdepth cutfunc)
        """,
    ),
    (
        ('status', 'head-start', 'read-ahead'),
        """
        dirstate: rustmod dirstatemap HAS_FAST_DIRSTATE_V2
        dirstate.dirstate: _ignore _map _checkcase _checkexec _checklink
            status(self match subrepos ignored clean unknown empty_dirs_keep_files)
            walk(self match subrepos unknown ignored full) _walkexplicit(self match subrepos)
            _ignorefiles(self) _dirignore(self f) pathto(self f cwd)
        dirstatemap: rustmod parsers v2 DirstateItem V2_MAX_READ_ATTEMPTS WRITE_MODE_FORCE_NEW
        dirstatemap.dirstatemap: _map copymap docket
            __init__(self ui opener root nodeconstants use_dirstate_v2)
            setparents(self p1 p2 fold_p2) parents(self) read(self) write(self tr st)
            _readdirstatefile(self size) _get_current_identity(self)
            _refresh_entry(self f entry) hasdir(self d) hastrackeddir(self d)
            write_v2_no_append(self tr st meta packed)
        pure.parsers.DirstateItem: v2_data(self) drop_merge_data(self)
            __init__(self wc_tracked p1_tracked p2_info has_meaningful_data has_meaningful_mtime
            parentfiledata fallback_exec fallback_symlink)
        dirstateutils.timestamp: get_fs_now(vfs) timestamp
        context.workingctx: _checklookup(self files mtime_boundary)
        repo.vfs_options: resolve_revlog_store_vfs_options(ui requirements features)
        match: badmatch(match badfn) exact(files badfn) intersectmatchers(m1 m2)
        scmutil: status
        """,
    ),
    (
        ('head-start', 'read-ahead'),
        """
        dispatch: _parse(ui args) _runcommand(ui options cmd cmdfunc)
        """,
    ),
    (
        ('contents',),
        """
        context.workingctx: _checklookup(self files mtime_boundary)
        context.basefilectx: filelog(self)
        context.filectx: data(self) _filelog
        filelog.filelog: read(self node) revision(self node) cmp(self node text)
        revlog.revlog: revision(self nodeorrev) _revisiondata(self nodeorrev raw validate)
        manifest.manifestrevlog: revision(self node)
        """,
    ),
    (
        ('manifests',),
        """
        context.basectx: __contains__(self key) _fileinfo(self path)
            _buildstatus(self other s match listignored listclean listunknown
            empty_dirs_keep_files)
        context.changectx: _manifest manifestnode(self) walk(self match)
        manifest.manifestlog: __getitem__(self node) get(self tree node verify)
        manifest.manifestctx: find(self key) read(self)
        manifest.manifestdict: diff(self m2 match clean) find(self key)
        scmutil: status
        """,
    ),
    (
        ('diffs',),
        """
        mdiff: bdiff diffopts defaultopts _unidiff(t1 t2 opts)
        patch: _filepairs(modified added removed copy opts) difflabel(func *args)
            trydiff(repo revs ctx1 ctx2 modified added removed copy getfilectx opts losedatafn
            pathfn)
            diff(repo node1 node2 match changes opts losedatafn pathfn copy copysourcematch
            hunksfilterfn)
        context.filectx: isbinary(self)
        """,
    ),
    (
        ('changesets',),
        """
        changelog.changelog: changelogrevision(self nodeorrev)
        revlog.revlog: _revisiondata(self nodeorrev raw validate) node(self rev)
        changelog.changelogrevision: description files user
        smartset.filteredset: __init__(self subset condition condrepr)
        utils.stringutil: stringmatcher(pattern casesensitive)
        """,
    ),
    (
        ('tags',),
        """
        templateutil: get_latest_tags(context mapping pattern)
        context.changectx: tags(self) parents(self) date(self)
        """,
    ),
    (
        ('update',),
        """
        merge_utils.update: batchget(repo mctx wctx wantfiledata actions)
        context.workingfilectx: clearunknown(self) write(self data flags backgroundclose)
        vfs.vfs: setflags(self path l x) write(self path data backgroundclose)
        dirstateutils.timestamp: timestamp
        posix: umask
        """,
    ),
    (
        ('archive',),
        """
        archival: archive(repo dest node kind decode match prefix mtime subrepos)
        archival.fileit: __init__(self name mtime) addfile(self name mode islink data)
        vfs.vfs: __init__(self base audit cacheaudited expandpath realpath)
        """,
    ),
    (
        ('annotate',),
        """
        context.basefilectx: annotate(self follow skiprevs diffopts)
        utils.dag_util: annotateline annotate(base parents skiprevs diffopts)
        mdiff: splitnewlines
        """,
    ),
    (('zstandard',), 'policy: zstd_policy get_zstd utils.compression: _zstdengine'),
    (('texts',), 'manifest: _lazymanifest revlog: _zlibdecompress'),
)
_OWNER = re.compile(r'([\w.]+):')
_NAME = re.compile(r'(\w+)(?:\(([^)]*)\))?')


def changed():
    """Returns what stands in the way of each part that cannot be used, by part."""
    found = {}
    for parts, relied_on in _RELIED_ON:
        why = next(_differences(relied_on), None)
        if why is not None:
            for part in parts:
                found.setdefault(part, why)
    return found


def _differences(relied_on):
    """Yields what is missing, or has other parameters than in a text like those above."""
    pieces = iter(_OWNER.split(relied_on)[1:])
    for owner, names in zip(pieces, pieces):
        has = _find(owner)
        for name, expected in _NAME.findall(names):
            if not _has(has, name):
                yield '%s.%s is not there' % (owner, name)
            elif expected and _parameters(getattr(has, name)) != expected.split():
                yield '%s.%s has other parameters' % (owner, name)


def _find(name):
    """Returns a module or a class of Mercurial's, None where there is none of that name."""
    module, found = name, None
    while found is None and module:
        try:
            found = importlib.import_module('mercurial.%s' % module)
        except ImportError:
            module = module.rpartition('.')[0]
    for attribute in name[len(module) :].split('.'):
        found = getattr(found, attribute, None) if attribute else found
    return found


def _has(owner, name):
    # Mercurial's properties have nothing to say without an object.
    classes = owner.__mro__ if isinstance(owner, type) else ()
    return hasattr(owner, name) or any(name in cls.__dict__ for cls in classes)


def _parameters(function):
    """Returns the names of a function's parameters: Mercurial's, whoever has wrapped it."""
    while hasattr(function, '_origfunc'):
        function = function._origfunc
    code = getattr(inspect.unwrap(function), '__code__', None)
    if code is None:
        return None
    count = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[:count])
    if code.co_flags & inspect.CO_VARARGS:
        names.append('*' + code.co_varnames[count])
    return names
