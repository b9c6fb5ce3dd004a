//! One request from its bytes to the bytes of its response.

use crate::trace::{
    Bucket, Form, Index, Request, RequestError, ResponseForm, ResponseWriter, ResultCode, Settings,
    TraceReport, Tracing, survey,
};
use model::Date;
use std::{
    io::{self, Read, Seek, Write},
    num::NonZero,
};

/// Rows that are traced at once.
const BATCH: usize = 8_192;

/// What a run is told beside the request.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// What the sender called the file, where that is known.
    pub file_name: Option<&'a str>,
    /// The number of the request, so that one-time ids of two requests differ.
    pub submission: u64,
    /// The day, for what is plausible.
    pub today: Date,
    /// How many threads may work.
    pub threads: NonZero<usize>,
    /// What the response is to have.
    pub form: ResponseForm,
}

/// Why a run did not end. A fault of the request is no error: it is answered.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The request could not be read to its end.
    #[error("the request cannot be read")]
    Read(#[source] io::Error),
    /// The response could not be written.
    #[error("the response cannot be written")]
    Write(#[source] io::Error),
}

/// Traces a request and writes its response, and the diagnostics beside it where they are wanted.
///
/// The request is read twice. After an error neither the response nor the bucket may be kept.
pub fn run<D: Write>(
    request: impl Read + Seek,
    run: &Run<'_>,
    index: &Index,
    settings: &Settings,
    bucket: &mut Bucket,
    response: impl Write,
    diagnostics: Option<D>,
) -> Result<TraceReport, TraceError> {
    let mut request = request;
    let mut report = TraceReport::new(settings, index.size(), run.form);
    report.unmatched_people = bucket.len() as u64;
    let begun = survey(&mut request, run.file_name, &settings.request).and_then(|survey| {
        request.rewind()?;
        let rows = Request::open(&mut request, run.file_name, &settings.request)?;
        Ok((survey, rows))
    });
    let (survey, mut rows) = match begun {
        Ok(begun) => begun,
        Err(RequestError::Read(cause)) => return Err(TraceError::Read(cause)),
        Err(RequestError::Fault(fault)) => {
            report.refuse(&fault);
            ResponseWriter::<_, D>::fault(response, run.form, &fault).map_err(TraceError::Write)?;
            return Ok(report);
        }
    };
    report.surveyed(&survey);
    let head = match &survey.form {
        Form::Older(head) => Some(head),
        Form::Current => None,
    };
    let mut writer = ResponseWriter::new(response, diagnostics, run.form, head, survey.rows)
        .map_err(TraceError::Write)?;
    let tracing = Tracing::new(index, settings, run.today, run.submission);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        batch.clear();
        while batch.len() < BATCH {
            let Some(mut row) = rows.next_row().map_err(TraceError::Read)? else {
                break;
            };
            if row.fault().is_none() && survey.is_repeated(&row) {
                row.set_fault(ResultCode::ReferenceMissingOrRepeated);
            }
            batch.push(row);
        }
        if batch.is_empty() {
            break;
        }
        let answers = tracing.trace(&batch, bucket, run.threads);
        for (row, answer) in batch.iter().zip(&answers) {
            report.count(answer);
            let response = tracing.response(row, answer);
            writer.row(&response, answer).map_err(TraceError::Write)?;
        }
    }
    writer.finish().map_err(TraceError::Write)?;
    report.unmatched_people = bucket.len() as u64;
    Ok(report)
}
