//! From an error to what the person sees and the status that a script reads.

use crate::output::Output;
use land::LandError;
use model::ContentError;
use std::{
    error::Error,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// As it should.
    Fine,
    /// The data has problems that would reject rows or the file.
    DataHasProblems,
    /// Flags or names that are not known.
    WrongUsage,
    /// A file could not be read or is not what it claims to be.
    Unreadable,
    /// Not allowed: sign-in, role, agreement.
    NotAllowed,
    /// A service could not be reached, or asked us to wait too long.
    NotReached,
    /// A fault of the program.
    OurFault,
    /// Stopped by the person.
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
            Exit::NotReached => 5,
            Exit::OurFault => 70,
            Exit::Interrupted => 130,
        })
    }
}

/// A wrong use of a command, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// What kind of end one cause of an error is, where it is one of those that these verbs know.
pub fn exit_of_cause(cause: &(dyn Error + 'static)) -> Option<Exit> {
    if cause.is::<Usage>() || cause.is::<ContentError>() {
        return Some(Exit::WrongUsage);
    }
    if cause.is::<LandError>() {
        return Some(Exit::Unreadable);
    }
    let io = cause.downcast_ref::<std::io::Error>()?;
    matches!(
        io.kind(),
        ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::IsADirectory
            | ErrorKind::FileTooLarge
            | ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::ReadOnlyFilesystem
    )
    .then_some(Exit::Unreadable)
}

/// What to do about an error, where its own words do not say it.
pub fn advice(fault: &anyhow::Error) -> Option<&'static str> {
    let kinds = |cause: &(dyn Error + 'static)| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.map(std::io::Error::kind)
    };
    fault.chain().filter_map(kinds).find_map(|kind| match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Some(
            "nothing of it was kept: make room on that disk, or choose another folder, and run it again",
        ),
        ErrorKind::ReadOnlyFilesystem => {
            Some("nothing can be written there: choose another folder and run it again")
        }
        _ => None,
    })
}

/// Tells the person what went wrong, with its causes, and gives the status.
pub fn report(fault: &anyhow::Error, output: &Output) -> Exit {
    let exit = fault
        .chain()
        .find_map(exit_of_cause)
        .unwrap_or(Exit::OurFault);
    let mut words: Vec<String> = Vec::new();
    for cause in fault.chain() {
        let text = cause.to_string();
        if !words.iter().any(|w| w.contains(&text)) {
            words.push(text);
        }
    }
    words.extend(advice(fault).map(str::to_owned));
    tell(&words, exit, output);
    exit
}

/// Tells the person of an error: on one line, or for a fault of ours in a file beside it.
pub fn tell(words: &[String], exit: Exit, output: &Output) {
    if exit != Exit::OurFault {
        output.fault(&words.join(": "));
        return;
    }
    let words = words.join("\n  because: ");
    output.fault(&words);
    match private_file(&format!("haven {}\n{words}\n", crate::VERSION)) {
        Ok(path) => output.tell(&format!(
            "This is a fault of ours. A report is in {}",
            path.display()
        )),
        Err(_) => output.tell("This is a fault of ours."),
    }
}

/// A new file in the folder for passing things, that only its owner may read.
fn private_file(text: &str) -> std::io::Result<PathBuf> {
    let process = std::process::id();
    for number in 0..1_000 {
        let path = std::env::temp_dir().join(format!("haven-fault-{process}-{number}.txt"));
        match create_private(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                return Ok(path);
            }
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

fn create_private(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_no_fault_of_ours_and_says_what_to_do() {
        let full = || std::io::Error::from(ErrorKind::StorageFull);
        let fault = anyhow::Error::new(full()).context("cannot keep the file");
        assert_eq!(
            fault.chain().find_map(exit_of_cause),
            Some(Exit::Unreadable)
        );
        assert_eq!(
            advice(&fault),
            Some(
                "nothing of it was kept: make room on that disk, or choose another folder, and run it again"
            )
        );
        assert_eq!(advice(&anyhow::Error::msg("another")), None);
    }
}
