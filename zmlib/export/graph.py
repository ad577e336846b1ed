"""The two halves of a network as ONNX graphs: the TNet, and the source of its gamma and beta.

Sizes and batch stay free. gamma and beta have the names of the normalisations, `gamma_conv1`, `beta_conv1`, ..., as
inputs of the one graph and as outputs of the other.
"""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.export import Dim

from zmlib.affine import Affine
from zmlib.errors import UserError
from zmlib.layers import EPS, upsample
from zmlib.tnet import MIN_SIDE, TNet, to_image
from zmlib.weights import weights_hash
from zmlib.zmnet import ZMNet

FORMAT = "zmlib-onnx-1"
OPSET = 18  # enough for reflection, instance normalisation and resizing
LARGEST = float(np.finfo(np.float16).max)


class Painter(nn.Module):
    """`TNet.forward` and the clamp of `ZMNet.stylize`, written so that no step depends on a size or a batch.

    The edges are reflected once, for which a picture must have `least_side` pixels, and equation 3 is torch's own
    instance normalisation, which ONNX has too. Affine parameters of one row serve all pictures, by broadcasting.
    """

    def __init__(self, tnet: TNet) -> None:
        super().__init__()
        self.tnet = tnet

    def forward(self, content: Tensor, affine: Sequence[Tensor]) -> Tensor:
        """Paint.

        content: (N, 3, H, W) in [0, 1]. affine: gamma, beta, gamma, ..., (N, C) or (1, C) each. Returns the shape of
        content, in [0, 1].
        """
        config, net = self.tnet.config, self.tnet.trunk
        height, width = content.shape[-2:]

        def norm(x: Tensor, i: int) -> Tensor:
            last = i == len(self.tnet.spec)  # the reading "static-last": a constant of the network's own
            gamma, beta = (self.tnet.last_gamma, self.tnet.last_beta) if last else affine[2 * i : 2 * i + 2]
            return torch.addcmul(beta[:, :, None, None], F.instance_norm(x, eps=EPS), gamma[:, :, None, None])

        border = _border(self.tnet)
        x = F.pad(content, (border, border + -width % 4, border, border + -height % 4), mode="reflect")
        for i, layer in enumerate((net.conv1, net.conv2, net.conv3)):
            x = F.relu(norm(layer(x), i))
        for i, (first, second) in enumerate(net.pairs()):
            y = norm(second(F.relu(norm(first(x), 3 + 2 * i))), 4 + 2 * i)
            x = (x[..., 2:-2, 2:-2] if border else x) + y
        for i, layer in enumerate((net.up1, net.up2), 3 + 2 * config.blocks):
            x = F.relu(norm(layer(upsample(x, config.upsampling)), i))
        return to_image(self.tnet.out(x))[..., :height, :width].clamp(0, 1)


class Reader(nn.Module):
    """A network's source, reading what `wants` says."""

    def __init__(self, net: ZMNet) -> None:
        super().__init__()
        self.source, self.reading = net.source, net.reading

    def forward(self, signal: Tensor) -> tuple[Tensor, ...]:
        """Read N signals. Returns gamma, beta, gamma, ..., (N, C) each."""
        return tuple(pairs(self.source(self.reading.features(signal))))


def tnet_graph(net: ZMNet) -> Any:
    """The TNet of a network, in float32, as `onnx.ModelProto` with metadata. The network is left as it is.

    net: one that `zmlib.sources.require_affine` lets pass.
    """
    net = copy.deepcopy(net).cpu().eval().requires_grad_(False)
    least = least_side(net.tnet)
    batch, height, width = Dim("batch"), Dim("height", min=least), Dim("width", min=least)
    affine = pairs(Affine.identity(net.tnet.spec, 2))
    sizes: Any = {"content": {0: batch, 2: height, 3: width}, "affine": [{0: batch} for _ in affine]}
    example = torch.zeros(2, 3, least + 5, least + 18), affine
    model = _traced(Painter(net.tnet), example, sizes, ["content", *affine_names(net)], ["picture"])
    for given in model.graph.input[1:]:
        given.type.tensor_type.shape.dim[0].dim_param = "styles"  # the batch, or 1, which ONNX repeats by itself
    model.graph.output[0].type.CopyFrom(model.graph.input[0].type)  # the exporter has a formula for the same sizes
    text = "paints `content`, RGB in [0, 1], by gamma and beta of pnet.onnx (of as many signals, or of one)"
    return _described(model, net, "tnet", f"TNet: {text}; {least} px or more a side.", least)


