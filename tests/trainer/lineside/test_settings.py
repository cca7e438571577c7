"""Arguments come before the environment, the environment before defaults, and mistakes get a sentence."""

from pathlib import Path
from typing import Any

import pytest

from lineside._settings import DEFAULT_SERVER, resolve

ENVIRON = {
    "LINESIDE_SERVER": "http://monitor:1",
    "LINESIDE_TOKEN": "t",
    "LINESIDE_PROJECT": "p",
    "LINESIDE_MODE": "offline",
    "LINESIDE_DIR": "/spool",
    "LINESIDE_RUN_ID": "run-1",
    "LINESIDE_RESUME": "allow",
    "LINESIDE_SPOOL_LIMIT": "5000",
}


def test_the_environment_holds_where_nothing_is_given() -> None:
    settings = resolve(ENVIRON)
    assert settings == ("http://monitor:1", "t", "p", "offline", Path("/spool"), 5_000, "run-1", "allow", [])


def test_arguments_come_first() -> None:
    given: dict[str, Any] = {
        "server": "https://other/", "token": "u", "project": "q", "mode": "online", "folder": "/x",
        "spool_limit": 6_000, "run_id": "run-2", "resume": "must",
    }  # fmt: skip
    settings = resolve(ENVIRON, **given)
    assert settings == ("https://other", "u", "q", "online", Path("/x"), 6_000, "run-2", "must", [])


def test_the_defaults() -> None:
    settings = resolve({"HOME": "/home/alice"})
    assert settings.server == DEFAULT_SERVER
    assert (settings.mode, settings.resume, settings.spool_limit) == ("online", "never", 1 << 30)
    assert settings.folder.parts[-3:] == (".local", "state", "lineside")
    assert resolve({"XDG_STATE_HOME": "/state"}).folder == Path("/state/lineside")


def test_an_offline_run_without_an_address_names_no_server() -> None:
    assert resolve({"LINESIDE_MODE": "offline"}).server is None


@pytest.mark.parametrize(("word", "meant"), [(True, "allow"), (False, "never"), ("auto", "allow"), ("must", "must")])
def test_words_for_resume(word: Any, meant: str) -> None:
    assert resolve({}, resume=word).resume == meant


@pytest.mark.parametrize(
    ("mistake", "taken"),
    [
        ({"mode": "loud"}, ("mode", "online")),
        ({"server": "monitor:80"}, ("server", "http://monitor:80")),
        ({"spool_limit": "much"}, ("spool_limit", 1 << 30)),
        ({"run_id": "a b/c"}, ("run_id", "a-b-c")),
        ({"run_id": "x" * 70}, ("run_id", "x" * 64)),
        ({"resume": "perhaps"}, ("resume", "never")),
    ],
)
def test_a_mistake_gets_a_sentence_and_a_sensible_value(mistake: dict[str, Any], taken: tuple[str, Any]) -> None:
    settings = resolve({}, **mistake)
    assert getattr(settings, taken[0]) == taken[1]
    assert len(settings.complaints) == 1
    assert settings.complaints[0].endswith(".")
