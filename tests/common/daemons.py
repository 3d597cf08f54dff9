# SPDX-License-Identifier: MIT OR Apache-2.0
"""Threads that are in native code while the interpreter ends.

Before 3.14, CPython ends such a thread wherever it asks for the interpreter; it must not
come back into native code then, nor may the process crash.
"""

from __future__ import annotations

_CODE = """
import os, sys, threading, time
%s
class Lazy:
    def __index__(self):
        time.sleep(0)
        return 3
    def __getattr__(self, name):
        time.sleep(0)
        return name
    def __del__(self, sleep=time.sleep):
        sleep(0)
def refused(function, *args):
    try:
        function(*args)
    except Exception:
        pass
def work():
    while True:
        %s
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.05 + os.getpid() %% 17 / 1000)
"""


def leave_behind(python, setup, work):
    """Ends processes, of the fixture `python`, whose daemon threads do something over and over."""
    for _ in range(6):
        python(_CODE % (setup, work))
