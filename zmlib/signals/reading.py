"""How a source reads its guiding signal: what people may give, how that is checked, and what the source is handed.

A signal passes through two steps. `prepare` turns what people give (a tensor, words, pictures) into the tensor that an
exported network takes; `features` turns that into what the source's first layer reads, and is part of the exported
graph. In training `of_styles` makes the signal from the style pictures.

| reading | a signal is | features |
| --- | --- | --- |
| `Pictures` | pictures (N, 3, h, w) in [0, 1] | the same |
| `Numbers` | numbers of known styles (N,) | the same |
| `Vectors` | vectors (N, D) | the same |
| `Words` | words, or their places in a plane (N, 2) | the places |
| `Colours` | pictures, or their colour histograms (N, B) | the square roots of the shares |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor

from zmlib.data.images import as_float, check_images
from zmlib.errors import UserError
from zmlib.signals.histogram import histogram, roots
from zmlib.signals.words import network_signal
from zmlib.tnet import MIN_SIDE


@dataclass(frozen=True)
class Reading:
    """What a source reads. A subclass says what it wants and overrides what differs; `Vectors` is the shortest example.

    Class attributes:
        name: what a recipe and a model card call it; port: what an exported network calls its input.
        takes_pictures: whether a picture can be given.
        is_picture: whether the signal *is* the style picture, so that J against that picture says how well it was read.
        numbered: whether the source has learned its styles, and a number asks for one.
        tagged: whether a training takes the signal from the tags of the style pictures.

    Example:
        >>> import torch
        >>> from zmlib.signals.reading import Colours, Pictures
        >>> Pictures().prepare(torch.rand(2, 3, 64, 64)).shape
        torch.Size([2, 3, 64, 64])
        >>> Colours(256).prepare(torch.rand(2, 3, 64, 64)).shape  # their histograms
        torch.Size([2, 256])
        >>> Pictures().wants
        'pictures, (N, 3, h, w) in [0, 1]'
    """

    name: ClassVar[str]
    port: ClassVar[str] = "signal"
    takes_pictures: ClassVar[bool] = False
    is_picture: ClassVar[bool] = False
    numbered: ClassVar[bool] = False
    tagged: ClassVar[bool] = False
    one: bool = field(default=False, kw_only=True)  # the source has a single style, whatever the signal

    def of(self, options: Mapping[str, Any], card: Mapping[str, Any]) -> Reading:
        """The reading of one network: completed by the source's options and the model card (the plane of words)."""
        return self

    @property
    def wants(self) -> str:
        """What guides the network, for people."""
        raise NotImplementedError(f"{type(self).__name__} must say what it wants")

    @property
    def exported(self) -> str:
        """The same of an exported network: type, shape and range of its input."""
        return f"signal: {self.wants}"

    def prepare(self, signal: Any) -> Tensor:
        """A signal as a tensor, checked; UserError: it is of another kind or shape than the network reads."""
        return self.tensor(signal)

    def tensor(self, signal: Any) -> Tensor:
        """The signal, if it is a tensor; else a UserError that says what the network wants."""
        if isinstance(signal, Tensor):
            return signal
        given = "words" if _are_words(signal) else f"something of type {type(signal).__name__}"
        raise UserError(f"This network is guided by {self.wants}, and it was given {given}.")

    def features(self, signal: Tensor) -> Tensor:
        """What the source's first layer reads of a prepared signal."""
        return signal

    def of_styles(self, styles: Tensor, numbers: Tensor) -> Tensor:
        """The features of style pictures (N, 3, S, S) in [0, 1] with these numbers (N,), as a training needs them."""
        return self.features(styles)

    def trial(self, index: int, picture: Tensor) -> Tensor:
        """A prepared signal to try an exported network with: number `index`, or this picture (1, 3, h, w)."""
        raise NotImplementedError(f"{type(self).__name__} must give a trial signal")


@dataclass(frozen=True)
class Pictures(Reading):
    """Style pictures of any size from 32 px up."""

    name: ClassVar[str] = "picture"
    takes_pictures: ClassVar[bool] = True
    is_picture: ClassVar[bool] = True

    @property
    def wants(self) -> str:
        return "pictures, (N, 3, h, w) in [0, 1]"

    @property
    def exported(self) -> str:
        return f"signal: pictures, float32 (N, 3, h, w) in [0, 1], {MIN_SIDE} px or more a side, best about 256"

    def prepare(self, signal: Any) -> Tensor:
        signal = self.tensor(signal)
        check_images("signal", signal, MIN_SIDE)
        return signal

    def trial(self, index: int, picture: Tensor) -> Tensor:
        return picture


