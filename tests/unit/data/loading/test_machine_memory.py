import os
import pickle

from boxwright.data.loading.machine_memory import MachineMemory


def test_a_pickle_leads_to_the_same_bytes() -> None:
    memory = MachineMemory(1_000_000)
    sent = pickle.dumps(memory)
    assert len(sent) < 1000
    other = pickle.loads(sent)
    other.bytes[5] = 3
    assert len(other) == len(memory) == 1_000_000
    assert memory.bytes[5] == 3
    assert pickle.loads(pickle.dumps(other)).bytes[5] == 3


def test_changes_of_an_own_view_are_its_own() -> None:
    memory = MachineMemory(3)
    view = memory.own_view()
    view[0] = 9
    assert view[0] == 9
    assert memory.bytes.tolist() == [0, 0, 0]


def test_nothing_is_left_open_and_bytes_outlive_the_way_to_them() -> None:
    before = len(os.listdir("/proc/self/fd"))
    memories = [MachineMemory(10) for _ in range(5)]
    kept = memories[0].bytes
    kept[1] = 4
    memories.clear()
    assert len(os.listdir("/proc/self/fd")) <= before + 1
    assert kept.tolist()[:2] == [0, 4]


def test_no_bytes_at_all() -> None:
    assert len(pickle.loads(pickle.dumps(MachineMemory(0)))) == 0
