//! Searching the log: who has seen what, under which agreement, when and why, in sentences.
//!
//! It speaks from what entries hold and says what they do not hold. Nothing here reads files.

use super::{Entry, EntryBody, Kind, Outcome};
use chrono::{DateTime, Utc};
use chrono_tz::Europe::London;
use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
};

/// What somebody looks for. A part that is left out lets everything through.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The account that acted.
    pub person: Option<String>,
    pub organisation: Option<String>,
    pub agreement: Option<String>,
    pub purpose: Option<String>,
    /// A table by the name that agreements give it.
    pub table: Option<String>,
    pub area: Option<Area>,
    pub kind: Option<Kind>,
    pub outcome: Option<Outcome>,
    /// The first moment, and the first moment after.
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    /// Only entries by which somebody was shown something about people.
    pub seen: bool,
}

/// An area that somebody asks about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Area {
    /// What it was called in the question.
    pub name: String,
    /// The areas that it lies in, as far as is known.
    pub within: Vec<String>,
}

/// How an entry stands to an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concerns {
    /// The agreement names the area.
    Named,
    /// The agreement names an area that it lies in.
    Around,
    /// The agreement does not limit its rows by area.
    Anywhere,
    /// The agreement names other areas only.
    Elsewhere,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The newest of them, oldest first.
    pub hits: VecDeque<Hit>,
    /// How many there are in all.
    pub total: u64,
    /// How many were left out since their agreement names other areas only.
    pub elsewhere: u64,
    /// How many entries were looked at.
    pub looked_at: u64,
}

/// One entry that was found.
#[derive(Debug, Clone)]
pub struct Hit {
    pub entry: Entry,
    pub concerns: Option<Concerns>,
    /// The bytes of the answer that left, where its end is in the log.
    pub served: Option<u64>,
}

/// A search under way: entries come in their order.
#[derive(Debug)]
pub struct Search {
    filter: Filter,
    most: usize,
    found: Found,
    /// The first number of `hits`, to find a request's entry again.
    requests: BTreeMap<String, u64>,
    dropped: u64,
}

impl Search {
    /// A search that keeps the newest so many.
    pub fn new(filter: Filter, most: usize) -> Self {
        Self {
            filter,
            most: most.max(1),
            found: Found::default(),
            requests: BTreeMap::new(),
            dropped: 0,
        }
    }

    /// Looks at the next entry.
    pub fn look(&mut self, entry: &Entry) {
        self.found.looked_at += 1;
        let body = &entry.body;
        if body.kind == Kind::Served
            && let (Some(request), Some(bytes)) = (&body.request, body.bytes)
            && let Some(number) = self.requests.get(request)
            && let Some(at) = number.checked_sub(self.dropped)
            && let Some(hit) = usize::try_from(at)
                .ok()
                .and_then(|at| self.found.hits.get_mut(at))
        {
            hit.served = Some(bytes);
        }
        if !self.filter.fits(body) {
            return;
        }
        let concerns = self.filter.area.as_ref().map(|area| area.of(body));
        if concerns == Some(Concerns::Elsewhere) {
            self.found.elsewhere += 1;
            return;
        }
        self.found.total += 1;
        if let Some(request) = &body.request {
            let number = self.dropped + self.found.hits.len() as u64;
            self.requests.insert(request.clone(), number);
        }
        self.found.hits.push_back(Hit {
            entry: entry.clone(),
            concerns,
            served: body.bytes,
        });
        if self.found.hits.len() > self.most
            && let Some(gone) = self.found.hits.pop_front()
        {
            self.dropped += 1;
            if let Some(request) = &gone.entry.body.request {
                self.requests.remove(request);
            }
        }
    }

    /// What was found.
    pub fn end(self) -> Found {
        self.found
    }
}

fn is(wanted: Option<&String>, there: Option<&String>) -> bool {
    wanted.is_none_or(|wanted| there.is_some_and(|there| there.eq_ignore_ascii_case(wanted)))
}

impl Filter {
    fn fits(&self, body: &EntryBody) -> bool {
        let table = self.table.as_ref();
        is(self.person.as_ref(), Some(&body.actor))
            && is(self.organisation.as_ref(), body.on_behalf_of.as_ref())
            && is(self.agreement.as_ref(), body.agreement.as_ref())
            && is(self.purpose.as_ref(), body.purpose.as_ref())
            && table.is_none_or(|t| {
                body.tables
                    .iter()
                    .any(|there| there.eq_ignore_ascii_case(t))
            })
            && self.kind.is_none_or(|kind| kind == body.kind)
            && self.outcome.is_none_or(|outcome| outcome == body.outcome)
            && self.from.is_none_or(|from| body.time >= from)
            && self.until.is_none_or(|until| body.time < until)
            && (!self.seen || (body.kind.shows_people() && body.outcome != Outcome::Refused))
    }

