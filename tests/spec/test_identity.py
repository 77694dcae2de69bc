"""Whose contact it is, drawn as contact logs an analyst can check by hand. `a b, c` = a and b are one customer, c another."""

import polars as pl
import pytest
from laidian.contacts import contacts
from laidian.identity import customers
from laidian.settings import Calls
from laidian.tables import Contact, Customer, Identifier, Leg, Recording, check, empty

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


def test_no_contacts_no_customers() -> None:
    assert customers(empty(Contact), empty(Identifier), empty(Leg), SECRET).equals(empty(Customer))
