"""What the container files promise: a token from the first start on, loopback alone, and no root."""

import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
STAGES = {
    re.search(r"AS (\w+)", stage, re.IGNORECASE)[1]: stage  # type: ignore[index]
    for stage in re.split(r"(?m)^(?=FROM )", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    if stage.startswith("FROM ")
}


def test_the_service_needs_nothing_to_be_set_and_has_a_token_all_the_same() -> None:
    environment = COMPOSE["services"]["server"]["environment"]
    assert environment["LINESIDE_TOKEN"] == "${LINESIDE_TOKEN:-}"
    assert environment["LINESIDE_TOKEN_FILE"].startswith("/token/")
    assert any(volume.endswith(":/token") for volume in COMPOSE["services"]["server"]["volumes"])
    assert "INSECURE" not in str(COMPOSE).upper()


def test_the_service_is_reached_from_this_machine_alone() -> None:
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"]["server"]["ports"])
    assert not [name for name, one in COMPOSE["services"].items() if name != "server" and "ports" in one]


def test_no_password_stands_in_the_file() -> None:
    told = [str(one.get("environment")) for one in COMPOSE["services"].values()]
    assert re.findall(r"(?:PASSWORD|TOKEN)': '(?!\$\{\w+:-\}')[^']*", "".join(told)) == []


@pytest.mark.parametrize("name", ["server", "trainer"])
def test_nothing_runs_as_root(name: str) -> None:
    stage = STAGES[name]
    users = re.findall(r"(?m)^USER (\S+)$", stage)
    assert users
    assert users[-1] not in ("root", "0")
    assert stage.index("\nUSER ") < stage.index("\nCMD ")


def test_the_token_is_for_the_user_of_the_service_alone() -> None:
    assert re.search(r"install -d -o lineside -m 700 [^&\n]*/token\b", STAGES["server"])
