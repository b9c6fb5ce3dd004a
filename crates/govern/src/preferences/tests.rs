//! What holds of preferences, by hand-worked examples and by a slow second version; and lists that are cleaned, with
//! every way in which an answer can be wrong.

use super::{
    Policy, Preference, Scope, Use,
    cleaning::{CleaningError, Limits, LineEnding, Request, is_nhs_number},
    condition, left_out,
    state::PreferenceState,
};
use crate::agreement::clauses::PreferenceKind;
use model::{Date, Ident, Sql};
use std::collections::BTreeSet;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn no(kind: PreferenceKind) -> Preference {
    Preference {
        kind,
        scope: Scope::default(),
        from: None,
        to: None,
    }
}

const ALL: [PreferenceKind; 3] = [
    PreferenceKind::NationalDataOptOut,
    PreferenceKind::Type1,
    PreferenceKind::Local,
];

fn policy(applied: &[(PreferenceKind, Option<&str>)]) -> Policy {
    let owned =
        |(kind, programme): &(PreferenceKind, Option<&str>)| (*kind, programme.map(str::to_owned));
    applied.iter().map(owned).collect()
}

const USED: Use<'static> = Use {
    restricting: false,
    dataset: "cld_event",
    purpose: "commissioning",
    recipient: "EST-ICB",
    on: Date::from_ymd_opt(2026, 10, 30).unwrap(),
};

#[test]
fn the_strictest_preference_that_applies_wins() {
    use PreferenceKind::{Local, NationalDataOptOut, Type1};
    let all = policy(&[(NationalDataOptOut, None), (Local, None)]);
    let check = |said: &[PreferenceKind], expected: &[PreferenceKind]| {
        let said: Vec<Preference> = said.iter().map(|kind| no(*kind)).collect();
        assert_eq!(
            left_out(&said, &all, &USED),
            expected.iter().copied().collect(),
            "{said:?}"
        );
    };
    check(&[], &[]);
    check(&[Type1], &[]);
    check(&[Local], &[Local]);
    check(&[Type1, Local, Local], &[Local]);
    check(&[NationalDataOptOut, Local], &[NationalDataOptOut, Local]);
    assert_eq!(left_out(&[no(Local)], &policy(&[]), &USED), BTreeSet::new());
}

#[test]
fn a_preference_holds_within_its_scope_and_its_days() {
    use PreferenceKind::Local;
    let check = |scope: Scope, from: Option<&str>, to: Option<&str>, applies: bool| {
        let said = Preference {
            kind: Local,
            scope,
            from: from.map(day),
            to: to.map(day),
        };
        let found = left_out(
            std::slice::from_ref(&said),
            &policy(&[(Local, Some("risk stratification"))]),
            &USED,
        );
        assert_eq!(!found.is_empty(), applies, "{said:?}");
    };
    let named = |text: &str| Some(text.to_owned());
    let all = Scope::default();
    check(all.clone(), Some("2026-10-30"), Some("2026-10-30"), true);
    check(all.clone(), Some("2026-10-31"), None, false);
    check(all.clone(), None, Some("2026-10-29"), false);
    check(
        Scope {
            programme: named("risk stratification"),
            ..all.clone()
        },
        None,
        None,
        true,
    );
    check(
        Scope {
            programme: named("shared record"),
            ..all.clone()
        },
        None,
        None,
        false,
    );
    check(
        Scope {
            dataset: named("cld_event"),
            ..all.clone()
        },
        None,
        None,
        true,
    );
    check(
        Scope {
            dataset: named("hospital_spell"),
            ..all.clone()
        },
        None,
        None,
        false,
    );
    check(
        Scope {
            purpose: named("research"),
            ..all.clone()
        },
        None,
        None,
        false,
    );
    check(
        Scope {
            recipient: named("EST-ICB"),
            purpose: named("commissioning"),
            ..all.clone()
        },
        None,
        None,
        true,
    );
    check(
        Scope {
            recipient: named("OTHER"),
            purpose: named("commissioning"),
            ..all
        },
        None,
        None,
        false,
    );
    // Where the agreement names no programme, those of every programme count.
    let other = Preference {
        scope: Scope {
            programme: named("shared record"),
            ..Scope::default()
        },
        ..no(Local)
    };
    assert!(!left_out(&[other], &policy(&[(Local, None)]), &USED).is_empty());
}

