"""What the processor is called, and whether it computes in bfloat16, in words."""

from __future__ import annotations

import platform
from typing import Any

import torch


def _cpu_capabilities() -> dict[str, Any]:
    """What torch says of the processor; older releases say nothing."""
    ask = getattr(torch.cpu, "get_capabilities", None)
    return dict(ask()) if ask else {}


def cpu_name() -> str:
    """The processor, as well as it is told."""
    return str(_cpu_capabilities().get("cpu_name") or platform.processor() or platform.machine())


def cpu_bf16() -> str:
    """Whether the processor computes in bfloat16, such as "native (avx512_bf16)"; emulated is slower than float32."""
    able = sorted(name for name, there in _cpu_capabilities().items() if "bf16" in name and there)
    return f"native ({', '.join(able)})" if able else "emulated (train in float32)"
