//! Writing an agreement (`/agreements/new`, `/agreements/drafts/{id}`): from a template, from the version in force or
//! from a file; by form or as a file; and handing it in.

use super::{Answer, Fault, Visit, actor, known, one_line, parts, questions, redirect, refused};
use crate::{
    desks::agreements::AgreementBook,
    routes::{
        check::{Held, hold},
        upload::{FormFile, read_form},
    },
};
use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::Response,
};
use control::{AgreementDraft, DraftSaved};
use govern::{
    Digest, Kind, Outcome,
    agreement::{Level, Template, review},
};
use pages::{
    AgreementDraftView, CheckAnswersView, FieldError, FormField, FormPageView, Link, WaitingRow,
    format,
};
use std::collections::BTreeMap;

type Fields = BTreeMap<String, String>;

/// The longest file of an agreement.
const LONGEST_FILE: u64 = 200 * 1024;

/// The drafts as lines of the list.
pub(super) async fn rows(visit: &Visit, book: &AgreementBook) -> Result<Vec<WaitingRow>, Fault> {
    let drafts = visit.site.workspace.control.agreement_drafts().await?;
    Ok(drafts
        .iter()
        .map(|draft| {
            let (_, findings) = review(&draft.text, book.house());
            let stops = findings.iter().filter(|f| f.level == Level::Stops).count();
            WaitingRow {
                id: named(&draft.text),
                href: format!("/agreements/drafts/{}", draft.id),
                title: titled(&draft.text),
                waits_for: match stops {
                    0 => "it can be handed in".to_owned(),
                    n => format!(
                        "{} to mend",
                        format::counted(u64::try_from(n).unwrap_or_default(), "thing", "things")
                    ),
                },
                by: draft.changed_by.clone(),
                at: draft.changed_at,
            }
        })
        .collect())
}

/// A word of the text at its top level, as far as it can be read.
fn word(text: &str, name: &str) -> Option<String> {
    let document: toml_edit::DocumentMut = text.parse().ok()?;
    document.get(name)?.as_str().map(str::to_owned)
}

fn titled(text: &str) -> String {
    word(text, "title").unwrap_or_else(|| "An agreement without a title".to_owned())
}

fn named(text: &str) -> String {
    let reference = word(text, "reference").unwrap_or_else(|| "no reference yet".to_owned());
    match word(text, "version") {
        Some(version) => format!("{reference}, version {version}"),
        None => reference,
    }
}

fn caption(draft: &AgreementDraft) -> String {
    named(&draft.text)
}

/// The page on which an agreement is begun.
pub(super) async fn new(visit: &Visit) -> Answer {
    if visit.query("upload").is_some() {
        return Ok(upload_form(visit, "/agreements/new", None, Vec::new()));
    }
    begin_form(visit, &Fields::new(), Vec::new()).await
}

async fn begin_form(visit: &Visit, typed: &Fields, errors: Vec<FieldError>) -> Answer {
    let content = &visit.site.workspace.content;
    let (book, _) = known(visit).await?;
    let asked = visit
        .query("changes")
        .or_else(|| typed.get("changes").map(String::as_str))
        .filter(|reference| book.get(reference).is_some());
    let mut items: Vec<(String, String, String)> = Vec::new();
    for template in Template::read_all(content)? {
        let title = word(&template.text, "title").unwrap_or_else(|| template.name.clone());
        let guide = template.guide.lines().next().unwrap_or_default().to_owned();
        items.push((template.name, title, guide));
    }
    let mut agreements = vec![(String::new(), "No: it is a new agreement".to_owned())];
    agreements.extend(
        book.iter()
            .map(|a| (a.reference.clone(), format!("{}: {}", a.reference, a.title))),
    );
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let view = FormPageView {
        heading: "Write an agreement".to_owned(),
        lede: vec![
            "A draft opens nothing. Once you hand it in, two other people approve it and every party signs.".to_owned(),
        ],
        action: "/agreements/new".to_owned(),
        csrf: visit.csrf(),
        fields: vec![
            FormField::Pick {
                name: "changes".to_owned(),
                label: "Does it change an agreement that is there?".to_owned(),
                hint: "You start from its text, with a version of its own.".to_owned(),
                items: agreements,
                value: asked.unwrap_or_default().to_owned(),
            },
            FormField::One {
                name: "template".to_owned(),
                label: "Otherwise, from which template?".to_owned(),
                hint: "Each is an agreement with blanks, such as practice has it.".to_owned(),
                items,
                value: typed.get("template").cloned().unwrap_or_default(),
            },
        ],
        button: "Begin the draft".to_owned(),
        back: Link::new("Start from a file of your own instead", "/agreements/new?upload=yes"),
        parents: vec![Link::new("Agreements", "/agreements")],
        errors,
        ..FormPageView::default()
    };
    Ok(Visit::page_with(
        status,
        &pages::form_page(&visit.frame(), &view),
    ))
}

