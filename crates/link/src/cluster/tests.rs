//! Clusters against slow and obvious second versions, and small cases worked out by hand.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn edge(left: &str, right: &str, bits: f64) -> Edge {
    Edge {
        left: left.to_owned(),
        right: right.to_owned(),
        bits,
    }
}

fn name(number: u8) -> String {
    format!("r{number}")
}

/// Records by their first letter's source.
fn member(id: &str) -> Member {
    Member {
        id: id.to_owned(),
        source: id[..1].to_owned(),
        ..Member::default()
    }
}

fn members(ids: &[&str]) -> Vec<Member> {
    ids.iter().map(|id| member(id)).collect()
}

fn rules(threshold: f64) -> JoinRules {
    JoinRules {
        thresholds: vec![threshold],
        ..JoinRules::default()
    }
}

fn apart(pairs: &[(&str, &str)]) -> Constraints {
    let cannot = pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    Constraints {
        cannot,
        ..Constraints::default()
    }
}

/// The clusters of a level as sets of ids, in order.
fn sets(graph: &Graph, level: &Level) -> Vec<Vec<String>> {
    let mut sets: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (member, cluster) in graph.members().iter().zip(&level.cluster_of) {
        sets.entry(*cluster).or_default().push(member.id.clone());
    }
    sets.into_values().collect()
}

fn joined(graph: &Graph, rules: &JoinRules) -> Vec<Vec<String>> {
    sets(graph, &join(graph, rules).levels[0])
}

#[test]
fn a_pair_that_reviewers_keep_apart_is_cut_at_the_weakest_on_the_way() {
    let graph = Graph::new(
        Vec::new(),
        &[
            edge("a", "b", 10.0),
            edge("b", "c", 5.0),
            edge("c", "d", 8.0),
        ],
    );
    let clusters = join(
        &graph,
        &JoinRules {
            constraints: apart(&[("a", "d")]),
            ..rules(0.0)
        },
    );
    assert_eq!(sets(&graph, &clusters.levels[0]), [["a", "b"], ["c", "d"]]);
    assert_eq!(
        clusters.cut,
        [Cut {
            left: 1,
            right: 2,
            bits: 5.0,
            because: CutCause::KeptApart(0)
        }]
    );
}

#[test]
fn every_way_between_two_who_are_kept_apart_is_cut() {
    let edges = [
        edge("a", "b", 10.0),
        edge("b", "d", 6.0),
        edge("a", "c", 9.0),
        edge("c", "d", 7.0),
        edge("a", "d", 20.0),
    ];
    let graph = Graph::new(Vec::new(), &edges);
    let clusters = join(
        &graph,
        &JoinRules {
            constraints: apart(&[("d", "a")]),
            ..rules(0.0)
        },
    );
    assert_eq!(
        sets(&graph, &clusters.levels[0]),
        vec![vec!["a", "b", "c"], vec!["d"]]
    );
    let cut: Vec<f64> = clusters.cut.iter().map(|cut| cut.bits).collect();
    assert_eq!(cut, [20.0, 7.0, 6.0]);
}

#[test]
fn must_links_join_what_weighs_little_and_contradictions_are_told() {
    let graph = Graph::new(members(&["a", "b", "c"]), &[edge("a", "b", -3.0)]);
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let constraints = Constraints {
        must: vec![
            pair("b", "c"),
            pair("a", "b"),
            pair("a", "nobody"),
            pair("a", "a"),
        ],
        cannot: vec![pair("c", "a"), pair("b", "b")],
    };
    let clusters = join(
        &graph,
        &JoinRules {
            constraints,
            ..rules(0.0)
        },
    );
    // Must-links are taken in the order of their records: a-b is, then b-c would bring a and c together.
    assert_eq!(
        sets(&graph, &clusters.levels[0]),
        vec![vec!["a", "b"], vec!["c"]]
    );
    assert_eq!(clusters.cut.len(), 1);
    assert_eq!(clusters.cut[0].because, CutCause::Contradiction(0));
    assert_eq!(clusters.ignored, (2, 1));
}

