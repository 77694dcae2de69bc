"""What a rule can demand beyond words that stand together, power by power: a conversation it holds in, one it does not."""

from pathlib import Path

import polars as pl
import pytest
from laidian.errors import SettingsError
from laidian.lexicons import OTHER, load_taxonomy
from laidian.reasons import classify
from laidian.reasons.compile import compile_matcher
from laidian.reasons.proofs import prove

HEAD = """
[trade]
id = "general"
name = "通用"
name_en = "General"

[[reasons]]
id = "other"
name = "其他"
name_en = "Other"
department = "客服部"
case_gap_days = 14

[[reasons]]
id = "leaving"
name = "要走"
name_en = "Leaving"
department = "客服部"
case_gap_days = 14
negative = ["开玩笑"]
rules = [
  RULE
]
"""

# name of the power | the rule | a conversation it must hold in | one it must not
POWERS = """
n of         | of = ["太贵|贵得很", "老掉线", "态度不好"], at_least = 2 | 太贵了，还老掉线       | 太贵了，就是贵得很
n of and all | all = ["换一家"], of = ["太贵", "老掉线"], at_least = 1   | 换一家吧，你们太贵     | 换一家吧
near         | all = ["销户", "今天"], near = 6                          | 今天就销户             | 今天没出门，想问问怎么销户
far          | all = ["销户", "今天"], near = 60                         | 今天没出门所以来问一下你们那边怎么销户 | 今天没出门
none         | all = ["销户"], near = 30, none = ["不想"]                | 我要销户               | 我不想销户
role         | all = ["挽留"], role = "agent"                            | 客户：再见；座席：挽留一下您 | 客户：你们别挽留我
customer     | all = ["销户"], role = "customer"                         | 客户：帮我销户         | 座席：您是要销户吗
first        | all = ["销户"], first_s = 30                              | 座席@0：您好；客户@12：销户 | 客户@45：销户
last         | all = ["销户"], last_s = 20                               | 客户@5：喂；客户@99：销户 | 客户@5：销户；客户@99：再见
no times     | all = ["销户"], first_s = 30                              | 客户@3：销户           | 客户：销户
pattern      | pattern = "合约.{0,6}到期"                                | 我那个合约下个月到期   | 合约是什么时候签的
unless       | pattern = "到期", unless = "(没|还没|未)到期"             | 合约到期了             | 合约还没到期
words + unless | all = ["到期"], unless = "没到期"                      | 到期了                 | 还没到期呢
like         | like = ["别家给的价格比你们便宜一半"]                     | 人家别家给的价格比你们便宜一半呢 | 你们价格是多少
alike        | like = ["别家给的价格比你们便宜一半"], alike = 0.9        | 别家给的价格比你们便宜一半 | 别家价格便宜
negative     | pattern = "销户"                                          | 我要销户               | 开玩笑的，哪能销户
"""
CASES = [tuple(part.strip() for part in line.split("|", 1)) for line in POWERS.strip().splitlines()]


def split(rest: str) -> tuple[str, str, str]:
    """The rule holds `|` itself: the conversations are what stands behind the last two."""
    rule, hit, miss = rest.rsplit("|", 2)
    return rule.strip(), hit.strip().replace("；", "|"), miss.strip().replace("；", "|")


def write(folder: Path, *rules: str) -> Path:
    (folder / "general.toml").write_text(HEAD.replace("RULE", ",\n  ".join(f"{{ {rule} }}" for rule in rules)), "utf-8")
    return folder


@pytest.mark.parametrize("rest", [rest for _, rest in CASES], ids=[name for name, _ in CASES])
def test_a_power_holds_where_it_should_and_only_there(tmp_path: Path, rest: str) -> None:
    rule, hit, miss = split(rest)
    assert prove(load_taxonomy(write(tmp_path, f'{rule}, matches = ["{hit}"], misses = ["{miss}"]'))) == 2
    with pytest.raises(SettingsError, match=r"taxonomy \[general\.leaving\]: rule 1 holds in .*; expected it not to hold"):
        prove(load_taxonomy(write(tmp_path, f'{rule}, matches = ["{hit}"], misses = ["{hit}"]')))
    with pytest.raises(SettingsError, match=r"rule 1 does not hold in .*; expected it to hold; correct the rule or the example"):
        prove(load_taxonomy(write(tmp_path, f'{rule}, matches = ["{miss}"], misses = ["{miss}"]')))


OFFER = 'name = "offer", all = ["优惠"], role = "agent", weight = 0, matches = ["座席：给您个优惠"], misses = ["客户：有优惠吗"]'


def test_a_rule_before_or_after_another(tmp_path: Path) -> None:
    after = (
        'all = ["不要了"], after = "offer", matches = ["座席：有个优惠|客户：不要了"], misses = ["客户：不要了|座席：有个优惠"]'
    )
    before = (
        'all = ["要走"], before = "offer", matches = ["客户：我要走|座席：有个优惠"], misses = ["座席：有个优惠|客户：我要走"]'
    )
    assert prove(load_taxonomy(write(tmp_path, after, OFFER, before))) == 6