/// A form that takes a file.
fn upload_form(
    visit: &Visit,
    action: &str,
    draft: Option<&AgreementDraft>,
    errors: Vec<FieldError>,
) -> Response {
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let mut view = FormPageView {
        heading: "An agreement from a file".to_owned(),
        lede: vec![
            "The file is kept as it is, mistakes and all; you are shown what to mend.".to_owned(),
        ],
        action: action.to_owned(),
        csrf: visit.csrf(),
        fields: vec![FormField::File {
            name: "file".to_owned(),
            label: "Choose the file".to_owned(),
            hint: "A text in TOML, such as `haven agreement export` writes, of 200 kB at most"
                .to_owned(),
        }],
        button: "Take this file".to_owned(),
        back: Link::new("Go back to the agreements", "/agreements"),
        parents: vec![Link::new("Agreements", "/agreements")],
        errors,
        ..FormPageView::default()
    };
    if let Some(draft) = draft {
        view.caption = caption(draft);
        view.hidden = vec![("revision".to_owned(), draft.revision.to_string())];
        view.back = Link::new(
            "Go back to the draft",
            format!("/agreements/drafts/{}", draft.id),
        );
    }
    Visit::page_with(status, &pages::form_page(&visit.frame(), &view))
}

fn is_upload(request: &Request) -> bool {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("multipart/form-data"))
}

/// The text of a file that was sent with a form, or what is wrong with it.
async fn uploaded(
    visit: &Visit,
    request: Request,
) -> Result<(Fields, Result<String, &'static str>), Fault> {
    let (fields, file) = read_form(visit, request, LONGEST_FILE, async |_, file| {
        Ok(hold(FormFile(file), LONGEST_FILE).await)
    })
    .await?;
    let text = match file {
        Some(Held::Whole(bytes)) if !bytes.is_empty() => {
            String::from_utf8(bytes).map_err(|_| "The file is not a text in UTF-8.")
        }
        Some(Held::TooLarge) => Err("The file is larger than 200 kB."),
        Some(Held::BrokenOff) => Err("The file did not arrive whole. Choose it again."),
        _ => Err("Choose a file."),
    };
    // Editors for people put a mark before the first letter.
    let text = text.map(|text| text.trim_start_matches('\u{feff}').to_owned());
    Ok((fields, text))
}

pub(super) async fn post_new(visit: &Visit, request: Request) -> Answer {
    if is_upload(&request) {
        let (_, text) = uploaded(visit, request).await?;
        return match text {
            Ok(text) => begun(visit, &text, "").await,
            Err(fault) => {
                let errors = vec![FieldError::new("file", fault)];
                Ok(upload_form(visit, "/agreements/new", None, errors))
            }
        };
    }
    let fields = visit.form(request).await?;
    let content = &visit.site.workspace.content;
    let (book, _) = known(visit).await?;
    let changes = fields.get("changes").filter(|c| !c.is_empty());
    if let Some(agreement) = changes.and_then(|reference| book.get(reference)) {
        let digest = agreement.digest().as_str();
        let text = book.text(content, digest).ok_or(Fault::NotFound)?;
        return begun(visit, &next_version(&text), digest).await;
    }
    let chosen = fields.get("template").map_or("", String::as_str);
    let template = Template::read_all(content)?
        .into_iter()
        .find(|t| t.name == chosen);
    if let Some(template) = template {
        return begun(visit, &template.text, "").await;
    }
    let missing = "Choose an agreement to change, or a template to start from.";
    let errors = vec![FieldError::new("template", missing)];
    begin_form(visit, &fields, errors).await
}

