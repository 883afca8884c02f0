"""Dataclasses as descriptions of settings."""

from dataclasses import KW_ONLY, dataclass, field

from boxwright.arguments.setting import Setting, settings_of


@dataclass
class Inner:
    """A group.

    Args:
        lr: A number: with a colon.
    """

    lr: float | None = None


@dataclass
class Outer:
    """Settings.

    Args:
        source: From where, in a sentence
            of two lines.
        to: Where to.
        group: A group.

    Raises:
        ValueError: Never.
    """

    source: str
    _: KW_ONLY
    to: str
    group: Inner = field(default_factory=Inner)
    names: list[str] = field(default_factory=list)


def test_fields_are_settings() -> None:
    assert list(settings_of(Outer)) == [
        Setting("source", str, None, "From where, in a sentence of two lines.", True, True),
        Setting("to", str, None, "Where to.", True, False),
        Setting("group.lr", float | None, None, "A number: with a colon.", False, False),
        Setting("names", list[str], [], "", False, False),
    ]
