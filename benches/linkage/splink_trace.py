"""The peer: Splink traces clients against an index with its history; the best candidate and the next person to Parquet.

usage: splink_trace.py train|score CLIENTS.parquet INDEX.parquet OUT.parquet [--history H.parquet] [--superseded S.parquet]
                       [--model MODEL.json] [--relatives] [--stats STATS.json]
`train` learns within the run and then scores, and keeps the model if told where; `score` takes a kept model.
Superseded numbers are left out of the index. Of the candidates of a client the best and the next best are kept.
"""
import argparse

import person
from engine import Meter, connect
from splink import Linker

LEAST = -10


def prepare(db, told):
    """Makes `clients` and `people` in the columns of the model."""
    person.alike(db)
    history = f"read_parquet('{told.history}')" if told.history else "(select '' as nhs_number, '' as field, '' as value where false)"
    dead = f"where nhs_number not in (select nhs_number from read_parquet('{told.superseded}'))" if told.superseded else ""
    clients = f"select *, record_id as unique_id, []::varchar[] as former_families, []::varchar[] as former_postcodes from read_parquet('{told.clients}')"
    people = f"""
        select *, nhs_number as unique_id, coalesce(families, []) as former_families, coalesce(postcodes, []) as former_postcodes
        from read_parquet('{told.index}') left join (
            select nhs_number, list(value) filter (field = 'family_name') as families, list(value) filter (field = 'postcode') as postcodes
            from {history} group by nhs_number
        ) using (nhs_number) {dead}
    """
    db.execute(f"create table clients as {person.select(clients)}")
    db.execute(f"create table people as {person.select(people)}")


def main():
    words = argparse.ArgumentParser()
    words.add_argument("verb", choices=["train", "score"])
    words.add_argument("clients")
    words.add_argument("index")
    words.add_argument("out")
    for name in ("history", "superseded", "model", "stats"):
        words.add_argument(f"--{name}")
    words.add_argument("--relatives", action="store_true", help="levels against relatives, set by hand")
    words.add_argument("--without-gp", action="store_true")
    told = words.parse_args()
    api, db = connect()
    meter = Meter()
    with meter.stage("preparing"):
        prepare(db, told)
        tables = [api.register("clients", dataset_display_name="a_clients"), api.register("people", dataset_display_name="b_index")]
        settings = told.model if told.verb == "score" else person.settings("link_only", True, told.relatives, not told.without_gp)
        linker = Linker(tables, settings, log_level=None)
    if told.verb == "train":
        with meter.stage("training"):
            person.train(linker)
            if told.model:
                linker.misc.save_model_to_json(told.model, overwrite=True)
    with meter.stage("scoring"):
        pairs = linker.inference.compute_blocked_pairs_for_predict()
        scored = linker.inference.predict(threshold_match_weight=LEAST, warning_mode="never")
        db.execute(f"""
            copy (
                with placed as (
                    select unique_id_l as left_id, unique_id_r as right_id, match_weight, row_number() over best as place,
                        lead(unique_id_r) over best as second_id, lead(match_weight) over best as second_weight
                    from {scored.physical_name} window best as (partition by unique_id_l order by match_weight desc, unique_id_r)
                )
                select left_id, right_id, match_weight, second_id, second_weight, match_weight - coalesce(second_weight, {LEAST}) as margin
                from placed where place = 1
            ) to '{told.out}' (format parquet)
        """)
        ((count,),) = db.execute(f"select count(*) from {pairs.physical_name}").fetchall()
    meter.write(told.stats, pairs=count)


if __name__ == "__main__":
    main()
