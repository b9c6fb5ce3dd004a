//! From an error to what the person sees and the status that a script reads.

use crate::{config::ConfigError, output::Output};
use govern::DecideError;
use land::LandError;
use model::ContentError;
use release::ReleaseRefusal;
use std::process::ExitCode;
use store::StoreError;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Fine,
    /// The data has problems that would reject rows or the file.
    DataHasProblems,
    WrongUsage,
    /// A file could not be read or is not what it claims to be.
    Unreadable,
    /// Not allowed: sign-in, role, agreement.
    NotAllowed,
    OurFault,
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::DataHasProblems => 1,
            Exit::WrongUsage => 2,
            Exit::Unreadable => 3,
            Exit::NotAllowed => 4,
            Exit::OurFault => 70,
            Exit::Interrupted => 130,
        })
    }
}

/// A wrong use of a command, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// Something that is not allowed, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotAllowed(pub(crate) String);

/// What kind of end an error is.
pub(crate) fn exit_of(fault: &anyhow::Error) -> Exit {
    for cause in fault.chain() {
        if cause.is::<Usage>() || cause.is::<ConfigError>() || cause.is::<ContentError>() {
            return Exit::WrongUsage;
        }
        if cause.is::<LandError>() {
            return Exit::Unreadable;
        }
        if cause.is::<NotAllowed>() || cause.is::<ReleaseRefusal>() {
            return Exit::NotAllowed;
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
        if let Some(io) = cause.downcast_ref::<std::io::Error>()
            && matches!(
                io.kind(),
                std::io::ErrorKind::NotFound
                    | std::io::ErrorKind::PermissionDenied
                    | std::io::ErrorKind::IsADirectory
                    | std::io::ErrorKind::FileTooLarge
            )
        {
            return Exit::Unreadable;
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
    if exit == Exit::OurFault {
        let reference = uuid::Uuid::new_v4().simple().to_string();
        let reference: String = reference.chars().take(8).collect();
        let path = std::env::temp_dir().join(format!("haven-fault-{reference}.txt"));
        let written = private_file(
            &path,
            &format!(
                "haven {}\n{}\n",
                crate::workspace::VERSION,
                words.join("\n  because: ")
            ),
        );
        output.fault(&words.join("\n  because: "));
        match written {
            Ok(()) => output.tell(&format!(
                "This is a fault of ours. A report is in {}",
                path.display()
            )),
            Err(_) => output.tell("This is a fault of ours."),
        }
    } else {
        output.fault(&words.join(": "));
    }
    exit
}

/// A new file that only its owner may read.
fn private_file(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}
