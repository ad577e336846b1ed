"""ZMNet: a TNet and a source of its value, saved to and loaded from one file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from zmlib import adain, concat, fast, pnet, predictor, sources, weights
from zmlib.affine import Affine
from zmlib.device import memory_needed
from zmlib.errors import UserError
from zmlib.signals.histogram import histogram, roots
from zmlib.signals.words import network_signal
from zmlib.tnet import MIN_SIDE, TNet, TNetConfig
from zmlib.whole import whole

FORMAT = "zmlib-1"


def make_source(kind: str, config: TNetConfig, **options: Any) -> nn.Module:
    """A source by name.

    fixed; constant (FST); table (CIN, with styles=); serial-image; parallel-image; serial-vector and parallel-vector
    (with inputs=); concat-image (the twin that concatenates, whose value is `zmlib.concat.Maps`); adain-image and
    predictor-image (two published methods, small: `zmlib.adain`, `zmlib.predictor`).
    """
    spec = config.spec
    makers: dict[str, Any] = {
        "fixed": lambda: sources.Fixed(spec),
        "constant": lambda: sources.Constant(spec),
        "table": lambda: sources.Table(spec, **options),
        "serial-image": lambda: pnet.SerialImagePNet(config),
        "serial-vector": lambda: pnet.SerialVectorPNet(spec, **options),
        "parallel-image": lambda: pnet.ParallelImagePNet(spec, **options),
        "parallel-vector": lambda: pnet.ParallelVectorPNet(spec, **options),
        "concat-image": lambda: concat.ConcatPNet(config),
        "adain-image": adain.Statistics,
        "predictor-image": lambda: predictor.StylePredictor(spec, **options),
    }
    if kind not in makers:
        raise ValueError(f"source must be one of {', '.join(makers)}, not {kind!r}")
    return makers[kind]()


class ZMNet(nn.Module):
    """An image-transformation network and the source of its gamma and beta.

    Attributes:
        tnet: content and value to image.
        source: signal to value.
        card: what is known of the weights: recipe, steps, loss, data, ... (empty for a new network).
    """

    def __init__(self, config: TNetConfig | None = None, source: str = "serial-image", **options: Any) -> None:
        super().__init__()
        self.config = config or TNetConfig()
        self.kind, self.options = source, options
        nets = {"concat-image": concat.ConcatTNet, "adain-image": adain.AdaINNet}  # of all others it is TNet
        self.tnet: Any = nets.get(source, TNet)(self.config)
        self.source = make_source(source, self.config, **options)
        self.card: dict[str, Any] = {}

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    @property
    def reads_colours(self) -> bool:
        """Whether it was trained on colour histograms."""
        return self.card.get("reads") == "colours"

    @property
    def wants(self) -> str:
        """What guides this network, for people."""
        if self.kind.endswith("image"):
            return "pictures, (N, 3, h, w) in [0, 1]"
        if self.kind.endswith("vector"):
            vectors = f"vectors, (N, {self.options['inputs']})"
            if self.reads_colours:
                return f"the colours of pictures, (N, 3, h, w) in [0, 1], or their histograms, as {vectors}"
            return f'words, such as "night", or their {vectors}' if "words" in self.card else vectors
        return "the numbers of its styles, (N,) whole numbers" if self.kind == "table" else "nothing: it has one style"

    def encode(self, signal: Tensor | str | Sequence[str]) -> Affine:
        """The value of guiding signals.

        Args:
            signal: for a network guided by images (N, 3, h, w) in [0, 1] or uint8, 32 px or more a side; for vectors
                (N, D); for one that was trained on words also a word or N of them, on colours also images; for a table
                (N,) whole numbers.

        Returns:
            The value of N signals; keep it to stylise any number of pictures (Table 1: "0.015 s after that").

        Raises:
            UserError: a signal of another kind than the network was trained on, or an unknown word.
        """
        if not isinstance(signal, Tensor):
            words = [signal] if isinstance(signal, str) else signal
            if not (isinstance(words, (list, tuple)) and words and all(isinstance(word, str) for word in words)):
                raise UserError(f"A signal is a tensor, or words, and this is a {type(signal).__name__}.")
            if "words" not in self.card:
                raise UserError(f"This network is guided by {self.wants}, and it was given words.")
            signal = network_signal(words, self.card["words"])
        if self.reads_colours and signal.dim() == 4:
            check_images("signal", signal)
            signal = histogram(as_float(signal))
        if self.kind.endswith("image"):
            check_images("signal", signal)
        elif self.kind.endswith("vector") and (signal.dim() != 2 or signal.shape[1] != self.options["inputs"]):
            raise UserError(f"This network is guided by {self.wants}, and it was given {tuple(signal.shape)}.")
        signal = (roots(signal) if self.reads_colours else signal).to(self.device)
        if fast.can_encode(self.source, signal):
            return fast.encode(cast(pnet.SerialImagePNet, self.source), signal)
        return self.source(as_float(signal) if signal.dim() == 4 else signal)

    def stylize(self, content: Tensor, value: Affine) -> Tensor:
        """Transform pictures of any size from 32 px up.

        On a processor, where no gradient is wanted, by the fast path (`zmlib.fast`): what TNet gives, up to rounding.

        Args:
            content: (N, 3, H, W) in [0, 1], or uint8.
            value: for N signals, or for one.

        Returns:
            (N, 3, H, W) in [0, 1], float32; or uint8 if content is.

        Raises:
            UserError: a picture of another shape or range, or too small.
        """
        check_images("content", content)
        content, value = content.to(self.device), value.to(self.device)
        if fast.can_stylize(self.tnet, content, value):
            return fast.stylize(self.tnet, content, value)
        output = self.tnet(as_float(content), value).clamp(0, 1)
        return output if content.is_floating_point() else output.mul(255).round().to(torch.uint8)

    def memory_needed(self, size: tuple[int, int], *, regions: bool = False) -> int:
        """About how many bytes `stylize` takes for a picture of (width, height); regions: the value has some."""
        quick = fast.able(self.tnet) and not regions
        return (fast.memory_needed if quick else memory_needed)(size, self.config.width[0])

    def forward(self, content: Tensor, signal: Tensor) -> Tensor:
        """Training's path: (N, 3, H, W) and signals to (N, 3, H, W), not clamped and not checked."""
        return self.tnet(content, self.source(signal))