async fn begun(visit: &Visit, text: &str, changes: &str) -> Answer {
    let workspace = &visit.site.workspace;
    let who = actor(visit)?;
    log_draft(visit, text, "begun")?;
    let id = workspace
        .control
        .begin_agreement_draft(text, changes, &who.username, visit.now)
        .await?;
    redirect(&format!("/agreements/drafts/{id}"))
}

/// Keeps that a draft was written, by the digest of its text.
fn log_draft(visit: &Visit, text: &str, what: &str) -> Result<(), Fault> {
    let who = actor(visit)?;
    let about = |name| {
        let word = word(text, name).unwrap_or_default();
        let shaped = word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        if shaped && word.len() <= 40 {
            word
        } else {
            String::new()
        }
    };
    let (reference, version, digest) = (about("reference"), about("version"), Digest::of(text));
    visit.site.workspace.log_act(
        Kind::AgreementChanged,
        &who,
        (&reference, &version, &digest),
        Outcome::Done,
        &format!("draft {what}"),
    )?;
    Ok(())
}

/// The text as the next version: what it says of approvals and signatures belongs to the last one.
pub(crate) fn next_version(text: &str) -> String {
    let Ok(mut document) = text.parse::<toml_edit::DocumentMut>() else {
        return text.to_owned();
    };
    for gone in ["submitted", "approved", "signatures", "suspended"] {
        document.remove(gone);
    }
    if let Some(version) = document.get("version").and_then(|v| v.as_str()) {
        let next = match version.rsplit_once('.') {
            Some((line, last)) => last
                .parse::<u64>()
                .map(|n| format!("{line}.{}", n.saturating_add(1))),
            None => version.parse::<u64>().map(|n| format!("{n}.1")),
        };
        let next = next.unwrap_or_else(|_| format!("{version}.1"));
        document.insert("version", toml_edit::value(next));
    }
    document.to_string()
}

pub(super) async fn one(visit: &Visit, request: &mut Request) -> Result<AgreementDraft, Fault> {
    let id = visit.part(request, "id").await?;
    let control = &visit.site.workspace.control;
    control.agreement_draft(&id).await?.ok_or(Fault::NotFound)
}

/// The page of a draft.
pub(super) async fn draft(visit: &Visit, mut request: Request) -> Answer {
    let draft = one(visit, &mut request).await?;
    let (book, _) = known(visit).await?;
    let here = format!("/agreements/drafts/{}", draft.id);
    let (clauses, findings) = review(&draft.text, book.house());
    let said = |level: Level| findings.iter().filter(move |f| f.level == level);
    let stops: Vec<String> = said(Level::Stops).map(|f| f.message.clone()).collect();
    let ready = stops.is_empty();
    let changes = clauses
        .as_ref()
        .and_then(|new| questions::changes_from(&book, &draft.changes, new))
        .unwrap_or_default();
    let view = AgreementDraftView {
        id: caption(&draft),
        title: titled(&draft.text),
        changed: format!(
            "Changed by {} on {}. Written by {}.",
            draft.changed_by,
            format::moment(draft.changed_at),
            draft.writers.join(" and ")
        ),
        sections: parts::sections(&visit.site.workspace.content, &draft, &findings)?,
        sentence: clauses.filter(|_| ready).map(|c| c.sentence()),
        stops,
        warns: said(Level::Warns)
            .map(|f| super::sentence(&format!("{}: {}", f.clause, f.says)))
            .collect(),
        changes,
        submit_href: ready.then(|| format!("{here}/submit")),
        links: vec![
            Link::new("Change the text as a file", format!("{here}/text")),
            Link::new("Put a file in its place", format!("{here}/text?upload=yes")),
        ],
        drop_href: format!("{here}/drop"),
        csrf: visit.csrf(),
    };
    Ok(Visit::page(&pages::agreement_draft(&visit.frame(), &view)))
}

pub(super) async fn post_drop(visit: &Visit, mut request: Request) -> Answer {
    let draft = one(visit, &mut request).await?;
    visit.form(request).await?;
    log_draft(visit, &draft.text, "thrown away")?;
    visit
        .site
        .workspace
        .control
        .drop_agreement_draft(&draft.id)
        .await?;
    redirect("/agreements")
}

