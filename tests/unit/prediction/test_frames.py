import numpy as np
import pytest
from PIL import Image

from boxwright.data import ReadingLimits
from boxwright.errors import DataError
from boxwright.prediction import read_frames, video_reader


def test_images_keep_their_pixels_and_get_ids_in_order(tmp_path, image_file):
    pixels = [image_file(tmp_path / f"{number}.png", number) for number in range(3)]
    frames = list(read_frames([tmp_path, np.zeros((5, 6, 3), np.uint8)]))
    for frame, expected in zip(frames, pixels, strict=False):
        np.testing.assert_array_equal(frame.image, expected)
    assert [frame.origin.image_id for frame in frames] == [0, 1, 2, 3]
    assert [frame.name for frame in frames] == ["0.png", "1.png", "2.png", "image-000003.png"]
    assert frames[0].origin.path == str(tmp_path / "0.png")
    assert frames[3].origin.path is None
    assert frames[3].origin.size == (5, 6)


@pytest.mark.parametrize("suffix", [".avi", ".mp4"])
def test_videos_come_frame_by_frame(tmp_path, video_file, image_file, suffix):
    video_file(tmp_path / f"a{suffix}", frames=5, rate=10)
    image_file(tmp_path / "b.png")
    frames = list(read_frames(tmp_path))
    assert [frame.position for frame in frames] == [0, 1, 2, 3, 4, 0]
    assert [frame.origin.image_id for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert frames[0].video.frames_per_second == 10
    assert frames[5].video is None
    assert frames[0].image.shape == (48, 64, 3)
    np.testing.assert_allclose([frame.image.mean() for frame in frames[:5]], [0, 40, 80, 120, 160], atol=4)


def test_a_video_is_not_read_ahead(tmp_path, video_file, monkeypatch):
    made = []
    upright = video_reader._upright
    monkeypatch.setattr(video_reader, "_upright", lambda frame: made.append(1) or upright(frame))
    video_file(tmp_path / "a.avi", frames=5)
    frames = read_frames(tmp_path / "a.avi")
    next(frames)
    assert len(made) == 1
    frames.close()


def cut(path) -> None:
    """Keeps half of the pictures of an AVI file."""
    whole = path.read_bytes()
    begin, end = whole.index(b"movi"), whole.index(b"idx1")
    path.write_bytes(whole[: (begin + end) // 2])


def test_a_video_that_lost_frames_is_an_error_or_goes_on(tmp_path, video_file, image_file):
    video_file(tmp_path / "a.avi", frames=6)
    cut(tmp_path / "a.avi")
    image_file(tmp_path / "b.png")
    with pytest.raises(DataError, match=r"a\.avi: \d frames of 6 cannot be read, first number \d .*--on_bad skip"):
        list(read_frames(tmp_path))
    skipped: list[str] = []
    frames = list(read_frames(tmp_path, skipped=skipped))
    assert len(skipped) == 1
    assert f"a.avi: {6 - (len(frames) - 1)} frames of 6 cannot be read" in skipped[0]
    assert [frame.origin.image_id for frame in frames] == list(range(len(frames)))
    assert frames[-1].name == "b.png"


@pytest.mark.parametrize("name", ["broken.png", "broken.mp4"])
def test_a_file_that_cannot_be_read_is_an_error_or_left_out(tmp_path, image_file, name):
    image_file(tmp_path / "a.png")
    (tmp_path / name).write_bytes(b"this is no picture")
    image_file(tmp_path / "c.png")
    with pytest.raises(DataError, match=name):
        list(read_frames(tmp_path))
    skipped: list[str] = []
    frames = list(read_frames(tmp_path, skipped=skipped))
    assert [frame.name for frame in frames] == ["a.png", "c.png"]
    assert [frame.origin.image_id for frame in frames] == [0, 1]
    assert len(skipped) == 1
    assert name in skipped[0]


def test_a_missing_file_is_an_error_even_where_broken_ones_are_left_out(tmp_path):
    with pytest.raises(DataError, match=r"none\.png"):
        list(read_frames(tmp_path / "none.png", skipped=[]))


def test_the_first_page_is_used_and_said_once(tmp_path):
    pages = [Image.new("RGB", (8, 6), color) for color in ("red", "green", "blue")]
    for name in ("a.tif", "b.tif"):
        pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
    pages[0].save(tmp_path / "c.tif")
    with pytest.warns(UserWarning, match=r"(?s)Of 2 files with several pages.*a\.tif \(3\).*b\.tif \(3\)") as said:
        frames = list(read_frames(tmp_path))
    assert len(said) == 1
    assert [frame.image[0, 0].tolist() for frame in frames] == [[255, 0, 0]] * 3


def test_a_bad_picture_in_memory_is_skipped_like_a_file():
    skipped = []
    good = np.zeros((4, 4, 3), np.uint8)
    frames = list(read_frames([good, np.zeros((4, 4, 3), np.int32), good], skipped=skipped))
    assert [frame.name for frame in frames] == ["image-000000.png", "image-000002.png"]
    assert len(skipped) == 1
    assert skipped[0].startswith("Picture 1 of the source")


def test_files_of_sixteen_bits_that_come_out_nearly_black_are_said_once(tmp_path):
    for name in ("a.png", "b.png"):
        Image.fromarray(np.full((8, 8), 4095, np.uint16)).save(tmp_path / name)
    with pytest.warns(UserWarning, match=r"^Of 2 files with 16 bits .* nearly black: .*a\.png.*stretch the values"):
        assert len(list(read_frames(tmp_path))) == 2


def test_a_tiff_is_read_in_parts_where_that_is_enough(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.tif", tiffinfo={278: 8})
    Image.fromarray(pixels).save(tmp_path / "b.png")
    first, second = read_frames([tmp_path / "a.tif", tmp_path / "b.png"], in_parts=True)
    assert first.pixels is None
    assert second.pixels is not None
    for frame in (first, second):
        assert frame.origin.size == (90, 70)
        assert np.array_equal(frame.part((10, 20, 60, 90)), pixels[20:90, 10:60])
        assert np.array_equal(frame.image, pixels)
    (whole,) = read_frames(tmp_path / "a.tif")
    assert whole.pixels is not None


@pytest.mark.parametrize("in_parts", [True, False])
def test_too_many_pixels_are_refused(tmp_path, in_parts):
    Image.new("RGB", (70, 90)).save(tmp_path / "a.tif", tiffinfo={278: 8})
    with pytest.raises(DataError, match="or raise max_pixels"):
        list(read_frames(tmp_path / "a.tif", limits=ReadingLimits(max_pixels=100), in_parts=in_parts))
