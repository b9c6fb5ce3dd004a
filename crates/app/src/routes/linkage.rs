//! Linkage runs (`/linkage`) and the report of each (`/linkage/{run}`), as a page, as one file that works offline, and
//! as figures. Nothing here points at a person: figures, levels, and values that many records hold.

use super::{
    Answer,
    fault::Fault,
    review::{Pairs, waiting_for},
    visit::Visit,
};
use crate::desks::{LinkReport, bands};
use axum::extract::Request;
use control::{PairDecision, Standing};
use laptop::Defaults;
use pages::{
    Link, LinkagePass, LinkageReportView, LinkageRunRow, LinkageRunsView, ReviewerKappa, SampleBand,
};
use std::collections::BTreeMap;

pub(super) async fn page(visit: &Visit) -> Answer {
    let run = last_run(visit).await?;
    let count = |view: &LinkageReportView, only: Option<&str>| -> u64 {
        let outcomes = view.outcomes.iter();
        outcomes
            .filter(|(name, _)| only.is_none_or(|only| name == only))
            .fold(0, |sum, (_, count)| sum.saturating_add(*count))
    };
    let view = LinkageRunsView {
        runs: run
            .iter()
            .map(|(reference, view)| LinkageRunRow {
                reference: reference.clone(),
                href: format!("/linkage/{reference}"),
                made_at: view.made_at.unwrap_or(visit.now),
                model: view.model.clone(),
                pairs: count(view, None),
                links: count(view, Some("link")),
            })
            .collect(),
        passes: passes(visit).await?,
        waiting: waiting_for(visit).await?,
        links: vec![
            Link::new("Pairs to review", "/review"),
            Link::new("A sample that measures the model", "/review?mode=sample"),
            Link::new("Decisions on pairs", "/review/decisions"),
        ],
    };
    Ok(Visit::page(&pages::linkage_runs(&visit.frame(), &view)))
}

pub(super) async fn report(visit: &Visit, mut request: Request) -> Answer {
    let asked = visit.part(&mut request, "run").await?;
    let (reference, ending) = visit.without_ending(&asked);
    let mut view = find(visit, reference).await?;
    match ending {
        "" => {
            let href = format!("/linkage/{reference}");
            view.downloads = vec![
                Link::new(
                    "This report as one file that works offline",
                    format!("{href}.html"),
                ),
                Link::new("All figures as JSON", format!("{href}.json")),
            ];
            for (name, _) in pages::linkage_report_tables(&view) {
                view.downloads
                    .push(Link::new(&name, format!("{href}/{name}")));
            }
            Ok(Visit::page(&pages::linkage_report(&visit.frame(), &view)))
        }
        ".html" => {
            let kind = "text/html; charset=utf-8";
            let body = pages::linkage_report_file(&view).into_string();
            Ok(Visit::file(kind, &format!("linkage-{asked}"), body))
        }
        ".json" => {
            let body = pages::linkage_report_json(&view);
            Ok(Visit::file(
                "application/json",
                &format!("linkage-{asked}"),
                body,
            ))
        }
        _ => Err(Fault::NotFound),
    }
}

/// One table of a report.
pub(super) async fn table(visit: &Visit, mut request: Request) -> Answer {
    let reference = visit.part(&mut request, "run").await?;
    let name = visit.part(&mut request, "table").await?;
    let view = find(visit, &reference).await?;
    let mut tables = pages::linkage_report_tables(&view).into_iter();
    let (name, text) = tables.find(|(n, _)| *n == name).ok_or(Fault::NotFound)?;
    // The mark by which spreadsheets know UTF-8.
    let body = format!("\u{feff}{text}");
    Ok(Visit::file("text/csv; charset=utf-8", &name, body))
}

/// The last run with the reference by which addresses call it, made of its moment.
async fn last_run(visit: &Visit) -> Result<Option<(String, LinkageReportView)>, Fault> {
    let view = visit.site.workspace.identified()?.linkage_figures().await?;
    Ok(view.map(|view| {
        let made_at = view.made_at.unwrap_or_default();
        (made_at.format("%Y%m%d-%H%M%S").to_string(), view)
    }))
}