fn one_to_one(best: Best, ties: Ties, edges: &[Edge]) -> Vec<Vec<String>> {
    let ids: BTreeSet<&str> = edges
        .iter()
        .flat_map(|edge| [edge.left.as_str(), edge.right.as_str()])
        .collect();
    let graph = Graph::new(members(&ids.into_iter().collect::<Vec<_>>()), edges);
    let rule = OnePerSource { best, ties };
    joined(
        &graph,
        &JoinRules {
            one_per_source: Some(rule),
            ..rules(0.0)
        },
    )
}

#[test]
fn one_to_one_takes_what_is_best_for_both_or_still_possible() {
    let edges = [
        edge("a1", "b1", 20.0),
        edge("a2", "b1", 15.0),
        edge("a2", "b2", 10.0),
    ];
    // a2 is best with b1, which is best with a1: strictly it is left alone, else it gets b2.
    let strict = one_to_one(Best::OfBoth, Ties::Drop, &edges);
    assert_eq!(strict, vec![vec!["a1", "b1"], vec!["a2"], vec!["b2"]]);
    let greedy = one_to_one(Best::StillPossible, Ties::Drop, &edges);
    assert_eq!(greedy, vec![vec!["a1", "b1"], vec!["a2", "b2"]]);
}

#[test]
fn ties_are_dropped_or_go_to_the_lowest_id() {
    let edges = [edge("a1", "b2", 9.0), edge("a1", "b1", 9.0)];
    for best in [Best::OfBoth, Best::StillPossible] {
        assert_eq!(one_to_one(best, Ties::Drop, &edges).len(), 3);
        assert_eq!(
            one_to_one(best, Ties::LowestId, &edges),
            vec![vec!["a1", "b1"], vec!["b2"]]
        );
    }
}

#[test]
fn a_chain_over_three_sources_has_no_second_record_of_one() {
    let edges = [
        edge("a1", "b1", 9.0),
        edge("b1", "c1", 8.0),
        edge("c1", "a2", 7.0),
    ];
    let clusters = one_to_one(Best::StillPossible, Ties::LowestId, &edges);
    assert_eq!(clusters, vec![vec!["a1", "b1", "c1"], vec!["a2"]]);
}

fn of(id: &str, number: &str, died: &str) -> Member {
    let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Member {
        id: id.to_owned(),
        nhs_number: value(number),
        died: value(died),
        ..Member::default()
    }
}

#[test]
fn records_that_contradict_each_other_are_flagged() {
    // 9990000018 and 9990000026 are valid, 9990000019 is not, and one of them stands in two forms.
    let people = vec![
        of("a", "9990000018", ""),
        of("b", "999 000 0018", "2026-01-02"),
        of("c", "9990000019", "2026-01-02"),
        of("d", "9990000026", "2026-01-03"),
    ];
    let edges = [
        edge("a", "b", 20.0),
        edge("b", "c", 15.0),
        edge("c", "d", 12.0),
    ];
    let graph = Graph::new(people, &edges);
    let flags = |threshold: f64| {
        let level = join(&graph, &rules(threshold)).levels.remove(0);
        check(&graph, &level.cluster_of, threshold, &Checks::default())
            .remove(0)
            .flags
    };
    assert_eq!(flags(15.0), []);
    assert_eq!(flags(12.0), [Flag::TwoNumbers, Flag::TwoDeaths]);
}

#[test]
fn a_weak_bridge_between_two_families_is_found() {
    let triangle =
        |a: &str, b: &str, c: &str| [edge(a, b, 20.0), edge(b, c, 20.0), edge(a, c, 20.0)];
    let mut edges = triangle("a", "b", "c").to_vec();
    edges.extend(triangle("x", "y", "z"));
    edges.push(edge("c", "x", 6.0));
    let graph = Graph::new(Vec::new(), &edges);
    let level = join(&graph, &rules(0.0)).levels.remove(0);
    let checks = Checks {
        largest: 5,
        least_density: 0.5,
        ..Checks::default()
    };
    let found = check(&graph, &level.cluster_of, 0.0, &checks).remove(0);
    assert_eq!(found.bridges, [(2, 3, 6.0)]);
    assert_eq!(
        (found.records.len(), found.pairs, found.most_pairs),
        (6, 7, 3)
    );
    assert!((found.density - 7.0 / 15.0).abs() < 1e-12);
    assert_eq!(found.flags, [Flag::WeakBridge, Flag::Thin, Flag::Large]);
}

