//! Upload (`/submissions/new`): one file, streamed into the vault, then checked.

use super::{
    Answer,
    fault::Fault,
    sending::words_of,
    taking::{Gone, Kept, Offered, PeriodFault, Source, Taken, keep, period, take_in},
    visit::Visit,
};
use crate::windows::PeriodError;
use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request, multipart::Field},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use control::Stated;
use model::{Date, Identifying};
use pages::{FieldError, PeriodChoice, UploadView, format};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::timeout;

/// How long a sender may be silent.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long the page of the result is waited for; the check goes on after that.
const CHECKED_WITHIN: Duration = Duration::from_secs(20);
/// What the parts of the form around the file may add to its size.
const AROUND: u64 = 64 * 1024;
/// The longest field besides the file, and how many there may be.
const LONGEST_FIELD: usize = 1_000;
const MOST_FIELDS: usize = 20;
/// How much of a form that is refused is read nevertheless, so that the browser gets to the answer.
const READ_TO_ANSWER: usize = 64 * 1024 * 1024;
/// The fields of a shorter period.
const DAYS: [&str; 6] = [
    "from-day",
    "from-month",
    "from-year",
    "to-day",
    "to-month",
    "to-year",
];

/// The fields of the form before the file.
pub(super) type Fields = BTreeMap<String, String>;

pub(super) fn page(visit: &Visit) -> Response {
    let mut fields = Fields::new();
    if let Some(window) = visit.query("window") {
        fields.insert("window".to_owned(), window.to_owned());
    }
    form(visit, StatusCode::OK, &fields, Vec::new())
}

pub(super) async fn post(visit: &Visit, request: Request) -> Answer {
    let limit = visit.site.limit_in_bytes();
    let (fields, file) = read_form(visit, request, limit, async |fields, file| {
        let about = match about(visit, fields) {
            Ok(about) => about,
            Err(errors) => return Ok(Err(errors)),
        };
        let name = file.file_name().unwrap_or_default().to_owned();
        Ok(Ok((about, name, keep(&visit.site, FormFile(file)).await?)))
    })
    .await?;
    let unprocessable = |errors| form(visit, StatusCode::UNPROCESSABLE_ENTITY, &fields, errors);
    let again = |error: &str| Ok(unprocessable(vec![FieldError::new("file", error)]));
    let ((dataset, stated), name, kept) = match file {
        None => match about(visit, &fields) {
            Ok(_) => return again("Choose a file."),
            Err(errors) => return Ok(unprocessable(errors)),
        },
        Some(Err(errors)) => return Ok(unprocessable(errors)),
        Some(Ok(file)) => file,
    };
    let original = match kept {
        Kept::Whole(original) => original,
        Kept::TooLarge => {
            return Err(Fault::TooLarge {
                size_in_bytes: None,
                limit_in_bytes: limit,
            });
        }
        Kept::BrokenOff => return again("The file did not arrive whole. Send it again."),
    };
    if original.bytes == 0 && name.is_empty() {
        return again("Choose a file.");
    }
    let offered = Offered {
        dataset,
        organisation: visit.organisation()?.clone(),
        file_name: Identifying::new(name),
        username: visit.session()?.username.clone(),
        today: visit.today(),
        stated,
    };
    match take_in(&visit.site, original, offered, CHECKED_WITHIN).await? {
        Taken::Checked(receipt) => {
            Ok(Redirect::to(&format!("/submissions/{}", receipt.id)).into_response())
        }
        Taken::UnderWay(id) => Ok(Redirect::to(&format!("/submissions/{id}")).into_response()),
        Taken::NotReadable(_, sentence) => again(&sentence),
    }
}

/// The dataset and the period that a form names, or what is wrong with them.
pub(super) fn about(
    visit: &Visit,
    fields: &Fields,
) -> Result<(String, Option<Stated>), Vec<FieldError>> {
    let dataset = visit
        .site
        .chosen(fields.get("dataset"), fields.get("release"))
        .ok_or_else(|| {
            let text = "Choose the dataset that the file belongs to.";
            vec![FieldError::new("dataset", text)]
        })?;
    let days = shorter(fields)?;
    let window = fields
        .get("window")
        .map(String::as_str)
        .filter(|w| !w.is_empty());
    let stated = period(&visit.site, dataset, window, days, visit.now).map_err(|fault| {
        vec![match fault {
            PeriodFault::NoWindow => {
                FieldError::new("window", "Choose the period that the file is about.")
            }
            PeriodFault::Period(PeriodError::Backwards) => FieldError::new(
                "to-day",
                "The last day in the file is before the first. Change one of the two.",
            ),
            PeriodFault::Period(PeriodError::Outside) => FieldError::new(
                "from-day",
                "The days lie outside the period that you chose. Choose another period, or leave the days blank.",
            ),
        }]
    })?;
    Ok((dataset.clone(), stated))
}

