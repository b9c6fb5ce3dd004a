//! Uploads in parts after tus 1.0 (creation, expiration, checksum, termination). Every part is encrypted and on
//! the disk before it is acknowledged, so an upload goes on after a broken line or a killed server.

use super::{
    FromBody, Problem, Reply,
    once::{Done, once},
    send::{about, place, taken},
    text, with,
};
use crate::routes::{
    site::Site,
    taking::{Gone, Kept, Offered, Source, at_desk, kept},
    visit::Visit,
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use control::{Stated, Upload};
use model::Identifying;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, io, sync::Arc, time::Duration};
use store::StoreError;

/// What is held in memory before it is on the disk. A piece with a checksum is held whole, since nothing of it
/// may be kept where the checksum is wrong.
const AT_ONCE: usize = 8 * 1024 * 1024;
/// The longest list of what a sender says of a file.
const LONGEST_METADATA: usize = 4_096;
/// How long the last piece waits for the check.
const CHECKED_WITHIN: Duration = Duration::from_secs(20);

pub(super) fn options(visit: &Visit) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    for (name, value) in [
        ("tus-version", "1.0.0"),
        ("tus-extension", "creation,expiration,checksum,termination"),
        ("tus-checksum-algorithm", "sha256"),
        ("tus-max-size", &visit.site.limit_in_bytes().to_string()),
    ] {
        response = with(response, name, value);
    }
    response
}

pub(super) async fn create(visit: &Visit, request: Request) -> Reply {
    protocol(&request)?;
    let limit = visit.site.limit_in_bytes();
    let bytes = number(&request, "upload-length").ok_or_else(|| {
        Problem::new("not-understood").detail("State `Upload-Length` as a number of bytes.")
    })?;
    if bytes > limit {
        return Err(Problem::too_large(limit));
    }
    let said = metadata(text(&request, "upload-metadata").unwrap_or_default())?;
    let (dataset, stated) = about(visit, |name| said.get(name).cloned())?;
    let what = format!("{dataset} {stated:?} {bytes} {:?}", said.get("filename"));
    // With a key the same upload is found again, so that a sender who was killed goes on with it.
    let made = once(visit, request.headers(), &["upload", &what], async || {
        begin(visit, &said, bytes, dataset, stated).await
    })
    .await?;
    let location = made.headers().get("location").and_then(|l| l.to_str().ok());
    let location = location.unwrap_or_default();
    let response = with(StatusCode::CREATED.into_response(), "location", location);
    let id = location.rsplit('/').next().unwrap_or_default();
    let control = &visit.site.workspace.control;
    let upload = control.upload(id, visit.organisation()?, visit.now).await?;
    Ok(match upload {
        Some(upload) => expires(response, &upload),
        None => response,
    })
}

async fn begin(
    visit: &Visit,
    said: &BTreeMap<String, String>,
    bytes: u64,
    dataset: String,
    stated: Option<Stated>,
) -> Result<Done, Problem> {
    let hours = i64::try_from(visit.site.workspace.config.upload_hours).unwrap_or(24);
    let upload = Upload {
        id: uuid::Uuid::new_v4().simple().to_string(),
        username: visit.session()?.username.clone(),
        organisation: visit.organisation()?.clone(),
        dataset,
        file_name: Identifying::new(said.get("filename").cloned().unwrap_or_default()),
        stated,
        bytes,
        created_at: visit.now,
        ends_at: visit.now + TimeDelta::try_hours(hours).unwrap_or(TimeDelta::hours(24)),
        submission: None,
    };
    visit.site.workspace.control.begin_upload(&upload).await?;
    Ok(Done {
        status: 201,
        location: Some(format!("/api/v1/uploads/{}", upload.id)),
        document: serde_json::Value::Null,
    })
}

pub(super) async fn head(visit: &Visit, mut request: Request) -> Reply {
    protocol(&request)?;
    let upload = find(visit, &mut request).await?;
    let offset = offset_of(visit, &upload)?;
    Ok(stands(StatusCode::OK, &upload, offset))
}