#[test]
fn a_chain_of_a_hundred_thousand_is_no_danger() {
    let id = |at: u32| format!("r{at:06}");
    let edges: Vec<Edge> = (0..100_000)
        .map(|at| Edge {
            left: id(at),
            right: id(at + 1),
            bits: 5.0,
        })
        .collect();
    let graph = Graph::new(Vec::new(), &edges);
    let level = join(&graph, &rules(0.0)).levels.remove(0);
    let found = check(&graph, &level.cluster_of, 0.0, &Checks::default());
    assert_eq!((found.len(), found[0].bridges.len()), (1, 100_000));
}

fn assigned(sets: &[&[&str]], known: &Known) -> Assignment {
    let all: Vec<&str> = sets.iter().flat_map(|set| set.iter().copied()).collect();
    let edges: Vec<Edge> = sets
        .iter()
        .flat_map(|set| set.windows(2).map(|pair| edge(pair[0], pair[1], 9.0)))
        .collect();
    let graph = Graph::new(members(&all), &edges);
    let level = join(&graph, &rules(0.0)).levels.remove(0);
    assign(&graph, &level.cluster_of, known)
}

#[test]
fn ids_stay_when_nothing_changes_and_are_told_when_they_do_not() {
    let first = assigned(&[&["a", "b", "c"], &["d", "e"]], &Known::default());
    assert_eq!(first.events.len(), 2);
    let again = assigned(&[&["a", "b", "c"], &["d", "e"]], &first.known);
    assert_eq!(
        (again.events.as_slice(), again.kept, &again.known),
        (&[][..], 2, &first.known)
    );
    let person = |assignment: &Assignment, id: &str| assignment.known.person_of[id].clone();
    let (abc, de) = (person(&first, "a"), person(&first, "d"));

    let merged = assigned(&[&["a", "b", "c", "d", "e"]], &first.known);
    assert_eq!(person(&merged, "e"), abc);
    let mut from = vec![abc.clone(), de.clone()];
    from.sort();
    let retired = Event::Retired { person: de.clone() };
    assert_eq!(
        merged.events,
        [
            Event::Merged {
                into: abc.clone(),
                from
            },
            retired
        ]
    );

    // b and c have more of the records: they keep the id, and a gets one that was never used.
    let split = assigned(&[&["a"], &["b", "c"], &["d", "e"]], &first.known);
    assert_eq!(person(&split, "b"), abc);
    let new = person(&split, "a");
    assert!(new != abc && new != de);
    let mut into = vec![abc.clone(), new.clone()];
    into.sort();
    assert_eq!(
        split.events,
        [Event::New { person: new }, Event::Split { from: abc, into }]
    );
    assert_eq!(split.kept, 1);

    // An id that was retired is not given again, though its first record is alone as it was.
    let back = assigned(&[&["a", "b", "c"], &["d", "e"]], &merged.known);
    assert_ne!(person(&back, "d"), de);
}

#[test]
fn equal_halves_of_a_person_settle_by_their_first_record() {
    let first = assigned(&[&["a", "b", "c", "d"]], &Known::default());
    let split = assigned(&[&["c", "d"], &["a", "b"]], &first.known);
    assert_eq!(split.known.person_of["a"], first.known.person_of["a"]);
    assert_ne!(split.known.person_of["c"], first.known.person_of["a"]);
}

type Pairs = Vec<(u8, u8, i8)>;

/// Few records and few weights, so that much is tied and everything hangs together.
fn pairs() -> impl Strategy<Value = Pairs> {
    prop::collection::vec((0_u8..9, 0_u8..9, 0_i8..6), 0..24)
}

