"""CelebA, for those who have it: its photographs and labels in the form of the drawn faces."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torchvision.datasets import CelebA
from torchvision.transforms import v2

from zmlib.errors import UserError
from zmlib.neighbours.gan.drawing import SIZE
from zmlib.neighbours.gan.factors import Labelled

#: our label -> CelebA's
ATTRIBUTES = {
    "black_hair": "Black_Hair",
    "blond_hair": "Blond_Hair",
    "smile": "Smiling",
    "glasses": "Eyeglasses",
    "male": "Male",
    "young": "Young",
    "wavy_hair": "Wavy_Hair",
    "bangs": "Bangs",
}

#: where the dataset is to be had; its terms allow research only, so that nothing here downloads it
HOME = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
CROP = 178  # pixels: the width of an aligned photograph


class _Found(CelebA):
    """CelebA in a folder that somebody has filled by hand.

    torchvision asks for the hashes of the zip file that it would download; here it is enough that the files are there.
    """

    def _check_integrity(self) -> bool:
        return not missing(Path(self.root))


def missing(root: Path) -> list[str]:
    """What a folder lacks of CelebA, as paths in it."""
    names = [entry[2] for entry in CelebA.file_list if entry[2].endswith(".txt")]
    tables = [f"celeba/{name}" for name in names]
    return [name for name in ["celeba/img_align_celeba", *tables] if not (root / name).exists()]


def read(root: Path, split: str, count: int | None = None, seed: int = 0) -> Labelled:
    """Photographs of a split, cut to their middle square of 178 px and reduced to 64 px.

    Args:
        root: a folder that has `celeba/`, or that folder itself.
        split: "train" or "test", as CelebA's authors divide it.
        count: as many, chosen by the seed; None, or more than there are: all.

    Raises:
        UserError: a file of CelebA is missing.
    """
    root = root.parent if root.name == "celeba" and not (root / "celeba").exists() else root
    if lacking := missing(root):
        raise UserError(
            f"{root} lacks {', '.join(lacking)}: get CelebA (aligned and cropped) from {HOME} and unpack it there, "
            "so that celeba/ has img_align_celeba/ with the photographs and the five tables as .txt."
        )
    cut = v2.Compose([v2.CenterCrop(CROP), v2.Resize(SIZE, antialias=True), v2.PILToTensor()])
    photos = _Found(str(root), split, target_type="attr", transform=cut, download=False)
    columns = [photos.attr_names.index(name) for name in ATTRIBUTES.values()]
    order = torch.randperm(len(photos), generator=torch.Generator().manual_seed(seed))[:count].tolist()
    pictures: list[Tensor] = []
    for index in order:
        try:
            pictures.append(photos[index][0])
        except OSError as error:
            raise UserError(f"{root / 'celeba/img_align_celeba' / photos.filename[index]} cannot be read.") from error
    stacked = torch.stack(pictures) if pictures else torch.empty(0, 3, SIZE, SIZE, dtype=torch.uint8)
    return Labelled(stacked, photos.attr[order][:, columns].bool(), tuple(ATTRIBUTES))
