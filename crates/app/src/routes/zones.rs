//! Which zone a page is part of: a process serves the pages of its own zone and those that open no store.

use super::list::Page;
use crate::config::ProcessZone;

/// Whether a process of a zone serves a page. A page that is not here opens no store, and every process serves it.
pub(super) const fn serves(zone: ProcessZone, page: Page) -> bool {
    match part(page) {
        Some(part) => matches!(
            (zone, part),
            (ProcessZone::All, _)
                | (ProcessZone::Landing, ProcessZone::Landing)
                | (ProcessZone::Analysis, ProcessZone::Analysis)
                | (ProcessZone::Custody, ProcessZone::Custody)
        ),
        None => true,
    }
}

const fn part(page: Page) -> Option<ProcessZone> {
    match page {
        Page::Corrections
        | Page::Submissions
        | Page::Upload
        | Page::PostSubmission
        | Page::Result
        | Page::Cause
        | Page::Confirm
        | Page::PostConfirm
        | Page::Withdraw
        | Page::PostWithdraw
        | Page::Receipt
        | Page::Runs
        | Page::Run
        | Page::Linkage
        | Page::LinkageReport
        | Page::LinkageTable
        | Page::Review
        | Page::PostReview
        | Page::PostReviewUndo
        | Page::ReviewDecisions
        | Page::ReviewLabels
        | Page::ReviewPair
        | Page::Collection
        | Page::CollectionCsv
        | Page::Council
        | Page::CouncilChange
        | Page::PostCouncilChange
        | Page::FindingsXlsx
        | Page::Preview
        | Page::Quality
        | Page::QualityXlsx
        | Page::Returned
        | Page::PostReturned
        | Page::ReturnedCsv
        | Page::ReturnedXlsx
        | Page::ReturnedOverview
        | Page::QualityOverview
        | Page::QualityOverviewXlsx => Some(ProcessZone::Landing),
        Page::Ask
        | Page::PostAsk
        | Page::ReleaseNew
        | Page::PostRelease
        | Page::Releases
        | Page::Release => Some(ProcessZone::Analysis),
        Page::Keys | Page::KeyAsk | Page::PostKeyAsk | Page::KeyRequest | Page::PostKeyRequest => {
            Some(ProcessZone::Custody)
        }
        _ => None,
    }
}
