"""Memory that a pass frees is kept for the next one."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

BLOCK, KEPT = 32 << 20, 64 << 20  # bytes: the largest block that is kept, and the most that is kept in all
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of <malloc.h>


@cache
def keep_freed() -> bool:
    """Let glibc keep freed memory, once for each process. Returns whether it accepted.

    By default glibc returns blocks of megabytes to the system at once. The next pass then gets them page by page and
    zeroed, which takes up to a tenth of its time. With this, a process may hold 64 MB that it does not use.
    """
    if not sys.platform.startswith("linux"):
        return False
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(tune and tune(M_MMAP_THRESHOLD, BLOCK) and tune(M_TRIM_THRESHOLD, KEPT))
