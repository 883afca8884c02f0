"""The raw output of a head, level by level, as the head made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.utils._pytree import tree_map

from boxwright.errors import ShapeError
from boxwright.structures.dense_array import level_views
from boxwright.structures.level_blocks import join_levels
from boxwright.structures.level_check import check_blocks, check_levels
from boxwright.structures.mask_predictions import MaskPredictions
from boxwright.structures.priors import Priors
from boxwright.structures.pytrees import as_pytree
from boxwright.structures.requirement import check_labels

# one level; only the batch axis agrees over the levels
LevelBlock = Float[Tensor, "batch _priors_per_cell _values _height _width"]
LevelBlocks = tuple[LevelBlock, ...]


@as_pytree("has_background")
@dataclass(frozen=True, slots=True)
class Predictions:
    """Logically `batch priors values` arrays; stored per level without a permuted or concatenated copy.

    A reader asks for the blocks of the levels, or for rows at (image, prior) pairs. `torch.export` knows the value, so
    a network that returns it can be exported.

    Args:
        class_logits: Per level; values are the classes.
        box_codes: Per level; values are what the system's coder reads.
        further: Whatever else the head says of every prior, by name, per level; for instance "objectness".
        masks: Prototypes and coefficients of a system that segments, or None.
        has_background: Whether the first value of the class logits is that of the background, as a softmax needs it.
            It is no class: labels still count from 0, and `num_classes` does not include it.

    Raises:
        ShapeError: Two of them differ in the number of images, in the levels, or in the cells or priors of a level, or
            one has not the same number of values on all levels.
    """

    class_logits: LevelBlocks
    box_codes: LevelBlocks
    further: Mapping[str, LevelBlocks] = field(default_factory=dict, hash=False)
    masks: MaskPredictions | None = None
    has_background: bool = False

    def __post_init__(self) -> None:
        """Checks that all describe the same priors of the same images."""
        object.__setattr__(self, "further", dict(self.further))
        check_blocks(self._columns())
        if self.masks is not None and self.masks.prototypes.shape[0] != self.batch_size:
            raise ShapeError(
                f"The prototypes are of {self.masks.prototypes.shape[0]} images, the class_logits of "
                f"{self.batch_size}. Give both of one batch."
            )

    @classmethod
    def from_dense(
        cls,
        class_logits: Float[Tensor, "batch priors classes"],
        box_codes: Float[Tensor, "batch priors code"],
        priors: Priors,
        *,
        further: Mapping[str, Float[Tensor, "batch priors _values"]] | None = None,
        has_background: bool = False,
    ) -> "Predictions":
        """Views dense arrays of a foreign network as level blocks, without copying.

        Arrays that are differentiated must not be changed in place afterwards.

        Args:
            class_logits: Logits in prior order.
            box_codes: Codes in prior order.
            priors: The priors that the rows belong to.
            further: Whatever else the network says of every prior, in prior order.
            has_background: Whether the first class logit is that of the background.

        Raises:
            ShapeError: The arrays do not have one row per prior.
        """
        arrays = {"class_logits": class_logits, "box_codes": box_codes, **(further or {})}
        for name, dense in arrays.items():
            if dense.shape[1] != len(priors):
                raise ShapeError(
                    f"{name} has {dense.shape[1]} rows per image, the canvas {priors.canvas_size} has {len(priors)} "
                    "priors. Build the priors for the canvas that the network saw."
                )
        logits, codes, *others = (level_views(dense, priors.grids) for dense in arrays.values())
        return cls(logits, codes, dict(zip(further or (), others, strict=True)), has_background=has_background)

    def check_priors(self, priors: Priors) -> None:
        """Makes sure that these are predictions of some priors.

        Args:
            priors: The priors of the canvas.

        Raises:
            ShapeError: The levels have other cells, another order, or other numbers of priors.
        """
        check_levels(self.class_logits, priors)

    def blocks_of(self, name: str) -> LevelBlocks:
        """Gives further levels.

        Args:
            name: What the head calls them.

        Raises:
            ShapeError: The head predicts nothing of that name.
        """
        if name not in self.further:
            known = ", ".join(self.further) or "none"
            raise ShapeError(
                f"The predictions have no further levels {name!r}; found: {known}. Use a head that predicts them."
            )
        return self.further[name]

    def to(self, device: torch.device | str) -> "Predictions":
        """Moves every tensor to a device."""
        return tree_map(lambda block: block.to(device), self)  # type: ignore[no-any-return]

    def _columns(self) -> dict[str, LevelBlocks]:
        """Gives everything that has a row per prior, by name."""
        columns = {"class_logits": self.class_logits, "box_codes": self.box_codes, **self.further}
        return columns if self.masks is None else {**columns, "mask coefficients": self.masks.coefficients}

    @property
    def batch_size(self) -> int:
        """Number of images."""
        return self.class_logits[0].shape[0]

    @property
    def num_classes(self) -> int:
        """Number of classes, the background not counted."""
        return self.class_logits[0].shape[2] - self.has_background

    @property
    def num_priors(self) -> int:
        """Number of priors over all levels."""
        shapes = [block.shape for block in self.class_logits]
        return sum([per_cell * height * width for _, per_cell, _, height, width in shapes])

    @property
    def device(self) -> torch.device:
        """Where the blocks are."""
        return self.class_logits[0].device

    def box_codes_at(self, image: Int64[Tensor, "pairs"], prior: Int64[Tensor, "pairs"]) -> Float[Tensor, "pairs code"]:
        """Reads the box codes of (image, prior) pairs."""
        return join_levels(self.box_codes)[image, :, prior]

    def class_logits_at(
        self,
        image: Int64[Tensor, "pairs"],
        prior: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"] | None = None,
    ) -> Float[Tensor, "..."]:
        """Reads class logits of (image, prior) pairs: of one label each (`pairs`), or all (`pairs values`).

        All of them include that of the background, where there is one.
        """
        logits = join_levels(self.class_logits)
        if label is None:
            return logits[image, :, prior]
        check_labels(label, self.num_classes)
        return logits[image, label + int(self.has_background), prior]
