"""B45: products or outlets a sender always reports, and now does not.

Many of the usual ones missing at once are a file with a hole. A single one is everyday life, and
told only where, for this sender and this code, it is not.
"""

from __future__ import annotations

from collections.abc import Callable

from pipelines.contracts import Contract
from pipelines.landing.history.rule import HistoryRule, Limits
from pipelines.landing.tables import every_view, outcome

LAST = 8
"""Periods before a file whose codes are expected in it."""
IN_A_ROW = " & ".join(f"(seen >> {number})" for number in range(1, LAST + 1))
"""From the periods a code was seen in, as bits, those before which it was seen `LAST` in a row."""
FESTIVAL = 100
"""From this number on, periods of `history_bucket` are those of last year's festival."""
LEAVES = {"sku": ("delist_date", "delisted"), "outlet": ("close_date", "closed")}
"""Kind of code → column of its master with its last day, and its status from then on."""

SCATTER = f"""
sent as (
    select delivery_id, kind, bit_or(1::bigint << nth) as sent, count(distinct nth) as periods,
        sum(lines) / count(distinct nth) as lines
    from reported group by 1, 2
),
past as (
    select delivery_id, kind, code, bit_or(1::bigint << nth) as seen, sum(lines) as lines,
        sum(lines * lines) as squares
    from reported group by 1, 2, 3
),
measured as (
    select p.* exclude (lines, squares), s.sent, s.lines as file_lines, {IN_A_ROW} as due,
        p.lines / s.periods as mean,
        greatest(p.squares / s.periods - mean * mean, 0) / mean as spread
    from past as p
    inner join sent as s on p.delivery_id = s.delivery_id and p.kind = s.kind
),
judged as (
    select delivery_id, kind, code, file_lines,
        count(*) filter (due & 1 = 1) over (partition by delivery_id, kind) as codes,
        sum(bit_count((due & sent & ~seen) >> 1))
            over (partition by delivery_id, kind order by mean desc) as absences,
        case when abs(spread - 1) < 1e-6 then exp(-mean)
            else pow(spread, mean / (1 - spread)) end as chance
    from measured
)"""
"""How often codes like one were absent after so many periods in a row, and how likely none is.

`absences` counts codes reported at least as often; bit n is n periods before the file. `chance` is
that of no line where lines have this mean and variance: binomial, Poisson or negative binomial.
"""


def _each(kinds: list[str], sql: Callable[[str], str]) -> str:
    return " union all ".join(sql(kind) for kind in kinds)


def _usual(contract: Contract, limits: Limits, kind: str) -> str:
    """Codes of most of the last periods, in how many they were, and whether the file has them."""
    return f"""
select b.delivery_id, '{kind}' as kind, s.code, count(distinct b.nth) as periods,
    exists (select 1 from history_{kind}_sum as o
        where o.delivery_id = b.delivery_id and o.code = s.code) as is_there
{_sums_before(contract, kind)} and b.nth <= {LAST}
group by all having periods >= {min(limits["usual_rows_periods"], LAST)}"""


def _reported(contract: Contract, kind: str) -> str:
    """Lines of every code in each period of the half year before the files that lack one."""
    return f"""
select b.delivery_id, '{kind}' as kind, s.code, b.nth, sum(s.lines) as lines
{_sums_before(contract, kind)} and b.nth < {FESTIVAL}
    and b.delivery_id in (select delivery_id from candidate where kind = '{kind}')
group by all"""


def _sums_before(contract: Contract, kind: str) -> str:
    return f"""from history_bucket as b
inner join history_subject as d on b.delivery_id = d.delivery_id
inner join history_{kind}_sum as s on b.feed = s.feed and b.sender = s.sender
    and b.unit = s.unit and b.bucket = s.bucket
    and s.rank < b.rank and s.until_rank >= b.rank
where b.feed = '{contract.feed}' and s.feed = '{contract.feed}'
    and s.code is not null and not starts_with(s.code, 'UNKNOWN-')"""


