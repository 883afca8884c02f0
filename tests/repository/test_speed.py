"""What is written for speed stands in `kernels/`, so that everything else reads like what it computes."""

import io
import re
import tokenize
from pathlib import Path

FOLDERS = ("assigners", "coders", "criterion", "geometry", "losses", "reducers", "samplers", "structures")
FOR_SPEED = re.compile(r"as_strided|Function|inference_mode|\w*_AT_ONCE|\w*CHUNK\w*|lru_cache|cache|data_ptr")
"""Views of foreign memory, gradients by hand, sizes of chunks, and what is kept between calls."""
ALLOWED = {
    "geometry/precision.py": "`constant` keeps numbers on a device, which would wait for them; geometry reads them too",
    "structures/dense_array.py": "`Predictions.from_dense` views arrays of others, whose gradients stay there",
    "structures/priors.py": "`Priors.derived` is where everybody keeps what depends on the priors alone",
}


def names_in(source: Path) -> set[str]:
    """Names of the code; comments and texts do not count."""
    tokens = tokenize.generate_tokens(io.StringIO(source.read_text(encoding="utf-8")).readline)
    return {token.string for token in tokens if token.type == tokenize.NAME}


def test_what_is_written_for_speed_stands_in_the_kernels(root: Path, sources: list[Path]) -> None:
    package = root / "src/boxwright"
    found = {}
    for source in sources:
        place = source.relative_to(package)
        names = {name for name in names_in(source) if FOR_SPEED.fullmatch(name)} if place.parts[0] in FOLDERS else ()
        if names:
            found[place.as_posix()] = sorted(names)
    assert set(found) == set(ALLOWED), (
        f"Found {found}. Move it into a kernel, or leave it out; a file that has "
        "to keep it is listed in ALLOWED with the reason."
    )
