"""Words as guiding signals: the plane to which the paper compresses GloVe's vectors, and where each word lies in it.

"To facilitate analysis and avoid overfitting, we compressed the pretrained 50-dimensional word embeddings to
2-dimensional vectors" (section 4.2). How is not said; here it is a principal component analysis of the chosen words.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zmlib.errors import UserError
from zmlib.signals.glove import glove_file, read_vectors

ASSETS = ("assets/words.tsv",)
CHOSEN = ("noon", "afternoon", "morning", "night")  # the words of Figure 10
TRAINED = ("noon", "night")
_TABLE = Path(__file__).parents[1] / "assets" / "words.tsv"


@dataclass(frozen=True)
class WordPlane:
    """A plane through the space of word vectors, fitted once, which has a place for every word.

    Attributes:
        mean: (D,), of the chosen words. axes: (2, D), orthonormal, the longer first. scale: what one unit of the plane
            is in the space of the vectors: the chosen words have unit variance along the first axis.
        chosen: the words that it was fitted on.
    """

    mean: tuple[float, ...]
    axes: tuple[tuple[float, ...], tuple[float, ...]]
    scale: float
    chosen: tuple[str, ...]

    @classmethod
    def fit(cls, vectors: Mapping[str, np.ndarray], chosen: Sequence[str] = CHOSEN) -> WordPlane:
        """The plane of the two principal components of the chosen words.

        Of an axis' two directions the one is taken along which the first chosen word has the lower place.

        Raises:
            UserError: fewer than three words, or one that has no vector.
        """
        from sklearn.decomposition import PCA  # here, because it takes a second to import

        if len(chosen) < 3:
            raise UserError(f"A plane of words needs three words or more, and {len(chosen)} are given.")
        x = np.stack([lookup(vectors, word) for word in chosen]).astype(np.float64)
        fitted = PCA(n_components=2, svd_solver="full").fit(x)
        axes = [-axis if axis @ (x[0] - fitted.mean_) > 0 else axis for axis in fitted.components_]
        scale = float(np.sqrt(np.mean(((x - fitted.mean_) @ axes[0]) ** 2)))
        first, second = (tuple(axis.tolist()) for axis in axes)
        return cls(tuple(fitted.mean_.tolist()), (first, second), scale, tuple(chosen))

    def places(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors (N, D) to places in the plane (N, 2), float32."""
        return ((vectors - np.array(self.mean)) @ np.array(self.axes).T / self.scale).astype(np.float32)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values; `from_dict` is the way back."""
        return {"mean": self.mean, "axes": self.axes, "scale": self.scale, "chosen": self.chosen}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> WordPlane:
        """From what `as_dict` gave, also by way of JSON."""
        first, second = (tuple(axis) for axis in given["axes"])
        return cls(tuple(given["mean"]), (first, second), given["scale"], tuple(given["chosen"]))


def lookup(vectors: Mapping[str, Any], word: str) -> Any:
    """What belongs to a word, in any case and without spaces around it.

    Raises:
        UserError: the word is not there; the sentence has those that look like it.
    """
    plain = word.strip().lower()
    if plain not in vectors:
        raise UserError(_unknown(word, vectors))
    return vectors[plain]


def _unknown(word: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(word.strip().lower(), known, n=3)
    instead = f"did you mean {' or '.join(near)}?" if near else "take another word."
    return f'The word "{word}" is not among the {len(known):,} words that are known here: {instead}'


@cache
def known_words() -> dict[str, tuple[float, float]]:
    """The words that need no GloVe file, with their places in the plane of the weights that ship.

    Example:
        >>> from zmlib.signals.words import known_words
        >>> words = known_words()
        >>> len(words), "sunset" in words
        (5419, True)
        >>> [round(number, 2) for number in words["noon"]]
        [-1.51, -0.67]
    """
    with _TABLE.open(encoding="utf-8") as file:
        rows = (line.rstrip("\n").split("\t") for line in file)
        return {word: (float(x), float(y)) for word, x, y in rows}


def word_signal(words: str | Sequence[str], vectors: Mapping[str, tuple[float, float]] | None = None) -> Tensor:
    """The guiding signal of words: (N, 2) float32.

    vectors: places of more words, word -> (x, y); None: those of `known_words`.

    Raises:
        UserError: an unknown word.

    Example:
        >>> from zmlib.signals.words import word_signal
        >>> word_signal(["noon", "night"]).shape
        torch.Size([2, 2])
    """
    table = known_words() if vectors is None else vectors
    return torch.tensor([lookup(table, word) for word in ([words] if isinstance(words, str) else words)])


def network_signal(words: str | Sequence[str], card: Mapping[str, Any]) -> Tensor:
    """The guiding signal of words for a network that was trained on words: (N, 2) float32.

    Words of `known_words` need no file, if they lie for this network where they lie for the weights that ship. Others
    are looked up in the GloVe file that `zmlib.signals.glove.glove_file` finds.

    Args:
        card: "trained" and "plane", as `zmlib.train.tags.Tags.card` gives them.

    Raises:
        UserError: an unknown word.
    """
    words = [words] if isinstance(words, str) else list(words)
    trained = {word: (x, y) for word, (x, y) in card["trained"].items()}
    known = known_words()
    both = [word for word in trained if word in known]
    alike = both and all(np.allclose(known[word], trained[word], atol=1e-3) for word in both)
    # Where they lie elsewhere the network has another plane.
    table: MutableMapping[str, tuple[float, float]] = ChainMap(trained, known) if alike else trained
    more = {plain for word in words if (plain := word.strip().lower()) not in table}
    if more:
        try:
            path = glove_file()
        except UserError as error:
            lookup_error = _unknown(sorted(more)[0], table)
            raise UserError(f"{lookup_error} For more words: {error}") from None
        plane = WordPlane.from_dict(card["plane"])
        for word, vector in read_vectors(path, more).items():
            x, y = plane.places(vector[None])[0].tolist()
            table[word] = (x, y)
    return word_signal(words, table)
