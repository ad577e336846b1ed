"""Sources of gamma and beta that read no signal: instance normalisation, FST, CIN.

Every source is a module whose call gives an `Affine`. Together with one TNet it makes one of the methods of the paper:

| source | method |
| --- | --- |
| `Fixed` | instance normalisation alone |
| `Constant` | FST (Johnson et al. 2016): one network, one style |
| `Table` | CIN (Dumoulin et al. 2016): a row a style |
| `zmlib.pnet` | ZM-Net: any signal |
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from zmlib.affine import Affine, Spec


class Fixed(nn.Module):
    """gamma = 1 and beta = 0, whatever the signal: DIN degenerates to instance normalisation (section 3.2.1)."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec

    def forward(self, signal: Tensor) -> Affine:
        """signal: anything with a batch axis N. Returns the identity for N."""
        return Affine.identity(self.spec, signal.shape[0], signal.device)


class Table(nn.Module):
    """A learned row of gamma and beta for each of `styles` styles: conditional instance normalisation."""

    def __init__(self, spec: Spec, styles: int) -> None:
        super().__init__()
        self.spec = spec
        self.styles = styles
        self.gamma = nn.ParameterList(nn.Parameter(torch.ones(styles, norm.channels)) for norm in spec)
        self.beta = nn.ParameterList(nn.Parameter(torch.zeros(styles, norm.channels)) for norm in spec)

    def forward(self, signal: Tensor) -> Affine:
        """signal: (N,) integer numbers of styles, 0 to `styles` - 1 (IndexError beyond)."""
        if signal.dim() != 1 or signal.is_floating_point():
            raise ValueError(
                f"a table of styles is asked by (N,) whole numbers, got {tuple(signal.shape)} {signal.dtype}"
            )
        return Affine(tuple(g[signal] for g in self.gamma), tuple(b[signal] for b in self.beta), self.spec)


class Constant(Table):
    """One learned gamma and beta: fast style transfer, one network for one style (here with instance normalisation).

    It is a table of one row that ignores which signal asks, so it "loses its ability of zero-shot learning" (section
    3.2.1).
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec, styles=1)

    def forward(self, signal: Tensor) -> Affine:
        """signal: anything with a batch axis N. Returns the same row N times."""
        return super().forward(torch.zeros(signal.shape[0], dtype=torch.long, device=signal.device))
