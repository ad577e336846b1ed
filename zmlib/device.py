"""This machine: which device to use, what the processor can do, and whether a picture fits into memory."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import torch

from zmlib.errors import UserError

# The most memory that an eager TNet pass takes, in full-size float32 maps of its first width: 7.9 were measured on a
# CPU with the paper's width, from 512 to 2048 pixels, and 8.1 with regions. The fast path has its own (`zmlib.fast`).
MAPS = 9
# Owns the declarations of `declare_missing_operators`: they vanish with it, so it lives as long as the process.
_library: torch.library.Library | None = None


def choose_device(name: str | torch.device = "auto") -> torch.device:
    """The device of that name: "cpu", "cuda", "cuda:1", "mps", or "auto" for the best that is there.

    Raises:
        UserError: no such device here.
    """
    if str(name) == "auto":
        mps = "mps" if torch.backends.mps.is_available() else "cpu"
        return torch.device("cuda" if torch.cuda.is_available() else mps)
    try:
        device = torch.device(name)
    except RuntimeError:
        device = torch.device("meta")
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there.get(device.type, False):
        best = choose_device("auto")
        raise UserError(f'There is no device "{name}" that this torch can use; leave the option out or take "{best}".')
    return device


def memory_needed(size: tuple[int, int], channels: int) -> int:
    """About how many bytes one eager pass of a TNet takes.

    Args:
        size: the picture's (width, height).
        channels: of the TNet's first layer, 32 at the paper's width; a megapixel then takes 1.2 GB.
    """
    return size[0] * size[1] * channels * 4 * MAPS


def memory_free(device: torch.device) -> int:
    """Bytes that are free on that device, without swap."""
    if device.type == "cuda":
        # What torch has reserved and does not use is free for it to use again.
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + kept
    return int(psutil.virtual_memory().available)


def require_memory(
    size: tuple[int, int],
    needed: Callable[[tuple[int, int]], int],
    device: torch.device,
    option: str | None = "size",
    coarser: Callable[[int], int] | None = None,
) -> None:
    """Check before a long wait that a picture fits.

    Args:
        size: the picture's (width, height). needed: the bytes that a size takes, such as `ZMNet.memory_needed`.
        option: what makes it smaller, see `in_words`.
        coarser: the bytes that it takes at this size where nothing above a short side is painted (option `finest`).

    Raises:
        UserError: it does not; the sentence names a size, and a finest one, that would.
    """
    need, free = needed(size), memory_free(device)
    if need <= free:
        return

    def largest(fits: Callable[[int], bool]) -> int | None:
        return next((short for short in range(min(size) // 32 * 32, 31, -32) if fits(short)), None)

    short = largest(lambda s: needed((size[0] * s // min(size), size[1] * s // min(size))) <= 0.8 * free)
    finest = None if coarser is None else largest(lambda s: coarser(s) <= 0.8 * free)
    what = f"needs about {need / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB is free"
    raise UserError(_too_large(size, what, option, short or 32, finest))


@contextmanager
def memory_errors(size: tuple[int, int], option: str = "size") -> Iterator[None]:
    """Turn torch's "out of memory" errors into a `UserError` that says what to do. option: of `in_words`."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        short = max(32, int(min(size) * 0.4**0.5) // 32 * 32)
        finest = short if option == "size" else None
        raise UserError(_too_large(size, "does not fit into memory", option, short, finest)) from error


def out_of_memory(error: Exception) -> bool:
    """Whether memory ran out, by the type of the error or by what the CPU's and Apple's allocators say."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return any(words in str(error) for words in ("allocate memory", "out of memory"))


def in_words(option: str | None, value: int) -> str:
    """How an option is given in Python and on the command line; None: "another size", by a control of an app."""
    return "another size" if option is None else f"{option}={value} (--{option.replace('_', '-')} {value})"


def _too_large(size: tuple[int, int], what: str, option: str | None, short: int, finest: int | None) -> str:
    other = "" if finest is None else f", or paint only its coarser sizes with {in_words('finest', finest)}"
    return f"A picture of {size[0]} x {size[1]} pixels {what}: make it smaller with {in_words(option, short)}{other}."


@cache
def has_bf16(device: str = "cpu") -> bool:
    """Whether a device computes in bfloat16: "cpu", "cuda" or "cuda:1"; nothing is known of others.

    A processor without the instructions for it emulates bfloat16, which is slow.
    """
    if device.startswith("cuda"):
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    return (
        device == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and torch.cpu._is_avx512_bf16_supported()
    )


def pick_precision(precision: str, device: str) -> str:
    """ "bf16-mixed" where `has_bf16`, else "32-true"; a precision other than "auto" stays.

    device: as Lightning names it: "auto", "cpu", "cuda", "gpu" or "mps".
    """
    if precision != "auto":
        return precision
    if device in ("auto", "gpu"):
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return "bf16-mixed" if has_bf16(device) else "32-true"


def device_name(device: torch.device) -> str:
    """What a device is called, as far as the system tells it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    ask = getattr(torch.cpu, "get_capabilities", None)  # older releases of torch do not have it
    known = ask() if ask else {}
    return str(known.get("cpu_name") or platform.processor() or platform.machine())


def declare_missing_operators() -> None:
    """Let torchvision import on a torch that was built without CUDA.

    Torchvision's wheel from PyPI is linked to CUDA. With a CPU-only torch its compiled operators do not load, and
    `import torchvision` (by Lightning, through torchmetrics) then raises "operator torchvision::nms does not exist",
    although nothing here needs it. Declaring the two missing schemas first cures that. Where the compiled operators
    load, nothing is declared: the two would collide.
    """
    global _library
    spec = importlib.util.find_spec("torchvision")
    if _library is not None or torch.version.cuda is not None or spec is None or spec.origin is None:
        return
    for compiled in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(str(compiled))
            return
        except OSError:  # linked to a CUDA that is not here
            continue
    _library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        _library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
