"""How near pictures come to a set of photos that share a word, such as "night", and which photos such a set holds.

The distance is between the Gram matrices of a loss network, as in eq. 2, and their means over the set: what the photos
have in common, not any single one. It does not depend on scale, since a dark photo's Gram matrix is small.

The frames of webcams that we have are divided into train/ and test/, but frames of one camera stand on both sides.
`split` divides them by camera. From a clone, with DAYNIGHT the folder that holds train/ and test/ with a folder for
each word, and OUT a new one::

    PYTHONPATH=notebooks python -m chapters.tagged DAYNIGHT OUT
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zmlib.atomic import atomic_folder
from zmlib.data.folders import list_images
from zmlib.errors import UserError
from zmlib.perceptual import LossNetwork
from zmlib.signals.words import CHOSEN, TRAINED

GAINS = (0.15, 0.25, 0.4, 0.6, 0.8, 1.0, 1.2)
POWERS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
#: the five cameras that are held out, by the height of their frames in pixels; where another camera has that height
#: too, a frame by day and one by night of the one that is meant
HELD_OUT: dict[int, tuple[str, ...]] = {
    329: (),
    333: ("cvnd_20151102_150116.jpg", "cvnd_20151102_070052.jpg"),
    344: (),
    353: ("cvnd_20151102_095330.jpg", "cvnd_20151102_005319.jpg"),
    356: (),
}
WEBCAM = "cvnd"  # how the names of the webcams' frames begin
OUTLINES = (96, 64)  # pixels, at which scenes are told apart


@dataclass(frozen=True)
class TagSet:
    """What a loss network sees in a set of photos: layer -> the mean Gram matrix, (C_l, C_l)."""

    grams: dict[str, Tensor]

    @classmethod
    @torch.no_grad()
    def of(cls, network: LossNetwork, photos: Iterable[Tensor]) -> TagSet:
        """The set of these photos: at least one batch of (N, 3, H, W) in [0, 1], on the network's device."""
        sums: dict[str, Tensor] = {}
        count = 0
        for photo in photos:
            for name, gram in network.measure(photo).grams.items():
                sums[name] = sums.get(name, 0) + gram.sum(0)
            count += len(photo)
        return cls({name: total / count for name, total in sums.items()})

    def distance(self, grams: Mapping[str, Tensor]) -> Tensor:
        """The mean over the layers of |G - M|^2 / (|G|^2 + |M|^2), with M the set's mean.

        grams: layer -> (N, C_l, C_l), as `LossNetwork.measure` gives them. Returns (N,): 0 where G equals M, 1 where
        the two are orthogonal.
        """
        terms = []
        for name, mean in self.grams.items():
            gram = grams[name]
            whole = gram.square().sum((1, 2)) + mean.square().sum()
            terms.append((gram - mean).square().sum((1, 2)) / whole.clamp_min(1e-30))
        return torch.stack(terms).mean(0)


@torch.no_grad()
def distances(network: LossNetwork, pictures: Sequence[Tensor], sets: Mapping[str, TagSet]) -> dict[str, Tensor]:
    """The distance of each picture to each set: name of the set -> (N,) on the CPU.

    pictures: N of them, (1, 3, H, W) each, in [0, 1].
    """
    grams = [network.measure(picture).grams for picture in pictures]
    return {word: torch.cat([own.distance(one) for one in grams]).cpu() for word, own in sets.items()}


def tone(photo: Tensor, gain: float, power: float) -> Tensor:
    """A photo under the tone curve gain * x^power, the same for the three channels. photo: any shape, in [0, 1]."""
    return (gain * photo**power).clamp(0, 1)


def best_tone_curves(
    network: LossNetwork, photos: Sequence[Tensor], sets: Mapping[str, TagSet]
) -> dict[str, tuple[float, float]]:
    """For each set the tone curve that brings the photos nearest to it on average, out of `GAINS` times `POWERS`.

    To be fitted on other photos, and towards other sets, than those that then judge it.

    photos: (1, 3, H, W) each, in [0, 1].

    Returns:
        Set -> (gain, power), as `tone` takes them.
    """
    best: dict[str, tuple[float, float, float]] = {}
    for gain in GAINS:
        for power in POWERS:
            found = distances(network, [tone(photo, gain, power) for photo in photos], sets)
            for word, d in found.items():
                if word not in best or d.mean() < best[word][0]:
                    best[word] = (float(d.mean()), gain, power)
    return {word: (gain, power) for word, (_, gain, power) in best.items()}


