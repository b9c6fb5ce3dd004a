//! All decisions, newest first, each with a way back for whoever made it; and those that stand as labels.

use super::{Answer, shown_decision, standing};
use crate::routes::visit::Visit;
use control::PairDecision;
use pages::{DecisionRow, DecisionsView, Link, Paging};

const PER_PAGE: u64 = 50;

pub(in crate::routes) async fn page(visit: &Visit) -> Answer {
    let control = &visit.site.workspace.control;
    let page = visit.page_number();
    let skip = (page - 1).saturating_mul(PER_PAGE);
    let decisions = control.pair_decisions(skip, PER_PAGE).await?;
    let all = control.count_pair_decisions().await?;
    let standing = standing(visit).await?;
    let reader = &visit.session()?.username;
    let rows = decisions.into_iter().map(|decision| {
        let of_pair = standing.get(&decision.pair);
        let other = of_pair.and_then(|s| s.decisions.iter().find(|d| d.by != decision.by));
        // A change of mind replaces what the same person said before.
        let replaced = of_pair
            .and_then(|s| s.of(&decision.by))
            .is_some_and(|stands| stands.number != decision.number);
        DecisionRow {
            number: decision.number,
            href: format!("/review/{}", decision.pair),
            decision: shown_decision(decision.decision),
            may_undo: decision.by == *reader && decision.undone.is_none(),
            by: decision.by,
            at: decision.at,
            note: decision.note,
            other: other.map(|d| shown_decision(d.decision)),
            undone: decision.undone.is_some(),
            replaced,
        }
    });
    let notice = visit
        .query("undone")
        .and_then(|number| number.parse::<u64>().ok())
        .map(|number| {
            let number = pages::format::count(number);
            format!("Your decision {number} was taken back and no longer counts.")
        });
    let mut downloads = Vec::new();
    if all > 0 {
        let href = "/review/decisions.csv";
        downloads.push(Link::new("Decisions that count, as labels in CSV", href));
    }
    let view = DecisionsView {
        csrf: visit.csrf(),
        notice,
        rows: rows.collect(),
        paging: Some(Paging {
            page,
            pages: all.div_ceil(PER_PAGE).max(1),
            href: "/review/decisions?page=".to_owned(),
        }),
        downloads,
    };
    Ok(Visit::page(&pages::decisions(&visit.frame(), &view)))
}

/// The decisions that stand, in the form in which `haven link estimate --labels` reads them. The ids are tokens.
pub(in crate::routes) async fn labels(visit: &Visit) -> Answer {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(["left_id", "right_id", "decision", "reviewer", "model_shown"])?;
    for standing in standing(visit).await?.values() {
        for decision in &standing.decisions {
            let word = match decision.decision {
                PairDecision::SamePerson => "same",
                PairDecision::Different => "different",
                PairDecision::NotSure => "unsure",
            };
            let shown = if decision.blind { "no" } else { "yes" };
            file.write_record([&decision.left, &decision.right, word, &decision.by, shown])?;
        }
    }
    let body = file.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?;
    let kind = "text/csv; charset=utf-8";
    Ok(Visit::file(kind, "review-labels.csv", body))
}
