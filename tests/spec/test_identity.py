"""Whose contact it is, drawn as contact logs an analyst can check by hand. `a b, c` = a and b are one customer, c another."""

from datetime import date

import polars as pl
import pytest
from laidian.contacts import contacts
from laidian.identity import customers, key_changes
from laidian.settings import Calls, Identity
from laidian.tables import Contact, Customer, Identifier, KeyChange, Leg, Recording, check, empty

from tests.drawn_legs import drawn_legs

SECRET = b"t" * 32
M, N, LAND = "13800138000", "13900139000", "057181234567"


def found(table: str) -> pl.DataFrame:
    legs, identifiers = drawn_legs(table).frames()
    merged = contacts(legs, empty(Recording), Calls())
    return check(customers(merged, identifiers, legs, SECRET), Customer)


def who(table: str) -> str:
    groups = found(table).group_by("customer_key").agg(pl.col("contact_id").sort())["contact_id"].to_list()
    return ", ".join(sorted(" ".join(group) for group in groups))


# --- one identifier ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["phone", "service", "account", "id"])
def test_contacts_that_share_an_identifier_are_one_customers(column: str) -> None:
    table = f"""
        leg | {column}
        a   | 13800138000
        b   | 13800138000
        c   | 13900139000
    """
    assert who(table) == "a b, c"
    assert found(table)["basis"].to_list() == [[column], [column], []]


def test_a_contact_phone_may_be_the_callers_own_elsewhere() -> None:
    table = """
        leg | phone       | contact_phone
        a   | 13800138000 | 13900139000
        b   | 13900139000 | -
        c   | 057181234567 | 13900139000
    """
    assert who(table) == "a b c"
    assert found(table)["basis"].to_list() == [["contact_phone"], ["phone"], ["contact_phone"]]


def test_nothing_known_stands_alone_and_is_not_identified() -> None:
    table = """
        leg | phone | name
        a   | -     | 王小明
        b   | -     | 王小明
        c   | 13800138000 | -
    """
    assert who(table) == "a, b, c"
    assert found(table)["identified"].to_list() == [False, False, True]


def test_what_any_leg_of_a_contact_says_counts() -> None:
    assert who("""
        leg | call | phone       | account
        a   | a    | -           | -
        a2  | a    | -           | A1
        b   | b    | 13800138000 | A1
        c   | c    | 13800138000 | -
    """) == "a b c"  # fmt: skip


# --- accounts and IDs ----------------------------------------------------------------------------------------------------


def test_one_person_with_two_accounts_and_one_account_of_two_persons_are_one_customer_each() -> None:
    assert who("""
        leg | account | id
        a   | A1      | I1
        b   | A2      | I1
        c   | B1      | I2
        d   | B1      | I3
    """) == "a b, c d"  # fmt: skip


def test_a_group_of_two_ids_and_two_accounts_falls_apart_into_its_accounts() -> None:
    assert (
        who("""
        leg | account | id
        a   | A1      | I1
        b   | A1      | I2
        c   | A2      | I2
        d   | -       | I1
        e   | -       | I2
    """)
        == "a b d, c, e"
    )  # fmt: skip  (I2 has two accounts: e is neither's)


@pytest.mark.parametrize("column", ["account", "id"])
def test_a_phone_joins_no_two_accounts_or_ids(column: str) -> None:
    assert (
        who(f"""
        leg | phone       | {column}
        a   | 13800138000 | X1
        b   | 13800138000 | X2
        c   | 13800138000 | -
    """)
        == "a, b, c"
    )  # fmt: skip  (c could be either's)


def test_an_account_and_an_id_meet_on_a_phone_if_each_has_no_other_partner() -> None:
    assert who("""
        leg | phone       | account | id
        a   | 13800138000 | A1      | -
        b   | 13800138000 | -       | I1
    """) == "a b"  # fmt: skip
    assert who("""
        leg | phone       | account | id
        a   | 13800138000 | A1      | -
        b   | 13800138000 | -       | I1
        c   | 13900139000 | -       | I1
        d   | 13900139000 | A2      | -
    """) == "a, b c, d"  # fmt: skip


