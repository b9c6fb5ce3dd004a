//! Clusters on files alone: links, records, decisions and the people of an earlier run in; people, events and checks out.

use super::{
    Assignment, ClusterCheck, Clusters, Constraints, Edge, Event, Flag, Graph, Known, Member,
};
use crate::{
    evaluate::{
        Decision, Judgement, Notice,
        ids::Ids,
        labels,
        links::{self, Ends, cell, name_of, need},
        told::Told,
    },
    files::{Cell, Column, FileError, open, write},
};
use std::path::Path;

/// Which files there are.
#[derive(Debug, Clone, Copy)]
pub struct ClusterFiles<'a> {
    /// Links as a run writes them.
    pub links: &'a Path,
    /// The names of the left and the right file, where they are two; each is a source.
    pub sides: Option<(&'a str, &'a str)>,
    /// Records, with any of the columns `source`, `nhs_number` and `died` beside `record_id`.
    pub records: Option<&'a Path>,
    /// Decisions of reviewers.
    pub decisions: &'a [&'a Path],
    /// Whether only what the run decided to be links counts.
    pub decided: bool,
}

/// What the files hold.
#[derive(Debug, Clone, Default)]
pub struct ClusterInputs {
    /// Records and pairs.
    pub graph: Graph,
    /// What reviewers decided.
    pub constraints: Constraints,
    /// What was wrong with the files.
    pub notices: Vec<Notice>,
}

/// Reads the files. A pair that a veto forbids is none.
pub fn read(files: &ClusterFiles<'_>) -> Result<ClusterInputs, FileError> {
    let (mut ids, mut told) = (Ids::default(), Told::default());
    let ends = if files.sides.is_none() {
        Ends::Unordered
    } else {
        Ends::Ordered
    };
    let links = links::read(files.links, ends, &mut ids, &mut told)?;
    let mut members = Vec::new();
    if let Some((left, right)) = files.sides {
        let (mut of_left, mut of_right) = (vec![false; ids.len()], vec![false; ids.len()]);
        for link in &links.rows {
            for (of_side, id) in [(&mut of_left, link.left), (&mut of_right, link.right)] {
                if let Some(slot) = of_side.get_mut(id as usize) {
                    *slot = true;
                }
            }
        }
        let both = of_left
            .iter()
            .zip(&of_right)
            .filter(|(left, right)| **left && **right)
            .count() as u64;
        if both > 0 {
            let message =
                "ids stand on both sides and are taken for one record; make them differ first";
            told.say(&name_of(files.links), message.to_owned(), both);
        }
        for (source, of_side) in [(left, of_left), (right, of_right)] {
            let there = of_side.iter().zip(0..).filter(|(there, _)| **there);
            members.extend(there.map(|(_, id): (_, u32)| Member {
                id: ids.text(id).to_owned(),
                source: source.to_owned(),
                ..Member::default()
            }));
        }
    }
    if let Some(path) = files.records {
        records(path, &mut members, &mut ids, &mut told)?;
    }
    let counts = |decision: Decision| match decision {
        Decision::Link => true,
        Decision::Veto => false,
        _ => !files.decided,
    };
    let edges: Vec<Edge> = links
        .rows
        .iter()
        .filter(|link| counts(link.decision))
        .map(|link| Edge {
            left: ids.text(link.left).to_owned(),
            right: ids.text(link.right).to_owned(),
            bits: link.weight,
        })
        .collect();
    // Who stands only in links that do not count is a record as well.
    members.extend(
        links
            .rows
            .iter()
            .flat_map(|link| [link.left, link.right])
            .map(|id| Member {
                id: ids.text(id).to_owned(),
                ..Member::default()
            }),
    );
    let labels = labels::read(files.decisions, &mut ids, &mut told)?;
    let mut constraints = Constraints::default();
    for ((left, right), of_pair) in &labels.of {
        let pair = (ids.text(*left).to_owned(), ids.text(*right).to_owned());
        match labels::taken(of_pair) {
            Judgement::Same => constraints.must.push(pair),
            Judgement::Different => constraints.cannot.push(pair),
            Judgement::Unsure => {}
        }
    }
    constraints.must.sort_unstable();
    constraints.cannot.sort_unstable();
    Ok(ClusterInputs {
        graph: Graph::new(members, &edges),
        constraints,
        notices: told.notices(),
    })
}

fn records(
    path: &Path,
    members: &mut Vec<Member>,
    ids: &mut Ids,
    told: &mut Told,
) -> Result<(), FileError> {
    let mut rows = open(path, &["record_id", "source", "nhs_number", "died"])?;
    need(&rows, path, &[(0, "record_id")])?;
    let mut row_number = 1;
    while let Some((count, columns)) = rows.next_batch()? {
        for row in 0..count {
            row_number += 1;
            let Some(id) = ids.number(cell(&columns, 0, row)) else {
                told.row(
                    &name_of(path),
                    "a record without an id; left out",
                    row_number,
                );
                continue;
            };
            let value = |at: usize| {
                Some(cell(&columns, at, row).to_owned()).filter(|text| !text.is_empty())
            };
            members.push(Member {
                id: ids.text(id).to_owned(),
                source: cell(&columns, 1, row).to_owned(),
                nhs_number: value(2),
                died: value(3),
            });
        }
    }
    told.odd(&name_of(path), &rows);
    Ok(())
}

