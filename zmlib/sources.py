"""Sources of gamma and beta: the registry, and the three that read no signal.

Section 3.2.1 of the paper makes *where gamma and beta come from* the whole difference between the methods. A source is
a module that is made from a `TNetConfig` and whose call gives an `Affine`; with a TNet it makes a method:

| source | method |
| --- | --- |
| `Fixed` | instance normalisation alone |
| `Constant` | FST (Johnson et al. 2016): one network, one style |
| `Table` | CIN (Dumoulin et al. 2016): a row for each style |
| `zmlib.pnet` | ZM-Net: any signal |
| `zmlib.baselines` | AdaIN, a style predictor, and the twin that concatenates |

A source of your own is a class and a decorator::

    @source("warmth", reads=Warmth())
    class WarmthNet(nn.Module):
        def __init__(self, config: TNetConfig) -> None: ...
        def forward(self, signal: Tensor) -> Affine: ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from zmlib.affine import Affine
from zmlib.errors import UserError
from zmlib.signals.reading import Numbers, Reading
from zmlib.tnet import TNet, TNetConfig

Made = TypeVar("Made", bound=Callable[..., nn.Module])


@dataclass(frozen=True)
class Entry:
    """A registered source.

    Attributes:
        name: what `ZMNet`, a recipe and the header of a file of weights call it.
        make: from a TNetConfig and options to the module.
        reads: its guiding signal.
        tnet: from a TNetConfig to the network that its output is for.
        gives: the type of its output. What mixes, holds or exports gamma and beta needs an `Affine`.
    """

    name: str
    make: Callable[..., nn.Module]
    reads: Reading
    tnet: Callable[[TNetConfig], nn.Module]
    gives: type

    @property
    def holds(self) -> bool:
        """Whether its output is gamma and beta for the paper's TNet, whose statistics can be held."""
        return self.gives is Affine and self.tnet is TNet


SOURCES: dict[str, Entry] = {}


def source(
    name: str, *, reads: Reading, tnet: Callable[[TNetConfig], nn.Module] = TNet, gives: type = Affine
) -> Callable[[Made], Made]:
    """Register a source under a name; see `Entry` for the arguments.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from zmlib import Affine, ZMNet
        >>> from zmlib.signals.reading import Vectors
        >>> from zmlib.sources import SOURCES, source
        >>> @source("warmth", reads=Vectors(1))
        ... class Warmth(nn.Module):
        ...     # one number, (N, 1), by which beta of every channel is shifted
        ...     def __init__(self, config):
        ...         super().__init__()
        ...         self.spec, self.share = config.spec, nn.Parameter(torch.ones(1))
        ...     def forward(self, signal):
        ...         still = Affine.identity(self.spec, len(signal))
        ...         return Affine(still.gamma, tuple(b + self.share * signal for b in still.beta), self.spec)
        >>> net = ZMNet(source="warmth")
        >>> net.wants
        'vectors, (N, 1)'
        >>> net.encode(torch.tensor([[0.0], [1.0]])).beta[0].shape
        torch.Size([2, 32])
        >>> _ = SOURCES.pop("warmth")  # this example alone needs it
    """

    def register(make: Made) -> Made:
        SOURCES[name] = Entry(name, make, reads, tnet, gives)
        return make

    return register


def find_source(name: str) -> Entry:
    """A registered source; ValueError where there is none of that name."""
    if name not in SOURCES:
        raise ValueError(f"source must be one of {', '.join(SOURCES)}, not {name!r}")
    return SOURCES[name]


def make_source(name: str, config: TNetConfig, **options: Any) -> nn.Module:
    """A new source by name, with random weights.

    >>> make_source("table", TNetConfig(), styles=10)(torch.tensor([3, 4])).gamma[0].shape
    torch.Size([2, 32])
    """
    return find_source(name).make(config, **options)


def reading(name: str, options: Mapping[str, Any], card: Mapping[str, Any]) -> Reading:
    """How a network with this source reads its signal; the model card may say more, such as where its words lie."""
    return find_source(name).reads.of(options, card)


def require_affine(name: str, of_tnet: bool = False) -> None:
    """UserError where a source gives no affine parameters, so that there is nothing to mix, hold or export.

    of_tnet: they must also be those of the paper's TNet, and not of another network with normalisations.
    """
    entry = find_source(name)
    if entry.gives is not Affine or (of_tnet and not entry.holds):
        raise UserError(
            f'A network of the kind "{name}" gives no gamma and beta for a TNet, so it cannot mix, mask, fade, '
            'animate, paint videos or be exported: take another, such as "styles".'
        )


@source("fixed", reads=Numbers(one=True))
class Fixed(nn.Module):
    """gamma = 1 and beta = 0, whatever the signal: DIN degenerates to instance normalisation (section 3.2.1)."""

    def __init__(self, config: TNetConfig) -> None:
        super().__init__()
        self.spec = config.spec

    def forward(self, signal: Tensor) -> Affine:
        """signal: anything with a batch axis N. Returns the identity for N."""
        return Affine.identity(self.spec, signal.shape[0], signal.device)


@source("table", reads=Numbers())
class Table(nn.Module):
    """A learned row of gamma and beta for each of `styles` styles: conditional instance normalisation."""

    def __init__(self, config: TNetConfig, styles: int) -> None:
        super().__init__()
        self.spec = config.spec
        self.styles = styles
        self.gamma = nn.ParameterList(nn.Parameter(torch.ones(styles, norm.channels)) for norm in self.spec)
        self.beta = nn.ParameterList(nn.Parameter(torch.zeros(styles, norm.channels)) for norm in self.spec)

    def forward(self, signal: Tensor) -> Affine:
        """signal: (N,) integer numbers of styles, 0 to `styles` - 1 (IndexError beyond)."""
        if signal.dim() != 1 or signal.is_floating_point():
            raise ValueError(
                f"a table of styles is asked by (N,) whole numbers, got {tuple(signal.shape)} {signal.dtype}"
            )
        return Affine(tuple(g[signal] for g in self.gamma), tuple(b[signal] for b in self.beta), self.spec)


@source("constant", reads=Numbers(one=True))
class Constant(Table):
    """One learned gamma and beta: fast style transfer, one network for one style (here with instance normalisation).

    It is a table of one row that ignores which signal asks, so it "loses its ability of zero-shot learning" (section
    3.2.1).
    """

    def __init__(self, config: TNetConfig) -> None:
        super().__init__(config, styles=1)

    def forward(self, signal: Tensor) -> Affine:
        """signal: anything with a batch axis N. Returns the same row N times."""
        return super().forward(torch.zeros(signal.shape[0], dtype=torch.long, device=signal.device))
