"""What people say, and the call reason it is: drawn conversations, and how much mishearing the rules bear."""

import json
import random
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from laidian.lexicons import OTHER, Taxonomy, load_taxonomy
from laidian.reasons import classify, unnamed_codes

from tests.misheard import misheard

DATA = Path(__file__).parents[1] / "data"
GREETINGS = {
    "telecom": "您好，星海通信客服，请问有什么可以帮您", "bank": "您好，星海银行客服，请问有什么可以帮您",
    "ecommerce": "您好，星海商城客服，请问有什么可以帮您", "express": "您好，星海快递客服，请问有什么可以帮您",
    "utilities": "您好，星海公用客服，请问有什么可以帮您", "general": "您好，请问有什么可以帮您",
}  # fmt: skip
HOTLINES = {"telecom": "10111", "bank": "95111", "ecommerce": "4001", "express": "95222", "utilities": "4002"}


@cache
def taxonomy() -> Taxonomy:
    return load_taxonomy()


def spoken(turns: list[tuple[str, str]], contact: str = "c") -> list[dict[str, object]]:
    """Turns (speaker, text) of one recording."""
    return [
        {"contact_id": contact, "recording_no": 1, "turn": n, "speaker": speaker, "text": text}
        for n, (speaker, text) in enumerate(turns)
    ]


def said(drawn: str) -> list[tuple[str, str]]:
    """`A words / C words / ...` -> turns of the agent, the customer, U nobody known, I the menu."""
    names = {"A": "agent", "C": "customer", "U": "unknown", "I": "ivr"}
    return [(names[part.strip()[0]], part.strip()[2:]) for part in drawn.split("/")]


def reasons_of(drawn: str, **line: str | None) -> list[str]:
    """The reasons of a drawn conversation, primary first."""
    lines = pl.DataFrame(
        [{"contact_id": "c", "hotline": None, "queue": None, "direction": "inbound", **line}],
        schema=dict.fromkeys(("contact_id", "hotline", "queue", "direction"), pl.String),
    )
    found = classify(pl.DataFrame(spoken(said(drawn))), taxonomy(), lines)
    return found.sort("primary", "score", descending=True)["reason"].to_list()


CONVERSATIONS = """
telecom.broadband_fault  | A 您好请讲 / C 我家那个网从昨天就上不去了，光猫闪红灯
telecom.broadband_fault  | C 看电影老转圈，这个网慢得要命
telecom.nuisance         | C 一天给我打三次电话推销套餐，说了不要还打
telecom.plan             | C 我这个套餐能不能再加一张副卡给我爸用
telecom.installation     | C 我想把宽带挪到新买的房子去
telecom.installation     | C 自己家想装一个，三百兆的多少钱一个月
telecom.number_port      | C 我想把号带走，查查有没有资格
utilities.bill           | A 您好水务公司 / C 平常都四十来块，这回怎么一百八，是不是算错了
bank.app_login           | A 您好，星海银行 / C 点开就闪退，怎么都登不上去，我还急着给人打款呢
express.late             | A 您好，星海快递客服 / C 物流信息五天没动了，是不是给我丢了
ecommerce.coupon         | A 您好，商城客服 / C 满二百减二十那个，结账的时候用不了
general.other            | C 喂，听得见吗 / A 听得见您请讲 / C 没事了没事了，谢谢啊
general.other            | C 我想问一下今天星期几 / A 星期三 / C 哦谢谢
general.other            | C 你好我问一下啊，昨天下午给我打过电话，说好的给我回电话
"""


@pytest.mark.parametrize("line", CONVERSATIONS.strip().splitlines())
def test_conversation(line: str) -> None:
    reason, drawn = line.split("|")
    assert reasons_of(drawn)[0] == reason.strip()


def test_agents_closing_formula_is_no_reason() -> None:
    assert reasons_of("C 谢谢啊 / A 您的宽带、话费、套餐有问题都可以打这个电话，再见") == [OTHER]


def test_menu_is_no_reason() -> None:
    assert reasons_of("I 宽带故障请按一，话费查询请按二，套餐变更请按三 / C 喂你好") == [OTHER]


def test_caller_on_behalf_of_the_centre_says_the_reason() -> None:
    drawn = "A 您好，是陈先生吗，关于您反映的流量包扣费给您回个电话 / C 是我你说 / A 四十块已经退到您话费里了 / C 好谢谢"
    assert reasons_of(drawn, direction="outbound")[0] == "telecom.billing"


@pytest.mark.parametrize("drawn, first", [
    ("C 我宽带坏了，上不了网 / A 好的 / C 对了顺便查一下我话费还有多少", "telecom.broadband_fault"),
    ("C 查一下我话费还有多少 / A 二十三块 / C 行，还有我家宽带好像也有点慢", "telecom.balance"),
])  # fmt: skip
def test_what_is_said_first_is_primary(drawn: str, first: str) -> None:
    assert reasons_of(drawn)[0] == first


def test_not_that_but_this() -> None:
    assert reasons_of("C 不是宽带，是我手机没信号，家里一格都没有")[0] == "telecom.mobile_network"


