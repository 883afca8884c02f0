"""Files that torch wrote before version 1.6: pickles behind each other, then the numbers."""

import tarfile
from io import BufferedReader, FileIO
from pathlib import Path

from boxwright.errors import DataError
from boxwright.foreign_weights.pickle_listing import MOST_BYTES, PickleListing, list_pickle

MAGIC = 0x1950A86A20F9469CFC6C
START = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The first pickle, which holds the magic number."""

_PICKLES = 5  # magic number, protocol, system, the object, the keys of the storages
_PROTOCOL = 1001


class _Bounded(BufferedReader):
    """A file that gives no more at once than a pickle of weights has: a text may be as long as the file."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= MOST_BYTES:
            raise DataError(f"a text in it is longer than weights need ({size:,} bytes). Do not trust it.")
        return super().read(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        return super().readline(MOST_BYTES)


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
    with _Bounded(FileIO(path)) as file:
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
