//! The site: what answers at which address. One file per page below `routes/`.
//!
//! `list.rs` has every address with who may open it, `calls.rs` those for machines; nothing is served that is not in it.

mod account;
mod agreements;
mod api;
mod ask;
mod assets;
mod audit;
mod calls;
mod cases;
mod changes;
mod check;
mod collection;
mod corrections;
mod counted;
mod destruction;
mod fault;
mod fhir;
mod findings;
mod guidance;
mod incidents;
mod keys;
mod library;
mod linkage;
mod list;
mod listen;
mod log;
mod mailbox;
mod people;
mod places;
mod preferences;
mod preview;
mod provider;
mod quality;
mod register;
mod releases;
mod returned;
mod review;
mod role;
mod rules;
mod runs;
mod schemas;
mod scim;
mod sending;
mod sheets;
mod sign_in;
mod site;
mod specs;
mod stages;
mod start;
mod statements;
mod status;
mod subject_access;
mod submissions;
mod taking;
mod token;
mod upload;
mod visit;
mod zones;

use crate::{config::ProcessZone, workspace::Workspace};
use anyhow::Result;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::{MethodFilter, MethodRouter, on},
};
use counted::Book;
use fault::Fault;
use govern::{EntryBody, Kind, ObjectKind, Outcome as Ended};
use list::{ADDRESSES, Address, AgreementPage, Asked, Page};
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

/// A form with the text of an agreement: quotes and line breaks take three bytes each on their way.
const LONGEST_TEXT: usize = 1024 * 1024;

/// How often what has run out is deleted.
const SWEEP_EVERY: Duration = Duration::from_mins(15);

pub(crate) use agreements::{because, between, ended, machine_rule, seen};
pub(crate) use ask::sentence;
pub(crate) use incidents::in_london;
pub(crate) use mailbox::{Done, Outcome, Post, keep_mailbox, send_list};
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
                let warned = async || crate::desks::agreements::warn(&workspace).await;
                if let Err(fault) = warned().await {
                    tracing::error!("warning of ends: {}", fault::without_values(&fault));
                }
                let warned = async || crate::desks::agreements::warn_of_retention(&workspace).await;
                if let Err(fault) = warned().await {
                    tracing::error!("warning of destruction: {}", fault::without_values(&fault));
                }
                if let Err(fault) = crate::desks::incidents::remind(&workspace).await {
                    tracing::error!("reminding of incidents: {}", fault::without_values(&fault));
                }
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
    router = log::addresses(router, site);
    let book = Book::open(
        Arc::clone(&site.workspace.audit),
        Arc::clone(&site.workspace.clock),
    );
    router = token::addresses(router, site);
    router = scim::addresses(router, site);
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
        .layer(from_fn_with_state(book, counted::counted))
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
    match address.page {
        Page::PostSubmission | Page::PostCheck => router.layer(DefaultBodyLimit::disable()),
        Page::Agreements(AgreementPage::PostNew | AgreementPage::PostText) => {
            router.layer(DefaultBodyLimit::max(LONGEST_TEXT))
        }
        _ => router,
    }
}

async fn answer(mut visit: Visit, address: &'static Address, request: Request) -> Response {
    let allowed = visit
        .recognise()
        .await
        .and_then(|()| visit.may_open(address));
    let answered = match allowed {
        Ok(()) => page(&visit, address.page, request).await,
        Err(Fault::WrongRole) => Err(refused(&visit, address).await),
        Err(Fault::SignIn) if waits(&visit, address, &request) => {
            sign_in::keep_form(&visit, request).await
        }
        Err(fault) => Err(fault),
    };
    answered.unwrap_or_else(|fault| fault.response(&visit))
}

/// A refusal is in the log before it is told, under the address's own name and never as it was typed.
async fn refused(visit: &Visit, address: &Address) -> Fault {
    let actor = visit.session.as_ref().map_or("", |s| s.username.as_str());
    let mut entry = EntryBody::new(visit.now, Kind::AccessRefused, actor, Ended::Refused);
    entry.object_kind = Some(ObjectKind::Page);
    entry.reason = Some(format!("not for this role: {}", address.path));
    match visit.keep(entry).await {
        Ok(()) => Fault::WrongRole,
        Err(fault) => fault,
    }
}

