"""Files in the form of an archive, as torch writes them, before torch reads them."""

import io
import zipfile
from pathlib import Path

import torch

from boxwright.errors import DataError
from boxwright.foreign_weights.pickle_listing import MOST_BYTES, PickleListing, list_pickle

_NO_TRUST = "Do not trust the file, or get it again from its maker"


def list_archive(path: Path) -> PickleListing:
    """Lists the pickle of an archive, and makes sure that torch will read what was listed and no more than is there.

    Args:
        path: The file.

    Raises:
        DataError: The archive is none of torch, was made to be read in two ways, grows, or claims more than it has.
    """
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


def _checked_root(entries: list[zipfile.ZipInfo]) -> str:
    """Gives the folder that everything in the archive lies in."""
    names = [entry.filename for entry in entries]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(names) != len(set(names)) else []
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
            f"{packed[0]} in it is compressed, which torch never does; it may grow without end. {_NO_TRUST}."
        )
    if sum(entry.file_size for entry in entries) > size:
        raise DataError(f"its parts are larger than the file ({size:,} bytes): they lie over each other. {_NO_TRUST}.")
    large = [entry for entry in entries if entry.filename.endswith("/data.pkl") and entry.file_size > MOST_BYTES]
    if large:
        raise DataError(
            f"{large[0].filename} in it has {large[0].file_size:,} bytes, more than weights need. {_NO_TRUST}."
        )
