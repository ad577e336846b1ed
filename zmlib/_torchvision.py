"""Let torchvision import on a torch that was built without CUDA.

Torchvision's wheel from a plain index is linked to CUDA. Beside a CPU-only torch its compiled operators do not load,
and
`import torchvision` then raises "operator torchvision::nms does not exist", although nothing that zmlib uses (models,
transforms) needs these operators. Declaring the two missing schemas first cures it.
"""

from __future__ import annotations

import importlib.util

import torch

# The Library object owns the declarations: they vanish with it, so it must live as long as the process.
_library: torch.library.Library | None = None


def declare_missing_operators() -> None:
    """Declare `torchvision::nms` and `torchvision::qnms` where no compiled torchvision can (torch without CUDA)."""
    global _library
    if _library is not None or torch.version.cuda is not None or importlib.util.find_spec("torchvision") is None:
        return
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        try:
            torch._C._dispatch_find_schema_or_throw(f"torchvision::{name}", "")
        except RuntimeError:
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _library = library
