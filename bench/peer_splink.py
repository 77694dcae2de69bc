"""The peer of bench/identity.py: splink 5 on DuckDB, set up as its documentation advises, with a homophone column.

Columns prepared outside the clock, in splink's favour: `number` (whole numbers only), `digits` (what a masked number shows),
`fullname` (full names), `sound` and `surname` (toneless syllables).
"""

from collections.abc import Iterable

import polars as pl
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

_EXACT = ("account_id", "id_key", "service_number")


def _settings() -> SettingsCreator:
    number = cl.CustomComparison(
        output_column_name="number",
        comparison_levels=[
            cll.CustomLevel(
                "(number_l IS NULL OR number_r IS NULL) AND (digits_l IS NULL OR digits_r IS NULL)"
            ).configure(is_null_level=True),
            cll.ExactMatchLevel("number", term_frequency_adjustments=True),
            cll.CustomLevel("number_l = contact_phone_r OR contact_phone_l = number_r"),
            cll.CustomLevel("digits_l = digits_r AND (number_l IS NULL OR number_r IS NULL)"),
            cll.ElseLevel(),
        ],
    )  # fmt: skip
    name = cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.CustomLevel("surname_l IS NULL OR surname_r IS NULL").configure(is_null_level=True),
            cll.ExactMatchLevel("fullname", term_frequency_adjustments=True),
            cll.ExactMatchLevel("sound"),
            cll.CustomLevel("surname_l = surname_r AND levenshtein(fullname_l, fullname_r) <= 1"),
            cll.CustomLevel("surname_l = surname_r AND (fullname_l IS NULL OR fullname_r IS NULL)"),
            cll.ElseLevel(),
        ],
    )
    exact = [cl.ExactMatch(column).configure(term_frequency_adjustments=True) for column in _EXACT]
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="contact_id",
        comparisons=[number, name, *exact],
        blocking_rules_to_generate_predictions=[
            *(block_on(column) for column in ("number", "account_id", "id_key", "service_number")),
            block_on("digits", "surname"),
            "l.number = r.contact_phone",
        ],
        retain_matching_columns=False,
    )


def clusters(flat: pl.DataFrame, thresholds: Iterable[float]) -> dict[float, pl.DataFrame]:
    """Threshold -> contact_id, found."""
    api = DuckDBAPI()
    linker = Linker(api.register(flat.to_arrow()), _settings(), log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match(
        [block_on("account_id"), block_on("id_key"), block_on("number", "sound")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for column in ("account_id", "number"):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(column))
    wanted = sorted(thresholds)
    scored = linker.inference.predict(threshold_match_probability=wanted[0])
    made = {}
    for threshold in wanted:
        table = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold).as_pyarrow_table()
        made[threshold] = pl.DataFrame(pl.from_arrow(table)).select("contact_id", found="cluster_id")
    return made
