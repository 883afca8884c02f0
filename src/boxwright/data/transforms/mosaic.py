"""Four images in one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from boxwright.data.transforms.affine_map import Matrix, scaling, translation
from boxwright.data.transforms.composition import compose
from boxwright.data.transforms.random_affine import RandomAffine
from boxwright.errors import ShapeError
from boxwright.structures import Sample


@dataclass(frozen=True, slots=True)
class Mosaic:
    """Lays four images around a random point and looks at them through a random affine map.

    Idea: think of a frame twice as high and wide as the canvas, with a point drawn from its middle half. Each image,
    scaled to fit the canvas, touches the point with one corner: bottom right, bottom left, top right, top left. The
    affine map then shows a part of that frame in the canvas. The frame is never painted: placement and map are
    multiplied, and each image is warped once, straight into the canvas.

    Source: Bochkovskiy et al., YOLOv4 (2020), section 3.3, and the sizes of the published YOLOv5 recipe. Deviation:
    pixels and boxes of an image that lie outside of the double frame are shown if the map lets them be seen, where
    a painted frame would have cut them.

    Args:
        affine: The random map; its canvas is that of the result.
    """

    affine: RandomAffine

    def __call__(self, samples: Sequence[Sample], rng: np.random.Generator) -> Sample:
        """Composes four samples; the origin is that of the first, without a letterbox.

        Raises:
            ShapeError: There are not four samples.
        """
        if len(samples) != 4:
            raise ShapeError(f"A mosaic is made of 4 samples; found {len(samples)}.")
        height, width = self.affine.canvas_size
        point = (rng.uniform(0.5, 1.5) * width, rng.uniform(0.5, 1.5) * height)
        view = self.affine.draw(rng, (2 * height, 2 * width))
        tiles = [(sample, view @ self._place(sample, number, point)) for number, sample in enumerate(samples)]
        others = tuple(sample.origin.name for sample in samples[1:])
        return compose(tiles, self.affine.canvas_size, replace(samples[0].origin, letterbox=None, mixed_with=others))

    def _place(self, sample: Sample, number: int, point: tuple[float, float]) -> Matrix:
        """Gives the map from an image to the double frame."""
        height, width = sample.size
        ratio = min(self.affine.canvas_size[0] / height, self.affine.canvas_size[1] / width)
        column, row = number % 2, number // 2
        left = point[0] if column else point[0] - width * ratio
        top = point[1] if row else point[1] - height * ratio
        return translation(left, top) @ scaling(ratio, ratio)
