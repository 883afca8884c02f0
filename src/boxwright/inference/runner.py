"""Running a system over images."""

from collections.abc import Iterator, Sequence
from copy import deepcopy

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from boxwright.data import Dataset, collate, evaluation_loader
from boxwright.data.loading.worker_count import worker_count
from boxwright.data.transforms import FitToCanvas
from boxwright.inference.folding import folded
from boxwright.inference.model_fit import check_canvas
from boxwright.inference.precision import computing_in, dtype_of
from boxwright.inference.program_network import ProgramNetwork
from boxwright.inference.program_system import ProgramSystem
from boxwright.models.lone_values import lone_values_allowed
from boxwright.structures import Batch, Detections, ImageOrigin, Predictions, Sample
from boxwright.systems import System


class Runner:
    """Runs a system over images: evaluation, validation during training, prediction and inspection all use it.

    So the same weights find the same objects in the same images, whoever asks. The network is a copy, with the weights
    of the moment: what is given stays where and as it is. The copy is in evaluation mode, its batch norms are folded
    into the convolutions, and its memory is channels last. An exported file (see `load_network`) runs in the same way,
    by the program that it is for; everything before and behind the network is the same.

    Args:
        system: With the detector to run; its postprocessor decides what is found.
        canvas_size: Height and width in pixels.
        device: Where the network computes.
        precision: "32", "bf16" or "fp16", with the meaning that it has in training.
        is_trained: Whether batch norms use the statistics that they have learned. Else they use those of the images, as
            in the first step of a training.

    Raises:
        ConfigError: The canvas is not one of the system, there is no such precision, or an exported file fixes another.
    """

    def __init__(
        self,
        system: System,
        canvas_size: tuple[int, int],
        *,
        device: torch.device | str = "cpu",
        precision: str = "32",
        is_trained: bool = True,
    ) -> None:
        check_canvas(system, canvas_size)
        dtype_of(precision)  # or an error
        self.system, self.canvas_size, self.precision = system, canvas_size, precision
        self.device = torch.device(device)
        self.fit = FitToCanvas(canvas_size, fit=system.fit)
        self._program: ProgramNetwork | None = None
        if isinstance(system, ProgramSystem):
            self._program = ProgramNetwork(system, canvas_size, self.device, precision)
            self.device = self._program.device
        with torch.inference_mode(False):  # others may keep these priors
            self.priors = system.prior_generator(canvas_size, self.device)
            self.network = _network_of(system, self.device, is_trained=is_trained)

    @property
    def suppresses(self) -> bool:
        """Whether the network removes repeated boxes itself, so that there are no raw predictions."""
        return self._program is not None and self._program.description.suppresses

    def over(self, dataset: Dataset, *, batch_size: int = 16, workers: int | None = None) -> Iterator[Detections]:
        """Finds the objects of every image of a data set, in order.

        Args:
            dataset: The images.
            batch_size: Images per batch.
            workers: Processes that load images, or None to choose.
        """
        pin = self.device.type == "cuda"
        how = {"workers": worker_count(workers), "pin_memory": pin, "fit": self.system.fit}
        for batch in evaluation_loader(dataset, self.canvas_size, batch_size, **how):  # type: ignore[arg-type]
            yield from self(batch)

    def of_samples(self, samples: Sequence[Sample]) -> list[Detections]:
        """Finds the objects of images that are not yet on the canvas.

        Args:
            samples: Go through the network at once.
        """
        return self(collate([self.fit(sample) for sample in samples]))

    def __call__(self, batch: Batch) -> list[Detections]:
        """Finds the objects of a batch.

        Args:
            batch: Images on the canvas; their origins have the way back.

        Returns:
            One value per image, on the CPU.
        """
        if self._program is not None and self.suppresses:
            return self._program.detections(batch)
        return self.found_in(self.predictions(batch.images), batch.origins)

    def found_in(self, predictions: Predictions, origins: Sequence[ImageOrigin]) -> list[Detections]:
        """Gives the objects that the raw output of the network tells of.

        Args:
            predictions: From `predictions`.
            origins: One per image; they have the way back from the canvas.

        Returns:
            One value per image, on the CPU.
        """
        found = self.system.postprocessor(predictions, self.priors, origins)
        return [detections.to("cpu") for detections in found]

    @torch.no_grad()  # not inference_mode: what is found belongs to the caller
    def predictions(self, images: UInt8[Tensor, "batch 3 height width"]) -> Predictions:
        """Gives the raw output of the network, on its device.

        Args:
            images: On the canvas.
        """
        if self._program is not None:
            return self._program.predictions(images, self.priors)
        pixels = images.to(self.device, non_blocking=True)
        with lone_values_allowed(self.network, len(pixels)), computing_in(self.precision, self.device):
            predictions: Predictions = self.network(network_input(self.system, pixels))
        return predictions


def _network_of(system: System, device: torch.device, *, is_trained: bool) -> nn.Module:
    """Copies the network of a system, made ready; that of an exported one never runs, and has no weights."""
    network: nn.Module = deepcopy(system.detector).requires_grad_(False)
    if isinstance(system, ProgramSystem):
        return network.eval()
    network = folded(network.eval()) if is_trained else network.train()
    return network.to(device).to(memory_format=torch.channels_last)


def network_input(
    system: System, images: UInt8[Tensor, "batch 3 height width"]
) -> Float[Tensor, "batch 3 height width"]:
    """Normalises images, channels last in memory, which is up to a third faster for convolutions, on CPUs too.

    Args:
        system: Says how to normalise.
        images: RGB.
    """
    return system.normalization(images.contiguous(memory_format=torch.channels_last))
