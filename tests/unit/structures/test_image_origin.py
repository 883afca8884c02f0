from boxwright.structures import ImageOrigin


def test_name_is_the_path_else_the_id() -> None:
    assert ImageOrigin(7, "photos/cat.jpg", (30, 40)).name == "photos/cat.jpg"
    assert ImageOrigin(7, None, (30, 40)).name == "image 7"
