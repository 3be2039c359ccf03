"""Versions of a period: which of several files for the same days is the current one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, order=True)
class Candidate:
    """A readable delivery of one sender, feed and period; ordered as versions rank.

    Attributes:
        received_at: When it was received.
        file_sha256: Its bytes; ranks deliveries received in the same second.
        delivery_id: Which delivery it is.
        adds: Whether it adds to what came before instead of replacing it.
    """

    received_at: datetime
    file_sha256: str
    delivery_id: int
    adds: bool = False


@dataclass(frozen=True)
class Version:
    """What a delivery is among those of its period.

    Attributes:
        delivery_id: Which delivery.
        version: From 1; a duplicate has the version it repeats.
        status: `loaded` (a current one), `superseded` or `duplicate`.
        superseded_at: When the next version was received; None unless superseded.
    """

    delivery_id: int
    version: int
    status: str
    superseded_at: datetime | None = None


def rank(candidates: Iterable[Candidate]) -> list[Version]:
    """Rank deliveries of one sender, feed and period by (received_at, sha256).

    The same bytes as the version before are a duplicate; the bytes of an older version are a new
    one. A version that adds leaves the one before it current. The answer does not depend on the
    order in which deliveries were processed.
    """
    groups: list[list[Candidate]] = []
    for candidate in sorted(candidates):
        if groups and groups[-1][0].file_sha256 == candidate.file_sha256:
            groups[-1].append(candidate)
        else:
            groups.append([candidate])
    versions = []
    for number, (first, *repeats) in enumerate(groups, start=1):
        after = next((later[0] for later in groups[number:] if not later[0].adds), None)
        status = "superseded" if after else "loaded"
        versions.append(
            Version(first.delivery_id, number, status, after.received_at if after else None)
        )
        versions += [Version(repeat.delivery_id, number, "duplicate") for repeat in repeats]
    return versions
