"""One mask per object, cut to its window and packed into bits."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.geometry.bit_packing import pack_bits, unpack_bits
from boxwright.geometry.column_runs import ColumnRuns, fill_runs, runs_of
from boxwright.geometry.outlines import trace_outlines
from boxwright.geometry.polygon_runs import polygon_runs
from boxwright.geometry.run_length_encoding import read_rle, write_rle

_ONES = torch.tensor([value.bit_count() for value in range(256)])


@dataclass(frozen=True, slots=True)
class InstanceMasks:
    """The masks of the objects of one image or of a batch, rows in the order of the boxes.

    Idea: of every mask only the smallest window that holds it is kept, one bit per pixel. Memory grows with the sum of
    the windows, and two objects that overlap both keep all of their pixels.

    The frame is divided into mask pixels of `stride` × `stride` pixels of the frame. A window is x1, y1, x2, y2 in
    whole mask pixels, x2 and y2 not included; that of an empty mask is 0, 0, 0, 0. The pixels of a window are stored
    row by row, the first in the lowest bit, and every window begins with a new byte.

    Args:
        windows: xyxy in mask pixels.
        bits: The pixels of all windows.
        size: Height and width of the frame in mask pixels.
        stride: Pixels of the frame (image or canvas) per mask pixel.

    Raises:
        ShapeError: (On the CPU) a window is not inside the frame, or the bits are not as many as the windows need.
    """

    windows: Int64[Tensor, "instances 4"]
    bits: UInt8[Tensor, "bytes"]
    size: tuple[int, int]
    stride: int = 1

    def __post_init__(self) -> None:
        """Checks, on the CPU, that windows and bits belong together."""
        if self.windows.device.type != "cpu" or torch.compiler.is_compiling():
            return
        limits = torch.tensor((self.size[1], self.size[0]) * 2)
        low, high = self.windows[:, :2], self.windows[:, 2:]
        if bool((self.windows < 0).any() or (self.windows > limits).any() or (high < low).any()):
            raise ShapeError(
                f"Windows of masks must be x1, y1, x2, y2 inside the frame of {self.size} (height, width); found "
                f"{self.windows.tolist()[:10]}. Cut the masks to the frame first."
            )
        needed = int(self.byte_offsets[-1])
        if len(self.bits) != needed:
            raise ShapeError(
                f"{len(self)} windows need {needed} bytes; found {len(self.bits)}. Give every window a whole number of "
                "bytes."
            )

    @classmethod
    def empty(cls, size: tuple[int, int], stride: int = 1) -> "InstanceMasks":
        """Builds the masks of no object.

        Args:
            size: Height and width of the frame in mask pixels.
            stride: Pixels of the frame per mask pixel.
        """
        return cls(torch.zeros((0, 4), dtype=torch.int64), torch.zeros(0, dtype=torch.uint8), size, stride)

    @classmethod
    def from_crops(
        cls,
        windows: Int64[Tensor, "instances 4"],
        crops: Sequence[Tensor],
        size: tuple[int, int],
        stride: int = 1,
    ) -> "InstanceMasks":
        """Packs masks that are already cut out.

        Args:
            windows: xyxy in mask pixels, each the smallest that holds its mask.
            crops: The pixels in each window, boolean `height width`.
            size: Height and width of the frame in mask pixels.
            stride: Pixels of the frame per mask pixel.
        """
        lengths = 8 * _bytes_of(windows)
        flat = torch.zeros(int(lengths.sum()), dtype=torch.bool, device=windows.device)
        for part, crop in zip(flat.split(lengths.tolist()), crops, strict=True):
            part[: crop.numel()].view(crop.shape).copy_(crop)
        return cls(windows, pack_bits(flat), size, stride)

    @classmethod
    def from_boolean(cls, masks: Bool[Tensor, "instances height width"], stride: int = 1) -> "InstanceMasks":
        """Packs masks that are given in full; give them in chunks and `concatenate` where they would not fit.

        Args:
            masks: True inside.
            stride: Pixels of the frame per mask pixel.
        """
        size = (masks.shape[1], masks.shape[2])
        if not masks.numel():
            windows = torch.zeros((len(masks), 4), dtype=torch.int64, device=masks.device)
            return cls(windows, windows.new_zeros(0, dtype=torch.uint8), size, stride)
        rows, columns = masks.any(dim=2).byte(), masks.any(dim=1).byte()
        low = torch.stack((columns.argmax(dim=1), rows.argmax(dim=1)), dim=1)
        high = torch.stack((size[1] - columns.flip(1).argmax(dim=1), size[0] - rows.flip(1).argmax(dim=1)), dim=1)
        windows = torch.cat((low, high), dim=1) * rows.any(dim=1)[:, None]
        crops = [mask[y1:y2, x1:x2] for mask, (x1, y1, x2, y2) in zip(masks, windows.tolist(), strict=True)]
        return cls.from_crops(windows, crops, size, stride)

    @classmethod
    def from_polygons(cls, polygons: Sequence[Sequence[Any]], size: tuple[int, int]) -> "InstanceMasks":
        """Fills polygons by COCO's rule, equal to pycocotools in every pixel.

        The rings of one object are united; a ring inside another one is therefore not a hole. Holes need RLE.

        Args:
            polygons: Per object its rings, each `points 2` or x, y, x, y … in pixels.
            size: Height and width of the image in pixels.
        """
        rings = [torch.as_tensor(ring, dtype=torch.float64).reshape(-1, 2) for rings in polygons for ring in rings]
        counts = torch.tensor([len(rings) for rings in polygons], dtype=torch.int64)
        points = torch.cat([*rings, torch.zeros((0, 2), dtype=torch.float64)])
        sizes = torch.tensor([len(ring) for ring in rings], dtype=torch.int64)
        runs = polygon_runs(points, sizes, torch.repeat_interleave(counts), size)
        return cls.from_crops(*fill_runs(runs, len(polygons), size[0]), size)

    @classmethod
    def from_rle(cls, entries: Sequence[dict[str, Any]], size: tuple[int, int]) -> "InstanceMasks":
        """Reads COCO's run-length encoding, compressed (text) or not (list of numbers).

        Args:
            entries: `{"size": [height, width], "counts": …}` per object.
            size: Height and width of the image in pixels.

        Raises:
            DataError: An entry is of another size, or its counts do not cover the image exactly.
        """
        runs = [read_rle(entry, size) for entry in entries]
        numbers = torch.tensor([len(start) for start, _ in runs], dtype=torch.int64)
        nothing = torch.zeros(0, dtype=torch.int64)
        start = torch.cat([*(start for start, _ in runs), nothing])
        end = torch.cat([*(end for _, end in runs), nothing])
        joined = ColumnRuns(torch.repeat_interleave(numbers), start, end)
        return cls.from_crops(*fill_runs(joined, len(entries), size[0]), size)

    @classmethod
    def concatenate(cls, parts: Sequence["InstanceMasks"]) -> "InstanceMasks":
        """Puts the rows of several values of one frame size and stride one after the other.

        Args:
            parts: At least one.

        Raises:
            ShapeError: There is none, or their frames differ.
        """
        frames = {(part.size, part.stride) for part in parts}
        if len(frames) != 1:
            raise ShapeError(
                f"Masks can be put together where size and stride are the same; found {sorted(frames) or 'none'}. "
                "Fit them to one canvas first."
            )
        windows = torch.cat([part.windows for part in parts])
        return cls(windows, torch.cat([part.bits for part in parts]), parts[0].size, parts[0].stride)

    def __len__(self) -> int:
        """Number of masks."""
        return len(self.windows)

    @property
    def device(self) -> torch.device:
        """Where the pixels are."""
        return self.bits.device

    @property
    def byte_offsets(self) -> Int64[Tensor, "offsets"]:
        """The pixels of mask i are the bytes `byte_offsets[i]` to `byte_offsets[i + 1]`."""
        lengths = _bytes_of(self.windows)
        return torch.cat((lengths.new_zeros(1), lengths.cumsum(0)))

    @property
    def boxes(self) -> Float[Tensor, "instances 4"]:
        """The smallest xyxy boxes around the masks, in pixels of the frame; of an empty mask 0, 0, 0, 0."""
        return (self.windows * self.stride).float()

    @property
    def areas(self) -> Int64[Tensor, "instances"]:
        """Number of mask pixels inside each mask."""
        ones = _ONES.to(self.device)
        sums = torch.cat((ones.new_zeros(1), ones[self.bits.int()].cumsum(0)))
        offsets = self.byte_offsets
        return sums[offsets[1:]] - sums[offsets[:-1]]

    def crops(self) -> list[Bool[Tensor, "_height _width"]]:
        """Gives the pixels of each window."""
        parts = unpack_bits(self.bits).split((8 * _bytes_of(self.windows)).tolist())
        sides = (self.windows[:, 2:] - self.windows[:, :2]).tolist()
        return [part[: width * height].view(height, width) for part, (width, height) in zip(parts, sides, strict=True)]

    def at(
        self, row: Int64[Tensor, "*points"], y: Int64[Tensor, "*points"], x: Int64[Tensor, "*points"]
    ) -> Bool[Tensor, "*points"]:
        """Looks up mask pixels; outside of its window a mask is False. Never waits for the device.

        Args:
            row: Which mask.
            y: Row of the mask pixel in the frame.
            x: Column of the mask pixel in the frame.
        """
        if not len(self.bits):
            return torch.zeros_like(x, dtype=torch.bool)
        left, top, right, bottom = self.windows[row].unbind(-1)
        is_inside = (x >= left) & (x < right) & (y >= top) & (y < bottom)
        place = torch.where(is_inside, (y - top) * (right - left) + x - left, 0)
        byte = self.bits[(self.byte_offsets[row] + (place >> 3)).clamp(max=len(self.bits) - 1)]
        return is_inside & ((byte >> (place & 7).to(torch.uint8)) & 1).bool()

    def rows(self, index: Tensor) -> "InstanceMasks":
        """Picks masks.

        Args:
            index: Positions in any order, or one True or False per mask.
        """
        chosen = index.nonzero()[:, 0] if index.dtype == torch.bool else index
        offsets = self.byte_offsets
        lengths = (offsets[1:] - offsets[:-1])[chosen]
        row = torch.repeat_interleave(lengths)
        within = torch.arange(len(row), device=self.device) - (lengths.cumsum(0) - lengths)[row]
        return InstanceMasks(self.windows[chosen], self.bits[offsets[chosen][row] + within], self.size, self.stride)

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> "InstanceMasks":
        """Moves windows and pixels to a device."""
        windows = self.windows.to(device, non_blocking=non_blocking)
        return InstanceMasks(windows, self.bits.to(device, non_blocking=non_blocking), self.size, self.stride)

    def pin_memory(self) -> "InstanceMasks":
        """Pins windows and pixels for a fast copy to a GPU."""
        return InstanceMasks(self.windows.pin_memory(), self.bits.pin_memory(), self.size, self.stride)

    def to_boolean(self) -> Bool[Tensor, "instances height width"]:
        """Gives the masks in full, in mask pixels."""
        full = torch.zeros((len(self), *self.size), dtype=torch.bool, device=self.device)
        for mask, crop, (x1, y1, x2, y2) in zip(full, self.crops(), self.windows.tolist(), strict=True):
            mask[y1:y2, x1:x2] = crop
        return full

    def to_rle(self) -> list[dict[str, Any]]:
        """Writes the masks in COCO's compressed run-length encoding, at the resolution of the mask pixels."""
        masks = self.to("cpu")
        runs = runs_of(masks.windows, masks.crops(), self.size[0])
        bounds = torch.searchsorted(runs.mask, torch.arange(len(self) + 1)).tolist()
        rows = pairwise(bounds)
        return [write_rle(runs.start[first:last], runs.end[first:last], self.size) for first, last in rows]

    def to_polygons(self) -> list[list[list[float]]]:
        """Traces the masks along pixel edges, in pixels of the frame; holes are closed, which RLE would keep.

        Returns:
            Per mask its rings as x, y, x, y …; of an empty mask none.
        """
        polygons = []
        for crop, (left, top, _, _) in zip(self.to("cpu").crops(), self.windows.tolist(), strict=True):
            rings, _ = trace_outlines(crop)
            polygons.append(
                [[float(side) * self.stride for x, y in ring for side in (x + left, y + top)] for ring in rings]
            )
        return polygons


def _bytes_of(windows: Int64[Tensor, "instances 4"]) -> Int64[Tensor, "instances"]:
    return ((windows[:, 2] - windows[:, 0]) * (windows[:, 3] - windows[:, 1]) + 7) // 8
