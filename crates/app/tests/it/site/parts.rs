//! What stands in the changing parts of addresses: something that is there.

use super::{
    Browser,
    list::{Address, Page},
    signed_in,
};

/// Every path under which an address answers, with these values for its changing parts.
pub(super) fn paths(address: &Address, parts: &[(&str, &str)]) -> Vec<String> {
    let mut path = address.path.to_owned();
    for (name, value) in parts {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    std::iter::once(String::new())
        .chain(address.files.iter().map(|f| (*f).to_owned()))
        .map(|ending| format!("{path}{ending}"))
        .collect()
}

/// The parts that lead to something that is there, for each page that has any.
pub(super) fn real_parts(page: Page) -> Vec<(&'static str, String)> {
    let one = |browser: &mut Browser, from: &str, below: &str| {
        let found = browser
            .get(from)
            .links(below)
            .into_iter()
            .find(|l| !l.ends_with("/new"));
        let found = found.unwrap_or_else(|| panic!("{from} has no link below {below}"));
        found.trim_start_matches(below).to_owned()
    };
    match page {
        Page::Result
        | Page::Receipt
        | Page::Cause
        | Page::Confirm
        | Page::Withdraw
        | Page::FindingsXlsx
        | Page::Preview
        | Page::Quality
        | Page::QualityXlsx
        | Page::Returned
        | Page::ReturnedCsv
        | Page::ReturnedXlsx => {
            let (id, rule) = cause_of("sue");
            vec![("id", id), ("rule", rule)]
        }
        Page::Run => vec![("id", one(&mut signed_in("ora"), "/runs", "/runs/"))],
        // Whether there are any depends on what the invented place is like; `review.rs` goes through them.
        Page::ReviewPair | Page::LinkageReport | Page::LinkageTable => vec![
            ("pair", "k1-none".to_owned()),
            ("run", "none".to_owned()),
            ("table", "none.csv".to_owned()),
        ],
        Page::RegisterEntry => vec![("id", "DSA-0417".to_owned())],
        Page::RegisterVersion | Page::RegisterOrganisation | Page::RegisterTopic => {
            let code = if matches!(page, Page::RegisterTopic) {
                "commissioning"
            } else {
                "EST-ICB"
            };
            vec![
                ("id", "DSA-0417".to_owned()),
                ("version", "1.0".to_owned()),
                ("code", code.to_owned()),
            ]
        }
        Page::Agreements(page) => crate::agreements::parts_of(page),
        Page::Release | Page::Recall | Page::ReleaseDecide => {
            vec![("id", one(&mut signed_in("ana"), "/releases", "/releases/"))]
        }
        Page::SpecCurrent
        | Page::Spec
        | Page::SpecField
        | Page::SpecRules
        | Page::SpecCodes
        | Page::SpecFile
        | Page::DictionaryCsv
        | Page::DictionaryJson => [
            ("dataset", "cld-r2"),
            ("version", "2.0"),
            ("column", "event_outcome"),
            ("list", "cld-r2-gender"),
            ("name", "example.csv"),
        ]
        .map(|(n, v)| (n, v.to_owned()))
        .to_vec(),
        Page::PreferenceCase => vec![("number", "1".to_owned())],
        Page::Incident | Page::IncidentAct => vec![
            (
                "number",
                crate::incidents::written_down(&mut signed_in("ivy")),
            ),
            ("act", "add".to_owned()),
        ],
        Page::Change => vec![("id", "C-2026-01".to_owned())],
        Page::News => vec![("id", "2026-09-postcodes".to_owned())],
        Page::Council | Page::CouncilChange => vec![
            ("code", "621".to_owned()),
            ("what", "step-firewall".to_owned()),
        ],
        Page::Rule => vec![("code", "CLD-P001".to_owned())],
        Page::AuditEntry | Page::AuditReplay => vec![("entry", "1".to_owned())],
        Page::Problem => vec![("name", "sign-in".to_owned())],
        Page::Schema => vec![("name", "report.schema.json".to_owned())],
        Page::Asset => vec![("name", "haven.css".to_owned())],
        Page::Image => vec![("name", "nhsuk-icon-cross.svg".to_owned())],
        Page::Person => {
            let people = signed_in("max").get("/people").links("/people/");
            let one = people.iter().find(|l| l.len() == "/people/".len() + 20);
            vec![("id", one.unwrap().trim_start_matches("/people/").to_owned())]
        }
        _ => ["id", "number", "digest"]
            .map(|name| (name, "0".repeat(32)))
            .to_vec(),
    }
}

/// A submission of somebody that has landed with rows set aside, and a rule that those rows break.
pub(super) fn cause_of(username: &str) -> (String, String) {
    let mut browser = signed_in(username);
    let list = browser.get("/submissions");
    for href in list
        .links("/submissions/")
        .into_iter()
        .filter(|h| !h.ends_with("/new"))
    {
        let page = browser.get(&href);
        let landed = !page.links(&format!("{href}/receipt")).is_empty();
        if let Some(cause) = page
            .links(&format!("{href}/findings/"))
            .first()
            .filter(|_| landed)
        {
            let rule = cause.rsplit('/').next().unwrap().to_owned();
            return (href.trim_start_matches("/submissions/").to_owned(), rule);
        }
    }
    panic!("{username} has sent no file with a cause");
}
