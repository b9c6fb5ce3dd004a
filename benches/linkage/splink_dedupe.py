"""The peer: Splink finds the records of one file that are of one person; scored pairs to Parquet.

usage: splink_dedupe.py train|score FILE.parquet OUT.parquet [--model MODEL.json] [--relatives] [--stats STATS.json]
`train` learns within the run and then scores, and keeps the model if told where; `score` takes a kept model.
"""
import argparse

import person
from engine import Meter, connect
from splink import Linker


def main():
    words = argparse.ArgumentParser()
    words.add_argument("verb", choices=["train", "score"])
    words.add_argument("file")
    words.add_argument("out")
    for name in ("model", "stats"):
        words.add_argument(f"--{name}")
    words.add_argument("--relatives", action="store_true", help="levels against relatives, set by hand")
    words.add_argument("--without-gp", action="store_true")
    told = words.parse_args()
    api, db = connect()
    meter = Meter()
    with meter.stage("preparing"):
        person.alike(db)
        records = f"select *, record_id as unique_id, []::varchar[] as former_families, []::varchar[] as former_postcodes from read_parquet('{told.file}')"
        db.execute(f"create table records as {person.select(records)}")
        settings = told.model if told.verb == "score" else person.settings("dedupe_only", False, told.relatives, not told.without_gp)
        linker = Linker(api.register("records", dataset_display_name="records"), settings, log_level=None)
    if told.verb == "train":
        with meter.stage("training"):
            person.train(linker)
            if told.model:
                linker.misc.save_model_to_json(told.model, overwrite=True)
    with meter.stage("scoring"):
        pairs = linker.inference.compute_blocked_pairs_for_predict()
        scored = linker.inference.predict(threshold_match_weight=-10, warning_mode="never")
        db.execute(f"""
            copy (select unique_id_l as left_id, unique_id_r as right_id, match_weight from {scored.physical_name})
            to '{told.out}' (format parquet)
        """)
        ((count,),) = db.execute(f"select count(*) from {pairs.physical_name}").fetchall()
    meter.write(told.stats, pairs=count)


if __name__ == "__main__":
    main()
