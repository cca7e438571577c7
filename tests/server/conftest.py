"""The founding runs: the three recorded runs that this service was first built for."""

import os
from pathlib import Path
from typing import Any

import pytest

FOUNDING = Path(__file__).resolve().parents[1] / "runs" / "founding"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LINESIDE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def founding() -> Any:
    return sorted(FOUNDING.glob("*.jsonl.gz"))
