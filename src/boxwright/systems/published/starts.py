"""Weights that can be named: where they are published, and how a file is known to be the one."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from boxwright.errors import ConfigError, DataError, unknown_name
from boxwright.models.download import download, file_sha256

OF_TORCHVISION = "torchvision:"
OF_HUB = "hf:"
DEFAULT_FILE = "best.safetensors"
_HOST = "https://download.pytorch.org/models/"
_HUB_NAME = re.compile(r"hf:(?P<repository>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[\w.-]+))?(?:/(?P<file>[^@]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class NamedStart:
    """Weights that somebody has published.

    Args:
        file: Its name at the address.
        digest: The first digits of its SHA-256, as many as are published: they end the name of the file.
        system: That starts from it, whole or with its backbone.
        trained_on: The data.
        ap: Mean average precision on COCO val2017 as published, or None for a backbone.
        dialect: Of the system, which the weights bring along, or None for a backbone.
        licence: Of the weights.
        source: Who trained it.
    """

    file: str
    digest: str
    system: str
    trained_on: str
    ap: float | None
    dialect: str | None = None
    licence: str = "BSD-3-Clause"
    source: str = "torchvision"

    @property
    def address(self) -> str:
        """Where it is fetched."""
        return _HOST + self.file


def _detector(file: str, system: str, ap: float, dialect: str = "torchvision") -> NamedStart:
    return NamedStart(file, file[-12:-4], system, "COCO train2017", ap, dialect)


def _backbone(file: str, system: str) -> NamedStart:
    return NamedStart(file, file[-12:-4], system, "ImageNet, the backbone alone", None)


STARTS: dict[str, NamedStart] = {
    f"{OF_TORCHVISION}ssd300_vgg16": _detector("ssd300_vgg16_coco-b556d3b4.pth", "ssd300", 25.1),
    f"{OF_TORCHVISION}retinanet_resnet50_fpn": _detector(
        "retinanet_resnet50_fpn_coco-eeacb38b.pth", "retinanet_r50", 36.4
    ),
    f"{OF_TORCHVISION}retinanet_resnet50_fpn_v2": _detector(
        "retinanet_resnet50_fpn_v2_coco-5905b1c5.pth", "retinanet_r50", 41.5, "torchvision_v2"
    ),
    f"{OF_TORCHVISION}fcos_resnet50_fpn": _detector("fcos_resnet50_fpn_coco-99b0c9b7.pth", "fcos_r50", 39.2),
    f"{OF_TORCHVISION}resnet18": _backbone("resnet18-f37072fd.pth", "retinanet_r18"),
    f"{OF_TORCHVISION}resnet34": _backbone("resnet34-b627a593.pth", "retinanet_r34"),
    f"{OF_TORCHVISION}resnet50": _backbone("resnet50-0676ba61.pth", "retinanet_r50"),
    f"{OF_TORCHVISION}resnet101": _backbone("resnet101-63fe2227.pth", "retinanet_r101"),
}
"""Name → what is published under it."""


def located(weights: str | Path) -> tuple[Path, dict[str, Any]]:
    """Finds the file that weights are in, and fetches it if they are named.

    Args:
        weights: A path; or a name of `STARTS`; or `hf:owner/name[@revision][/file]`, a safetensors file of a hub.

    Returns:
        The file, and what is known of where it comes from.

    Raises:
        ConfigError: There is no such name, or it is no safetensors file.
        DataError: It cannot be fetched; the message says how to bring it along.
    """
    name = str(weights)
    if name.startswith(OF_TORCHVISION):
        return _of_table(name)
    if name.startswith(OF_HUB):
        return _of_hub(name)
    return Path(weights), {}


def starts_table() -> str:
    """Writes what can be named as a table."""
    rows = [("name", "system", "dialect", "trained on", "AP", "licence", "here", "file")]
    for name, start in STARTS.items():
        ap = "–" if start.ap is None else f"{start.ap:.1f}"
        known = (name, start.system, start.dialect or "–", start.trained_on, ap, start.licence)
        rows.append((*known, _is_here(start), start.file))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(
        [
            *lines,
            "",
            f"AP: COCO val2017, as published. Files are fetched once from {_HOST},",
            "checked (the digits at the end of a name begin its SHA-256), and kept in",
            f"{_cache()}.",
            f"Any model on a hub: {OF_HUB}owner/name[@revision][/file.safetensors].",
        ]
    )


def _is_here(start: NamedStart) -> str:
    path = _cache() / start.file
    if not path.is_file():
        return "no"
    return "yes" if file_sha256(path).startswith(start.digest) else "another"


def licence_of(weights: str | Path) -> str | None:
    """Gives the licence of weights that are named.

    Args:
        weights: As for `located`.

    Returns:
        None where it is not known by the name.
    """
    start = STARTS.get(str(weights))
    return None if start is None else start.licence


def _cache() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _of_table(name: str) -> tuple[Path, dict[str, Any]]:
    if name not in STARTS:
        raise unknown_name("weights", name, STARTS)
    start = STARTS[name]
    path = download(start.address, start.digest, _cache())
    return path, {"name": name, "source": f"{start.source}, {start.trained_on}", "address": start.address}


def _of_hub(name: str) -> tuple[Path, dict[str, Any]]:
    found = _HUB_NAME.fullmatch(name)
    file = DEFAULT_FILE if found is None else found["file"] or DEFAULT_FILE
    if found is None or not file.endswith(".safetensors") or ".." in file.split("/"):
        raise ConfigError(
            f"weights: {name} is no safetensors file of a hub, and nothing else is read from there. Write "
            f"{OF_HUB}owner/name, {OF_HUB}owner/name@revision or {OF_HUB}owner/name@revision/file.safetensors."
        )
    from huggingface_hub import hf_hub_download

    try:
        path = Path(hf_hub_download(found["repository"], file, revision=found["revision"]))
    except (OSError, ValueError, RuntimeError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"Cannot fetch {file} of {found['repository']}, revision {found['revision'] or 'main'}: {first} Check name "
            "and connection, or fetch the file on another machine and give its path to --weights."
        ) from error
    return path, {"name": name, "revision": path.parents[len(Path(file).parents) - 1].name}