/// The first and last day that were typed, where any were.
fn shorter(fields: &Fields) -> Result<Option<(Date, Date)>, Vec<FieldError>> {
    let typed = |name: &str| fields.get(name).map_or("", |t| t.trim());
    if DAYS.iter().all(|name| typed(name).is_empty()) {
        return Ok(None);
    }
    let day = |name: &str| -> Option<Date> {
        let part = |part: &str| typed(&format!("{name}-{part}")).parse::<u32>().ok();
        let year = i32::try_from(part("year")?).ok()?;
        Date::from_ymd_opt(year, part("month")?, part("day")?)
    };
    let wrong = |name: &str, which: &str| {
        FieldError::new(
            format!("{name}-day"),
            format!("Write the {which} day as a day, month and year, such as 1 4 2026."),
        )
    };
    match (day("from"), day("to")) {
        (Some(from), Some(to)) => Ok(Some((from, to))),
        (from, to) => Err([
            from.is_none().then(|| wrong("from", "first")),
            to.is_none().then(|| wrong("to", "last")),
        ]
        .into_iter()
        .flatten()
        .collect()),
    }
}

/// Reads a form with one file, its last field. The file is handed on once the form is known to be ours.
pub(super) async fn read_form<T>(
    visit: &Visit,
    request: Request,
    limit: u64,
    on_file: impl AsyncFnOnce(&Fields, Field<'_>) -> Result<T, Fault>,
) -> Result<(Fields, Option<T>), Fault> {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|l| l.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit.saturating_add(AROUND)) {
        return Err(Fault::TooLarge {
            size_in_bytes: length,
            limit_in_bytes: limit,
        });
    }
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| Fault::ForeignForm)?;
    let mut fields = Fields::new();
    let is_ours = |fields: &Fields| visit.check_form(fields.get("csrf").map_or("", String::as_str));
    let file = loop {
        let next = timeout(PATIENCE, parts.next_field()).await;
        let Some(field) = next.ok().and_then(Result::ok).flatten() else {
            is_ours(&fields)?;
            break None;
        };
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            if let Err(fault) = is_ours(&fields) {
                drop(field);
                drain(&mut parts).await;
                return Err(fault);
            }
            break Some(on_file(&fields, field).await?);
        }
        let Some(text) = text(field).await.filter(|_| fields.len() < MOST_FIELDS) else {
            drain(&mut parts).await;
            return Err(Fault::ForeignForm);
        };
        fields.insert(name, text);
    };
    drain(&mut parts).await;
    Ok((fields, file))
}

/// The file of a form as a source of bytes.
pub(super) struct FormFile<'f>(pub(super) Field<'f>);

impl Source for FormFile<'_> {
    async fn next(&mut self) -> Result<Option<Bytes>, Gone> {
        match timeout(PATIENCE, self.0.chunk()).await {
            Ok(Ok(piece)) => Ok(piece),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }
}

/// The text of a field, where it is short.
async fn text(mut field: Field<'_>) -> Option<String> {
    let mut text = Vec::new();
    while let Some(bytes) = timeout(PATIENCE, field.chunk()).await.ok()?.ok()? {
        text.extend_from_slice(&bytes);
        if text.len() > LONGEST_FIELD {
            return None;
        }
    }
    String::from_utf8(text).ok()
}

/// Reads what is left of a form, up to a limit.
async fn drain(parts: &mut Multipart) {
    let mut read = 0;
    while let Ok(Ok(Some(mut field))) = timeout(PATIENCE, parts.next_field()).await {
        while let Ok(Ok(Some(bytes))) = timeout(PATIENCE, field.chunk()).await {
            read += bytes.len();
            if read > READ_TO_ANSWER {
                return;
            }
        }
    }
}

fn form(visit: &Visit, status: StatusCode, fields: &Fields, errors: Vec<FieldError>) -> Response {
    let site = &visit.site;
    let chosen = fields.get("dataset");
    let usual = chosen.or(site.service.datasets.first());
    let taking = usual
        .map(|dataset| site.windows.taking(dataset, visit.now))
        .unwrap_or_default();
    let wanted = fields.get("window").map(String::as_str);
    let known = taking.iter().any(|w| Some(w.name.as_str()) == wanted);
    let view = UploadView {
        csrf: visit.csrf(),
        datasets: site.choices(),
        chosen: chosen.cloned(),
        release: fields.get("release").cloned(),
        limit_in_bytes: site.limit_in_bytes(),
        window: match taking.first() {
            Some(window) => Some(words_of(window, visit.now)),
            None => usual
                .and_then(|dataset| site.windows.next(dataset, visit.now))
                .map(|window| words_of(window, visit.now)),
        },
        periods: taking
            .iter()
            .enumerate()
            .map(|(at, window)| PeriodChoice {
                name: window.name.clone(),
                title: format!(
                    "{} to {}",
                    format::date(window.from),
                    format::date(window.to)
                ),
                hint: if window.closes > visit.now {
                    format!("The window closes on {}.", format::moment(window.closes))
                } else {
                    format!(
                        "The window closed on {}. A file sent now is marked as late.",
                        format::moment(window.closes)
                    )
                },
                chosen: if known {
                    Some(window.name.as_str()) == wanted
                } else {
                    at == 0
                },
            })
            .collect(),
        shorter: DAYS.map(|name| fields.get(name).cloned().unwrap_or_default()),
        errors,
    };
    Visit::page_with(status, &pages::upload(&visit.frame(), &view))
}
