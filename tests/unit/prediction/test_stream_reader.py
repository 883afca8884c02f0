import socket
import threading
import time
from collections import deque
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest

from boxwright.errors import DataError
from boxwright.prediction import predict, stream_reader
from boxwright.prediction.stream_reader import StreamReader
from boxwright.prediction.streams import SourceStream

CAMERA = SourceStream(0, "camera-0")


class Camera:
    """Stands for `cv2.VideoCapture` of a camera that gives a picture every 5 ms, until it is unplugged."""

    pictures, count, is_open = 30, 0.0, True

    def __init__(self, address, *_) -> None:
        self.address, self.given, self.released = address, 0, False

    def isOpened(self):
        return self.is_open

    def get(self, what):
        return {cv2.CAP_PROP_FPS: 200.0, cv2.CAP_PROP_FRAME_COUNT: self.count}[what]

    def read(self):
        if self.given == self.pictures:
            return False, None
        time.sleep(0.005)
        self.given += 1
        return True, np.full((48, 64, 3), (0, 0, self.given), np.uint8)

    def release(self):
        self.released = True


@pytest.fixture
def camera(monkeypatch):
    monkeypatch.setattr(stream_reader.cv2, "VideoCapture", Camera)
    return Camera


def _take_slowly(pictures, seen) -> None:
    for picture in pictures:
        seen.append(picture)
        time.sleep(0.03)


def test_a_camera_gives_its_newest_picture(camera):
    reader = StreamReader(CAMERA)
    pictures = iter(reader)
    seen = [next(pictures)]
    with pytest.warns(UserWarning, match=r"camera 0: nothing comes any more, after 30 pictures in [0-9.]+ s\."):
        _take_slowly(pictures, seen)
    reader.close()
    assert len(seen) < camera.pictures  # those in between were not waited for
    assert [picture.position for picture in seen] == sorted({picture.position for picture in seen})
    assert all(tuple(picture.image[0, 0]) == (picture.position + 1, 0, 0) for picture in seen)  # RGB
    assert all(one.seconds < two.seconds for one, two in pairwise(seen))
    assert reader.rate == 200.0


def test_who_stops_leaves_no_thread(camera):
    before = threading.active_count()
    reader = StreamReader(CAMERA)
    next(iter(reader))
    reader.close()
    assert threading.active_count() == before
    assert reader._capture.released


def test_an_end_before_the_first_picture_is_an_error(camera, monkeypatch):
    monkeypatch.setattr(Camera, "pictures", 0)
    with pytest.raises(DataError, match="camera 0: nothing can be read there"):
        list(StreamReader(CAMERA))
    monkeypatch.setattr(Camera, "is_open", False)
    with pytest.raises(DataError, match="camera 0: nothing can be read there"):
        StreamReader(CAMERA)


def test_a_camera_is_predicted_on_picture_by_picture(camera, model, tmp_path):
    settings = {"device": "cpu", "score_threshold": 0.0, "max_detections": 2, "stream": True}
    results = predict(model, "0", output=tmp_path / "out", save=("pictures", "json"), **settings)
    first = next(results)
    assert first.path is None
    assert first.image.shape == (48, 64, 3)
    next(results)
    results.close()  # what was written is whole
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["camera-0.mp4", "detections.json"]


def test_ctrl_c_ends_a_camera_and_keeps_what_was_written(camera, model, tmp_path, monkeypatch):
    def stop(runner, batch):
        raise KeyboardInterrupt

    taken = []
    results = predict(model, 0, output=tmp_path / "out", stream=True, device="cpu")
    for result in results:
        taken.append(result)
        monkeypatch.setattr("boxwright.inference.Runner.__call__", stop)
    assert len(taken) == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["camera-0.mp4"]


@pytest.fixture
def address(tmp_path):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_film_at_an_address_is_read_whole(tmp_path, video_file, address):
    video_file(tmp_path / "v.avi", frames=5)
    reader = StreamReader(SourceStream(f"{address}/v.avi", "v.avi"))
    assert not reader.is_live
    pictures = list(reader)
    reader.close()
    assert [(picture.position, round(picture.seconds, 3)) for picture in pictures] == [(n, n / 10) for n in range(5)]
    assert [round(picture.image.mean(), -1) for picture in pictures] == [0, 40, 80, 120, 160]


def test_an_address_where_nothing_is(address):
    with pytest.raises(DataError, match=r"http://127\.0\.0\.1:\d+/none\.mp4: nothing can be read there"):
        StreamReader(SourceStream(f"{address}/none.mp4", "none.mp4"))


@pytest.fixture
def sender():
    """Sends a film over UDP, picture by picture, until it is told to stop."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        address = f"udp://127.0.0.1:{free.getsockname()[1]}"
    stop = threading.Event()

    def send() -> None:
        with av.open(f"{address}?pkt_size=1316", "w", format="mpegts") as film:
            stream = film.add_stream("mpeg2video", rate=25)
            stream.height, stream.width, stream.pix_fmt, stream.gop_size = 48, 64, "yuv420p", 5
            for _ in range(2000):
                if stop.wait(0.01):
                    return
                frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 128, np.uint8), format="rgb24")
                film.mux(stream.encode(frame))

    thread = threading.Thread(target=send)
    thread.start()
    yield address, stop
    stop.set()
    thread.join()


def test_a_stream_that_is_lost_is_said_and_what_was_written_stays(sender, model, tmp_path, monkeypatch):
    monkeypatch.setattr(stream_reader, "PATIENCE", 3.0)
    address, stop = sender
    results = predict(model, address, output=tmp_path / "out", stream=True, save=("pictures", "json"), device="cpu")
    first = next(results)
    assert first.image.shape == (48, 64, 3)
    stop.set()
    with pytest.warns(UserWarning, match=r"udp://127\.0\.0\.1:\d+: nothing comes any more, after \d+ pictures? in"):
        deque(results, maxlen=0)
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".json", ".mp4"]
