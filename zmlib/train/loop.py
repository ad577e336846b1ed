"""The training of every source of gamma and beta: what one step of it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from zmlib.device import memory_free
from zmlib.errors import UserError
from zmlib.perceptual import TERMS, LossNetwork, loss_network
from zmlib.pnet import Level, PNet, Standardise, start_at_mean
from zmlib.train.crops import Bank, photo_crop, style_crop
from zmlib.train.objective import colour_parts, loss_parts, own_colours
from zmlib.train.recipe import Phase, Recipe
from zmlib.train.running import Running
from zmlib.train.settings import Settings
from zmlib.train.state import WEIGHTS, final_loss, fingerprint, pictures_hash
from zmlib.train.tags import Tags
from zmlib.weights import SNAPSHOTS, available, load, save
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from lightning.fabric import Fabric  # seconds, which only a training is worth: `start` imports it

PASSES, CROPS = 32, 8  # over which psi's statistics are measured for an export
MANY = 20_000  # crops; of more than that most are drawn once


def first_network(recipe: Recipe, begin: ZMNet | None) -> ZMNet:
    """The recipe's network before its first step: random weights, and what it can take from the one to begin from.

    Of a network with another source that is TNet and, for a PNet, the mean affine parameters that it produced.

    Raises:
        UserError: a TNet of another structure.
    """
    model = ZMNet(recipe.config, recipe.source, **recipe.options)
    if begin is None:
        return model
    if begin.config != recipe.config or type(begin.tnet) is not type(model.tnet):
        raise UserError("the weights to start from belong to a network of another structure than the recipe's")
    if (begin.kind, begin.options) == (recipe.source, recipe.options):
        model.load_state_dict(begin.state_dict())
        return model
    model.tnet.load_state_dict(begin.tnet.state_dict())
    if isinstance(begin.source, PNet) and isinstance(model.source, PNet):
        start_at_mean(model.source, begin.source)
    return model


class Trainer(Running):
    """A network in training. `run` trains it from wherever it stands to the end.

    Args:
        recipe: what to do.
        photos, styles: the picture files.
        out: the folder for resume file, CSV and weights.
        fabric: device, precision and number of processes.
        settings: `seed`, `start`, `name`, `snapshots`, `store` and `save_every` are used here; the rest is for `train`.
        network: the loss network; None loads the recipe's.
        tags: the words of the style pictures, for a source that reads words.
        left_out: how many pictures were damaged, for the card.

    Raises:
        UserError: weights to start from that are missing or of another structure, or a missing loss network.
    """

    LOSSES = ("loss", "style", "content")
    LOWER = "lower --batch or --size, or train with --device cpu"

    def __init__(
        self,
        recipe: Recipe,
        photos: list[Path],
        styles: list[Path],
        out: Path,
        fabric: Fabric,
        settings: Settings | None = None,
        *,
        network: LossNetwork | None = None,
        tags: Tags | None = None,
        left_out: int = 0,
    ) -> None:
        super().__init__(out, recipe.steps, fabric, settings or Settings(), recipe.loss_network)
        self.photos, self.styles, self.tags, self.left_out = photos, styles, tags, left_out
        self.seed = self.settings.seed
        start = recipe.start if self.settings.start is None else self.settings.start
        if recipe.trains == "pnet" and start is None:
            raise UserError(
                f"{self.settings.name} trains PNet alone: give --start the weights whose TNet it is to guide."
            )
        begin = load(start) if start is not None else None
        # Where TNet stays that of shipped weights, the exported file names those and holds the source alone.
        self.shared = str(start) if recipe.trains == "pnet" and str(start) in available() else None
        self.network = (network or loss_network(recipe.loss_network)).to(fabric.device)
        self.label = self.network.name
        self.recipe = recipe = replace(recipe, loss_network=self.label)  # which one "auto" is
        torch.manual_seed(self.seed)  # the first weights; nothing later draws from torch's generator
        model = first_network(recipe, begin)
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        model.tnet.requires_grad_(recipe.trains == "all")
        optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=recipe.rate)
        self.model, self.optimiser = fabric.setup(model, optimiser)
        averaging = get_ema_multi_avg_fn(recipe.averaging)
        self.mean = AveragedModel(model, multi_avg_fn=averaging) if recipe.averaging else None
        self.model.train()
        self.before = {key: (begin.card.get(key) or 0) if begin is not None else 0 for key in ("steps", "seconds")}
        machine = f"{fabric.strategy.precision.precision} on {fabric.world_size} {fabric.device.type}"
        machine += f", {tags}" if tags else ""
        self.key = fingerprint(recipe, self.seed, machine, begin)
        self.pictures = {"photos": pictures_hash(photos), "styles": pictures_hash(styles)}
        self._phase: Phase | None = None

    def parts(self) -> dict[str, Any]:
        """Network, optimiser and average; crops and batches are functions of (seed, step) alone."""
        return {
            "model": self.model.module.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "mean": self.mean.state_dict() if self.mean else None,
        }

    def put_back(self, parts: dict[str, Any]) -> None:
        """Continue from what `parts` gave."""
        if parts["pictures"] != self.pictures:
            now = {"photos": len(self.photos), "styles": len(set(self.styles))}
            self.history = [*self.history, {"from_step": self.step, **now}]
        self.model.module.load_state_dict(parts["model"])
        self.optimiser.load_state_dict(parts["optimiser"])
        if self.mean:
            self.mean.load_state_dict(parts["mean"])

    @property
    def batch_size(self) -> int:
        """Pictures in the step to come, of one process."""
        return self.recipe.phase_at(self.step).batch

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        return self.recipe.rate_at(self.step - 1)

    def step_size(self) -> str:
        """How large a step is, for people."""
        return f"{super().step_size()} and {self.recipe.phase_at(self.step).size} pixels"

    @torch.no_grad()
    def best(self) -> ZMNet:
        """The network to use: the average of the weights where the recipe keeps one.

        The average's psi is not the trained network's, whose statistics it was given: they may be orders of magnitude
        apart while psi grows. So they are measured anew, on style crops of this phase.
        """
        net = cast(ZMNet, self.mean.module if self.mean else self.model.module)
        if self.mean:
            for kind in (Level, Standardise):  # maps first: psi is taken of levelled ones
                self._measure([module for module in net.source.modules() if isinstance(module, kind)], net)
        return net

    def _measure(self, norms: list[Any], net: ZMNet) -> None:
        """Measure the statistics of these modules anew, the others' held."""
        if not norms:
            return
        _, styles = self.banks(self.recipe.phase_at(self.step - 1))
        rng = np.random.default_rng([self.seed, 4])
        net.source.eval()
        for norm in norms:
            norm.count.zero_()
            norm.train()
        for _ in range(PASSES):
            ids = self.tags.draw(rng, styles.limit, CROPS) if self.tags else rng.integers(styles.limit, size=CROPS)
            crops = torch.stack([styles.crop(i) for i in ids.tolist()]).to(self.fabric.device, torch.float32) / 255
            with self.fabric.autocast():
                net.source(self.signal(crops, ids))
        net.source.eval()

    def banks(self, phase: Phase) -> tuple[Bank, Bank]:
        """Crops and their measurements at this phase's size (kept until the size changes)."""
        if self._phase is None or self._phase.size != phase.size:
            r, n = self.recipe, len(self.styles)
            single = r.style_crops in ("whole", "fixed") and r.photo_styles == 0  # one crop of each style picture
            make: Callable[..., Bank] = partial(
                Bank,
                network=self.network,
                autocast=self.fabric.autocast,
                device=self.fabric.device,
                content_layer=r.content_layer,
                style_layers=r.style_layers,
                # Measuring sixteen at once pays on a GPU, if the other fifteen will be drawn too.
                chunk=16 if self.fabric.device.type == "cuda" and max(r.contents, r.styles) <= MANY else 1,
                budget=(self.settings.store or memory_free(torch.device("cpu")) // 2) // 2,
            )
            self._contents = make(partial(photo_crop, self.photos, self.seed, size=phase.size), limit=r.contents)
            crop = partial(style_crop, self.styles, self.photos, r, self.seed, size=r.style_size or phase.size)
            most = max(r.styles, n) if self.tags else r.styles  # of every word each picture
            self._styles = make(crop, limit=n if single else most, keep_content=False)
        self._phase = phase
        return self._contents, self._styles

    def batch(self, phase: Phase) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the content and style crops of this step and process."""
        contents, styles = self.banks(phase)
        rng = np.random.default_rng([self.seed, 3, self.step, self.fabric.global_rank])
        content = rng.integers(contents.limit, size=phase.batch)
        count = 1 if self.recipe.one_style else phase.batch
        style = self.tags.draw(rng, styles.limit, count) if self.tags else rng.integers(styles.limit, size=count)
        return content, np.resize(style, phase.batch)

    def signal(self, styles: Tensor, indices: np.ndarray) -> Tensor:
        """What the source reads of the style crops: themselves, their numbers, their words, their colours."""
        if self.tags:
            return self.tags.signals(indices).to(styles.device)
        return self.recipe.reading.of_styles(styles, torch.as_tensor(indices, device=styles.device))

    def train_step(self) -> Tensor:
        """One optimiser step. Returns (3,): loss, its style and its content part, on the device (no wait for it)."""
        phase = self.recipe.phase_at(self.step)
        content_ids, style_ids = self.batch(phase)
        contents, styles = self.banks(phase)
        content, content_measured = contents.draw(content_ids.tolist())
        style, style_measured = styles.draw(style_ids.tolist())
        if self.recipe.objective == "colours":
            style = own_colours(style, content)
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate_at(self.step)
        self.optimiser.zero_grad(set_to_none=True)
        output = self.model(content, self.signal(style, style_ids))
        with self.fabric.autocast():
            measured = self.network.measure(output, self.recipe.style_layers, self.recipe.content_layer)
        if self.recipe.objective == "colours":
            s, c = colour_parts(self.recipe, output, style, measured, content_measured)
        else:
            s, c = loss_parts(self.recipe, self.network, measured, style_measured, content_measured)
        loss = (s + c).mean()
        for name, term in TERMS.items():
            if weight := self.recipe.terms.get(name):
                loss = loss + weight * term(output, content, style).mean()
        self.fabric.backward(loss)
        if self.recipe.clip is not None:
            self.fabric.clip_gradients(self.model, self.optimiser, max_norm=self.recipe.clip, error_if_nonfinite=False)
        with self.stepping():
            self.optimiser.step()
            if self.mean:
                self.mean.update_parameters(self.model.module)
        return torch.stack([loss, s.mean(), c.mean()]).detach()

    def export(self, file: Path | None = None) -> Path:
        """Write `best`, as the weights of this run or into another file."""
        file, best = file or self.out / WEIGHTS, self.best()  # the statistics are of all processes
        return save(best, file, self.card()) if self.fabric.is_global_zero else file

    def snapshot(self) -> None:
        """Export the weights as they are now, named by the step, for a curve against steps."""
        self.export(self.out / SNAPSHOTS / f"{self.step:06d}.safetensors")

    def card(self) -> dict[str, Any]:
        """What the exported file says about itself."""
        sizes = ", ".join(f"{phase.batch} of {phase.size} px" for phase in self.recipe.phases)
        sure = {
            "recipe": self.settings.name,
            "crops": f"{sizes}; styles: {self.recipe.style_crops}, {self.recipe.style_size or 'the same size'}",
            "about": self.recipe.about,
            "reads": self.recipe.reading.name,
            "steps": self.before["steps"] + self.step,
            "seconds": self.before["seconds"] + round(self.seconds),
            "steps_before": self.before["steps"],  # those of the weights that this run began with
            "final_loss": final_loss(self.out),
            "device": str(self.fabric.device.type),
            "photos": len(self.photos),
            "styles": len(set(self.styles)),
            "loss_network": self.network.name,
            "loss_network_sha256": self.network.weights_hash,
            "seed": self.seed,
            "licence": "MIT; what the pictures' licences allow is for the trainer to know",
            "settings": self.key,
        }
        perhaps = {
            "guides": self.recipe.start if self.recipe.trains == "pnet" else None,
            "words": self.tags.card() if self.tags else None,
            "left_out": self.left_out,
            "pictures_changed": self.history,
            "tnet": self.shared,
        }
        return sure | {name: value for name, value in perhaps.items() if value}