def test_a_heard_likeness_is_enough(tmp_path: Path) -> None:
    """Misheard characters that sound alike are the same sentence."""
    rule = 'like = ["别家给的价格比你们便宜一半"], matches = ["憋家给得价各比你们偏宜一半"], misses = ["便宜一点"]'
    assert prove(load_taxonomy(write(tmp_path, rule))) == 2


def tell(folder: Path, *lines: tuple[str, str, str, float]) -> dict[str, tuple[str, float]]:
    rows = [
        {"contact_id": c, "recording_no": 1, "turn": n, "speaker": s, "text": t, "start": at, "end": at + 2}
        for n, (c, s, t, at) in enumerate(lines)
    ]
    found = classify(pl.DataFrame(rows), load_taxonomy(folder)).filter("primary")
    return {c: (r, score) for c, r, score in found.select("contact_id", "reason", "score").iter_rows()}


def test_reasons_follow_the_rules_with_conditions(tmp_path: Path) -> None:
    """Contacts side by side do not lend one another their rules; more weight gives a higher score."""
    examples = 'matches = ["座席：有个优惠|客户：不要了"], misses = ["客户：不要了"]'
    lines = (
        ("a", "agent", "我们有个优惠", 1.0), ("a", "customer", "不要了", 5.0),
        ("b", "customer", "不要了", 1.0), ("b", "agent", "好的", 4.0),
        ("c", "agent", "给您优惠", 1.0), ("c", "customer", "好，谢谢", 3.0),
    )  # fmt: skip
    scores = []
    for weight in (2.0, 4.0):
        rule = f'all = ["不要了"], after = "offer", weight = {weight}, {examples}'
        told = tell(write(tmp_path, OFFER, rule), *lines)
        assert {c: reason for c, (reason, _) in told.items()} == {"a": "general.leaving", "b": OTHER, "c": OTHER}
        scores.append(told["a"][1])
    assert 0 < scores[0] < scores[1]


def test_the_clock_is_read_from_the_utterances(tmp_path: Path) -> None:
    rule = 'all = ["销户"], first_s = 10, weight = 3, matches = ["客户@3：销户"], misses = ["客户@30：销户"]'
    told = tell(
        write(tmp_path, rule), ("a", "customer", "销户", 3.0), ("b", "customer", "喂", 1.0), ("b", "customer", "销户", 30.0)
    )
    assert {c: reason for c, (reason, _) in told.items()} == {"a": "general.leaving", "b": OTHER}


REFUSED = [
    ('of = ["贵", "慢"]', "`of` without an `at_least`"),
    ('of = ["贵", "慢"], at_least = 3', "`of` without an `at_least`"),
    ('all = ["销户"], at_least = 1', "`of` without an `at_least`"),
    ('all = ["销户"], role = "boss"', "`role` is «boss»"),
    ('all = ["销户"], near = 0', "`near` is 0"),
    ('all = ["销户"], first_s = 0', "`first_s` is missing or not above 0"),
    ('all = ["销户"], pattern = "(销"', "`pattern` cannot be read: error: unclosed group"),
    ('all = ["销户"], unless = "(?<!不)销"', "`unless` cannot be read: error: look-around"),
    ('like = ["便宜"]', "`like` has the short sentence «便宜»"),
    ('like = ["别家便宜一半"], alike = 2', "`alike` is 2"),
    ('near = 9', "`all` is empty or has an empty word"),
    ('all = ["销户"], after = "gone"', "no rule «gone»"),
    ('all = ["销户"], name = "x", after = "x"', "rule «x» waits for itself"),
    ('all = ["销户"], role = "agent", weight = 0', "`weight` is missing or not above 0"),
]  # fmt: skip


@pytest.mark.parametrize("rule, found", REFUSED)
def test_a_wrong_rule_is_refused_by_name(tmp_path: Path, rule: str, found: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_taxonomy(write(tmp_path, f'{rule}, matches = ["a"], misses = ["b"]'))
    assert found in refused.value.found and "general.leaving" in refused.value.where
    assert refused.value.expected and refused.value.do


def test_conditions_need_examples(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no `matches` or no `misses`; expected for a rule with conditions a conversation"):
        load_taxonomy(write(tmp_path, 'all = ["销户"], role = "agent", matches = ["座席：销户"]'))


def test_the_bundled_rules_hold_in_their_examples_and_cost_nothing_where_there_are_none() -> None:
    taxonomy = load_taxonomy()
    with_conditions = [rule for reason in taxonomy.reasons.values() for rule in reason.rules if rule.more]
    assert prove(taxonomy) == sum(len(r.more.matches) + len(r.more.misses) for r in with_conditions if r.more)
    assert (compile_matcher(taxonomy).special is None) == (not with_conditions)
