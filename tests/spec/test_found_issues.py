"""Issues nobody named: found where there are any, none invented, the same id from night to night, decisions kept."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from laidian import lexicons
from laidian.issues.discovery import _dealt_anew, discover
from laidian.issues.found import Decision, found_issues, key_phrases
from laidian.lexicons import CallIssue
from laidian.simulate.planted_texts import PlantedTexts, background, planted_texts
from laidian.tables import FoundIssue, empty
from sklearn.metrics import adjusted_rand_score

SENTENCES = background()
SHARES = (0.05, 0.05, 0.04, 0.02)


@pytest.fixture(scope="module")
def texts() -> PlantedTexts:
    """Of 900 customers 144 say something of four issues that nobody named."""
    return planted_texts(900, SHARES, SENTENCES[::2], 4)


NAMED = planted_texts(1200, (), SENTENCES[1::2], 5).texts["text"].to_list()


def tables(texts: PlantedTexts, nights: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What was said, and about which reason; later nights know more contacts."""
    named = pl.DataFrame({"contact_id": [f"n{n:04d}" for n in range(len(NAMED))], "text": NAMED})
    own = texts.texts.head(600 + 300 * nights)
    said = pl.concat([own, named]).with_columns(recording_no=pl.lit(1, pl.Int64), turn=pl.lit(0, pl.Int64))
    first = date(2025, 3, 3)
    contacts = pl.concat([
        own.select("contact_id", reason=pl.lit("telecom.plan"), issue=pl.lit(None, pl.String)),
        named.select("contact_id", reason=pl.lit("telecom.bill"), issue=pl.lit("telecom.bill.x")),
    ]).with_columns(day=pl.Series([first + timedelta(n % 60) for n in range(said.height)]))  # fmt: skip
    return said, contacts


def test_planted_issues_are_found(texts: PlantedTexts) -> None:
    found = discover(texts.texts["text"].to_list(), NAMED)
    assert 3 <= len(found.stability) <= 4
    assert adjusted_rand_score(texts.truth, found.labels) >= 0.7


def test_an_issue_of_eighteen_contacts_is_found_again_in_part_of_the_texts() -> None:
    """A resample keeps fourteen of them: they are measured as the eighteen that they are part of, or they would be lost."""
    planted = planted_texts(1500, (0.0, 0.0, 0.012), SENTENCES[::2], 7)
    found = discover(planted.texts["text"].to_list(), NAMED)
    assert len(found.stability) == 1 and found.stability[0] > 0.6
    assert (found.labels[planted.truth == 2] == 0).mean() > 0.8


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_found_in_texts_whose_words_are_dealt_anew(texts: PlantedTexts, seed: int) -> None:
    shuffled = _dealt_anew(texts.texts["text"].to_list(), np.random.default_rng(seed))
    assert discover(shuffled, _dealt_anew(NAMED, np.random.default_rng(seed)), seed).stability == ()


def test_what_named_contacts_say_as_often_is_no_unnamed_issue(texts: PlantedTexts) -> None:
    """The same four groups stand in the named texts as well."""
    also = planted_texts(1200, SHARES, SENTENCES[1::2], 6).texts["text"].to_list()
    assert discover(texts.texts["text"].to_list(), also).stability == ()


def test_a_few_texts_are_not_looked_at() -> None:
    assert discover(["摄像头回放打不开"] * 59, []).stability == ()


def test_key_phrases_are_what_the_group_says_and_others_do_not() -> None:
    inside = ["摄像头的回放打不开", "家里摄像头回放一片黑", "回放看不了摄像头"]
    phrases = key_phrases(inside, ["家里宽带打不开网页", "套餐太贵了", "宽带一片红灯"])
    assert set(phrases[:2]) == {"摄像头", "回放"}


def test_found_issues_have_a_name_quotes_and_a_size(texts: PlantedTexts) -> None:
    found = found_issues(*tables(texts, 1), empty(FoundIssue), {})
    row = found.filter(pl.col("name").str.contains("音箱")).row(0, named=True)
    assert row["reason"] == "telecom.plan" and row["decision"] == "new" and row["contacts"] >= 15
    assert len(row["evidence"]) == 3 and row["issue"].startswith("telecom.plan.found_")
    said = {f"{c}/1/0": text for c, text in texts.texts.rows()}
    assert all("音箱" in said[place] for place in row["evidence"])
    assert row["trend"] is not None


def test_an_issue_keeps_its_id_when_more_contacts_come(texts: PlantedTexts) -> None:
    before = found_issues(*tables(texts), empty(FoundIssue), {})
    after = found_issues(*tables(texts, 1), before, {})
    same = before.join(after, on="issue", suffix="_after")
    assert same.height == before.height >= 2
    assert same["contacts_after"].sum() > same["contacts"].sum()


def test_decisions_stay_and_a_rejected_issue_is_not_found_again(texts: PlantedTexts) -> None:
    before = found_issues(*tables(texts), empty(FoundIssue), {})
    kept, gone, other = before["issue"].to_list()[:3]
    told = {kept: Decision(True, "智能音箱配网"), gone: Decision(False), other: Decision(None, None, "telecom.plan.y")}
    after = found_issues(*tables(texts, 1), found_issues(*tables(texts), before, told), told)
    rows = {row["issue"]: row for row in after.iter_rows(named=True)}
    assert (rows[kept]["decision"], rows[kept]["name"]) == ("accepted", "智能音箱配网")
    assert rows[gone]["decision"] == "rejected"
    assert (rows[other]["decision"], rows[other]["merged_into"]) == ("merged", "telecom.plan.y")
    assert after.height == len(rows) <= before.height + 1


def test_an_accepted_issue_is_part_of_the_workspaces_taxonomy() -> None:
    bundled = lexicons.load_taxonomy()
    reason = next(r for r in bundled.reasons.values() if r.issues)
    taken = reason.issues[0].keywords[0]
    own = CallIssue(f"{reason.id}.found_1", "新的", "", ("怪事", taken), "", "", "", None)
    more = CallIssue(reason.issues[0].id, "", "", ("怪词",), "", "", "", None)
    extended = bundled.with_issues([own, more])
    assert extended.issues[own.id].keywords == ("怪事",) and extended.issues[own.id].department == reason.department
    assert extended.name(own.id) == "新的"
    assert extended.issues[more.id].keywords == (*reason.issues[0].keywords, "怪词")
    assert extended.issues[more.id].name == reason.issues[0].name
