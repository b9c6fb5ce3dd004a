//! Why keys could not be used. Nothing here holds a key.

use std::{io, path::Path};

/// Keys could not be used.
#[derive(Debug, thiserror::Error)]
pub enum CustodyError {
    /// The first line says what the file is.
    #[error("this is no key file: its first line should be `haven keys 2`")]
    NotAKeyFile,
    /// A line is none of ours.
    #[error("line {line} of the key file is not `domain id algorithm day key`")]
    Line { line: usize },
    /// A domain has a name that cannot be written on one line.
    #[error(
        "`{0}` cannot name a key domain: use letters, digits and . _ : / - and at most 120 of them"
    )]
    DomainName(String),
    /// One id stands twice in a domain.
    #[error("key `{id}` of domain `{domain}` stands twice in the key file")]
    IdTwice { domain: String, id: String },
    /// One key in two places would make pseudonyms that are meant to differ the same.
    #[error("domain `{domain}` has a key that is in use elsewhere on the ring")]
    KeyTwice { domain: String },
    /// The bytes cannot have been drawn at random.
    #[error("the key for domain `{domain}` is not random")]
    NotRandom { domain: String },
    /// No such domain.
    #[error("there is no key for domain `{0}`")]
    NoKey(String),
    /// The key was destroyed: nothing can be made or read with it any more.
    #[error("key `{id}` of domain `{domain}` was destroyed on {day}")]
    Destroyed {
        domain: String,
        id: String,
        day: String,
    },
    /// What should be led back was not made with this key, or was altered.
    #[error("this was not sealed with a key of domain `{domain}`, or was altered")]
    NotSealed { domain: String },
    /// A bridge does not lead from there.
    #[error(
        "there is no bridge of domain `{domain}` from `{from}`: make it with `haven key bridge {domain}`"
    )]
    NoBridge { domain: String, from: String },
    /// A bridge is damaged or belongs to other keys.
    #[error("the bridge `{path}` is damaged or belongs to other keys")]
    BadBridge { path: String },
    /// A file could not be read or written.
    #[error("cannot {doing} `{path}`")]
    File {
        doing: &'static str,
        path: String,
        source: io::Error,
    },
    /// A protected file cannot be opened with what we have.
    #[error("`{path}` cannot be opened: {why}")]
    Locked { path: String, why: &'static str },
    /// The file with the identity is no age identity.
    #[error(
        "`{path}` holds no age identity: it should have a line that begins with `AGE-SECRET-KEY-1`"
    )]
    NoIdentity { path: String },
    /// The passphrase is too short to protect anything.
    #[error("the passphrase of the keys has fewer than {least} characters")]
    ShortPassphrase { least: usize },
    /// A text is no age recipient.
    #[error("`{0}` is no age recipient: those begin with `age1`")]
    NoRecipient(String),
    /// No random numbers could be had.
    #[error("no random numbers could be had: {0}")]
    Random(String),
    /// The process that keeps the keys refused or could not be reached.
    #[error("the key service {0}")]
    Service(String),
    /// The token refused.
    #[error("the token cannot {doing}: {why}")]
    Token { doing: &'static str, why: String },
    /// Something that this place cannot do, in words.
    #[error("{0}")]
    Cannot(&'static str),
}

impl CustodyError {
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File {
            doing,
            path,
            source,
        }
    }
}