def pnet_graph(net: ZMNet) -> Any:
    """The source of gamma and beta of a network, in the same form."""
    net = copy.deepcopy(net).cpu().eval().requires_grad_(False)
    reading = net.reading
    example = torch.cat([reading.trial(i, torch.zeros(1, 3, 45, 58)) for i in range(2)])
    size: dict[int, Any] = {0: Dim("batch")}
    if reading.is_picture:
        size |= {2: Dim("h", min=MIN_SIDE), 3: Dim("w", min=MIN_SIDE)}
    model = _traced(Reader(net), (example,), {"signal": size}, [reading.port], affine_names(net))
    return _described(model, net, "pnet", f"The source of gamma and beta of tnet.onnx. {reading.exported}.", MIN_SIDE)


def pairs(affine: Affine) -> list[Tensor]:
    """gamma and beta in the order of `affine_names`, (N, C) each."""
    return [part for both in zip(affine.gamma, affine.beta, strict=True) for part in both]


def affine_names(net: ZMNet) -> list[str]:
    """gamma_conv1, beta_conv1, gamma_conv2, ...: what the graphs call the affine parameters."""
    return [f"{part}_{norm.name}" for norm in net.tnet.spec for part in ("gamma", "beta")]


def least_side(tnet: TNet) -> int:
    """The smallest height and width in pixels that an exported TNet paints, which reflects the edges only once."""
    return max(MIN_SIDE, _border(tnet) + 4)


def halve(model: Any) -> None:
    """Store the matrices and kernels of an `onnx.ModelProto` as float16, each followed by a cast to float32; in place.

    Vectors stay: biases, which weigh nothing, and running statistics, which float16 might not hold.

    Raises:
        UserError: a weight is beyond float16.
    """
    import onnx

    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or not is_matrix(tensor.dims):
            continue
        name, array = tensor.name, onnx.numpy_helper.to_array(tensor)
        if not np.abs(array).max(initial=0) <= LARGEST:
            raise UserError(f"{name} has a weight beyond {LARGEST:g}, the largest of float16: leave out --float16.")
        tensor.CopyFrom(onnx.numpy_helper.from_array(array.astype(np.float16), f"{name}.float16"))
        casts.append(onnx.helper.make_node("Cast", [tensor.name], [name], f"{name}.cast", to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    next(entry for entry in model.metadata_props if entry.key == "weights").value = "float16, cast to float32"


def is_matrix(shape: Sequence[int]) -> bool:
    """Whether it is the shape of a matrix or a kernel, and not of a vector with axes of length 1 added."""
    return sum(side > 1 for side in shape) > 1


def _border(tnet: TNet) -> int:
    """The pixels that "valid" convolutions eat on each side."""
    return 8 * tnet.config.blocks if tnet.config.padding == "valid" else 0


def _traced(module: nn.Module, example: Any, sizes: Any, inputs: list[str], outputs: list[str]) -> Any:
    """A module as `onnx.ModelProto`, with nothing in it of the machine that traced it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch about itself
        program = torch.onnx.export(
            module.eval(),
            example,
            dynamo=True,
            dynamic_shapes=sizes,
            input_names=inputs,
            output_names=outputs,
            opset_version=OPSET,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    graph = model.graph
    # For each node the exporter keeps lines of source with their paths, and inferred shapes, which hold for N rows and
    # not for one.
    del graph.value_info[:], graph.metadata_props[:]
    for part in (*graph.node, *graph.initializer, *graph.input, *graph.output):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    return model


def _described(model: Any, net: ZMNet, part: str, text: str, least: int) -> Any:
    """The model with doc strings, and metadata that says what the weights are."""
    from zmlib import __version__

    card = net.card
    known = {
        "format": FORMAT,
        "part": part,
        "zmlib": __version__,
        "weights_sha256": weights_hash(net),
        "weights": "float32",
        "source": net.kind,
        "recipe": str(card.get("recipe", "not stated")),
        "licence": str(card.get("licence", "not stated")),
        "wants": net.reading.exported,
        "least_side": str(least),
        "tnet": json.dumps(net.config.as_dict()),
    }
    if "words" in card:
        known["words"] = json.dumps(card["words"]["trained"])
    del model.metadata_props[:]
    for key, entry in known.items():
        model.metadata_props.add(key=key, value=entry)
    model.producer_name, model.producer_version, model.domain = "zmlib", __version__, "zmlib"
    model.doc_string = f"ZM-Net, weights {known['recipe']}. {text}"
    model.graph.name, model.graph.doc_string = part, text
    for given in (*model.graph.input, *model.graph.output):
        given.doc_string = _meaning(given.name, net)
    return model


def _meaning(name: str, net: ZMNet) -> str:
    if name in ("content", "picture"):
        return "RGB, (N, 3, H, W), 0 to 1"
    if name == net.reading.port:
        return net.reading.exported
    what, norm = name.split("_", 1)
    return f"{what} of the normalisation {norm}, (N, C)"
