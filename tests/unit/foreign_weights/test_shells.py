from collections import OrderedDict

from boxwright.foreign_weights.pickle_listing import PickleListing
from boxwright.foreign_weights.shells import Shell, shells_for


def test_a_shell_keeps_what_it_is_given() -> None:
    listing = PickleListing({"m.Net": "shell", "torch.float32": "value"})
    ((made, name),) = shells_for(listing)
    assert name == "m.Net"
    shell = made(1, "a")
    assert isinstance(shell, Shell)
    assert (shell.name, shell.arguments, shell.state, shell.get("names")) == ("m.Net", (1, "a"), None, None)
    shell.__setstate__({"names": ["a"]})
    assert shell.get("names") == ["a"]


def test_what_gets_entries_is_a_dictionary_or_a_list() -> None:
    listing = PickleListing({"m.Map": "shell", "m.Row": "shell"}, mappings={"m.Map"}, sequences={"m.Row"})
    map_, row = (made for made, _ in shells_for(listing))
    assert map_(1) == OrderedDict()
    assert type(map_.__new__(map_)) is OrderedDict
    assert row(1) == []
