//! The public register: what is registered of each agreement, for its pages, its files and its copy.
//!
//! Made from the agreements, the releases and the audit log, never typed twice.

mod files;
mod views;

pub(crate) use files::{atom, csv, files_csv, json, one_json};
pub(crate) use views::{Part, entry_view, list_view};

use crate::workspace::Workspace;
use anyhow::Result;
use chrono::{DateTime, Utc};
use control::{ReleaseRecord, ReleaseState, Withdrawal};
use govern::{
    Agreement, Entry, Kind, State,
    agreement::clauses::PurposeCode,
    register::{AllianceUse, NationalUse, RegisterEntry, ReleasedFile, Used},
};
use model::Date;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// An entry of the register: one version of one agreement, with what was done under it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Registered {
    #[serde(flatten)]
    pub(crate) entry: RegisterEntry,
    pub(crate) notice: govern::Notice,
    /// By the headings of the national Data Uses Register.
    pub(crate) national_register: NationalUse,
    /// By the headings of the UK Health Data Research Alliance.
    pub(crate) alliance_standard: AllianceUse,
    /// What was done so far, all versions together.
    pub(crate) used: Used,
    /// The versions that there were, the newest first, each with its first day.
    pub(crate) versions: Vec<(String, Date)>,
    /// Whether another version has taken its place.
    pub(crate) replaced: bool,
    #[serde(skip)]
    pub(crate) organisations: Vec<(String, String)>,
    #[serde(skip)]
    pub(crate) topics: Vec<PurposeCode>,
}

/// What the register counts beside uses of data: how often, and never what or whom.
#[derive(Debug, Clone, Default)]
pub(crate) struct Happened {
    /// How often one person's records were opened in an emergency.
    pub(crate) emergencies: u64,
    /// How many incidents of each category there were: its code, what the public calls one and several, and how many.
    pub(crate) incidents: Vec<(String, (String, String), u64)>,
}

/// What the log has said of each agreement, as far as it has been read.
#[derive(Debug, Default)]
pub(crate) struct Counted(Mutex<(u64, BTreeMap<String, Used>)>);

impl Workspace {
    /// Every version of every agreement that the public is told of, by reference, the newest version first.
    pub(crate) async fn registered(&self, on: Date) -> Result<Vec<Registered>> {
        let book = self.agreements().await?;
        let releases = self.control.public_releases().await?;
        let (all_releases, withdrawals) = (
            self.control.all_releases().await?,
            self.control.withdrawals().await?,
        );
        let counts = self.used().await?;
        let mut all = Vec::new();
        let mut references: Vec<&str> = book.iter().map(|a| a.reference.as_str()).collect();
        references.dedup();
        for reference in references {
            let speaks = book.on(reference, on).map(|a| a.version.clone());
            let public: Vec<&Agreement> = book
                .versions(reference)
                .iter()
                .rev()
                .filter(|version| is_public(version.state(on)))
                .collect();
            let versions: Vec<(String, Date)> = public
                .iter()
                .map(|v| (v.version.clone(), v.term.start))
                .collect();
            let mut used = counts.get(reference).cloned().unwrap_or_default();
            used.files = files_of(&releases, reference);
            used.files
                .extend(taken_back(&all_releases, &withdrawals, reference));
            used.files
                .sort_by(|a, b| (b.released_at, &a.id).cmp(&(a.released_at, &b.id)));
            for version in public {
                all.push(Registered {
                    entry: version.register_entry(on),
                    notice: version.notice(),
                    national_register: version.national_use(&used),
                    alliance_standard: version.alliance_use(version.facts(), &used, on),
                    used: used.clone(),
                    versions: versions.clone(),
                    replaced: speaks.as_deref() != Some(version.version.as_str()),
                    organisations: version
                        .access
                        .organisations
                        .iter()
                        .map(|o| (o.as_str().to_owned(), version.name_of(o).to_owned()))
                        .collect(),
                    topics: version.purposes.iter().map(|p| p.code).collect(),
                });
            }
        }
        Ok(all)
    }

