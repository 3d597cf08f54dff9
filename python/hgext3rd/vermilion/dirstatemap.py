# SPDX-License-Identifier: GPL-2.0-or-later

# dirstatemap.py - what Mercurial knows of the files of a working copy, in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""what Mercurial knows of the files of a working copy, in Rust"""

# How it works
# ------------
#
# Mercurial keeps what it knows of the files in a dict of items, which it makes
# from the dirstate file as soon as anybody asks. Here, a native object stands in
# for the dict (dirstateitems.py): items are made for those files only that somebody looks
# at, and written back when they have been changed. Mercurial's own class around
# the dict stays what it is, except for the methods that go through all the items.
#
# What Mercurial's C code has read is as good as long as nobody asks for a status, and its
# items are quicker to look at: there, the native object comes with the first status.

from __future__ import annotations

from mercurial import error, pathutil, util

from . import dirstateitems, versions
from .common import ENTRY, decline, isloaded, ison, loadpackage, warnpackage
from .overrides import Check, find, foreign, isown

# Bytes of a dirstate-v2 data file that is rather appended to than written anew. With
# shorter ones nothing is saved, and Mercurial without its own Rust never appends.
APPENDED_TO = 1 << 16

# Where a dirstatemap keeps what it has read or made of that.
_READ = (
    *('_map', 'copymap', '_dirs', '_alldirs', 'filefoldmap', 'dirfoldmap'),
    *('__contains__', '__getitem__', 'get'),
)
# Methods of a dirstatemap for which the class below answers, or whose work it does.
_MAPPERS = (
    *('_alldirs', '_dirs', '_get_current_identity', '_map', '_opendirstatefile'),
    *('_read_v2_data', '_readdirstatefile', '_refresh_entry', 'copymap', 'docket'),
    *('filefoldmap', 'hasdir', 'hastrackeddir', 'parents', 'read', 'setparents', 'write'),
    *('write_v2_no_append',),
)


def loadforstatus(ui):
    """Returns the package for a working copy, or None to leave it to Mercurial."""
    if not ison(ui, 'status'):
        return None
    package = loadpackage()
    if package is None:
        warnpackage(ui)
    return package


def declinestatus(why):
    decline('status', why)


