"""The peer for linking without identifiers: clkhash makes one filter a record, anonlink compares filters by Dice.

usage: anonlink_link.py febrl|person LEFT.parquet RIGHT.parquet OUT.parquet [--one-to-one] [--least 0.7] [--stats STATS.json]
Writes the best candidate of each left record with its similarity as match_weight, or with --one-to-one the pairs that
anonlink's greedy solver keeps. 1024 bits; the budget of bits by field is the usual one for names, date, postcode and sex.
"""
import argparse
import json
import re
import resource
import sys
import time
import unicodedata

import duckdb
import numpy
import pandas
from anonlink import candidate_generation, similarities, solving
from clkhash import clk
from clkhash.comparators import ExactComparison, NgramComparison
from clkhash.field_formats import BitsPerFeatureStrategy, FieldHashingProperties, StringSpec
from clkhash.schema import Schema

BIGRAMS, PLACES, WHOLE = NgramComparison(2), NgramComparison(1, True), ExactComparison()
FIELDS = {
    "person": [
        ("given_name", BIGRAMS, 200), ("family_name", BIGRAMS, 200), ("dob", PLACES, 200), ("postcode", NgramComparison(2, True), 100), ("sex", WHOLE, 20),
    ],
    "febrl": [
        ("given_name", BIGRAMS, 200), ("surname", BIGRAMS, 200), ("date_of_birth", PLACES, 200), ("postcode", PLACES, 100), ("suburb", BIGRAMS, 100),
        ("address_1", BIGRAMS, 100), ("street_number", PLACES, 50), ("state", WHOLE, 20),
    ],
}


def tidy(cell):
    if not isinstance(cell, str):
        return ""
    plain = unicodedata.normalize("NFKD", cell).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9 ]", "", plain.upper()).strip()


def encode(table, kind):
    # A blank field sets no bits, so the least length is 0 and nothing is checked beyond that.
    fields = [StringSpec(name, FieldHashingProperties(comparator, BitsPerFeatureStrategy(bits))) for name, comparator, bits in FIELDS[kind]]
    rows = [[tidy(cell) for cell in row] for row in table[[name for name, *_ in FIELDS[kind]]].itertuples(index=False)]
    return clk.generate_clks(rows, Schema(fields, 1024), "a secret of the test", validate=False, max_workers=2)


def used():
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def main():
    words = argparse.ArgumentParser()
    words.add_argument("kind", choices=list(FIELDS))
    words.add_argument("left")
    words.add_argument("right")
    words.add_argument("out")
    words.add_argument("--one-to-one", action="store_true")
    words.add_argument("--least", type=float, default=0.7)
    words.add_argument("--stats")
    told = words.parse_args()
    left, right = (duckdb.sql(f"from read_parquet('{path}')").df() for path in (told.left, told.right))
    ids = [table["record_id" if "record_id" in table.columns else "nhs_number"].to_numpy() for table in (left, right)]
    started, figures = used(), {}
    sets = [encode(left, told.kind), encode(right, told.kind)]
    figures["encoding_cpu_s"], started = round(used() - started, 2), used()
    wall = time.monotonic()
    found = candidate_generation.find_candidate_pairs(sets, similarities.dice_coefficient_accelerated, told.least, None if told.one_to_one else 1)
    weight, (_, _), (lefts, rights) = found
    if told.one_to_one:
        kept = {tuple(record for _, record in sorted(group)) for group in solving.greedy_solve(found)}
        place = [at for at, pair in enumerate(zip(lefts, rights)) if pair in kept]
    else:
        place = range(len(weight))
    links = pandas.DataFrame({"left_id": ids[0][numpy.array(lefts)[place]], "right_id": ids[1][numpy.array(rights)[place]], "match_weight": numpy.array(weight)[place]})
    links.to_parquet(told.out, index=False)
    figures |= {"scoring_cpu_s": round(used() - started, 2), "scoring_wall_s": round(time.monotonic() - wall, 2), "pairs": len(sets[0]) * len(sets[1])}
    figures["fill"] = round(sum(bits.count() for bits in sets[0]) / (1024 * max(len(sets[0]), 1)), 3)
    if told.stats:
        with open(told.stats, "w", encoding="utf-8") as file:
            json.dump(figures, file)
    print(json.dumps(figures), file=sys.stderr)


if __name__ == "__main__":
    main()
