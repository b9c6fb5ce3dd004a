//! From an error to what the person sees and the status that a script reads.

use crate::{config::ConfigError, desks::TraceIndexError, measures::TakeError, output::Output};
use analyse::methods::RowError;
use custody::CustodyError;
use govern::DecideError;
use release::ReleaseRefusal;
use remote::http::RemoteError;
use store::StoreError;

pub(crate) use laptop::fault::{Exit, Usage};

/// Something that is not allowed, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotAllowed(pub(crate) String);

/// What kind of end an error is.
pub(crate) fn exit_of(fault: &anyhow::Error) -> Exit {
    for cause in fault.chain() {
        if let Some(exit) = laptop::fault::exit_of_cause(cause) {
            return exit;
        }
        if cause.is::<ConfigError>() {
            return Exit::WrongUsage;
        }
        if cause.is::<NotAllowed>() || cause.is::<ReleaseRefusal>() {
            return Exit::NotAllowed;
        }
        match cause.downcast_ref::<link::files::FileError>() {
            Some(link::files::FileError::Model(_)) => return Exit::WrongUsage,
            Some(_) => return Exit::Unreadable,
            None if cause.is::<link::LinkError>() => return Exit::WrongUsage,
            None => {}
        }
        match cause.downcast_ref::<link::clk::ClkError>() {
            Some(link::clk::ClkError::File(_)) => return Exit::Unreadable,
            Some(_) => return Exit::WrongUsage,
            None => {}
        }
        if cause.is::<RowError>() || matches!(cause.downcast_ref(), Some(TakeError::Rows(_))) {
            return Exit::Unreadable;
        }
        match cause.downcast_ref::<TraceIndexError>() {
            Some(TraceIndexError::Store(_)) | None => {}
            Some(_) => return Exit::WrongUsage,
        }
        match cause.downcast_ref::<CustodyError>() {
            Some(CustodyError::Locked { .. } | CustodyError::File { .. }) => {
                return Exit::Unreadable;
            }
            Some(CustodyError::Random(_) | CustodyError::Cannot(_)) | None => {}
            Some(CustodyError::Service(_)) => return Exit::NotReached,
            Some(_) => return Exit::WrongUsage,
        }
        match cause.downcast_ref::<RemoteError>() {
            Some(RemoteError::NotAllowed { .. }) => return Exit::NotAllowed,
            Some(RemoteError::Unusable { .. }) => return Exit::WrongUsage,
            Some(_) => return Exit::NotReached,
            None => {}
        }
        match cause.downcast_ref::<DecideError>() {
            Some(DecideError::Refused(_)) => return Exit::NotAllowed,
            Some(DecideError::NotKept(_)) => return Exit::OurFault,
            None => {}
        }
        match cause.downcast_ref::<StoreError>() {
            Some(StoreError::NotAQuestion { .. } | StoreError::NoTable { .. }) => {
                return Exit::WrongUsage;
            }
            Some(
                StoreError::OutOfTime { .. } | StoreError::OutOfMemory { .. } | StoreError::GaveUp,
            ) => return Exit::DataHasProblems,
            _ => {}
        }
    }
    Exit::OurFault
}

/// Tells the person what went wrong, with its causes, and gives the status.
pub(crate) fn report(fault: &anyhow::Error, output: &Output) -> Exit {
    let exit = exit_of(fault);
    let mut words: Vec<String> = Vec::new();
    for cause in fault.chain() {
        if store::may_quote_a_row(cause) {
            words
                .push("the engine's own words are left out, since they may quote a row".to_owned());
            break;
        }
        let text = cause.to_string();
        if !words.iter().any(|w| w.contains(&text)) {
            words.push(text);
        }
    }
    words.extend(laptop::fault::advice(fault).map(str::to_owned));
    laptop::fault::tell(&words, exit, output);
    exit
}
