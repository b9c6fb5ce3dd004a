//! The site: what answers at which address. One file per page below `routes/`.
//!
//! `list.rs` has every address with who may open it; nothing is served that is not in it.

mod agreements;
mod api;
mod ask;
mod assets;
mod cases;
mod changes;
mod check;
mod collection;
mod corrections;
mod fault;
mod fhir;
mod findings;
mod guidance;
mod keys;
mod library;
mod linkage;
mod list;
mod listen;
mod mailbox;
mod places;
mod preview;
mod quality;
mod register;
mod releases;
mod returned;
mod review;
mod role;
mod rules;
mod runs;
mod schemas;
mod sending;
mod sheets;
mod sign_in;
mod site;
mod specs;
mod stages;
mod start;
mod statements;
mod status;
mod submissions;
mod taking;
mod upload;
mod visit;
mod zones;

use crate::{config::ProcessZone, workspace::Workspace};
use anyhow::Result;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, header},
    middleware::{Next, from_fn},
    response::Response,
    routing::{MethodFilter, MethodRouter, on},
};
use fault::Fault;
use list::{ADDRESSES, Address, Asked, Page};
use listen::{Listener, Peer};
use site::Site;
use std::{sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tracing_subscriber::EnvFilter;
use visit::Visit;

/// What a page gives: an answer, or why there is none.
type Answer = Result<Response, Fault>;

/// No form but the one with a file is longer than this.
const LONGEST_FORM: usize = 256 * 1024;

/// How often what has run out is deleted.
const SWEEP_EVERY: Duration = Duration::from_mins(15);

pub(crate) use mailbox::{Done, Outcome, Post, keep_mailbox};
pub(crate) use submissions::safe;

async fn evidence(visit: &Visit) -> Answer {
    let view = crate::evidence::view(&visit.site.workspace).await?;
    Ok(Visit::page(&pages::evidence(&visit.frame(), &view)))
}

/// What is needed before the first address can answer.
pub(crate) fn site(workspace: Arc<Workspace>) -> Result<Arc<Site>> {
    Ok(Arc::new(Site::new(workspace)?))
}

/// Serves the site until the process is told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    site: Arc<Site>,
) -> Result<()> {
    // Our own faults only: what libraries say may hold values.
    let only_ours = EnvFilter::new("haven=info");
    let _ = tracing_subscriber::fmt()
        .with_env_filter(only_ours)
        .with_writer(std::io::stderr)
        .try_init();
    let service = router(&site).into_make_service_with_connect_info::<Peer>();
    let listener = match tls {
        Some(tls) => Listener::encrypted(listener, tls)?,
        None => Listener::plain(listener),
    };
    axum::serve(listener, service).await?;
    Ok(())
}

/// What goes on beside the requests: files that a kill left unchecked are checked, and what has run out is
/// deleted.
pub(crate) fn keep_house(workspace: Arc<Workspace>) {
    let runtime = tokio::runtime::Handle::current();
    // A thread of its own: the table's writer stays on one.
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let resumed = async || workspace.identified()?.resume().await;
            if let Err(fault) = resumed().await {
                tracing::error!("files left unchecked: {}", fault::without_values(&fault));
            }
            loop {
                let swept = async || workspace.identified()?.sweep().await;
                if let Err(fault) = swept().await {
                    tracing::error!("sweeping: {}", fault::without_values(&fault));
                }
                if let Err(fault) = crate::cases::sweep(&workspace).await {
                    tracing::error!("ending lists: {}", fault::without_values(&fault));
                }
                tokio::time::sleep(SWEEP_EVERY).await;
            }
        });
    });
}

/// All addresses of the site.
fn router(site: &Arc<Site>) -> Router {
    let mut router = Router::new();
    let zone = site.workspace.config.zone;
    for address in ADDRESSES.iter().filter(|a| zones::serves(zone, a.page)) {
        router = router.route(address.path, answering(site, address));
    }
    let lost = Arc::clone(site);
    // Machines send files and ask who people are; both are work of the landing zone.
    if zone.does(ProcessZone::Landing) {
        router = fhir::addresses(router, site);
        router = api::addresses(router, site);
    }
    let secure = site.secure();
    router
        .fallback(move |request: Request| {
            let mut visit = Visit::of(Arc::clone(&lost), &request);
            async move {
                match visit.recognise().await {
                    Ok(()) => Fault::NotFound.response(&visit),
                    Err(fault) => fault.response(&visit),
                }
            }
        })
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(from_fn(move |request, next| {
            with_headers(request, next, secure)
        }))
        .layer(from_fn(listen::busy))
}

fn answering(site: &Arc<Site>, address: &'static Address) -> MethodRouter {
    let filter = match address.asked {
        Asked::Get => MethodFilter::GET,
        Asked::Post => MethodFilter::POST,
    };
    let site = Arc::clone(site);
    let router = on(filter, move |request: Request| {
        let visit = Visit::of(Arc::clone(&site), &request);
        async move { answer(visit, address, request).await }
    });
    if matches!(address.page, Page::PostSubmission | Page::PostCheck) {
        router.layer(DefaultBodyLimit::disable())
    } else {
        router
    }
}

async fn answer(mut visit: Visit, address: &'static Address, request: Request) -> Response {
    let allowed = visit
        .recognise()
        .await
        .and_then(|()| visit.may_open(address));
    let answered = match allowed {
        Ok(()) => page(&visit, address.page, request).await,
        Err(fault) => Err(fault),
    };
    answered.unwrap_or_else(|fault| fault.response(&visit))
}

