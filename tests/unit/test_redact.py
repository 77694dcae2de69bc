"""What is personal becomes ■, what analysts need stays, and no offset moves. All numbers are made up to satisfy their checks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laidian.redact import MARK, mask_name, mask_phone, redact
from stdnum import luhn
from stdnum.cn import ric

WITHOUT_CHECK = "11010519491231002"  # the standard's own example of an identity number
ID = WITHOUT_CHECK + ric.calc_check_digit(WITHOUT_CHECK)
CARD = "622202000000000000" + luhn.calc_check_digit("622202000000000000")

# name of the case: the text, what is personal in it between [ ]
PERSONAL = {
    "mobile": "我的号码是[13812345678]你记一下",
    "mobile with country": "打[+8613812345678]".replace("+", ""),
    "mobile in groups": "[138 1234 5678]这个",
    "mobile with hyphens": "[138-1234-5678]",
    "mobile spoken": "我电话[幺三八零零零零幺二三四]",
    "mobile spoken with commas": "是[一三八，一二三四，五六七八]对吧",
    "mobile half spoken": "[138一二三四5678]",
    "landline": "家里座机[010-62345678]",
    "landline of seven digits": "打[0571-8765432]也行",
    "identity number": f"身份证[{ID}]",
    "identity number spelt": "证件是[" + "".join("零一二三四五六七八九X"["0123456789X".index(c)] for c in ID) + "]",
    "bank card": f"卡号[{CARD}]吧",
    "bank card in fours": f"尾数对不上[{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}]",
    "e-mail": "发到[zhu.rong_1@mail.example.com]就行",
    "e-mail within Chinese": "邮箱[a@b.cn]谢谢",
    "road and house": "我住在[解放路128号3栋502室]",
    "estate and house": "[阳光花园8栋2单元301]没电了",
    "name given": "我叫[王小明]",
    "long run of digits": "订单[202503031234567890]",
    "account after its word": "账号[1234567]",
    "messenger": "微信号[abc_12345]",
}

KEPT = {
    "hotline": "打10086三次了",
    "service number": "拨95588转人工",
    "400 number": "你们4008123123一直占线",
    "amount": "扣了199元，又扣39块9",
    "date": "2025年3月3日下午3点",
    "short numbers": "一共3次，等了45分钟",
    "speed": "1000兆的宽带只有200兆",
    "counts": "打了两三次，催了十几遍",
    "words": "我家宽带上不了网，光猫一直闪红灯",
    "hotline before a count": "10086一直占线",
    "name of nobody": "我叫你们来修",
    "a wrong identity number is still long": "型号123-45",
}


@pytest.mark.parametrize("case", PERSONAL)
def test_what_is_personal_is_hidden_and_the_rest_stays(case: str) -> None:
    before, _, rest = PERSONAL[case].partition("[")
    secret, _, after = rest.partition("]")
    assert redact(before + secret + after) == before + MARK * len(secret) + after


@pytest.mark.parametrize("case", KEPT)
def test_what_analysts_need_stays(case: str) -> None:
    assert redact(KEPT[case]) == KEPT[case]


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "0", "86", "0086"]), st.integers(0, 2**32))
def test_no_mobile_number_survives_however_it_is_written(number: str, prefix: str, seed: int) -> None:
    spoken = {"0": "零", "1": "幺一"[seed % 2], **dict(zip("23456789", "二三四五六七八九", strict=True))}
    gaps = ["", " ", "-", "，", "嗯"]
    said = "".join(
        (spoken[d] if seed >> n & 1 else d) + gaps[(seed >> n) % 5 if n in (2, 6) else 0] for n, d in enumerate(number)
    )
    for text in (f"电话{prefix}{number}谢谢", f"我是{said}。"):
        hidden = redact(text)
        assert len(hidden) == len(text)
        assert not any(c.isdecimal() or c in spoken.values() for c in hidden), hidden


@given(st.integers(10**16, 10**17 - 1))
def test_every_valid_bank_card_is_hidden_and_digits_fail_the_check_only_when_short(body: int) -> None:
    digits = str(body)
    card = digits + luhn.calc_check_digit(digits)
    assert redact(f"卡{card}。") == f"卡{MARK * 18}。"


WORDS = ["138", "10086", "电话", "身份证", "我叫", "王小明", "解放路", "号", "栋", "小区", "微信", "abc", "是", "打了三次", "■■"]
PIECES = st.lists(st.sampled_from([*"0123456789零一二三四五六七八九幺十百两，。 -—@.Xx叉嗯", *WORDS]), max_size=25).map("".join)


@given(PIECES | st.text(max_size=60))
def test_redaction_keeps_the_length_and_twice_changes_nothing(text: str) -> None:
    once = redact(text)
    assert len(once) == len(text)
    assert redact(once) == once
    assert all(new in (MARK, old) for old, new in zip(text, once, strict=True))


@given(PIECES)
def test_no_run_of_eleven_written_digits_survives(text: str) -> None:
    run = longest = 0
    for char in redact(text):
        run = run + 1 if char.isascii() and char.isdecimal() else 0
        longest = max(longest, run)
    assert longest < 11


@pytest.mark.parametrize(("phone", "shown"), [("13812345678", "138****5678"), ("10086", "10086"), ("62345678", "****5678")])
def test_a_phone_is_shown_without_its_middle(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(("name", "shown"), [("王小明", "王**"), ("欧阳静", "欧阳*"), ("李女士", "李女士"), ("张", "张")])
def test_a_name_is_shown_by_its_surname(name: str, shown: str) -> None:
    assert mask_name(name) == shown