def as_float(images: Tensor) -> Tensor:
    """Pictures in [0, 1]: uint8 ones divided by 255, others as they are."""
    return images if images.is_floating_point() else images / 255


def check_images(what: str, images: Tensor) -> None:
    """Raise a UserError unless images is (N, 3, H, W), H and W at least 32, float in [0, 1] or uint8."""
    known = images.is_floating_point() or images.dtype == torch.uint8
    if images.dim() != 4 or images.shape[1] != 3 or not known:
        raise UserError(
            f"{what} must be a float tensor of shape (N, 3, H, W), got {tuple(images.shape)} {images.dtype}; "
            "add the batch axis, or convert it with zmlib.data.images.to_tensor"
        )
    if min(images.shape[-2:]) < MIN_SIDE:
        raise UserError(
            f"{what} is {images.shape[-1]} x {images.shape[-2]} pixels; "
            f"give a picture of at least {MIN_SIDE} x {MIN_SIDE}"
        )
    if images.dtype == torch.uint8:
        return
    low, high = images.aminmax()
    if not (low >= -1e-3 and high <= 1 + 1e-3):
        raise UserError(f"{what} must lie in [0, 1], got {low:.3g} to {high:.3g}; divide 8-bit values by 255")


def weights_hash(model: nn.Module) -> str:
    """SHA-256, in hex, over the names, types and bytes of all weights."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        tensor = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def available() -> dict[str, Path]:
    """Names and files of the weights that ship with the package."""
    return {name: entry.file for name, entry in weights.registry().items()}


def save(model: ZMNet, path: str | Path, card: dict[str, Any], dtype: torch.dtype = torch.float16) -> Path:
    """Write the weights as safetensors (float16 unless told otherwise) with structure and card inside.

    Where the card names shipped weights as "tnet", TNet is theirs, and the file holds the source alone. The file
    appears whole.

    Raises:
        ValueError: the card names weights with another TNet.
    """
    path = Path(path)
    header = {
        "format": FORMAT,
        "config": json.dumps(model.config.as_dict()),
        "source": model.kind,
        "options": json.dumps(model.options),
        "card": json.dumps(card),
    }
    statistics = {name for name, _ in model.named_buffers()}  # squares among them: beyond float16's range
    tensors = {
        name: tensor.detach().to("cpu", torch.float32 if name in statistics else dtype).contiguous()
        for name, tensor in model.state_dict().items()
    }
    if card.get("tnet"):
        for name, tensor in _shared(card["tnet"]).items():
            if name not in tensors or not torch.equal(tensors.pop(name).float(), tensor.to(dtype).float()):
                raise ValueError(f"{name} is not that of {card['tnet']}, whose TNet the card names")
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as beside:
        save_file(tensors, beside, metadata=header)
    return path


def load(name_or_path: str | Path = "styles", device: str | torch.device = "cpu") -> ZMNet:
    """A trained ZM-Net, by the name of shipped weights or from a .safetensors file that `save` wrote.

    Raises:
        UserError: no such name or file, another format (pickled .pt files are refused: they can run code), a damaged
            file, or one under a shipped name whose SHA-256 is not the registry's.
    """
    path, header, tensors = _read(name_or_path)
    try:
        model = ZMNet(TNetConfig(**json.loads(header["config"])), header["source"], **json.loads(header["options"]))
        model.card = json.loads(header["card"])
        if model.card.get("tnet"):
            tensors |= _shared(model.card["tnet"])
        model.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"{path} does not hold the network that its own header describes; export it again") from error
    return model.to(device).eval().requires_grad_(False)


def _read(name_or_path: str | Path) -> tuple[Path, dict[str, str], dict[str, Tensor]]:
    """The file that `load` means, its header and its tensors in float32; UserErrors as there."""
    shipped = available()
    path = shipped.get(str(name_or_path), Path(name_or_path))
    weights.check(path)
    if not path.is_file():
        known = ", ".join(shipped) or "none"
        raise UserError(
            f"no weights named {name_or_path!s}: give a .safetensors file, or one of the shipped names ({known})"
        )
    if path.suffix != ".safetensors":
        raise UserError(
            f"{path} is not a .safetensors file, and no other format is loaded: pickled weights can run code"
        )
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118 (safe_open is no dict)
    except (SafetensorError, OSError) as error:
        raise UserError(
            f"{path} cannot be read as safetensors ({error}); it may be damaged: copy or export it again"
        ) from error
    if header.get("format") != FORMAT:
        raise UserError(
            f"{path} holds no ZM-Net of this program (format {header.get('format')!r}, wanted {FORMAT!r}); "
            "export it with zmlib.save"
        )
    return path, header, tensors


def _shared(name: str) -> dict[str, Tensor]:
    """TNet's weights out of shipped ones, by their names in the whole network."""
    return {key: tensor for key, tensor in _read(name)[2].items() if key.startswith("tnet.")}
