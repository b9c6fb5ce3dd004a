//! The collection (`/collection`): every council, how far it has come, and its record. For operators.
//!
//! A council's state is worked out from facts wherever there are any: its files first, then its steps.

mod councils;
mod record;

pub(super) use councils::Collection;
pub(super) use record::{change, council, post_change};

use super::{Answer, quality, submissions::safe, visit::Visit};
use chrono::{DateTime, Utc};
use control::{OnboardingEntry, OnboardingKind, SubmissionRecord, SubmissionState, on_record};
use councils::Council;
use model::Date;
use pages::{
    CollectionView, CouncilRow, CouncilState, Link,
    map::categories::{MapFill, MapState, StateMap},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is known of one council.
struct Known<'c> {
    council: &'c Council,
    state: CouncilState,
    /// The last file, with how good it was.
    last: Option<(DateTime<Utc>, String)>,
    quality: Option<quality::Goodness>,
}

/// In which order the table stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Name,
    State,
    Last,
    Quality,
}

impl Sort {
    const ALL: [Self; 4] = [Self::Name, Self::State, Self::Last, Self::Quality];

    const fn slug(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::State => "state",
            Self::Last => "last",
            Self::Quality => "quality",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::State => "state, furthest first",
            Self::Last => "last file, newest first",
            Self::Quality => "good cells, fewest first",
        }
    }
}

pub(super) async fn page(visit: &Visit) -> Answer {
    let collection = &visit.site.collection;
    let known = known(visit).await?;
    let asked = Asked::of(visit);
    let mut found: Vec<&Known<'_>> = known.iter().filter(|k| asked.wants(k)).collect();
    asked.sort(&mut found);
    let counts = CouncilState::ALL.map(|state| {
        let number = known.iter().filter(|k| k.state == state).count();
        (
            state,
            u64::try_from(number).unwrap_or(u64::MAX),
            format!("/collection?state={}#councils", state.slug()),
        )
    });
    let regions: BTreeSet<String> = known.iter().map(|k| k.council.region.clone()).collect();
    let drawn = |k: &&Known<'_>| collection.is_drawn(&k.council.gss_code);
    let view = CollectionView {
        title: collection.title.clone(),
        counts: counts.to_vec(),
        all: u64::try_from(known.len()).unwrap_or(u64::MAX),
        councils: found.iter().map(|k| row(k)).collect(),
        sorts: Sort::ALL
            .map(|sort| {
                (
                    Link::new(sort.words(), asked.href(sort)),
                    sort == asked.sort,
                )
            })
            .to_vec(),
        maps: maps(collection, &known),
        not_on_maps: known
            .iter()
            .filter(|k| !drawn(k))
            .map(|k| k.council.name.clone())
            .collect(),
        downloads: vec![Link::new("All councils as CSV", "/collection.csv")],
        query: asked.query,
        state: asked.state.map(|s| s.slug().to_owned()).unwrap_or_default(),
        region: asked.region,
        regions: regions.into_iter().collect(),
    };
    Ok(Visit::page(&pages::collection(&visit.frame(), &view)))
}

pub(super) async fn csv(visit: &Visit) -> Answer {
    let mut out = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        // The mark by which spreadsheets know UTF-8.
        .from_writer("\u{feff}".as_bytes().to_vec());
    out.write_record([
        "Code",
        "ONS code",
        "Council",
        "Region",
        "State",
        "Last file",
        "Good cells (per cent)",
    ])?;
    for k in known(visit).await? {
        out.write_record([
            safe(&k.council.code),
            safe(&k.council.gss_code),
            safe(&k.council.name),
            safe(&k.council.region),
            k.state.words().to_owned(),
            k.last
                .map(|(when, _)| when.format("%Y-%m-%dT%H:%M:%SZ").to_string())
                .unwrap_or_default(),
            k.quality
                .map(quality::Goodness::per_cent)
                .unwrap_or_default(),
        ])?;
    }
    let body = out.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?;
    Ok(Visit::file(
        "text/csv; charset=utf-8",
        "collection.csv",
        body,
    ))
}

/// What was asked of the table.
struct Asked {
    query: String,
    state: Option<CouncilState>,
    region: String,
    sort: Sort,
}

impl Asked {
    fn of(visit: &Visit) -> Self {
        let text = |name: &str| -> String {
            let given = visit.query(name).unwrap_or_default().trim();
            given.chars().take(100).collect()
        };
        Self {
            query: text("q"),
            state: CouncilState::ALL
                .into_iter()
                .find(|s| s.slug() == text("state")),
            region: text("region"),
            sort: Sort::ALL
                .into_iter()
                .find(|s| s.slug() == text("sort"))
                .unwrap_or(Sort::Name),
        }
    }

    fn wants(&self, known: &Known<'_>) -> bool {
        let query = self.query.to_lowercase();
        let council = known.council;
        (query.is_empty()
            || council.name.to_lowercase().contains(&query)
            || council.code.to_lowercase() == query)
            && self.state.is_none_or(|s| s == known.state)
            && (self.region.is_empty() || self.region == council.region)
    }