pub(super) async fn delete(visit: &Visit, mut request: Request) -> Reply {
    protocol(&request)?;
    let upload = find(visit, &mut request).await?;
    let _adding = Adding::begin(&visit.site, &upload.id)?;
    visit
        .site
        .workspace
        .identified()?
        .partials
        .forget(&upload.id)?;
    visit
        .site
        .workspace
        .control
        .forget_upload(&upload.id)
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn patch(visit: &Visit, mut request: Request) -> Reply {
    protocol(&request)?;
    let upload = find(visit, &mut request).await?;
    if text(&request, "content-type") != Some("application/offset+octet-stream") {
        return Err(Problem::new("piece-type"));
    }
    let said = number(&request, "upload-offset").ok_or_else(|| {
        Problem::new("not-understood").detail("State `Upload-Offset` as a number of bytes.")
    })?;
    let checksum = text(&request, "upload-checksum")
        .map(checksum)
        .transpose()?;
    let _adding = Adding::begin(&visit.site, &upload.id)?;
    let _place = place(visit)?;
    let offset = offset_of(visit, &upload)?;
    if said != offset {
        return Err(Problem::new("offset").detail(format!("The upload is at {offset}.")));
    }
    let room = upload.bytes.saturating_sub(offset);
    if number(&request, "content-length").is_some_and(|length| length > room) {
        return Err(Problem::new("too-large")
            .detail(format!("{room} bytes are missing, and the piece has more.")));
    }
    let added = add(
        visit,
        &upload,
        offset,
        FromBody::new(request.into_body()),
        checksum,
    )
    .await?;
    let offset = offset + added;
    let response = stands(StatusCode::NO_CONTENT, &upload, offset);
    if offset < upload.bytes {
        return Ok(response);
    }
    let done = finish(visit, &upload).await?;
    Ok(with(
        response,
        "haven-submission",
        done.location.as_deref().unwrap_or_default(),
    ))
}

/// Adds the bytes of a piece, as much of it as comes. What came before the line broke is kept.
async fn add(
    visit: &Visit,
    upload: &Upload,
    mut offset: u64,
    mut source: FromBody,
    checksum: Option<Vec<u8>>,
) -> Result<u64, Problem> {
    let (begin, mut waiting) = (offset, Vec::new());
    loop {
        let piece = source.next().await;
        let more = matches!(piece, Ok(Some(_)));
        match piece {
            Ok(Some(bytes)) => waiting.extend_from_slice(&bytes),
            // With a checksum all of the piece counts or nothing.
            Err(Gone) if checksum.is_some() => return Err(Problem::new("broken-off")),
            Ok(None) | Err(Gone) => {}
        }
        let held = u64::try_from(waiting.len()).unwrap_or(u64::MAX);
        if offset.saturating_add(held) > upload.bytes {
            return Err(
                Problem::new("too-large").detail("The piece has more bytes than are missing.")
            );
        }
        if checksum.is_some() && waiting.len() > AT_ONCE {
            return Err(Problem::new("too-large")
                .detail("A piece with a checksum has at most 8 MiB. Send smaller ones."));
        }
        if let Some(wanted) = checksum.as_ref().filter(|_| !more)
            && Sha256::digest(&waiting).as_slice() != wanted.as_slice()
        {
            return Err(Problem::new("checksum"));
        }
        if !waiting.is_empty() && (!more || (checksum.is_none() && waiting.len() >= AT_ONCE)) {
            let (id, bytes) = (upload.id.clone(), std::mem::take(&mut waiting));
            let kept = at_desk(&visit.site, async move |desk| {
                Ok(desk.partials.append(&id, offset, &bytes))
            })
            .await??;
            match kept {
                Ok(()) => offset += held,
                // Another process has added a piece at the same place.
                Err(StoreError::File { source, .. })
                    if source.kind() == io::ErrorKind::AlreadyExists =>
                {
                    return Err(Problem::new("offset"));
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        if !more {
            return Ok(offset - begin);
        }
    }
}

/// Makes a whole upload into an attempt. Done twice it comes to the same.
async fn finish(visit: &Visit, upload: &Upload) -> Result<Done, Problem> {
    let id = upload.id.clone();
    if let Some(submission) = &upload.submission {
        return Ok(Done {
            status: 200,
            location: Some(super::send::address(submission)),
            document: serde_json::Value::Null,
        });
    }
    let joined = at_desk(&visit.site, async move |desk| {
        Ok(desk.keep_original(desk.partials.read(&id)?, |_| {}))
    })
    .await??;
    let original = match kept(joined)? {
        Kept::Whole(original) => original,
        Kept::TooLarge => return Err(Problem::too_large(visit.site.limit_in_bytes())),
        Kept::BrokenOff => return Err(Problem::new("broken-off")),
    };
    let offered = Offered {
        dataset: upload.dataset.clone(),
        organisation: upload.organisation.clone(),
        file_name: upload.file_name.clone(),
        username: upload.username.clone(),
        today: visit.today(),
        stated: upload.stated.clone(),
    };
    let done = taken(visit, original, offered, CHECKED_WITHIN).await;
    let control = &visit.site.workspace.control;
    // What could not be read is an attempt as well, and its parts are of no more use.
    if let Some(id) = done
        .as_ref()
        .map_or_else(Problem::instance_of_submission, |d| d.location.clone())
    {
        let id = model::SubmissionId::from_digest(id.rsplit('/').next().unwrap_or_default());
        control.finish_upload(&upload.id, &id).await?;
        visit
            .site
            .workspace
            .identified()?
            .partials
            .forget(&upload.id)?;
    }
    done
}

fn offset_of(visit: &Visit, upload: &Upload) -> Result<u64, Problem> {
    if upload.submission.is_some() {
        return Ok(upload.bytes);
    }
    let size = visit
        .site
        .workspace
        .identified()?
        .partials
        .size(&upload.id)?;
    Ok(size)
}

fn stands(status: StatusCode, upload: &Upload, offset: u64) -> Response {
    let mut response = status.into_response();
    for (name, value) in [
        ("upload-offset", offset.to_string()),
        ("upload-length", upload.bytes.to_string()),
    ] {
        response = with(response, name, &value);
    }
    if let Some(id) = &upload.submission {
        response = with(response, "haven-submission", &super::send::address(id));
    }
    expires(response, upload)
}

fn expires(response: Response, upload: &Upload) -> Response {
    let at = upload.ends_at.format("%a, %d %b %Y %H:%M:%S GMT");
    with(response, "upload-expires", &at.to_string())
}

/// The upload of the path, of the caller's own organisation.
async fn find(visit: &Visit, request: &mut Request) -> Result<Upload, Problem> {
    let id = visit.part(request, "id").await?;
    let control = &visit.site.workspace.control;
    control
        .upload(&id, visit.organisation()?, visit.now)
        .await?
        .ok_or_else(|| Problem::new("not-found"))
}

fn protocol(request: &Request) -> Result<(), Problem> {
    match text(request, "tus-resumable") {
        Some("1.0.0") => Ok(()),
        _ => Err(Problem::new("tus-version")),
    }
}

fn number(request: &Request, name: &str) -> Option<u64> {
    let text = text(request, name)?;
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// What a sender says of a file: names, each with a value in base64.
fn metadata(given: &str) -> Result<BTreeMap<String, String>, Problem> {
    let wrong = || {
        Problem::new("not-understood").detail(
            "`Upload-Metadata` is a list of names, each with a value in base64, parted by commas.",
        )
    };
    if given.len() > LONGEST_METADATA {
        return Err(wrong());
    }
    let mut said = BTreeMap::new();
    for pair in given.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let bytes = BASE64_STANDARD.decode(value.trim()).map_err(|_| wrong())?;
        let value = String::from_utf8(bytes).map_err(|_| wrong())?;
        if said.insert(name.to_owned(), value).is_some() {
            return Err(wrong());
        }
    }
    Ok(said)
}

/// The digest that a checksum names.
fn checksum(given: &str) -> Result<Vec<u8>, Problem> {
    let digest = given
        .split_once(' ')
        .filter(|(algorithm, _)| *algorithm == "sha256")
        .and_then(|(_, value)| BASE64_STANDARD.decode(value.trim()).ok());
    digest.filter(|d| d.len() == 32).ok_or_else(|| {
        Problem::new("not-understood")
            .detail("`Upload-Checksum` is `sha256` and a digest in base64.")
    })
}

/// That somebody is adding to an upload. One at a time.
struct Adding {
    site: Arc<Site>,
    id: String,
}

impl Adding {
    fn begin(site: &Arc<Site>, id: &str) -> Result<Self, Problem> {
        let mut adding = site.adding.lock().map_err(|_| Problem::new("our-fault"))?;
        if !adding.insert(id.to_owned()) {
            return Err(Problem::new("locked"));
        }
        Ok(Self {
            site: Arc::clone(site),
            id: id.to_owned(),
        })
    }
}

impl Drop for Adding {
    fn drop(&mut self) {
        if let Ok(mut adding) = self.site.adding.lock() {
            adding.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sender_says_is_read_and_hostile_lists_are_refused() {
        // "march.csv" and "cld-r2" in base64.
        let said = metadata("filename bWFyY2guY3N2, dataset Y2xkLXIy,empty").unwrap();
        assert_eq!(said["filename"], "march.csv");
        assert_eq!(said["dataset"], "cld-r2");
        assert_eq!(said["empty"], "");
        let long = "a ".repeat(4_000);
        for hostile in ["filename !!!", "a YQ==,a YQ==", "a /w==", long.as_str()] {
            assert!(metadata(hostile).is_err(), "{hostile}");
        }
        for hostile in ["md5 YQ==", "sha256", "sha256 YQ==", "sha256 !"] {
            assert!(checksum(hostile).is_err(), "{hostile}");
        }
    }
}
