"""The words for how a run stands and how it ended."""

from typing import Literal

State = Literal["connecting", "online", "waiting", "offline", "disabled", "finished"]
Status = Literal["finished", "failed", "stopped"]
