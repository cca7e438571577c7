"""Settings come from flags and variables, and unsafe ones are refused in words."""

import pytest
from pydantic import ValidationError

from lineside_server.settings import Settings, is_loopback


def test_variables_fill_what_flags_leave_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINESIDE_PORT", "8000")
    monkeypatch.setenv("LINESIDE_ALLOWED_HOSTS", "Box.example, other")
    monkeypatch.setenv("LINESIDE_TOKEN", "")
    settings = Settings(host="::1")
    assert (settings.host, settings.port) == ("::1", 8000)
    assert settings.allowed_hosts == ("box.example", "other")
    assert settings.token is None
    assert Settings(port=9000).port == 9000


def test_the_database_lies_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert Settings().database == "/data/lineside/lineside.db"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/alice")
    assert Settings().database == "/home/alice/.local/share/lineside/lineside.db"


@pytest.mark.parametrize("token", ["two words", "a\nb", "ü", "a,b", "a/b", 'a"b'])
def test_a_token_that_a_socket_cannot_bring_is_refused(token: str) -> None:
    with pytest.raises(ValidationError, match="a token is made of"):
        Settings(token=token)


def test_projects_may_keep_other_than_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    told = '{"a": {"retention_days": 30}, "b": {"quota_bytes": 5, "retention_days": null}}'
    monkeypatch.setenv("LINESIDE_PROJECT_KEEPING", told)
    for settings in (Settings(), Settings(project_keeping=told)):
        assert settings.project_keeping["a"].retention_days == 30
        assert settings.project_keeping["b"].model_dump(exclude_unset=True) == {
            "quota_bytes": 5,
            "retention_days": None,
        }
    monkeypatch.setenv("LINESIDE_PROJECT_KEEPING", "")
    assert Settings().project_keeping == {}


@pytest.mark.parametrize("wrong", ["{", "[]", '{"a": 3}', '{"a": {"days": 3}}', '{"a": {"quota_bytes": 0}}'])
def test_what_a_project_keeps_is_read_strictly(wrong: str) -> None:
    with pytest.raises(ValidationError, match="project_keeping"):
        Settings(project_keeping=wrong)


@pytest.mark.parametrize("wrong", [{"port": 70000}, {"max_body": 0}, {"lost_after": 0}, {"log_level": "loud"}])
def test_values_out_of_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)  # type: ignore[arg-type]  # that is what is tested


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"])
def test_loopback_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    assert Settings(host=host).refusal() is None
    assert not Settings(host=host).asks_for_token
    assert Settings(host=host, token="sesame").asks_for_token
    assert Settings(host=host, require_token=True).asks_for_token


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "box", "127.0.0.1.example"])
def test_elsewhere_a_token_or_a_plain_word_is_needed(host: str) -> None:
    refusal = Settings(host=host).refusal()
    assert refusal is not None
    assert host in refusal
    assert Settings(host=host, token="sesame").refusal() is None
    assert Settings(host=host, insecure=True).refusal() is None
    assert Settings(host=host).refusal(has_tokens=True) is None
    assert Settings(host=host).asks_for_token
    assert not Settings(host=host, insecure=True).asks_for_token


def test_a_token_that_nobody_has_cannot_be_asked_for() -> None:
    refusal = Settings(require_token=True).refusal()
    assert refusal is not None
    assert "lineside token create" in refusal
    assert Settings(require_token=True).refusal(has_tokens=True) is None
    assert Settings(require_token=True, insecure=True).asks_for_token
