"""`python -m vermilion` is the command `vermilion`."""

from __future__ import annotations

import sys

from vermilion.cli import main

if __name__ == "__main__":
    sys.exit(main())
