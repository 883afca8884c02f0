"""Every frame has its number written in it, so that what is said of it can be compared."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from boxwright.errors import DataError
from boxwright.prediction import read_frames
from boxwright.prediction.video_reader import VideoReader

SIZE = (64, 96)
FRAMES = 40
EVEN = [Fraction(number, 10) for number in range(FRAMES)]
UNEVEN = [Fraction(sum((33, 50, 17, 33, 120, 400)[i % 6] for i in range(number)), 1000) for number in range(FRAMES)]


def numbered(number: int) -> np.ndarray:
    pixels = np.full((*SIZE, 3), 6 * number % 256, np.uint8)
    for bit in range(6):
        pixels[SIZE[0] // 2 :, 16 * bit : 16 * bit + 16] = 255 if number >> bit & 1 else 0
    return pixels


def number_in(image: np.ndarray) -> int:
    return sum(int(image[SIZE[0] * 3 // 4, 16 * bit + 8].mean() > 127) << bit for bit in range(6))


def write(path: Path, codec: str = "mpeg4", times=EVEN, tick=Fraction(1, 1000), **options: str) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10, options=options)
        stream.height, stream.width = SIZE
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = tick
        for number, seconds in enumerate(times):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts, frame.time_base = round(seconds / tick), tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def of_pictures(path: Path) -> tuple[int, int]:
    """Gives where the pictures of a file begin and end."""
    content = path.read_bytes()
    if path.suffix == ".avi":
        return content.index(b"movi") + 4, content.index(b"idx1")
    if path.suffix in (".mp4", ".mov"):
        begin = content.index(b"mdat") + 4
        return begin, begin - 8 + struct.unpack(">I", content[begin - 8 : begin - 4])[0]
    return content.index(bytes.fromhex("1f43b675")) + 12, len(content)


def hole(path: Path, begin: float, end: float) -> None:
    content, (first, last) = bytearray(path.read_bytes()), of_pictures(path)
    low, high = (round(first + share * (last - first)) for share in (begin, end))
    content[low:high] = bytes(high - low)
    path.write_bytes(content)


def cut(path: Path, share: float) -> None:
    first, last = of_pictures(path)
    path.write_bytes(path.read_bytes()[: round(first + share * (last - first))])


def read(path: Path) -> tuple[VideoReader, list[tuple[int, int, float]]]:
    reader = VideoReader(path)
    return reader, [(number_in(each.image), each.position, each.seconds) for each in reader]


WHOLE = [
    ("a.avi", "mjpeg", {}),
    ("a.avi", "mpeg4", {"bf": "2"}),
    ("a.mp4", "mpeg4", {}),
    ("a.mp4", "libx264", {"bf": "3"}),
    ("a.mkv", "libx264", {"bf": "3"}),
    ("a.mkv", "mpeg4", {}),
    ("a.mov", "mjpeg", {}),
    ("a.webm", "libvpx", {"auto-alt-ref": "1", "lag-in-frames": "10"}),
    ("a.webm", "libvpx-vp9", {"lag-in-frames": "10"}),
]


@pytest.mark.parametrize("times", [EVEN, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize(("name", "codec", "options"), WHOLE)
def test_of_a_whole_video_nothing_is_lost(tmp_path, name, codec, options, times):
    if name == "a.avi" and times is UNEVEN:
        pytest.skip("AVI has no times")
    if codec not in av.codecs_available:
        pytest.skip(f"this build of FFmpeg lacks {codec}")
    tick = Fraction(1, 10) if name == "a.avi" else Fraction(1, 1000)
    reader, found = read(write(tmp_path / name, codec, times, tick, **options))
    assert (reader.lost, reader.oddity()) == (0, "")
    assert [number for number, _, _ in found] == [position for _, position, _ in found] == list(range(FRAMES))
    assert [seconds for _, _, seconds in found] == pytest.approx([float(each) for each in times], abs=0.002)


@pytest.mark.parametrize("times", [EVEN, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize(("name", "codec"), [("a.avi", "mjpeg"), ("a.mov", "mjpeg"), ("a.mp4", "mpeg4")])
def test_reading_goes_on_after_a_hole(tmp_path, name, codec, times):
    """Frames that a decoder patches up from the one before are read; they may show the number of that one."""
    if name == "a.avi" and times is UNEVEN:
        pytest.skip("AVI has no times")
    tick = Fraction(1, 10) if name == "a.avi" else Fraction(1, 1000)
    path = write(tmp_path / name, codec, times, tick, g="1")
    hole(path, 0.4, 0.52)
    reader, found = read(path)
    assert 3 <= reader.lost <= 7
    assert len(found) + reader.lost == FRAMES
    assert [number for number, _, _ in found][-15:] == list(range(25, 40))
    assert all(number == position for number, position, _ in found[-15:])
    assert all(abs(seconds - float(times[position])) < 0.002 for _, position, seconds in found)
    said = reader.loss()
    first = next(number for number, (_, position, _) in enumerate(found) if number != position)
    assert said.startswith(f"{path}: {reader.lost} frames of 40 cannot be read, first number {first} ")


def test_a_hole_in_matroska_is_seen_by_the_times(tmp_path):
    path = write(tmp_path / "a.mkv", "mjpeg")
    hole(path, 0.4, 0.52)
    reader, found = read(path)
    assert reader.lost >= 4
    assert len(found) + reader.lost == FRAMES
    assert all(number == position for number, position, _ in found)


@pytest.mark.parametrize(("name", "codec"), [("a.avi", "mjpeg"), ("a.mkv", "mjpeg"), ("a.webm", "libvpx-vp9")])
def test_a_video_that_is_cut_off(tmp_path, name, codec):
    path = write(tmp_path / name, codec, tick=Fraction(1, 10))
    cut(path, 0.5)
    reader, found = read(path)
    assert 0 < len(found) < 30
    assert len(found) + reader.lost == FRAMES
    assert [number for number, _, _ in found] == list(range(len(found)))
    assert f"first number {len(found)} " in reader.loss()


def test_frames_that_repeat_the_one_before_are_not_lost(tmp_path):
    """As programs that record write them into AVI where the machine was too slow."""
    path = write(tmp_path / "a.avi", "mjpeg", tick=Fraction(1, 10))
    content = bytearray(path.read_bytes())
    index = content.index(b"idx1") + 8
    for number in (5, 6):
        content[index + 16 * number + 12 : index + 16 * number + 16] = bytes(4)
    path.write_bytes(content)
    reader, found = read(path)
    assert reader.lost == 0
    assert [position for _, position, _ in found][-1] == 39


def test_a_turned_video_is_upright(tmp_path):
    path = write(tmp_path / "a.mp4")
    content = path.read_bytes()
    at = content.index(b"tkhd") + 4 + 40
    quarter = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    path.write_bytes(content[:at] + quarter + content[at + 36 :])
    capture = cv2.VideoCapture(str(path))
    expected = capture.read()[1][..., ::-1]
    found = next(iter(VideoReader(path))).image
    assert found.shape == expected.shape == (96, 64, 3)
    np.testing.assert_allclose(found.astype(int), expected.astype(int), atol=12)


@pytest.mark.parametrize("content", [b"", b"this is no video", b"\0" * 1000])
def test_what_is_no_video_is_an_error(tmp_path, content, capfd):
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.mp4: no frame of this video can be decoded"):
        VideoReader(tmp_path / "a.mp4")
    assert capfd.readouterr().err == ""


def test_names_that_look_like_addresses(tmp_path, monkeypatch):
    write(tmp_path / "12:30.mp4")
    monkeypatch.chdir(tmp_path)
    reader = VideoReader(Path("12:30.mp4"))
    assert len(list(reader)) == FRAMES
    reader.close()


@pytest.mark.parametrize(
    ("name", "box", "offset", "value", "said"),
    [
        ("a.mp4", b"mdhd", 16, 0, "40 frames announced, 1 found"),  # a time scale of 0
        ("a.mp4", b"stsz", 12, 13, "40 frames announced, 13 found"),
        ("a.mp4", b"stts", 12, 1000, "1,000 frames announced, 40 found"),
        ("a.mp4", b"stts", 16, 0, "1 frame is shown before the one before"),  # frames that take no time
        ("a.avi", b"strh", 40, 7, "7 frames announced, 40 found"),
    ],
)
def test_a_container_that_lies_is_said(
    tmp_path: Path, name: str, box: bytes, offset: int, value: int, said: str
) -> None:
    path = write(tmp_path / name)
    content = bytearray(path.read_bytes())
    place = content.index(box) + offset
    content[place : place + 4] = struct.pack(">I" if name == "a.mp4" else "<I", value)
    path.write_bytes(content)
    reader = VideoReader(path)
    found = list(reader)
    assert reader.oddity() == said
    reader.close()
    with pytest.warns(UserWarning, match=r"^Of 1 file the container says something else .*" + said):
        assert len(list(read_frames(path, skipped=[]))) == len(found)


def test_all_frames_of_a_raw_mjpeg_stream_are_read(tmp_path: Path) -> None:
    for name in ("a.mjpeg", "b.MJPG"):
        with av.open(str(tmp_path / name), "w", format="mjpeg") as container:
            stream = container.add_stream("mjpeg", rate=10)
            (stream.height, stream.width), stream.pix_fmt = SIZE, "yuvj420p"
            for number in range(5):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(number), format="rgb24")))
            container.mux(stream.encode(None))
    assert [number_in(frame.image) for frame in read_frames(tmp_path)] == [0, 1, 2, 3, 4] * 2