def test_a_phone_leads_a_contact_to_the_account_known_on_it() -> None:
    assert who("""
        leg | phone       | account
        a   | 13800138000 | A1
        b   | 13800138000 | -
        c   | 13900139000 | -
    """) == "a b, c"  # fmt: skip


# --- phones that several people use --------------------------------------------------------------------------------------


def test_a_family_phone_needs_a_second_identifier() -> None:
    assert who("""
        leg | phone       | name
        a   | 13800138000 | 王小明
        b   | 13800138000 | 李红
        c   | 13800138000 | 李红
        d   | 13800138000 | -
    """) == "a, b c, d"  # fmt: skip


def test_nine_names_on_a_number_are_a_switchboard() -> None:
    names = ["赵一", "钱二", "孙三", "李四", "周五", "吴六", "郑七", "王八", "冯九"]
    crowd = "\n".join(f"s{n} | {LAND} | {name}" for n, name in enumerate(names))
    groups = who(f"""
        leg | phone | name
        {crowd}
        a   | {LAND}    | -
        b   | {LAND}    | -
        c   | {LAND}-12 | -
        d   | {LAND}-12 | -
    """)
    assert groups == "a, b, c d, s0, s1, s2, s3, s4, s5, s6, s7, s8"


def test_nine_accounts_on_a_number_are_a_switchboard_too() -> None:
    crowd = "\n".join(f"s{n} | {LAND} | A{n}" for n in range(9))
    assert who(f"""
        leg | phone | account
        {crowd}
        a   | {LAND}  | -
        b   | {LAND}  | -
    """).startswith("a, b, s0")  # fmt: skip


def test_who_acts_for_another_lends_neither_phone_nor_name() -> None:
    assert who("""
        leg | phone       | name   | relation | account
        a   | 13800138000 | 李红   | -        | -
        b   | 13800138000 | 李红   | 代办     | A1
        c   | 13800138000 | 李红   | 代办人   | A2
        d   | 13900139000 | 王小明 | 本人     | A1
    """) == "a, b d, c"  # fmt: skip


def test_a_chain_of_phones_that_holds_two_names_breaks_into_stars() -> None:
    """a–b share one phone, b–c another, but a and c are different persons: each keeps its own phone only."""
    assert who(f"""
        leg | phone | contact_phone | name
        a   | {M}   | -             | 王小明
        b   | {M}   | {N}           | -
        c   | {N}   | -             | 李红
    """) == "a b, c"  # fmt: skip


def test_names_are_one_persons_by_ear_or_when_most_characters_agree() -> None:
    assert who(f"""
        leg | phone | name
        a   | {M}   | 王小明
        b   | {M}   | 王晓明
        c   | {N}   | 张伟
        d   | {N}   | 章伟
        e   | {LAND} | 李建国
        f   | {LAND} | 李国建
        g   | {LAND} | 王丽
    """) == "a b, c d, e f, g"  # fmt: skip


def test_a_title_or_a_masked_name_tells_a_family_apart_by_the_surname() -> None:
    assert who(f"""
        leg | phone | name
        a   | {M}   | 王小明
        b   | {M}   | 李红
        c   | {M}   | 汪先生
        d   | {M}   | 黎**
        e   | {M}   | 赵女士
    """) == "a c, b d, e"  # fmt: skip
    assert (
        who(f"""
        leg | phone | name
        a   | {M}   | 王小明
        b   | {M}   | 王强
        c   | {M}   | 王先生
    """)
        == "a, b, c"
    )  # fmt: skip  (either's)


def test_on_a_family_phone_the_name_leads_to_the_account() -> None:
    assert who(f"""
        leg | phone | account | name
        a   | {M}   | A1      | 王小明
        b   | {M}   | A2      | 李红
        c   | {M}   | -       | 李红
        d   | {M}   | -       | -
    """) == "a, b c, d"  # fmt: skip


@pytest.mark.parametrize(("times", "leads"), [(2, False), (3, True)])  # of three 67 %, of four 75 %; 70 % decide
def test_who_leads_on_a_phone_is_taken_for_the_contacts_that_name_nobody(times: int, leads: bool) -> None:
    for column, one, other in (("name", "李红", "王小明"), ("account", "A1", "A2")):
        often = "\n".join(f"x{n} | {M} | {one}" for n in range(times))
        groups = who(f"""
            leg | phone | {column}
            {often}
            y   | {M}   | {other}
            a   | {M}   | -
        """)
        together = " ".join(f"x{n}" for n in range(times))
        assert groups == (f"a {together}, y" if leads else f"a, {together}, y")


