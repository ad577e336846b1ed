"""Style pictures with a word each: "a corresponding image", another one in each iteration (section 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zmlib.data.folders import evenly
from zmlib.errors import UserError
from zmlib.signals.glove import glove_file, read_vectors
from zmlib.signals.words import CHOSEN, WordPlane, lookup


@dataclass(frozen=True)
class Tags:
    """The pictures' words, and the place of each word in the plane of words."""

    files: list[Path]  # the pictures, those of a word together
    words: tuple[str, ...]  # of each picture
    places: dict[str, tuple[float, float]]  # word -> (x, y)
    plane: WordPlane  # where the places come from

    @classmethod
    def of(cls, files: Sequence[Path], folder: Path, most: int | None = None, glove: Path | None = None) -> Tags:
        """Tag pictures with the names of the folders that they lie in.

        Args:
            files: under `folder`, each in a folder that is named after a word.
            most: pictures for each word, evenly spread; None: all.
            glove: a file of vectors; None: the one that `zmlib.signals.glove.glove_file` finds.

        Raises:
            UserError: fewer than two words, too few pictures of one, a word without a vector, or no file of vectors.
        """
        by_word: dict[str, list[Path]] = {}
        for file in files:
            by_word.setdefault(file.parent.name.lower(), []).append(file)
        if len(by_word) < 2 or any(file.parent == folder for file in files):
            raise UserError(
                f"{folder} must hold a folder of pictures for each of two words or more, named after the word "
                "(noon, night)."
            )
        if most is not None:
            for word, own in by_word.items():
                if len(own) < most:
                    raise UserError(f"{folder} holds {len(own)} pictures for {word}, and {most} are needed.")
                by_word[word] = evenly(own, most)
        vectors = read_vectors(glove_file(glove), {*by_word, *CHOSEN})
        plane = WordPlane.fit(vectors)
        places = {word: plane.places(lookup(vectors, word)[None])[0].tolist() for word in by_word}
        return cls(
            files=[file for own in by_word.values() for file in own],
            words=tuple(word for word, own in by_word.items() for _ in own),
            places={word: (x, y) for word, (x, y) in places.items()},
            plane=plane,
        )

    def draw(self, rng: np.random.Generator, limit: int, count: int) -> np.ndarray:
        """Numbers of `count` style crops out of `limit`: a word at random, a picture of it, and a crop of that."""
        n, numbers = len(self.files), []
        for _ in range(count):
            word = list(self.places)[rng.integers(len(self.places))]
            own = [i for i, tag in enumerate(self.words) if tag == word]
            numbers.append(own[rng.integers(len(own))] + n * int(rng.integers(max(1, limit // n))))
        return np.array(numbers)

    def signals(self, crops: np.ndarray) -> Tensor:
        """The places of the crops' words, (N, 2) float32."""
        return torch.tensor([self.places[self.words[i % len(self.words)]] for i in crops])

    def card(self) -> dict[str, Any]:
        """For a model card: the words trained on, with their places, and the plane."""
        return {"trained": self.places, "plane": self.plane.as_dict()}

    def __str__(self) -> str:
        return f"words {self.places}"
