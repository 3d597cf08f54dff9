# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m vermilion` is the program `vermilion`, run by the native module."""

from __future__ import annotations

import os
import signal
import sys

from vermilion import _native

if __name__ == "__main__":
    # An interrupt ends it as it ends the program; whoever began it in the background wants none.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    own = os.path.join(os.path.dirname(sys.executable), "vermilion")
    words = [os.fsencode(word) for word in sys.argv[1:]]
    closed = (sys.stdin is None, sys.stdout is None, sys.stderr is None)
    sys.exit(_native.run_program(words, own, closed))