    /// What an answer to this search cannot say, in sentences.
    pub fn cannot_say(&self) -> Vec<String> {
        let mut all = vec![
            "The log holds which tables, columns and areas were open and how many rows were shown. It does not hold whose rows they were, so it cannot say whether one certain person was among them.".to_owned(),
        ];
        if let Some(area) = &self.area {
            all.push(format!(
                "Agreements limit rows by council or area of residence. Where one names a wider area than {}, or none, people who live there may be among the rows; how many is not known.",
                area.name
            ));
            all.push(
                "Entries from before tables and areas were written down count as not limited by area.".to_owned(),
            );
        }
        all
    }
}

impl Area {
    fn of(&self, body: &EntryBody) -> Concerns {
        let names = |name: &str| {
            let name = name.to_lowercase();
            !name.is_empty()
                && body
                    .areas
                    .iter()
                    .any(|area| area.to_lowercase().contains(&name))
        };
        if body.areas.is_empty() {
            Concerns::Anywhere
        } else if names(&self.name) {
            Concerns::Named
        } else if self.within.iter().any(|name| names(name)) {
            Concerns::Around
        } else {
            Concerns::Elsewhere
        }
    }
}

impl Kind {
    /// Whether such an entry says that somebody was shown something about people, or was given it.
    pub const fn shows_people(self) -> bool {
        matches!(
            self,
            Self::Answered
                | Self::PageServed
                | Self::Released
                | Self::Exported
                | Self::Traced
                | Self::EnvelopeOpened
                | Self::GlassOpened
        )
    }

    /// Every kind, in the order in which they came to be.
    pub const ALL: [Self; 72] = [
        Self::DecisionAllowed,
        Self::DecisionRefused,
        Self::Landed,
        Self::Checked,
        Self::Linked,
        Self::HandedOver,
        Self::Derived,
        Self::Answered,
        Self::Released,
        Self::ReleaseRefused,
        Self::PageServed,
        Self::SignedIn,
        Self::SignInFailed,
        Self::SignedOut,
        Self::AccountChanged,
        Self::AgreementChanged,
        Self::KeyChanged,
        Self::Verified,
        Self::TailMended,
        Self::Withdrawn,
        Self::Expired,
        Self::Traced,
        Self::Corrected,
        Self::PairDecided,
        Self::ReturnDecided,
        Self::CohortSealed,
        Self::CareAsked,
        Self::CareJudged,
        Self::EnvelopeDecided,
        Self::EnvelopeOpened,
        Self::EnvelopeClosed,
        Self::OutcomeRecorded,
        Self::GlassAsked,
        Self::GlassJudged,
        Self::GlassOpened,
        Self::GlassReviewed,
        Self::Served,
        Self::AccessRefused,
        Self::Exported,
        Self::Searched,
        Self::LogMigrated,
        Self::Cosigned,
        Self::DetailErased,
        Self::Administered,
        Self::Failed,
        Self::DestructionAsked,
        Self::Destroyed,
        Self::BackedUp,
        Self::Restored,
        Self::PreferenceListAsked,
        Self::PreferenceListTaken,
        Self::PreferenceListRefused,
        Self::PreferenceTaken,
        Self::PreferenceDecided,
        Self::AgreementSubmitted,
        Self::AgreementApproved,
        Self::AgreementReturned,
        Self::AgreementSigned,
        Self::AgreementWarned,
        Self::AgreementClosed,
        Self::Suspended,
        Self::SuspensionLifted,
        Self::IncidentOpened,
        Self::IncidentNoted,
        Self::IncidentAssigned,
        Self::IncidentClosed,
        Self::Recalled,
        Self::RetentionWarned,
        Self::DetailKept,
        Self::RightsCase,
        Self::AccessAnswered,
        Self::ReleaseDecided,
    ];

