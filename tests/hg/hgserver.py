# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs hg commands in forks of a process that has Mercurial loaded, which saves each a start.

The extension is not loaded there: each fork loads it, or does not, as it is configured.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile

HERE = os.path.abspath(__file__)


class Server:
    """The end of those who want commands to be run."""

    def __init__(self, hg, environ):
        self._hg = hg
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, HERE, str(theirs.fileno())],
                env=environ,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._channel = ours.makefile('rw')
        ours.close()

    def run(self, args, cwd, environ, stdin):
        """Return ``(status, stdout, stderr)``, the latter two as bytes."""
        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, name) for name in ('in', 'out', 'err')]
            for name in files:
                with open(name, 'wb') as f:
                    f.write(stdin if name == files[0] else b'')
            environ = {'HG': self._hg, **environ}
            request = {'args': [self._hg, *args], 'cwd': cwd, 'environ': environ, 'files': files}
            self._channel.write(json.dumps(request) + '\n')
            self._channel.flush()
            answer = self._channel.readline()
            assert answer, 'the server of hg has died'
            texts = []
            for name in files[1:]:
                with open(name, 'rb') as f:
                    texts.append(f.read())
            return json.loads(answer), *texts

    def close(self):
        self._channel.close()
        self._process.wait()


def serve(channel):
    import hgdemandimport

    hgdemandimport.enable()
    import mercurial.dispatch as dispatch

    load()
    for line in channel:
        request = json.loads(line)
        child = os.fork()
        if not child:
            channel.close()
            run(dispatch, **request)
        status = os.waitpid(child, 0)[1]
        channel.write(json.dumps(os.waitstatus_to_exitcode(status)) + '\n')
        channel.flush()


def load():
    """Load what most commands need: reading any attribute of a lazy module does that."""
    import importlib

    for name in (
        'bundlerepo cmdutil commands context debugcommands dirstate dirstatemap exchange hg '
        'localrepo merge obsolete patch repoview revlog revset setdiscovery templater '
        'wireprotov1server'
    ).split():
        importlib.import_module('mercurial.' + name).__doc__


def run(dispatch, args, cwd, environ, files):
    import atexit

    from mercurial import pycompat

    code = 255
    try:
        for target, path in enumerate(files):
            os.dup2(os.open(path, os.O_RDONLY if target == 0 else os.O_WRONLY), target)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environ)
        pycompat.sysargv[:] = map(os.fsencode, args)
        dispatch.run()
    except SystemExit as exit:
        code = exit.code
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == '__main__':
    with socket.socket(fileno=int(sys.argv[1])) as end, end.makefile('rw') as opened:
        serve(opened)
