"""The taxonomy's files: what is refused and with which words, and that the bundled ones are fit to classify with."""

from collections import Counter
from functools import cache
from itertools import chain
from pathlib import Path

import polars as pl
import pytest
from laidian.errors import SettingsError
from laidian.lexicons import OTHER, CallReason, Taxonomy, load_taxonomy
from laidian.reasons import classify

TRADES = ("bank", "ecommerce", "express", "general", "public", "telecom", "utilities")

GOOD = """
[trade]
id = "general"
name = "通用"
name_en = "General"
words = ["客服"]
exact_only = ["投诉"]

[[reasons]]
id = "other"
name = "其他"
name_en = "Other"
department = "客服部"
case_gap_days = 14

[[reasons]]
id = "fault"
name = "故障"
name_en = "Fault"
department = "网络部"
case_gap_days = 7
keywords = ["宽带", "WiFi"]
rules = [
  { all = ["宽带|网", "断|坏"], none = ["装"], weight = 2.5 },
]

[[reasons.issues]]
id = "slow"
name = "网速慢"
name_en = "Slow"
keywords = ["太慢"]
example = "网太慢了"

[[reasons.issues]]
id = "cut"
name = "断网"
name_en = "Cut"
keywords = ["断网"]
example = "断网了"
department = "抢修部"
script = "先重启。"
delegable = true
"""


def load(folder: Path, text: str = GOOD, name: str = "general.toml") -> Taxonomy:
    (folder / name).write_text(text, encoding="utf-8")
    return load_taxonomy(folder)


def test_a_good_file(tmp_path: Path) -> None:
    taxonomy = load(tmp_path)
    fault = taxonomy.reason("general.fault")
    assert fault.keywords == ("宽带", "wifi")
    assert (fault.trade, fault.periodic, fault.by_nature_multi, fault.case_gap_days) == ("general", False, False, 7.0)
    assert fault.rules[0].all_of == (("宽带", "网"), ("断", "坏"))
    assert (fault.rules[0].any_of, fault.rules[0].none_of, fault.rules[0].weight) == ((), ("装",), 2.5)
    slow, cut = fault.issues
    assert (slow.department, slow.script, slow.delegable) == ("网络部", "", None)
    assert (cut.department, cut.script, cut.delegable) == ("抢修部", "先重启。", True)
    assert taxonomy.ids == ("general", "general.other", "general.fault", "general.fault.slow", "general.fault.cut")


def test_names(tmp_path: Path) -> None:
    taxonomy = load(tmp_path)
    assert taxonomy.name("general.fault") == "故障"
    assert taxonomy.name("general.fault.cut") == "断网"
    assert taxonomy.name("general.fault.other") == "故障·其他"
    assert taxonomy.name("general.gone.other") == "general.gone.other"
    assert taxonomy.name("older.id") == "older.id"


def test_unknown_ids_are_refused(tmp_path: Path) -> None:
    taxonomy = load(tmp_path)
    with pytest.raises(SettingsError, match=r"taxonomy: no call reason «general.gone»; expected the id of a call reason"):
        taxonomy.reason("general.gone")
    with pytest.raises(SettingsError, match=r"taxonomy: no issue «general.fault.gone»; expected the id of a issue"):
        taxonomy.issue("general.fault.gone")
    assert taxonomy.issue("general.fault.cut").name == "断网"


# (what is changed in the good file, into what, the message's place, what it says was found)
REFUSED = [
    ('id = "general"', 'id = ""', "[[trade]]", "`id` is empty"),
    ('name = "通用"', "name = 3", "[[trade]]", "`name` is int"),
    ('name_en = "General"', "", "[[trade]]", "no `name_en`"),
    ('words = ["客服"]', 'words = "客服"', "[[trade]]", "`words` is no list of words"),
    ('words = ["客服"]', 'words = ["客服", " "]', "[[trade]]", "`words` is no list of words"),
    ('words = ["客服"]', 'words = ["服"]', "[[trade]]", "`words` has the single character «服»"),
    ('words = ["客服"]', 'words = ["客服", "客服"]', "[[trade]] `words`", "keyword «客服» twice"),
    ('words = ["客服"]', 'words = []\ncolour = "red"', "[[trade]]", "unknown field `colour`"),
    ("[trade]", "[house]", "[file]", "no [trade]"),
    ('department = "网络部"', "", "[reason general.fault]", "no `department`"),
    ("case_gap_days = 7", "case_gap_days = 0", "[reason general.fault]", "`case_gap_days` is missing or not above 0"),
    ("case_gap_days = 7", "case_gap_days = true", "[reason general.fault]", "`case_gap_days` is missing or not above 0"),
    ("case_gap_days = 7", "", "[reason general.fault]", "`case_gap_days` is missing or not above 0"),
    ("case_gap_days = 7", 'case_gap_days = 7\nperiodic = "no"', "[reason general.fault]", "`periodic` is str"),
    ("case_gap_days = 7", "case_gap_days = 7\nurgent = true", "[reason general.fault]", "unknown field `urgent`"),
    ('keywords = ["宽带", "WiFi"]', 'keywords = ["wifi", "WiFi"]', "[reason general.fault] `keywords`", "keyword «wifi» twice"),
    ('all = ["宽带|网", "断|坏"]', "all = []", "rules 1]", "`all` is empty or has an empty word"),
    ('all = ["宽带|网", "断|坏"]', 'all = ["宽带||网"]', "rules 1]", "`all` is empty or has an empty word"),
    ("weight = 2.5", "weight = -1", "rules 1]", "`weight` is missing or not above 0"),
    ("weight = 2.5", "strength = 1", "rules 1]", "unknown field `strength`"),
    ('keywords = ["太慢"]', "keywords = []", "[issue general.fault.slow]", "no keywords"),
    ('keywords = ["太慢"]', 'keywords = ["断网"]', "[reason general.fault]", "keyword «断网» twice"),
    ('example = "网太慢了"', 'example = " "', "[issue general.fault.slow]", "`example` is empty"),
    ("delegable = true", 'delegable = "yes"', "[issue general.fault.cut]", "`delegable` is str"),
    ('script = "先重启。"', "script = 1", "[issue general.fault.cut]", "`script` is int"),
    ('department = "抢修部"', 'department = ""', "[issue general.fault.cut]", "`department` is empty"),
    ('id = "cut"', 'id = "slow"', "taxonomy", "id «general.fault.slow» twice"),
    ('id = "fault"', 'id = "other"', "taxonomy", "id «general.other» twice"),
    ('id = "other"', 'id = "rest"', "", "no reason «general.other»"),
    ("case_gap_days = 14", "case_gap_days = = 14", "general.toml", "Invalid value"),
]  # fmt: skip


