//! Preferences: the state of lists, what single people said, who decides an objection, and the public page.

use super::{
    Answer,
    fault::Fault,
    list::Page,
    taking::at_desk,
    visit::{Fields, Visit},
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use control::{CaseState, ListState, NewCase, OnWithdrawal, PreferenceCase, Role, Settled};
use govern::{EntryBody, Kind, ObjectKind, Outcome};
use model::{Content, Date, NhsNumber};
use pages::{
    FieldError, LeftOutRow, OptingOutView, PreferenceCaseRow, PreferenceCaseView,
    PreferenceCasesView, PreferenceListRow, PreferenceListState, PreferenceNewView,
    PreferencesView,
};
use serde::Deserialize;
use std::collections::BTreeMap;

const WORDS: &str = "preferences/words.toml";
const PUBLIC: &str = "preferences/public.toml";
/// How many of the newest lists are shown.
const LISTS: usize = 12;
const LONGEST_WHY: usize = 500;
/// Kinds that the form takes in: code and words.
const KINDS: [(&str, &str); 4] = [
    ("local", "No to a programme, or to all of them"),
    ("objection", "An objection, which another person decides"),
    ("consent", "Yes to a programme that asks for consent"),
    (
        "lacks_capacity",
        "It was found that the person cannot choose for themselves",
    ),
];

/// The words around preferences.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    #[serde(rename = "programme")]
    programmes: Vec<Programme>,
    #[serde(rename = "channel")]
    channels: Vec<Word>,
    #[serde(rename = "reason")]
    reasons: Vec<Word>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Programme {
    code: String,
    title: String,
    lay: String,
    #[serde(default)]
    #[expect(
        dead_code,
        reason = "agreements of the programme say it again, and apply it"
    )]
    lacks_capacity: Option<String>,
    #[serde(default, rename = "wording")]
    wordings: Vec<Wording>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wording {
    version: String,
    #[serde(deserialize_with = "super::site::day")]
    from: Date,
    #[expect(dead_code, reason = "for whoever reads the file")]
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    code: String,
    title: String,
}

/// The public page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Public {
    #[serde(rename = "part")]
    parts: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    heading: String,
    text: Vec<String>,
}

impl Words {
    fn read(content: &Content) -> Result<Self, Fault> {
        Ok(content.toml(WORDS)?)
    }

    fn programme(&self, code: &str) -> String {
        let found = self.programmes.iter().find(|p| p.code == code);
        found.map_or_else(|| code.to_owned(), |p| p.title.clone())
    }

    fn pairs(words: &[Word]) -> Vec<(String, String)> {
        words
            .iter()
            .map(|w| (w.code.clone(), w.title.clone()))
            .collect()
    }

    fn title(words: &[Word], code: &str) -> String {
        let found = words.iter().find(|w| w.code == code);
        found.map_or_else(|| code.to_owned(), |w| w.title.clone())
    }
}

/// Whether a page is one of these.
pub(super) const fn has(page: Page) -> bool {
    matches!(
        page,
        Page::Preferences
            | Page::PreferenceNew
            | Page::PostPreferenceNew
            | Page::PreferenceCases
            | Page::PreferenceCase
            | Page::PostPreferenceCase
            | Page::OptingOut
    )
}

/// The answer of one of these pages.
pub(super) async fn answer(visit: &Visit, page: Page, request: Request) -> Answer {
    match page {
        Page::PreferenceNew => new(visit),
        Page::PostPreferenceNew => post_new(visit, request).await,
        Page::PreferenceCases => cases(visit).await,
        Page::PreferenceCase => case(visit, request).await,
        Page::PostPreferenceCase => post_case(visit, request).await,
        Page::OptingOut => opting_out(visit),
        _ => first(visit).await,
    }
}