/// The rule as one would say it, one question after the other, for one kind at a time.
fn slowly(said: &[Preference], policy: &Policy, used: &Use<'_>) -> BTreeSet<PreferenceKind> {
    let mut out = BTreeSet::new();
    for kind in ALL {
        if !policy.contains_key(&kind) {
            continue;
        }
        for one in said {
            if one.kind != kind {
                continue;
            }
            let mut speaks = true;
            if let (Some(said), Some(counts)) = (&one.scope.programme, &policy[&kind]) {
                speaks &= said == counts;
            }
            if let Some(dataset) = &one.scope.dataset {
                speaks &= dataset == used.dataset;
            }
            if let Some(purpose) = &one.scope.purpose {
                speaks &= purpose == used.purpose;
            }
            if let Some(recipient) = &one.scope.recipient {
                speaks &= recipient == used.recipient;
            }
            if let Some(from) = one.from {
                speaks &= used.on >= from;
            }
            if let Some(to) = one.to {
                speaks &= used.on <= to;
            }
            if speaks {
                out.insert(kind);
            }
        }
    }
    out
}

/// Numbers without order, the same on every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        let at = usize::try_from(self.below(of.len() as u64)).unwrap();
        of[at].clone()
    }
}

#[test]
fn two_versions_of_the_rule_agree_on_twenty_thousand_people() {
    let mut draw = Draw(7);
    let mut outcomes = BTreeSet::new();
    let days: Vec<Option<Date>> = [
        None,
        Some("2026-10-29"),
        Some("2026-10-30"),
        Some("2026-10-31"),
    ]
    .iter()
    .map(|d| d.map(day))
    .collect();
    let some = |names: &[&str]| -> Vec<Option<String>> {
        std::iter::repeat_n(None, 3)
            .chain(names.iter().map(|n| Some((*n).to_owned())))
            .collect()
    };
    for _ in 0..20_000 {
        let mut policy = Policy::new();
        for kind in ALL {
            if draw.below(3) > 0 {
                policy.insert(kind, draw.one(&some(&["a", "b"])));
            }
        }
        let said: Vec<Preference> = (0..draw.below(5))
            .map(|_| Preference {
                kind: draw.one(&ALL),
                scope: Scope {
                    programme: draw.one(&some(&["a", "b", "c"])),
                    dataset: draw.one(&some(&["cld_event", "death"])),
                    purpose: draw.one(&some(&["commissioning", "research"])),
                    recipient: draw.one(&some(&["EST-ICB", "621"])),
                },
                from: draw.one(&days),
                to: draw.one(&days),
            })
            .collect();
        let found = left_out(&said, &policy, &USED);
        assert_eq!(found, slowly(&said, &policy, &USED), "{said:?} {policy:?}");
        outcomes.insert(found);
    }
    assert!(outcomes.len() == 8, "the cases are all alike");
}

