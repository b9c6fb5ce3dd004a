//! Guidance (`/guidance`): the questions that people ask, from content.

use super::visit::Visit;
use axum::response::Response;
use pages::{GuidanceTopic, GuidanceView, Link};

pub(super) fn page(visit: &Visit) -> Response {
    let view = GuidanceView {
        topics: visit
            .site
            .library
            .faq
            .topics
            .iter()
            .map(|topic| GuidanceTopic {
                title: topic.title.clone(),
                questions: topic
                    .questions
                    .iter()
                    .map(|q| (q.ask.clone(), q.answer.clone()))
                    .collect(),
            })
            .collect(),
        more: vec![
            Link::new("What you can send", "/specs"),
            Link::new("Register of data uses", "/register"),
        ],
    };
    Visit::page(&pages::guidance(&visit.frame(), &view))
}
