"""Training of slim: regression on its teachers' features and Gram matrices.

    python -m slim DATA --out slim.safetensors        (in `notebooks/`)

DATA holds ``photos/train`` and ``paintings/train``; the teacher is the loss network "vgg16-caffe". Slim learns from
disturbed pictures (``augment.py``), from pictures on their way to a style under the teacher's loss, and, so that a
network trained on slim finds fewer holes, from pictures on their way to a style under slim's own loss ("pursuit").
"""

from __future__ import annotations

import json
import pickle
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from slim.augment import Dice, disturbed
from slim.batches import STRIDES, Lesson, Pictures, Pursuit, ask, grid
from zmlib.atomic import atomic
from zmlib.errors import UserError
from zmlib.perceptual.registry import loss_network
from zmlib.perceptual.slim import Slim


@dataclass(frozen=True)
class Recipe:
    """Settings of one training; ``warm`` steps of rising learning rate, then a cosine to 0.

    A step trains on ``batch`` disturbed pictures and ``pursued`` pictures under pursuit, and again on ``replays`` of
    the last ``kept`` batches, since the teacher's answer costs more than slim's.
    """

    steps: int = 900
    batch: int = 6
    pursued: int = 2
    pursuit_steps: int = 40
    replays: int = 2
    kept: int = 100
    lr: float = 3e-3
    warm: int = 20
    gram_weight: float = 1.0
    difference_weight: float = 0.5
    seed: int = 0
    save_every: int = 50

    def rate(self, step: int) -> float:
        """Learning rate at a step, from 0."""
        ramp = min(1.0, (step + 1) / self.warm)
        return self.lr * ramp * 0.5 * (1 + float(np.cos(np.pi * step / self.steps)))


@torch.no_grad()
def fit_maps(slim: Slim, lesson: Lesson, ridge: float = 1e-3) -> None:
    """Set slim's affine maps to the least-squares (ridge) prediction of the lesson's features from slim's own."""
    raw = slim.raw(lesson.x, tuple(STRIDES))
    for name, stride in STRIDES.items():
        small = raw[name][grid(stride)].float().movedim(1, -1).flatten(0, -2)
        inputs = torch.cat((small, torch.ones(len(small), 1)), 1)
        square = inputs.t() @ inputs
        square += ridge * square.trace() / len(square) * torch.eye(len(square))
        found = torch.linalg.solve(square, inputs.t() @ lesson.features[name].float().movedim(1, -1).flatten(0, -2))
        conv = slim.maps[name]
        assert isinstance(conv, torch.nn.Conv2d) and conv.bias is not None
        conv.weight.copy_(found[:-1].t()[:, :, None, None])
        conv.bias.copy_(found[-1])


def _relative(left: Tensor, right: Tensor, floor: Tensor) -> Tensor:
    """Mean over the batch of |left - right|^2 / (|right|^2 + floor), each (N, ...)."""
    return ((left - right).square().sum((1, 2)) / (right.square().sum((1, 2)) + floor)).mean()


def distil_loss(slim: Slim, lesson: Lesson, recipe: Recipe, order: Tensor) -> tuple[Tensor, dict[str, float]]:
    """The regression's loss on a lesson, and its parts for the log.

    A layer's terms: |f' - f|^2 / |f|^2 on a grid of places; the Gram's relative squared error, a picture; the same for
    the difference of two pictures' Grams, since J and the scale-free loss are made of such differences (a picture with
    its neighbour in ``order``).
    """
    raw = slim.raw(lesson.x, tuple(STRIDES))
    total = lesson.x.new_zeros(())
    parts: dict[str, float] = {}
    for name, stride in STRIDES.items():
        seen = lesson.features[name].float()
        feature = (slim.maps[name](raw[name][grid(stride)]).float() - seen).square().sum() / seen.square().sum()
        ours, theirs = slim.mapped_gram(name, raw[name]), lesson.grams[name]
        energy = theirs.square().sum((1, 2)).mean()
        whole = _relative(ours, theirs, 0.02 * energy)
        difference = _relative(ours - ours[order], theirs - theirs[order], 0.05 * energy)
        total = total + feature + recipe.gram_weight * whole + recipe.difference_weight * difference
        parts |= {
            f"{name}.feature": feature.item(),
            f"{name}.gram": whole.item(),
            f"{name}.difference": difference.item(),
        }
    return total, parts