/// The text as a file, in a field of many lines.
pub(super) async fn text(visit: &Visit, mut request: Request) -> Answer {
    let draft = one(visit, &mut request).await?;
    if visit.query("upload").is_some() {
        let action = format!("/agreements/drafts/{}/text", draft.id);
        return Ok(upload_form(visit, &action, Some(&draft), Vec::new()));
    }
    let text = draft.text.clone();
    text_form(visit, &draft, &text, None).await
}

async fn text_form(
    visit: &Visit,
    draft: &AgreementDraft,
    text: &str,
    beware: Option<(String, String)>,
) -> Answer {
    let (book, _) = known(visit).await?;
    let here = format!("/agreements/drafts/{}", draft.id);
    let (_, findings) = review(text, book.house());
    let first = findings.iter().find(|f| f.level == Level::Stops);
    let errors = first.map(|f| {
        let place = match (f.line, f.clause.as_str()) {
            (Some(line), "") => format!("Line {line}: "),
            (Some(line), clause) => format!("Line {line}, {clause}: "),
            (None, "") => String::new(),
            (None, clause) => format!("{clause}: "),
        };
        FieldError::new("text", super::sentence(&format!("{place}{}", f.says)))
    });
    let view = FormPageView {
        heading: "The text of the draft".to_owned(),
        caption: caption(draft),
        beware,
        message: first.map(|f| f.message.clone()),
        action: format!("{here}/text"),
        csrf: visit.csrf(),
        hidden: vec![("revision".to_owned(), draft.revision.to_string())],
        fields: vec![FormField::Area {
            name: "text".to_owned(),
            label: "The agreement, clause by clause".to_owned(),
            hint: "Whatever you save is kept, mistakes and all.".to_owned(),
            value: text.to_owned(),
            rows: 30,
            code: true,
        }],
        button: "Save the text".to_owned(),
        back: Link::new("Go back to the draft", here.as_str()),
        parents: above(draft),
        errors: errors.into_iter().collect(),
        ..FormPageView::default()
    };
    Ok(Visit::page(&pages::form_page(&visit.frame(), &view)))
}

pub(super) fn above(draft: &AgreementDraft) -> Vec<Link> {
    vec![
        Link::new("Agreements", "/agreements"),
        Link::new("Draft", format!("/agreements/drafts/{}", draft.id)),
    ]
}

pub(super) async fn post_text(visit: &Visit, mut request: Request) -> Answer {
    let draft = one(visit, &mut request).await?;
    let (fields, text) = if is_upload(&request) {
        let (fields, text) = uploaded(visit, request).await?;
        match text {
            Ok(text) => (fields, text),
            Err(fault) => {
                let action = format!("/agreements/drafts/{}/text", draft.id);
                let errors = vec![FieldError::new("file", fault)];
                return Ok(upload_form(visit, &action, Some(&draft), errors));
            }
        }
    } else {
        let mut fields = visit.form(request).await?;
        let text = fields.remove("text").unwrap_or_default();
        (fields, text.replace("\r\n", "\n"))
    };
    match save(visit, &draft, &fields, &text).await? {
        Saved::Now(draft) => {
            let (book, _) = known(visit).await?;
            let (_, findings) = review(&text, book.house());
            if findings.iter().any(|f| f.level == Level::Stops) {
                text_form(visit, &draft, &text, None).await
            } else {
                redirect(&format!("/agreements/drafts/{}", draft.id))
            }
        }
        Saved::Not(draft, beware) => text_form(visit, &draft, &text, Some(beware)).await,
    }
}

/// What became of saving a text.
pub(super) enum Saved {
    /// It is kept: the draft as it is now.
    Now(AgreementDraft),
    /// It is not: the draft as it is now, and why.
    Not(AgreementDraft, (String, String)),
}