@pytest.mark.parametrize("was, becomes, place, found", REFUSED)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, was: str, becomes: str, place: str, found: str) -> None:
    assert was in GOOD
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, GOOD.replace(was, becomes, 1))
    error = refused.value
    assert place.strip("[]") in error.where
    assert found in error.found
    assert error.expected and error.do


def test_a_trade_without_reasons_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"general\.toml \[file\]: no \[\[reasons\]\]"):
        load(tmp_path, GOOD.split("[[reasons]]")[0])


def test_reasons_must_be_tables(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="`reasons` is no list of tables"):
        load(tmp_path, "reasons = [1]\n" + GOOD.split("[[reasons]]")[0])


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SettingsError, match=r"no \*\.toml file"):
            load_taxonomy(folder)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "general.toml").write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(SettingsError, match=r"general\.toml: .*expected TOML in UTF-8"):
        load_taxonomy(tmp_path)


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "general.toml").write_bytes(GOOD.encode("utf-8-sig"))
    assert load_taxonomy(tmp_path).reasons


@cache
def bundled() -> Taxonomy:
    return load_taxonomy()


def words_of(reason: CallReason) -> list[str]:
    rules = chain.from_iterable(chain(chain(*rule.all_of), rule.any_of, rule.none_of) for rule in reason.rules)
    issues = chain.from_iterable(issue.keywords for issue in reason.issues)
    return [*reason.keywords, *reason.phrases, *reason.negative, *rules, *issues]


def test_trades_and_sizes() -> None:
    reasons, issues = Counter(r.trade for r in bundled().reasons.values()), Counter(i.split(".")[0] for i in bundled().issues)
    assert tuple(trade.id for trade in bundled().trades) == TRADES
    assert reasons["telecom"] >= 12 and issues["telecom"] >= 150
    for trade in TRADES:
        assert reasons[trade] >= 4 and issues[trade] >= 12, trade
    assert OTHER in bundled().reasons


@pytest.mark.parametrize("trade", TRADES)
def test_every_example_is_classified_to_its_reason(trade: str) -> None:
    """Without a greeting: the sentence alone must tell."""
    issues = [issue for issue in bundled().issues.values() if issue.id.startswith(f"{trade}.")]
    rows = [
        {"contact_id": i.id, "recording_no": 0, "turn": 0, "speaker": "customer", "text": i.example} for i in issues
    ]  # fmt: skip
    found = dict(classify(pl.DataFrame(rows), bundled()).filter("primary").select("contact_id", "reason").rows())
    assert {i.id: found[i.id] for i in issues if found[i.id] != i.id.rpartition(".")[0]} == {}


def test_most_examples_are_classified_to_their_issue() -> None:
    rows = [
        {"contact_id": i.id, "recording_no": 0, "turn": 0, "speaker": "customer", "text": i.example}
        for i in bundled().issues.values()
    ]
    found = classify(pl.DataFrame(rows), bundled()).filter(pl.col("primary") & (pl.col("issue") == pl.col("contact_id")))
    assert found.height >= 0.95 * len(rows)


def test_words_are_simplified_lower_case_and_without_spaces() -> None:
    for reason in bundled().reasons.values():
        for word in words_of(reason):
            assert word == word.lower().strip() and " " not in word, (reason.id, word)


def test_no_word_both_speaks_for_a_reason_and_takes_it_back() -> None:
    for reason in bundled().reasons.values():
        both = set(reason.negative) & {*reason.keywords, *reason.phrases, *chain(*(i.keywords for i in reason.issues))}
        assert not both, (reason.id, both)


def test_no_rule_forbids_what_it_demands() -> None:
    for reason in bundled().reasons.values():
        for rule in reason.rules:
            assert not set(rule.none_of) & {*chain(*rule.all_of), *rule.any_of}, (reason.id, rule)


def test_no_keyword_is_said_in_every_call() -> None:
    """A keyword inside the small talk would give every call that reason."""
    small_talk = [said for trade in bundled().trades for said in trade.small_talk]
    for reason in bundled().reasons.values():
        for word in (*reason.keywords, *reason.phrases):
            assert not any(word in said for said in small_talk), (reason.id, word)


def test_every_telecom_issue_says_what_to_tell_the_customer_and_who_may_settle_it() -> None:
    issues = [issue for issue in bundled().issues.values() if issue.id.startswith("telecom.")]
    for issue in issues:
        assert 10 <= len(issue.script) <= 60, issue.id
        assert issue.delegable is not None, issue.id
    assert len({issue.script for issue in issues}) == len(issues)
    assert len({issue.department for issue in issues}) >= 8
