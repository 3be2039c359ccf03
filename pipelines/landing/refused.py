"""A file that cannot be landed as a whole, with the reason its sender is told."""

from __future__ import annotations


class RefusedError(Exception):
    """The file is kept but none of its rows is loaded.

    Attributes:
        reason: Stable reason id, one of `pipelines.contracts.FILE_REASONS`, with `:detail` where
            the detail matters to whoever mends it, such as `missing_column:sold_date`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
