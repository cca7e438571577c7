"""Secrets stay; the words of a vocabulary go."""

import pytest

from lineside._redact import REDACTED, is_secret, redact_text


@pytest.mark.parametrize(
    "key",
    [
        "token", "hf_token", "HF_TOKEN", "wandbToken", "auth-token", "access_token", "password", "db_password",
        "secret", "client_secret", "api_key", "apiKey", "openai_api_key", "apikey", "aws_secret_access_key",
        "Authorization", "credentials", "passphrase", "PASSWD", "private_key",
    ],
)  # fmt: skip
def test_a_secret_by_its_key(key: str) -> None:
    assert is_secret(key, "abc")


@pytest.mark.parametrize(
    "key",
    [
        "tokens", "max_tokens", "num_tokens", "pad_token", "eos_token", "bos_token_id", "tokenizer", "tokens_per_s",
        "token_ids", "key", "keys", "monkey", "author", "learning_rate", "secretary", "hidden_size", "mask_token",
    ],
)  # fmt: skip
def test_an_ordinary_key(key: str) -> None:
    assert not is_secret(key, "abc")


def test_flags_and_counts_are_no_secrets() -> None:
    assert not is_secret("use_auth_token", value=True)
    assert not is_secret("password", None)
    assert not is_secret("train_tokens", 5_000_000)
    assert is_secret("password", 12345678)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("login(password='hunter2', user='bob')", f"login(password='{REDACTED}', user='bob')"),
        ('{"api_key": "abc", "lr": 1}', f'{{"api_key": "{REDACTED}", "lr": 1}}'),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {REDACTED}"),
        ("postgresql://bob:pw@db/x failed", f"postgresql://{REDACTED}@db/x failed"),
        ("GET /x?token=abc&y=1", f"GET /x?token={REDACTED}&y=1"),
        ("ValueError: max_tokens=512 is too many", "ValueError: max_tokens=512 is too many"),
        ("KeyError: 'loss'", "KeyError: 'loss'"),
    ],
)
def test_texts(text: str, expected: str) -> None:
    assert redact_text(text) == expected


def test_known_values_are_taken_out_wherever_they_stand() -> None:
    assert redact_text("cannot open swordfish!", frozenset({"swordfish"})) == f"cannot open {REDACTED}!"
