import numpy as np
import pytest

from boxwright.errors import ConfigError
from boxwright.prediction.frames import Frame
from boxwright.prediction.output_names import OutputNames
from boxwright.structures import ImageOrigin


def frame(name, path=None) -> Frame:
    return Frame(np.zeros((4, 4, 3), np.uint8), ImageOrigin(0, path, (4, 4)), name)


def test_every_name_is_given_once_and_what_is_there_stays(tmp_path):
    (tmp_path / "a.txt").touch()
    names = OutputNames(tmp_path)
    given = [names.give(frame(name), ".txt").name for name in ("a.jpg", "a.png", "b.jpg", "b.png")]
    assert given == ["a-2.txt", "a-3.txt", "b.txt", "b-2.txt"]
    assert [wanted.name for wanted, _ in names.renamed] == ["a.txt", "a.txt"]
    assert names.give(frame("sub/c.jpg"), ".txt", "deep", "er") == tmp_path / "deep" / "er" / "sub" / "c.txt"


def test_nothing_lies_beside_the_source(tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(ConfigError, match="is a folder of the source"):
        OutputNames(tmp_path).give(frame("a.jpg", str(tmp_path / "in" / "a.jpg")), ".txt", "in")
