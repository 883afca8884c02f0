import numpy as np

from boxwright.data.formats.yolo.ring_seams import join_rings
from boxwright.structures import InstanceMasks


def _square(low: float, high: float, *, turned: bool = False) -> np.ndarray:
    ring = np.array([[low, low], [high, low], [high, high], [low, high]], dtype=np.float64)
    return ring[::-1] if turned else ring


def _drawn(rings: list[np.ndarray]) -> np.ndarray:
    return (
        InstanceMasks.from_polygons([[ring.reshape(-1).tolist() for ring in rings]], (40, 40)).to_boolean()[0].numpy()
    )


def test_one_ring_stays_as_it_is() -> None:
    assert np.array_equal(join_rings([_square(2, 9)]), _square(2, 9))


def test_parts_stay_apart() -> None:
    rings = [_square(2, 9), _square(12, 20), _square(25, 36)]
    joined = join_rings(rings)
    assert len(joined) == 4 + 2 * (4 + 2)
    assert np.array_equal(_drawn([joined]), _drawn(rings))


def test_a_hole_stays_a_hole_whichever_way_round() -> None:
    for turned in (False, True):
        joined = _drawn([join_rings([_square(2, 30), _square(10, 20, turned=turned)])])
        assert np.array_equal(joined, _drawn([_square(2, 30)]) & ~_drawn([_square(10, 20)]))


def test_the_seam_takes_the_shortest_way() -> None:
    joined = join_rings([_square(2, 9), _square(12, 20)])
    assert [9, 9] in joined.tolist()
    place = joined.tolist().index([9, 9])
    assert joined[place + 1].tolist() == [12, 12]