async fn page(visit: &Visit, page: Page, request: Request) -> Answer {
    match page {
        Page::Start => start::page(visit).await,
        Page::Corrections => corrections::page(visit).await,
        Page::PostNoticeRead => corrections::read(visit, request).await,
        Page::SignIn => sign_in::page(visit),
        Page::PostSignIn => sign_in::post(visit, request).await,
        Page::PostSignOut => sign_in::sign_out(visit, request).await,
        Page::Role => role::page(visit),
        Page::PostRole => role::post(visit, request).await,
        Page::Check => check::page(visit),
        Page::PostCheck => check::post(visit, request).await,
        Page::Submissions => submissions::page(visit).await,
        Page::Upload => Ok(upload::page(visit)),
        Page::PostSubmission => upload::post(visit, request).await,
        Page::Result => submissions::result(visit, request).await,
        Page::Cause => submissions::cause(visit, request).await,
        Page::Confirm => sending::confirm(visit, request).await,
        Page::PostConfirm => sending::post_confirm(visit, request).await,
        Page::Withdraw => sending::withdraw(visit, request).await,
        Page::PostWithdraw => sending::post_withdraw(visit, request).await,
        Page::Receipt => sending::receipt(visit, request).await,
        Page::Runs => runs::page(visit).await,
        Page::Run => runs::run(visit, request).await,
        Page::Linkage => linkage::page(visit).await,
        Page::LinkageReport => linkage::report(visit, request).await,
        Page::LinkageTable => linkage::table(visit, request).await,
        Page::Review => review::page(visit).await,
        Page::PostReview => review::post(visit, request).await,
        Page::PostReviewUndo => review::undo(visit, request).await,
        Page::ReviewDecisions => review::decisions(visit).await,
        Page::ReviewLabels => review::labels(visit).await,
        Page::ReviewPair => review::pair(visit, request).await,
        Page::Agreements => agreements::page(visit),
        Page::Agreement => agreements::agreement(visit, request).await,
        Page::Ask => ask::page(visit),
        Page::PostAsk => ask::post(visit, request).await,
        Page::ReleaseNew => releases::new(visit),
        Page::PostRelease => releases::post(visit, request).await,
        Page::Releases => releases::page(visit).await,
        Page::Release => releases::release(visit, request).await,
        Page::Register => register::page(visit).await,
        Page::RegisterEntry => register::entry(visit, request).await,
        Page::RegisterJson => register::json(visit).await,
        Page::Evidence => evidence(visit).await,
        Page::RegisterCsv => register::csv(visit).await,
        Page::RegisterFiles => register::files(visit).await,
        Page::RegisterAtom => register::atom(visit).await,
        Page::RegisterVersion => register::version(visit, request).await,
        Page::RegisterOrganisation => register::organisation(visit, request).await,
        Page::RegisterTopic => register::topic(visit, request).await,
        Page::Collection => collection::page(visit).await,
        Page::CollectionCsv => collection::csv(visit).await,
        Page::FindingsXlsx => findings::xlsx(visit, request).await,
        Page::Preview => preview::page(visit, request).await,
        Page::Quality => quality::page(visit, request).await,
        Page::QualityXlsx => quality::xlsx(visit, request).await,
        Page::Returned => returned::page(visit, request).await,
        Page::PostReturned => returned::post(visit, request).await,
        Page::ReturnedCsv => returned::csv(visit, request).await,
        Page::ReturnedXlsx => returned::xlsx(visit, request).await,
        Page::ReturnedOverview => returned::overview(visit).await,
        Page::QualityOverview => quality::overview(visit).await,
        Page::QualityOverviewXlsx => quality::overview_xlsx(visit).await,
        Page::Changes => Ok(changes::page(visit)),
        Page::ChangesAtom => Ok(changes::atom(visit)),
        Page::Change => changes::change(visit, request).await,
        Page::News => changes::news(visit, request).await,
        Page::Council => collection::council(visit, request).await,
        Page::CouncilChange => collection::change(visit, request).await,
        Page::PostCouncilChange => collection::post_change(visit, request).await,
        Page::Specs => Ok(specs::page(visit)),
        Page::SpecCurrent => specs::current(visit, request).await,
        Page::Spec => specs::spec(visit, request).await,
        Page::SpecField => specs::field(visit, request).await,
        Page::SpecRules => specs::rules(visit, request).await,
        Page::SpecCodes => specs::codes(visit, request).await,
        Page::SpecFile => specs::file(visit, request).await,
        Page::DictionaryCsv => specs::dictionary_csv(visit, request).await,
        Page::DictionaryJson => specs::dictionary_json(visit, request).await,
        Page::Rule => rules::page(visit, request).await,
        Page::Guidance => Ok(guidance::page(visit)),
        Page::Schema => schemas::schema(visit, request).await,
        Page::Status => status::page(visit).await,
        Page::Accessibility => Ok(statements::accessibility(visit)),
        Page::Cookies => Ok(statements::cookies(visit)),
        Page::Privacy => Ok(statements::privacy(visit)),
        Page::Help => Ok(statements::help(visit)),
        Page::Problem => statements::problem(visit, request).await,
        Page::Keys => keys::page(visit).await,
        Page::KeyAsk => keys::ask(visit),
        Page::PostKeyAsk => keys::post_ask(visit, request).await,
        Page::KeyRequest => keys::one(visit, request).await,
        Page::PostKeyRequest => keys::post_one(visit, request).await,
        Page::Asset => assets::asset(visit, request).await,
        Page::Image => assets::image(visit, request).await,
        other => cases::answer(visit, other, request).await,
    }
}

/// What every answer carries, whatever it is.
async fn with_headers(request: Request, next: Next, secure: bool) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if secure {
        // Two years, as browsers' own lists ask for.
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    for (name, value) in [
        (
            "content-security-policy",
            pages::assets::CONTENT_SECURITY_POLICY,
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
        ),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
