"""Everything that one domain's editing needs, out of one file: G, D, En, the classifier, the attribute vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from zmlib.errors import UserError
from zmlib.neighbours.gan.judging import chances
from zmlib.neighbours.gan.networks import Critic, Generator
from zmlib.neighbours.gan.sets import domain_of, read
from zmlib.neighbours.gan.vectors import Vectors, mean_vectors
from zmlib.neighbours.weights import load_networks, network, save_network

ALL = ("generator", "critic", "encoder", "classifier", "vectors")
MEASURED = 4000  # pictures of the data whose codes give the vectors


@network("gan-vectors")
class Table(nn.Module):
    """Attribute vectors as something that a file of weights can hold."""

    def __init__(self, names: list[str], code: int) -> None:
        super().__init__()
        self.config = {"names": names, "code": code}
        self.vectors = nn.Parameter(torch.zeros(len(names), code), requires_grad=False)


@dataclass(frozen=True)
class Gan:
    """One domain's networks, in evaluation mode.

    Attributes:
        generator, critic, encoder: G, D, En.
        classifier: of the attributes.
        vectors: an attribute vector for each.
        card: what the file says about itself.
    """

    generator: Generator
    critic: Critic
    encoder: Critic
    classifier: Critic
    vectors: Vectors
    card: dict[str, Any]

    @property
    def attributes(self) -> tuple[str, ...]:
        """Their names."""
        return self.vectors.names

    @torch.no_grad()
    def encode(self, x: Tensor) -> Tensor:
        """En(x): codes, (N, 64), of pictures, (N, 3, 64, 64) in [0, 1]."""
        return self.encoder(x)

    @torch.no_grad()
    def generate(self, z: Tensor) -> Tensor:
        """G(z): pictures, (N, 3, 64, 64) in [0, 1], of codes, (N, 64)."""
        return self.generator(z)

    def chances(self, x: Tensor) -> Tensor:
        """The classifier's chance of each attribute, (N, A)."""
        return chances(self.classifier, x)


def load_gan(name_or_path: str | Path = "faces") -> Gan:
    """The networks of a domain: "faces" or "shoes", which ship, or a file that `assemble` wrote.

    Raises:
        UserError: no such weights, or a file that holds other networks.

    Example:
        >>> load_gan("faces").generate(torch.zeros(1, 64)).shape
        torch.Size([1, 3, 64, 64])
    """
    nets, card = load_networks(name_or_path)
    if missing := [name for name in ALL if name not in nets]:
        raise UserError(f"{name_or_path} has no {', '.join(missing)}: make it whole with zmlib gan finish.")
    parts: Mapping[str, Any] = nets
    table = parts["vectors"]
    vectors = Vectors(tuple(table.config["names"]), table.vectors.detach())
    return Gan(parts["generator"], parts["critic"], parts["encoder"], parts["classifier"], vectors, card)


def assemble(encoder: Path, classifier: Path, out: Path, domain: str | Path | None = None) -> Path:
    """Put a domain's networks and the attribute vectors, of `MEASURED` pictures of the data, into one file.

    Args:
        encoder: weights of `train_encoder`, which hold G and D too.
        classifier: weights of `train_classifier`, of the same domain.
        out: the file to write.
        domain: of CelebA its folder; None: the weights' own domain.

    Raises:
        UserError: weights of different domains.
    """
    (nets, card), (judge, about) = load_networks(encoder), load_networks(classifier)
    if card["domain"] != about["domain"]:
        raise UserError(
            f"{encoder} is of {card['domain']}, and {classifier} of {about['domain']}: take two of one domain."
        )
    data = read(domain_of(card, domain), "train", MEASURED)
    with torch.no_grad():
        codes = torch.cat([nets["encoder"](part.float() / 255) for part in data.pictures.split(256)])
    found = mean_vectors(codes, data.labels, data.attributes)
    table = Table(list(found.names), codes.shape[1])
    table.vectors.data.copy_(found.vectors)
    nets = {**nets, "classifier": judge["classifier"], "vectors": table}
    times = {name: card[f"generator_{name}"] for name in ("steps", "seconds")}
    times |= {f"encoder_{name}": card[name] for name in times} | {"classifier_steps": about["steps"]}
    return save_network({name: nets[name] for name in ALL}, out, {**card, **times, "what": "gan"})
