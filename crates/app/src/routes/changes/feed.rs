//! The Atom feed of changes (RFC 4287). Addresses are relative: the feed is read from the site it is about.

use super::{ChangeState, Changes, state_of, written::Change};
use crate::routes::visit::{Visit, open_data};
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, PreEscaped, html};
use model::Date;

/// The feed, newest first.
pub(in crate::routes) fn atom(visit: &Visit) -> Response {
    let text = written(&visit.site.changes, visit.today());
    let mut response = text.into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/atom+xml; charset=utf-8"),
    );
    open_data(response)
}

struct Entry {
    id: String,
    href: String,
    title: String,
    published: Date,
    updated: Date,
    says: Vec<String>,
}

fn written(changes: &Changes, today: Date) -> String {
    let feed = changes.feed();
    let mut entries: Vec<Entry> = changes
        .all
        .iter()
        .map(|c| of_change(c, today))
        .chain(changes.news.iter().map(|n| Entry {
            id: format!("news/{}", n.id),
            href: format!("/news/{}", n.id),
            title: n.title.clone(),
            published: n.day,
            updated: n.day,
            says: n.says.clone(),
        }))
        .filter(|e| e.published <= today)
        .collect();
    entries.sort_by(|a, b| b.updated.cmp(&a.updated).then_with(|| a.id.cmp(&b.id)));
    let updated = entries.first().map_or(today, |e| e.updated);
    let document: Markup = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB" {
            id { "tag:" (feed.tag) ":changes" }
            title { (feed.title) }
            updated { (moment(updated)) }
            author { name { (feed.author) } }
            (link("self", "/changes.atom"))
            (link("alternate", "/changes"))
            @for entry in &entries {
                entry {
                    id { "tag:" (feed.tag) ":" (entry.id) }
                    title { (entry.title) }
                    published { (moment(entry.published)) }
                    updated { (moment(entry.updated)) }
                    (link("alternate", &entry.href))
                    content type="text" { (entry.says.join("\n\n")) }
                }
            }
        }
    };
    document.into_string()
}

/// `link` is an empty element in HTML and not in XML, so it is closed by hand. Addresses come from the names of
/// our own files, and are escaped all the same.
fn link(rel: &str, href: &str) -> Markup {
    let href = html! { (href) }.into_string();
    PreEscaped(format!("<link rel=\"{rel}\" href=\"{href}\"/>"))
}

fn of_change(change: &Change, today: Date) -> Entry {
    let state = state_of(change, today);
    let decided = change.decision.as_ref().map(|d| d.day);
    let started = change.starts.filter(|_| state == ChangeState::InForce);
    let mut says = vec![format!("{}.", state.words())];
    if let (Some(starts), ChangeState::Notice) = (change.starts, state) {
        says.push(format!("It starts on {}.", pages::format::date(starts)));
    }
    says.extend(change.proposal.iter().cloned());
    Entry {
        id: format!("changes/{}", change.id),
        href: format!("/changes/{}", change.id),
        title: format!("{}: {}", change.id, change.title),
        published: change.proposed,
        updated: [Some(change.proposed), decided, started]
            .into_iter()
            .flatten()
            .filter(|day| *day <= today)
            .max()
            .unwrap_or(change.proposed),
        says,
    }
}

/// A day as a moment: midnight, UTC.
fn moment(day: Date) -> String {
    format!("{day}T00:00:00Z")
}