def _excused(contract: Contract, kind: str) -> str:
    """Codes that have left by their master, and those of rows held back, of which that is told.

    Where the code is what is wrong with such a row, it is null here and may be any.
    """
    left_on, status = LEAVES[kind]
    return f"""
select m.delivery_id, '{kind}' as kind, k.{kind}_code as code
from history_master as m
inner join history_subject as d on m.delivery_id = d.delivery_id
inner join {every_view(kind)} as k on m.master_id = k._delivery_id
where m.feed = '{kind}' and {outcome("loaded", "k")}
    and (k.{left_on} < d.period_end or k.{kind}_status = '{status}')
union all
select _delivery_id, '{kind}', {kind}_code
from {every_view(contract.feed)}
where {outcome("quarantined")} and _delivery_id in (select delivery_id from candidate)"""


def _own_lines(kind: str) -> str:
    return f"""
select delivery_id, '{kind}' as kind, sum(lines) as lines from history_{kind}_sum
where delivery_id in (select delivery_id from candidate) group by 1"""


def _missing(contract: Contract, limits: Limits) -> str:
    """A good part of the usual codes, or one of those in every period: see `docs/explanation`.

    One alone is looked for in whole files of about the usual length, and in no festival's weeks:
    what is missing there is missing for another reason.
    """
    kinds = sorted({str(column.code_of) for column in contract.columns} & LEAVES.keys())
    return f"""
with usual as ({_each(kinds, lambda kind: _usual(contract, limits, kind))}),
hole as (
    select delivery_id, kind, count(*) filter (not is_there) as missing, count(*) as codes,
        array_to_string(list(code order by code) filter (not is_there)[:5], ', ') as first_codes
    from usual where periods >= {limits["usual_rows_periods"]} group by 1, 2
    having missing >= {limits["usual_rows_missing_codes"]}
        and missing >= {limits["usual_rows_missing_ratio"]} * codes
),
candidate as (
    select u.delivery_id, u.kind, u.code
    from usual as u
    inner join history_subject as d on u.delivery_id = d.delivery_id and d.is_whole
    where u.periods = {LAST} and not u.is_there
        and u.delivery_id not in (select delivery_id from hole)
        and u.delivery_id not in (select delivery_id from history_festival)
),
reported as ({_each(kinds, lambda kind: _reported(contract, kind))}),
{SCATTER},
own as ({_each(kinds, _own_lines)}),
excused as ({_each(kinds, lambda kind: _excused(contract, kind))}),
gone as (
    select delivery_id, kind, count(*) as missing,
        array_to_string(list(code order by code)[:5], ', ') as first_codes
    from candidate as c
    inner join judged as j using (delivery_id, kind, code)
    inner join own as o using (delivery_id, kind)
    where j.absences = 0 and j.codes * j.chance < {limits["always_there_chance_ratio"]}
        and o.lines >= {limits["always_there_file_ratio"]} * j.file_lines
        and not exists (select 1 from excused as e where e.delivery_id = c.delivery_id
            and e.kind = c.kind and coalesce(e.code, c.code) = c.code)
    group by 1, 2
)
select delivery_id, 'usual_rows_missing' as rule_id, null::bigint as row_no,
    string_agg(kind || ' ' || missing || ' / ' || codes || ': ' || first_codes
        || if(missing > 5, ' …', ''), '; ' order by kind desc) as observed,
    null::varchar as expected
from hole group by 1
union all
select delivery_id, 'always_there_missing', null,
    string_agg(kind || ' ' || first_codes || if(missing > 5, ' …', ''), '; ' order by kind desc),
    '{LAST} / {LAST}'
from gone group by 1"""


RULES = (
    HistoryRule(
        ("usual_rows_missing", "always_there_missing"),
        _missing,
        feeds=("sellout", "stock", "movement"),
        helps=("sku", "outlet"),
    ),
)