@dataclass(frozen=True)
class Numbers(Reading):
    """Numbers of styles that the network has learned, 0 to `styles` - 1; with one style, any number."""

    styles: int = 1
    name: ClassVar[str] = "number"
    port: ClassVar[str] = "style_number"
    numbered: ClassVar[bool] = True

    def of(self, options: Mapping[str, Any], card: Mapping[str, Any]) -> Numbers:
        return Numbers(options.get("styles", 1), one=self.one)

    @property
    def wants(self) -> str:
        return "nothing: it has one style" if self.one else "the numbers of its styles, (N,) whole numbers"

    @property
    def exported(self) -> str:
        numbers = "any, since there is one style" if self.one else f"0 to {self.styles - 1}"
        return f"{self.port}: int64 (N,), {numbers}"

    def of_styles(self, styles: Tensor, numbers: Tensor) -> Tensor:
        return styles if self.one else numbers % self.styles

    def trial(self, index: int, picture: Tensor) -> Tensor:
        return torch.tensor([min(index, self.styles - 1)])


@dataclass(frozen=True)
class Vectors(Reading):
    """Vectors of `inputs` numbers each. A model card can make words or colours of them."""

    inputs: int = 0
    name: ClassVar[str] = "vector"

    def of(self, options: Mapping[str, Any], card: Mapping[str, Any]) -> Vectors:
        if type(self) is not Vectors:  # another source's own kind of vectors
            return self
        inputs = options.get("inputs", self.inputs)
        if card.get("reads") == Colours.name:
            return Colours(inputs)
        if card.get("reads") == Words.name or "words" in card:
            return Words(inputs, card.get("words"))
        return Vectors(inputs)

    @property
    def wants(self) -> str:
        return f"vectors, (N, {self.inputs})"

    @property
    def exported(self) -> str:
        return f"signal: float32 (N, {self.inputs})"

    def prepare(self, signal: Any) -> Tensor:
        signal = self.tensor(signal)
        if signal.dim() != 2 or signal.shape[1] != self.inputs:
            raise UserError(f"This network is guided by {self.wants}, and it was given {tuple(signal.shape)}.")
        return signal

    def trial(self, index: int, picture: Tensor) -> Tensor:
        return torch.randn(1, self.inputs, generator=torch.Generator().manual_seed(index))


@dataclass(frozen=True)
class Words(Vectors):
    """Words, by their places in the plane of word vectors that the model card holds (`zmlib.signals.words`)."""

    card: Mapping[str, Any] | None = None
    name: ClassVar[str] = "word"
    tagged: ClassVar[bool] = True

    @property
    def wants(self) -> str:
        return f'words, such as "night", or their vectors, (N, {self.inputs})'

    @property
    def exported(self) -> str:
        return f"signal: places of words, float32 (N, {self.inputs})"

    def prepare(self, signal: Any) -> Tensor:
        if _are_words(signal) and self.card is not None:
            signal = network_signal(signal, self.card)
        return super().prepare(signal)

    def trial(self, index: int, picture: Tensor) -> Tensor:
        assert self.card is not None
        places = list(self.card["trained"].values())
        return torch.tensor([places[index % len(places)]])


@dataclass(frozen=True)
class Colours(Vectors):
    """The colours of pictures, as histograms (`zmlib.signals.histogram`); pictures are counted first."""

    name: ClassVar[str] = "colours"
    takes_pictures: ClassVar[bool] = True

    @property
    def wants(self) -> str:
        shape = f"vectors, (N, {self.inputs})"
        return f"the colours of pictures, (N, 3, h, w) in [0, 1], or their histograms, as {shape}"

    @property
    def exported(self) -> str:
        return f"signal: colour histograms of zmlib.signals.histogram, float32 (N, {self.inputs}), at least 0, of sum 1"

    def prepare(self, signal: Any) -> Tensor:
        if isinstance(signal, Tensor) and signal.dim() == 4:
            check_images("signal", signal, MIN_SIDE)
            signal = histogram(as_float(signal))
        return super().prepare(signal)

    def features(self, signal: Tensor) -> Tensor:
        return roots(signal)

    def of_styles(self, styles: Tensor, numbers: Tensor) -> Tensor:
        return roots(histogram(styles))

    def trial(self, index: int, picture: Tensor) -> Tensor:
        return histogram(picture)


def _are_words(signal: Any) -> bool:
    return isinstance(signal, Sequence) and len(signal) > 0 and all(isinstance(word, str) for word in signal)
