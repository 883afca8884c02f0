import pytest

from boxwright.errors import DataError
from boxwright.prediction.streams import stream_of, without_password


@pytest.mark.parametrize(
    ("place", "address", "name"),
    [
        (0, 0, "camera-0"),
        (3, 3, "camera-3"),
        ("0", 0, "camera-0"),
        ("rtsp://me:secret@10.0.0.1:554/yard/main", "rtsp://me:secret@10.0.0.1:554/yard/main", "main"),
        ("http://host/live.mjpg?user=a/b", "http://host/live.mjpg?user=a/b", "live.mjpg"),
        ("RTSP://host", "RTSP://host", "host"),
    ],
)
def test_cameras_and_addresses(place, address, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = stream_of(place)
    assert (found.address, found.name) == (address, name)
    assert "secret" not in found.shown


@pytest.mark.parametrize("place", ["2024", "a.jpg", "", "-1", "0.5", "photos/0", True, None, 1.5, b"0", "٣", "C:\\0"])
def test_everything_else_is_none(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert stream_of(place) is None


@pytest.mark.parametrize("make", ["touch", "mkdir"])
@pytest.mark.parametrize("name", ["0", "7", "07"])
def test_a_file_or_folder_of_this_name_goes_before(make, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    getattr(tmp_path / name, make)()
    assert stream_of(name) is None
    assert stream_of(int(name)).address == int(name)


def test_what_cannot_be_read_is_said():
    with pytest.raises(DataError, match=r"^s3://bucket/x is an address of a kind that is not read"):
        stream_of("s3://key:word@bucket/x")
    with pytest.raises(DataError, match="no camera -1"):
        stream_of(-1)
    assert without_password("rtsp://a:b@host/x@y") == "rtsp://host/x@y"
