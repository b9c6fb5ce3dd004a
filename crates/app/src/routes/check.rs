//! Check a file (`/check`): read into memory, checked, told, forgotten. Nothing is kept and nothing sent on.

use super::{
    Answer,
    fault::Fault,
    library::Library,
    sign_in::set_cookie,
    submissions::{delimiter_in_words, in_words},
    taking::{Gone, Source},
    upload::{Fields, FormFile, read_form},
    visit::Visit,
};
use crate::{
    desks::followed,
    workspace::{VERSION, Workspace},
};
use axum::{extract::Request, http::StatusCode};
use control::Role;
use land::{
    LandError,
    check::{CheckSettings, Gathering, Report, Shown, Specification, run},
    receive::{ReceiveSettings, open_seekable},
};
use model::{Dataset, Date};
use pages::{CauseRow, CheckOutcome, CheckView, FieldError, format};
use sha2::{Digest as _, Sha256};
use std::{io::Cursor, sync::Arc, time::Duration};
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

/// How long a visitor who is not signed in may wait for a turn, and how long their file may take to come.
const TURN_WITHIN: Duration = Duration::from_secs(20);
const SENT_WITHIN: Duration = Duration::from_mins(3);

pub(super) fn page(visit: &Visit) -> Answer {
    shown(visit, StatusCode::OK, &Fields::new(), None, Vec::new())
}

/// What became of the bytes of a file that is held in memory.
pub(super) enum Held {
    Whole(Vec<u8>),
    TooLarge,
    BrokenOff,
}

pub(super) async fn post(visit: &Visit, request: Request) -> Answer {
    let limit = visit.site.check_limit_in_bytes();
    let (_turn, within) = turn(visit).await?;
    let reading = read_form(visit, request, limit, async |_, file| {
        let name = file.file_name().unwrap_or_default().to_owned();
        Ok((name, hold(FormFile(file), limit).await))
    });
    let (fields, file) = match within {
        None => reading.await?,
        Some(within) => timeout(within, reading)
            .await
            .map_err(|_| Fault::TooOften)??,
    };
    let again = |field: &str, text: &str| {
        let errors = vec![FieldError::new(field, text)];
        shown(
            visit,
            StatusCode::UNPROCESSABLE_ENTITY,
            &fields,
            None,
            errors,
        )
    };
    let dataset = visit
        .site
        .chosen(fields.get("dataset"), fields.get("release"));
    let Some(dataset) = dataset.cloned() else {
        return again("dataset", "Choose the dataset that the file belongs to.");
    };
    let (name, bytes) = match file {
        Some((name, Held::Whole(bytes))) if !(name.is_empty() && bytes.is_empty()) => (name, bytes),
        Some((_, Held::TooLarge)) => {
            return Err(Fault::TooLarge {
                size_in_bytes: None,
                limit_in_bytes: limit,
            });
        }
        Some((_, Held::BrokenOff)) => {
            return again("file", "The file did not arrive whole. Choose it again.");
        }
        _ => return again("file", "Choose a file."),
    };
    let (workspace, today) = (Arc::clone(&visit.site.workspace), visit.today());
    // What needs the sender's account is not judged for a visitor.
    let sender = visit.organisation().ok().map(|o| o.as_str().to_owned());
    let checked = tokio::task::spawn_blocking(move || {
        report_on(&workspace, &dataset, sender, today, bytes, Shown::Cells)
    })
    .await?;
    match checked {
        Ok(found) => {
            let mut outcome = in_view(&visit.site.library, found);
            outcome.file = name;
            outcome.dataset = fields
                .get("dataset")
                .map(|d| visit.site.title_of(d))
                .unwrap_or_default();
            shown(visit, StatusCode::OK, &fields, Some(outcome), Vec::new())
        }
        Err(CheckFault::Land(land)) => again("file", &land.sentence()),
        Err(CheckFault::Other(fault)) => Err(Fault::Ours {
            fault,
            assurance: "Nothing of your file has been kept.",
        }),
    }
}

/// A turn to have a file in memory, had before the file is read, and how long the reading may take. Visitors who
/// are not signed in have a turn of their own, so that they keep nobody else waiting, and only so many a minute.
async fn turn(visit: &Visit) -> Result<(OwnedSemaphorePermit, Option<Duration>), Fault> {
    let site = &visit.site;
    if visit.session.is_some() {
        let turn = Arc::clone(&site.checking).acquire_owned().await?;
        return Ok((turn, None));
    }
    let from = visit.address.map(|a| a.to_string()).unwrap_or_default();
    let over = site
        .workspace
        .control
        .count_try(
            &format!("check from {from}"),
            site.workspace.config.site.checks_a_minute,
            Duration::from_mins(1),
            visit.now,
        )
        .await?;
    if over.is_some() {
        return Err(Fault::TooOften);
    }
    let turn = Arc::clone(&site.checking_for_visitors).acquire_owned();
    let turn = timeout(TURN_WITHIN, turn)
        .await
        .map_err(|_| Fault::TooOften)??;
    Ok((turn, Some(SENT_WITHIN)))
}

