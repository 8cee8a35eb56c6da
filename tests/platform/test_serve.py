"""Starting and stopping: the port, the key of the machine, children that stop together."""

import socket
import sys
import time

import pytest

from ensemblier.web import serve

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
)


@pytest.fixture
def taken():
    """A port on which someone listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_already_taken_gets_a_clear_answer(taken, tmp_path, capsys):
    assert serve.run_demo(port=taken, var=tmp_path, is_empty=True) == 1
    assert f"PORT={taken + 1} make run" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_key_of_the_machine_is_made_once_and_only_for_its_owner(tmp_path):
    key = serve.local_key(tmp_path)
    assert len(key) >= 64
    assert serve.local_key(tmp_path) == key
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0
    assert serve.local_key(tmp_path.parent) != key


def test_children_stop_together_even_a_deaf_one(monkeypatch):
    monkeypatch.setattr(serve, "STOP_SECONDS", 1)
    group = serve.Group({"PATH": ""})
    child = group.start(SLEEP)
    deaf = group.start([sys.executable, "-c", DEAF])
    assert group.watch(0.5) is True
    started = time.monotonic()
    group.stop()
    assert time.monotonic() - started < 5
    assert child.poll() is not None
    assert deaf.poll() is not None


def test_a_child_that_ends_is_noticed():
    group = serve.Group({"PATH": ""})
    group.start([sys.executable, "-c", ""])
    assert group.watch(20) is False
    group.stop()


def test_a_step_that_fails_ends_the_program():
    with pytest.raises(SystemExit) as ended:
        serve.Group({"PATH": ""}).run([sys.executable, "-c", "raise SystemExit(3)"])
    assert ended.value.code == 3
