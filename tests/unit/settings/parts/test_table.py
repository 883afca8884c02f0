from boxwright.settings.parts.catalog import PARTS
from boxwright.settings.parts.table import parts_table


def test_it_lists_every_part_and_option() -> None:
    text = parts_table()
    for role, parts in PARTS.items():
        assert f"--parts.{role}\n" in text
        for part in parts.values():
            assert f"  {part.name} " in text
            assert all(f"--parts.{role}.{option.name} " in text for option in part.options)


def test_for_a_system_it_says_what_does_not_fit_and_why() -> None:
    lines = parts_table("yolov8s", "assigner").splitlines()
    assert lines[0] == "--parts.assigner"
    at = next(place for place, line in enumerate(lines) if line.startswith("  shape_ratio"))
    assert any(line.startswith("    not yolov8: it lets one prior answer") for line in lines[at : at + 4])
    assert "--parts.sampler\n" not in "\n".join(lines)
