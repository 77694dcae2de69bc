"""Random small contact logs: customers against their slow twin, and laws that hold whatever the log."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from laidian.contacts import contacts
from laidian.identity import customers, key_changes
from laidian.pseudonym import keyed_hash
from laidian.settings import Calls
from laidian.tables import Contact, Identifier, Leg, Recording, empty, from_rows

from tests.drawn_legs import leg
from tests.reference_identity import SlowTwin

MONDAY = datetime(2025, 3, 3)
SECRET = b"t" * 32
Said = list[tuple[Leg, Identifier]]

phones = st.sampled_from([
    None, "13800138000", "13800138000", "13900139000", "13900139000", "057181234567", "02081234567-12", "02081234567",
    "138****8000", "138****8000", "4008001234", "13811118000",
])  # fmt: skip
rows = st.lists(
    st.fixed_dictionaries({
        "start": st.integers(0, 5).map(lambda n: timedelta(hours=n)),
        "phone": phones,
        "contact_phone": st.one_of(st.none(), st.none(), phones),
        "account": st.sampled_from([None, None, None, "A1", "A2", "A3"]),
        "id": st.sampled_from([None, None, None, "I1", "I2"]),
        "service": st.sampled_from([None, None, None, "ad001", "ad002"]),
        "name": st.sampled_from([None, "王小明", "王晓明", "李红", "黎红", "王先生", "王*明", "汪**", "张伟", "章伟", "先生"]),
        "relation": st.sampled_from([None, None, "本人", "代办"]),
    }),
    max_size=10,
)  # fmt: skip


def build(drawn: list[dict[str, Any]]) -> Said:
    return [leg(f"c{place}", MONDAY + row["start"], **{k: v for k, v in row.items() if k != "start"}) for place, row in
            enumerate(drawn)]  # fmt: skip


def crowd(drawn: list[dict[str, Any]]) -> Said:
    """The same log with nine accounts more on one landline: a switchboard."""
    more = [leg(f"s{n}", MONDAY, phone="057181234567", account=f"S{n}", name="张伟" if n == 4 else None) for n in range(9)]
    return build(drawn) + more


logs = rows.map(build) | rows.map(crowd)


def grouped(said: Said, before: pl.DataFrame | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    legs, identifiers = from_rows((one for one, _ in said), Leg), from_rows((i for _, i in said), Identifier)
    merged = contacts(legs, empty(Recording), Calls())
    return merged, customers(merged, identifiers, legs, SECRET, before=before)


@settings(max_examples=120, deadline=None)
@given(logs)
def test_customers_agree_with_the_slow_twin(said: Said) -> None:
    merged, found = grouped(said)
    twin = SlowTwin([Contact(**row) for row in merged.rows(named=True)], [i for _, i in said], [one for one, _ in said])
    keys = {contact: keyed_hash(SECRET, "leg", first) for contact, first in twin.keys().items()}
    assert dict(found.select("contact_id", "customer_key").iter_rows()) == keys
    assert dict(found.select("contact_id", "identified").iter_rows()) == twin.identified()


@settings(max_examples=40, deadline=None)
@given(logs, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(said: Said, shuffle: Any) -> None:
    mixed = list(said)
    shuffle.shuffle(mixed)
    assert grouped(mixed)[1].equals(grouped(said)[1])


@settings(max_examples=40, deadline=None)
@given(logs)
def test_a_basis_names_what_the_customer_shares(said: Said) -> None:
    """A contact that is not alone and shares nothing would be joined for no reason that can be told."""
    _, found = grouped(said)
    sizes = found.group_by("customer_key").len()
    together = found.join(sizes, on="customer_key").filter(pl.col("len") > 1)
    assert together.filter(~pl.col("identified")).is_empty()
    alone = found.join(sizes, on="customer_key").filter(pl.col("len") == 1)
    assert alone.filter(pl.col("basis").list.len() > 0).is_empty()


@settings(max_examples=40, deadline=None)
@given(logs)
def test_two_accounts_and_two_ids_are_never_one_customer(said: Said) -> None:
    merged, found = grouped(said)
    stated = merged.select("contact_id", call_id="call_ids").explode("call_id").join(
        from_rows((i for _, i in said), Identifier), on="call_id"
    )  # fmt: skip
    first = stated.group_by("contact_id").agg(pl.col("account_id", "id_key").drop_nulls().first())
    told = found.join(first, on="contact_id").group_by("customer_key").agg(pl.col("account_id", "id_key").drop_nulls().n_unique())
    assert told.filter((pl.col("account_id") > 1) & (pl.col("id_key") > 1)).is_empty()


@settings(max_examples=40, deadline=None)
@given(logs)
def test_nights_one_by_one_give_the_keys_of_one_run_over_all(said: Said) -> None:
    """As long as legs arrive in order of start; and every key that changed on the way is told."""
    before: pl.DataFrame | None = None
    for night in sorted({one.started_at for one, _ in said}):
        _, after = grouped([pair for pair in said if pair[0].started_at <= night], before)
        if before is not None:
            told = key_changes(before, after, night.date())
            moved = before.join(after, on="contact_id", suffix="_now").filter(
                pl.col("customer_key") != pl.col("customer_key_now")
            )
            pairs = moved.select("customer_key", "customer_key_now").unique()
            assert set(pairs.rows()) == set(told.select("key", "other_key").rows())
        before = after
    assert before is None or before.equals(grouped(said)[1])
