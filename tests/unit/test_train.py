"""`laidian train` in made-up centres: labels that help are learned and change the next night; labels dealt at random are not."""

import csv
import json
import random
import shutil
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest
from laidian import notes, steps, store, workspace
from laidian.cli.every import app
from laidian.errors import InputError, WorkspaceError
from laidian.tables import CallReason, Reason
from typer.testing import CliRunner

FIRST, NIGHTS = date(2025, 3, 3), 4
LAST = FIRST + timedelta(NIGHTS - 1)

# What only this centre's customers say: words that no taxonomy knows.
SAYINGS = {
    "telecom.broadband_fault": ("我家小蓝盒{}哑火了", "小蓝盒{}不转了你们来看看", "那个小蓝盒{}歇菜了，弄一下"),
    "telecom.plan": ("我想把樱桃档{}改成荔枝档", "荔枝档{}怎么个换法", "樱桃档{}给我退了吧"),
    "general.other": ("我{}就随便说一句，没事了", "{}想听听人说话，没别的"),
}
FILLING = ("又", "今天", "老是", "昨天晚上", "这几天", "突然", "刚刚", "一下子", "上午", "下午")


def centre(root: Path) -> dict[str, str]:
    """A workspace whose contacts are chats, run over all nights but the last; contact -> the true reason."""
    workspace.create(root)
    (root / "vault" / "key").write_bytes(bytes(range(32)))  # customers' keys deal the folds: the same ones in every run
    dice, truth = random.Random(7), dict[str, str]()
    with (root.parent / "log.csv").open("w", newline="", encoding="utf-8") as log, (root.parent / "chat.jsonl").open("w") as chat:
        out = csv.writer(log)
        out.writerow(["contact_id", "started_at", "phone", "medium", "duration_s"])
        for n in range(60 * NIGHTS):
            contact, reason = f"c{n:03d}", dice.choice(list(SAYINGS))
            truth[contact] = reason
            at = datetime.combine(FIRST, datetime.min.time()) + timedelta(days=n // 60, minutes=600 + n % 60)
            out.writerow([contact, at.isoformat(), f"135000{n % 90:05d}", "chat", 60])
            said = dice.choice(SAYINGS[reason]).format(dice.choice(FILLING))
            turns = [{"role": "agent", "text": "您好请讲"}, {"role": "customer", "text": said}]
            chat.write(json.dumps({"contact_id": contact, "turns": turns}, ensure_ascii=False) + "\n")
    steps.take(root, "contacts", root.parent / "log.csv")
    steps.take(root, "transcripts", root.parent / "chat.jsonl")
    night(root, FIRST, LAST - timedelta(1))
    return truth


def night(root: Path, first: date, last: date) -> None:
    run_id = steps.open_run(root, first, last)
    for day in steps.days_between(first, last):
        for stage in steps.DAY_STAGES:
            stage(root, day)
    for log_stage in steps.LOG_STAGES:
        log_stage(root)
    steps.close_run(root, run_id, first, last, [])


def fill_in(path: Path, truth: Mapping[str, str]) -> Path:
    """What an analyst does with the workbook: the reason of each contact, in the cells meant for it."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        contact = sheet.cell(row, columns["contact_id"]).value
        sheet.cell(row, columns["value"]).value = truth[str(contact)]
        sheet.cell(row, columns["by"]).value = "甲"
    book.save(path)
    return path


def told(root: Path, day: date) -> dict[str, str]:
    rows = store.read(root, CallReason, [day]).filter("primary").select("contact_id", "reason")
    return dict(rows.iter_rows())


def right(found: Mapping[str, str], truth: Mapping[str, str]) -> float:
    return float(np.mean([truth[contact] == reason for contact, reason in found.items()]))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    root = tmp_path_factory.mktemp("train") / "w"
    return root, centre(root)


@pytest.fixture
def small(made: tuple[Path, dict[str, str]], tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """Each test has a copy of its own."""
    shutil.copytree(made[0], tmp_path / "w")
    return tmp_path / "w", made[1]


def test_labels_that_help_are_learned_and_the_next_night_tells_by_them(small: tuple[Path, dict[str, str]]) -> None:
    root, truth = small
    before = told(root, FIRST)
    assert right(before, truth) < 0.6
    tagged = store.read(root, CallReason)["tagger"].unique().to_list()

    too_few = CliRunner().invoke(app, ["train", "-w", str(root)])
    assert isinstance(too_few.exception, InputError)
    assert "0 labelled contacts" in too_few.exception.found and "labels draw" in too_few.exception.do

    drawn = steps.draw_labels(root, 120, 1, None)
    assert (drawn.population, drawn.random, drawn.uncertain) == (180, 36, 84)
    taken = steps.import_labels(root, fill_in(Path(drawn.file), truth))
    assert (taken.taken.new, taken.taken.rejected, taken.not_understood) == (120, 0, {})
    assert taken.taken.unknown_columns == {}

    done = CliRunner().invoke(app, ["train", "-w", str(root)])
    assert done.exit_code == 0, done.output
    assert (
        "labels: 120 contacts of" in done.output and "promoted" in done.output and "3 days were tagged otherwise" in done.output
    )
    ledger = notes.runs(root, "train")[-1]
    said = json.loads(ledger.told or "")
    assert said["comparison"]["promoted"] and said["comparison"]["low"] > 0 and len(said["labels"]) == 120
    assert said["comparison"]["random_contacts"] == 36 and said["comparison"]["over_mix"][0] > 0
    assert ledger.scorer == said["challenger"] != said["champion"] == notes.runs(root)[-1].scorer
    assert told(root, FIRST) == before

    night(root, LAST, LAST)
    assert right(told(root, LAST), truth) > 0.9
    assert notes.runs(root)[-1].scorer == ledger.scorer
    chance = store.read(root, CallReason, [LAST]).filter(pl.col("primary") & (pl.col("reason") != "general.other"))["score"]
    assert 0 < chance.min() <= chance.max() < 1  # type: ignore[operator]

    again = CliRunner().invoke(app, ["rules", "retag", "-w", str(root)])
    assert again.exit_code == 0 and "3 days tagged again" in again.output
    assert right(told(root, FIRST), truth) > 0.9
    assert steps.stale_days(root) == [] and store.read(root, Reason)["tagger"].null_count() == 0
    assert store.read(root, CallReason)["tagger"].unique().to_list() != tagged

    words = openpyxl.load_workbook(steps.report(root, FIRST, LAST)[1])["说明"]
    assert ledger.scorer in {cell.value for row in words.iter_rows() for cell in row}

    same = steps.train(root)  # nothing new to learn: the champion is judged as fairly as the challenger, and stays
    assert not same.comparison.promoted and same.comparison.champion == same.comparison.challenger
    assert same.scorer == same.champion == ledger.scorer

    (root / "models" / "reasons.npz").write_bytes(b"no numbers")
    with pytest.raises(WorkspaceError, match=r"reasons\.npz: not a scorer; expected a file of laidian train"):
        steps.stale_days(root)


def test_labels_dealt_at_random_are_not_learned(small: tuple[Path, dict[str, str]]) -> None:
    root, truth = small
    drawn = steps.draw_labels(root, 150, 1, None)
    dealt = dict(zip(truth, random.Random(4).sample(list(truth.values()), len(truth)), strict=True))
    steps.import_labels(root, fill_in(Path(drawn.file), dealt))
    found = steps.train(root)
    c = found.comparison
    assert not c.promoted and "stays" in c.why and (c.low <= 0 or (c.over_mix and c.over_mix[0] <= 0))
    assert found.scorer == found.champion != found.challenger and found.stale == ()
    assert not (root / "models").exists()
    assert json.loads(notes.runs(root, "train")[-1].told or "")["labels"] == {}
