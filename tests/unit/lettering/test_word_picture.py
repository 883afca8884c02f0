import numpy as np
import pytest

from boxwright.lettering.word_picture import line_height, line_picture, word_picture


@pytest.mark.parametrize("word", ["cell", "Äg", "猫", "a" * 50, "\udcff", "", "\x1b"])
@pytest.mark.parametrize("size", [10, 32])
def test_every_word_fits_its_line(word, size):
    page = word_picture(word, size)
    assert page.shape[0] == line_height(size)
    if word:
        assert page.max() > 100
        assert page[0].max() == 0 or word in ("Äg", "\udcff", "\x1b")


def test_no_letter_is_cut_off():
    high = word_picture("Äg|", 32)
    rows = np.flatnonzero(high.max(axis=1))
    taller = np.flatnonzero(word_picture("|", 32).max(axis=1))
    assert rows[0] <= taller[0]
    assert rows[-1] < line_height(32) - 1


def test_a_line_is_its_words_with_gaps():
    words = [word_picture(word, 16) for word in ("red", "cell")]
    line = line_picture("red cell", 16)
    np.testing.assert_array_equal(line[:, : words[0].shape[1]], words[0])
    np.testing.assert_array_equal(line[:, -words[1].shape[1] :], words[1])
    assert line.shape[1] > sum(word.shape[1] for word in words)
    assert line_picture("", 16).max() == 0
