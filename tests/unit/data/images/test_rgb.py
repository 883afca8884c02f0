import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from boxwright.data.images import read_image, rgb_pixels
from boxwright.data.images.rgb import is_array
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError

COLOURS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
DEEP = np.random.default_rng(1).integers(0, 65536, (5, 7), dtype=np.uint16)


def _encoded(picture: Image.Image, suffix: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, Image.registered_extensions()[suffix], **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [
        ("1", ".png"), ("L", ".png"), ("LA", ".png"), ("P", ".png"), ("P", ".gif"), ("RGB", ".png"), ("RGB", ".jpg"),
        ("RGBA", ".png"), ("RGBA", ".webp"), ("RGBA", ".tif"), ("CMYK", ".tif"), ("L", ".bmp"),
    ],
)  # fmt: skip
def test_a_picture_of_pillow_is_as_its_file(tmp_path: Path, mode: str, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(_encoded(Image.fromarray(COLOURS).convert(mode), suffix))
    found = rgb_pixels(Image.open(io.BytesIO(path.read_bytes())), "it")
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous
    tolerance = 1 if mode == "CMYK" or suffix == ".jpg" else 0  # in rounding
    np.testing.assert_allclose(found.astype(int), read_image(path).astype(int), atol=tolerance)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_of_sixteen_bits_the_upper_eight_are_kept(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(_encoded(Image.fromarray(DEEP), suffix))
    expected = np.dstack([(DEEP >> 8).astype(np.uint8)] * 3)
    big_endian = Image.frombytes("I;16B", (7, 5), DEEP.astype(">u2").tobytes())
    forms = (path, path.read_bytes(), Image.open(path), big_endian, DEEP, DEEP.astype(">u2"), torch.from_numpy(DEEP))
    for form in forms:
        assert np.array_equal(rgb_pixels(form, "it"), expected)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_a_picture_of_pillow_is_turned_as_its_file(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if suffix == ".webp" else {}
    path = tmp_path / f"a{suffix}"
    path.write_bytes(_encoded(Image.fromarray(COLOURS), suffix, exif=exif, **options))
    expected = read_image(path)
    opened = Image.open(path)
    loaded = Image.open(path)
    loaded.load()
    for picture in (opened, loaded, Image.open(path).convert("RGB"), ImageOps.exif_transpose(Image.open(path))):
        found = rgb_pixels(picture, "it")
        np.testing.assert_allclose(found.astype(int), expected.astype(int), atol=3 if suffix == ".jpg" else 0)


def test_the_annotations_may_be_of_the_stored_pixels() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    encoded = _encoded(Image.fromarray(COLOURS), ".png", exif=exif)
    for picture in (encoded, Image.open(io.BytesIO(encoded))):
        assert np.array_equal(rgb_pixels(picture, "it", expected_size=(5, 7)), COLOURS)
        assert rgb_pixels(picture, "it", expected_size=(7, 5)).shape == (7, 5, 3)


def test_premultiplied_colours_are_divided() -> None:
    whole = Image.fromarray(COLOURS).convert("RGBA")
    assert np.array_equal(rgb_pixels(whole.convert("RGBa"), "it"), COLOURS)
    assert np.array_equal(rgb_pixels(whole.convert("LA").convert("La"), "it"), rgb_pixels(whole.convert("L"), "it"))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_channels_of_arrays_and_tensors(channels: int) -> None:
    array = np.random.default_rng(2).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    expected = array[..., :3] if channels > 2 else np.repeat(array[..., :1], 3, axis=2)
    tensor = torch.from_numpy(array).permute(2, 0, 1)
    for form in (array, tensor, np.asfortranarray(array), tensor.contiguous()):
        assert np.array_equal(rgb_pixels(form, "it"), expected)
        assert np.array_equal(rgb_pixels(form, "it", channels="bgr"), expected[..., ::-1])
    if channels == 1:
        for form in (array[..., 0], tensor[0]):
            assert np.array_equal(rgb_pixels(form, "it"), expected)


def test_the_result_is_a_copy_that_may_be_written() -> None:
    array = COLOURS.copy()
    rgb_pixels(array, "it")[:] = 0
    assert np.array_equal(array, COLOURS)
    assert rgb_pixels(Image.fromarray(COLOURS), "it").flags.writeable


def test_one_is_white_in_floats_and_true_in_bools() -> None:
    floats = COLOURS / 255
    for form in (floats, floats.astype(np.float32), torch.from_numpy(floats).requires_grad_()):
        tensor_like = form.permute(2, 0, 1) if isinstance(form, torch.Tensor) else form
        assert np.array_equal(rgb_pixels(tensor_like, "it"), COLOURS)
    assert np.array_equal(rgb_pixels(Image.fromarray(floats[..., 0].astype(np.float32)), "it")[..., 2], COLOURS[..., 0])
    half = torch.tensor([[0.0, 0.5, 1.0]])
    for kind in (torch.float16, torch.bfloat16):
        assert rgb_pixels(half.to(kind), "it")[0, :, 0].tolist() == [0, 128, 255]
    assert rgb_pixels(np.array([[True, False]]), "it")[0, :, 0].tolist() == [255, 0]
    assert rgb_pixels(half > 0.7, "it")[0, :, 0].tolist() == [0, 0, 255]


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "i8", "u4", "u8", "c8", "O", "S1"])
def test_types_that_do_not_say_what_is_white_are_refused(kind: str) -> None:
    with pytest.raises(DataError, match=r"it: an array of shape \(5, 7, 3\) and type .* does not say .*astype\(numpy"):
        rgb_pixels(np.zeros((5, 7, 3), dtype=kind), "it")


@pytest.mark.parametrize("kind", [torch.int8, torch.int32, torch.int64, torch.uint32, torch.complex64])
def test_types_of_tensors_that_do_not_say_what_is_white_are_refused(kind: torch.dtype) -> None:
    with pytest.raises(DataError, match=r"it: a tensor of shape \(3, 5, 7\) and type .* does not say"):
        rgb_pixels(torch.zeros(3, 5, 7, dtype=kind), "it")


def test_a_32_bit_picture_of_pillow_is_refused_but_one_of_a_png_file() -> None:
    whole = Image.fromarray(DEEP.astype(np.int32))
    with pytest.raises(DataError, match=r"picture of Pillow of mode I and size 7×5 does not say"):
        rgb_pixels(whole, "it")
    whole.format = "PNG"
    assert np.array_equal(rgb_pixels(whole, "it")[..., 0], DEEP >> 8)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ([[0.0, float("nan")]], "not finite"),
        ([[0.0, float("inf")]], "not finite"),
        ([[0.0, 255.0]], "from 0 to 255; float images are 0 to 1. Divide"),
        ([[-1.0, 1.0]], "from -1 to 1"),
    ],
)
def test_floats_beyond_0_to_1_are_refused(values: list[list[float]], what: str) -> None:
    for form in (np.array(values), torch.tensor(values), Image.fromarray(np.array(values, np.float32))):
        with pytest.raises(DataError, match=f"it: .*{what}"):
            rgb_pixels(form, "it")


