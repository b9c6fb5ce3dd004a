//! Clerical review: the pairs on which an answer changes most (`/review`), one of them side by side (`/review/{pair}`),
//! deciding and taking back, and all decisions with the labels that they are (`/review/decisions`).
//!
//! INVARIANT: values of people are on the page of a pair and nowhere else: not in titles, addresses or logs. Each look
//! at a pair is in the audit log before the page is made.

mod decisions;
mod note;
mod queue;
mod shown;

pub(super) use decisions::{labels, page as decisions};

use super::{Answer, ask::person, fault::Fault, site::Site, visit::Visit};
use crate::desks::{Candidate, Pair, PairVersions, Sampled};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use control::{NewLinkDecision, PairDecision, Standing, Undone};
use govern::{Digest, EntryBody, Kind, ObjectKind, Outcome, agreement::clauses::Identifiability};
use model::Date;
use pages::{
    FieldError, Link, Paging, PairReviewView, PreviousDecision, QueueRow, ReviewAgreement,
    ReviewQueueView,
};
use queue::{Waiting, waiting, why};
use shown::Learned;
use std::{collections::BTreeMap, sync::Arc};

/// Rows of a page of the queue.
const PER_PAGE: usize = 50;

/// How a pair is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Because an answer is worth it; what the model makes of it is shown.
    Worth,
    /// Because it measures the model, which is therefore not shown.
    Sample,
}

impl Mode {
    fn of(word: Option<&str>) -> Self {
        if word == Some("sample") {
            Self::Sample
        } else {
            Self::Worth
        }
    }

    /// What is added to an address.
    const fn query(self) -> &'static str {
        match self {
            Self::Worth => "",
            Self::Sample => "?mode=sample",
        }
    }
}

/// The pairs of today's tables, which are the same for everybody: figures and tokens.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    at: Option<PairVersions>,
    worth: Vec<Candidate>,
    sample: Vec<Sampled>,
    /// People in the index.
    people: u64,
}

impl Pairs {
    /// As they stand; read again only when the tables have changed.
    pub(super) async fn now(site: &Site) -> Result<Arc<Self>, Fault> {
        let desk = site.workspace.identified()?;
        let at = desk.pairs_at().await?;
        let held = || site.pairs.lock().ok().map(|pairs| Arc::clone(&pairs));
        if let Some(held) = held().filter(|held| held.at == at) {
            return Ok(held);
        }
        // One reads and the others wait for what it finds.
        let _turn = site.asking.acquire().await?;
        if let Some(held) = held().filter(|held| held.at == at) {
            return Ok(held);
        }
        let mut pairs = Self {
            at,
            ..Self::default()
        };
        if at.is_some() {
            let settings = &site.workspace.config.review;
            pairs.worth = desk.worth_asking(settings.least_percent).await?;
            pairs.sample = desk.sample_of_pairs(settings.sample_per_band).await?;
            pairs.people = desk.people_of_the_index().await?;
        }
        let pairs = Arc::new(pairs);
        if let Ok(mut slot) = site.pairs.lock() {
            *slot = Arc::clone(&pairs);
        }
        Ok(pairs)
    }

    /// The pairs of the sample.
    pub(super) fn sample(&self) -> &[Sampled] {
        &self.sample
    }

    /// Those that wait for a reader.
    fn waiting(
        &self,
        visit: &Visit,
        standing: &BTreeMap<String, Standing>,
        mode: Mode,
    ) -> Result<Vec<Waiting<'_>>, Fault> {
        let percent = visit.site.workspace.config.review.second_percent;
        let reader = &visit.session()?.username;
        Ok(match mode {
            Mode::Worth => waiting(&self.worth, standing, reader, percent),
            Mode::Sample => {
                let candidates = self.sample.iter().map(|s| &s.candidate);
                waiting(candidates, standing, reader, percent)
            }
        })
    }
}

/// How many pairs wait for the reader.
pub(super) async fn waiting_for(visit: &Visit) -> Result<u64, Fault> {
    let pairs = Pairs::now(&visit.site).await?;
    let standing = standing(visit).await?;
    Ok(pairs.waiting(visit, &standing, Mode::Worth)?.len() as u64)
}

async fn standing(visit: &Visit) -> Result<BTreeMap<String, Standing>, Fault> {
    Ok(visit
        .site
        .workspace
        .control
        .all_standing_decisions()
        .await?)
}

