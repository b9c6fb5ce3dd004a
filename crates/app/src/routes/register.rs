//! The public register: its pages and its files. No sign-in, no scripts, no cookies.

use super::{
    Answer,
    fault::Fault,
    visit::{Visit, open_data},
};
use crate::registered::{self, Happened, Part, Registered};
use axum::extract::Request;

pub(super) async fn page(visit: &Visit) -> Answer {
    let query: String = visit
        .query("q")
        .unwrap_or_default()
        .trim()
        .chars()
        .take(100)
        .collect();
    list(visit, &Part::Whole, &query).await
}

pub(super) async fn organisation(visit: &Visit, mut request: Request) -> Answer {
    let code = visit.part(&mut request, "code").await?;
    list(visit, &Part::Organisation(code), "").await
}

pub(super) async fn topic(visit: &Visit, mut request: Request) -> Answer {
    let code = visit.part(&mut request, "code").await?;
    list(visit, &Part::Topic(code), "").await
}

async fn list(visit: &Visit, part: &Part, query: &str) -> Answer {
    let all = all(visit).await?;
    let view = registered::list_view(&all, part, query, &happened(visit).await?, false)
        .ok_or(Fault::NotFound)?;
    Ok(Visit::page(&pages::register(&visit.frame(), &view)))
}

/// The entry of an agreement, as the version that speaks for it has it; or that entry as a file.
pub(super) async fn entry(visit: &Visit, mut request: Request) -> Answer {
    let part = visit.part(&mut request, "id").await?;
    let (reference, ending) = visit.without_ending(&part);
    let all = all(visit).await?;
    if ending == ".json" {
        let body = registered::one_json(&all, reference)?.ok_or(Fault::NotFound)?;
        let name = format!("register-{reference}.json");
        return Ok(open_data(Visit::file("application/json", &name, body)));
    }
    let found = all
        .iter()
        .find(|r| r.entry.reference == reference && !r.replaced)
        .ok_or(Fault::NotFound)?;
    Ok(one(visit, found))
}

/// The entry as one version of the agreement has it.
pub(super) async fn version(visit: &Visit, mut request: Request) -> Answer {
    let reference = visit.part(&mut request, "id").await?;
    let version = visit.part(&mut request, "version").await?;
    let all = all(visit).await?;
    let found = all
        .iter()
        .find(|r| r.entry.reference == reference && r.entry.version == version)
        .ok_or(Fault::NotFound)?;
    Ok(one(visit, found))
}

fn one(visit: &Visit, found: &Registered) -> axum::response::Response {
    Visit::page(&pages::register_entry(
        &visit.frame(),
        &registered::entry_view(found),
    ))
}

pub(super) async fn json(visit: &Visit) -> Answer {
    let body = registered::json(&all(visit).await?, &happened(visit).await?)?;
    Ok(open_data(Visit::file(
        "application/json",
        "register.json",
        body,
    )))
}

pub(super) async fn csv(visit: &Visit) -> Answer {
    let body = registered::csv(&all(visit).await?)?;
    Ok(open_data(Visit::file(
        "text/csv; charset=utf-8",
        "register.csv",
        body,
    )))
}

pub(super) async fn files(visit: &Visit) -> Answer {
    let body = registered::files_csv(&all(visit).await?)?;
    Ok(open_data(Visit::file(
        "text/csv; charset=utf-8",
        "register-files.csv",
        body,
    )))
}

pub(super) async fn atom(visit: &Visit) -> Answer {
    let config = &visit.site.workspace.config;
    let body = registered::atom(
        &all(visit).await?,
        &config.site.name,
        &config.audit.origin,
        "",
    );
    Ok(open_data(Visit::file(
        "application/atom+xml; charset=utf-8",
        "register.atom",
        body,
    )))
}

/// What is counted beside uses of data.
async fn happened(visit: &Visit) -> Result<Happened, Fault> {
    Ok(visit.site.workspace.happened().await?)
}

async fn all(visit: &Visit) -> Result<Vec<Registered>, Fault> {
    Ok(visit.site.workspace.registered(visit.today()).await?)
}
