"""The peer on FEBRL: Splink over data set 3 (deduplicate) or 4 (link), pairs with their weights to Parquet.

usage: splink_febrl.py train FOLDER 3|4 OUT.parquet [--model MODEL.json] [--stats STATS.json]
       splink_febrl.py score FOLDER 3|4 OUT.parquet --model MODEL.json [--stats STATS.json]
`train` learns within the run and then scores, and keeps the model if told where; `score` takes a kept model.
"""
import argparse

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from engine import Meter, connect
from splink import Linker, SettingsCreator, block_on

INPUT = """
    select record_id as unique_id, given_name, surname, street_number, address_1, address_2, suburb, state, postcode,
        date_of_birth, left(given_name, 3) as given_3, left(surname, 3) as surname_3,
        left(date_of_birth, 4) as birth_year, substr(date_of_birth, 5, 4) as birth_day
    from read_parquet('{}')
"""
# So small a set lets every field block by itself: what costs pairs elsewhere costs seconds here.
BLOCKS = [
    *map(block_on, ["date_of_birth", "surname", "given_name", "postcode", "suburb", "address_1", "address_2", "birth_day"]),
    *map(block_on, ["left(address_1, 6)", "left(suburb, 5)"]),
    block_on("state", "street_number"),
    block_on("given_3", "birth_year"),
    block_on("surname_3", "birth_year"),
    "l.given_name = r.surname",
    "l.surname = r.given_name",
    "l.address_1 = r.address_2",
    "l.address_2 = r.address_1",
]
TRAINING = [block_on("date_of_birth"), block_on("postcode", "suburb"), block_on("address_1"), block_on("given_name", "surname")]


def exchangeable(column, other):
    """A field whose content may stand in another: the two names, the two lines of an address."""
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(column),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            cll.JaroWinklerLevel(column, 0.92).configure(tf_adjustment_column=column, tf_adjustment_weight=0.5),
            cll.CustomLevel(f"{column}_l = {other}_r or {other}_l = {column}_r"),
            cll.JaroWinklerLevel(column, 0.8),
            cll.CustomLevel(f"jaro_winkler_similarity({column}_l, {other}_r) >= 0.9 or jaro_winkler_similarity({other}_l, {column}_r) >= 0.9"),
            cll.ElseLevel(),
        ],
    )


def settings(link_type):
    return SettingsCreator(
        link_type=link_type,
        blocking_rules_to_generate_predictions=BLOCKS,
        comparisons=[
            exchangeable("given_name", "surname"),
            exchangeable("surname", "given_name"),
            exchangeable("address_1", "address_2"),
            exchangeable("address_2", "address_1"),
            cl.JaroWinklerAtThresholds("suburb", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("street_number", 1),
            cl.DamerauLevenshteinAtThresholds("state", 1),
        ],
        retain_matching_columns=False,
    )


def main():
    words = argparse.ArgumentParser()
    words.add_argument("verb", choices=["train", "score"])
    words.add_argument("folder")
    words.add_argument("number", choices=["3", "4"])
    words.add_argument("out")
    words.add_argument("--model")
    words.add_argument("--stats")
    told = words.parse_args()
    api, db = connect()
    meter = Meter()
    link_type, files = ("dedupe_only", ["febrl3"]) if told.number == "3" else ("link_only", ["febrl4a", "febrl4b"])
    with meter.stage("training" if told.verb == "train" else "scoring"):
        for file in files:
            db.execute(f"create table {file} as {INPUT.format(f'{told.folder}/{file}.parquet')}")
        tables = [api.register(file, dataset_display_name=file) for file in files]
        linker = Linker(tables, settings(link_type) if told.verb == "train" else told.model, log_level=None)
    if told.verb == "train":
        with meter.stage("training"):
            training = linker.training
            sure = [block_on("given_name", "surname", "date_of_birth"), block_on("date_of_birth", "postcode", "suburb")]
            training.estimate_probability_two_random_records_match(sure, recall=0.8)
            training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
            for block in TRAINING:
                training.estimate_parameters_using_expectation_maximisation(block)
            if told.model:
                linker.misc.save_model_to_json(told.model, overwrite=True)
    with meter.stage("scoring"):
        pairs = linker.inference.compute_blocked_pairs_for_predict()
        scored = linker.inference.predict(threshold_match_weight=-20, warning_mode="never")
        db.execute(f"""
            copy (select unique_id_l as left_id, unique_id_r as right_id, match_weight from {scored.physical_name})
            to '{told.out}' (format parquet)
        """)
        ((count,),) = db.execute(f"select count(*) from {pairs.physical_name}").fetchall()
    meter.write(told.stats, pairs=count)


if __name__ == "__main__":
    main()
