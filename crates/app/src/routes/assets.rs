//! Our own small files, and the frontend's.

use super::{Answer, fault::Fault, visit::Visit};
use axum::{
    extract::Request,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

pub(super) async fn asset(visit: &Visit, mut request: Request) -> Answer {
    let frontend = &visit.site.frontend;
    let (kind, body) = match visit.part(&mut request, "name").await?.as_str() {
        "nhsuk-frontend.min.css" => (CSS, frontend.style.clone()),
        "nhsuk-frontend.min.js" => (SCRIPT, frontend.script.clone()),
        "haven.css" => (CSS, pages::assets::HAVEN_CSS.to_owned()),
        "haven.js" => (SCRIPT, pages::assets::HAVEN_JS.to_owned()),
        "haven-icon.svg" => (SVG, pages::assets::HAVEN_ICON.to_owned()),
        _ => return Err(Fault::NotFound),
    };
    Ok(kept_for_an_hour(kind, body))
}

pub(super) async fn image(visit: &Visit, mut request: Request) -> Answer {
    let name = visit.part(&mut request, "name").await?;
    let picture = visit
        .site
        .frontend
        .images
        .get(name.as_str())
        .ok_or(Fault::NotFound)?;
    Ok(kept_for_an_hour(SVG, picture.clone()))
}

fn kept_for_an_hour(kind: &'static str, body: String) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    );
    response
}
