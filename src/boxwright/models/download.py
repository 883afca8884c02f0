"""Fetching published weights."""

import hashlib
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlparse

from boxwright.errors import ConfigError, DataError
from boxwright.writing.atomic_file import atomic_file

CHUNK_BYTES = 1 << 20
TIMEOUT_SECONDS = 30.0
SHORTEST_CHECKSUM = 8


def download(url: str, sha256: str, cache_dir: str | Path) -> Path:
    """Fetches a file once and proves that it is the right one.

    A file of that name and checksum in the folder is used as it is; one with another checksum is replaced.
    The file appears under its name only when it is complete and its checksum is right.

    Args:
        url: http or https address; its last part names the file.
        sha256: Checksum, 64 hexadecimal digits; or its first 8 or more, where no more are published.
        cache_dir: Where files are kept; made if missing.

    Returns:
        Where the file lies.

    Raises:
        ConfigError: The address or the checksum cannot be one.
        DataError: The file cannot be fetched, or what came is another file.
    """
    path = _checked_place(url, sha256, Path(cache_dir))
    if path.exists() and file_sha256(path).startswith(sha256.lower()):
        return path
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response, atomic_file(path, replaces=True) as file:
            _copy_checked(response.read, file.write, url, sha256.lower())
    except urllib.error.HTTPError as error:
        error.close()
        raise _unreachable(url, sha256, path, f"the server answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise _unreachable(url, sha256, path, str(reason)) from error
    return path


def file_sha256(path: Path) -> str:
    """Computes the SHA-256 checksum of a file, in hexadecimal.

    Args:
        path: The file.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked_place(url: str, sha256: str, cache_dir: Path) -> Path:
    parts = urlparse(url)
    name = Path(parts.path).name
    if parts.scheme not in ("http", "https") or not name:
        raise ConfigError(f"Cannot download {url!r}: an http or https address that ends in a file name is needed.")
    if not re.fullmatch(rf"[0-9a-fA-F]{{{SHORTEST_CHECKSUM},64}}", sha256):
        raise ConfigError(
            f"The checksum of {url} must be 64 hexadecimal digits (SHA-256), or the first {SHORTEST_CHECKSUM} or more; "
            f"found {sha256!r}."
        )
    return cache_dir / name


def _copy_checked(read: Callable[[int], bytes], write: Callable[[bytes], int], url: str, expected: str) -> None:
    digest, size = hashlib.sha256(), 0
    while chunk := read(CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
        write(chunk)
    if not digest.hexdigest().startswith(expected):
        raise DataError(
            f"{url} sent {size} bytes with SHA-256 {digest.hexdigest()}, expected {expected}. The transfer "
            "was cut short or the file has changed: try again, or correct the checksum. Nothing was kept."
        )


def _unreachable(url: str, sha256: str, path: Path, reason: str) -> DataError:
    begins = "" if len(sha256) == 64 else "begins with "
    other = f" What is there is another file, of SHA-256 {file_sha256(path)}." if path.is_file() else ""
    return DataError(
        f"Cannot download {url}: {reason}. Check the connection, or fetch the file, whose SHA-256 {begins or 'is '}"
        f"{sha256}, on another machine and put it at {path}.{other}"
    )
