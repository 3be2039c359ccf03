"""Reads the agreed reports in `quality/contracts` strictly and compiles what follows from them."""

from pipelines.contracts.file_reasons import FILE_REASONS, FileReason
from pipelines.contracts.headers import NOTE, accepted_headers, header_key, is_note
from pipelines.contracts.load import load_contract, load_contracts
from pipelines.contracts.model import AllowedValue, Column, Contract, RowRule, Sla
from pipelines.contracts.reason import Reason
from pipelines.contracts.reasons import reasons_of
from pipelines.contracts.scripts import simplified, spellings
from pipelines.contracts.tables import (
    LandedColumn,
    history_columns,
    landed_columns,
    sent_name,
    sla_row,
)

__all__ = [
    "FILE_REASONS",
    "NOTE",
    "AllowedValue",
    "Column",
    "Contract",
    "FileReason",
    "LandedColumn",
    "Reason",
    "RowRule",
    "Sla",
    "accepted_headers",
    "header_key",
    "history_columns",
    "is_note",
    "landed_columns",
    "load_contract",
    "load_contracts",
    "reasons_of",
    "sent_name",
    "simplified",
    "sla_row",
    "spellings",
]