async fn first(visit: &Visit) -> Answer {
    let w = &visit.site.workspace;
    let lists = w.control.preference_lists().await?;
    let mut counts: BTreeMap<(String, CaseState), u64> = BTreeMap::new();
    for case in w.control.preference_cases().await? {
        *counts.entry((case.kind, case.state)).or_default() += 1;
    }
    let holds = lists.iter().find(|l| l.state == ListState::Answered);
    let refused = match holds.and_then(|l| l.answer.as_ref()) {
        None => Some("No list was cleaned yet, so agreements that apply the National Data Opt-out open nothing.".to_owned()),
        Some(answer) if answer.expires_at <= visit.now => Some(format!(
            "The cleaned list ran out on {}. Ask the check service anew.",
            pages::format::moment(answer.expires_at)
        )),
        Some(_) => None,
    };
    let report = w.analysis()?.left_out().await?;
    let view = PreferencesView {
        lists: lists
            .iter()
            .take(LISTS)
            .map(|list| PreferenceListRow {
                number: list.number,
                requested_at: list.requested_at,
                count_in: list.count_in,
                count_out: list.answer.as_ref().map(|a| a.count_out),
                expires_at: list.answer.as_ref().map(|a| a.expires_at),
                state: match (list.state, &list.answer) {
                    (ListState::Answered, Some(a)) if a.expires_at > visit.now => {
                        PreferenceListState::Holds
                    }
                    (ListState::Answered, _) => PreferenceListState::OutOfDate,
                    (ListState::Waiting, _) => PreferenceListState::Waiting,
                    (ListState::Replaced, _) => PreferenceListState::Replaced,
                },
            })
            .collect(),
        refused,
        cases: counts
            .into_iter()
            .map(|((kind, state), cases)| {
                (
                    kind_in_words(&kind),
                    state_in_words(state).to_owned(),
                    cases,
                )
            })
            .collect(),
        left_out: report
            .rows
            .into_iter()
            .map(|row| LeftOutRow {
                agreement: row.agreement,
                table: row.table,
                kind: kind_in_words(&row.kind),
                people: row.people,
            })
            .collect(),
        rules: report.rules,
        works_on_cases: visit.role() == Some(Role::PrivacyOfficer),
    };
    Ok(Visit::page(&pages::preferences(&visit.frame(), &view)))
}

fn new(visit: &Visit) -> Answer {
    form(visit, StatusCode::OK, &Fields::new(), Vec::new())
}

async fn post_new(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let words = Words::read(&visit.site.workspace.content)?;
    let value = |name: &str| fields.get(name).map_or("", |v| v.trim());
    let mut errors = Vec::new();
    let kind = value("kind");
    if !KINDS.iter().any(|(code, _)| *code == kind) {
        errors.push(FieldError::new("kind", "Choose what the person said."));
    }
    let number = NhsNumber::parse(value("nhs_number"));
    if number.is_err() {
        errors.push(FieldError::new("nhs_number", "Enter the ten digits of the NHS number. Its last digit is a check of the others, and does not fit."));
    }
    let programme = words
        .programmes
        .iter()
        .find(|p| p.code == value("programme"));
    if programme.is_none() && !value("programme").is_empty() {
        errors.push(FieldError::new(
            "programme",
            "Choose a programme of the list, or all.",
        ));
    }
    let listed = |list: &[Word], name: &str| list.iter().any(|w| w.code == value(name));
    if !listed(&words.channels, "channel") {
        errors.push(FieldError::new("channel", "Choose how the person said it."));
    }
    if !listed(&words.reasons, "reason") {
        errors.push(FieldError::new(
            "reason",
            "Choose why, or that it was not said.",
        ));
    }
    let said_on = day(&fields).filter(|day| *day <= visit.today());
    if said_on.is_none() {
        errors.push(FieldError::new(
            "day",
            "Enter a day that is today or has passed, such as 31 3 2026.",
        ));
    }
    let mut wording = String::new();
    if kind == "consent" {
        let newest = programme
            .into_iter()
            .flat_map(|p| &p.wordings)
            .filter(|w| said_on.is_some_and(|day| w.from <= day))
            .max_by_key(|w| w.from);
        match newest {
            Some(newest) => wording.clone_from(&newest.version),
            None => errors.push(FieldError::new(
                "programme",
                "Choose a programme that asked for consent on that day.",
            )),
        }
    }
    let (Ok(number), Some(said_on), true) = (number, said_on, errors.is_empty()) else {
        return form(visit, StatusCode::UNPROCESSABLE_ENTITY, &fields, errors);
    };
    let new = NewCase {
        kind: kind.to_owned(),
        subject: String::new(),
        programme: value("programme").to_owned(),
        channel: value("channel").to_owned(),
        reason: value("reason").to_owned(),
        wording,
        said_on,
        taken_at: visit.now,
        taken_by: visit.session()?.username.clone(),
        to_be_decided: kind == "objection",
    };
    let case = at_desk(&visit.site, async move |desk| {
        let case = desk.take_case(&number, new).await?;
        desk.hand_over_preferences(&mut |_| {}).await?;
        anyhow::Ok(case)
    })
    .await??;
    Ok(Redirect::to(&format!("/preferences/cases/{case}")).into_response())
}

async fn cases(visit: &Visit) -> Answer {
    let words = Words::read(&visit.site.workspace.content)?;
    let all = visit.site.workspace.control.preference_cases().await?;
    let view = PreferenceCasesView {
        cases: all
            .into_iter()
            .filter(|case| may_see(visit, case))
            .map(|case| PreferenceCaseRow {
                number: case.number,
                kind: kind_in_words(&case.kind),
                programme: words.programme(&case.programme),
                said_on: case.said_on,
                state: state_in_words(case.state).to_owned(),
                review_on: case.review_on,
            })
            .collect(),
    };
    Ok(Visit::page(&pages::preference_cases(&visit.frame(), &view)))
}

