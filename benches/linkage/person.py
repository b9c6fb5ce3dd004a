"""The peer's model of a person, shared by tracing and deduplication: cleaning, comparisons, blocking and training for Splink.

It is written for Splink's good, not for ours: the names apart, each with term frequencies, exchanged names, other given
names, nicknames, halves of double-barrelled names, dates with day and month exchanged or one part wrong, postcodes by
part with O and 0, I and 1 alike, the practice where the postcode says nothing, and blocks that reach what each of them
finds. Relatives are where independent weights add up falsely: twins, and parents and children of one name at one
address. Splink cannot learn that; `relatives` sets two levels against them by hand, and both ways are measured. Former
family names and postcodes stand in lists beside the present ones; README.md says what else was tried.
"""
import csv
import tomllib
from pathlib import Path

import pandas
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import SettingsCreator, block_on

LISTS = Path(__file__).resolve().parents[2] / "content" / "linkage" / "lists"
with open(LISTS.parent / "nhs-trace.toml", "rb") as model:
    # What stands for no value is common knowledge, not an engine's merit, so both read the same list.
    NO_VALUES = tomllib.load(model)["no_values"]
NO_NAME = r"\b(" + "|".join([*NO_VALUES["names"], "NOT KNOWN"]) + r")\b"


def clean(column):
    """Letters of a name in capitals without accents, words by one blank, without titles and words that are no name."""
    words = f"regexp_replace(upper(strip_accents(replace({column}, '''', ''))), '{NO_NAME}', ' ', 'g')"
    return f"nullif(trim(regexp_replace({words}, '[^A-Z]+', ' ', 'g')), '')"


def clean_postcode(column):
    """Outward part and inward part without a blank, letters that are taken for digits put right by their place."""
    bare = f"regexp_replace(upper({column}), '[^A-Z0-9]', '', 'g')"
    inward = f"translate(substr(right({bare}, 3), 1, 1), 'OI', '01') || translate(right({bare}, 2), '01', 'OI')"
    return f"case when length({bare}) between 5 and 7 and not starts_with({bare}, 'ZZ') then translate(left({bare}, -3), 'OI', '01') || {inward} end"


def select(source):
    """The columns that the model reads, one row a record; `source` has unique_id, and former names and postcodes as lists."""
    given = clean("given_name")
    return f"""
        select unique_id, given, other, family, sex, dob, postcode, gp,
            left(given, 1) as initial, left(family, 3) as family_3, string_split(family, ' ') as family_words,
            list_distinct(list_filter(list_prepend(family, former_families), lambda one: one is not null)) as families,
            list_distinct(list_filter(list_prepend(postcode, former_postcodes), lambda one: one is not null)) as postcodes,
            coalesce(nicknames.known, []) as nicknames, coalesce(spellings.known, []) as family_spellings,
            left(dob, 4) as year, substr(dob, 6, 2) as month, substr(dob, 9, 2) as day, substr(dob, 6) as birthday,
            left(dob, 4) || '-' || substr(dob, 9, 2) || '-' || substr(dob, 6, 2) as dob_exchanged,
            left(postcode, -3) as outward, left(postcode, -2) as sector, regexp_extract(postcode, '^[A-Z]+') as area
        from (
            select unique_id, split_part({given}, ' ', 1) as given,
                coalesce(split_part({clean('other_given_name')}, ' ', 1), nullif(split_part({given}, ' ', 2), '')) as other,
                {clean('family_name')} as family, {clean_postcode('postcode')} as postcode,
                list_transform(former_families, lambda one: {clean('one')}) as former_families,
                list_transform(former_postcodes, lambda one: {clean_postcode('one')}) as former_postcodes,
                case when sex in ('1', '2') then sex end as sex,
                case when try_cast(dob as date) between date '1895-01-01' and date '2030-01-01' and dob not in ({', '.join(map(repr, NO_VALUES['dates']))}) then dob end as dob,
                nullif(trim(gp_practice), '') as gp
            from ({source})
        ) left join nicknames on nicknames.name = given left join spellings on spellings.name = family
    """


def alike(db):
    """The tables of names that mean one, from the lists that Haven's own models read: `nicknames` and `spellings`."""
    for table, lists in (("nicknames", ["nicknames", "spellings"]), ("spellings", ["spellings"])):
        sets, known = {}, {}
        for each in lists:
            with open(LISTS / f"{each}.csv", newline="", encoding="utf-8") as file:
                for line in csv.DictReader(file):
                    sets.setdefault((each, line["set"]), set()).add(line["name"].upper())
        for names in sets.values():
            for one in names:
                known.setdefault(one, set()).update(names - {one})
        db.execute(f"create table {table} (name varchar, known varchar[])")
        db.register("listed", pandas.DataFrame({"name": sorted(known), "known": [sorted(known[one]) for one in sorted(known)]}))
        db.execute(f"insert into {table} select name, known from listed")
        db.unregister("listed")


# No random pair of a sample has its names exchanged, so this share is given: about the product of two equal names.
EXCHANGED = cll.CustomLevel("given_l = family_r and family_l = given_r", "names exchanged").configure(u_probability=2e-6, fix_u_probability=True)


def by_hand(sql, bits):
    """A level that no training can find, as its pairs are too few in any sample: so many bits against, and fixed."""
    return cll.CustomLevel(sql).configure(m_probability=0.98 * 2.0**-bits, u_probability=0.98, fix_m_probability=True, fix_u_probability=True)