def test_queue_names_the_trade() -> None:
    """A lost card may be a bank's or a telephone's; the queue says which."""
    assert reasons_of("C 我卡丢了", queue="银行卡客服")[0] == "bank.card_loss"
    assert reasons_of("C 我卡丢了", queue="手机卡业务")[0] == "telecom.sim"


def test_hotline_lends_its_trade_to_a_greeting_nobody_could_hear() -> None:
    """Two calls of the hotline greet clearly, so the third is of their trade as well."""
    talks = {"a": "A 您好，星海通信 / C 没信号", "b": "A 您好，星海通信客服 / C 查话费", "c": "A 您好，心害同新 / C 我卡丢了"}
    rows = pl.DataFrame([row for contact, drawn in talks.items() for row in spoken(said(drawn), contact)])
    lines = pl.DataFrame([{"contact_id": c, "hotline": "10111", "queue": None, "direction": "inbound"} for c in talks])
    together = lines.with_columns(queue=pl.lit(None, pl.String))
    apart = together.with_columns(hotline="contact_id")
    found = [classify(rows, taxonomy(), log).filter(pl.col("contact_id") == "c")["reason"][0] for log in (apart, together)]
    assert found == ["bank.card_loss", "telecom.sim"]


def test_blank_contacts_give_no_row() -> None:
    rows = [*spoken([("customer", "  "), ("agent", "")], "blank"), *spoken([("customer", "宽带坏了")], "heard")]
    assert classify(pl.DataFrame(rows), taxonomy())["contact_id"].unique().to_list() == ["heard"]


def test_one_primary_a_contact_and_issues_belong_to_their_reasons() -> None:
    found = classify(labelled("reasons_seed", 0.1, 1), taxonomy())
    assert found.group_by("contact_id").agg(pl.col("primary").sum())["primary"].to_list() == [1] * found["contact_id"].n_unique()
    for row in found.iter_rows(named=True):
        assert row["issue"] is None or row["issue"].rpartition(".")[0] == row["reason"]
        assert 0 <= row["score"] <= 1 and row["source"] == "rules"


def contacts(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def labelled(name: str, rate: float, seed: int) -> pl.DataFrame:
    """The utterances of a labelled set behind their houses' greetings, misheard at a rate of characters."""
    dice, rows = random.Random(seed), []
    for contact in contacts(name):
        own = [(s, t) for n, (s, t) in enumerate(contact["turns"]) if n or s != "agent"]  # type: ignore[misc, arg-type]
        greeting = GREETINGS.get(str(contact["reason"]).partition(".")[0], GREETINGS["general"])
        turns = [("agent", greeting), *own]
        rows += spoken([(s, misheard(t, rate, dice)) for s, t in turns], str(contact["id"]))
    return pl.DataFrame(rows)


def lines_of(name: str) -> pl.DataFrame:
    trades = {str(c["id"]): HOTLINES.get(str(c["reason"]).partition(".")[0]) for c in contacts(name)}
    return pl.DataFrame(
        [{"contact_id": c, "hotline": h, "queue": None, "direction": "inbound"} for c, h in trades.items()],
        schema=dict.fromkeys(("contact_id", "hotline", "queue", "direction"), pl.String),
    )


def accuracy(name: str, rate: float, seed: int) -> float:
    truth = {str(c["id"]): c["reason"] for c in contacts(name)}
    found = classify(labelled(name, rate, seed), taxonomy(), lines_of(name)).filter("primary")
    right = sum(truth[contact] == reason for contact, reason in found.select("contact_id", "reason").iter_rows())
    return right / len(truth)


@pytest.mark.parametrize("rate, least", [(0.0, 0.97), (0.1, 0.91), (0.2, 0.85), (0.3, 0.77)])
def test_seed_contacts_as_a_recogniser_would_write_them(rate: float, least: float) -> None:
    """Tuned on, so this guards against losing ground. Measured: 1.00, .95, .92, .84."""
    assert accuracy("reasons_seed", rate, 7) >= least


def test_held_out_contacts() -> None:
    """Never tuned on. Measured: 40 of 45."""
    assert accuracy("reasons_held_out", 0.0, 0) >= 0.8


@pytest.mark.parametrize("split, least", [("train", 0.90), ("test", 0.72)])
def test_contacts_split_by_scenario(split: str, least: float) -> None:
    """Text alone, without a hotline. The test split was never tuned on. Measured: .95 and .78 (bench/reasons.py)."""
    some = [c for c in contacts("reasons") if c["split"] == split]
    rows = [row for c in some for row in spoken([(s, t) for s, t in c["turns"]], str(c["id"]))]  # type: ignore[attr-defined]
    told = dict(classify(pl.DataFrame(rows), taxonomy()).filter("primary").select("contact_id", "reason").iter_rows())
    assert sum(told[str(c["id"])] == c["reason"] for c in some) >= least * len(some)


def test_codes_that_name_no_reason_are_told_the_commonest_first_and_notes_are_not() -> None:
    codes = pl.Series("wrap_code", ["宽带故障"] * 30 + ["ZX-07"] * 12 + ["K3"] * 20 + ["客户说下午打来"] + [None] * 9)
    assert unnamed_codes(codes, taxonomy()) == [("K3", 20), ("ZX-07", 12)]