/// Whether a form came after its session had ended, and can wait until its sender has signed in again.
fn waits(visit: &Visit, address: &Address, request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    visit.expired
        && address.asked == Asked::Post
        && kind.starts_with("application/x-www-form-urlencoded")
        && !matches!(
            address.page,
            Page::PostSignOut
                | Page::PostRole
                | Page::PostSecondFactor
                | Page::PostSecondFactorStart
        )
}

async fn page(visit: &Visit, page: Page, request: Request) -> Answer {
    match page {
        Page::Start => start::page(visit).await,
        Page::Corrections => corrections::page(visit).await,
        Page::PostNoticeRead => corrections::read(visit, request).await,
        Page::SignIn => sign_in::page(visit).await,
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
        Page::Agreements(page) => agreements::answer(visit, page, request).await,
        Page::Ask => ask::page(visit).await,
        Page::PostAsk => ask::post(visit, request).await,
        Page::ReleaseNew => releases::new(visit).await,
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
        Page::Asset => assets::asset(visit, request).await,
        Page::Image => assets::image(visit, request).await,
        of_preferences if preferences::has(of_preferences) => {
            preferences::answer(visit, of_preferences, request).await
        }
        page => people_page(visit, page, request).await,
    }
}

/// The pages about those who work here, what they did, and the keys.
async fn people_page(visit: &Visit, page: Page, request: Request) -> Answer {
    match page {
        Page::SignInCode => sign_in::code_page(visit).await,
        Page::PostSignInCode => sign_in::post_code(visit, request).await,
        Page::FirstPassword => sign_in::first_page(visit, request).await,
        Page::ProviderAway => provider::away(visit, request).await,
        Page::ProviderBack => provider::back(visit, request).await,
        Page::ProviderOut => provider::out(visit, request).await,
        Page::PostFirstPassword => sign_in::post_first(visit, request).await,
        Page::Account => account::page(visit).await,
        Page::AccountStay => account::stay(visit, &request),
        Page::PostAccountSessions => account::end_sessions(visit, request).await,
        Page::SecondFactor => account::second_factor(visit).await,
        Page::PostSecondFactorStart => account::begin_second_factor(visit, request).await,
        Page::PostSecondFactor => account::confirm_second_factor(visit, request).await,
        Page::People => people::page(visit).await,
        Page::PeopleCsv => people::csv(visit).await,
        Page::PersonNew => Ok(people::new(visit)),
        Page::PostPerson => people::add(visit, request).await,
        Page::AccountRequests => people::waiting(visit).await,
        Page::PostAccountRequest => people::decide(visit, request).await,
        Page::Person => people::one(visit, request).await,
        Page::PostPersonChange => people::act(visit, request).await,
        Page::Log => log::page(visit).await,
        Page::Audit => audit::page(visit).await,
        Page::AuditCsv | Page::AuditXlsx | Page::AuditJson => audit::file(visit, page).await,
        Page::AuditEntry => audit::entry(visit, request).await,
        Page::PostAuditVerify => audit::verify(visit, request).await,
        Page::AuditReplay => audit::replay::page(visit, request).await,
        Page::ReleaseDecide => releases::decide::page(visit, request).await,
        Page::PostReleaseDecide => releases::decide::post(visit, request).await,
        Page::Recall => releases::recall::page(visit, request).await,
        Page::PostRecall => releases::recall::post(visit, request).await,
        Page::Destructions => destruction::page(visit).await,
        Page::DestructionAsk => destruction::ask(visit).await,
        Page::PostDestructionAsk => destruction::post_ask(visit, request).await,
        Page::Destruction => destruction::one(visit, request).await,
        Page::PostDestruction => destruction::post_one(visit, request).await,
        Page::Rights => subject_access::page(visit).await,
        Page::RightsNew => Ok(subject_access::new(visit)),
        Page::PostRightsNew => subject_access::post_new(visit, request).await,
        Page::RightsCase => subject_access::one(visit, request).await,
        Page::PostRightsCase => subject_access::post_one(visit, request).await,
        Page::Keys => keys::page(visit).await,
        Page::KeyAsk => keys::ask(visit),
        Page::PostKeyAsk => keys::post_ask(visit, request).await,
        Page::KeyRequest => keys::one(visit, request).await,
        Page::PostKeyRequest => keys::post_one(visit, request).await,
        Page::Incidents
        | Page::IncidentNew
        | Page::PostIncidentNew
        | Page::Incident
        | Page::IncidentAct
        | Page::PostIncidentAct => incidents::answer(visit, page, request).await,
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