pub(super) async fn page(visit: &Visit) -> Answer {
    let mode = Mode::of(visit.query("mode"));
    let pairs = Pairs::now(&visit.site).await?;
    let standing = standing(visit).await?;
    let waiting = pairs.waiting(visit, &standing, mode)?;
    let page = visit.page_number();
    let skip = usize::try_from(page - 1)
        .unwrap_or(0)
        .saturating_mul(PER_PAGE);
    let rows = waiting.iter().enumerate().skip(skip).take(PER_PAGE);
    let links = match mode {
        Mode::Worth => vec![
            Link::new("All decisions", "/review/decisions"),
            Link::new("A sample that measures the model", "/review?mode=sample"),
        ],
        Mode::Sample => vec![
            Link::new("All decisions", "/review/decisions"),
            Link::new("The pairs on which an answer changes most", "/review"),
        ],
    };
    let view = ReviewQueueView {
        start_href: waiting.first().map(|first| href(first, mode)),
        left: waiting.len() as u64,
        left_for_second: waiting.iter().filter(|w| w.second).count() as u64,
        decided: standing.len() as u64,
        sample: mode == Mode::Sample,
        how: "An answer is worth the records that it is expected to put right: a link is wrong with the probability that the two are not one person, and a pair that is not linked with the probability that they are.".to_owned(),
        rows: rows
            .map(|(at, waits)| QueueRow {
                number: at as u64 + 1,
                href: href(waits, mode),
                bits: waits.candidate.bits,
                probability: waits.candidate.probability,
                value: waits.candidate.worth,
                why: why(waits.candidate).to_owned(),
                second: waits.second,
            })
            .collect(),
        paging: (mode == Mode::Worth).then(|| Paging {
            page,
            pages: waiting.len().div_ceil(PER_PAGE).max(1) as u64,
            href: "/review?page=".to_owned(),
        }),
        agreement: agreement(visit).await?,
        links,
    };
    Ok(Visit::page(&pages::review_queue(&visit.frame(), &view)))
}

fn href(waits: &Waiting<'_>, mode: Mode) -> String {
    format!("/review/{}{}", waits.candidate.pair, mode.query())
}

/// How far two people agree on the pairs that both judged.
async fn agreement(visit: &Visit) -> Result<Option<ReviewAgreement>, Fault> {
    let twice = visit.site.workspace.control.pairs_judged_twice().await?;
    if twice.is_empty() {
        return Ok(None);
    }
    let mut counts = [[0_u64; 3]; 3];
    let place = |decision: PairDecision| match decision {
        PairDecision::SamePerson => 0_usize,
        PairDecision::Different => 1,
        PairDecision::NotSure => 2,
    };
    for pair in &twice {
        let row = counts.get_mut(place(pair.first.decision));
        if let Some(cell) = row.and_then(|row| row.get_mut(place(pair.second.decision))) {
            *cell += 1;
        }
    }
    let kappa = link::evaluate::kappa("first", "second", &counts);
    Ok(Some(ReviewAgreement {
        counts,
        kappa: kappa.kappa,
        interval: kappa.low.zip(kappa.high),
    }))
}

pub(super) async fn pair(visit: &Visit, mut request: Request) -> Answer {
    let token = visit.part(&mut request, "pair").await?;
    let mode = Mode::of(visit.query("mode"));
    let pair = find(visit, &token).await?;
    let by = &visit.session()?.username;
    let control = &visit.site.workspace.control;
    let mine = control.standing_decisions(&pair.token).await?;
    let mine = mine.of(by);
    let view = PairReviewView {
        chosen: mine.map(|d| shown_decision(d.decision)),
        note: mine.map(|d| d.note.clone()).unwrap_or_default(),
        ..PairReviewView::default()
    };
    show(visit, StatusCode::OK, &pair, mode, view).await
}