@pytest.mark.parametrize(
    ("picture", "cure"),
    [
        (np.zeros((3, 5, 7), np.uint8), r"numpy\.moveaxis"),
        (torch.zeros(5, 7, 3), r"permute\(2, 0, 1\)"),
        (np.zeros((5, 7, 5), np.uint8), "Give uint8"),
        (np.zeros((0, 7, 3), np.uint8), "Give uint8"),
        (np.zeros(7, np.uint8), "Give uint8"),
        (np.uint8(3), "Give uint8"),
        (torch.zeros(2, 3, 5, 7), "Give uint8"),
        (torch.zeros(3, 5, 7).to_sparse(), "has no plain values"),
        (torch.zeros(3, 5, 7, device="meta"), "has no plain values"),
        (3, "a int is no picture"),
        (b"no picture", "not an image that boxwright reads"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_cure(picture: Any, cure: str) -> None:
    with pytest.raises(DataError, match=rf"it: .*{cure}"):
        rgb_pixels(picture, "it")


def test_limits_hold_for_pictures_of_pillow() -> None:
    with pytest.raises(DataError, match="it: the picture is 7×5; at most 34"):
        rgb_pixels(Image.fromarray(COLOURS), "it", limits=ReadingLimits(max_pixels=34))


def test_a_damaged_picture_of_pillow_is_refused() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    with pytest.raises(DataError, match="it: this picture of Pillow of mode RGB and size 64×64 cannot be decoded"):
        rgb_pixels(Image.open(io.BytesIO(_encoded(Image.fromarray(noise), ".png")[:2000])), "it")


def test_arrays_of_other_libraries() -> None:
    class Foreign:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return COLOURS

    assert np.array_equal(rgb_pixels(Foreign(), "it"), COLOURS)


def test_a_picture_of_pillow_that_is_closed(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(_encoded(Image.fromarray(COLOURS), ".jpg"))
    picture = Image.open(tmp_path / "a.jpg")
    picture.close()
    assert is_array(picture)
    with pytest.raises(DataError, match=r"it: this picture of Pillow of mode RGB .* cannot be decoded"):
        rgb_pixels(picture, "it")


@pytest.mark.parametrize("most", [255, 4095])
def test_arrays_of_sixteen_bits_that_become_nearly_black_are_said(most: int) -> None:
    values = np.linspace(0, most, 48).astype(np.uint16).reshape(4, 4, 3)
    for picture in (values, torch.from_numpy(values.astype(np.int32)).to(torch.uint16).permute(2, 0, 1)):
        with pytest.warns(UserWarning, match="nearly black.*stretch the values"):
            rgb_pixels(picture, "Picture 0")
    rgb_pixels(values * (65535 // most), "Picture 0")
