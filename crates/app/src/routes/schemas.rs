//! The published JSON schemas (`/schemas/{name}`), as they stand in `docs/schema`.

use super::{
    Answer,
    fault::Fault,
    visit::{Visit, open_data},
};
use axum::{
    extract::Request,
    http::{HeaderValue, header},
    response::IntoResponse,
};

/// Every schema by the name that its `$id` ends with.
const SCHEMAS: [(&str, &str); 2] = [
    (
        "report.schema.json",
        include_str!("../../../../docs/schema/report.schema.json"),
    ),
    (
        "finding.schema.json",
        include_str!("../../../../docs/schema/finding.schema.json"),
    ),
];

pub(super) async fn schema(visit: &Visit, mut request: Request) -> Answer {
    let name = visit.part(&mut request, "name").await?;
    let (_, text) = SCHEMAS
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or(Fault::NotFound)?;
    let mut response = (*text).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/schema+json"),
    );
    Ok(open_data(response))
}