/// Reads the people that an earlier run wrote with [`write_people`].
pub fn read_known(path: &Path) -> Result<(Known, Vec<Notice>), FileError> {
    let mut rows = open(path, &["record_id", "person_id"])?;
    need(&rows, path, &[(0, "record_id"), (1, "person_id")])?;
    let (mut known, mut told) = (Known::default(), Told::default());
    let mut row_number = 1;
    while let Some((count, columns)) = rows.next_batch()? {
        for row in 0..count {
            row_number += 1;
            let (record, person) = (
                cell(&columns, 0, row).to_owned(),
                cell(&columns, 1, row).to_owned(),
            );
            if person.is_empty() {
                told.row(
                    &name_of(path),
                    "a record without a person; left out",
                    row_number,
                );
            } else if record.is_empty() {
                known.retired.insert(person);
            } else if known
                .person_of
                .get(&record)
                .is_some_and(|before| *before != person)
            {
                told.row(
                    &name_of(path),
                    "a record that stands there before as somebody else; left out",
                    row_number,
                );
            } else {
                known.person_of.insert(record, person);
            }
        }
    }
    told.odd(&name_of(path), &rows);
    Ok((known, told.notices()))
}

fn texts(names: &[&str]) -> Vec<Column> {
    names
        .iter()
        .map(|name| Column {
            name: (*name).to_owned(),
            number: false,
        })
        .collect()
}

fn text(text: &str) -> Cell<'_> {
    Cell::Text(text.into())
}

/// Writes the person of each record, with the least record of its cluster at each threshold; then the ids that are no
/// longer in use, without a record, so that the next run gives none of them again. Gives back how many records there are.
pub fn write_people(
    path: &Path,
    graph: &Graph,
    clusters: &Clusters,
    assignment: &Assignment,
) -> Result<u64, FileError> {
    let mut columns = texts(&["record_id", "person_id"]);
    columns.extend(clusters.levels.iter().map(|level| Column {
        name: if level.threshold > f64::MIN {
            format!("cluster_from_{}", level.threshold)
        } else {
            "cluster".to_owned()
        },
        number: false,
    }));
    let rows = graph.members().iter().enumerate().map(|(at, member)| {
        let person = assignment
            .known
            .person_of
            .get(&member.id)
            .map_or("", String::as_str);
        let mut row = vec![text(&member.id), text(person)];
        row.extend(clusters.levels.iter().map(|level| {
            text(
                level
                    .cluster_of
                    .get(at)
                    .map_or("", |cluster| graph.id(*cluster)),
            )
        }));
        row
    });
    let blank = clusters.levels.len();
    let retired = assignment.known.retired.iter().map(|person| {
        let mut row = vec![text(""), text(person)];
        row.extend((0..blank).map(|_| text("")));
        row
    });
    let written = write(path, &columns, rows.chain(retired))?;
    // Ids that are no longer in use are no records.
    Ok(written.saturating_sub(assignment.known.retired.len() as u64))
}

/// Writes what changed: the event, the person and the others that it is about.
pub fn write_events(path: &Path, assignment: &Assignment) -> Result<u64, FileError> {
    let rows = assignment.events.iter().map(|event| {
        let (word, person, others) = match event {
            Event::New { person } => ("new", person, String::new()),
            Event::Merged { into, from } => ("merged", into, from.join(" ")),
            Event::Split { from, into } => ("split", from, into.join(" ")),
            Event::Retired { person } => ("retired", person, String::new()),
        };
        vec![text(word), text(person), Cell::Text(others.into())]
    });
    write(
        path,
        &texts(&["event", "person_id", "other_person_ids"]),
        rows,
    )
}

/// Writes what is suspicious: a row for each cluster of several records.
#[expect(
    clippy::cast_precision_loss,
    reason = "no count reaches 2 to the power of 52"
)]
pub fn write_checks(path: &Path, graph: &Graph, checks: &[ClusterCheck]) -> Result<u64, FileError> {
    let mut columns = texts(&["cluster"]);
    let numbers = [
        "records",
        "pairs",
        "density",
        "most_pairs",
        "bridges",
        "weakest_bridge",
    ];
    columns.extend(numbers.map(|name| Column {
        name: name.to_owned(),
        number: true,
    }));
    columns.extend(texts(&["flags"]));
    let rows = checks.iter().map(|check| {
        let flags = check.flags.iter().map(|flag| match flag {
            Flag::WeakBridge => "weak bridge",
            Flag::Thin => "thin",
            Flag::Large => "large",
            Flag::TwoNumbers => "two NHS numbers",
            Flag::TwoDeaths => "two days of death",
        });
        vec![
            text(graph.id(check.cluster)),
            Cell::Number(check.records.len() as f64),
            Cell::Number(check.pairs as f64),
            Cell::Number(check.density),
            Cell::Number(check.most_pairs as f64),
            Cell::Number(check.bridges.len() as f64),
            Cell::Number(
                check
                    .bridges
                    .first()
                    .map_or(f64::INFINITY, |(_, _, bits)| *bits),
            ),
            Cell::Text(flags.collect::<Vec<_>>().join("; ").into()),
        ]
    });
    write(path, &columns, rows)
}
