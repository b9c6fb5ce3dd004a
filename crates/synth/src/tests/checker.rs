//! A slow, plain checker of council files, written from the reference rules and not from the generator: each rule is
//! one condition on the text of a row. Only rules of severity error about one record, and two about one person.

use model::{Date, NhsNumber};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// A CSV file, all of it.
pub(super) struct Sheet {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    header: &'a [String],
    cells: &'a [String],
}

impl Sheet {
    pub(super) fn read(path: &Path) -> Self {
        Self::parse(&std::fs::read_to_string(path).unwrap())
    }

    pub(super) fn parse(text: &str) -> Self {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let list = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        let header = list(reader.headers().unwrap());
        let rows = reader.records().map(|r| list(&r.unwrap())).collect();
        Self { header, rows }
    }

    pub(super) fn row(&self, at: usize) -> Row<'_> {
        Row {
            header: &self.header,
            cells: &self.rows[at],
        }
    }
}

impl<'a> Row<'a> {
    pub(super) fn get(&self, column: &str) -> &'a str {
        let at = self.header.iter().position(|h| h == column);
        &self.cells[at.unwrap_or_else(|| panic!("no column {column}"))]
    }

    pub(super) fn date(&self, column: &str) -> Option<Date> {
        Date::parse_from_str(self.get(column), "%d/%m/%Y").ok()
    }

    fn blank(&self, column: &str) -> bool {
        self.get(column).is_empty()
    }
}

/// The rules that are checked.
pub(super) const RULES: &[&str] = &[
    "CLD-P002", "CLD-P003", "CLD-P008", "CLD-P014", "CLD-P015", "CLD-P017", "CLD-P018", "CLD-P019",
    "CLD-P021", "CLD-P025", "CLD-P026", "CLD-P033", "CLD-P034", "CLD-P035", "CLD-P038", "CLD-P039",
    "CLD-P043", "CLD-P045", "CLD-P046", "CLD-P047", "CLD-P050", "CLD-P051", "CLD-P054", "CLD-P055",
    "CLD-E001", "CLD-E003", "CLD-E004", "CLD-E008", "CLD-E009", "CLD-E010", "CLD-E011", "CLD-E012",
    "CLD-E015", "CLD-E016", "CLD-E018", "CLD-E020", "CLD-E028", "CLD-Q001", "CLD-Q004", "CLD-A001",
    "CLD-A002", "CLD-A004", "CLD-V001", "CLD-V002", "CLD-V003", "CLD-V004", "CLD-V005", "CLD-V009",
    "CLD-W001", "CLD-W004", "CLD-W006", "CLD-W008", "CLD-L003", "CLD-C001", "CLD-C005", "CLD-C006",
    "CLD-C007", "CLD-C009", "CLD-C010", "CLD-X005", "CLD-X008",
];

/// Values of Release 1 that Release 2 does not have, of those that matter here.
const RELEASE_1: &[&str] = &["No change in package", "Provision of service"];

/// The values of a code list, from the platform's own content.
fn codes(name: &str) -> BTreeSet<String> {
    let path = format!(
        "{}/../../content/codes/cld-r2-{name}.csv",
        env!("CARGO_MANIFEST_DIR")
    );
    let sheet = Sheet::read(Path::new(&path));
    let column = sheet
        .header
        .iter()
        .position(|h| h == "value")
        .unwrap_or_else(|| panic!("no value column in {path}"));
    sheet.rows.iter().map(|r| r[column].clone()).collect()
}

fn age(born: Date, on: Date) -> u32 {
    on.years_since(born).unwrap_or(0)
}

/// Two decimals at most, and nothing but digits and a point.
fn numeric(text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(part) && part.len() <= 2
}