# --- numbers that are nobody's -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "joins"),
    [
        ("13800138000", True),
        ("057181234567", True),
        ("057181234567-803", True),
        ("81234567", True),  # a local landline as the exchange shows it
        ("+85291234567", True),
        ("4008001234", False),  # hotlines: somebody's switchboard called out
        ("95588", False),
        ("950131234567", False),
        ("10086", False),
        ("12345", False),
        ("138****8000", False),
        ("17012345678", True),
    ],
)
def test_only_a_customers_own_kind_of_number_joins(number: str, joins: bool) -> None:
    table = f"""
        leg | phone
        a   | {number}
        b   | {number}
    """
    assert who(table) == ("a b" if joins else "a, b")
    assert found(table)["identified"].to_list() == [joins, joins]


def test_a_privacy_relay_number_joins_nobody_once_the_workspace_names_it() -> None:
    legs, identifiers = drawn_legs("""
        leg | phone       | name   | account
        a   | 17012345678 | 王小明 | -
        b   | 17012345678 | 王小明 | -
        c   | 17012345678 | 王小明 | A1
        d   | -           | -      | A1
    """).frames()
    merged = contacts(legs, empty(Recording), Calls())
    table = customers(merged, identifiers, legs, SECRET, Identity(relay=("170",)))
    assert table["customer_key"].n_unique() == 3
    assert table["identified"].to_list() == [False, False, True, True]


@pytest.mark.parametrize(("number", "relay"), [("17012345678", ("170",)), (LAND, ())])
def test_a_relay_number_or_a_switchboard_joins_no_two_customers_through_a_third(number: str, relay: tuple[str, ...]) -> None:
    """Each of a, b and c is another customer by the own phone; that all three were once rung through one number says nothing."""
    crowd = "\n".join(f"s{n} | {number} | - | A{n} | -" for n in range(9))
    legs, identifiers = drawn_legs(f"""
        leg | phone    | contact_phone | account | name
        {crowd}
        a   | {M}      | {number}      | -       | 王小明
        b   | {number} | {N}           | -       | 李红
        c   | {N}      | -             | -       | 李红
        d   | {M}      | -             | -       | -
        e   | {number} | -             | -       | -
    """).frames()
    table = customers(contacts(legs, empty(Recording), Calls()), identifiers, legs, SECRET, Identity(relay=relay))
    groups = table.group_by("customer_key").agg(pl.col("contact_id").sort())["contact_id"].to_list()
    assert sorted(" ".join(group) for group in groups if len(group) > 1) == ["a d", "b c"]


def test_a_landline_of_which_extensions_are_seen_is_a_switchboard() -> None:
    assert who(f"""
        leg | phone
        a   | {LAND}
        b   | {LAND}
        c   | {LAND}-12
        d   | {LAND}-12
        e   | {LAND}-13
    """) == "a, b, c d, e"  # fmt: skip


# --- hints ---------------------------------------------------------------------------------------------------------------


def test_a_masked_number_leads_to_the_one_customer_of_its_digits_and_surname() -> None:
    table = """
        leg | phone       | name
        a   | 13811118000 | 王小明
        b   | 13822228000 | 李红
        c   | 138****8000 | 汪先生
        d   | 138****8000 | -
    """
    assert who(table) == "a c, b, d"
    told = found(table)
    assert told["basis"].to_list() == [["masked_phone", "name"], [], ["masked_phone", "name"], []]
    assert told["identified"].to_list() == [True, True, True, False]


def test_a_masked_number_that_could_be_two_customers_is_neithers() -> None:
    table = """
        leg | phone       | name
        a   | 13811118000 | 王小明
        b   | 13822228000 | 王晓明
        c   | 138****8000 | 王小明
    """
    assert who(table) == "a, b, c"
    assert found(table)["identified"].to_list() == [True, True, False]


