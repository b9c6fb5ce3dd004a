//! Changes to what we collect, and the newsletter about them: pages for everybody and an Atom feed, made from
//! `content/changes.toml`, `content/changes/` and `content/news/`.

mod feed;
mod written;

pub(super) use feed::atom;
pub(super) use written::Changes;

use super::{Answer, fault::Fault, visit::Visit};
use axum::{extract::Request, response::Response};
use model::Date;
use pages::{ChangeRow, ChangeState, ChangeView, ChangesView, Link, NewsView};
use written::{Change, Kind, NewsItem, Outcome};

pub(super) fn page(visit: &Visit) -> Response {
    let changes = &visit.site.changes;
    let today = visit.today();
    let view = ChangesView {
        changes: changes
            .all
            .iter()
            .map(|c| ChangeRow {
                id: c.id.clone(),
                href: format!("/changes/{}", c.id),
                title: c.title.clone(),
                spec: visit.site.title_of(&c.dataset),
                kind: c.kind.words().to_owned(),
                state: state_of(c, today),
                starts: starts_in_words(changes, c, today),
            })
            .collect(),
        news: changes
            .news
            .iter()
            .map(|n| (Link::new(n.title.clone(), format!("/news/{}", n.id)), n.day))
            .collect(),
        notice: [Kind::Minor, Kind::Major]
            .map(|kind| {
                format!(
                    "A {} change ({}) comes {} months after the decision at the earliest.",
                    kind.words(),
                    kind.means(),
                    changes.months(kind)
                )
            })
            .to_vec(),
    };
    Visit::page(&pages::changes(&visit.frame(), &view))
}

pub(super) async fn change(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let changes = &visit.site.changes;
    let found = changes
        .all
        .iter()
        .find(|c| c.id == id)
        .ok_or(Fault::NotFound)?;
    let entry = visit.site.library.of(&found.dataset);
    let spec_href = entry.map_or_else(|| "/specs".to_owned(), super::library::Entry::href);
    let view = ChangeView {
        id: found.id.clone(),
        title: found.title.clone(),
        state: state_of(found, visit.today()),
        kind: format!("{}: {}", found.kind.words(), found.kind.means()),
        proposed: (found.proposed, found.proposed_by.clone()),
        proposal: found.proposal.clone(),
        reason: found.reason.clone(),
        fields: found
            .fields
            .iter()
            .map(|column| {
                let name = entry
                    .and_then(|e| e.specification.dataset().field(column))
                    .map_or(column.as_str(), |f| f.name.as_str());
                Link::new(name, format!("{spec_href}/fields/{column}"))
            })
            .collect(),
        rules: found
            .rules
            .iter()
            .map(|code| Link::new(code.clone(), format!("/rules/{code}")))
            .collect(),
        decision: found
            .decision
            .as_ref()
            .map(|d| (d.day, d.outcome.words().to_owned(), d.why.clone())),
        earliest: earliest(changes, found).map(|day| {
            let months = changes.months(found.kind);
            (day, format!("{months} months after the decision"))
        }),
        starts: found.starts,
        news: changes
            .news
            .iter()
            .filter(|n| n.changes.contains(&found.id))
            .map(|n| Link::new(n.title.clone(), format!("/news/{}", n.id)))
            .collect(),
        spec: Link::new(visit.site.title_of(&found.dataset), spec_href),
    };
    Ok(Visit::page(&pages::change(&visit.frame(), &view)))
}

pub(super) async fn news(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let changes = &visit.site.changes;
    let at = changes
        .news
        .iter()
        .position(|n| n.id == id)
        .ok_or(Fault::NotFound)?;
    let found = changes.news.get(at).ok_or(Fault::NotFound)?;
    let other = |at: Option<usize>| -> Option<&NewsItem> { changes.news.get(at?) };
    // The newest is the first.
    let others = [other(at.checked_sub(1)), other(Some(at + 1))];
    let view = NewsView {
        title: found.title.clone(),
        day: found.day,
        says: found.says.clone(),
        changes: found
            .changes
            .iter()
            .filter_map(|id| changes.all.iter().find(|c| c.id == *id))
            .map(|c| Link::new(c.title.clone(), format!("/changes/{}", c.id)))
            .collect(),
        others: others
            .into_iter()
            .flatten()
            .map(|n| {
                let day = pages::format::date(n.day);
                Link::new(format!("{day}: {}", n.title), format!("/news/{}", n.id))
            })
            .collect(),
    };
    Ok(Visit::page(&pages::news(&visit.frame(), &view)))
}

/// Where a change stands on a day.
fn state_of(change: &Change, today: Date) -> ChangeState {
    match (&change.decision, change.starts) {
        (None, _) => ChangeState::Proposed,
        (Some(d), _) if d.outcome == Outcome::Declined => ChangeState::Declined,
        (Some(_), Some(starts)) if starts <= today => ChangeState::InForce,
        (Some(_), _) => ChangeState::Notice,
    }
}

/// The first day on which an accepted change may come.
fn earliest(changes: &Changes, change: &Change) -> Option<Date> {
    let decision = change.decision.as_ref()?;
    (decision.outcome == Outcome::Accepted)
        .then(|| changes.earliest(change.kind, decision.day))
        .flatten()
}

fn starts_in_words(changes: &Changes, change: &Change, today: Date) -> String {
    match (
        state_of(change, today),
        change.starts,
        earliest(changes, change),
    ) {
        (ChangeState::Declined, _, _) => "not coming".to_owned(),
        (_, Some(starts), _) => pages::format::date(starts),
        (_, None, Some(day)) => format!("not before {}", pages::format::date(day)),
        _ => "not decided".to_owned(),
    }
}