    fn sort(&self, found: &mut [&Known<'_>]) {
        // They come by name, and a sort keeps the order of what is equal.
        match self.sort {
            Sort::Name => {}
            Sort::State => found.sort_by_key(|k| std::cmp::Reverse(k.state)),
            Sort::Last => {
                found.sort_by_key(|k| std::cmp::Reverse(k.last.as_ref().map(|(when, _)| *when)));
            }
            Sort::Quality => found.sort_by_key(|k| {
                // Those without a file come last.
                k.quality
                    .map_or((true, 0), |q| (false, q.parts_in_a_million()))
            }),
        }
    }

    fn href(&self, sort: Sort) -> String {
        let parts = [
            ("q", self.query.as_str()),
            ("state", self.state.map_or("", CouncilState::slug)),
            ("region", &self.region),
            ("sort", sort.slug()),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        format!("/collection?{}#councils", parts.join("&"))
    }
}

/// Text as a part of an address.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_') {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// Every council by name, with what is known of it.
async fn known(visit: &Visit) -> Result<Vec<Known<'_>>, super::fault::Fault> {
    let collection = &visit.site.collection;
    let control = &visit.site.workspace.control;
    let records = control.all_submissions().await?;
    let reports = quality::reports(visit, &collection.datasets).await?;
    let mut entries: BTreeMap<String, Vec<OnboardingEntry>> = BTreeMap::new();
    for entry in control.all_onboarding().await? {
        entries
            .entry(entry.council.clone())
            .or_default()
            .push(entry);
    }
    let known = collection.councils.iter().map(|council| {
        let sent = sent_by(collection, &records, &council.code);
        let history = entries.get(&council.code).map_or(&[][..], Vec::as_slice);
        let (state, _) = state_of(collection, &sent, history, visit.today());
        let last = sent.first();
        Known {
            council,
            state,
            last: last.map(|r| (r.received_at, format!("/submissions/{}", r.id))),
            quality: last.and_then(|r| quality::goodness(&reports, r)),
        }
    });
    Ok(known.collect())
}

/// The files of a council in this collection, newest first.
fn sent_by<'r>(
    collection: &Collection,
    records: &'r [SubmissionRecord],
    code: &str,
) -> Vec<&'r SubmissionRecord> {
    let mut sent: Vec<&SubmissionRecord> = records
        .iter()
        .filter(|r| r.sender.as_str() == code && collection.datasets.contains(&r.dataset))
        // What was only checked, and not sent, is its sender's own affair.
        .filter(|r| !matches!(r.state, SubmissionState::Checked | SubmissionState::Expired))
        .collect();
    sent.sort_by_key(|r| std::cmp::Reverse(r.received_at));
    sent
}

/// How far a council has come, and the fact that says so.
fn state_of(
    collection: &Collection,
    sent: &[&SubmissionRecord],
    history: &[OnboardingEntry],
    today: Date,
) -> (CouncilState, String) {
    let day = |r: &SubmissionRecord| pages::format::date(govern::agreement::day_of(r.received_at));
    if let Some(landed) = sent.iter().find(|r| r.state == SubmissionState::Landed) {
        return (
            CouncilState::Submitting,
            format!("Its file of {} was accepted.", day(landed)),
        );
    }
    if let Some(tried) = sent.first() {
        return (
            CouncilState::Testing,
            format!(
                "It has sent a file on {}, and none is accepted now.",
                day(tried)
            ),
        );
    }
    let now = on_record(history);
    let done = collection.steps.iter().filter_map(|step| {
        let entry = now
            .iter()
            .find(|e| e.kind == OnboardingKind::Step && e.name == step.name)?;
        let on: Date = entry.entry.parse().ok()?;
        (on <= today).then_some((step, on))
    });
    // The last of those that give most.
    if let Some((step, on)) = done.max_by_key(|(step, on)| (step.gives.state(), *on)) {
        let because = format!("{}: {}.", step.title, pages::format::date(on));
        return (step.gives.state(), because);
    }
    if now.is_empty() {
        let because = "Nothing is on record, and it has sent nothing.".to_owned();
        (CouncilState::NoContact, because)
    } else {
        let because = "There is something on record, and no step is done.".to_owned();
        (CouncilState::InContact, because)
    }
}

fn row(known: &Known<'_>) -> CouncilRow {
    CouncilRow {
        name: known.council.name.clone(),
        href: format!("/collection/{}", known.council.code),
        code: known.council.code.clone(),
        region: known.council.region.clone(),
        state: known.state,
        last: known.last.clone(),
        quality: known.quality.map(quality::Goodness::words),
    }
}

fn maps(
    collection: &Collection,
    known: &[Known<'_>],
) -> Vec<(StateMap, Arc<pages::map::Outlines>)> {
    let states: Vec<MapState> = CouncilState::ALL
        .into_iter()
        .zip(['N', 'C', 'A', 'T', 'S'])
        .enumerate()
        .map(|(at, (state, letter))| MapState {
            name: state.words().to_owned(),
            letter,
            fill: at.checked_sub(1).map_or(MapFill::Hatched, MapFill::Shade),
        })
        .collect();
    let areas: BTreeMap<String, usize> = known
        .iter()
        .filter(|k| !k.council.gss_code.is_empty())
        .filter_map(|k| {
            let at = CouncilState::ALL.iter().position(|s| *s == k.state)?;
            Some((k.council.gss_code.clone(), at))
        })
        .collect();
    let map = |id: &str, title: &str, letters: bool| StateMap {
        id: id.to_owned(),
        title: title.to_owned(),
        subtitle: "Councils in England by state".to_owned(),
        states: states.clone(),
        areas: areas.clone(),
        letters,
        attribution: collection.attribution.clone(),
    };
    vec![
        (
            map("collection-map", "Where councils have come to", false),
            Arc::clone(&collection.outlines),
        ),
        (
            map(
                "collection-hexagons",
                "The same with one hexagon for each",
                true,
            ),
            Arc::clone(&collection.hexagons),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_search_are_safe_in_an_address() {
        assert_eq!(encoded("East of England"), "East%20of%20England");
        assert_eq!(encoded("a&b=#c"), "a%26b%3D%23c");
    }
}