fn kept_apart() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0_u8..9, 0_u8..9), 0..5)
}

fn edges(pairs: &Pairs) -> Vec<Edge> {
    pairs
        .iter()
        .map(|(a, b, bits)| edge(&name(*a), &name(*b), f64::from(*bits)))
        .collect()
}

fn named(pairs: &[(u8, u8)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| (name(*a), name(*b))).collect()
}

fn all_members() -> Vec<Member> {
    (0..9)
        .map(|at| Member {
            source: (at % 3).to_string(),
            ..member(&name(at))
        })
        .collect()
}

/// The pairs in falling weight, each once by its heaviest, ties by records.
fn falling(pairs: &Pairs) -> Vec<(u8, u8, i8)> {
    let mut heaviest: BTreeMap<(u8, u8), i8> = BTreeMap::new();
    for (a, b, bits) in pairs.iter().filter(|(a, b, _)| a != b) {
        let known = heaviest.entry((*a.min(b), *a.max(b))).or_insert(*bits);
        *known = (*bits).max(*known);
    }
    let mut all: Vec<(u8, u8, i8)> = heaviest
        .into_iter()
        .map(|((a, b), bits)| (a, b, bits))
        .collect();
    all.sort_by_key(|(a, b, bits)| (-bits, *a, *b));
    all
}

/// Sets that are joined one pair after the other, each held against every rule from scratch.
fn slow(
    pairs: &[(u8, u8, i8)],
    threshold: i8,
    may: &dyn Fn(&BTreeSet<u8>) -> bool,
) -> BTreeSet<BTreeSet<u8>> {
    let mut sets: BTreeSet<BTreeSet<u8>> = (0..9).map(|at| BTreeSet::from([at])).collect();
    for (a, b, _) in pairs.iter().filter(|(_, _, bits)| *bits >= threshold) {
        let of = |at: &u8| sets.iter().find(|set| set.contains(at)).unwrap().clone();
        let (one, other) = (of(a), of(b));
        let both: BTreeSet<u8> = one.union(&other).copied().collect();
        if one != other && may(&both) {
            sets.remove(&one);
            sets.remove(&other);
            sets.insert(both);
        }
    }
    sets
}

fn fast(graph: &Graph, level: &Level) -> BTreeSet<BTreeSet<u8>> {
    let number = |id: &String| id[1..].parse().unwrap();
    sets(graph, level)
        .iter()
        .map(|set| set.iter().map(number).collect())
        .collect()
}

fn has_apart(set: &BTreeSet<u8>, apart: &[(u8, u8)]) -> bool {
    apart
        .iter()
        .any(|(a, b)| a != b && set.contains(a) && set.contains(b))
}

/// How many sets nine records fall into.
fn parts(pairs: &[(u8, u8, i8)]) -> usize {
    slow(pairs, i8::MIN, &|_| true).len()
}

