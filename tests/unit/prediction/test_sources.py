import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from boxwright.errors import ConfigError, DataError
from boxwright.evaluation import write_picture
from boxwright.prediction import expand_source
from boxwright.prediction.film_frame import film_frame
from boxwright.prediction.sources import listed
from boxwright.prediction.video_writer import VideoWriter


def names(source) -> list[str]:
    return [entry.name for entry in expand_source(source)]


def test_a_folder_is_read_sorted_with_subfolders(tmp_path):
    for name in ("b.jpg", "a.PNG", "sub/c.webp", "clip.mp4", "notes.txt", ".hidden/d.jpg", ".e.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert names(tmp_path) == names(str(tmp_path)) == ["a.PNG", "b.jpg", "clip.mp4", "sub/c.webp"]
    assert [entry.is_video for entry in expand_source(tmp_path)] == [False, False, True, False]


def test_a_folder_follows_the_rule_of_data_folders(tmp_path, caplog):
    data, far = tmp_path / "data", tmp_path / "far"
    for name in (
        "a.gif",
        "b.JFIF",
        "c.avif",
        "d.heic",
        "e.raw",
        "__MACOSX/._f.jpg",
        "@eaDir/g.jpg",
        "._h.jpg",
        "i.mov",
    ):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).touch()
    far.mkdir()
    (far / "j.dib").touch()
    (data / "linked").symlink_to(far)
    (data / "loop").symlink_to(data)
    assert names(data) == ["a.gif", "b.JFIF", "c.avif", "i.mov", "linked/j.dib"]
    assert "2 files that may be images left out for the suffix: d.heic, e.raw" in caplog.text
    caplog.clear()
    assert names(f"{data}/*") == ["a.gif", "b.JFIF", "c.avif", "i.mov"]
    assert "2 files that may be images left out for the suffix: d.heic, e.raw" in caplog.text


def test_a_file_that_is_named_itself_may_have_any_suffix(tmp_path):
    Image.new("RGB", (3, 2)).save(tmp_path / "a.png")
    for name in ("picture", "picture.part"):
        (tmp_path / name).write_bytes((tmp_path / "a.png").read_bytes())
        assert names(tmp_path / name) == [name]


def test_patterns(tmp_path):
    for name in ("a1.jpg", "a2.jpg", "b.jpg", "a3.txt", "sub/a4.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert names(f"{tmp_path}/a*") == ["a1.jpg", "a2.jpg"]
    assert names(f"{tmp_path}/**/*.jpg") == ["a1.jpg", "a2.jpg", "b.jpg", "sub/a4.jpg"]
    with pytest.raises(DataError, match="matches no image or video"):
        names(f"{tmp_path}/c*")


def test_a_file_whose_name_looks_like_a_pattern(tmp_path):
    (tmp_path / "photo[1].jpg").touch()
    assert names(tmp_path / "photo[1].jpg") == ["photo[1].jpg"]


def test_brackets_of_a_folder_that_is_there_are_no_pattern(tmp_path):
    for name in ("day [2]/a.jpg", "day [2]/sub/b.jpg", "day 2/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert names(f"{tmp_path}/day [2]/*.jpg") == ["a.jpg"]
    assert names(f"{tmp_path}/day [2]/**/*.jpg") == ["a.jpg", "sub/b.jpg"]
    assert names(f"{tmp_path}/day [1-3]/*.jpg") == ["day 2/c.jpg"]
    assert names([f"{tmp_path}/day [2]/*.jpg", f"{tmp_path}/day 2"]) == ["day [2]/a.jpg", "day 2/c.jpg"]


def test_lists_keep_their_order_and_name_all_faults_at_once(tmp_path):
    for name in ("b.jpg", "a.jpg", "c.txt"):
        (tmp_path / name).touch()
    array = np.zeros((2, 3, 3), np.uint8)
    entries = list(expand_source([tmp_path / "b.jpg", array, str(tmp_path / "a.jpg")]))
    assert [getattr(entry, "name", "array") for entry in entries] == ["b.jpg", "array", "a.jpg"]
    with pytest.raises(DataError) as fault:
        list(expand_source([array, tmp_path / "none.jpg", tmp_path / "a.jpg", tmp_path / "c.txt"]))
    assert "none.jpg" in str(fault.value)
    assert "c.txt" in str(fault.value)


def test_other_iterables_are_read_as_they_come():
    taken = []

    def stream():
        for number in range(3):
            taken.append(number)
            yield np.full((2, 2, 3), number, np.uint8)

    entries = expand_source(stream())
    assert next(entries)[0, 0, 0] == 0
    assert taken == [0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.jpg", "There is no file or folder .*none.jpg"),
        ("notes.txt", r"notes.txt: files of type '\.txt' are not supported.*\.jpg.*\.mp4"),
        ("empty", "no image or video in .*empty.*Supported"),
    ],
)
def test_paths_that_cannot_be_used_are_errors(tmp_path, name, message):
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=message):
        names(tmp_path / name)