fn postcode_shaped(text: &str) -> bool {
    let bare: Vec<u8> = text.bytes().filter(|b| *b != b' ').collect();
    let letters = bare.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let (Some(rest), Some(inward)) = (bare.get(letters..), bare.len().checked_sub(3)) else {
        return false;
    };
    let inward_shaped = bare[inward..]
        .iter()
        .zip([false, true, true])
        .all(|(b, letter)| {
            if letter {
                b.is_ascii_uppercase()
            } else {
                b.is_ascii_digit()
            }
        });
    (1..=2).contains(&letters)
        && (4..=5).contains(&rest.len())
        && rest[0].is_ascii_digit()
        && inward_shaped
}

/// Checks a file; gives spreadsheet rows and rules, the rules about a person on each of their rows.
pub(super) fn check(sheet: &Sheet) -> BTreeSet<(usize, &'static str)> {
    let lists: BTreeMap<&str, BTreeSet<String>> = [
        "gender",
        "ethnicity",
        "client_type",
        "primary_support_reason",
        "accommodation_status",
        "employment_status",
        "visual_impairment",
        "hearing_impairment",
        "client_funding_status",
        "event_type",
        "event_outcome",
        "assessment_type",
        "service_type",
        "service_component",
        "delivery_mechanism",
        "cost_frequency",
    ]
    .into_iter()
    .map(|name| (name, codes(name)))
    .collect();
    let mut findings = BTreeSet::new();
    let mut births: BTreeMap<&str, BTreeMap<Date, Vec<usize>>> = BTreeMap::new();
    let mut numbers: BTreeMap<&str, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
    for at in 0..sheet.rows.len() {
        let row = sheet.row(at);
        let number = at + 2;
        let mut find = |breaks: bool, rule: &'static str| {
            if breaks {
                findings.insert((number, rule));
            }
        };
        let listed = |column: &str, list: &str| lists[list].contains(row.get(column));
        let off_list = |column: &str, list: &str| !row.blank(column) && !listed(column, list);
        person_rules(&row, &mut find, &listed, &off_list);
        event_rules(&row, &mut find, &off_list);
        own_field_rules(&row, &mut find, &listed);
        service_rules(&row, &mut find, &listed, &off_list);
        let key = row.get("LA Person Unique Identifier");
        if let Some(born) = row.date("Date of Birth").filter(|_| !key.is_empty()) {
            births
                .entry(key)
                .or_default()
                .entry(born)
                .or_default()
                .push(number);
        }
        let nhs = row.get("NHS Number");
        if !key.is_empty() && nhs.len() == 10 && NhsNumber::parse(nhs).is_ok() {
            numbers
                .entry(key)
                .or_default()
                .entry(nhs)
                .or_default()
                .push(number);
        }
    }
    for rows in births.values().filter(|b| b.len() > 1) {
        findings.extend(rows.values().flatten().map(|n| (*n, "CLD-X008")));
    }
    for rows in numbers.values().filter(|n| n.len() > 1) {
        findings.extend(rows.values().flatten().map(|n| (*n, "CLD-X005")));
    }
    findings
}

type Test<'a> = &'a dyn Fn(&str, &str) -> bool;

