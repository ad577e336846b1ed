"""What can be trained here, by name: for `zmlib gan train`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from zmlib.errors import UserError
from zmlib.neighbours.gan.classifier import train_classifier
from zmlib.neighbours.gan.completion import train_completion
from zmlib.neighbours.gan.encoder import train_encoder
from zmlib.neighbours.gan.superres import train_adversarial, train_superres
from zmlib.neighbours.gan.training import Game, train_gan
from zmlib.train.settings import Settings


def train_generator(domain: str, out: Path, settings: Settings, **given: int) -> Path:
    """`train_gan` with arguments as the others have them; given: steps, pictures."""
    return train_gan(Game.of(domain, **given), out, settings)


#: name -> the function, and the one whose weights it begins from; without such it is trained on a domain
TRAININGS: dict[str, tuple[Callable[..., Path], str | None]] = {
    "generator": (train_generator, None),
    "encoder": (train_encoder, "generator"),
    "classifier": (train_classifier, None),
    "superres": (train_superres, None),
    "sharpen": (train_adversarial, "superres"),
    "completion": (train_completion, None),
}


def train(name: str, out: Path, settings: Settings, domain: str | None, start: Path | None, **given: Any) -> Path:
    """Train one of `TRAININGS`; resumes where it stopped.

    Args:
        out: the folder of the resume file, the log and the weights.
        domain: "faces" (also None), "shoes", or a folder that has CelebA. A training that begins from weights has
            theirs; of CelebA it must be told where the folder is.
        start: the weights that the training begins from, where it does.
        given: steps and pictures, where they are not the recipe's.

    Raises:
        UserError: an unknown name, or too much or too little to begin from; or as the function itself.
    """
    if name not in TRAININGS:
        raise UserError(f'There is no network "{name}" to train: take one of {", ".join(TRAININGS)}.')
    function, needs = TRAININGS[name]
    if needs and start is None:
        raise UserError(f"{name} begins from the weights of {needs}: name them by --from.")
    if not needs and start is not None:
        raise UserError(f"{name} begins from nothing: leave --from out.")
    if needs:
        return function(start, out, settings, domain=domain, **given)
    return function(domain or "faces", out, settings, **given)
