# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts that the sessions in noxfile.py share, and sessions too long to stand there."""
