"""Let torchvision import on a torch that was built without CUDA.

Torchvision's wheel from a plain index is linked to CUDA. Beside a CPU-only torch its compiled operators do not load,
and `import torchvision` (which Lightning does, by way of torchmetrics) then raises "operator torchvision::nms does not
exist", although nothing here needs these operators. Declaring the two missing schemas first cures it. Where the
compiled operators load, nothing is declared: they would collide.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

# The Library object owns the declarations: they vanish with it, so it must live as long as the process.
_library: torch.library.Library | None = None


def declare_missing_operators() -> None:
    """Declare `torchvision::nms` and `torchvision::qnms` where torchvision is installed and its own do not load."""
    global _library
    spec = importlib.util.find_spec("torchvision")
    if _library is not None or torch.version.cuda is not None or spec is None or spec.origin is None:
        return
    for compiled in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(str(compiled))
            return
        except OSError:  # linked to a CUDA that is not here
            continue
    _library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        _library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