def nativeclass(module, base):
    """Makes a class derived from ``base``, Mercurial's ``dirstatemap``, over a native object."""
    functions = Check()

    def overridden(self):
        """Returns whether others have put something in the place of Mercurial's own code."""
        return (
            foreign(self, _MAPPERS) is not None
            or not all(isown(find(base, name)) for name in _MAPPERS)
            or not functions.holds(
                (
                    module.v2 if self._use_dirstate_v2 else module.parsers,
                    ('parse_dirstate', 'pack_dirstate'),
                ),
            )
        )

    class vermiliondirstatemap(base):
        # Whether there is a use for the native object.
        _asked = not hasattr(module.parsers, 'dict_new_presized')

        def ask(self, dirstate):
            """Prepares for a status or a walk: the dirstate's items will be in Rust."""
            if not self._asked:
                self._asked = True
                if '_map' in vars(self) and not dirstate._dirty:
                    self._readagain()

        def _readagain(self):
            """Puts the native object in the place of what Mercurial's own code has read."""
            before = vars(self).copy()
            for name in _READ:
                vars(self).pop(name, None)
            native = None
            if self.identity and versions.isunambiguous(self.identity):
                native = self._loadnative()
            if native is not None and self.identity == before.get('identity'):
                self._map = dirstateitems.Items(native, module.DirstateItem)
                return
            # another process has written to it: what was read counts
            vars(self).clear()
            vars(self).update(before)

        @util.propertycache
        def _map(self):
            asked = self._asked or self._use_dirstate_v2
            native = self._loadnative() if asked else None
            if native is None:
                # Mercurial's without the property: it fills itself by read()
                return find(base, '_map').func(self)
            return dirstateitems.Items(native, module.DirstateItem)

        def _loadnative(self):
            """Returns the native object, or None to let Mercurial read."""
            if self._opener.join(self._filename).startswith((b'http://', b'https://')):
                return declinestatus('over http')
            if self._use_dirstate_v2 and not versions.hasattempts(module):
                return declinestatus('an old dirstate-v2')
            if overridden(self):
                return declinestatus('overridden: dirstatemap')
            if self._isshort():
                return declinestatus('few files')
            package = loadforstatus(self._ui)
            if package is None:
                return None
            native = package._native
            try:
                if self._use_dirstate_v2:
                    return self._loadv2(native)
                return self._loadv1(native)
            except (
                native.CorruptDirstateError,
                native.PanicError,
                native.UnsupportedWorkingCopyError,
            ) as exc:
                # Mercurial's own code has words for it
                return declinestatus('unreadable: %s' % type(exc).__name__)

        def _isshort(self):
            """Returns what ``seams`` could not tell of a dirstate-v2: whether it is so short
            that loading the package takes longer than what is to come."""
            least = self._ui.configint(b'vermilion', b'min-files') * ENTRY
            if isloaded() or not self._use_dirstate_v2 or not least:
                return False
            try:
                return self.docket.data_size < least
            except (OSError, error.CorruptedDirstate):
                return True

        def _begun(self, docket=None):
            from . import headstart

            if self._filename != b'dirstate':
                return None
            return headstart.dirstate(self._root, docket)

        def _loadv1(self, native):
            identity = versions.currentidentity(self)
            begun = self._begun()
            if begun is not None:
                self.identity = identity
                made, p1, p2 = begun
                if not self._dirtyparents:
                    self.setparents(p1, p2)
                return made
            self.identity, data = versions.readdirstate(self)
            if not data:
                return native.dirstate(False)
            name = self._opener.join(self._filename)
            made, p1, p2 = native.dirstate_from_v1(data, name)
            if not self._dirtyparents:
                self.setparents(p1, p2)
            return made

        def _loadv2(self, native):
            for _attempt in range(module.V2_MAX_READ_ATTEMPTS):
                try:
                    docket = self.docket
                except error.CorruptedDirstate:
                    return declinestatus('no dirstate-v2')
                if not docket.uuid:
                    return native.dirstate(True)
                if not docket.data_size and any(docket.tree_metadata[:8]):
                    # Mercurial's Python code reads all there is in the data file
                    return declinestatus('no size')
                path = self._opener.join(docket.data_filename())
                begun = self._begun((docket.data_size, docket.tree_metadata))
                try:
                    made = (
                        begun[0]
                        if begun
                        else native.dirstate_from_v2(path, docket.data_size, docket.tree_metadata)
                    )
                except FileNotFoundError:
                    # somebody has just written another one
                    self._docket = None
                    continue
                if not self._dirtyparents:
                    self.setparents(*docket.parents)
                return made
            return declinestatus('data file kept disappearing')

        @property
        def _native(self):
            return getattr(self._map, 'native', None)

        @util.propertycache
        def copymap(self):
            native = self._native
            # Mercurial's own code has made it by then, when it read
            return vars(self).get('copymap', {}) if native is None else dirstateitems.Copies(native)

        def setparents(self, p1, p2, fold_p2=False):
            items = vars(self).get('_map') if not fold_p2 else self._map
            if not fold_p2 or not hasattr(items, 'native'):
                return super().setparents(p1, p2, fold_p2=fold_p2)
            super().setparents(p1, p2)
            copies = {}
            both = dirstateitems.WC_TRACKED | dirstateitems.P2_INFO
            for name, entry in items.entries():
                if entry[0] & both == both:
                    source = self.copymap.pop(name, None)
                    if source:
                        copies[name] = source
                    item = items.item(*entry)
                    item.drop_merge_data()
                    self._refresh_entry(name, item)
            return copies

        def _refresh_entry(self, f, entry):
            if self._native is not None and entry.any_tracked:
                self._map[f] = entry
            else:
                super()._refresh_entry(f, entry)

        def write(self, tr, st):
            native = self._native
            if native is not None and overridden(self):
                # since it was read; the code of others wants what Mercurial's has
                self.copymap, self._map = dict(self.copymap), dict(self._map.items())
                native = None
            if native is None:
                super().write(tr, st)
                return
            if self._use_dirstate_v2:
                self._writev2(native, tr, st)
                # What it says of directories lies in the new file now.
                for name in (b'_map', b'copymap'):
                    util.clearcachedproperty(self, name)
            else:
                st.write(native.pack_v1(*self.parents()))
                st.close()
            self._dirtyparents = False

        def _writev2(self, native, tr, st):
            docket = None
            if self._write_mode != module.WRITE_MODE_FORCE_NEW:
                try:
                    docket = self.docket
                except error.CorruptedDirstate:
                    pass
            appended = None
            if docket is not None and docket.uuid and docket.data_size >= APPENDED_TO:
                appended = native.append_v2()
            if appended is None:
                packed, meta = native.pack_v2()
                self.write_v2_no_append(tr, st, meta, packed)
                return
            packed, meta = appended
            name = docket.data_filename()
            if tr is not None:
                tr.addbackup(name, location=b'plain')
            with self._opener(name, b'r+b') as fp:
                fp.seek(docket.data_size)
                fp.write(packed)
            docket.data_size += len(packed)
            docket.parents = self.parents()
            docket.tree_metadata = meta
            st.write(docket.serialize())
            st.close()

        def hastrackeddir(self, d):
            native = self._native
            return super().hastrackeddir(d) if native is None else native.has_tracked_dir(d)

        def hasdir(self, d):
            native = self._native
            return super().hasdir(d) if native is None else native.has_dir(d)

        # C's classes for these want a real dict.

        @util.propertycache
        def _dirs(self):
            return pathutil.dirs([f for f, item in self._map.items() if not item.removed])

        @util.propertycache
        def _alldirs(self):
            return pathutil.dirs(list(self._map))

        @util.propertycache
        def filefoldmap(self):
            normcase = util.normcase
            folded = {normcase(f): f for f, item in self._map.items() if not item.removed}
            folded[b'.'] = b'.'
            return folded

    vermiliondirstatemap.__name__ = base.__name__
    return vermiliondirstatemap
