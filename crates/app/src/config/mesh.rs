//! Settings of the mailbox (docs/mesh.md).

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// A mailbox of the Message Exchange for Social Care and Health (docs/mesh.md).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MeshConfig {
    /// Where the service is; empty means that there is no mailbox.
    pub(crate) address: String,
    /// The name of our mailbox.
    pub(crate) mailbox: String,
    /// The file with its password.
    pub(crate) password_file: PathBuf,
    /// The file with the key that all mailboxes of the environment share.
    pub(crate) shared_key_file: PathBuf,
    /// Our certificate with those that vouch for it, and its key, in PEM.
    pub(crate) certificate_file: Option<PathBuf>,
    pub(crate) key_file: Option<PathBuf>,
    /// Who may vouch for the service, in PEM; without it, whoever the machine trusts.
    pub(crate) authorities_file: Option<PathBuf>,
    /// How many seconds pass between one look into the inbox and the next.
    pub(crate) poll_seconds: u64,
    /// How large a chunk of an answer is before it is compressed, in KB.
    pub(crate) chunk_kb: usize,
    /// The workflow of answers, where that of the file has none of its own.
    pub(crate) answer_workflow: String,
    /// The workflows that bring files.
    pub(crate) workflows: BTreeMap<String, MeshWorkflow>,
    /// The mailboxes that may send.
    pub(crate) senders: BTreeMap<String, MeshSender>,
}

/// What a workflow brings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeshWorkflow {
    /// The dataset that its files are of.
    pub(crate) dataset: String,
    /// The workflow of the answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<String>,
}

/// Whose a mailbox is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeshSender {
    /// The organisation that sends from it.
    pub(crate) organisation: String,
    /// Whether sending is declaring: the file counts once it has passed its check. Otherwise it waits.
    #[serde(default)]
    pub(crate) declared: bool,
}

impl Default for MeshConfig {
    fn default() -> Self {
        Self {
            address: String::new(),
            mailbox: String::new(),
            password_file: "keys/mesh-password.txt".into(),
            shared_key_file: "keys/mesh-shared-key.txt".into(),
            certificate_file: None,
            key_file: None,
            authorities_file: None,
            poll_seconds: 300,
            chunk_kb: 10_000,
            answer_workflow: "HAVEN_ANSWER".to_owned(),
            workflows: BTreeMap::new(),
            senders: BTreeMap::new(),
        }
    }
}