/// The figures of a run, with what people have judged since.
async fn find(visit: &Visit, asked: &str) -> Result<LinkageReportView, Fault> {
    let run = last_run(visit).await?;
    let (reference, mut view) = run
        .filter(|(reference, _)| reference == asked)
        .ok_or(Fault::NotFound)?;
    let standing = visit
        .site
        .workspace
        .control
        .all_standing_decisions()
        .await?;
    let pairs = Pairs::now(&visit.site).await?;
    view.sample = sample(&pairs, &standing);
    view.kappas = kappas(&standing);
    view.reference = reference;
    Ok(view)
}

/// Who found what, in the tables of today.
async fn passes(visit: &Visit) -> Result<Vec<LinkagePass>, Fault> {
    let desk = visit.site.workspace.identified()?;
    if desk.store.table(link::LINKS).await?.is_none() {
        return Ok(Vec::new());
    }
    let content = &visit.site.workspace.content;
    let model = link::LinkageModel::read(content, &Defaults::read(content)?.linkage)?;
    let LinkReport { passes } = desk.link_report(&model).await?;
    let passes = passes.into_iter().map(|pass| LinkagePass {
        source: visit.site.title_of(&pass.source.replace('_', "-")),
        pass: in_words(&pass.pass),
        records: pass.records,
        people: pass.people,
    });
    Ok(passes.collect())
}

fn in_words(pass: &str) -> String {
    let words = pass.replace('_', " ").replace("nhs ", "NHS ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The sample by band of match weight, with what people said. Where two differ the pair is unsure.
fn sample(pairs: &Pairs, standing: &BTreeMap<String, Standing>) -> Vec<SampleBand> {
    let mut found: BTreeMap<(usize, bool), SampleBand> = BTreeMap::new();
    let edges = bands();
    for sampled in pairs.sample() {
        let (from, to) = edges.get(sampled.band).copied().unwrap_or_default();
        let band = found
            .entry((sampled.band, sampled.linked))
            .or_insert_with(|| SampleBand {
                from,
                to,
                linked: sampled.linked,
                pairs: sampled.of,
                ..SampleBand::default()
            });
        let Some(standing) = standing.get(&sampled.candidate.pair) else {
            continue;
        };
        band.judged += 1;
        match standing.settled() {
            Some(PairDecision::SamePerson) => band.same += 1,
            Some(_) => {}
            None => band.unsure += 1,
        }
    }
    if found.values().all(|band| band.judged == 0) {
        return Vec::new();
    }
    found.into_values().collect()
}

/// How far every two people agree who judged pairs in common.
fn kappas(standing: &BTreeMap<String, Standing>) -> Vec<ReviewerKappa> {
    let mut tables: BTreeMap<(&str, &str), [[u64; 3]; 3]> = BTreeMap::new();
    let place = |decision: PairDecision| match decision {
        PairDecision::SamePerson => 0_usize,
        PairDecision::Different => 1,
        PairDecision::NotSure => 2,
    };
    for standing in standing.values() {
        let mut decisions: Vec<_> = standing.decisions.iter().collect();
        decisions.sort_by(|a, b| a.by.cmp(&b.by));
        for (at, one) in decisions.iter().enumerate() {
            for other in decisions.iter().skip(at + 1) {
                let table = tables.entry((&one.by, &other.by)).or_default();
                let row = table.get_mut(place(one.decision));
                if let Some(cell) = row.and_then(|row| row.get_mut(place(other.decision))) {
                    *cell += 1;
                }
            }
        }
    }
    let kappas = tables.into_iter().map(|((one, other), table)| {
        let kappa = link::evaluate::kappa(one, other, &table);
        ReviewerKappa {
            one: kappa.one,
            other: kappa.other,
            pairs: kappa.pairs,
            agreed: kappa.agreed,
            kappa: kappa.kappa,
            interval: kappa.low.zip(kappa.high),
        }
    });
    kappas.collect()
}
