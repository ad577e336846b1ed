"""zmlib: ZM-Net (Wang et al. 2017), real-time zero-shot image manipulation, and the methods it is compared with."""

from __future__ import annotations

from zmlib.device import declare_missing_operators

declare_missing_operators()

from zmlib.affine import Affine  # noqa: E402
from zmlib.baselines import adain, concat, predictor  # noqa: E402, F401 (they register themselves as sources)
from zmlib.errors import UserError  # noqa: E402
from zmlib.stylize import stylize  # noqa: E402
from zmlib.tnet import TNet, TNetConfig  # noqa: E402
from zmlib.weights import available, load, save  # noqa: E402
from zmlib.zmnet import ZMNet  # noqa: E402

__version__ = "0.1.0"
__all__ = ["Affine", "TNet", "TNetConfig", "UserError", "ZMNet", "available", "load", "save", "stylize"]
