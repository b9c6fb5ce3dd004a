//! The board (`/runs`) and one run (`/runs/{id}`).
//!
//! Landing is about one submission. The steps after it work on everything that is there, so a submission
//! has come as far as the first run that began after it landed.

use super::{Answer, fault::Fault, visit::Visit};
use axum::extract::Request;
use control::{Run, RunState, StepState as Step, SubmissionRecord, SubmissionState};
use pages::{BoardCell, BoardRow, Paging, RunInput, RunStep, RunView, RunsView, StepState};
use std::collections::BTreeMap;

type Moment = chrono::DateTime<chrono::Utc>;

/// The kinds of run after landing, in order, with what the board calls them.
const AFTER_LANDING: [(&str, &str); 3] = [
    ("link", "Link"),
    ("pseudonymise", "Pseudonymise"),
    ("derive", "Derive"),
];
const PER_PAGE: usize = 50;
/// How far back runs are looked at.
const RUNS: u32 = 300;
const REFRESH_IN_SECONDS: u32 = 30;

pub(super) async fn page(visit: &Visit) -> Answer {
    let control = &visit.site.workspace.control;
    let records = control.all_submissions().await?;
    let runs = control.recent_runs(RUNS).await?;
    let page = visit.page_number();
    let skip = usize::try_from(page - 1)
        .unwrap_or(0)
        .saturating_mul(PER_PAGE);
    let view = RunsView {
        steps: std::iter::once("Land and check")
            .chain(AFTER_LANDING.map(|(_, words)| words))
            .map(str::to_owned)
            .collect(),
        rows: records
            .iter()
            .skip(skip)
            .take(PER_PAGE)
            .map(|r| BoardRow {
                name: format!("{}, {}", visit.site.title_of(&r.dataset), r.id),
                sender: visit.site.name_of(&r.sender),
                received_at: r.received_at,
                cells: cells(r, &runs),
            })
            .collect(),
        paging: Some(Paging {
            page,
            pages: u64::try_from(records.len().div_ceil(PER_PAGE)).unwrap_or(1),
            href: "/runs?page=".to_owned(),
        }),
        refresh_in_seconds: Some(REFRESH_IN_SECONDS),
    };
    Ok(Visit::page(&pages::runs(&visit.frame(), &view)))
}

pub(super) async fn run(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let control = &visit.site.workspace.control;
    let run = control.run(&id).await?.ok_or(Fault::NotFound)?;
    let read: Vec<SubmissionRecord> = control
        .all_submissions()
        .await?
        .into_iter()
        .filter(|r| {
            r.state == SubmissionState::Landed
                && r.settled_at.is_some_and(|at| at <= run.started_at)
        })
        .collect();
    let why = reasons(visit)?;
    let unfinished = run.steps.iter().find(|s| s.state != Step::Done);
    let taken = |from: Moment, to: Option<Moment>| {
        u64::try_from((to.unwrap_or(visit.now) - from).num_milliseconds()).ok()
    };
    let view = RunView {
        name: AFTER_LANDING
            .iter()
            .find(|(kind, _)| *kind == run.kind)
            .map_or(run.kind.as_str(), |(_, words)| words)
            .to_owned(),
        sender: "All organisations".to_owned(),
        state: state_of_run(&run),
        started_at: Some(run.started_at),
        milliseconds: taken(run.started_at, run.ended_at),
        code_version: format!("haven {}", run.code_version),
        content_versions: Vec::new(),
        inputs: read
            .iter()
            .map(|r| RunInput {
                name: format!(
                    "{} from {}",
                    visit.site.title_of(&r.dataset),
                    visit.site.name_of(&r.sender)
                ),
                version: r.table_version,
                sha256: r.sha256.clone(),
                rows: r.rows_landed,
            })
            .collect(),
        steps: run
            .steps
            .iter()
            .map(|s| RunStep {
                name: s.name.clone(),
                why: why.get(&s.name).cloned().unwrap_or_default(),
                state: state_of_step(s.state),
                rows_in: s.rows_in,
                rows_out: s.rows_out,
                rows_set_aside: s.rows_set_aside,
                milliseconds: s.started_at.and_then(|from| taken(from, s.ended_at)),
            })
            .collect(),
        reasons: Vec::new(),
        resumes_at: unfinished.map(|s| s.name.clone()),
        problem: run.steps.iter().find(|s| s.state == Step::Failed).map(|s| {
            format!(
                "{}: {}. Put it right and run the step again.",
                s.name,
                s.message.as_deref().unwrap_or("it failed")
            )
        }),
        id: run.id,
    };
    Ok(Visit::page(&pages::run(&visit.frame(), &view)))
}

fn cells(record: &SubmissionRecord, runs: &[Run]) -> Vec<BoardCell> {
    let landing = match record.state {
        SubmissionState::Received => StepState::Running,
        SubmissionState::Landed | SubmissionState::Withdrawn | SubmissionState::Replaced => {
            StepState::Done
        }
        SubmissionState::Checked => StepState::Waiting,
        SubmissionState::Rejected | SubmissionState::Expired => StepState::NeedsYou,
    };
    let mut cells = vec![BoardCell {
        state: landing,
        href: Some(format!("/submissions/{}", record.id)),
    }];
    for (kind, _) in AFTER_LANDING {
        let since = record
            .settled_at
            .filter(|_| record.state == SubmissionState::Landed);
        let mut after = runs
            .iter()
            .filter(|r| r.kind == kind && since.is_some_and(|at| r.started_at >= at));
        // Runs come newest first: the newest that is done, or else the newest of all.
        let newest = after.clone().next();
        let done = after.find(|r| r.state == RunState::Done);
        let run = done.or(newest);
        cells.push(BoardCell {
            state: run.map_or(StepState::Waiting, state_of_run),
            href: run.map(|r| format!("/runs/{}", r.id)),
        });
    }
    cells
}

/// Why each step is there, by its name, from what the verbs would do with every dataset.
fn reasons(visit: &Visit) -> Result<BTreeMap<String, String>, Fault> {
    let content = &visit.site.workspace.content;
    let tables: Vec<&str> = visit
        .site
        .datasets
        .values()
        .map(|d| d.table.as_str())
        .collect();
    let mut why = BTreeMap::new();
    let linkage = laptop::Defaults::read(content)?.linkage;
    for step in link::steps(&link::LinkageModel::read(content, &linkage)?.for_tables(&tables)) {
        why.insert(step.name, step.why);
    }
    for step in pseudonymise::steps(&pseudonymise::Handover::read_all(content)?, &tables) {
        why.insert(step.name, step.why);
    }
    for step in analyse::steps(&analyse::Derivation::all(content)?)? {
        why.insert(step.name, step.why);
    }
    Ok(why)
}

fn state_of_run(run: &Run) -> StepState {
    match run.state {
        RunState::Running => StepState::Running,
        RunState::Done => StepState::Done,
        RunState::NeedsPerson => StepState::NeedsYou,
        RunState::Failed => StepState::Failed,
    }
}

const fn state_of_step(state: Step) -> StepState {
    match state {
        Step::Waiting => StepState::Waiting,
        Step::Running => StepState::Running,
        Step::Done => StepState::Done,
        Step::NeedsPerson => StepState::NeedsYou,
        Step::Failed => StepState::Failed,
    }
}
