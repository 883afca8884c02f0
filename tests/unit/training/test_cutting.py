from boxwright.data import open_dataset
from boxwright.settings.training import settings_from
from boxwright.training.cutting import cut, said_of_cutting


def test_images_are_cut_if_that_is_asked_for() -> None:
    train_data, val_data = (open_dataset("sample:bccd", split) for split in ("train", "val"))
    whole = settings_from({})
    assert cut(whole, train_data, val_data) is None
    assert said_of_cutting(whole, None) == ""
    settings = settings_from({"tile": 400})
    tiles = cut(settings, train_data, val_data)
    assert tiles is not None
    assert len(tiles[1]) == 4 * len(val_data)  # 480 × 640
    assert len(val_data) < len(tiles[0]) <= 4 * len(train_data)
    assert said_of_cutting(settings, tiles) == (
        f", cut into {len(tiles[0]):,} and {len(tiles[1]):,} tiles of 400 × 400 pixels, overlap 0.2"
    )