def test_a_masked_number_tells_two_persons_of_one_surname_apart_by_the_full_name() -> None:
    assert who("""
        leg | phone       | name
        a   | 13811118000 | 王小明
        b   | 13822228000 | 王强
        c   | 138****8000 | 王强
        d   | 138****8000 | 王先生
    """) == "a, b c, d"  # fmt: skip


def test_masked_contacts_of_one_hint_are_one_customer_but_never_close_a_chain() -> None:
    assert who("""
        leg | phone       | contact_phone | name
        a   | 138****8000 | -             | 王小明
        b   | 138****8000 | 139****9000   | 王小明
        c   | 139****9000 | -             | 王小明
    """) == "a b, c"  # fmt: skip


def test_a_switchboard_leads_by_the_full_name_only() -> None:
    crowd = "\n".join(f"s{n} | {LAND} | A{n} | -" for n in range(9))
    assert who(f"""
        leg | phone | account | name
        {crowd}
        a   | {LAND}  | A1    | 王小明
        b   | {LAND}  | -     | 王晓明
        c   | {LAND}  | -     | 王先生
    """).startswith("a b s1, c, s0")  # fmt: skip


# --- keys ----------------------------------------------------------------------------------------------------------------


def test_the_key_is_that_of_the_earliest_leg_so_a_merge_keeps_the_older_key() -> None:
    apart = found(f"""
        leg | at          | phone | account
        a   | 03-03 09:00 | {M}   | -
        b   | 03-04 09:00 | {N}   | A1
    """)
    together = found(f"""
        leg | at          | phone | account
        a   | 03-03 09:00 | {M}   | -
        b   | 03-04 09:00 | {N}   | A1
        c   | 03-05 09:00 | {M}   | A1
    """)
    older = apart.filter(contact_id="a")["customer_key"][0]
    assert together["customer_key"].to_list() == [older] * 3
    assert apart["customer_key"].n_unique() == 2


FIRST = """
    leg | at          | phone       | account
    a   | 03-03 09:00 | 13800138000 | -
    b   | 03-04 09:00 | 13900139000 | A1
"""


def tonight(table: str, before: pl.DataFrame | None) -> pl.DataFrame:
    legs, identifiers = drawn_legs(table).frames()
    return customers(contacts(legs, empty(Recording), Calls()), identifiers, legs, SECRET, before=before)


def test_a_merge_of_keys_is_told_with_its_reason() -> None:
    before = tonight(FIRST, None)
    after = tonight(FIRST + "    c | 03-05 09:00 | 13800138000 | A1\n", before)
    assert after["customer_key"].to_list() == [before["customer_key"][0]] * 3
    assert check(key_changes(before, after, date(2025, 3, 5)), KeyChange).rows() == [
        ("customer", date(2025, 3, 5), before["customer_key"][1], before["customer_key"][0], "merged", 1, ["account"])
    ]


def test_a_split_of_keys_is_told_with_what_no_longer_joins() -> None:
    together = """
        leg | at          | phone       | account
        a   | 03-03 09:00 | 13800138000 | A1
        b   | 03-04 09:00 | 13800138000 | -
    """
    before = tonight(together, None)
    after = tonight(together + "        c | 03-05 09:00 | 13800138000 | A2\n", before)
    assert after["customer_key"].n_unique() == 3 and after["customer_key"][0] == before["customer_key"][0]
    assert key_changes(before, after, date(2025, 3, 5)).rows() == [
        ("customer", date(2025, 3, 5), before["customer_key"][0], after["customer_key"][1], "split", 1, ["phone"])
    ]


def test_a_leg_that_comes_late_changes_no_key_tonight_or_later() -> None:
    before = tonight(FIRST, None)
    late = FIRST + "    z | 03-01 09:00 | 13800138000 | -\n"
    after = tonight(late, before)
    assert dict(after.select("contact_id", "customer_key").iter_rows())["z"] == before["customer_key"][0]
    assert key_changes(before, after, date(2025, 3, 5)).is_empty()
    assert tonight(late, after).equals(after)


def test_no_contacts_no_customers() -> None:
    assert customers(empty(Contact), empty(Identifier), empty(Leg), SECRET).equals(empty(Customer))
