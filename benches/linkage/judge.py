"""Holds what an engine linked against the truth: recall where it counts, and whom it misses.

usage: judge.py trace LINKS TRUTH [options]      one row of TRUTH for each record traced
       judge.py pairs LINKS TRUTH [options]      TRUTH: a person for each record, or the true pairs themselves

LINKS has left_id, right_id and match_weight, in any order and any number of candidates for each record.

trace: the heaviest candidate of a record is the answer; it is given where the weight reaches the threshold. An answer is
correct, wrong (another person though the right one is in the index) or false (a person for somebody who is not in it).
Precision is correct answers over answers. Recall is correct answers over the records whose person is in the index, those
without any candidate among them. A record whose person is in the index nowhere has a blank in TRUTH.

pairs: every unordered pair of records that are of one person is true, whether or not the engine compared it.

Recall at a precision is the highest recall of any threshold that keeps it; records of equal weight fall together. Groups are
held against each other at the one threshold that gives 99.9 %, with Wilson intervals of 95 %.
"""
import argparse
import json
import sys

import duckdb
import numpy
import pandas

PRECISIONS = (0.99, 0.999, 0.9995)
LEAST_OF_A_GROUP = 200


def read(path):
    return f"read_parquet('{path}')" if str(path).endswith(".parquet") else f"read_csv('{path}', all_varchar = true, header = true, nullstr = '')"


def columns(db, source):
    return [name for name, *_ in db.execute(f"describe select * from {source}").fetchall()]


def survivors(db, path):
    """Every superseded number with the one it ends at; a loop ends where it began to repeat."""
    replaced = dict(db.execute(f"select nhs_number, replaced_by from {read(path)}").fetchall()) if path else {}
    ends = []
    for number in replaced:
        seen, at = {number}, replaced[number]
        while at in replaced and at not in seen:
            seen.add(at)
            at = replaced[at]
        ends.append((number, at))
    return pandas.DataFrame(ends, columns=["number", "survivor"], dtype="string")


def judged_trace(db, told):
    """One row a traced record: weight, whether right, whether its person is in the index, group and case."""
    db.register("superseded", survivors(db, told.superseded))
    group, case = (read_as(db, told, name) for name in ("group", "case"))
    return db.execute(f"""
        with truth as (
            select "{told.truth_left}" as id, coalesce(survivor, "{told.truth_right}") as person, {group} as "group", {case} as "case"
            from {read(told.truth)} left join superseded on number = "{told.truth_right}"
        ), placed as (
            select *, row_number() over (partition by "{told.left}" order by "{told.weight}" desc, "{told.right}") as place
            from {read(told.links)} where "{told.weight}" is not null {told.only}
        ), answer as (
            select "{told.left}" as id, coalesce(survivor, "{told.right}") as person, "{told.weight}" as weight
            from placed left join superseded on number = "{told.right}" where place = 1
        )
        select truth.id, truth."group", truth."case", truth.person is not null as there, weight,
            coalesce(answer.person = truth.person, false) as right
        from truth left join answer on answer.id = truth.id
    """).df()


def read_as(db, told, name):
    wanted = getattr(told, name)
    return f'"{wanted}"' if wanted in columns(db, read(told.truth)) else "''"


def judged_pairs(db, told):
    """One row a pair that is true or was scored: weight, whether true, group and case of its records."""
    truth = read(told.truth)
    if "right_id" in columns(db, truth):
        db.execute(f"create table truly as select least(left_id, right_id) as a, greatest(left_id, right_id) as b from {truth}")
        db.execute("create table record as select distinct unnest([a, b]) as id, '' as \"group\", '' as \"case\" from truly")
    else:
        group, case = (read_as(db, told, name) for name in ("group", "case"))
        db.execute(f"""
            create table record as select "{told.truth_left}" as id, "{told.truth_right}" as person, {group} as "group", {case} as "case" from {truth}
        """)
        db.execute("create table truly as select l.id as a, r.id as b from record l join record r on l.person = r.person and l.id < r.id")
    return db.execute(f"""
        with scored as (
            select least("{told.left}", "{told.right}") as a, greatest("{told.left}", "{told.right}") as b, max("{told.weight}") as weight
            from {read(told.links)} where "{told.weight}" is not null {told.only} group by all
        )
        select coalesce(truly.a, scored.a) || ' ' || coalesce(truly.b, scored.b) as id, l."group",
            concat_ws(';', l."case", r."case") as "case",
            truly.a is not null as there, weight, truly.a is not null as right
        from truly full join scored on truly.a = scored.a and truly.b = scored.b
        left join record l on l.id = coalesce(truly.a, scored.a) left join record r on r.id = coalesce(truly.b, scored.b)
    """).df()


def curve(judged):
    """The thresholds, falling, with precision and recall when everything at or above is taken."""
    given = judged.dropna(subset="weight").sort_values("weight", ascending=False)
    weight, right = given["weight"].to_numpy(), given["right"].to_numpy()
    last = numpy.flatnonzero(numpy.append(weight[1:] != weight[:-1], True)) if len(weight) else numpy.array([], dtype=int)
    taken, correct = last + 1, numpy.cumsum(right)[last] if len(weight) else last
    return weight[last], correct / numpy.maximum(taken, 1), correct / max(judged["there"].sum(), 1)


