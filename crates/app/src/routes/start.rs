//! Start (`/`): what a reader can do next.

use super::{Answer, visit::Visit};
use control::Role;
use pages::{StartNotice, StartView, Task};

pub(super) async fn page(visit: &Visit) -> Answer {
    let notices = match &visit.session {
        Some(session) => {
            let control = &visit.site.workspace.control;
            control.unread(&session.username).await?
        }
        None => Vec::new(),
    };
    let view = StartView {
        tasks: tasks(visit.role())
            .iter()
            .map(|(text, href, hint)| Task {
                text: (*text).to_owned(),
                href: (*href).to_owned(),
                hint: (*hint).to_owned(),
            })
            .collect(),
        notices: notices
            .into_iter()
            .map(|notice| StartNotice {
                about: notice.about,
                words: notice.words,
                href: notice.href,
            })
            .collect(),
        csrf: visit.csrf(),
        before_you_start: visit.site.service.before_you_start.clone(),
    };
    Ok(Visit::page(&pages::start(&visit.frame(), &view)))
}

/// What a role can do: words, address and a line about it.
const fn tasks(role: Option<Role>) -> &'static [(&'static str, &'static str, &'static str)] {
    match role {
        // Nobody, or a program, which has no pages.
        None | Some(Role::Tracer) => &[],
        Some(Role::Submitter) => &[
            (
                "Check a file",
                "/check",
                "You see everything that needs fixing. Nothing is kept or sent on.",
            ),
            (
                "Send a file",
                "/submissions/new",
                "It is checked first, and sent once you say so.",
            ),
            (
                "See your submissions",
                "/submissions",
                "Results and receipts of what your organisation has sent.",
            ),
        ],
        Some(Role::Operator) => &[
            (
                "See the collection",
                "/collection",
                "Every council, how far it has come, and what is on record about it.",
            ),
            (
                "See data quality by council",
                "/quality",
                "Every field of the latest file of each council, in counts.",
            ),
            (
                "See the runs",
                "/runs",
                "Every submission and how far each of its steps has come.",
            ),
            (
                "See linkage, and review pairs",
                "/linkage",
                "Who each record is about, how sure that is, and the pairs that wait for a person.",
            ),
            (
                "See all submissions",
                "/submissions",
                "Counts and causes. What the files hold is for their senders.",
            ),
        ],
        Some(Role::Analyst) => &[
            (
                "Ask a question",
                "/ask",
                "In SQL, under an agreement that names you.",
            ),
            (
                "See the releases",
                "/releases",
                "Tables that were made safe to share.",
            ),
            (
                "Read the agreements",
                "/agreements",
                "What your organisation may see, what for, and until when.",
            ),
        ],
        Some(Role::Checker) => &[(
            "See the releases",
            "/releases",
            "Tables that were made safe to share, and those that wait.",
        )],
        Some(Role::IgLead) => &[
            (
                "Read the agreements",
                "/agreements",
                "Who may see what, for which purpose, until when.",
            ),
            (
                "See the audit log's state",
                "/status",
                "How many entries it has, and whether its chain is whole.",
            ),
            (
                "Read the public register",
                "/register",
                "What anyone can read about these agreements.",
            ),
        ],
        Some(Role::DataSteward) => &[
            (
                "Read the specifications",
                "/specs",
                "Every dataset, its fields, codes and rules.",
            ),
            (
                "See the state of the service",
                "/status",
                "Whether it runs, and whether the audit log is whole.",
            ),
        ],
        Some(Role::AssetOwner) => &[
            (
                "Read the agreements",
                "/agreements",
                "Who may see what, for which purpose, until when.",
            ),
            (
                "Read the public register",
                "/register",
                "What anyone can read about these agreements.",
            ),
            (
                "See the state of the service",
                "/status",
                "Whether it runs, and whether the audit log is whole.",
            ),
        ],
        Some(Role::CaldicottGuardian) => &[
            (
                "Read the agreements",
                "/agreements",
                "Who may see what, for which purpose, until when.",
            ),
            (
                "Read the public register",
                "/register",
                "What anyone can read about these agreements.",
            ),
            (
                "See the state of the service",
                "/status",
                "Whether it runs, and whether the audit log is whole.",
            ),
        ],
        Some(Role::PrivacyOfficer) => &[
            (
                "Read the agreements",
                "/agreements",
                "Who may see what, for which purpose, until when.",
            ),
            (
                "Read the public register",
                "/register",
                "What anyone can read about these agreements.",
            ),
            (
                "See the state of the service",
                "/status",
                "Whether it runs, and whether the audit log is whole.",
            ),
        ],
        Some(Role::KeyCustodian) => &[(
            "See the state of the service",
            "/status",
            "Whether it runs, and whether the audit log is whole.",
        )],
        Some(Role::Auditor) => &[
            (
                "Read the agreements",
                "/agreements",
                "Who may see what, for which purpose, until when.",
            ),
            (
                "Read the public register",
                "/register",
                "What anyone can read about these agreements.",
            ),
            (
                "See the state of the service",
                "/status",
                "Whether it runs, and whether the audit log is whole.",
            ),
        ],
        Some(Role::AgreementManager) => &[
            (
                "Read the agreements",
                "/agreements",
                "Who may see what, for which purpose, until when.",
            ),
            (
                "Read the public register",
                "/register",
                "What anyone can read about these agreements.",
            ),
            (
                "See the state of the service",
                "/status",
                "Whether it runs, and whether the audit log is whole.",
            ),
        ],
        Some(Role::Clinician) => &[(
            "See the state of the service",
            "/status",
            "Whether it runs, and whether the audit log is whole.",
        )],
        Some(Role::Administrator) => &[(
            "See the state of the service",
            "/status",
            "Whether it runs, and whether the audit log is whole.",
        )],
    }
}
