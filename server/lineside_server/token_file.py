"""The file that holds the service's token, made at the first start where nobody gave one."""

import os
import secrets
from pathlib import Path

from lineside_server.errors import StartError
from lineside_server.settings import TOKEN, Settings

TOKEN_BYTES = 32
OWN_ALONE = 0o600


def with_token(settings: Settings) -> tuple[Settings, bool]:
    """The settings with the token of its file, and whether that was made just now; a token that is told goes first.

    StartError: the file cannot be read or made, or holds no token.
    """
    if settings.token is not None or settings.token_file is None:
        return settings, False
    try:
        token, made = _read_or_make(settings.token_file)
    except OSError as failure:
        raise StartError(
            f"The token file {settings.token_file} cannot be used: {failure.strerror or failure}."
        ) from failure
    if not TOKEN.fullmatch(token):
        raise StartError(
            f"The token file {settings.token_file} holds no token: one line of letters, digits and the signs - . _ ~."
        )
    return settings.model_copy(update={"token": token}), made


def _read_or_make(path: Path) -> tuple[str, bool]:
    """Made by a name of its own first: a service that is killed meanwhile leaves no half a token."""
    if path.exists():
        return path.read_text(encoding="utf-8", errors="replace").strip(), False
    token = secrets.token_urlsafe(TOKEN_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_ALONE), "w") as file:
        file.write(f"{token}\n")
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return token, True