proptest! {
    #[test]
    fn clusters_at_every_threshold_are_as_joined_one_by_one(pairs in pairs()) {
        let graph = Graph::new(all_members(), &edges(&pairs));
        let rules = JoinRules { thresholds: vec![1.0, 4.0, 2.0], ..JoinRules::default() };
        let clusters = join(&graph, &rules);
        let thresholds: Vec<f64> = clusters.levels.iter().map(|level| level.threshold).collect();
        prop_assert_eq!(thresholds, [4.0, 2.0, 1.0]);
        for (level, threshold) in clusters.levels.iter().zip([4, 2, 1]) {
            prop_assert_eq!(fast(&graph, level), slow(&falling(&pairs), threshold, &|_| true));
        }
    }

    #[test]
    fn whom_reviewers_keep_apart_is_never_in_one_cluster(pairs in pairs(), apart in kept_apart()) {
        let graph = Graph::new(all_members(), &edges(&pairs));
        let constraints = Constraints { cannot: named(&apart), ..Constraints::default() };
        let rules = JoinRules { thresholds: vec![3.0, 0.0], constraints, ..JoinRules::default() };
        let clusters = join(&graph, &rules);
        for (level, threshold) in clusters.levels.iter().zip([3, 0]) {
            let sets = fast(&graph, level);
            prop_assert!(sets.iter().all(|set| !has_apart(set, &apart)));
            prop_assert_eq!(sets, slow(&falling(&pairs), threshold, &|set| !has_apart(set, &apart)));
        }
        for cut in &clusters.cut {
            let CutCause::KeptApart(at) = cut.because else { panic!("{cut:?}") };
            prop_assert!(at < apart.len());
        }
    }

    #[test]
    fn must_links_hold_unless_reviewers_contradict_each_other(pairs in pairs(), must in kept_apart(), apart in kept_apart()) {
        let graph = Graph::new(all_members(), &edges(&pairs));
        let constraints = Constraints { must: named(&must), cannot: named(&apart) };
        let clusters = join(&graph, &JoinRules { constraints, ..rules(2.0) });
        let mut all: Vec<(u8, u8, i8)> = falling(&must.iter().map(|(a, b)| (*a, *b, i8::MAX)).collect());
        all.extend(falling(&pairs));
        prop_assert_eq!(fast(&graph, &clusters.levels[0]), slow(&all, 2, &|set| !has_apart(set, &apart)));
    }

    #[test]
    fn no_cluster_has_two_records_of_a_source(pairs in pairs(), strict in any::<bool>(), drop in any::<bool>()) {
        let graph = Graph::new(all_members(), &edges(&pairs));
        let rule = OnePerSource {
            best: if strict { Best::OfBoth } else { Best::StillPossible },
            ties: if drop { Ties::Drop } else { Ties::LowestId },
        };
        let clusters = join(&graph, &JoinRules { one_per_source: Some(rule), ..rules(1.0) });
        let all = falling(&pairs);
        let other = |pair: &(u8, u8, i8), record: u8| if pair.0 == record { pair.1 } else { pair.0 };
        // For a record towards a source: the pairs in question, the best first, ties by the other record.
        let towards = |record: u8, source: u8| -> Vec<(i8, u8)> {
            let of_record = all.iter().filter(|pair| pair.0 == record || pair.1 == record);
            let mut found: Vec<(i8, u8)> = of_record
                .filter(|pair| other(pair, record) % 3 == source)
                .map(|pair| (-pair.2, other(pair, record)))
                .collect();
            found.sort_unstable();
            found
        };
        let may = |pair: &&(u8, u8, i8)| {
            [(pair.0, pair.1), (pair.1, pair.0)].iter().all(|(record, to)| {
                let found = towards(*record, to % 3);
                let tied = found.iter().filter(|(bits, _)| -bits == pair.2).count() > 1;
                let best = -found[0].0 == pair.2;
                match (strict, drop) {
                    (false, false) => true,
                    (false, true) => !tied,
                    (true, true) => best && !tied,
                    (true, false) => found[0].1 == *to,
                }
            })
        };
        let allowed: Vec<(u8, u8, i8)> = all.iter().filter(|pair| pair.0 % 3 != pair.1 % 3).filter(may).copied().collect();
        let one_each = |set: &BTreeSet<u8>| set.iter().map(|at| at % 3).collect::<BTreeSet<u8>>().len() == set.len();
        let fast = fast(&graph, &clusters.levels[0]);
        prop_assert!(fast.iter().all(one_each));
        prop_assert_eq!(fast, slow(&allowed, 1, &one_each));
    }

    #[test]
    fn neither_the_order_of_rows_nor_increments_show(pairs in pairs(), apart in kept_apart(), at in 0_usize..24) {
        let all = edges(&pairs);
        let whole = Graph::new(all_members(), &all);
        let mut turned = all.clone();
        turned.reverse();
        for edge in &mut turned {
            std::mem::swap(&mut edge.left, &mut edge.right);
        }
        let mut people = all_members();
        people.reverse();
        prop_assert_eq!(&Graph::new(people, &turned), &whole);
        let at = at.min(all.len());
        // Records that come later stand in pairs first, without anything known of them.
        let mut grown = Graph::new(Vec::new(), &all[at..]);
        grown.extend(all_members(), &[]);
        grown.extend(Vec::new(), &all[..at]);
        prop_assert_eq!(&grown, &whole);
        let constraints = Constraints { cannot: named(&apart), ..Constraints::default() };
        let mut turned = named(&apart);
        turned.reverse();
        let other = Constraints { cannot: turned, ..Constraints::default() };
        let one = join(&whole, &JoinRules { constraints, ..rules(1.0) });
        prop_assert_eq!(&one.levels, &join(&grown, &JoinRules { constraints: other, ..rules(1.0) }).levels);
    }

    #[test]
    fn bridges_are_the_pairs_whose_loss_parts_a_cluster(pairs in pairs()) {
        let graph = Graph::new(all_members(), &edges(&pairs));
        let level = join(&graph, &rules(0.0)).levels.remove(0);
        let found = check(&graph, &level.cluster_of, 0.0, &Checks::default());
        let bridges: BTreeSet<(u32, u32)> =
            found.iter().flat_map(|cluster| cluster.bridges.iter().map(|(a, b, _)| (*a, *b))).collect();
        let all = falling(&pairs);
        let slow: BTreeSet<(u32, u32)> = (0..all.len())
            .filter(|at| {
                let mut rest = all.clone();
                rest.remove(*at);
                parts(&rest) > parts(&all)
            })
            .map(|at| (u32::from(all[at].0), u32::from(all[at].1)))
            .collect();
        prop_assert_eq!(bridges, slow);
        for cluster in &found {
            prop_assert!(cluster.bridges.windows(2).all(|two| two[0].2 <= two[1].2));
            let pairs = all.iter().filter(|pair| cluster.records.contains(&u32::from(pair.0))).count() as u64;
            prop_assert_eq!(cluster.pairs, pairs);
        }
    }

    #[test]
    fn every_person_is_one_cluster_and_goes_where_most_of_it_went(before in pairs(), after in pairs()) {
        let graph = |pairs: &Pairs| Graph::new(all_members(), &edges(pairs));
        let run = |graph: &Graph, known: &Known| {
            let level = join(graph, &rules(2.0)).levels.remove(0);
            (assign(graph, &level.cluster_of, known), level)
        };
        let (first, _) = run(&graph(&before), &Known::default());
        let (second, level) = run(&graph(&after), &first.known);
        for a in 0..9_u8 {
            for b in 0..9_u8 {
                let same = second.known.person_of[&name(a)] == second.known.person_of[&name(b)];
                prop_assert_eq!(same, level.cluster_of[usize::from(a)] == level.cluster_of[usize::from(b)]);
            }
        }
        // A person all of whose records are in one cluster, and who has more of that cluster than anyone, keeps the id.
        for cluster in sets(&graph(&after), &level) {
            let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
            for record in &cluster {
                *counts.entry(&first.known.person_of[record]).or_insert(0) += 1;
            }
            let most = *counts.values().max().unwrap();
            let winners: Vec<&&String> = counts.iter().filter(|(_, count)| **count == most).map(|(person, _)| person).collect();
            let whole = first.known.person_of.values().filter(|person| *person == *winners[0]).count();
            if winners.len() == 1 && whole == most {
                prop_assert_eq!(&second.known.person_of[&cluster[0]], *winners[0]);
            }
        }
        for event in &second.events {
            if let Event::New { person } = event {
                prop_assert!(!first.known.person_of.values().any(|known| known == person));
            }
        }
    }
}

