import warnings

from boxwright.cli.plain_warnings import plain_warnings


def test_a_warning_is_a_sentence_and_said_once(capsys) -> None:
    before = warnings.showwarning
    with plain_warnings():
        for _ in range(2):
            warnings.warn("3 files were\nleft out.", stacklevel=1)
    assert capsys.readouterr().err == "boxwright: 3 files were\nleft out.\n"
    assert warnings.showwarning is before
