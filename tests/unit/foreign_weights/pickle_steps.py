"""Steps of a pickle as bytes, to write pickles that no program would write."""

START, END = b"\x80\x02", b"."


def text(value: str | bytes) -> bytes:
    """Pushes a text."""
    letters = value.encode() if isinstance(value, str) else value
    return b"X" + len(letters).to_bytes(4, "little") + letters


def number(value: int) -> bytes:
    """Pushes a whole number."""
    size = (value.bit_length() + 8) // 8
    return b"\x8a" + bytes([size]) + value.to_bytes(size, "little", signed=True)


def numbers(*values: int) -> bytes:
    """Pushes a tuple of whole numbers."""
    return b"(" + b"".join(number(value) for value in values) + b"t"


def name(module: str, word: str) -> bytes:
    """Pushes what a name means."""
    return f"c{module}\n{word}\n".encode()


def called(module: str, word: str, *arguments: bytes) -> bytes:
    """Pushes what a call gives."""
    return name(module, word) + b"(" + b"".join(arguments) + b"tR"


def kept(place: int) -> bytes:
    """Remembers what is uppermost."""
    return b"r" + place.to_bytes(4, "little")


def again(place: int) -> bytes:
    """Pushes what was remembered."""
    return b"j" + place.to_bytes(4, "little")


def storage(count: int, key: str = "0", kind: str = "FloatStorage") -> bytes:
    """Pushes a storage of so many numbers."""
    return b"(" + text("storage") + name("torch", kind) + text(key) + text("cpu") + number(count) + b"tQ"


def tensor(count: int, shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0, key: str = "0") -> bytes:
    """Pushes a tensor on a storage of so many numbers."""
    parts = (storage(count, key), number(offset), numbers(*shape), numbers(*strides), b"\x89", b"N")
    return called("torch._utils", "_rebuild_tensor_v2", *parts)


def mapping(**entries: bytes) -> bytes:
    """Pushes a dictionary."""
    return b"}(" + b"".join(text(key) + value for key, value in entries.items()) + b"u"


def nested_tuples(depth: int) -> bytes:
    """Pushes tuples in tuples, each with the one before twice: as many parts as two to the power of the depth."""
    return number(1) + b"".join(kept(1) + again(1) + b"\x86" for _ in range(depth))