#[test]
fn the_condition_asks_for_scope_days_and_everyone_that_a_row_points_at() {
    use PreferenceKind::{Local, NationalDataOptOut, Type1};
    let table = Ident::new("opt_out").unwrap();
    let (person, other) = (Sql::fixed("t.p"), Sql::fixed("t.o"));
    assert_eq!(condition(&table, &policy(&[]), &USED, &person, &[]), None);
    let said = |who: &str, kinds: &str| {
        format!(
            "exists (select 1 from \"opt_out\" where \"opt_out\".\"person_pseudonym\" = {who} and ({kinds}) \
and (\"opt_out\".\"effective_from\" is null or \"opt_out\".\"effective_from\" <= DATE '2026-10-30') \
and (\"opt_out\".\"effective_to\" is null or \"opt_out\".\"effective_to\" >= DATE '2026-10-30') \
and (\"opt_out\".\"dataset\" is null or \"opt_out\".\"dataset\" = 'cld_event') \
and (\"opt_out\".\"purpose\" is null or \"opt_out\".\"purpose\" = 'commissioning') \
and (\"opt_out\".\"recipient\" is null or \"opt_out\".\"recipient\" = 'EST-ICB'))"
        )
    };
    let kinds = "\"opt_out\".\"kind\" in ('national_data_opt_out', 'type_1') or \"opt_out\".\"kind\" = 'local' \
and (\"opt_out\".\"programme\" is null or \"opt_out\".\"programme\" = 'a')";
    let policy = policy(&[
        (NationalDataOptOut, None),
        (Type1, None),
        (Local, Some("a")),
    ]);
    let made = condition(&table, &policy, &USED, &person, &[other]).unwrap();
    let expected = format!(
        "t.p is not null and not {} and not {}",
        said("t.p", kinds),
        said("t.o", kinds)
    );
    assert_eq!(made.as_str(), expected);
}

/// Six numbers of the 999 range, worked out by hand.
const NUMBERS: [u64; 6] = [
    9_990_000_018,
    9_990_000_026,
    9_990_000_034,
    9_990_000_042,
    9_990_000_050,
    9_990_000_069,
];

fn request() -> Request {
    Request::of(NUMBERS).unwrap()
}

fn lines_of<'n>(numbers: impl Iterator<Item = &'n u64>) -> String {
    let lines: Vec<String> = numbers.map(|n| format!("{n},\n")).collect();
    lines.concat()
}

const LIMITS: Limits = Limits {
    most_absent_percent: 15,
};

fn refused(answer: &str) -> CleaningError {
    request().answered(answer.as_bytes(), LIMITS).unwrap_err()
}

