"""Ends with one line where this Python is too old for us; syntax that Python 2 reads, too."""

import sys

FIRST, LAST = (3, 10), (3, 14)

version = sys.version_info[:2]
if version < FIRST:
    sys.exit("expected Python 3.10 or newer, found %d.%d: make PYTHON=python3.12" % version)
if version > LAST:
    sys.stderr.write("Python %d.%d: newer than what was tested (3.10 to 3.14)\n" % version)
