"""The whole way from pixels on a canvas to boxes and scores as one network, which other programs can run."""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn

from boxwright.exporting.graph_priors import LevelBoxes, prior_rows
from boxwright.exporting.graph_suppression import best_of_image, limited
from boxwright.inference import folded
from boxwright.structures import Predictions
from boxwright.structures.level_blocks import join_levels
from boxwright.systems import System


class DetectionGraph(nn.Module):
    """Normalises, runs the network, and decodes; on request it suppresses too. The parts are those of inference.

    Outputs: boxes (`batch priors 4`, xyxy in canvas pixels) and scores (`batch priors classes`); of a system that
    segments also coefficients (`batch priors prototypes`) and prototypes (`batch prototypes rows columns`). With
    suppression in place of the first two: detections (`batch max_detections 6`: box, score, label; zeros behind the
    last) and counts (`batch`), and coefficients are those of the detections.

    Args:
        system: With the trained detector; it stays as it is. Its postprocessor says what suppression does.
        canvas_size: Height and width in pixels; None computes the priors in the graph, for every canvas.
        is_half: Whether the network computes in float16; everything else stays float32.
        takes_bytes: Whether pixels come as bytes (uint8), and are normalised in the graph.
        is_bgr: Whether blue is the first channel of the bytes.
        suppresses: Whether suppression is in the graph.
    """

    rows: Tensor | None

    def __init__(
        self,
        system: System,
        canvas_size: tuple[int, int] | None,
        *,
        is_half: bool = False,
        takes_bytes: bool = False,
        is_bgr: bool = False,
        suppresses: bool = False,
    ) -> None:
        super().__init__()
        self.network = folded(deepcopy(system.detector).cpu().eval().requires_grad_(False))
        self.is_half, self.takes_bytes, self.is_bgr, self.suppresses = is_half, takes_bytes, is_bgr, suppresses
        if is_half:
            self.network.half()
        self.normalization, self.postprocessor = system.normalization, system.postprocessor
        generator: object = system.prior_generator
        assert isinstance(generator, LevelBoxes)
        self.generator = generator
        rows = None if canvas_size is None else system.prior_generator(canvas_size, "cpu").rows().clone()
        self.register_buffer("rows", rows, persistent=True)

    def forward(self, images: Tensor, windows: Tensor | None = None) -> tuple[Tensor, ...]:
        """Computes the outputs.

        Args:
            images: `batch 3 height width`.
            windows: Where the images lie in the canvas, left, top, right, bottom in pixels, `batch 4`; for suppression.
        """
        predictions = self._predictions(images)
        boxes, scores = self._boxes(predictions, images), self._scores(predictions)
        masks = predictions.masks
        coefficients = None if masks is None else join_levels(masks.coefficients).transpose(1, 2).float()
        if not self.suppresses:
            found: tuple[Tensor, ...] = (boxes, scores)
        else:
            assert windows is not None
            allowed = self._allowed(scores, predictions)
            detections, counts, prior = best_of_image(boxes, allowed, windows, self.postprocessor)
            found = (detections, counts)
            if coefficients is not None:
                coefficients = coefficients.gather(1, prior.unsqueeze(2).expand(-1, -1, coefficients.shape[2]))
        if masks is None or coefficients is None:
            return found
        return (*found, coefficients, masks.prototypes.float())

    @torch.no_grad()
    def warm_up(self, examples: tuple[Tensor, ...]) -> None:
        """Runs once, so that constants which parts keep are made before tracing, and are true tensors.

        Args:
            examples: Inputs.
        """
        image = examples[0][:1]  # one is enough, and float16 is slow on a processor
        predictions = self._predictions(image)
        self._boxes(predictions, image)
        self._scores(predictions)

    @torch.no_grad()
    def rounding(self, examples: tuple[Tensor, ...], expected: Sequence[Tensor]) -> list[float] | None:
        """Measures by how much float16 moves the values of each output at most; None if the network is of float32.

        Args:
            examples: Inputs.
            expected: What this gives for them.
        """
        if not self.is_half:
            return None
        exact = deepcopy(self)
        exact.network.float()
        exact.is_half = False
        pairs = zip(expected, exact(*examples), strict=True)
        return [float((one - other).nan_to_num(0.0, 0.0, 0.0).abs().amax()) for one, other in pairs]

    def _predictions(self, images: Tensor) -> Predictions:
        pixels = images.flip(1) if self.is_bgr else images
        pixels = self.normalization(pixels) if self.takes_bytes else pixels
        predictions: Predictions = self.network(pixels.half() if self.is_half else pixels)
        return predictions

    def _boxes(self, predictions: Predictions, images: Tensor) -> Tensor:
        codes = join_levels(predictions.box_codes).transpose(1, 2).float()
        canvas_size = (images.shape[2], images.shape[3])
        rows = prior_rows(self.generator, predictions, canvas_size) if self.rows is None else self.rows
        batch = codes.shape[0]
        every = rows.unsqueeze(0).expand(batch, -1, -1).flatten(0, 1)
        decoded: Tensor = self.postprocessor.coder.decode(codes=codes.flatten(0, 1), priors=every)
        boxes: Tensor = decoded.unflatten(0, (batch, -1))
        return boxes

    def _scores(self, predictions: Predictions) -> Tensor:
        levels = range(len(predictions.class_logits))
        further = [{name: blocks[level] for name, blocks in predictions.further.items()} for level in levels]
        scores = [self.postprocessor.activation(predictions.class_logits[level], further[level]) for level in levels]
        return join_levels(scores).transpose(1, 2)

    def _allowed(self, scores: Tensor, predictions: Predictions) -> Tensor:
        """Gives the scores that reach suppression; -1 in place of the others."""
        rule = self.postprocessor
        if not rule.multi_label:
            best = scores.nan_to_num(nan=0.0).argmax(dim=2, keepdim=True)
            scores = torch.where(torch.arange(scores.shape[2]) == best, scores, -1.0)
        scores = torch.where(scores > rule.score_threshold, scores, -1.0)
        if rule.candidates_per_level is not None:
            counts = _priors_of(predictions.class_logits)
            levels = [limited(level.flatten(1), rule.candidates_per_level) for level in scores.split(counts, dim=1)]
            scores = torch.cat(levels, dim=1).unflatten(1, (-1, scores.shape[2]))
        if rule.candidates_per_class is not None:
            scores = limited(scores.transpose(1, 2), rule.candidates_per_class).transpose(1, 2)
        per_prior = scores.shape[2] if rule.multi_label else 1
        if self.rows is None or len(self.rows) * per_prior > rule.candidates_per_image:
            scores = limited(scores.flatten(1), rule.candidates_per_image).unflatten(1, (-1, scores.shape[2]))
        return scores


def _priors_of(blocks: Sequence[Tensor]) -> list[int]:
    return [block.shape[1] * block.shape[3] * block.shape[4] for block in blocks]
