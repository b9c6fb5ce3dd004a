//! Tracing: which person of the index each row of a request is about, as the national services answer it.

mod codes;
mod column;
mod cross_check;
mod day;
mod input;
mod request;
mod score;
mod settings;

pub use codes::{Outcome, ResultCode};
pub use column::{Column, ResponseColumn};
pub use cross_check::{CrossCheck, CrossCheckIndex, NO_DATE};
pub use day::Day;
pub use request::{
    FileFault, Form, OlderHead, Request, RequestError, Row, Survey, survey, write_request,
};
pub use score::{FieldScores, Score};
pub use settings::{
    AlgorithmicSettings, AlphanumericSettings, BlockKey, BucketSettings, CrossCheckSettings,
    ImplausibleDate, MalformedNumber, NearScores, OtherDetail, QualitySettings, RequestSettings,
    ScoredField, SensitiveSettings, Settings, SettingsError, UnknownColumns, Weights,
};