fn person_rules(
    row: &Row<'_>,
    find: &mut dyn FnMut(bool, &'static str),
    listed: Test<'_>,
    off_list: Test<'_>,
) {
    let user = row.get("Client Type") == "Service user";
    let event = row.get("Event Type");
    let digits: String = row.get("NHS Number").replace([' ', '-'], "");
    let ten = digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit());
    find(!digits.is_empty() && !ten, "CLD-P002");
    find(ten && NhsNumber::parse(&digits).is_err(), "CLD-P003");
    find(row.blank("LA Person Unique Identifier"), "CLD-P008");
    find(!listed("Gender", "gender"), "CLD-P014");
    find(!listed("Ethnicity", "ethnicity"), "CLD-P015");
    find(row.blank("Date of Birth"), "CLD-P017");
    for column in [
        "Date of Birth",
        "Date of Death",
        "Event Start Date",
        "Event End Date",
    ] {
        find(!row.blank(column) && row.date(column).is_none(), "CLD-P018");
    }
    let period_end = row.date("Reporting Period End Date").unwrap();
    let died = row.date("Date of Death");
    if let Some(born) = row.date("Date of Birth") {
        let started = row.date("Event Start Date");
        find(
            born > period_end || started.is_some_and(|s| born > s),
            "CLD-P019",
        );
        find(age(born, died.unwrap_or(period_end)) >= 120, "CLD-P021");
        let ended = row.date("Event End Date");
        find(
            event == "Service" && ended.is_some_and(|e| age(born, e) < 18),
            "CLD-P025",
        );
        find(died.is_some_and(|d| d < born), "CLD-P026");
        find(
            user && (18..65).contains(&age(born, period_end))
                && row.get("Primary Support Reason") == "Learning disability support"
                && row.blank("Employment Status"),
            "CLD-P046",
        );
    }
    find(!listed("Client Type", "client_type"), "CLD-P033");
    find(
        ["Assessment", "Service", "Review"].contains(&event) && row.blank("Primary Support Reason"),
        "CLD-P034",
    );
    find(
        off_list("Primary Support Reason", "primary_support_reason"),
        "CLD-P035",
    );
    find(row.blank("Postcode"), "CLD-P038");
    find(
        !row.blank("Postcode") && !postcode_shaped(row.get("Postcode")),
        "CLD-P039",
    );
    find(
        !listed("Accommodation Status", "accommodation_status"),
        "CLD-P043",
    );
    find(
        off_list("Employment Status", "employment_status"),
        "CLD-P045",
    );
    find(user && row.blank("Has Unpaid Carer"), "CLD-P047");
    find(
        off_list("Visual Impairment", "visual_impairment"),
        "CLD-P050",
    );
    find(
        off_list("Hearing Impairment", "hearing_impairment"),
        "CLD-P051",
    );
    find(
        user && ["Service", "Review"].contains(&event) && row.blank("Client Funding Status"),
        "CLD-P054",
    );
    find(
        off_list("Client Funding Status", "client_funding_status"),
        "CLD-P055",
    );
    let linked = row.get("Adult 1 Linked Person_ID");
    find(
        !linked.is_empty() && linked == row.get("LA Person Unique Identifier"),
        "CLD-L003",
    );
}

fn event_rules(row: &Row<'_>, find: &mut dyn FnMut(bool, &'static str), off_list: Test<'_>) {
    let by_association = row.get("Client Type") == "Unpaid carer known by association";
    let event = row.get("Event Type");
    let (from, to) = (
        row.date("Reporting Period Start Date").unwrap(),
        row.date("Reporting Period End Date").unwrap(),
    );
    let (start, end) = (row.date("Event Start Date"), row.date("Event End Date"));
    let closing = ["Request", "Assessment", "Review"].contains(&event);
    let service = event == "Service";
    find(
        (event.is_empty() && !by_association) || off_list("Event Type", "event_type"),
        "CLD-E001",
    );
    find(
        !event.is_empty() && row.blank("Event Start Date"),
        "CLD-E003",
    );
    find(start.is_some_and(|s| s > to), "CLD-E004");
    find(closing && row.blank("Event End Date"), "CLD-E008");
    find(start.zip(end).is_some_and(|(s, e)| e < s), "CLD-E009");
    find(
        closing && end.is_some_and(|e| e < from || e > to),
        "CLD-E010",
    );
    find(service && end.is_some_and(|e| e < from), "CLD-E011");
    find(
        service && row.blank("Event End Date") && !row.blank("Date of Death"),
        "CLD-E012",
    );
    let outcome = row.get("Event Outcome");
    let needs = ["Request", "Service", "Review"].contains(&event);
    find(needs && outcome.is_empty(), "CLD-E015");
    find(event == "Assessment" && outcome.is_empty(), "CLD-E016");
    let old = RELEASE_1.contains(&outcome);
    find(
        off_list("Event Outcome", "event_outcome") && !old,
        "CLD-E018",
    );
    find(old, "CLD-E028");
    find(
        service && row.blank("Event End Date") && outcome != "Continuation of support or services",
        "CLD-E020",
    );
}