def given(relatives):
    twins = [by_hand("dob_l = dob_r and (list_has_any(families_l, families_r) or list_has_any(postcodes_l, postcodes_r))", 14)]
    return cl.CustomComparison(
        output_column_name="given",
        comparison_levels=[
            cll.NullLevel("given"),
            cll.ExactMatchLevel("given", term_frequency_adjustments=True),
            EXCHANGED,
            cll.CustomLevel("list_contains(nicknames_l, given_r) or list_contains(nicknames_r, given_l)", "nickname or spelling"),
            cll.JaroWinklerLevel("given", 0.92).configure(tf_adjustment_column="given", tf_adjustment_weight=0.5),
            cll.CustomLevel("given_l = other_r or other_l = given_r", "the other given name"),
            cll.CustomLevel("initial_l = initial_r and (length(given_l) = 1 or length(given_r) = 1)", "initial"),
            cll.JaroWinklerLevel("given", 0.8),
            *(twins if relatives else []),
            cll.ElseLevel(),
        ],
    )


def family(history):
    former = [cll.CustomLevel("list_has_any(families_l, families_r)", "a former name").configure(tf_adjustment_column="family")]
    return cl.CustomComparison(
        output_column_name="family",
        comparison_levels=[
            cll.NullLevel("family"),
            cll.ExactMatchLevel("family", term_frequency_adjustments=True),
            *(former if history else []),
            EXCHANGED,
            cll.CustomLevel("list_contains(family_spellings_l, family_r) or list_contains(family_spellings_r, family_l)", "spelling"),
            cll.JaroWinklerLevel("family", 0.92).configure(tf_adjustment_column="family", tf_adjustment_weight=0.5),
            cll.CustomLevel("(contains(family_l, ' ') or contains(family_r, ' ')) and list_has_any(family_words_l, family_words_r)", "one half of two"),
            cll.JaroWinklerLevel("family", 0.8),
            cll.ElseLevel(),
        ],
    )


def born(relatives):
    namesakes = [by_hand("given_l = given_r and list_has_any(families_l, families_r) and list_has_any(postcodes_l, postcodes_r)", 14)]
    return cl.CustomComparison(
        output_column_name="dob",
        comparison_levels=[
            cll.NullLevel("dob"),
            cll.ExactMatchLevel("dob", term_frequency_adjustments=True),
            cll.CustomLevel("dob_l = dob_exchanged_r", "day and month exchanged"),
            cll.DamerauLevenshteinLevel("dob", 1),
            cll.CustomLevel("(year_l = year_r)::int + (month_l = month_r)::int + (day_l = day_r)::int = 2", "two of three parts"),
            *(namesakes if relatives else []),
            cll.ElseLevel(),
        ],
    )


def place(history, gp):
    former = [cll.CustomLevel("list_has_any(postcodes_l, postcodes_r)", "a former postcode").configure(tf_adjustment_column="postcode")]
    practice = [cll.CustomLevel("gp_l = gp_r", "the practice agrees")]
    return cl.CustomComparison(
        output_column_name="place",
        comparison_levels=[
            cll.NullLevel("postcode"),
            cll.ExactMatchLevel("postcode", term_frequency_adjustments=True),
            *(former if history else []),
            cll.DamerauLevenshteinLevel("postcode", 1),
            cll.ExactMatchLevel("sector"),
            *(practice if gp else []),
            cll.ExactMatchLevel("outward"),
            cll.ExactMatchLevel("area"),
            cll.ElseLevel(),
        ],
    )


def blocks(history):
    """Blocks to score. Lists are exploded for those that a former name or postcode can reach."""
    families, postcodes = ("families", "postcodes") if history else ("family", "postcode")

    def on(*columns):
        return block_on(*columns, arrays_to_explode=[name for name in columns if name in ("families", "postcodes")] or None)

    return [
        on("dob", families), on("dob", "given"), on("dob", postcodes), on("dob", "initial", "sex"), on("dob", "family_3"),
        on(postcodes, "given"), on(postcodes, families), on(postcodes, "birthday"),
        on("given", "family", "year"), on("given", "family", "birthday"), on("given", "family", "outward"),
        on("given", "outward", "year"), on("given", "outward", "birthday"),
        on("family", "outward", "year"), on("family", "outward", "birthday"),
        "l.given = r.family and l.family = r.given",
        "l.dob = r.dob_exchanged and l.family = r.family",
        "l.given = r.other and l.dob = r.dob",
    ]


# No block in which relatives meet: by postcode EM takes the household for one person, and by both names fathers and sons
# of one name teach it that the date of birth often differs.
TRAINING = [block_on("dob"), block_on("given", "family", "other")]
SURE = [block_on("given", "family", "dob", "postcode"), block_on("given", "family", "dob", "sex")]


def settings(link_type, history, relatives=False, gp=True):
    """What Splink is told; `history` where there are former names, `relatives` sets levels against them, `gp` adds the practice."""
    return SettingsCreator(
        link_type=link_type,
        blocking_rules_to_generate_predictions=blocks(history),
        comparisons=[given(relatives), family(history), born(relatives), place(history, gp), cl.ExactMatch("sex")],
        retain_matching_columns=False,
        em_convergence=0.001,
    )


def train(linker, pairs=1e6, recall=0.6, em_pairs=5e5):
    """u from random pairs, m from EM over blocks; term frequencies play no part in EM, which Splink advises for speed.

    Ten times the random pairs and four times those of EM took four times the CPU to train and moved no recall or F1 of t1,
    t2 and d1 by more than .0024, up in some and down in others.
    """
    training = linker.training
    training.estimate_probability_two_random_records_match(SURE, recall=recall)
    training.estimate_u_using_random_sampling(max_pairs=pairs)
    for block in TRAINING:
        training.estimate_parameters_using_expectation_maximisation(
            block, estimate_without_term_frequencies=True, max_pairs=em_pairs, record_sample_proportion=0.02
        )