pub(super) async fn post(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let mode = Mode::of(fields.get("mode").map(String::as_str));
    let pair = find(visit, field("pair")).await?;
    let decision = PairDecision::from_word(field("decision"));
    let note = note::fit(field("note"), &pair);
    let (decision, note) = match (decision, note) {
        (Some(decision), Ok(note)) => (decision, note),
        (decision, note) => {
            let mut errors = Vec::new();
            if decision.is_none() {
                let text = "Choose same person, different people or not sure.";
                errors.push(FieldError::new("decision", text));
            }
            if let Err(text) = note {
                errors.push(FieldError::new("note", text));
            }
            let view = PairReviewView {
                chosen: decision.map(shown_decision),
                note: field("note").to_owned(),
                errors,
                ..PairReviewView::default()
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return show(visit, status, &pair, mode, view).await;
        }
    };
    let new = NewLinkDecision {
        pair: pair.token.clone(),
        left: pair.left_token.clone(),
        right: pair.right_token.clone(),
        decision,
        blind: mode == Mode::Sample,
        note,
        by: visit.session()?.username.clone(),
        at: visit.now,
    };
    let control = &visit.site.workspace.control;
    // The entry comes first: a decision that is not in the log does not count.
    keep(
        visit,
        Kind::PairDecided,
        &pair.token,
        Some(decision.as_str()),
    )
    .await?;
    control.decide_pair(&new).await?;
    let pairs = Pairs::now(&visit.site).await?;
    let standing = standing(visit).await?;
    let waiting = pairs.waiting(visit, &standing, mode)?;
    let next = waiting.first().map_or_else(
        || format!("/review{}", mode.query()),
        |next| href(next, mode),
    );
    Ok(Redirect::to(&next).into_response())
}

pub(super) async fn undo(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let number = fields.get("number").and_then(|n| n.parse::<u64>().ok());
    let control = &visit.site.workspace.control;
    let by = &visit.session()?.username;
    let found = control
        .pair_decision(number.ok_or(Fault::NotFound)?)
        .await?
        .filter(|decision| decision.by == *by)
        .ok_or(Fault::NotFound)?;
    if found.undone.is_none() {
        keep(visit, Kind::PairDecided, &found.pair, Some("taken back")).await?;
    }
    let undone = control
        .undo_pair_decision(found.number, by, visit.now)
        .await?;
    if undone == Undone::NotTheirs {
        return Err(Fault::NotFound);
    }
    // Back to where it can be decided anew, unless it was taken back from the list.
    let mode = Mode::of(fields.get("mode").map(String::as_str));
    let from_list = fields.get("back").is_some_and(|back| back == "decisions");
    let next = if from_list {
        format!("/review/decisions?undone={}", found.number)
    } else {
        format!("/review/{}{}", found.pair, mode.query())
    };
    Ok(Redirect::to(&next).into_response())
}

/// The pair of a token. A token of another form is nobody's, and is not asked for.
async fn find(visit: &Visit, token: &str) -> Result<Pair, Fault> {
    let shaped = (1..=100).contains(&token.len())
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !shaped {
        return Err(Fault::NotFound);
    }
    // Names and numbers are read, so that the session reads nothing under pseudonyms any more.
    let workspace = &visit.site.workspace;
    person(visit)?
        .opens_class(workspace, Identifiability::PersonalConfidential)
        .await?;
    let desk = workspace.identified()?;
    desk.pair(token).await?.ok_or(Fault::NotFound)
}

/// Keeps an entry about a pair; the pair itself is there as a digest of its token.
async fn keep(visit: &Visit, kind: Kind, pair: &str, reason: Option<&str>) -> Result<(), Fault> {
    let actor = &visit.session()?.username;
    let mut entry = EntryBody::new(visit.now, kind, actor, Outcome::Done);
    entry.object_kind = Some(ObjectKind::Pair);
    entry.object_digest = Some(Digest::of(pair));
    entry.rows = Some(1);
    entry.reason = reason.map(|reason| format!("clerical review: {reason}"));
    visit.keep(entry).await
}

/// The page of a pair, once the look at it is in the log.
async fn show(
    visit: &Visit,
    status: StatusCode,
    pair: &Pair,
    mode: Mode,
    view: PairReviewView,
) -> Answer {
    keep(visit, Kind::PageServed, &pair.token, Some("looked at")).await?;
    let session = visit.session()?;
    let control = &visit.site.workspace.control;
    let pairs = Pairs::now(&visit.site).await?;
    let standing = standing(visit).await?;
    let waiting = pairs.waiting(visit, &standing, mode)?;
    let others = standing.get(&pair.token);
    let second = others.is_some_and(|s| s.decisions.iter().any(|d| d.by != session.username));
    let today = beginning(visit.today());
    let done = control
        .pairs_decided_since(&session.username, today)
        .await?;
    let previous = control.last_pair_decision(&session.username).await?;
    let learned = Learned::of(&visit.site.workspace.content, &pair.model)?;
    let waits = waiting.iter().any(|w| w.candidate.pair == pair.token);
    let view = PairReviewView {
        csrf: visit.csrf(),
        pair: pair.token.clone(),
        number: done + 1,
        left_over: waiting.len() as u64 + u64::from(!waits),
        done_today: done,
        left_name: "As it was sent".to_owned(),
        right_name: "In the index".to_owned(),
        fields: shown::fields(pair, learned.as_ref()),
        waterfall: learned
            .as_ref()
            .filter(|_| mode == Mode::Worth)
            .map(|learned| shown::bars(pair, learned, pairs.people)),
        sample: mode == Mode::Sample,
        why_now: match mode {
            Mode::Worth => why_now(pair),
            Mode::Sample => String::new(),
        },
        second_review: second,
        previous: previous
            .filter(|p| p.at >= today && p.pair != pair.token)
            .map(|p| PreviousDecision {
                number: p.number,
                decision: shown_decision(p.decision),
            }),
        ..view
    };
    Ok(Visit::page_with(
        status,
        &pages::pair_review(&visit.frame(), &view),
    ))
}

fn why_now(pair: &Pair) -> String {
    let answers = match pair.records {
        1 => "The answer is about 1 record.".to_owned(),
        more => format!("One answer settles {} records.", pages::format::count(more)),
    };
    let now = if pair.linked > 0 {
        "They are linked now."
    } else if pair.elsewhere > 0 {
        "Another person is linked now."
    } else {
        "They are not linked now."
    };
    format!("{answers} {now}")
}

/// The first moment of a day in London.
fn beginning(day: Date) -> chrono::DateTime<chrono::Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let zone = chrono_tz::Europe::London;
    midnight.and_local_timezone(zone).earliest().map_or_else(
        || midnight.and_utc(),
        |moment| moment.with_timezone(&chrono::Utc),
    )
}

const fn shown_decision(decision: PairDecision) -> pages::PairDecision {
    match decision {
        PairDecision::SamePerson => pages::PairDecision::SamePerson,
        PairDecision::Different => pages::PairDecision::Different,
        PairDecision::NotSure => pages::PairDecision::NotSure,
    }
}
