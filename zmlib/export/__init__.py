"""Networks for other programs: `tnet.onnx` and `pnet.onnx`, which need neither torch nor this package.

The two are apart so that gamma and beta can be kept, mixed or sent elsewhere between them, as `zmlib.affine.Affine`
can. What is in them is made by `zmlib.export.graph`; here they are checked and written.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from zmlib.atomic import atomic, check_folder
from zmlib.data import samples
from zmlib.data.images import to_tensor
from zmlib.errors import UserError
from zmlib.export.graph import affine_names, halve, is_matrix, least_side, pnet_graph, tnet_graph
from zmlib.sources import require_affine
from zmlib.zmnet import ZMNet

PARTS = ("tnet", "pnet")
FILES = tuple(f"{part}.onnx" for part in PARTS)
TOLERANCE = 1e-4  # of a range of 1; a step of 8 bits is 40 times as large
SIZES = ((97, 66), (130, 91))  # width and height of the photos that the check paints: no multiples of 4


def write_onnx(net: ZMNet, folder: str | Path, float16: bool = False) -> float | None:
    """Write `tnet.onnx` and `pnet.onnx` into a folder, which is made if need be. Both appear, after the check, or none.

    Args:
        net: any network whose TNet takes gamma and beta.
        float16: store the weights in half the bytes. They are cast to float32 when the file is loaded, and nothing is
            computed in float16. Weights that `zmlib.save` wrote as float16 lose nothing by it.

    Returns:
        What `difference` measured; None where onnxruntime is not installed.

    Raises:
        UserError: the folder cannot be written, the network has no gamma and beta, onnx or onnxscript is missing, a
            weight is beyond float16, or the files differ from torch.

    Example:
        >>> from pathlib import Path
        >>> import zmlib
        >>> from zmlib.export import write_onnx
        >>> small = zmlib.ZMNet(zmlib.TNetConfig(width=(4, 6, 8), blocks=1)).eval()
        >>> write_onnx(small, "exported") < 1e-4  # the largest difference from torch
        True
        >>> sorted(file.name for file in Path("exported").iterdir())
        ['pnet.onnx', 'tnet.onnx']
    """
    folder = Path(folder)
    check_folder(folder, FILES)
    require_affine(net.kind, of_tnet=True)
    for package in ("onnx", "onnxscript"):
        if find_spec(package) is None:
            raise UserError(f'An export needs {package}, which is not installed: pip install "zmlib[onnx]".')
    models = tnet_graph(net), pnet_graph(net)
    for model in models if float16 else ():
        halve(model)
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as both:
            files = [both.enter_context(atomic(folder / f"{part}.onnx")) for part in PARTS]
            for file, model in zip(files, models, strict=True):
                file.write_bytes(model.SerializeToString(deterministic=True))
            found = difference(rounded(net) if float16 else net, *files)
            if found is not None and not found <= TOLERANCE:  # nor if it is no number
                raise UserError(f"The files differ from torch by {found:.2g} (pixels are 0 to 1): none is kept.")
    except BaseException:
        for place in made:
            with suppress(OSError):  # which leaves alone what another program has put there meanwhile
                place.rmdir()
        raise
    return found


def difference(net: ZMNet, tnet: Path, pnet: Path) -> float | None:
    """The largest difference between what two files and what a network paint: two photos, in two sizes each.

    Returns:
        0 to 1, nan if a file gives no numbers; None where onnxruntime is not installed.
    """
    runtime = _runtime()
    if runtime is None:
        return None
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    painter, reader = (
        runtime.InferenceSession(file.read_bytes(), options, providers=["CPUExecutionProvider"])
        for file in (tnet, pnet)
    )
    names, (given,) = affine_names(net), reader.get_inputs()
    worst = []
    for content, signal in _trials(net):
        affine = reader.run(names, {given.name: signal.numpy()})
        (painted,) = painter.run(None, {"content": content.numpy(), **dict(zip(names, affine, strict=True))})
        with torch.no_grad():  # the networks themselves, in float32, and no faster form of them
            expected = net(content.to(net.device), net.reading.features(signal).to(net.device)).clamp(0, 1).cpu()
        worst.append((torch.from_numpy(painted) - expected).abs().max())
    return float(torch.stack(worst).max())


def rounded(net: ZMNet) -> ZMNet:
    """A copy of a network whose matrices and kernels have the values that float16 leaves of them."""
    net = copy.deepcopy(net)
    kept = {name: x.half().float() if is_matrix(x.shape) else x for name, x in net.state_dict().items()}
    net.load_state_dict(kept)
    return net


def _trials(net: ZMNet) -> Iterator[tuple[Tensor, Tensor]]:
    """Photos (1, 3, H, W) and signals for a batch of one."""
    photos, styles, least = samples.photos(), list(samples.styles().values()), least_side(net.tnet)
    for i, name in enumerate(("chelsea", "coffee")):
        for width, height in SIZES:
            content = to_tensor(photos[name].resize((max(width, least), max(height, least))))
            style = to_tensor(styles[i].resize((height, width)))
            yield content, net.reading.trial(i, style)


def _runtime() -> Any:
    """onnxruntime, which only the check needs; None where it is not installed."""
    try:
        import onnxruntime
    except ImportError:
        return None
    return onnxruntime