#[test]
fn a_request_is_a_number_and_a_comma_a_line() {
    let written = |ending| {
        let mut out = Vec::new();
        // A number twice, and one whose check digit is wrong.
        let request = Request::of([NUMBERS[1], NUMBERS[0], NUMBERS[1], 9_990_000_019]).unwrap();
        request.write(&mut out, ending).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(written(LineEnding::Lf), "9990000018,\n9990000026,\n");
    assert_eq!(written(LineEnding::CrLf), "9990000018,\r\n9990000026,\r\n");
    assert_eq!(
        Request::read(written(LineEnding::CrLf).as_bytes())
            .unwrap()
            .len(),
        2
    );
    assert!(matches!(
        Request::of([9_990_000_019]),
        Err(CleaningError::Nobody)
    ));
}

#[test]
fn who_is_absent_from_the_answer_has_opted_out() {
    for answer in [
        "9990000018,\n9990000034,\n9990000050,\n",
        "9990000050,\r\n9990000018,\r\n9990000034,\r\n",
        "9990000050,\n9990000018,\r\n9990000034,\n",
    ] {
        let cleaned = request().answered(answer.as_bytes(), LIMITS).unwrap();
        assert_eq!((cleaned.count_in(), cleaned.count_out()), (6, 3));
        let clear: Vec<(String, bool)> = cleaned
            .each()
            .map(|(n, c)| (n.into_revealed(), c))
            .collect();
        let expected = [true, false, true, false, true, false];
        for ((number, clear), (asked, expected)) in clear.iter().zip(NUMBERS.iter().zip(expected)) {
            assert_eq!((number, *clear), (&asked.to_string(), expected));
        }
    }
}

#[test]
fn an_answer_that_is_odd_in_any_way_is_refused_whole() {
    use CleaningError as E;
    assert!(matches!(
        refused("ERROR: malformed NHS number on line 3\n"),
        E::ErrorLine
    ));
    assert!(matches!(
        refused("ERROR: malformed NHS number"),
        E::ErrorLine
    ));
    assert!(matches!(
        refused(&format!("{}\n", "x".repeat(500))),
        E::ErrorLine
    ));
    assert!(matches!(
        refused("ERROR\n9990000018,\n"),
        E::Malformed { line: 1 }
    ));
    assert!(matches!(
        refused("9990000018,\n9990000026\n"),
        E::Malformed { line: 2 }
    ));
    assert!(matches!(
        refused("9990000018,\n\n"),
        E::Malformed { line: 2 }
    ));
    assert!(matches!(
        refused("9990000018,\n999000002x,\n"),
        E::Malformed { line: 2 }
    ));
    assert!(matches!(
        refused("\u{feff}9990000018,\n9990000026,\n"),
        E::Malformed { line: 1 }
    ));
    assert!(matches!(
        refused("9990000018,\n9990000019,\n"),
        E::CheckDigit { line: 2 }
    ));
    assert!(matches!(refused("9990000018,\n99900000"), E::CutOff));
    assert!(matches!(refused("9990000018,"), E::CutOff));
    assert!(matches!(
        refused("9990000018,\n9990000018,\n"),
        E::Twice { line: 2 }
    ));
    // A number of the same range that nobody asked about.
    assert!(matches!(
        refused("9990000018,\n9990000077,\n"),
        E::NotAsked { line: 2 }
    ));
    let longer = lines_of(NUMBERS.iter().chain([&9_990_000_077]));
    assert!(matches!(refused(&longer), E::Longer { asked: 6 }));
    for words in [
        "9990000018,\n9990000019,\n",
        "9990000018,\n9990000077,\n",
        "ERROR 9990000018\n",
    ] {
        assert!(
            !refused(words).to_string().contains("99900"),
            "no number is told"
        );
    }
}

#[test]
fn an_answer_that_looks_cut_short_is_refused() {
    let many: Vec<u64> = (9_990_000_000..9_990_009_999)
        .filter(|n| is_nhs_number(*n))
        .collect();
    let answered = |there: &dyn Fn(usize) -> bool| {
        let lines = many.iter().enumerate().filter(|(at, _)| there(*at));
        let answer = lines_of(lines.map(|(_, n)| n));
        Request::of(many.iter().copied())
            .unwrap()
            .answered(answer.as_bytes(), LIMITS)
    };
    let count = many.len();
    // One in twenty, evenly.
    let cleaned = answered(&|at| at % 20 != 0).unwrap();
    assert_eq!(cleaned.count_out(), (count - count.div_ceil(20)) as u64);
    assert!(matches!(
        answered(&|at| at < count - 30),
        Err(CleaningError::Short { tail: 30 })
    ));
    assert!(answered(&|at| at < count - 19).is_ok());
    assert!(matches!(
        answered(&|at| at % 5 != 0),
        Err(CleaningError::TooManyAbsent { percent: 15, .. })
    ));
    assert!(matches!(
        answered(&|_| false),
        Err(CleaningError::TooManyAbsent { .. })
    ));
}

#[test]
fn the_check_digit_is_that_of_the_nhs_data_dictionary() {
    for good in NUMBERS {
        assert!(is_nhs_number(good), "{good}");
        assert!(!is_nhs_number(good + 1), "{good}");
    }
    // Nine digits whose check would be 10, which no digit can be.
    assert!(!(9_990_000_000..9_990_000_010).any(is_nhs_number));
    assert!(!is_nhs_number(99_900_000_180));
}

#[test]
fn a_state_reads_back_from_its_line() {
    let line = "opt_out@12 preference_list@3 national_data_opt_out=ab12,2026-10-30T09:00:00Z,2026-11-06T09:00:00Z";
    let state = PreferenceState::read(line);
    assert_eq!(state.line(), line);
    let list = state.list("national_data_opt_out").unwrap();
    assert_eq!(list.expires_at.to_rfc3339(), "2026-11-06T09:00:00+00:00");
    assert_eq!(
        state.words(),
        "opt out in version 12; preference list in version 3; list of national data opt out asked for on 30 October 2026 and usable until 6 November 2026"
    );
    for odd in [
        "",
        "opt_out@12",
        "national_data_opt_out=ab12,soon,later",
        "nothing=a",
    ] {
        assert!(PreferenceState::read(odd).lists.is_empty(), "{odd}");
    }
}