/// Writes a text into a draft of which the form saw a revision.
pub(super) async fn save(
    visit: &Visit,
    draft: &AgreementDraft,
    fields: &Fields,
    text: &str,
) -> Result<Saved, Fault> {
    let why_not = |heading: &str, says: String| (heading.to_owned(), says);
    if text.trim().is_empty() || text.len() > control::agreements::LONGEST_AGREEMENT {
        let says = "A text has to have something in it, and 256 kB at most.".to_owned();
        return Ok(Saved::Not(draft.clone(), why_not("Not saved", says)));
    }
    let revision = fields
        .get("revision")
        .and_then(|r| r.parse().ok())
        .unwrap_or_default();
    let who = actor(visit)?;
    let control = &visit.site.workspace.control;
    log_draft(visit, text, "changed")?;
    let saved = control
        .save_agreement_draft(&draft.id, revision, text, &who.username, visit.now)
        .await?;
    match saved {
        DraftSaved::Now(_) => {
            let now = control.agreement_draft(&draft.id).await?;
            Ok(Saved::Now(now.ok_or(Fault::NotFound)?))
        }
        DraftSaved::Changed(other) => {
            let says = format!(
                "{} changed the draft on {}, after you had opened it. What you wrote is below and not saved. Saving it now puts it in place of what {} wrote.",
                other.changed_by,
                format::moment(other.changed_at),
                other.changed_by
            );
            Ok(Saved::Not(
                *other,
                why_not("Somebody else changed this draft", says),
            ))
        }
        DraftSaved::Gone => Err(Fault::NotFound),
    }
}

/// One part of the draft as a form.
pub(super) async fn part(visit: &Visit, mut request: Request) -> Answer {
    let name = visit.part(&mut request, "part").await?;
    let draft = one(visit, &mut request).await?;
    let (book, _) = known(visit).await?;
    let (_, findings) = review(&draft.text, book.house());
    let content = &visit.site.workspace.content;
    let view = parts::form(content, &draft, &name, None)?.ok_or(Fault::NotFound)?;
    let errors = parts::errors_in(&view, &findings);
    Ok(part_page(
        visit,
        &draft,
        &name,
        FormPageView { errors, ..view },
    ))
}

fn part_page(visit: &Visit, draft: &AgreementDraft, name: &str, view: FormPageView) -> Response {
    let here = format!("/agreements/drafts/{}", draft.id);
    let view = FormPageView {
        caption: caption(draft),
        action: format!("{here}/part/{name}"),
        csrf: visit.csrf(),
        hidden: vec![("revision".to_owned(), draft.revision.to_string())],
        button: "Save".to_owned(),
        back: Link::new("Go back to the draft", here.as_str()),
        parents: above(draft),
        ..view
    };
    Visit::page(&pages::form_page(&visit.frame(), &view))
}

pub(super) async fn post_part(visit: &Visit, mut request: Request) -> Answer {
    let name = visit.part(&mut request, "part").await?;
    let draft = one(visit, &mut request).await?;
    let fields = visit.form(request).await?;
    let content = &visit.site.workspace.content;
    let typed = parts::form(content, &draft, &name, Some(&fields))?.ok_or(Fault::NotFound)?;
    let text = match parts::apply(content, &draft, &name, &fields)? {
        Ok(text) => text,
        Err(errors) => {
            return Ok(part_page(
                visit,
                &draft,
                &name,
                FormPageView { errors, ..typed },
            ));
        }
    };
    match save(visit, &draft, &fields, &text).await? {
        Saved::Not(draft, beware) => {
            let beware = Some(beware);
            Ok(part_page(
                visit,
                &draft,
                &name,
                FormPageView { beware, ..typed },
            ))
        }
        Saved::Now(draft) => {
            let (book, _) = known(visit).await?;
            let (_, findings) = review(&text, book.house());
            let view = parts::form(content, &draft, &name, None)?.ok_or(Fault::NotFound)?;
            let errors = parts::errors_in(&view, &findings);
            if errors.is_empty() {
                return redirect(&format!("/agreements/drafts/{}", draft.id));
            }
            Ok(part_page(
                visit,
                &draft,
                &name,
                FormPageView { errors, ..view },
            ))
        }
    }
}

/// Why the version was written, before it is handed in.
pub(super) async fn submit(visit: &Visit, mut request: Request) -> Answer {
    let draft = one(visit, &mut request).await?;
    if stopped(visit, &draft).await? {
        return redirect(&format!("/agreements/drafts/{}", draft.id));
    }
    Ok(submit_form(visit, &draft, "", Vec::new()))
}