#[test]
fn files_go_in_and_come_out_and_the_next_run_knows_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let links =
        "left_id,right_id,match_weight,decision\nb,a,9,link\nc,b,8,link\nd,c,2,weak\ne,f,30,veto\n";
    let links = file("links.csv", links);
    let records = file(
        "records.csv",
        "record_id,nhs_number,died\na,9990000018,\nc,9990000026,\ng,,\n",
    );
    let decisions = file(
        "decisions.csv",
        "left_id,right_id,decision,reviewer\nd,c,same,kim\na,b,different,lee\n",
    );
    let decisions = [decisions.as_path()];
    let files = ClusterFiles {
        links: &links,
        sides: None,
        records: Some(&records),
        decisions: &decisions,
        decided: true,
    };
    let inputs = read(&files).unwrap();
    let under = JoinRules {
        constraints: inputs.constraints,
        ..rules(0.0)
    };
    let clusters = join(&inputs.graph, &under);
    let level = &clusters.levels[0];
    let expected: [&[&str]; 5] = [&["a"], &["b", "c", "d"], &["e"], &["f"], &["g"]];
    assert_eq!(sets(&inputs.graph, level), expected);
    let first = assign(&inputs.graph, &level.cluster_of, &Known::default());
    let people = folder.path().join("people.parquet");
    assert_eq!(
        write_people(&people, &inputs.graph, &clusters, &first).unwrap(),
        7
    );
    let (known, notices) = read_known(&people).unwrap();
    assert_eq!((&known, notices.as_slice()), (&first.known, &[][..]));

    // Without the reviewers a comes to the others, and its own id is retired, in the file as well.
    let inputs = read(&ClusterFiles {
        decisions: &[],
        ..files
    })
    .unwrap();
    let clusters = join(&inputs.graph, &rules(0.0));
    let second = assign(&inputs.graph, &clusters.levels[0].cluster_of, &known);
    // Ids that are no longer in use stand in the file and are no records.
    assert_eq!(
        write_people(&people, &inputs.graph, &clusters, &second).unwrap(),
        7
    );
    assert_eq!(second.gone, 0);
    let (known, _) = read_known(&people).unwrap();
    assert_eq!(
        known.retired,
        BTreeSet::from([first.known.person_of["a"].clone()])
    );
    let events = folder.path().join("events.csv");
    write_events(&events, &second).unwrap();
    let text = std::fs::read_to_string(&events).unwrap();
    let words: Vec<&str> = text
        .lines()
        .map(|line| line.split(',').next().unwrap())
        .collect();
    assert_eq!(words, ["event", "new", "merged", "split", "retired"]);
    let checks = folder.path().join("checks.csv");
    let found = check(
        &inputs.graph,
        &clusters.levels[0].cluster_of,
        0.0,
        &Checks::default(),
    );
    write_checks(&checks, &inputs.graph, &found).unwrap();
    let text = std::fs::read_to_string(&checks).unwrap();
    assert!(
        text.ends_with("\na,3,2,0.6666666666666666,2,2,8,weak bridge; two NHS numbers\n"),
        "{text}"
    );
}

