"""Where a deployment lives and what it is set to: `deployment.yaml` and the folders beside it."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from pipelines.errors import ConfigError
from pipelines.forecasting import CHALLENGERS

PROJECT = Path(__file__).resolve().parent.parent
KNOWN_KEYS = {
    "name",
    "timezone",
    "currency",
    "language",
    "as_of",
    "feeds",
    "forecast_challengers",
    "notifications",
    "retention",
}


@dataclass(frozen=True)
class Retention:
    """How long a deployment keeps what it no longer needs to say what is so; None is for ever.

    Attributes:
        snapshots: Published snapshots kept for `daqu rollback`.
        raw_months: Files on which no kept row rests, counted from their receipt.
        quarantine_months: Texts of quarantined rows, counted from the receipt of their file.
        history_months: Superseded rows, counted from the receipt of what superseded them.
    """

    snapshots: int = 3
    raw_months: int | None = None
    quarantine_months: int | None = None
    history_months: int | None = None


@dataclass(frozen=True)
class Settings:
    """One deployment, read once per command.

    Attributes:
        home: Folder of the deployment (`DAQU_HOME`).
        name: What the deployment is called on screens and in the snapshot.
        timezone: IANA zone in which days begin and deadlines fall.
        currency: ISO 4217 code of every amount.
        language: `zh` or `en`: which label comes first.
        feeds: Subscribed feeds, in the order written.
        as_of: The day every figure is told as of.
        forecast_challengers: Methods in Python that are tried beside those in SQL.
        retention: How long what is no longer needed is kept.
        project: Folder with `quality/contracts` and `dbt_project`.
        warehouse: Folder of the warehouse; another one while it is made a second time.
    """

    home: Path
    name: str
    timezone: str
    currency: str
    language: str
    feeds: tuple[str, ...]
    as_of: date
    forecast_challengers: tuple[str, ...] = ()
    retention: Retention = field(default_factory=Retention)
    project: Path = PROJECT
    warehouse: str = "warehouse"

    @property
    def inbox(self) -> Path:
        """Where senders' files arrive."""
        return self.home / "inbox"

    @property
    def raw(self) -> Path:
        """Received bytes, each file under its sha256, never changed."""
        return self.home / "landing" / "raw"

    @property
    def receipts(self) -> Path:
        """One small JSON file per receipt: who sent what, when it came."""
        return self.home / "landing" / "receipts"

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file the pipeline works in; nobody else opens it."""
        return self.home / self.warehouse / "daqu.duckdb"

    @property
    def published(self) -> Path:
        """Snapshots readers see."""
        return self.home / "published"

    @property
    def reference(self) -> Path:
        """Policies and calendars kept as CSV, landed as sender `self`."""
        return self.home / "reference"

    @property
    def mappings(self) -> Path:
        """One YAML file per sender or family of senders."""
        return self.home / "mappings"

    @property
    def corrections(self) -> Path:
        """One YAML file per feed with reasoned edits of what senders sent."""
        return self.home / "corrections"

    @property
    def contracts(self) -> Path:
        """The agreed reports, one ODCS file per feed."""
        return self.project / "quality" / "contracts"

    @property
    def dbt_project(self) -> Path:
        """The dbt project."""
        return self.project / "dbt_project"

    def now(self) -> datetime:
        """Local wall-clock time of the deployment, without zone, to the second."""
        return datetime.now(ZoneInfo(self.timezone)).replace(tzinfo=None, microsecond=0)

    @classmethod
    def load(cls, home: Path | None = None, as_of: date | None = None) -> Settings:
        """Read `deployment.yaml` of a deployment.

        Args:
            home: Folder of the deployment; default `DAQU_HOME`, then the sample in `data/`.
            as_of: Overrides the `as_of` of the file; default today in the deployment's zone.

        Raises:
            ConfigError: The file is absent, unreadable, or has unknown or wrong values.
        """
        folder = Path(home or os.environ.get("DAQU_HOME") or PROJECT / "data").resolve()
        file = folder / "deployment.yaml"
        values = _read(file)
        zone = str(values.get("timezone", "Asia/Shanghai"))
        try:
            today = datetime.now(ZoneInfo(zone)).date()
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise _wrong(file, "timezone", zone, "an IANA zone such as Asia/Shanghai") from error
        return cls(
            home=folder,
            name=str(values.get("name", folder.name)),
            timezone=zone,
            currency=str(values.get("currency", "CNY")),
            language=_one_of(file, values, "language", ("zh", "en")),
            feeds=_feeds(file, values),
            as_of=as_of or _as_of(file, values) or today,
            forecast_challengers=_challengers(file, values),
            retention=_retention(file, values),
        )


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise ConfigError(
            f"{file} is missing: this folder is not a deployment.",
            f"缺少 {file}：该目录不是一个部署。",
            "Make one with `daqu init DIR`, or name another folder with --home.",
            "请用 `daqu init DIR` 新建，或用 --home 指定其他目录。",
        )
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file} is not YAML: {error}", f"{file} 不是有效的 YAML：{error}"
        ) from error
    if not isinstance(values, dict):
        raise _wrong(file, "(whole file)", values, "a list of `key: value` lines")
    for key in values:
        if key not in KNOWN_KEYS:
            raise _wrong(file, str(key), values[key], f"one of {', '.join(sorted(KNOWN_KEYS))}")
    return values


def _wrong(file: Path, key: str, value: object, expected: str) -> ConfigError:
    return ConfigError(
        f"{file}: `{key}` is {value!r}; expected {expected}.",
        f"{file}：`{key}` 的值为 {value!r}；应为 {expected}。",
    )


def _one_of(file: Path, values: dict[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    value = str(values.get(key, allowed[0]))
    if value not in allowed:
        raise _wrong(file, key, value, " or ".join(allowed))
    return value


def _feeds(file: Path, values: dict[str, Any]) -> tuple[str, ...]:
    feeds = values.get("feeds")
    if not isinstance(feeds, list) or not feeds or not all(isinstance(f, str) for f in feeds):
        raise _wrong(file, "feeds", feeds, "a list of the feeds this deployment subscribes to")
    return tuple(feeds)


def _challengers(file: Path, values: dict[str, Any]) -> tuple[str, ...]:
    given = values.get("forecast_challengers") or []
    if not isinstance(given, list) or not all(name in CHALLENGERS for name in given):
        raise _wrong(file, "forecast_challengers", given, f"some of {', '.join(CHALLENGERS)}")
    return tuple(given)


def _as_of(file: Path, values: dict[str, Any]) -> date | None:
    value = values.get("as_of")
    if value is None or type(value) is date:
        return value
    raise _wrong(file, "as_of", value, "a date such as 2026-11-22")


def _retention(file: Path, values: dict[str, Any]) -> Retention:
    given = values.get("retention") or {}
    known = asdict(Retention())
    if not isinstance(given, dict) or set(given) - set(known):
        raise _wrong(file, "retention", given, f"some of {', '.join(known)}")
    for key, value in given.items():
        is_forever = value is None and known[key] is None
        if not is_forever and (type(value) is not int or value < 1):
            raise _wrong(file, f"retention.{key}", value, "a number of at least 1")
    return Retention(**given)