def wilson(hits, of, z=1.959964):
    if not of:
        return None, None
    share, turn = hits / of, z * z / of
    middle, half = (share + turn / 2) / (1 + turn), z / (1 + turn) * (share * (1 - share) / of + turn / (4 * of)) ** 0.5
    return round(middle - half, 5), round(middle + half, 5)


def by_group(judged, threshold):
    """Recall of each group at one threshold, and the gap between the worst and the best that are large enough to say."""
    rows = []
    for group, mine in judged[judged["there"]].groupby("group"):
        found = int((mine["right"] & (mine["weight"] >= threshold)).sum())
        rows.append({"group": group, "of": len(mine), "recall": round(found / len(mine), 5), "wilson": wilson(found, len(mine))})
    rows.sort(key=lambda row: row["recall"])
    enough = [row for row in rows if row["of"] >= LEAST_OF_A_GROUP]
    if len(enough) < 2:
        return {"groups": rows}
    worst, best = enough[0], enough[-1]
    return {
        "groups": rows, "worst": worst["group"], "best": best["group"], "gap": round(best["recall"] - worst["recall"], 5),
        "gap_is_clear": worst["wilson"][1] < best["wilson"][0],
    }


def by_case(judged, threshold):
    """Misses and false answers at one threshold for each planted case, most first; a record with several counts in each."""
    given = judged["weight"] >= threshold
    table = pandas.DataFrame({
        "case": judged["case"].fillna("").str.split(";").map(lambda names: sorted(set(names))), "of": judged["there"],
        "missed": judged["there"] & ~(given & judged["right"]), "never_compared": judged["there"] & judged["weight"].isna(),
        "false": given & ~judged["right"],
    }).explode("case").groupby("case").sum()
    table = table[(table["missed"] > 0) | (table["false"] > 0)].sort_values(["false", "missed"], ascending=False)
    return [{"case": case or "none planted", **{name: int(row[name]) for name in table.columns}} for case, row in table.iterrows()]


def main():
    words = argparse.ArgumentParser()
    words.add_argument("kind", choices=["trace", "pairs"])
    words.add_argument("links")
    words.add_argument("truth")
    words.add_argument("--left", default="left_id")
    words.add_argument("--right", default="right_id")
    words.add_argument("--weight", default="match_weight")
    words.add_argument("--where", help="a condition on LINKS, such as `margin > 5`")
    words.add_argument("--truth-left", default="record_id")
    words.add_argument("--truth-right", help="nhs_number for a trace, person for pairs")
    words.add_argument("--group", default="group")
    words.add_argument("--case", default="case")
    words.add_argument("--superseded")
    words.add_argument("--threshold", type=float, help="the engine's own, judged as well")
    words.add_argument("--json")
    told = words.parse_args()
    told.truth_right = told.truth_right or ("nhs_number" if told.kind == "trace" else "person")
    told.only = f"and ({told.where})" if told.where else ""
    db = duckdb.connect()
    db.execute("set enable_progress_bar = false")
    judged = judged_trace(db, told) if told.kind == "trace" else judged_pairs(db, told)
    weight, precision, recall = curve(judged)
    f1 = 2 * precision * recall / numpy.maximum(precision + recall, 1e-12)
    best = int(f1.argmax()) if len(f1) else None
    answer = {
        "judged": len(judged), "of": int(judged["there"].sum()),
        "reached": int((judged["there"] & judged["right"] & judged["weight"].notna()).sum()),
        "best_f1": round(float(f1[best]), 5) if len(f1) else 0, "best_f1_threshold": float(weight[best]) if len(f1) else None,
    }
    at = {}
    for wanted in PRECISIONS:
        kept = numpy.flatnonzero(precision >= wanted)
        place = kept[recall[kept].argmax()] if len(kept) else None
        at[wanted] = None if place is None else float(weight[place])
        answer[f"recall_at_{wanted * 100:g}"] = 0 if place is None else round(float(recall[place]), 5)
        answer[f"threshold_at_{wanted * 100:g}"] = at[wanted]
    for name, threshold in (("at_99.9", at[0.999]), ("own", told.threshold)):
        if threshold is None:
            continue
        given = judged["weight"] >= threshold
        counts = {
            "threshold": threshold, "correct": int((given & judged["right"]).sum()),
            "wrong": int((given & ~judged["right"] & judged["there"]).sum()),
            "false": int((given & ~judged["right"] & ~judged["there"]).sum()),
        }
        counts["precision"] = round(counts["correct"] / max(int(given.sum()), 1), 6)
        counts["recall"] = round(counts["correct"] / max(answer["of"], 1), 5)
        answer[name] = counts | by_group(judged, threshold) | {"cases": by_case(judged, threshold)}
    if told.json:
        with open(told.json, "w", encoding="utf-8") as file:
            json.dump(answer, file, indent=1, default=str)
    show(answer)


def show(answer):
    print(json.dumps({name: value for name, value in answer.items() if name not in ("at_99.9", "own")}))
    for name in ("at_99.9", "own"):
        part = dict(answer.get(name, {}))
        groups, cases = part.pop("groups", []), part.pop("cases", [])
        if part:
            print(name, json.dumps(part))
        for row in groups if len(groups) > 1 else []:
            print("  group", json.dumps(row))
        for row in cases[:25] if len(cases) > 1 else []:
            print("  case", json.dumps(row))


if __name__ == "__main__":
    sys.exit(main())