#[test]
fn records_that_only_an_earlier_run_knew_are_not_counted() {
    let first = assigned(&[&["a", "b"], &["c", "d"], &["e"]], &Known::default());
    // Without a list of records only those with a link are there.
    let (graph, level) = {
        let graph = Graph::new(Vec::new(), &[edge("a", "b", 9.0)]);
        let level = join(&graph, &rules(0.0)).levels.remove(0);
        (graph, level)
    };
    let second = assign(&graph, &level.cluster_of, &first.known);
    assert_eq!((second.gone, second.kept), (3, 1));
    let folder = tempfile::tempdir().unwrap();
    let clusters = join(&graph, &rules(0.0));
    let path = folder.path().join("people.csv");
    assert_eq!(write_people(&path, &graph, &clusters, &second).unwrap(), 2);
    assert_eq!(second.known.retired.len(), 2);
}

#[test]
fn an_id_on_both_sides_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let links = folder.path().join("links.csv");
    std::fs::write(&links, "left_id,right_id,match_weight\n1,1,9\n2,3,8\n").unwrap();
    let files = ClusterFiles {
        links: &links,
        sides: Some(("A", "B")),
        records: None,
        decisions: &[],
        decided: false,
    };
    let inputs = read(&files).unwrap();
    assert!(
        inputs.notices[0]
            .message
            .starts_with("ids stand on both sides")
    );
    let sources: Vec<&str> = inputs
        .graph
        .members()
        .iter()
        .map(|member| member.source.as_str())
        .collect();
    assert_eq!(sources, ["A", "A", "B"]);
}
