"""What was measured of one model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredModel:
    """The numbers of one model file.

    Args:
        model: Path, as typed.
        format: "boxwright", "onnx", "openvino" or "torch".
        system: Its name.
        canvas: Height and width in pixels.
        batch_size: Images at once.
        device: That was asked for, such as "cpu".
        threads: Of the processor.
        images: How many were measured.
        ap: As `evaluate` measures it; NaN where there is nothing to find.
        ap50: At IoU 0.5.
        mask_ap: Of masks; None for a model without.
        milliseconds: Per image, from the file of the image to its detections: the median over the images.
        preparation: Of these: reading, decoding, and placing on the canvas.
        network: Of these: normalisation and network, for a file that removes repeated boxes itself with this.
        postprocessing: Of these: from raw outputs to detections; None for a file that does it itself.
        peak_memory: Most bytes that the process held until all images were done; None where the system does not say.
        size: Bytes of the file, of OpenVINO of both.
        warnings: What the measurement warned of.
    """

    model: str
    format: str
    system: str
    canvas: tuple[int, int]
    batch_size: int
    device: str
    threads: int
    images: int
    ap: float
    ap50: float
    mask_ap: float | None
    milliseconds: float
    preparation: float
    network: float
    postprocessing: float | None
    peak_memory: int | None
    size: int
    warnings: tuple[str, ...] = ()
