"""Errors a person reads: what is wrong and what to do, in English and Chinese."""

from __future__ import annotations


class DaquError(Exception):
    """A problem with a known cause, shown without a traceback.

    Attributes:
        message_en: What is wrong, in English.
        message_zh: The same in Chinese.
        hint_en: What to do about it; empty when the message says it.
        hint_zh: The same in Chinese.
        exit_code: Exit code of the command that meets it (1 nothing published, 2 wrong usage).
    """

    exit_code = 1

    def __init__(
        self, message_en: str, message_zh: str, hint_en: str = "", hint_zh: str = ""
    ) -> None:
        super().__init__(message_en)
        self.message_en = message_en
        self.message_zh = message_zh
        self.hint_en = hint_en
        self.hint_zh = hint_zh


class ConfigError(DaquError):
    """Wrong usage or a deployment that cannot be read as configured."""

    exit_code = 2


class ContractError(ConfigError):
    """A contract or mapping file that cannot be read strictly; names file and line."""