    /// What is counted beside uses of data.
    pub(crate) async fn happened(&self) -> Result<Happened> {
        let mut counts = self.control.incident_counts().await?;
        let incidents = self
            .incident_rules()?
            .categories
            .into_iter()
            .map(|c| {
                let number = counts.remove(&c.code).unwrap_or_default();
                (c.code, c.public, number)
            })
            .collect();
        Ok(Happened {
            emergencies: self.control.break_glass_openings().await?,
            incidents,
        })
    }

    /// The counts of the log, by agreement: entries that were counted before are not read again.
    async fn used(&self) -> Result<BTreeMap<String, Used>> {
        let (audit, counted) = (Arc::clone(&self.audit), Arc::clone(&self.counted));
        tokio::task::spawn_blocking(move || {
            let checkpoint = audit.checkpoint()?;
            let mut known = counted.0.lock().unwrap_or_else(PoisonError::into_inner);
            // A log that is shorter than before is another one, such as that of a backup.
            if audit.size()? < known.0 {
                *known = (0, BTreeMap::new());
            }
            let (counted, uses) = &mut *known;
            audit.each_line(*counted, |at, line| {
                if let Ok(text) = std::str::from_utf8(line)
                    && let Ok(entry) = Entry::read(text)
                {
                    count(uses, &entry.body);
                }
                *counted = at + 1;
                true
            })?;
            let words = checkpoint.map(|c| c.checkpoint.to_string());
            for used in uses.values_mut() {
                used.checkpoint.clone_from(&words);
            }
            Ok(known.1.clone())
        })
        .await?
    }
}

impl Registered {
    /// When the entry last changed: its version's issue, or what last left under it.
    pub(crate) fn changed(&self) -> DateTime<Utc> {
        let issued = self.entry.issued.and_time(chrono::NaiveTime::MIN).and_utc();
        self.used
            .files
            .iter()
            .map(|file| file.released_at)
            .chain(self.used.files.iter().filter_map(|file| {
                let day = file.withdrawn?;
                Some(day.and_time(chrono::NaiveTime::MIN).and_utc())
            }))
            .chain([issued])
            .max()
            .unwrap_or(issued)
    }

    /// The address of the entry: the agreement's for the version that speaks for it, its own for an older one.
    pub(crate) fn href(&self) -> String {
        if self.replaced {
            format!(
                "/register/{}/versions/{}",
                self.entry.reference, self.entry.version
            )
        } else {
            format!("/register/{}", self.entry.reference)
        }
    }
}

/// Whether the public is told of an agreement in this state: once all have signed.
const fn is_public(state: State) -> bool {
    !matches!(state, State::Draft | State::Submitted | State::Approved)
}

fn count(counts: &mut BTreeMap<String, Used>, body: &govern::EntryBody) {
    let Some(agreement) = &body.agreement else {
        return;
    };
    let used = counts.entry(agreement.clone()).or_default();
    match body.kind {
        Kind::Answered => {
            used.questions += 1;
            used.rows += body.rows.unwrap_or_default();
        }
        Kind::DecisionRefused => used.refused += 1,
        _ => {}
    }
}

fn files_of(releases: &[ReleaseRecord], reference: &str) -> Vec<ReleasedFile> {
    releases
        .iter()
        .filter(|r| r.agreement == reference && r.state == ReleaseState::Released)
        .map(|r| file_of(r, None))
        .collect()
}

/// What had left and was withdrawn: the public is told that it was, and why.
fn taken_back(
    releases: &[ReleaseRecord],
    withdrawals: &[Withdrawal],
    reference: &str,
) -> Vec<ReleasedFile> {
    let of_it = releases.iter().filter(|r| r.agreement == reference);
    of_it
        .filter_map(|r| {
            let back = withdrawals
                .iter()
                .find(|w| w.had_left && w.release == r.id)?;
            Some(file_of(r, Some(back)))
        })
        .collect()
}

fn file_of(release: &ReleaseRecord, back: Option<&Withdrawal>) -> ReleasedFile {
    ReleasedFile {
        id: release.id.clone(),
        title: release.title.clone(),
        purpose: release.purpose.clone(),
        rule_set: release.rule_set.clone(),
        released_at: release.created_at,
        withdrawn: back.map(|w| govern::agreement::day_of(w.at)),
        withdrawn_because: back.map(|w| w.reason.clone()),
    }
}
