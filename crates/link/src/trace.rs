//! Tracing: which person of the index each row of a request is about, as the national services answer it.
//!
//! [`run`] takes a batch request to its response; [`Tracing`] answers rows that come otherwise. Both hold a row
//! against an [`Index`] in steps, of which the first that succeeds ends the search; what each step asks for is in
//! [`Settings`]. Nothing here reads a clock or a folder, and the same request, index and bucket give the same bytes.

mod answer;
mod bucket;
mod codes;
mod column;
mod cross_check;
mod day;
pub mod fhir;
mod index;
mod input;
mod report;
mod request;
mod response;
mod run;
mod score;
mod settings;
mod steps;
mod subject;

pub use answer::{Answer, PersonIdKind, Tracing};
pub use bucket::{Bucket, BucketError};
pub use codes::{Outcome, ResultCode};
pub use column::{Column, ResponseColumn};
pub use cross_check::{CrossCheck, CrossCheckIndex, NO_DATE};
pub use day::Day;
pub use index::{
    FilesReport, HistoryField, HistoryRow, Index, IndexBuilder, IndexFileError, IndexSize,
    IndexTable, IndexTables, IndexTablesError, PersonRow, SupersededRow, read_history, read_people,
    read_superseded,
};
pub use report::{Refused, TraceReport};
pub use request::{
    FileFault, Form, OlderHead, Request, RequestError, Row, Survey, survey, write_request,
};
pub use response::{ResponseError, ResponseForm, ResponseRow, ResponseWriter, Responses};
pub use run::{Run, TraceError, run};
pub use score::{FieldScores, Score};
pub use settings::{
    AlgorithmicSettings, AlphanumericSettings, BlockKey, BucketSettings, CrossCheckSettings,
    ImplausibleDate, MalformedNumber, NearScores, OtherDetail, QualitySettings, RequestSettings,
    ScoredField, SensitiveSettings, Settings, SettingsError, UnknownColumns, Weights,
};
pub use steps::Step;

#[cfg(test)]
mod tests;