/// Whether something has to be put right first: the page of the draft says what.
async fn stopped(visit: &Visit, draft: &AgreementDraft) -> Result<bool, Fault> {
    let (book, _) = known(visit).await?;
    let (_, findings) = review(&draft.text, book.house());
    Ok(findings.iter().any(|f| f.level == Level::Stops))
}

fn submit_form(
    visit: &Visit,
    draft: &AgreementDraft,
    why: &str,
    errors: Vec<FieldError>,
) -> Response {
    let here = format!("/agreements/drafts/{}", draft.id);
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let view = FormPageView {
        heading: "Hand in for approval".to_owned(),
        caption: caption(draft),
        lede: vec!["Two people of different roles look at it, and neither of them is you. After that, every party signs.".to_owned()],
        action: format!("{here}/submit"),
        csrf: visit.csrf(),
        hidden: vec![("revision".to_owned(), draft.revision.to_string())],
        fields: vec![FormField::Area {
            name: "why".to_owned(),
            label: "Why is this version needed?".to_owned(),
            hint: "Approvers read it first. Write nothing about people who receive care.".to_owned(),
            value: why.to_owned(),
            rows: 4,
            code: false,
        }],
        button: "Go on".to_owned(),
        back: Link::new("Go back to the draft", here.as_str()),
        parents: above(draft),
        errors,
        ..FormPageView::default()
    };
    Visit::page_with(status, &pages::form_page(&visit.frame(), &view))
}

pub(super) async fn post_submit(visit: &Visit, mut request: Request) -> Answer {
    let draft = one(visit, &mut request).await?;
    if stopped(visit, &draft).await? {
        return redirect(&format!("/agreements/drafts/{}", draft.id));
    }
    let fields = visit.form(request).await?;
    let why = one_line(fields.get("why").map_or("", String::as_str));
    let fault = match why.chars().count() {
        0 => Some("Say why this version is needed."),
        1..=1_000 => None,
        _ => Some("Use 1,000 characters or fewer."),
    };
    let seen = fields.get("revision").and_then(|r| r.parse::<u64>().ok());
    let changed = seen != Some(draft.revision);
    let fault = fault.or(changed
        .then_some("The draft was changed after you looked at it. Look at it again, then go on."));
    if let Some(fault) = fault {
        let errors = vec![FieldError::new("why", fault)];
        return Ok(submit_form(visit, &draft, &why, errors));
    }
    if !fields.contains_key("checked") {
        return check_page(visit, &draft, &why).await;
    }
    let who = actor(visit)?;
    let workspace = &visit.site.workspace;
    match workspace
        .submit_agreement(&who, &draft.text, &why, Some(&draft))
        .await?
    {
        Ok(handed) => redirect(&format!("/agreements/approvals/{}", handed.digest)),
        Err(refusal) => Ok(refused(visit, &refusal)),
    }
}

async fn check_page(visit: &Visit, draft: &AgreementDraft, why: &str) -> Answer {
    let (book, _) = known(visit).await?;
    let (clauses, _) = review(&draft.text, book.house());
    let here = format!("/agreements/drafts/{}", draft.id);
    let mut answers = vec![(
        "Agreement".to_owned(),
        format!("{}: {}", caption(draft), titled(&draft.text)),
    )];
    if let Some(clauses) = clauses {
        answers.push(("What it allows".to_owned(), clauses.sentence()));
    }
    answers.push(("Why".to_owned(), why.to_owned()));
    let digest = Digest::of(&draft.text);
    answers.push(("Digest of the text".to_owned(), digest.as_str().to_owned()));
    let view = CheckAnswersView {
        heading: "Check before you hand it in".to_owned(),
        caption: caption(draft),
        lede: vec![
            "The text cannot be changed afterwards. You can take it back until it is approved."
                .to_owned(),
        ],
        answers,
        action: format!("{here}/submit"),
        csrf: visit.csrf(),
        hidden: vec![
            ("revision".to_owned(), draft.revision.to_string()),
            ("why".to_owned(), why.to_owned()),
        ],
        button: "Hand in".to_owned(),
        back: Link::new("Go back to the draft", here.as_str()),
        parents: above(draft),
        ..CheckAnswersView::default()
    };
    Ok(Visit::page(&pages::check_answers(&visit.frame(), &view)))
}
