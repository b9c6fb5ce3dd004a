//! Start (`/`): what a reader can do next.

use super::visit::Visit;
use axum::response::Response;
use control::Role;
use pages::{StartView, Task};

pub(super) fn page(visit: &Visit) -> Response {
    let tasks: &[(&str, &str, &str)] = match visit.role() {
        None => &[],
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
        // A program, which has no pages.
        Some(Role::Tracer) => &[],
    };
    let view = StartView {
        tasks: tasks
            .iter()
            .map(|(text, href, hint)| Task {
                text: (*text).to_owned(),
                href: (*href).to_owned(),
                hint: (*hint).to_owned(),
            })
            .collect(),
        before_you_start: visit.site.service.before_you_start.clone(),
    };
    Visit::page(&pages::start(&visit.frame(), &view))
}