def test_cameras_and_addresses_come_in_their_place(tmp_path, image_file):
    image_file(tmp_path / "a.png")
    source = [0, str(tmp_path / "a.png"), "rtsp://host/yard"]
    for given in (source, tuple(source), iter(source)):
        assert [getattr(entry, "address", None) for entry in expand_source(given)] == [0, None, "rtsp://host/yard"]
    with pytest.raises(DataError, match="of a kind that is not read"):
        names("ftp://example.org/a.jpg")


def test_arrays_and_tensors_come_as_rgb_arrays():
    array = np.arange(2 * 4 * 3, dtype=np.uint8).reshape(2, 4, 3)
    tensor = torch.from_numpy(array).permute(2, 0, 1)
    for source, channels in ((array, "rgb"), (tensor, "rgb"), (array[..., ::-1], "bgr"), (tensor.flip(0), "bgr")):
        (found,) = expand_source(source, channels)
        np.testing.assert_array_equal(found, array)
        assert found.flags.c_contiguous


def test_batches_of_arrays_and_tensors():
    arrays = np.random.default_rng(0).integers(0, 255, (5, 2, 4, 3), dtype=np.uint8)
    np.testing.assert_array_equal(np.stack(list(expand_source(arrays))), arrays)
    tensors = torch.from_numpy(arrays).permute(0, 3, 1, 2)
    np.testing.assert_array_equal(np.stack(list(expand_source([tensors[:2], tensors[2:]]))), arrays)


def test_pillow_pictures():
    array = np.random.default_rng(0).integers(0, 255, (2, 4, 3), dtype=np.uint8)
    (found,) = expand_source(Image.fromarray(array))
    np.testing.assert_array_equal(found, array)
    (grey,) = expand_source([Image.fromarray(array).convert("L")])
    assert grey.shape == (2, 4, 3)


def test_what_is_no_picture_is_named_by_its_place():
    with pytest.raises(DataError, match=r"Picture 1 of the source: .* is no image\. Put the channels last"):
        list(expand_source([np.zeros((4, 4, 3), np.uint8), np.zeros((3, 4, 5), np.uint8)]))
    with pytest.raises(DataError, match=r"is no image\. Put the channels first"):
        list(expand_source(torch.zeros(6, 5, 3)))


