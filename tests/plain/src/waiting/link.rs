//! Section 15.3: which assessment and which service answer a request, and which requests are left out.

use chrono::NaiveDate;

use super::{Kind, Numbered, progresses};
use crate::date::days;

/// A valid request and what followed it.
#[derive(Debug, Clone)]
pub struct Link<'a> {
    /// The request.
    pub request: Numbered<'a>,
    /// The next assessment.
    pub next_assessment: Option<Numbered<'a>>,
    /// The next service.
    pub next_service: Option<Numbered<'a>>,
    /// Whether all of step 1 but its day holds.
    pub conversation: bool,
    /// Whether step 2 made the next service the response.
    pub service_is_response: bool,
    /// The response.
    pub response: Option<Numbered<'a>>,
    /// The service of part 2.
    pub service: Option<Numbered<'a>>,
    /// The largest order of a response to an earlier request.
    pub largest_response_before: Option<i64>,
    /// The largest order of a part 2 service of an earlier request.
    pub largest_service_before: Option<i64>,
    /// Whether step 4 leaves the request out.
    pub excluded: bool,
}

impl Link<'_> {
    /// Section 15.4: days from the request to the response.
    pub fn wait_for_response(&self) -> Option<i64> {
        let response = self.response.as_ref().filter(|_| !self.excluded)?;
        Some(days(self.request.event.start, response.event.start))
    }

    /// Section 15.4: days from the request to the service of part 2.
    pub fn wait_for_service(&self) -> Option<i64> {
        let service = self.service.as_ref().filter(|_| !self.excluded)?;
        Some(days(self.request.event.start, service.event.start))
    }
}

/// Links all requests of one person; `events` are in order.
pub fn link<'a>(events: &[Numbered<'a>]) -> Vec<Link<'a>> {
    let mut links: Vec<Link<'a>> = Vec::new();
    for request in events.iter().filter(|event| event.kind == Kind::Request) {
        let link = link_one(request, events);
        links.push(exclude(link, &links));
    }
    links
}

/// Steps 1 to 3.
fn link_one<'a>(request: &Numbered<'a>, events: &[Numbered<'a>]) -> Link<'a> {
    let next = |kind: Kind| {
        events
            .iter()
            .find(|event| event.kind == kind && event.order > request.order)
            .cloned()
    };
    let next_assessment = next(Kind::Assessment);
    let next_service = next(Kind::Service);

    let release_2_from = NaiveDate::from_ymd_opt(2025, 7, 1).unwrap_or_default();
    let conversation = request.event.row.der_conversation == Some(1)
        && progresses(request.event)
        && next_assessment
            .as_ref()
            .is_none_or(|next| next.event.start > request.event.start);
    let mut response = if conversation && request.event.start < release_2_from {
        Some(request.clone())
    } else {
        next_assessment.clone()
    };

    let service_is_response = next_service.as_ref().is_some_and(|service| {
        response
            .as_ref()
            .is_none_or(|response| service.order < response.order)
    });
    if service_is_response {
        response.clone_from(&next_service);
    }

    let discarded = response
        .as_ref()
        .is_some_and(|response| response.kind == Kind::Assessment && !response.block_progresses);
    Link {
        request: request.clone(),
        next_assessment,
        service: next_service.clone().filter(|_| !discarded),
        next_service,
        conversation,
        service_is_response,
        response,
        largest_response_before: None,
        largest_service_before: None,
        excluded: false,
    }
}

/// Step 4: leaves a request out that overlaps what followed earlier ones, whether those were left out or not.
fn exclude<'a>(mut link: Link<'a>, earlier: &[Link<'a>]) -> Link<'a> {
    let order = |event: &Option<Numbered<'a>>| event.as_ref().map(|event| event.order);
    let (response, service) = (order(&link.response), order(&link.service));
    let previous = earlier
        .last()
        .and_then(|previous| order(&previous.response).max(order(&previous.service)));
    link.largest_response_before = earlier
        .iter()
        .filter_map(|link| order(&link.response))
        .max();
    link.largest_service_before = earlier.iter().filter_map(|link| order(&link.service)).max();
    let at_most = |mine: Option<i64>, largest: Option<i64>| match (mine, largest) {
        (Some(mine), Some(largest)) => mine <= largest,
        _ => false,
    };
    link.excluded = previous.is_some_and(|previous| previous > link.request.order)
        || at_most(response, link.largest_response_before)
        || at_most(service, link.largest_service_before);
    link
}
