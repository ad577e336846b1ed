"""Memory that a pass gives back is kept for the next one."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

BLOCK, KEPT = 32 << 20, 64 << 20  # bytes: the largest block that is kept, and how much of them in all
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of <malloc.h>


@cache
def keep_freed() -> bool:
    """Let glibc keep freed memory, once a process; whether it was told so.

    It gives blocks of megabytes back to the system at once. The next pass gets them again page by page and zeroed,
    which takes up to a tenth of its time. A process may so hold 64 MB that it does not use.
    """
    if not sys.platform.startswith("linux"):
        return False
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(tune and tune(M_MMAP_THRESHOLD, BLOCK) and tune(M_TRIM_THRESHOLD, KEPT))