async fn case(visit: &Visit, mut request: Request) -> Answer {
    let case = asked(visit, &mut request).await?;
    case_page(visit, StatusCode::OK, &case, &Fields::new(), Vec::new())
}

async fn post_case(visit: &Visit, mut request: Request) -> Answer {
    let case = asked(visit, &mut request).await?;
    let fields = visit.form(request).await?;
    let value = |name: &str| fields.get(name).map_or("", |v| v.trim());
    let (control, by) = (&visit.site.workspace.control, &visit.session()?.username);
    let mut errors = Vec::new();
    let kind = if fields.contains_key("decision") || fields.contains_key("why") {
        let upheld = match value("decision") {
            "upheld" => Some(true),
            "not_upheld" => Some(false),
            _ => None,
        };
        if upheld.is_none() {
            errors.push(FieldError::new(
                "decision",
                "Choose whether the objection is upheld.",
            ));
        }
        let why = value("why");
        if why.is_empty() || why.chars().count() > LONGEST_WHY || why.contains(char::is_control) {
            errors.push(FieldError::new(
                "why",
                format!("Say why, on one line and in at most {LONGEST_WHY} characters."),
            ));
        }
        let review = day(&fields).filter(|day| *day > visit.today());
        if review.is_none() {
            errors.push(FieldError::new(
                "day",
                "Enter a day to come on which the decision is looked at again.",
            ));
        }
        let (Some(upheld), true) = (upheld, errors.is_empty()) else {
            return case_page(
                visit,
                StatusCode::UNPROCESSABLE_ENTITY,
                &case,
                &fields,
                errors,
            );
        };
        let settled = control
            .decide_case(case.number, upheld, why, review, (by, visit.now))
            .await?;
        if settled != Settled::Done {
            let says = match settled {
                Settled::OwnCase => "You took this case in, so another person decides it.",
                _ => "It was decided before.",
            };
            errors.push(FieldError::new("", says));
            return case_page(visit, StatusCode::FORBIDDEN, &case, &Fields::new(), errors);
        }
        Kind::PreferenceDecided
    } else {
        let asks = match (case.kind.as_str(), value("withdraw")) {
            ("consent", "stop_future") => OnWithdrawal::StopFuture,
            ("consent", "erase") => OnWithdrawal::Erase,
            ("consent", _) => {
                errors.push(FieldError::new(
                    "withdraw",
                    "Choose what the person asks for.",
                ));
                return case_page(
                    visit,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    &case,
                    &fields,
                    errors,
                );
            }
            _ => OnWithdrawal::Nothing,
        };
        if visit.role() != Some(Role::PrivacyOfficer) {
            return Err(Fault::WrongRole);
        }
        control
            .withdraw_case(case.number, visit.today(), asks)
            .await?;
        Kind::PreferenceTaken
    };
    let mut entry = EntryBody::new(visit.now, kind, by, Outcome::Done);
    entry.object_kind = Some(ObjectKind::Preference);
    entry.reason = Some(format!("case {}, {}", case.number, case.kind));
    visit.keep(entry).await?;
    at_desk(&visit.site, async |desk| {
        desk.hand_over_preferences(&mut |_| {}).await
    })
    .await??;
    Ok(Redirect::to(&format!("/preferences/cases/{}", case.number)).into_response())
}

fn opting_out(visit: &Visit) -> Answer {
    let content = &visit.site.workspace.content;
    let public: Public = content.toml(PUBLIC)?;
    let words = Words::read(content)?;
    let view = OptingOutView {
        parts: public
            .parts
            .into_iter()
            .map(|p| (p.heading, p.text))
            .collect(),
        programmes: words
            .programmes
            .into_iter()
            .map(|p| (p.title, p.lay))
            .collect(),
    };
    Ok(Visit::page(&pages::opting_out(&visit.frame(), &view)))
}

async fn asked(visit: &Visit, request: &mut Request) -> Result<PreferenceCase, Fault> {
    let number = visit.part(request, "number").await?;
    let number: u64 = number.parse().map_err(|_| Fault::NotFound)?;
    let case = visit.site.workspace.control.preference_case(number).await?;
    case.filter(|case| may_see(visit, case))
        .ok_or(Fault::NotFound)
}

/// A Caldicott Guardian sees objections, which they may decide.
fn may_see(visit: &Visit, case: &PreferenceCase) -> bool {
    visit.role() == Some(Role::PrivacyOfficer) || case.kind == "objection"
}

