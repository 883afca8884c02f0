"""Reads recorded numbers as the plain reference takes them: float64, priors as rows."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.reference.targets import Targets

GOLDEN = Path(__file__).parents[1] / "parity" / "golden"
Arrays = dict[str, NDArray[Any]]


def load(folder: str, name: str) -> tuple[Arrays, dict[str, Any]]:
    with np.load(GOLDEN / folder / f"{name}.npz", allow_pickle=False) as archive:
        arrays = {key: archive[key] for key in archive.files}
    config = json.loads(str(arrays.pop("config_json")))
    wide = {key: value.astype(np.float64) if value.dtype.kind == "f" else value for key, value in arrays.items()}
    return wide, config


def names(folder: str, prefix: str) -> list[str]:
    found = sorted(path.stem for path in (GOLDEN / folder).glob(f"{prefix}*.npz"))
    assert found, f"no golden case {folder}/{prefix}*"
    return found


def close(found: Any, wanted: Any, relative: float, absolute: float) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=np.float64), wanted, rtol=relative, atol=absolute)


def close_gradient(found: Any, wanted: NDArray[Any]) -> None:
    """The recorded tolerance of gradients."""
    largest = float(np.abs(wanted).max()) if wanted.size else 0.0
    np.testing.assert_allclose(np.asarray(found), wanted, rtol=0, atol=1e-5 * largest + 1e-7)


def targets(boxes: NDArray[Any], labels: NDArray[Any], images: NDArray[Any], batch: int) -> Targets:
    return Targets(boxes.tolist(), labels.tolist(), images.tolist(), batch)


def from_fractions(centred: NDArray[Any], canvas: list[int]) -> NDArray[Any]:
    """Corners in pixels of boxes that came as fractions, in float32 as the recorded code computed them."""
    height, width = canvas
    scaled = centred.astype(np.float32) * np.array([width, height, width, height], dtype=np.float32)
    half = scaled[:, 2:] / 2
    return np.concatenate((scaled[:, :2] - half, scaled[:, :2] + half), axis=1).astype(np.float64)
