//! The settings of the mailbox, looked through before the first call: what is wrong is said by name.

use super::OURS;
use crate::{
    config::{Config, MeshWorkflow},
    fault::Usage,
    routes::{api::problem::Problem, site::Site},
    workspace::VERSION,
};
use anyhow::{Context, Result};
use model::OrganisationCode;
use remote::{
    http::Tls,
    mesh::{Incoming, Opening},
};
use std::{collections::BTreeMap, fs, path::Path};
use zeroize::Zeroizing;

/// Whose a mailbox is.
pub(super) struct Sender {
    pub(super) organisation: OrganisationCode,
    pub(super) declared: bool,
}

/// Who may send what.
pub(super) struct Settings {
    senders: BTreeMap<String, Sender>,
    workflows: BTreeMap<String, MeshWorkflow>,
    answer_workflow: String,
    /// The largest chunk of an answer, in bytes.
    pub(super) chunk: usize,
}

impl Settings {
    pub(super) fn read(site: &Site) -> Result<Self> {
        let config = &site.workspace.config.mesh;
        if config.workflows.is_empty() || config.senders.is_empty() {
            return Err(Usage(
                "`mesh.workflows` and `mesh.senders` name what comes to the mailbox and from whom; one of them is empty. See docs/mesh.md".to_owned(),
            )
            .into());
        }
        for (workflow, takes) in &config.workflows {
            if !site.knows(&takes.dataset) {
                return Err(Usage(format!(
                    "`mesh.workflows.{workflow}.dataset` is `{}`, and there is no such dataset; `haven spec list` lists them",
                    takes.dataset
                ))
                .into());
            }
        }
        let answers = config.workflows.values().filter_map(|w| w.answer.as_ref());
        for name in answers.chain([&config.answer_workflow]) {
            let fits =
                (1..=300).contains(&name.len()) && name.chars().all(|c| c.is_ascii_graphic());
            if !fits || config.workflows.contains_key(name) {
                return Err(Usage(format!(
                    "`{name}` cannot be the workflow of answers: it is 1 to 300 letters, digits and signs, and none of the workflows that bring files"
                ))
                .into());
            }
        }
        let mut senders = BTreeMap::new();
        for (mailbox, sender) in &config.senders {
            let organisation = OrganisationCode::new(&sender.organisation)
                .map_err(|why| Usage(format!("`mesh.senders.{mailbox}.organisation`: {why}")))?;
            let sender = Sender {
                organisation,
                declared: sender.declared,
            };
            senders.insert(mailbox.to_uppercase(), sender);
        }
        Ok(Self {
            senders,
            workflows: config.workflows.clone(),
            answer_workflow: config.answer_workflow.clone(),
            chunk: config.chunk_kb.max(1).saturating_mul(1_000),
        })
    }

    /// Who has sent a message and which dataset it is of; a problem where it is not taken.
    pub(super) fn accepts(&self, incoming: &Incoming<'_>) -> Result<(&Sender, &str), Problem> {
        let sender = self.senders.get(&incoming.from).ok_or_else(|| {
            Problem::new("mailbox").detail("The mailbox that sent this is not on our list.")
        })?;
        let workflow = self.workflows.get(&incoming.workflow).ok_or_else(|| {
            let taken: Vec<&str> = self.workflows.keys().map(String::as_str).collect();
            Problem::new("workflow").detail(format!("We take {}.", taken.join(", ")))
        })?;
        Ok((sender, workflow.dataset.as_str()))
    }

    /// Whether a message is an answer such as ours. One that is answered would be answered for ever.
    pub(super) fn is_an_answer(&self, incoming: &Incoming<'_>) -> bool {
        let of_answers = |name: &String| *name == incoming.workflow;
        incoming.local_id.starts_with(OURS)
            || of_answers(&self.answer_workflow)
            || self
                .workflows
                .values()
                .filter_map(|w| w.answer.as_ref())
                .any(of_answers)
    }

    /// The workflow in which a message is answered.
    pub(super) fn answer_workflow(&self, workflow: &str) -> String {
        let own = self.workflows.get(workflow).and_then(|w| w.answer.clone());
        own.unwrap_or_else(|| self.answer_workflow.clone())
    }
}

/// What opens the mailbox.
pub(super) fn opening(config: &Config) -> Result<Opening> {
    let mesh = &config.mesh;
    let address = remote::http::address(&mesh.address)
        .map_err(|fault| Usage(format!("`mesh.address`: {fault}. See docs/mesh.md")))?;
    if mesh.mailbox.is_empty() {
        return Err(Usage(
            "`mesh.mailbox` is empty: set it to the name of your mailbox".to_owned(),
        )
        .into());
    }
    let place = |path: &Path| config.place(path);
    let file = |setting: &str, path: &Path| {
        fs::read(place(path)).map(Zeroizing::new).with_context(|| {
            format!(
                "cannot read `{}`, which `mesh.{setting}` names",
                place(path).display()
            )
        })
    };
    let secret = |setting: &str, path: &Path| -> Result<Zeroizing<String>> {
        let bytes = file(setting, path)?;
        let text = std::str::from_utf8(&bytes)
            .map(str::trim)
            .unwrap_or_default();
        if text.is_empty() {
            let place = place(path);
            return Err(Usage(format!(
                "`{}`, which `mesh.{setting}` names, holds no line of text",
                place.display()
            ))
            .into());
        }
        Ok(Zeroizing::new(text.to_owned()))
    };
    let some = |setting: &str, path: &Option<std::path::PathBuf>| {
        path.as_deref().map(|path| file(setting, path)).transpose()
    };
    Ok(Opening {
        address,
        mailbox: mesh.mailbox.clone(),
        password: secret("password_file", &mesh.password_file)?,
        shared_key: secret("shared_key_file", &mesh.shared_key_file)?,
        tls: Tls {
            certificate: some("certificate_file", &mesh.certificate_file)?.map(|c| c.to_vec()),
            key: some("key_file", &mesh.key_file)?,
            authorities: some("authorities_file", &mesh.authorities_file)?.map(|a| a.to_vec()),
        },
        client: format!("haven/{VERSION}"),
    })
}