def export(slim: Slim, out: Path, card: dict[str, object]) -> Path:
    """Write slim's weights in float16, with their card as metadata."""
    tensors = {name: value.detach().half().contiguous() for name, value in slim.state_dict().items()}
    metadata = {name: value if isinstance(value, str) else json.dumps(value) for name, value in card.items()}
    with atomic(out) as beside:
        save_file(tensors, beside, metadata=metadata)
    return out


def distil(
    data: Path, out: Path, recipe: Recipe, *, state: Path | None = None, say: Callable[[str], object] = print
) -> Path:
    """Train slim on ``data``/photos/train and ``data``/paintings/train and write it to ``out`` (.safetensors).

    state: a file from which a broken run resumes (with new pictures under pursuit and no kept batches). UserError:
    folders without pictures, missing weights of the teacher, a damaged state file.
    """
    photos, paintings = Pictures(data / "photos" / "train"), Pictures(data / "paintings" / "train")
    teacher = loss_network("vgg16-caffe")
    torch.manual_seed(recipe.seed)
    slim = Slim()
    optimiser = torch.optim.AdamW(slim.parameters(), lr=recipe.lr, weight_decay=1e-4)
    start, spent = 0, 0.0
    if state is not None and state.exists():
        try:
            kept = torch.load(state, weights_only=True)
            slim.load_state_dict(kept["slim"])
            optimiser.load_state_dict(kept["optimiser"])
        except (OSError, RuntimeError, KeyError, EOFError, ValueError, pickle.UnpicklingError) as error:
            raise UserError(
                f"{state}: no training that can resume ({type(error).__name__}); delete it to start afresh."
            ) from None
        start, spent = int(kept["step"]), float(kept["seconds"])
    begun = time.monotonic() - spent
    pursuits: dict[int, Pursuit] = {}
    lessons: deque[Lesson] = deque(maxlen=recipe.kept)
    for step in range(start, recipe.steps):
        dice = Dice(torch.Generator().manual_seed(recipe.seed * 1_000_003 + step))
        turn = step % 2  # the teacher's pursuit and slim's own take turns
        pursuit = pursuits.get(turn)
        if pursuit is None or pursuit.age >= recipe.pursuit_steps:
            side = (96, 112, 128)[dice.below(3)]
            some = [
                torch.stack([source.crop(side, dice) for _ in range(recipe.pursued)]) for source in (photos, paintings)
            ]
            pursuit = pursuits[turn] = Pursuit(slim if turn else teacher, *some)
        with torch.autocast("cpu", torch.bfloat16):
            chased = pursuit.step()
            side = chased.shape[-1]
            plain = [disturbed(photos.crop(side, dice), paintings.crop(side, dice), dice) for _ in range(recipe.batch)]
            lesson = ask(teacher, torch.stack((*plain, *chased)))
        if step == 0:
            fit_maps(slim, lesson)
        again = [lessons[dice.below(len(lessons))] for _ in range(recipe.replays if lessons else 0)]
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate(step)
        for each in (*again, lesson):
            with torch.autocast("cpu", torch.bfloat16):
                loss, parts = distil_loss(slim, each, recipe, dice.order(len(each.x)))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(slim.parameters(), 5.0)
            optimiser.step()
        lessons.append(lesson)
        seconds = time.monotonic() - begun
        if step % 10 == 0 or step == recipe.steps - 1:
            say(f"{step} {seconds:.0f}s loss {loss.item():.4f} " + " ".join(f"{k} {v:.4f}" for k, v in parts.items()))
        if state is not None and ((step + 1) % recipe.save_every == 0 or step + 1 == recipe.steps):
            reached = {"slim": slim.state_dict(), "optimiser": optimiser.state_dict()}
            with atomic(state) as beside:
                torch.save({**reached, "step": step + 1, "seconds": seconds}, beside)
    card = {
        "name": "slim",
        "recipe": asdict(recipe),
        "teacher": "vgg16-caffe",
        "teacher_hash": teacher.weights_hash,
        "seconds": round(time.monotonic() - begun),
        "licence": "MIT",
    }
    return export(slim, out, card)