    /// The name that the log has for it.
    pub fn word(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// A kind by the name that the log has for it.
    pub fn from_word(word: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
    }

    /// What somebody did, as the middle of a sentence.
    pub fn did(self) -> String {
        let words = match self {
            Self::DecisionAllowed => "was allowed a question",
            Self::DecisionRefused => "was refused a question",
            Self::Landed => "had a file landed",
            Self::Checked => "had a file checked",
            Self::Linked => "linked records",
            Self::HandedOver => "handed over pseudonymous tables",
            Self::Derived => "made derived tables",
            Self::Answered => "was shown an answer",
            Self::Released => "made a release",
            Self::ReleaseRefused => "was refused a release",
            Self::PageServed => "was shown a page about people",
            Self::SignedIn => "signed in",
            Self::SignInFailed => "failed to sign in",
            Self::SignedOut => "signed out",
            Self::AccountChanged => "changed an account",
            Self::AgreementChanged => "changed an agreement",
            Self::KeyChanged => "changed a key",
            Self::Verified => "proved the log",
            Self::TailMended => "took away entries that were cut off while they were written",
            Self::Withdrawn => "took a submission back",
            Self::Expired => "deleted a file that nobody sent on",
            Self::Traced => "asked who a person is",
            Self::Corrected => "told people of a correction",
            Self::PairDecided => "decided about a pair of records",
            Self::ReturnDecided => "decided about what tracing found",
            Self::CohortSealed => "counted or sealed a cohort",
            Self::CareAsked => "asked that people be led back for their care",
            Self::CareJudged => "judged such a request",
            Self::EnvelopeDecided => "had it decided whether a list of people may be opened",
            Self::EnvelopeOpened => "was given a list of people",
            Self::EnvelopeClosed => "closed a list of people",
            Self::OutcomeRecorded => "wrote down what came of a contact",
            Self::GlassAsked => "asked for one person's records in an emergency",
            Self::GlassJudged => "judged an emergency",
            Self::GlassOpened => "read one person's records in an emergency",
            Self::GlassReviewed => "looked at an emergency afterwards",
            Self::Served => "was sent an answer",
            Self::AccessRefused => "asked for what their role may not open",
            Self::Exported => "was given a released table",
            Self::Searched => "searched the log",
            Self::LogMigrated => "took over the log of an earlier version",
            Self::Cosigned => "took in a cosignature",
            Self::DetailErased => "destroyed the key of what was kept about a person",
            Self::DestructionAsked => "asked that data be destroyed",
            Self::Destroyed => "destroyed data",
            Self::BackedUp => "made a backup",
            Self::Suspended => "stopped something at once",
            Self::SuspensionLifted => "lifted a suspension",
            Self::IncidentOpened => "wrote an incident down",
            Self::IncidentNoted => "added to the timeline of an incident",
            Self::IncidentAssigned => "said who sees to an incident",
            Self::IncidentClosed => "closed an incident",
            Self::Recalled => "took a release back",
            Self::RetentionWarned => "told of what is due to be destroyed",
            Self::DetailKept => "was led back to a person",
            Self::RightsCase => "worked on what a person asks about their records",
            Self::ReleaseDecided => "decided about a release that waited",
            Self::AccessAnswered => "brought everything about a person together for them",
            // A kind that has no words of its own is shown by its name, as `restored`.
            _ => return self.word().replace('_', " "),
        };
        words.to_owned()
    }
}

/// A moment as people read it, in London.
pub fn moment(time: DateTime<Utc>) -> String {
    time.with_timezone(&London)
        .format("%-d %B %Y at %H:%M")
        .to_string()
}

impl Hit {
    /// Who did what, when, under which agreement and for what, in a sentence.
    pub fn sentence(&self) -> String {
        let body = &self.entry.body;
        let mut text = format!("On {}, {}", moment(body.time), body.actor);
        let parts: Vec<String> = [
            body.role.as_ref().map(|role| role.replace('_', " ")),
            body.on_behalf_of
                .as_ref()
                .map(|for_whom| format!("for {for_whom}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !parts.is_empty() {
            let _ = write!(text, " ({})", parts.join(", "));
        }
        let did = match (body.kind, body.outcome) {
            (Kind::Exported, Outcome::Refused) => "was refused a released table".to_owned(),
            (kind, _) => kind.did(),
        };
        let _ = write!(text, " {did}");
        if let Some(rows) = body.rows {
            let words = if rows == 1 { "row" } else { "rows" };
            let _ = write!(text, " of {rows} {words}");
        }
        if !body.tables.is_empty() {
            let _ = write!(text, " from {}", body.tables.join(" and "));
        }
        if let Some(agreement) = &body.agreement {
            let _ = write!(text, " under agreement {agreement}");
            if let Some(version) = &body.agreement_version {
                let _ = write!(text, " version {version}");
            }
        }
        if let Some(purpose) = &body.purpose {
            let _ = write!(text, " for {}", purpose.replace('_', " "));
        }
        if body.outcome == Outcome::Failed {
            text.push_str("; it failed");
        }
        text.push('.');
        text
    }

    /// Why it was allowed, or refused, and how far it concerns the area that was asked about.
    pub fn why(&self, area: Option<&Area>) -> Vec<String> {
        let body = &self.entry.body;
        let mut all = Vec::new();
        if let (Some(concerns), Some(area)) = (self.concerns, area) {
            let limits = body.areas.join(", ");
            all.push(match concerns {
                Concerns::Named => format!("The agreement names {}: {limits}.", area.name),
                Concerns::Around => format!(
                    "The agreement is limited to {limits}, around {}: people who live there may have been among the rows.",
                    area.name
                ),
                _ => format!(
                    "No area is written down to which the rows were limited: people who live in {} may have been among them.",
                    area.name
                ),
            });
        } else if !body.areas.is_empty() {
            all.push(format!("Rows were limited to {}.", body.areas.join(", ")));
        }
        if let Some(reason) = &body.reason {
            all.push(format!("Reason in the log: {reason}."));
        }
        if let Some(bytes) = self.served {
            all.push(format!("{bytes} bytes left the service."));
        }
        all
    }
}
