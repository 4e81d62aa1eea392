"""Words a person reads, in both languages at once, so that neither can be forgotten."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """One text in English and in Chinese.

    >>> Label("Sales", "销售额").in_("zh-hans")
    '销售额'
    >>> Label("Sales", "")
    Traceback (most recent call last):
    ...
    ValueError: 'Sales' needs both languages
    """

    en: str
    zh: str

    def __post_init__(self) -> None:
        if not self.en.strip() or not self.zh.strip():
            raise ValueError(f"'{self.en or self.zh}' needs both languages")

    def in_(self, language: str) -> str:
        """The text in a language code such as `en` or `zh-hans`."""
        return self.zh if language.startswith("zh") else self.en
