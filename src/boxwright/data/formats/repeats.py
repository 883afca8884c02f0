"""Images that a list names several times, as people do to show them more often."""

from collections import Counter
from collections.abc import Iterable

from boxwright.data.faults import FaultList
from boxwright.errors import counted


def say_repeats(images: Iterable[str], faults: FaultList) -> None:
    """Says how many images are listed several times, and how often together.

    Args:
        images: All that are listed, as often as they are.
        faults: Takes one fault, if there are any.
    """
    repeated = {image: count for image, count in Counter(images).items() if count > 1}
    if repeated:
        first, count = next(iter(repeated.items()))
        more = sum(repeated.values()) - len(repeated)
        text = f"{counted(len(repeated), 'image')} listed several times, {counted(more, 'repeat')} in all"
        faults.add("listed-again", None, f"{text} (first: {first}, {count} times)")
