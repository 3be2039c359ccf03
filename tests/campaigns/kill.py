"""Campaign kill: `kill -9` at any moment loses nothing, doubles nothing, and readers see nothing.

Every round new files arrive and a real process is killed with its children at a moment drawn over
the measured length of its step; the next run must finish the work. `SIZE=full` kills 400 times in
landing and checkpoint and 100 times in build and publish, and at every named failpoint, in one
process a core.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from benchmarks.report import show
from pipelines import publishing
from pipelines.contracts import load_contracts
from pipelines.failpoints import KILLED
from pipelines.hashing import digest
from pipelines.landing.damage import DAMAGED
from pipelines.landing.receipts import all_receipts, files_below
from pipelines.rescue.looks import landed_rows
from pipelines.rescue.rebuild import rebuild
from pipelines.settings import PROJECT
from tests.campaigns.processes import (
    CHECKPOINT,
    FOR_ALL,
    FOR_LANDING,
    READY,
    STEPS,
    Ended,
    import_first,
    run,
)
from tests.campaigns.shares import Part, is_asked_to_stop, scratch, shared_out
from tests.campaigns.small_region import (
    BEGINNING,
    SKUS,
    SmallRegion,
    as_workbook,
    new_region,
    products,
    sellout,
    week_name,
)

KILLS = {
    "slice": {"landing": 5, "checkpoint": 3},
    "small": {"landing": 24, "checkpoint": 8, "build": 4, "publish": 4},
    "full": {"landing": 300, "checkpoint": 100, "build": 50, "publish": 50},
}
ROUNDS_PER_REGION = 50
WEEKS = 8
SLACK = 1.05
FAULTS = ("lost", "doubled_or_orphaned", "not_healed", "snapshot_broken")
FAILPOINT = re.compile(r"""failpoint\("([a-z_.]+)"\)""")


@dataclass
class Witness:
    """What was put into a region, independently of what it says of itself.

    Attributes:
        region: The deployment.
        chance: Where all that is random comes from.
        put: Every file put into the inbox, by name, with the number of its rows.
        current: Rows that must be current, by sender and week.
    """

    region: SmallRegion
    chance: random.Random
    put: dict[str, tuple[str, int]] = field(default_factory=dict)
    current: dict[tuple[str, int], int] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)

    def arrive(self, files: int = 3) -> None:
        """New files: weeks for the first time or again, the last one now and then repeated."""
        for _ in range(files):
            self._report(self.chance.choice(("D001", "D003")), self.chance.randrange(WEEKS))
        if self.chance.random() < 0.3:
            self.region.put(self._name("D001", "x", "csv"), b"a,b\n1,2\n", self._stamp())

    def _report(self, sender: str, week: int) -> None:
        rows = self.chance.randrange(20, 40)
        data = sellout(self.chance.randrange(1 << 30), week, rows, SKUS, bad_share=0)
        is_book = sender == "D001" and self.chance.random() < 0.1
        name = self._name(sender, week_name(week), "xlsx" if is_book else "csv")
        sent = as_workbook(data) if is_book else data
        self.region.put(name, sent, self._stamp())
        self.put[name] = (digest([sent]), rows + 1)
        self.current[sender, week] = rows
        if self.chance.random() < 0.2:
            again = self._name(sender, f"{week_name(week)} again", name.rpartition(".")[2])
            self.region.put(again, sent, self._stamp())
            self.put[again] = (digest([sent]), 0)

    def _name(self, sender: str, stem: str, ending: str) -> str:
        return f"{sender}/sellout/{stem} n{len(self.put)}-{self.chance.randrange(1 << 30)}.{ending}"

    def _stamp(self) -> str:
        return f"{BEGINNING + timedelta(minutes=len(self.put))}"

    def after_the_kill(self) -> set[int]:
        """Right after a kill: every file is still in the inbox or has a receipt; readers read.

        Returns:
            Deliveries that are acknowledged by now.
        """
        settings = self.region.settings
        waiting = {f.relative_to(settings.inbox).as_posix() for f in files_below(settings.inbox)}
        receipts = list(all_receipts(settings))
        kept = {(receipt.file_name, receipt.file_sha256) for receipt in receipts}
        for name, (sha256, _) in self.put.items():
            self._fault("lost", name not in waiting and (name, sha256) not in kept)
        self._look_at_snapshot()
        return {receipt.delivery_id for receipt in receipts}

    def after_the_next_run(self, acknowledged: set[int], ended: Ended) -> None:
        """Once a run went through: nothing is lost, every row is there once."""
        self._fault("not_healed", ended.code != 0)
        rows = self.region.query(
            "select delivery_id, file_name, file_sha256, status, rows_read from landing.delivery"
        )
        self.faults["lost"] += len(acknowledged - {row[0] for row in rows})
        ledger = {(name, sha): (status, read) for _, name, sha, status, read in rows}
        for name, (sha256, lines) in self.put.items():
            status, read = ledger.get((name, sha256), ("lost", None))
            self._fault("lost", status == "lost")
            counted = status in ("loaded", "superseded") and bool(lines)
            self._fault("doubled_or_orphaned", counted and read != lines)
        self._fault("doubled_or_orphaned", self._current_rows() != sum(self.current.values()))
        state, text, _ = landed_rows(self.region.settings)
        self._fault("doubled_or_orphaned", state != "ok", text)
        self._fault("not_healed", bool(files_below(self.region.settings.inbox)))
        self._look_at_snapshot()

    def built(self, ended: Ended) -> None:
        """Once a build or publication was done again."""
        self._fault("not_healed", ended.code != 0)
        self._look_at_snapshot()

    def _current_rows(self) -> int:
        return self.region.query("select count(*) from landing.sellout")[0][0]

    def _look_at_snapshot(self) -> None:
        shown = publishing.current(self.region.settings)
        if shown:
            self._fault("snapshot_broken", bool(publishing.verify(shown.path)))
            through = (self.region.settings.published / "daqu.duckdb").resolve()
            self._fault("snapshot_broken", through != shown.database.resolve())

    def equals_a_rebuild(self) -> None:
        contracts = load_contracts(PROJECT / "quality" / "contracts")
        made = rebuild(self.region.settings, contracts)
        told = ", ".join(table.table for table in made.different)
        self._fault("doubled_or_orphaned", bool(made.different), told)

    def marts_equal_landing(self) -> None:
        """What readers see after a publish is what has landed, no line more or fewer."""
        shown = publishing.current(self.region.settings)
        assert shown
        [(lines,)] = self.region.query("select count(*) from marts.fct_sellout_line")
        self._fault("doubled_or_orphaned", lines != self._current_rows())
        left = [p for p in self.region.settings.published.glob(".*") if p.name != ".lock"]
        self._fault("not_healed", bool(left))

    def _fault(self, kind: str, is_one: bool, text: str = "") -> None:
        self.faults[kind] += bool(is_one)
        if is_one:
            log = self.region.home / "process.log"
            said = log.read_text(errors="replace")[-2000:] if log.is_file() else ""
            print(f"{kind}: {self.region.home} {text}\n{said}", flush=True)


class Campaign:
    """Kills and what came of them."""

    def __init__(self, part: Part, seed: int) -> None:
        self.part = part
        self.chance = random.Random(seed)
        self.told: Counter[str] = Counter()
        self.lengths: dict[str, list[float]] = {}
        self.regions = 0
        self.base: SmallRegion | None = None

    def witness(self, published: bool) -> Witness:
        """A region of its own: nothing received, or one that has published already."""
        self.regions += 1
        home = self.part.folder / f"region{self.regions}"
        if not published:
            witness = Witness(new_region(home), self.chance)
            witness.region.put("self/sku/sku.csv", products(len(SKUS)), f"{BEGINNING}")
            return witness
        if self.base is None:
            self.first = self.witness(published=False)
            self.first.arrive(8)
            for step in ("landing", "build", "publish"):
                assert run(step, self.first.region.home).code == 0, self.first.region.home
            self.base = self.first.region
        shutil.copytree(self.base.home, home, symlinks=True)
        put, current = dict(self.first.put), dict(self.first.current)
        return Witness(SmallRegion(home), self.chance, put, current)

    def kill_landings(self, where: str, kills: int, published: bool = True) -> None:
        """Kill landing runs at any moment, or from the moment their checkpoint begins."""
        mark = CHECKPOINT if where == "checkpoint" else READY
        while kills > 0 and not is_asked_to_stop():
            witness = self.witness(published)
            rounds = 0
            while kills > 0 and rounds < ROUNDS_PER_REGION and not is_asked_to_stop():
                kills -= self._one_landing(witness, where, mark)
                rounds += 1
                self.part.tell(self.told + witness.faults)
            witness.equals_a_rebuild()
            self._add(witness)

    def _one_landing(self, witness: Witness, where: str, mark: str) -> int:
        witness.arrive()
        killed = self._killed("landing", witness, where, mark)
        self._land_again(witness)
        return killed

    def _land_again(self, witness: Witness) -> bool:
        """Look after a kill, then land; whether the kill had damaged the warehouse file."""
        acknowledged = witness.after_the_kill()
        witness.after_the_next_run(acknowledged, run("landing", witness.region.home))
        aside = [*witness.region.settings.warehouse_file.parent.glob(f"{DAMAGED}*")]
        for file in aside:
            file.unlink()
        self.told["files_damaged"] += bool(aside)
        return bool(aside)

    def kill_publications(self, kills: int) -> None:
        """Kill builds and publications in turn over files that have landed."""
        if not kills:
            return
        witness = self.witness(published=True)
        done = Counter[str]()
        while min(done["build"], done["publish"]) < kills and not is_asked_to_stop():
            witness.arrive()
            self._land_again(witness)
            for step in ("build", "publish"):
                if done[step] < kills:
                    done[step] += self._killed(step, witness, step, READY)
                if self._land_again(witness) and step == "publish":
                    witness.built(run("build", witness.region.home))
                witness.built(run(step, witness.region.home))
            witness.marts_equal_landing()
            self.part.tell(self.told + witness.faults)
        self._add(witness)

    def kill_at_failpoints(self, names: list[str]) -> None:
        """End a process at each of these places, then let the next run finish."""
        for name in names:
            if is_asked_to_stop():
                break
            step = _step_of(name)
            witness = self.witness(published=True)
            self._prepare(witness, step, name)
            killed = run(step, witness.region.home, failpoint=name)
            self.told["failpoints"] += killed.code == KILLED
            witness._fault("not_healed", killed.code != KILLED, f"{name} was not passed")
            acknowledged = witness.after_the_kill()
            for again in dict.fromkeys((step, "landing")):
                witness.after_the_next_run(acknowledged, run(again, witness.region.home))
            witness.equals_a_rebuild()
            self._add(witness)

    def _prepare(self, witness: Witness, step: str, name: str) -> None:
        """Give the step something to do."""
        witness.arrive()
        home = witness.region.home
        if name.startswith("retention"):
            witness.region.put("D001/sellout/old.csv", b"a,b\n1,2\n", "2026-01-05 08:00:00")
            with (home / "deployment.yaml").open("a", encoding="utf-8") as file:
                file.write("retention: {raw_months: 6}\n")
        before = {"build": ["landing"], "publish": ["landing", "build"]}
        before["rollback"] = ["landing", "build", "publish"]
        for earlier in before.get(step, ["landing"] if step == "rebuild" else []):
            assert run(earlier, home).code == 0

    def _killed(self, step: str, witness: Witness, where: str, mark: str) -> int:
        """Kill a step at a random moment; 1 when it was still at work, 0 when it was done."""
        known = self.lengths.setdefault(where, [])
        if len(known) < 3:
            ended = run(step, witness.region.home, mark=mark)
            known.append(ended.seconds)
            witness._fault("not_healed", ended.code != 0)
            return 0
        moment = self.chance.uniform(0, SLACK * statistics.median(known))
        ended = run(step, witness.region.home, kill_after=moment, mark=mark)
        if not ended.was_killed:
            known.append(ended.seconds)
        self.told[f"kills_in_{where}"] += ended.was_killed
        return int(ended.was_killed)

    def _add(self, witness: Witness) -> None:
        self.told.update({fault: witness.faults[fault] for fault in FAULTS})
        self.told["files"] += len(witness.put)
        self.part.tell(self.told)
        if not any(witness.faults.values()):
            shutil.rmtree(witness.region.home)


def named_failpoints() -> list[str]:
    """Every place in the code where a test may end one of the steps."""
    files = sorted((PROJECT / "pipelines").rglob("*.py"))
    names = {name for f in files for name in FAILPOINT.findall(f.read_text("utf-8"))}
    return sorted(name for name in names if _step_of(name) in STEPS)


def _step_of(failpoint: str) -> str:
    place = failpoint.split(".", maxsplit=1)[0]
    return {"retention": "landing"}.get(place, place)


def slice_of_landing(folder: Path, seed: int) -> Counter[str]:
    """A few kills in landing and checkpoint of a region that never published."""
    own = Campaign(Part(0, 1, folder), seed)
    import_first(FOR_LANDING)
    for where in ("landing", "checkpoint"):
        own.kill_landings(where, KILLS["slice"][where], published=False)
    return own.told


def campaign(part: Part, size: str) -> Counter[str]:
    """Kill as often as falls to one part and count what came of it."""
    kills = {where: part.share(number) for where, number in KILLS[size].items()}
    own = Campaign(part, seed=1 + part.number)
    import_first(FOR_ALL)
    own.kill_at_failpoints(named_failpoints()[part.number :: part.parts])
    own.kill_landings("landing", kills["landing"])
    own.kill_landings("checkpoint", kills["checkpoint"])
    own.kill_publications(max(kills["build"], kills["publish"]))
    for where, lengths in own.lengths.items():
        own.told[f"{where}_milliseconds"] = round(1000 * statistics.median(lengths) / part.parts)
    return own.told


def main(size: str) -> None:
    """Run the campaign and print its figures; a step's length is the mean over all processes."""
    began = time.monotonic()
    folder = scratch("kill")
    told = shared_out(campaign, size, folder)
    if not any(told[fault] for fault in FAULTS):
        shutil.rmtree(folder)
    kills = sum(value for name, value in told.items() if name.startswith("kills_in_"))
    promised = {f"kills_in_{where}": number for where, number in KILLS[size].items()}
    promised |= {"kills": sum(KILLS[size].values()), "failpoints": len(named_failpoints())}
    figures = {**dict.fromkeys((*promised, *FAULTS), 0), **told, "kills": kills}
    figures["seconds"] = round(time.monotonic() - began)
    goals = dict.fromkeys(FAULTS, 0.0) | {f"{name}_min": n for name, n in promised.items()}
    rows = [[name.replace("_", " "), f"{value:,}"] for name, value in figures.items()]
    show("kill", ["", "figure"], rows, figures, goals)


if __name__ == "__main__":
    os.environ.setdefault("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test")
    main(os.environ.get("SIZE", "small"))
