import numpy as np
import pytest

from boxwright.errors import DataError
from boxwright.evaluation import write_picture
from boxwright.prediction.own_pictures import without_own


def test_only_what_boxwright_drew_is_left_out(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"photo")
    drawn = write_picture(tmp_path / "drawn.jpg", np.zeros((4, 4, 3), np.uint8))
    photo = tmp_path / "photo.jpg"
    assert without_own([photo], tmp_path) == [photo]
    assert without_own([], tmp_path) == []
    with pytest.warns(UserWarning, match=r"1 file in .* for instance .*drawn.jpg"):
        assert without_own([drawn, photo], tmp_path) == [photo]
    with pytest.raises(DataError, match="nothing but what boxwright drew"):
        without_own([drawn], tmp_path)
