import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from boxwright.writing.own_mark import MARK, has_mark, mark_film, with_mark

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def encoded(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_marked_picture_is_known_and_looks_the_same(kind: str, tmp_path: Path) -> None:
    plain, marked = tmp_path / "plain", tmp_path / "marked"
    plain.write_bytes(encoded(kind))
    marked.write_bytes(with_mark(encoded(kind)))
    assert not has_mark(plain)
    assert has_mark(marked)
    with Image.open(plain) as one, Image.open(marked) as two:
        two.load()
        np.testing.assert_array_equal(np.asarray(one), np.asarray(two))
        assert two.info["Comment" if kind == "PNG" else "comment"] in (MARK, MARK.decode())


def test_a_picture_with_exif_first_keeps_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded("JPEG", exif=exif)
    at = data.index(b"\xff\xe1")
    without_jfif = data[:2] + data[at:]
    (tmp_path / "a.jpg").write_bytes(with_mark(without_jfif))
    assert has_mark(tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as picture:
        assert picture.getexif()[0x0112] == 6


def test_other_formats_stay_as_they_are() -> None:
    assert with_mark(b"GIF89a") == b"GIF89a"
    assert with_mark(b"") == b""


def test_a_marked_film_ends_with_a_box_that_readers_pass_over(tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    film.write_bytes(b"film" * 10_000)
    assert not has_mark(film)
    mark_film(film)
    assert has_mark(film)
    end = film.read_bytes()[40_000:]
    assert struct.unpack(">I", end[:4])[0] == len(end)


def test_what_cannot_be_read_has_no_mark(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert not has_mark(tmp_path / "empty")
    assert not has_mark(tmp_path / "nowhere")
