"""Files that torch wrote before version 1.6: pickles behind each other, then the numbers."""

import tarfile
from pathlib import Path

from boxwright.errors import DataError
from boxwright.foreign_weights.pickle_listing import PickleListing, list_pickle

MAGIC = 0x1950A86A20F9469CFC6C
START = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The first pickle, which holds the magic number."""

_PICKLES = 5  # magic number, protocol, system, the object, the keys of the storages
_PROTOCOL = 1001


def list_older_file(path: Path) -> PickleListing:
    """Lists the pickles of a file of an older torch.

    Args:
        path: The file.

    Raises:
        DataError: It is damaged, or claims more numbers than it has.
    """
    if tarfile.is_tarfile(path):
        raise DataError(
            "it can be read as a tar archive too, and which one counts depends on who reads. Do not trust it."
        )
    listing = PickleListing()
    with path.open("rb") as file:
        for _ in range(_PICKLES):
            list_pickle(file, listing)
        left = path.stat().st_size - file.tell()
    if listing.constants[:2] != [MAGIC, _PROTOCOL]:
        raise DataError(f"it begins with {listing.constants[:2]}, which no file of weights does.")
    claimed = sum(storage.num_bytes for storage in listing.storages.values())
    if claimed > left:
        raise DataError(
            f"it claims {claimed:,} bytes of weights and has {left:,}: cut short, or made up. Get it again."
        )
    return listing