/// Fields that belong to one kind of event.
fn own_field_rules(row: &Row<'_>, find: &mut dyn FnMut(bool, &'static str), listed: Test<'_>) {
    let event = row.get("Event Type");
    let elsewhere =
        |own: &str| ["Request", "Assessment", "Service", "Review"].contains(&event) && event != own;
    let any = |columns: &[&str]| columns.iter().any(|c| !row.blank(c));
    find(
        event == "Request" && row.blank("Request: Route of Access"),
        "CLD-Q001",
    );
    find(
        elsewhere("Request") && any(&["Request: Route of Access"]),
        "CLD-Q004",
    );
    find(
        event == "Assessment" && !listed("Assessment Type", "assessment_type"),
        "CLD-A001",
    );
    find(
        elsewhere("Assessment")
            && any(&[
                "Assessment Type",
                "Eligible Needs Identified",
                "Method of Assessment",
            ]),
        "CLD-A002",
    );
    find(
        event == "Assessment" && row.blank("Method of Assessment"),
        "CLD-A004",
    );
    find(event == "Review" && row.blank("Review Reason"), "CLD-W001");
    find(
        row.get("Review Reason") == "Planned" && row.blank("Review Outcomes Achieved"),
        "CLD-W004",
    );
    find(
        event == "Review" && row.blank("Method of Review"),
        "CLD-W006",
    );
    find(
        elsewhere("Review")
            && any(&[
                "Review Reason",
                "Review Outcomes Achieved",
                "Method of Review",
            ]),
        "CLD-W008",
    );
    find(
        elsewhere("Service")
            && any(&[
                "Service Type",
                "Service Component",
                "Delivery Mechanism",
                "Provider CQC Location Name",
                "Provider CQC Location ID",
            ]),
        "CLD-V005",
    );
    find(
        elsewhere("Service")
            && any(&[
                "Unit Cost",
                "Cost Frequency (Unit Type)",
                "Planned units per week",
            ]),
        "CLD-C010",
    );
}

fn service_rules(
    row: &Row<'_>,
    find: &mut dyn FnMut(bool, &'static str),
    listed: Test<'_>,
    off_list: Test<'_>,
) {
    if row.get("Event Type") != "Service" {
        return;
    }
    let (kind, component) = (row.get("Service Type"), row.get("Service Component"));
    let (cost, unit) = (row.get("Unit Cost"), row.get("Cost Frequency (Unit Type)"));
    find(!listed("Service Type", "service_type"), "CLD-V001");
    find(component.is_empty(), "CLD-V002");
    find(
        off_list("Service Component", "service_component"),
        "CLD-V003",
    );
    find(
        off_list("Delivery Mechanism", "delivery_mechanism"),
        "CLD-V004",
    );
    let long_nursing =
        component == "Long term nursing care" && kind != "Long term support: Nursing care";
    let long_home =
        component == "Long term residential care" && kind != "Long term support: Residential care";
    let short_stay =
        ["Short term residential care", "Short term nursing care"].contains(&component);
    let contradicts = long_nursing || long_home || (short_stay && kind.starts_with("Long term"));
    find(contradicts, "CLD-V009");
    find(!cost.is_empty() && !numeric(cost), "CLD-C001");
    find(
        off_list("Cost Frequency (Unit Type)", "cost_frequency"),
        "CLD-C005",
    );
    find(cost.is_empty() != unit.is_empty(), "CLD-C006");
    find(
        ["Hourly", "Daily", "Per session"].contains(&unit)
            && !cost.is_empty()
            && row.blank("Planned units per week"),
        "CLD-C007",
    );
    let must = kind.starts_with("Long term support")
        || kind.starts_with("Unpaid carer support")
        || short_stay
        || component == "Unpaid carer respite";
    find(
        cost.is_empty() && row.get("Delivery Mechanism") != "CASSR commissioned support" && must,
        "CLD-C009",
    );
}
