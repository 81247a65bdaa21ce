"""How many cores there are to work with."""

import os


def usable_cores() -> int:
    """Returns how many cores this process may use, where the system tells; else all there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