fn case_page(
    visit: &Visit,
    status: StatusCode,
    case: &PreferenceCase,
    fields: &Fields,
    errors: Vec<FieldError>,
) -> Answer {
    let words = Words::read(&visit.site.workspace.content)?;
    let value = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let open = case.state == CaseState::Open;
    let own = case.taken_by == visit.session()?.username;
    let mut facts = vec![
        ("Kind", kind_in_words(&case.kind)),
        (
            "Programme",
            if case.programme.is_empty() {
                "All".to_owned()
            } else {
                words.programme(&case.programme)
            },
        ),
        ("State", state_in_words(case.state).to_owned()),
        ("Said on", pages::format::date(case.said_on)),
        ("How", Words::title(&words.channels, &case.channel)),
        ("Why", Words::title(&words.reasons, &case.reason)),
        (
            "Taken in",
            format!(
                "{} by {}",
                pages::format::moment(case.taken_at),
                case.taken_by
            ),
        ),
    ];
    if !case.wording.is_empty() {
        facts.push(("Wording agreed to", format!("version {}", case.wording)));
    }
    if let Some((at, by)) = &case.decided {
        facts.push(("Decided", format!("{} by {by}", pages::format::moment(*at))));
        facts.push(("Because", case.decision.clone()));
    }
    if let Some(day) = case.review_on {
        facts.push(("Looked at again", pages::format::date(day)));
    }
    if let Some(day) = case.withdrawn_on {
        facts.push(("Taken back", pages::format::date(day)));
        if case.on_withdrawal == OnWithdrawal::Erase {
            facts.push(("Asked for", "To erase what can be erased".to_owned()));
        }
    }
    let stands = matches!(
        case.state,
        CaseState::Open | CaseState::Holds | CaseState::Upheld
    );
    let view = PreferenceCaseView {
        csrf: visit.csrf(),
        number: case.number,
        errors,
        facts: facts
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        may_decide: open && !own,
        may_not: (open && own).then(|| {
            "You took this case in, so another person decides it. Until then it counts.".to_owned()
        }),
        withdraw: (stands && visit.role() == Some(Role::PrivacyOfficer))
            .then_some(case.kind == "consent"),
        typed: (
            value("decision"),
            value("why"),
            [value("day"), value("month"), value("year")],
        ),
    };
    Ok(Visit::page_with(
        status,
        &pages::preference_case(&visit.frame(), &view),
    ))
}

fn form(visit: &Visit, status: StatusCode, fields: &Fields, errors: Vec<FieldError>) -> Answer {
    let words = Words::read(&visit.site.workspace.content)?;
    let value = |name: &str| {
        fields
            .get(name)
            .map(|v| v.trim().to_owned())
            .unwrap_or_default()
    };
    let all = (String::new(), "All of them".to_owned());
    let programmes = words
        .programmes
        .iter()
        .map(|p| (p.code.clone(), p.title.clone()));
    let kinds = KINDS
        .iter()
        .map(|(code, says)| ((*code).to_owned(), (*says).to_owned()));
    // The number is not put back into the form: a page never holds one.
    let view = PreferenceNewView {
        csrf: visit.csrf(),
        errors,
        kinds: (kinds.collect(), value("kind")),
        programmes: (
            std::iter::once(all).chain(programmes).collect(),
            value("programme"),
        ),
        channels: (Words::pairs(&words.channels), value("channel")),
        reasons: (Words::pairs(&words.reasons), value("reason")),
        said_on: [value("day"), value("month"), value("year")],
    };
    Ok(Visit::page_with(
        status,
        &pages::preference_new(&visit.frame(), &view),
    ))
}

fn day(fields: &Fields) -> Option<Date> {
    let part = |name: &str| fields.get(name)?.trim().parse::<u32>().ok();
    let year = i32::try_from(part("year")?)
        .ok()
        .filter(|year| (1900..=2200).contains(year))?;
    Date::from_ymd_opt(year, part("month")?, part("day")?)
}

/// A kind in words that stand alone.
pub(super) fn kind_in_words(code: &str) -> String {
    match code {
        "national_data_opt_out" => "National Data Opt-out",
        "type_1" => "Type 1 opt-out",
        "local" => "Local opt-out",
        "consent" => "Consent",
        "consent_withdrawn" => "Consent taken back",
        "objection" => "Objection",
        "lacks_capacity" => "Cannot choose for themselves",
        other => other,
    }
    .to_owned()
}

const fn state_in_words(state: CaseState) -> &'static str {
    match state {
        CaseState::Open => "Waits for a decision, and counts until then",
        CaseState::Upheld => "Upheld",
        CaseState::NotUpheld => "Not upheld",
        CaseState::Holds => "Holds",
        CaseState::Withdrawn => "Taken back",
    }
}