def test_grey_and_deep_pictures_go_by_the_rules_of_files(tmp_path):
    deep = np.array([[0, 255, 256, 0xFFFF]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    for source in (deep, Image.open(tmp_path / "deep.png"), (tmp_path / "deep.png").read_bytes()):
        (found,) = expand_source(source)
        assert found[0, :, 1].tolist() == [0, 0, 1, 255]


def test_an_open_file_and_a_mapping_are_no_source(tmp_path):
    (tmp_path / "a.jpg").touch()
    with open(tmp_path / "a.jpg", "rb") as file, pytest.raises(DataError, match=r"file\.read\(\)"):
        list(expand_source(file))
    with pytest.raises(DataError, match="Cannot predict on a dict"):
        list(expand_source({"image": np.zeros((4, 4, 3), np.uint8)}))


def test_other_things_are_errors():
    with pytest.raises(DataError, match="Cannot predict on a float"):
        list(expand_source(3.0))
    with pytest.raises(ConfigError, match="Did you mean 'rgb'"):
        list(expand_source(np.zeros((2, 2, 3), np.uint8), "rgba"))


def _touched(folder, *files) -> None:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_files_of_one_name_in_two_folders_have_two_names(tmp_path, monkeypatch):
    _touched(tmp_path, "photos/cam1/1.jpg", "photos/cam2/1.jpg", "photos/cam2/x/1.jpg")
    one, two, three = (str(tmp_path / f"photos/{name}/1.jpg") for name in ("cam1", "cam2", "cam2/x"))
    assert names([one, two]) == names([[one], [two]]) == ["cam1/1.jpg", "cam2/1.jpg"]
    assert names([str(tmp_path / "photos/cam1"), two, three]) == ["cam1/1.jpg", "cam2/1.jpg", "cam2/x/1.jpg"]
    assert names([two, str(tmp_path / "photos/cam2/*/*.jpg")]) == ["1.jpg", "x/1.jpg"]
    assert names([one, np.zeros((2, 2, 3), np.uint8)][:1]) == ["1.jpg"]
    assert names(str(tmp_path / "photos/*/1.jpg")) == ["cam1/1.jpg", "cam2/1.jpg"]
    assert names(str(tmp_path / "*/cam1/*.jpg")) == ["photos/cam1/1.jpg"]
    monkeypatch.chdir(tmp_path / "photos")
    assert names(each for each in (one, "cam2/1.jpg")) == ["cam1/1.jpg", "cam2/1.jpg"]
    assert names("*/*.jpg") == names("./*/*.jpg") == ["cam1/1.jpg", "cam2/1.jpg"]
    monkeypatch.chdir(tmp_path / "photos/cam1")
    assert names(["1.jpg", "../cam2/1.jpg"]) == ["cam1/1.jpg", "cam2/1.jpg"]
    (outside,) = names(each for each in [two])
    assert outside == two.lstrip("/")


def test_own_pictures_are_left_out_of_folders_and_patterns(tmp_path):
    pixels = np.zeros((20, 30, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), pixels)
    for name in ("found/a.png", "found/b.jpg", "c-drawn.jpg"):
        write_picture(tmp_path / name, pixels)
    film = tmp_path / "found/film.mp4"
    writer = VideoWriter(film, (20, 30), 10.0)
    writer.write(film_frame(pixels), 0.0)
    writer.close(is_whole=True)
    with pytest.warns(UserWarning, match=r"4 files in .* that boxwright drew in an earlier run are left out"):
        assert names(tmp_path) == ["a.png"]
    with pytest.warns(UserWarning, match=r"1 file in .* is left out"):
        assert names(f"{tmp_path}/*.*") == ["a.png"]
    assert names(tmp_path / "found/b.jpg") == ["b.jpg"]
    assert names([film]) == ["film.mp4"]
    with pytest.raises(DataError, match=r"found holds nothing but what boxwright drew \(a.png and so on\)"):
        names(tmp_path / "found")


def test_listed_looks_up_paths_only(tmp_path):
    _touched(tmp_path, "a.jpg", "b.jpg")
    array = np.zeros((2, 2, 3), np.uint8)
    found = listed([tmp_path / "b.jpg", [array, tmp_path]])
    assert [getattr(each, "name", "array") for each in found] == ["b.jpg", "array", "a.jpg", "b.jpg"]
    assert listed(array)[0] is array
    assert names(found[:1]) == ["b.jpg"]
