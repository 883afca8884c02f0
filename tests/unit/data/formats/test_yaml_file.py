from pathlib import Path

import pytest

from boxwright.data.formats.yaml_file import read_yaml
from boxwright.errors import DataError


def _read(tmp_path: Path, text: str | bytes) -> object:
    (tmp_path / "a.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(tmp_path / "a.yaml")


def test_plain_values(tmp_path: Path) -> None:
    assert _read(tmp_path, "names: {0: ä}\nlist: [a, [b]]\n") == {"names": {"0": "ä"}, "list": ["a", ["b"]]}


@pytest.mark.parametrize(
    "written",
    [
        *("yes", "NO", "on", "Off", "True", "y", "010", "0x1F", "0b11", "0o17", "1_000", "1.10", "1e3", "1.0e+3", ".5"),
        *(
            "12:30",
            "190:20:30.15",
            "2024-01-01",
            "2024-99-99",
            "2024-01-01T10:00:00Z",
            ".inf",
            "-.INF",
            ".NaN",
            "+1",
            "=",
        ),
    ],
)
def test_text_stays_as_it_is_written(tmp_path: Path, written: str) -> None:
    text = f"{written}: [{written}, '{written}', \"{written}\"]\nnested:\n- {{0: {written}}}\n"
    assert _read(tmp_path, text) == {written: [written] * 3, "nested": [{"0": written}]}


@pytest.mark.parametrize("written", ["null", "~", "NULL", "Null", ""])
def test_nothing_is_none_unless_quoted(tmp_path: Path, written: str) -> None:
    assert _read(tmp_path, f"a: {written}\nb: '{written}'\n") == {"a": None, "b": written}


@pytest.mark.parametrize(
    "text", ["a: [", "!!python/object/apply:os.getcwd []", "!!python/name:os.system", "a: !!int 5", "a: !own b"]
)
def test_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"a\.yaml cannot be read as YAML"):
        _read(tmp_path, text)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfa: b\r\nc: d\r\n",
        "\ufeffa: b\nc: d".encode("utf-16-le"),
        "a: b\rc: d".encode("utf-16"),
        b"---\na: b\nc:   d   # remark\n...\n",
    ],
)
def test_marks_and_line_ends_of_editors(tmp_path: Path, content: bytes) -> None:
    assert _read(tmp_path, content) == {"a": "b", "c": "d"}


@pytest.mark.parametrize("text", ["path:\t.\n", "names:\n\t- a\n"])
def test_tabs_are_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"line [12](.|\n)*Write spaces for the tabs"):
        _read(tmp_path, text)


def test_other_encodings_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 2 is not UTF-8\. Save the file as UTF-8"):
        _read(tmp_path, "a: b\nc: é".encode("latin-1"))


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3\n", "x:\n  a: 1\n  'b': 2\n\n  \"a\": 3\n"])
def test_keys_that_come_twice(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"the key 'a' comes twice, in line [12] and in line [35]"):
        _read(tmp_path, text)


def test_aliases_may_be_used(tmp_path: Path) -> None:
    text = "first: &a {train: x, val: y}\nsecond: *a\nthird: {<<: *a, val: z}\n"
    both = {"train": "x", "val": "y"}
    assert _read(tmp_path, text) == {"first": both, "second": both, "third": {"train": "x", "val": "z"}}


def _multiplied(width: int, depth: int) -> str:
    lines = [f"a0: &a0 [{', '.join(['xxxxxxxxxx'] * width)}]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]" for level in range(1, depth)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        _multiplied(10, 6),
        _multiplied(2, 60),
        f"a: &a {'x' * 50_000}\nb: [{', '.join(['*a'] * 50)}]",
        "a0: &a0 {x: y}\n" + "\n".join(f"a{n}: &a{n} {{p: *a{n - 1}, q: *a{n - 1}}}" for n in range(1, 40)),
        "a: &a [*a]",
        "a: &a {b: {c: *a}}",
    ],
    ids=["lists", "deep", "text", "mappings", "itself", "itself below"],
)
def test_aliases_that_multiply_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"aliases|contains itself"):
        _read(tmp_path, text)


def test_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_yaml(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "names: {0: cat, 0: dog}",
        "{train: a, train: b}",
        "names: {0: cat, '0': dog}",
        "all: [{0: cat, 1: dog, 0: bird}]",
        "{names: {0: a, 0: b}}: c",
    ],
)
def test_a_key_that_comes_twice_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"the key '(0|train)' comes twice, in line 1 and in line 1"):
        _read(tmp_path, text)


def test_a_merge_may_bring_a_key_that_is_written(tmp_path: Path) -> None:
    text = "a: &a {x: 1}\nb: &b {<<: *a, x: 2}\nc: {<<: *b, x: 3}\n"
    assert _read(tmp_path, text) == {"a": {"x": "1"}, "b": {"x": "2"}, "c": {"x": "3"}}


def test_what_is_nested_too_deeply_is_called_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nested too deeply"):
        _read(tmp_path, "a: " + "[" * 5000 + "]" * 5000)


def test_a_file_that_cannot_be_opened_is_not_to_be_corrected(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(DataError, match=r"a\.yaml cannot be read \(Is a directory\)\. Look at the path"):
        read_yaml(tmp_path / "a.yaml")
