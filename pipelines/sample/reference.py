"""Reference tables of the sample deployment: calendar, roster, thresholds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from pipelines.sample.arrivals import FEEDS, MONTHLY
from pipelines.sample.masters import distributor_codes
from pipelines.sample.plan import CHINESE_NEW_YEARS, MID_AUTUMNS, Plan, weeks_from
from pipelines.sample.sheets import plain_csv

CHECKS = ("check_sku", "check_category", "check_posm", "check_question")
CALENDAR_YEARS = range(2024, 2028)
FIRST_PROVISIONAL_YEAR = 2027
WEEKS_BEFORE, WEEKS_AFTER = -8, 4
THRESHOLDS = (
    (
        "cover_weeks_low",
        "2",
        "week",
        "Stock cover below this is a risk",
        "库存周数低于此值为缺货风险",
    ),
    (
        "cover_weeks_high",
        "8",
        "week",
        "Stock cover above this is overstock",
        "库存周数高于此值为积压",
    ),
    (
        "near_expiry_days",
        "45",
        "day",
        "Stock that expires within these days is near expiry",
        "距到期不足此天数为临期",
    ),
    (
        "quarantine_warn_ratio",
        "0.01",
        "ratio",
        "Share of quarantined rows that warns",
        "隔离行占比达到此值时提示",
    ),
    (
        "quarantine_hold_ratio",
        "0.1",
        "ratio",
        "Share of quarantined rows that holds the file back",
        "隔离行占比达到此值时暂缓整个文件",
    ),
    (
        "quarantine_hold_rows",
        "20",
        "row",
        "Rows a file must have before a share of them holds it back",
        "文件行数达到此值才按隔离占比暂缓",
    ),
    (
        "wrong_period_ratio",
        "0.8",
        "ratio",
        "Share of rows outside the stated period that refuses the file",
        "期间外的行占比达到此值时拒收文件",
    ),
    (
        "patrol_compliance_low_ratio",
        "0.95",
        "ratio",
        "Share of rounds walked in their window below which to act",
        "按时巡查率低于此值需处理",
    ),
    (
        "trade_spend_high_ratio",
        "0.15",
        "ratio",
        "Claims against sales above which to look closer",
        "费用占销售额高于此值需核查",
    ),
    (
        "feed_late_hours",
        "24",
        "hour",
        "Hours after the deadline at which a report is escalated",
        "报送超过期限此小时数后升级催报",
    ),
    (
        "feed_missing_periods",
        "2",
        "period",
        "Reports in a row that never came before the sender is called",
        "连续缺报达到此期数时电话催报",
    ),
    (
        "msl_grace_days",
        "30",
        "day",
        "Days a SKU new on the must-stock list is not asked for",
        "新列入必备品清单的商品的宽限天数",
    ),
    (
        "void_weeks",
        "13",
        "week",
        "Weeks without handling that make a must-stock SKU void",
        "必备品连续多少周未经营为空白点",
    ),
    (
        "shelf_rsl_min_ratio",
        "0.333",
        "ratio",
        "Share of the shelf life that must be left on the shelf",
        "货架商品剩余保质期的最低比例",
    ),
    (
        "last_sale_days_before_expiry",
        "1",
        "day",
        "Days before expiry of the last day of sale",
        "最后可售日早于到期日的天数",
    ),
    (
        "always_there_chance_ratio",
        "0.01",
        "ratio",
        "Chance in a file below which one product or outlet absent is told",
        "单个商品或门店偶然缺失的概率低于此值时提示",
    ),
    (
        "always_there_file_ratio",
        "0.75",
        "ratio",
        "Share of its usual lines a file must have before one absence is told",
        "文件行数达到平时的此比例才提示单个缺失",
    ),
)


def write_reference(plan: Plan, folder: Path) -> list[Path]:
    """Write `calendar.csv`, `roster.csv` and `threshold.csv`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"calendar": calendar(), "roster": roster(plan), "threshold": thresholds()}
    paths = []
    for name, frame in tables.items():
        path = folder / f"{name}.csv"
        path.write_bytes(plain_csv(frame).encode())
        paths.append(path)
    return paths


def calendar() -> pl.DataFrame:
    """Every day of the years, with Chinese holidays and make-up workdays.

    Holidays of a year that is not announced yet are the statutory days only.
    """
    import holidays  # slow to import, and needed here only

    known = holidays.country_holidays("CN", years=CALENDAR_YEARS)
    first = date(CALENDAR_YEARS[0], 1, 1)
    days = (date(CALENDAR_YEARS[-1], 12, 31) - first).days + 1
    rows = [_day(first + timedelta(days=n), known.is_working_day) for n in range(days)]
    return pl.DataFrame(rows, orient="row", infer_schema_length=None)


def _day(day: date, is_workday: Callable[[date], bool]) -> dict[str, object]:
    festival, offset = _festival(day)
    provisional = day.year >= FIRST_PROVISIONAL_YEAR
    return {
        "calendar_date": day.isoformat(),
        "is_workday": is_workday(day),
        "fiscal_period": f"{day:%Y-%m}",
        "festival": festival,
        "festival_week_offset": offset,
        "property_period": f"{day + timedelta(days=6) if day.day > 25 else day:%Y-%m}",
        "source": "法定节假日" if provisional else "国务院放假安排",
        "is_provisional": provisional,
    }


def _festival(day: date) -> tuple[str | None, int | None]:
    """The festival whose weeks the day lies in, and its weeks from it."""
    for name, days in (("CNY", CHINESE_NEW_YEARS), ("Mid-Autumn", MID_AUTUMNS)):
        offset = weeks_from(day, days)
        if WEEKS_BEFORE <= offset <= WEEKS_AFTER:
            return name, offset
    return None, None


def roster(plan: Plan) -> pl.DataFrame:
    """Who owes which report since when: from the day reports come one by one."""
    since = dict.fromkeys(FEEDS, plan.weekly_from)
    since |= dict.fromkeys(MONTHLY, plan.months[plan.monthly_from])
    rows = [
        (feed, sender, since[feed].isoformat(), "")
        for feed in FEEDS
        for sender in distributor_codes(plan)
    ]
    offices = {
        ("patrol_plan", "P01"): plan.weekly_from,
        ("patrol_log", "P01"): plan.weekly_from,
        ("cleaning", "P01"): plan.weekly_from,
        ("ticket", "P01"): plan.months[plan.monthly_from],
        ("receivable", "FIN"): plan.daily_from,
        ("sellin", "erp"): plan.daily_from,
        ("open_order", "erp"): plan.daily_from,
        ("company_stock", "erp"): plan.daily_from,
        ("ka_pos", "kam"): plan.weekly_from,
        ("target", "sales"): plan.weekly_from,
        ("forecast_override", "sales"): plan.monday(plan.size.weeks),
    }
    offices |= {(feed, "sfa"): plan.daily_from for feed in CHECKS}
    rows += [(*owed, day.isoformat(), "") for owed, day in offices.items()]
    names = ["feed", "sender", "valid_from", "valid_to"]
    return pl.DataFrame(rows, schema=names, orient="row")


def thresholds() -> pl.DataFrame:
    """Limits that turn a figure into an alert or a warning."""
    names = ["threshold_id", "value", "unit", "label_en", "label_zh"]
    return pl.DataFrame(THRESHOLDS, schema=names, orient="row")
