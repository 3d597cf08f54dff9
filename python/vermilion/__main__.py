# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m vermilion` is the command `vermilion`."""

from vermilion.cli import command

if __name__ == "__main__":
    command()
