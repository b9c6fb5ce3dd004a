//! The log as the public has it (`/log`): its checkpoint with the cosignatures, its key, and tiles of
//! hashes. Bundles of entries are for those who read the log (`/audit`); no hash leads back to one.

use super::{Answer, fault::Fault, list::Who, site::Site, visit::Visit};
use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use govern::{AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome, audit::SignedCheckpoint};
use pages::{LogCosignature, LogView};
use std::sync::Arc;

/// Who may fetch bundles of entries.
pub(super) const READERS: Who = Who::Roles(&["auditor", "ig_lead"]);
/// The longest note that is taken in.
const LONGEST_NOTE: usize = 64 << 10;

/// The page: what the log is, how far it has come, and who has cosigned it.
pub(super) async fn page(visit: &Visit) -> Answer {
    let audit = Arc::clone(&visit.site.workspace.audit);
    let (latest, cosigned) = tokio::task::spawn_blocking(move || {
        Ok::<_, anyhow::Error>((audit.publish()?, audit.cosigned()?))
    })
    .await??;
    let witnesses = visit.site.workspace.witnesses()?;
    let by = |note: &SignedCheckpoint| {
        note.cosigned(&witnesses)
            .into_iter()
            .map(|cosigned| LogCosignature {
                witness: cosigned.witness,
                at: i64::try_from(cosigned.at)
                    .ok()
                    .and_then(|at| chrono::DateTime::from_timestamp(at, 0)),
            })
            .collect()
    };
    let view = LogView {
        size: latest.checkpoint.size,
        note: latest.text().to_owned(),
        key: visit.site.workspace.audit.public_key().to_string(),
        cosigned_size: cosigned.as_ref().map(|note| note.checkpoint.size),
        cosigned_note: cosigned.as_ref().map(|note| note.text().to_owned()),
        cosignatures: cosigned.as_ref().map(by).unwrap_or_default(),
        witnesses: witnesses.iter().map(|key| key.name().to_owned()).collect(),
    };
    Ok(Visit::page(&pages::log(&visit.frame(), &view)))
}

/// The addresses for programs: those of C2SP's tlog-tiles below `/log`, and one that takes cosignatures.
pub(super) fn addresses(router: Router, site: &Arc<Site>) -> Router {
    let of = |site: &Arc<Site>| Arc::clone(site);
    let (checkpoint, cosigned, key, tile, take) =
        (of(site), of(site), of(site), of(site), of(site));
    router
        .route(
            "/log/checkpoint",
            get(move |request: Request| answer(checkpoint, request, Asks::Checkpoint)),
        )
        .route(
            "/log/cosigned",
            get(move |request: Request| answer(cosigned, request, Asks::Cosigned)),
        )
        .route(
            "/log/key",
            get(move |request: Request| answer(key, request, Asks::Key)),
        )
        .route(
            "/log/tile/{*tile}",
            get(move |request: Request| answer(tile, request, Asks::Tile)),
        )
        .route(
            "/log/cosignatures",
            post(move |request: Request| answer(take, request, Asks::Take)),
        )
}

/// What a program asks for.
#[derive(Debug, Clone, Copy)]
enum Asks {
    Checkpoint,
    Cosigned,
    Key,
    Tile,
    Take,
}

async fn answer(site: Arc<Site>, request: Request, asks: Asks) -> Response {
    let mut visit = Visit::of(site, &request);
    match given(&mut visit, request, asks).await {
        Ok(response) => response,
        Err(fault) => fault.response(&visit),
    }
}

async fn given(visit: &mut Visit, request: Request, asks: Asks) -> Answer {
    let audit = Arc::clone(&visit.site.workspace.audit);
    match asks {
        Asks::Checkpoint => {
            let note = tokio::task::spawn_blocking(move || audit.publish()).await??;
            let cosigned = visit.site.workspace.audit.cosigned()?;
            let witnesses = visit.site.workspace.witnesses()?;
            let note = match &cosigned {
                Some(cosigned) => note.with_cosignatures(cosigned, &witnesses),
                None => note,
            };
            Ok(text(StatusCode::OK, note.text().to_owned()))
        }
        Asks::Cosigned => {
            let note = audit.cosigned()?.ok_or(Fault::NotFound)?;
            Ok(text(StatusCode::OK, note.text().to_owned()))
        }
        Asks::Key => Ok(text(StatusCode::OK, format!("{}\n", audit.public_key()))),
        Asks::Tile => {
            let path = visit
                .path()
                .strip_prefix("/log/")
                .unwrap_or_default()
                .to_owned();
            if path.starts_with("tile/entries/") {
                visit.recognise().await?;
                visit.may_be(READERS)?;
            }
            let bytes = tokio::task::spawn_blocking(move || audit.file(&path)).await??;
            let mut response = bytes.ok_or(Fault::NotFound)?.into_response();
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/octet-stream"),
            );
            Ok(response)
        }
        Asks::Take => take(visit, request).await,
    }
}

/// Takes cosignatures in. Anyone may bring them: only those of witnesses in the settings count.
async fn take(visit: &Visit, request: Request) -> Answer {
    let Ok(body) = to_bytes(request.into_body(), LONGEST_NOTE).await else {
        return Ok(text(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the note is too long\n".to_owned(),
        ));
    };
    let note = String::from_utf8_lossy(&body).into_owned();
    let witnesses = visit.site.workspace.witnesses()?;
    let (audit, now) = (Arc::clone(&visit.site.workspace.audit), visit.now);
    let taken = tokio::task::spawn_blocking(move || -> anyhow::Result<Option<usize>> {
        let before = audit.cosigned()?;
        let Some(cosignatures) = audit.take_cosignatures(&note, &witnesses)? else {
            return Ok(None);
        };
        let after = audit.cosigned()?;
        if before != after {
            let mut entry = EntryBody::new(now, Kind::Cosigned, "haven", Outcome::Done);
            entry.object_kind = Some(ObjectKind::Log);
            entry.rows = after.map(|note| note.checkpoint.size);
            entry.reason = Some(format!("cosignatures on the checkpoint: {cosignatures}"));
            audit.keep(entry)?;
        }
        Ok(Some(cosignatures))
    })
    .await??;
    Ok(match taken {
        Some(cosignatures) => text(StatusCode::OK, format!("{cosignatures}\n")),
        None => text(
            StatusCode::FORBIDDEN,
            "this is not a checkpoint of ours with a cosignature of a witness that we know, or a newer one has been cosigned\n".to_owned(),
        ),
    })
}

fn text(status: StatusCode, body: String) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
