import numpy as np
import pytest

from boxwright.errors import ConfigError, DataError
from boxwright.prediction.film_frame import film_frame
from boxwright.prediction.video_reader import VideoReader
from boxwright.prediction.video_writer import VideoWriter
from boxwright.writing.own_mark import has_mark


def grey(value: int, size=(48, 64)):
    return film_frame(np.full((*size, 3), value, np.uint8))


@pytest.mark.parametrize(("size", "rate"), [((48, 64), 10.0), ((65, 97), 30000 / 1001)])
def test_pictures_come_back_with_their_times(tmp_path, size, rate):
    writer = VideoWriter(tmp_path / "a.mp4", size, rate)
    for number in range(5):
        writer.write(grey(40 * number, size), number / rate)
        assert not (tmp_path / "a.mp4").exists()
    writer.close(is_whole=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.mp4"]
    assert has_mark(tmp_path / "a.mp4")
    reader = VideoReader(tmp_path / "a.mp4")
    pictures = list(reader)
    assert float(reader.rate) == pytest.approx(rate, rel=1e-3)
    np.testing.assert_allclose([picture.image.mean() for picture in pictures], [0, 40, 80, 120, 160], atol=4)
    assert [picture.seconds for picture in pictures] == pytest.approx([n / rate for n in range(5)], abs=1e-3)
    assert {picture.image.shape for picture in pictures} == {(*size, 3)}


def test_pictures_of_another_size_are_scaled(tmp_path):
    writer = VideoWriter(tmp_path / "a.mp4", (48, 64), 10.0)
    writer.write(grey(0), 0.0)
    writer.write(grey(200, (96, 128)), 0.1)
    writer.close(is_whole=True)
    assert [picture.image.shape for picture in VideoReader(tmp_path / "a.mp4")] == [(48, 64, 3)] * 2


def test_half_a_video_is_taken_away(tmp_path):
    writer = VideoWriter(tmp_path / "a.mp4", (48, 64), 10.0)
    writer.write(grey(0), 0.0)
    writer.close(is_whole=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_comes_meanwhile_stays(tmp_path):
    writer = VideoWriter(tmp_path / "a.mp4", (48, 64), 10.0)
    writer.write(grey(0), 0.0)
    (tmp_path / "a.mp4").write_bytes(b"theirs")
    with pytest.raises(ConfigError, match="is there already"):
        writer.close(is_whole=True)
    assert (tmp_path / "a.mp4").read_bytes() == b"theirs"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.mp4"]


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"a\.mp4: a video cannot be written there"):
        VideoWriter(tmp_path / "nowhere" / "a.mp4", (48, 64), 10.0)
