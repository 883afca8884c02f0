"""The file that is written beside an ONNX file does what boxwright does."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from boxwright.coders.prototype_mask import decode_masks
from boxwright.data.images.reading import as_pixels, as_tensor, read_image
from boxwright.data.transforms import FitToCanvas
from boxwright.exporting import run_model
from boxwright.geometry.letterbox import Letterbox, fit_letterbox
from boxwright.geometry.suppression import class_aware_nms
from boxwright.inference.programs.description import FORMAT_VERSION
from boxwright.structures import ImageOrigin, Sample

NEEDED = {"argparse", "json", "sys", "pathlib", "typing", "numpy", "onnxruntime", "PIL"}


def test_it_is_short_and_needs_three_packages() -> None:
    text = Path(run_model.__file__).read_text()
    assert len(text.splitlines()) < 250
    imported = {line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imported == NEEDED


@pytest.mark.parametrize(
    ("size", "canvas", "way"),
    [
        ((640, 480), (320, 320), "centre"),
        ((97, 61), (320, 256), "centre"),
        ((320, 320), (320, 320), "centre"),
        ((1, 1), (64, 64), "centre"),
        ((333, 500), (160, 320), "corner"),
        ((60, 8000), (224, 224), "stretch"),
        ((301, 457), (224, 224), "stretch"),
        ((50, 40), (224, 224), "stretch"),
    ],
)
def test_images_lie_in_the_canvas_as_boxwright_lays_them(
    size: tuple[int, int], canvas: tuple[int, int], way: str
) -> None:
    """A pixel in a hundred may differ by one of 255: OpenCV adds in another order."""
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    nothing = torch.zeros(0, dtype=torch.int64)
    sample = Sample(as_tensor(pixels), torch.zeros(0, 4), nothing, nothing.bool(), ImageOrigin(0, None, size))
    wanted = FitToCanvas(canvas, fit=way)(sample)
    found, scale, pad = run_model.fit(pixels, canvas, way, 114)
    difference = np.abs(as_pixels(wanted.image).astype(int) - found)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.01
    assert wanted.origin.letterbox == Letterbox(tuple(scale.tolist()), tuple(pad.tolist()), canvas)


def _jpeg(pixels: np.ndarray, **more: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95, **more)
    return file.getvalue()


def _picture(kind: str) -> bytes:
    smooth = np.linspace(0, 255, 48 * 36 * 3).reshape(48, 36, 3).astype(np.uint8)
    if kind == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        return _jpeg(smooth, exif=exif)
    file, image = io.BytesIO(), Image.fromarray(smooth)
    if kind == "cmyk":
        image.convert("CMYK").save(file, "JPEG", quality=95)
    elif kind == "16":
        Image.fromarray((smooth[..., 0].astype(np.uint16) << 8) + 7).save(file, "PNG")
    elif kind == "palette":
        image.quantize(16).save(file, "PNG")
    else:
        image.convert({"grey": "L", "alpha": "RGBA", "png": "RGB"}[kind]).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "largest"),
    [("png", 0), ("grey", 0), ("alpha", 0), ("palette", 0), ("16", 0), ("turned", 2), ("cmyk", 0)],
)
def test_pictures_have_the_pixels_that_boxwright_reads(kind: str, largest: int, tmp_path: Path) -> None:
    """Two decoders of JPEG may differ by two of 255, where the colours are stored smaller; inks are not."""
    path = tmp_path / "picture"
    path.write_bytes(_picture(kind))
    wanted = read_image(path)
    found = run_model.upright_rgb(Image.open(path))
    assert found.shape == wanted.shape
    assert np.abs(found.astype(int) - wanted).max() <= largest


def test_the_same_boxes_stay() -> None:
    generator = torch.Generator().manual_seed(0)
    low = torch.rand(200, 2, generator=generator) * 60
    boxes = torch.cat((low, low + torch.rand(200, 2, generator=generator) * 30 + 1), dim=1)
    labels, scores = torch.randint(0, 3, (200,), generator=generator), torch.linspace(1, 0, 200)
    wanted = class_aware_nms(boxes, scores, labels, 0.4).tolist()
    assert run_model.suppressed(boxes.numpy(), labels.numpy(), 0.4, 1000) == wanted
    assert run_model.suppressed(boxes.numpy(), labels.numpy(), 0.4, 5) == wanted[:5]
    assert run_model.suppressed(np.zeros((0, 4), np.float32), np.zeros(0, int), 0.4, 5) == []


@pytest.mark.parametrize("size", [(70, 90), (5, 200)])
def test_masks_are_the_same(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    canvas, boxes = (64, 96), torch.tensor([[3.2, 0.0, size[1] - 1.5, size[0]], [2.0, 1.0, 2.4, 4.0]])
    coefficients, prototypes = torch.randn(2, 8), torch.randn(8, 16, 24)
    letterbox = fit_letterbox(size, canvas)
    wanted = decode_masks(coefficients, prototypes, boxes, ImageOrigin(0, None, size, letterbox), canvas).to_boolean()
    for one, box, mask in zip(coefficients, boxes, wanted, strict=True):
        place = (np.array(letterbox.scale), np.array(letterbox.pad), size, canvas)
        found = run_model.mask_of(one.numpy(), prototypes.numpy(), box.numpy(), *place)
        assert (found != mask.numpy()).mean() < 1e-3


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of an export, whose network is never run."""
    monkeypatch.setattr(run_model.onnxruntime, "InferenceSession", lambda *_, **__: None)
    said: dict[str, object] = {"format": "boxwright export", "format_version": FORMAT_VERSION}
    said |= {"file": "model.onnx", "postprocessing": {}, "usual_threshold": 0.25}
    said |= {"canvas_size": [64, 96], "canvas_multiple": None, "fit": "centre", "pad_value": 114}
    (tmp_path / "model.json").write_text(json.dumps(said))
    return tmp_path


@pytest.mark.parametrize(
    ("step", "canvas", "said"),
    [
        (None, (96, 64), r"canvas is \(96, 64\); the file allows \(64, 96\) only"),
        (32, (96, 72), "the file allows multiples of 32 only"),
        (32, (0, 64), "the file allows multiples of 32 only"),
        (32, (-32, 64), "the file allows multiples of 32 only"),
    ],
)
def test_a_canvas_that_the_file_does_not_allow_is_an_error(
    step: int | None, canvas: tuple[int, int], said: str, folder: Path
) -> None:
    model = run_model.Model(folder)
    model.said["canvas_multiple"] = step
    with pytest.raises(ValueError, match=said):
        model.detect(Image.new("RGB", (9, 9)), canvas=canvas)


@pytest.mark.parametrize("text", ["{}", '{"format": "other"}', '{"format": "boxwright export", "format_version": 99}'])
def test_a_description_of_another_program_is_an_error(text: str, folder: Path) -> None:
    (folder / "model.json").write_text(text)
    with pytest.raises(ValueError, match=r"model\.json is not what `boxwright export` wrote"):
        run_model.Model(folder)


def _tiff(kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((4, 4), 200, kind)).save(file, "TIFF")
    return file.getvalue()


_PNG = _picture("png")


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"text",
        _PNG[:60],
        _PNG[:-40],
        _jpeg(np.zeros((40, 40, 3), np.uint8))[:-200],
        _tiff("int32"),
        _tiff("f4"),
    ],
)
def test_a_picture_that_cannot_be_read_is_named(
    content: bytes | None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "photo.png"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(run_model, "Model", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["run_model.py", str(path)])
    with pytest.raises(SystemExit, match=r"photo\.png cannot be read .*Give a picture that Pillow opens"):
        run_model.main()