def split(daynight: Path, out: Path) -> dict[str, dict[str, int]]:
    """Divide tagged photos by camera, such that no camera that measures was seen in a training; copies files.

    Args:
        daynight: holds train/ and test/, each with a folder for each word. Frames of webcams there are of noon and
            night; the other photos show numbered scenes at four hours, by "..._<number>" in their names.
        out: a new folder. train/ is to be trained on: noon and night, frames of daynight/train without the held-out
            cameras, and the scenes of odd numbers. fit/ has the same, and for afternoon and morning the scenes of odd
            numbers: on it a tone curve is fitted. test/ measures: every frame of the held-out cameras, its height
            before its name, and for afternoon and morning the scenes of even numbers.

    Returns:
        "train", "fit" and "test" -> word -> how many photos.

    Raises:
        UserError: a folder is missing or has no picture, a frame that names a camera is not there, or out is there.
    """
    if out.exists():
        raise UserError(f"{out} is there already: name a new folder.")
    chosen: dict[str, dict[str, dict[str, Path]]] = {"train": {}, "fit": {}, "test": {}}
    for word in CHOSEN:
        every = [file for part in ("train", "test") for file in list_images(daynight / part / word)]
        frames = [file for file in every if file.name.startswith(WEBCAM)]
        odd = [file for file in every if file not in frames and _scene(file) % 2]
        if word in TRAINED:
            held = _of_held_cameras(frames)
            own = [file for file in [*frames, *odd] if file.parent.parent.name == "train" and file not in held]
            chosen["train"][word] = chosen["fit"][word] = {file.name: file for file in own}
            chosen["test"][word] = {f"{height}-{file.name}": file for file, height in held.items()}
        else:
            chosen["fit"][word] = {file.name: file for file in odd}
            chosen["test"][word] = {file.name: file for file in every if file not in odd}
    with atomic_folder(out) as beside:
        for part, words in chosen.items():
            for word, files in words.items():
                (beside / part / word).mkdir(parents=True)
                for name, file in files.items():
                    shutil.copyfile(file, beside / part / word / name)
    return {part: {word: len(files) for word, files in words.items()} for part, words in chosen.items()}


def _scene(file: Path) -> int:
    number = file.stem.rpartition("_")[2]
    if not number.isdigit():
        raise UserError(f'{file} shows no numbered scene: its name should end in a number, as "momentum_07.jpg".')
    return int(number)


def _of_held_cameras(frames: Sequence[Path]) -> dict[Path, int]:
    """Those frames of one word that the held-out cameras took, with their heights."""
    by_height: dict[int, list[Path]] = {}
    for file in frames:
        with Image.open(file) as picture:
            by_height.setdefault(picture.height, []).append(file)
    found: dict[Path, int] = {}
    for height, marks in HELD_OUT.items():
        own = by_height.get(height, [])
        found |= dict.fromkeys(_of_one_camera(own, marks) if marks else own, height)
    return found


def _of_one_camera(files: Sequence[Path], marks: Sequence[str]) -> list[Path]:
    """Of frames of two cameras those of the camera that took the marked one.

    The outlines of one scene are alike in all its frames and unlike the other scene's, so they part along the first
    principal component of the frames: by its sign.
    """
    marked = [i for i, file in enumerate(files) if file.name in marks]
    if not marked:
        raise UserError(f"None of {', '.join(marks)} is there: these are not the frames that the split is made for.")
    outlines = np.stack([_outlines(file) for file in files])
    sides = np.linalg.svd(outlines - outlines.mean(0), full_matrices=False)[0][:, 0] > 0
    return [file for file, side in zip(files, sides, strict=True) if side == sides[marked[0]]]


def _outlines(file: Path) -> np.ndarray:
    with Image.open(file) as picture:
        light = np.asarray(picture.convert("L").resize(OUTLINES, Image.Resampling.BOX), float)
    steep = np.sqrt(np.hypot(*np.gradient(light))).ravel()
    return (steep - steep.mean()) / max(steep.std(), 1e-9)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m chapters.tagged DAYNIGHT OUT")
    try:
        for part, words in split(Path(sys.argv[1]), Path(sys.argv[2])).items():
            print(part, ", ".join(f"{word} {count}" for word, count in words.items()))
    except UserError as error:
        sys.exit(f"Error: {error}")
