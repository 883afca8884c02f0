import io
import pickle

import pytest

import boxwright.foreign_weights.pickle_listing as listing_module
from boxwright.errors import DataError
from boxwright.foreign_weights.pickle_listing import PickleListing, list_pickle


def test_names_are_listed_wherever_they_stand() -> None:
    text = b"\x80\x02}(X\x01\x00\x00\x00ac a\nB\nX\x01\x00\x00\x00bcm\nC\n)\x81u."
    text = text.replace(b"c a", b"ca")
    listing = PickleListing()
    list_pickle(io.BytesIO(text), listing)
    assert listing.names == {"a.B": "shell", "m.C": "shell"}


def test_objects_with_entries_are_told() -> None:
    text = b"\x80\x02cm\nMap\n)\x81X\x01\x00\x00\x00aK\x01s0cm\nRow\n)\x81K\x01a.".replace(b"s0", b"s")
    listing = PickleListing()
    list_pickle(io.BytesIO(text), listing)
    assert (listing.mappings, listing.sequences) == ({"m.Map"}, {"m.Row"})


def test_there_is_an_end_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = pickle.dumps(list(range(100)), protocol=2)
    list_pickle(io.BytesIO(text), PickleListing())
    monkeypatch.setattr(listing_module, "MOST_STEPS", 50)
    with pytest.raises(DataError, match="longer than weights need"):
        list_pickle(io.BytesIO(text), PickleListing())
    monkeypatch.setattr(listing_module, "MOST_STEPS", 5000)
    monkeypatch.setattr(listing_module, "MOST_BYTES", 50)
    with pytest.raises(DataError, match="longer than weights need"):
        list_pickle(io.BytesIO(text), PickleListing())


def test_the_file_stands_behind_the_pickle() -> None:
    file = io.BytesIO(pickle.dumps(1, protocol=2) + b"rest")
    list_pickle(file, PickleListing())
    assert file.read() == b"rest"
