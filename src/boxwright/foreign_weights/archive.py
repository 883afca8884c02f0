"""Files in the form of an archive, as torch writes them, before torch reads them."""

import io
import struct
import zipfile
from collections import Counter
from pathlib import Path

import torch

from boxwright.errors import DataError
from boxwright.foreign_weights.pickle_listing import MOST_BYTES, PickleListing, list_pickle

LARGEST_LIST = 2**23
"""Bytes of the list of contents, which has a hundred for each tensor."""

_END, _LARGER_END, _PLACE_OF_LARGER = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_NO_TRUST = "Do not trust the file, or get it again from its maker"


def list_archive(path: Path) -> PickleListing:
    """Lists the pickle of an archive, and makes sure that torch will read what was listed and no more than is there.

    Args:
        path: The file.

    Raises:
        DataError: The archive is none of torch, was made to be read in two ways, grows, or claims more than it has.
    """
    _require_short_list(path)
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        root = _checked_root(entries)
        _require_honest_sizes(entries, path.stat().st_size)
        sizes = {entry.filename: entry.file_size for entry in entries}
        content = archive.read(f"{root}/data.pkl")
    # a second reader may find other entries in a file that was made for that
    if torch._C.PyTorchFileReader(str(path)).get_record("data.pkl") != content:
        raise DataError(f"two data.pkl are in it, and which one counts depends on who reads. {_NO_TRUST}.")
    listing = PickleListing()
    file = io.BytesIO(content)
    list_pickle(file, listing)
    for storage in listing.storages.values():
        present = sizes.get(f"{root}/data/{storage.key}")
        if present is None or present < storage.num_bytes:
            found = "which is not there" if present is None else f"which has {present:,}"
            raise DataError(f"it claims {storage.num_bytes:,} bytes of data/{storage.key}, {found}. {_NO_TRUST}.")
    return listing


def _require_short_list(path: Path) -> None:
    """Raises unless the list of contents is short: a reader takes ten times its size of memory."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - 2**16 - 100))
        tail = file.read()
        place = tail.rfind(_END)
        if place < 0 or len(tail) < place + 22:
            raise DataError(f"it is cut short ({size:,} bytes). Get it again.")
        length: int = struct.unpack_from("<L", tail, place + 12)[0]
        if tail[max(0, place - 20) : place].startswith(_PLACE_OF_LARGER):
            file.seek(struct.unpack_from("<Q", tail, place - 12)[0] % 2**62)
            larger = file.read(56)
            if len(larger) < 56 or not larger.startswith(_LARGER_END):
                raise DataError(f"its list of contents is not where it should be. {_NO_TRUST}.")
            length = struct.unpack_from("<Q", larger, 40)[0]
    if length > LARGEST_LIST:
        raise DataError(f"its list of contents has {length:,} bytes, more than weights need. {_NO_TRUST}.")


def _checked_root(entries: list[zipfile.ZipInfo]) -> str:
    """Gives the folder that everything in the archive lies in."""
    names = [entry.filename for entry in entries]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise DataError(f"{twice[0]} is in it twice, and which one counts depends on who reads. {_NO_TRUST}.")
    for name in names:
        if name.startswith(("/", "\\")) or "\\" in name or ".." in name.split("/") or ":" in name.split("/")[0]:
            raise DataError(f"the name {name!r} in it leads out of the archive. {_NO_TRUST}.")
    pickles = [name for name in names if name.rpartition("/")[2].lower() == "data.pkl"]
    if not pickles:
        raise DataError("it is an archive without data.pkl, so none that torch.save writes. Give a file of weights.")
    if len(pickles) > 1:
        raise DataError(f"{' and '.join(pickles[:3])} are in it; weights have one data.pkl. {_NO_TRUST}.")
    root = pickles[0].rpartition("/")[0]
    strays = [name for name in names if not name.startswith(f"{root}/")]
    if not root or "/" in root or strays or pickles[0] != f"{root}/data.pkl":
        raise DataError(f"{(strays or pickles)[0]!r} in it lies beside the folder of the weights. {_NO_TRUST}.")
    if any(name in (f"{root}/constants.pkl", f"{root}/model.json") or f"{root}/code/" in name for name in names):
        raise DataError("it is a program (TorchScript), no weights. Ask its maker for the state dictionary.")
    return root


def _require_honest_sizes(entries: list[zipfile.ZipInfo], size: int) -> None:
    packed = [entry.filename for entry in entries if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1]
    if packed:
        raise DataError(
            f"{packed[0]} in it is compressed or encrypted, which torch never does: it may grow. {_NO_TRUST}."
        )
    if sum(entry.file_size for entry in entries) > size:
        raise DataError(f"its parts are larger than the file ({size:,} bytes): they lie over each other. {_NO_TRUST}.")
    large = [entry for entry in entries if entry.filename.endswith("/data.pkl") and entry.file_size > MOST_BYTES]
    if large:
        raise DataError(
            f"{large[0].filename} in it has {large[0].file_size:,} bytes, more than weights need. {_NO_TRUST}."
        )
