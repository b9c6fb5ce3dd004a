//! The register as its pages show it.

use super::{Happened, Registered};
use govern::{State, agreement::clauses::PurposeCode};
use pages::{Link, RegisterEntryView, RegisterRow, RegisterSection, RegisterView, format};
use std::collections::{BTreeMap, BTreeSet};

/// A part of the register.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Part {
    #[default]
    Whole,
    /// The uses of an organisation, by its code.
    Organisation(String),
    /// The uses for a purpose, by its code.
    Topic(String),
}

/// The list. `None` where there is no such part.
pub(crate) fn list_view(
    all: &[Registered],
    part: &Part,
    query: &str,
    happened: &Happened,
    copy: bool,
) -> Option<RegisterView> {
    let words: Vec<String> = query
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let current = || all.iter().filter(|r| !r.replaced);
    let mut organisations: BTreeMap<&str, &str> = BTreeMap::new();
    let mut topics: BTreeSet<PurposeCode> = BTreeSet::new();
    for registered in current() {
        organisations.extend(
            registered
                .organisations
                .iter()
                .map(|(code, name)| (code.as_str(), name.as_str())),
        );
        topics.extend(registered.topics.iter().copied());
    }
    let title = match part {
        Part::Whole => String::new(),
        Part::Organisation(code) => (*organisations.get(code.as_str())?).to_owned(),
        Part::Topic(code) => upper(topics.iter().find(|t| t.code() == code)?.words()),
    };
    let whole = *part == Part::Whole;
    Some(RegisterView {
        entries: current()
            .filter(|r| is_in(r, part))
            .filter(|r| {
                let text = words_of(r);
                words.iter().all(|word| text.contains(word))
            })
            .map(row)
            .collect(),
        by_organisation: if whole {
            organisations
                .iter()
                .map(|(code, name)| Link::new(*name, format!("/register/organisations/{code}")))
                .collect()
        } else {
            Vec::new()
        },
        by_topic: if whole {
            topics
                .iter()
                .map(|t| Link::new(upper(t.words()), format!("/register/topics/{}", t.code())))
                .collect()
        } else {
            Vec::new()
        },
        downloads: vec![
            Link::new("The register as CSV", "/register.csv"),
            Link::new("Every file that left, as CSV", "/register-files.csv"),
            Link::new("The register as JSON", "/register.json"),
            Link::new("What is new, as a feed (Atom)", "/register.atom"),
        ],
        query: query.to_owned(),
        part: title,
        emergencies: happened.emergencies,
        incidents: happened
            .incidents
            .iter()
            .map(|(_, (one, many), number)| format::counted(*number, one, many))
            .collect(),
        copy,
    })
}

/// One entry.
pub(crate) fn entry_view(found: &Registered) -> RegisterEntryView {
    let entry = &found.entry;
    let used = &found.used;
    let mut numbers = vec![
        (
            "Questions answered".to_owned(),
            format::count(used.questions),
        ),
        ("Questions refused".to_owned(), format::count(used.refused)),
        (
            "Rows in the answers, added up".to_owned(),
            format::count(used.rows),
        ),
        (
            "Files that left".to_owned(),
            format::count(u64::try_from(used.files.len()).unwrap_or(u64::MAX)),
        ),
    ];
    if let Some(left_out) = &used.people_left_out {
        numbers.push((
            "People left out by their own choice".to_owned(),
            left_out.clone(),
        ));
    }
    if let Some(checkpoint) = &used.checkpoint {
        numbers.push((
            "Proof: the log's checkpoint that covers all of this".to_owned(),
            checkpoint.lines().collect::<Vec<_>>().join(" "),
        ));
    }
    if let Some(certificate) = &used.destruction_certificate {
        numbers.push(("Certificate of destruction".to_owned(), certificate.clone()));
    }
    RegisterEntryView {
        title: found.notice.title.clone(),
        sentence: entry.lay_summary.trim().to_owned(),
        state: if found.replaced {
            "A newer version has taken the place of this one".to_owned()
        } else {
            state_in_words(entry.state).to_owned()
        },
        sections: found
            .notice
            .sections
            .iter()
            .map(|section| RegisterSection {
                heading: section.heading.to_owned(),
                // The summary stands at the head of the page already.
                says: section
                    .says
                    .iter()
                    .filter(|says| says.as_str() != entry.lay_summary.trim())
                    .cloned()
                    .collect(),
            })
            .collect(),
        starts: entry.starts,
        ends: entry.ends,
        // The tables themselves are for those who work with them until hidden numbers cannot be worked
        // out from the rest.
        outputs: used
            .files
            .iter()
            .map(|file| {
                let day = format::date(govern::agreement::day_of(file.released_at));
                let words = match (file.withdrawn, &file.withdrawn_because) {
                    (Some(back), Some(why)) => format!(
                        "{}, {day}. Withdrawn on {}: {}",
                        file.title,
                        format::date(back),
                        crate::routes::sentence(why)
                    ),
                    _ => format!("{}, {day} (you need to sign in to open it)", file.title),
                };
                Link::new(words, format!("/releases/{}", file.id))
            })
            .collect(),
        numbers,
        version: entry.version.clone(),
        versions: found
            .versions
            .iter()
            .map(|(version, starts)| {
                Link::new(
                    format!("Version {version}, from {}", format::date(*starts)),
                    format!("/register/{}/versions/{version}", entry.reference),
                )
            })
            .collect(),
        downloads: vec![Link::new(
            "With every column and the headings of the national registers, as JSON",
            format!("/register/{}.json", entry.reference),
        )],
        changed: govern::agreement::day_of(found.changed()),
    }
}

/// Everything in an entry that one may search for, in small letters.
fn words_of(found: &Registered) -> String {
    let entry = &found.entry;
    let mut words = vec![
        entry.reference.as_str(),
        &entry.title,
        &entry.lay_summary,
        &entry.sentence,
    ];
    words.extend(entry.organisations.iter().map(|o| o.name.as_str()));
    words.extend(
        entry
            .purposes
            .iter()
            .flat_map(|p| [p.words.as_str(), &p.lay_summary]),
    );
    words.extend(entry.data.iter().flat_map(|d| [d.title.as_str(), &d.why]));
    words.join(" ").to_lowercase()
}

fn is_in(found: &Registered, part: &Part) -> bool {
    match part {
        Part::Whole => true,
        Part::Organisation(code) => found.organisations.iter().any(|(own, _)| own == code),
        Part::Topic(code) => found.topics.iter().any(|t| t.code() == code),
    }
}

fn row(found: &Registered) -> RegisterRow {
    RegisterRow {
        href: found.href(),
        title: found.notice.title.clone(),
        sentence: found.entry.lay_summary.trim().to_owned(),
        who: found
            .organisations
            .iter()
            .map(|(_, name)| name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        ends: found.entry.ends,
        ended: matches!(
            found.entry.state,
            State::Expired | State::Closing | State::Destroyed
        ),
    }
}

const fn state_in_words(state: State) -> &'static str {
    match state {
        State::Draft | State::Submitted | State::Approved => "Not agreed yet",
        State::Signed => "Agreed; it has not begun",
        State::Active => "In use",
        State::Suspended => "Stopped for now: nobody can use the data",
        State::Expired => "Ended: nobody can use the data any more",
        State::Closing => "Ended: what was made for it is being destroyed",
        State::Destroyed => "Ended: what was made for it is destroyed",
    }
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
