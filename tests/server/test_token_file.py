"""A service that was given no token makes one, and keeps it to itself."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lineside_server.errors import StartError
from lineside_server.settings import Settings
from lineside_server.token_file import with_token

SERVICE = "import sys; from lineside_server.cli import main; sys.exit(main(['serve', *sys.argv[1:]]))"
PATIENCE_S = 60.0


def test_a_token_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    settings = Settings(token_file=tmp_path / "kept" / "token")
    first, made = with_token(settings)
    again, made_again = with_token(settings)
    assert (made, made_again) == (True, False)
    assert first.token == again.token
    assert len(first.token or "") >= 43  # 256 bits
    assert stat.S_IMODE((tmp_path / "kept" / "token").stat().st_mode) == 0o600
    assert [each.name for each in (tmp_path / "kept").iterdir()] == ["token"]


def test_a_token_that_is_told_goes_first(tmp_path: Path) -> None:
    settings, made = with_token(Settings(token="sesame", token_file=tmp_path / "token"))
    assert (settings.token, made) == ("sesame", False)
    assert not (tmp_path / "token").exists()


@pytest.mark.parametrize("held", ["", "two words", "a\nb", "\x00"])
def test_a_file_that_holds_no_token_is_refused(tmp_path: Path, held: str) -> None:
    (tmp_path / "token").write_text(held)
    with pytest.raises(StartError, match="holds no token"):
        with_token(Settings(token_file=tmp_path / "token"))


def test_a_place_where_none_can_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be used"):
        with_token(Settings(token_file=tmp_path / "file" / "token"))


def started(tmp_path: Path, **environment: str) -> "subprocess.Popen[str]":
    """The service as its image starts it, on a free port."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINESIDE_")}
    told = {
        "LINESIDE_HOST": "0.0.0.0",
        "LINESIDE_PORT": "0",
        "LINESIDE_TOKEN": "",
        "LINESIDE_DATABASE": str(tmp_path / "lineside.db"),
    }
    command = [sys.executable, "-c", SERVICE]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean | told | environment
    )


@pytest.fixture
def service(tmp_path: Path) -> Any:
    running: list[subprocess.Popen[str]] = []

    def start(**environment: str) -> "subprocess.Popen[str]":
        running.append(started(tmp_path, **environment))
        return running[-1]

    yield start
    for each in running:
        each.kill()
        each.communicate()


def test_the_image_starts_with_a_token_of_its_own_that_no_log_tells(service: Any, tmp_path: Path) -> None:
    kept = tmp_path / "token"
    first = service(LINESIDE_TOKEN_FILE=str(kept))
    address, told = first.stdout.readline(), first.stdout.readline()
    assert str(kept) in told
    token = kept.read_text().strip()
    port = re.search(r":(\d+)/", address)
    assert port, address
    url = f"http://127.0.0.1:{port[1]}/runs"
    assert httpx2.get(url, timeout=PATIENCE_S).status_code == 401
    assert httpx2.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S).status_code == 200
    first.terminate()
    rest, errors = first.communicate(timeout=PATIENCE_S)
    assert token not in address + told + rest + errors
    second = service(LINESIDE_TOKEN_FILE=str(kept))
    address = second.stdout.readline()  # it listens
    second.terminate()
    rest, errors = second.communicate(timeout=PATIENCE_S)
    assert token not in address + rest + errors


def test_without_a_token_and_a_file_for_it_the_image_does_not_start(service: Any) -> None:
    refused = service()
    _, errors = refused.communicate(timeout=PATIENCE_S)
    assert refused.returncode == 2
    assert "LINESIDE_TOKEN" in errors
