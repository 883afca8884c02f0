import re
from pathlib import Path

import boxwright
from boxwright.data.fault_kinds import FAULT_KINDS

ROOT = Path(__file__).parents[3]


def test_every_kind_is_in_the_documentation_as_it_is() -> None:
    page = (ROOT / "docs/verify.md").read_text()
    rows = {
        code: (severity, title)
        for code, severity, title in re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.+?) \|", page, re.M)
    }
    assert rows == {code: (kind.severity, kind.title) for code, kind in FAULT_KINDS.items()}


def test_every_kind_is_used() -> None:
    sources = [
        path.read_text()
        for path in Path(boxwright.__file__).parent.joinpath("data").rglob("*.py")
        if path.stem != "fault_kinds"
    ]
    unused = [code for code in FAULT_KINDS if not any(f'"{code}"' in source for source in sources)]
    assert not unused, f"no reader reports {unused}"


def test_a_kind_says_what_and_how_to_cure_it() -> None:
    for code, kind in FAULT_KINDS.items():
        assert kind.title, code
        assert kind.cure, code
        assert not kind.cure.endswith("."), code