/// Reads a file into memory.
pub(super) async fn hold(mut source: impl Source, limit: u64) -> Held {
    let mut bytes = Vec::new();
    loop {
        match source.next().await {
            Ok(Some(piece)) => bytes.extend_from_slice(&piece),
            Ok(None) => return Held::Whole(bytes),
            Err(Gone) => return Held::BrokenOff,
        }
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
            return Held::TooLarge;
        }
    }
}

/// Why a check came to no end.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckFault {
    #[error(transparent)]
    Land(#[from] LandError),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<store::arrow::error::ArrowError> for CheckFault {
    fn from(fault: store::arrow::error::ArrowError) -> Self {
        Self::Other(fault.into())
    }
}

/// Checks a file that is in memory; whether wrong values are named is for whoever shows the report to decide.
/// With it comes the digest of the file.
pub(super) fn report_on(
    workspace: &Workspace,
    dataset: &str,
    sender: Option<String>,
    today: Date,
    bytes: Vec<u8>,
    cells: Shown,
) -> Result<(Report, String), CheckFault> {
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let bytes: Arc<[u8]> = bytes.into();
    let open = |dataset: &Dataset| {
        open_seekable(
            Box::new(Cursor::new(Arc::clone(&bytes))),
            dataset,
            &ReceiveSettings::default(),
        )
    };
    let (dataset, recognised) = followed(&workspace.content, dataset, open)?;
    let specification =
        Specification::read(&workspace.content, &dataset).map_err(anyhow::Error::from)?;
    let receiver = open(specification.dataset())?;
    let settings = CheckSettings {
        sender,
        ..CheckSettings::on(today)
    };
    let mut gathering = Gathering::new(0);
    let outcome = run::<CheckFault>(
        receiver,
        &specification,
        settings,
        workspace.config.threads(),
        |checker, batch| {
            gathering.add(checker, &batch);
            Ok(batch.raw)
        },
        |_| {},
    )?;
    let mut report =
        Report::new(&specification, &outcome, &gathering, "", cells).recognised(recognised);
    // What rules in their shadow stage find is not for senders.
    report.shadow.clear();
    Ok((report, sha256))
}

fn in_view(library: &Library, (report, sha256): (Report, String)) -> CheckOutcome {
    CheckOutcome {
        file: String::new(),
        dataset: String::new(),
        rejected: report.file_rejected,
        rows_in: report.rows_in,
        rows_accepted: if report.file_rejected {
            0
        } else {
            report.rows_accepted
        },
        sha256,
        specification: format!("{}, version {}", report.title, report.specification),
        engine: VERSION.to_owned(),
        recognised: report.recognised.map(|r| r.says),
        detected: [
            Some(report.file.kind.to_uppercase()),
            report.file.encoding.map(str::to_uppercase),
            Some(format::counted(
                u64::try_from(report.file.columns).unwrap_or(u64::MAX),
                "column",
                "columns",
            )),
            report.file.delimiter.as_deref().map(delimiter_in_words),
        ]
        .into_iter()
        .flatten()
        .collect(),
        causes: report
            .causes
            .iter()
            .map(|c| CauseRow {
                rule: c.rule.clone(),
                href: format!("/rules/{}", c.rule),
                says: c.message.clone(),
                level: c.level,
                rows: c.rows.unwrap_or_default(),
                fix: c.fix.clone(),
                values: c
                    .most_common
                    .iter()
                    .map(|v| in_words(&v.value, v.rows, v.suggestion.as_deref()))
                    .collect(),
                likely: c.likely_words(),
            })
            .collect(),
        not_checked: library.named(&report.dataset, &report.not_checked),
    }
}

fn shown(
    visit: &Visit,
    status: StatusCode,
    fields: &Fields,
    outcome: Option<CheckOutcome>,
    errors: Vec<FieldError>,
) -> Answer {
    let csrf = match visit.session {
        Some(_) => visit.csrf(),
        None => visit.visitors_token()?,
    };
    let view = CheckView {
        csrf: csrf.clone(),
        datasets: visit.site.choices(),
        chosen: fields.get("dataset").cloned(),
        release: fields.get("release").cloned(),
        limit_in_bytes: visit.site.check_limit_in_bytes(),
        outcome,
        can_send: visit.role() == Some(Role::Submitter),
        errors,
    };
    let mut response = Visit::page_with(status, &pages::check(&visit.frame(), &view));
    if visit.session.is_none() {
        set_cookie(&mut response, visit, visit.site.form_cookie(), &csrf, false);
    }
    Ok(response)
}
