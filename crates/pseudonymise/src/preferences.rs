//! The table of preferences as it crosses: a pseudonym, a kind, a scope and the days between which it holds.
//!
//! It comes together from lists that were landed, cleaned lists, what single people said, and codes that stand in other
//! data. A cleaned list crosses as those who are absent from it and those who were never asked about: nobody is used
//! whose number was not cleared. Nothing else is made from it.

use crate::{Handover, crossing};
use model::{Content, ContentError, Ident, Identifiable, Pseudonymous, Sql, Step, source_key, sql};
use serde::Deserialize;

/// The table of people with their NHS numbers, in the identified zone: whom to ask about.
pub const PEOPLE: &str = "preference_person";
/// The table of a cleaned list, in the identified zone: each number that was asked about, and whether it is clear.
pub const CHECKED: &str = "preference_checked";
/// The table of what is known about cleaned lists, in both zones: digests and moments, nobody's number.
pub const LISTS: &str = "preference_list";
/// The table of what single people said, in the identified zone.
pub const ENTRIES: &str = "preference_entry";

/// What the basis of a line begins with that is about nobody and says which list of its kind this is.
pub const MARK: &str = "list ";

/// The tables that say who a record is about.
const LINKS: &str = "person_link";
const RECORDS: &str = "link_record";
const CHOICES: &str = "link_choice";
const INDEX: &str = "link_index";
const NUMBERS: &str = "link_number";

const PATH: &str = "preferences/recorded.toml";

/// Where preferences stand, from `content/preferences/recorded.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The table of preferences in the analysis zone, and of the lists that are landed.
    pub table: String,
    /// The kind whose list is cleaned by the national service.
    pub cleaned: String,
    /// What people agreed to, and the table of the analysis zone with the lists of those who did.
    #[serde(default)]
    pub consented: Option<Consented>,
    /// Codes in other data.
    #[serde(default, rename = "code")]
    codes: Vec<RecordedCode>,
}

/// Where those stand who agreed to something.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consented {
    /// The kind of case.
    pub kind: String,
    /// The table of the analysis zone.
    pub table: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedCode {
    kind: String,
    table: String,
    source_key: Vec<String>,
    column: String,
    on: String,
    no: Vec<MeantCode>,
    taken_back: Vec<MeantCode>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct MeantCode {
    code: String,
    #[expect(dead_code, reason = "for whoever reads the file")]
    means: String,
}

impl Recorded {
    /// Reads where preferences stand.
    pub fn read(content: &Content) -> Result<Self, ContentError> {
        content.toml(PATH)
    }

    /// The step that says whose number is whose, among those whose records cross. `None` where nothing was linked yet.
    pub fn people(&self, handovers: &[Handover], landed: &[&str]) -> Option<Step<Identifiable>> {
        if ![LINKS, RECORDS, CHOICES, INDEX]
            .iter()
            .all(|name| landed.contains(name))
        {
            return None;
        }
        let handed = handovers.iter().map(Handover::table);
        let handed = handed.filter(|table| *table != self.table && landed.contains(table));
        let handed = Sql::join(handed.map(Sql::text), ", ");
        if handed.as_str().is_empty() {
            return None;
        }
        // The number of the person whom linkage found; the record's own where it found nobody.
        Some(Step::within(
            "preferences.people",
            "say whose NHS number is whose, so that preferences find their people",
            [LINKS, RECORDS, CHOICES, INDEX],
            PEOPLE,
            sql!(
                "select l.person_id, coalesce(c.person_number, r.nhs_number) as nhs_number
from {} as l
join {} as r on r.source = l.source and r.source_key = l.source_key
left join {} as c on c.source = l.source and c.source_key = l.source_key
where l.source in ({}) and coalesce(c.person_number, r.nhs_number) is not null
union
select internal_identity('index|' || i.nhs_number) as person_id, i.nhs_number
from {} as i
cross join (select count(*) as records from {} where pass = 'index' and source in ({})) as of_the_index
where of_the_index.records > 0 and i.nhs_number is not null",
                name(LINKS),
                name(RECORDS),
                name(CHOICES),
                handed,
                name(INDEX),
                name(LINKS),
                handed
            ),
        ))
    }

    /// The crossing steps of preferences: the table itself, then what is known about cleaned lists, so that these are
    /// never newer than what they speak of. None where nobody has said anything.
    pub fn steps(
        &self,
        handovers: &[Handover],
        landed: &[&str],
    ) -> Vec<Step<Identifiable, Pseudonymous>> {
        let there = |name: &str| landed.contains(&name);
        let consents = self.consents(&there);
        let mut reads: Vec<String> = Vec::new();
        let mut parts = Vec::new();
        let lists = handovers.iter().find(|h| h.table() == self.table);
        if let Some(handover) = lists.filter(|_| there(&self.table)) {
            let (rows, of) = crossing::query(handover, landed);
            reads.extend(of);
            parts.push(landed_lists(&rows));
        }
        if there(PEOPLE) && there(ENTRIES) {
            reads.extend([PEOPLE, ENTRIES].map(str::to_owned));
            if there(NUMBERS) {
                reads.push(NUMBERS.to_owned());
            }
            parts.push(entries(there(NUMBERS)));
        }
        if there(ENTRIES) {
            reads.push(ENTRIES.to_owned());
            parts.push(marks());
        }
        if there(PEOPLE) && there(CHECKED) {
            reads.extend([PEOPLE, CHECKED].map(str::to_owned));
            parts.push(self.cleaned_list());
        }
        for code in self
            .codes
            .iter()
            .filter(|code| there(&code.table) && there(LINKS))
        {
            if let Some(part) = code.rows() {
                reads.extend([code.table.clone(), LINKS.to_owned()]);
                parts.push(part);
            }
        }
        if parts.is_empty() {
            return consents.into_iter().collect();
        }
        reads.sort();
        reads.dedup();
        let mut steps = vec![Step::crossing(
            format!("pseudonymise.{}", self.table),
            "who said no to what, so that agreements can leave them out",
            reads,
            self.table.clone(),
            Sql::join(parts, "\nunion all\n"),
        )];
        if there(LISTS) {
            steps.push(Step::crossing(
                format!("pseudonymise.{LISTS}"),
                "until when a cleaned list may be used, and its digest",
                [LISTS],
                LISTS,
                sql!(
                    "select kind, digest, requested_at, expires_at from {}",
                    name(LISTS)
                ),
            ));
        }
        steps.extend(consents);
        steps
    }

    /// The lists of people who agreed to something, by the name of the programme. Who took it back is on none.
    fn consents(&self, there: &dyn Fn(&str) -> bool) -> Option<Step<Identifiable, Pseudonymous>> {
        let consented = self.consented.as_ref()?;
        if !(there(PEOPLE) && there(ENTRIES)) {
            return None;
        }
        let superseded = there(NUMBERS);
        let reads = [PEOPLE, ENTRIES].into_iter();
        let reads = reads.chain(superseded.then_some(NUMBERS));
        let (now, followed) = number_of_today(superseded);
        Some(Step::crossing(
            format!("pseudonymise.{}", consented.table),
            "who agreed to what, so that agreements about them show nobody else",
            reads,
            consented.table.clone(),
            sql!(
                "select distinct pseudonym(p.person_id) as person_pseudonym, e.programme as cohort
from {} as e{}
join {} as p on p.nhs_number = {}
where e.kind = {} and e.programme is not null and e.effective_to is null",
                name(ENTRIES),
                followed,
                name(PEOPLE),
                now,
                Sql::text(&consented.kind)
            ),
        ))
    }

    /// Everyone whose number is not clear: absent from the answer, or never asked about.
    fn cleaned_list(&self) -> Sql {
        sql!(
            "select distinct pseudonym(p.person_id) as person_pseudonym, {} as kind, nullif('', '') as programme,
  nullif('', '') as dataset, nullif('', '') as purpose, nullif('', '') as recipient,
  cast(null as date) as effective_from, cast(null as date) as effective_to,
  case when c.nhs_number is null then 'not_asked' else 'cleaned' end as basis
from {} as p
left join {} as c on c.nhs_number = p.nhs_number
where c.clear is null or not c.clear",
            Sql::text(&self.cleaned),
            name(PEOPLE),
            name(CHECKED)
        )
    }
}

impl RecordedCode {
    /// Those whose latest code says no.
    fn rows(&self) -> Option<Sql> {
        let table = Ident::new(&self.table)?;
        let (column, on) = (Ident::new(&self.column)?, Ident::new(&self.on)?);
        let key: Vec<Ident> = self
            .source_key
            .iter()
            .filter_map(|part| Ident::new(part))
            .collect();
        let codes = |of: &[MeantCode]| Sql::join(of.iter().map(|c| Sql::text(&c.code)), ", ");
        let all: Vec<MeantCode> = self.no.iter().chain(&self.taken_back).cloned().collect();
        // Of two on one day the "no" counts.
        Some(sql!(
            "select pseudonym(r.person_id) as person_pseudonym, {} as kind, nullif('', '') as programme,
  nullif('', '') as dataset, nullif('', '') as purpose, nullif('', '') as recipient,
  cast(r.said_on as date) as effective_from, cast(null as date) as effective_to, 'recorded' as basis
from (
  select person_id, code, said_on, row_number() over (
    partition by person_id order by said_on desc, case when code in ({}) then 0 else 1 end) as turn
  from (
    select k.person_id, t.{} as code, t.{} as said_on
    from {} as t
    join {} as k on k.source = {} and k.source_key = {}
    where t.{} in ({})
  ) as coded
) as r
where r.turn = 1 and r.code in ({})",
            Sql::text(&self.kind),
            codes(&self.no),
            column,
            on,
            table,
            name(LINKS),
            Sql::text(&self.table),
            source_key(&Ident::new("t")?, &key),
            column,
            codes(&all),
            codes(&self.no)
        ))
    }
}

/// What the newest file of each sender says: it takes the place of the ones before.
fn landed_lists(rows: &Sql) -> Sql {
    sql!(
            "select person_pseudonym, kind, programme, dataset, purpose, recipient, effective_from, effective_to, 'list' as basis
from (
  select *, max(received_at) over (partition by sender) as newest from (
{}
  ) as crossed
) as lists
where received_at = newest",
            *rows
        )
}

/// The number under which somebody is known today, and the join by which it is found.
fn number_of_today(superseded: bool) -> (Sql, Sql) {
    if superseded {
        (
            Sql::fixed("coalesce(n.now, e.nhs_number)"),
            sql!(
                "\nleft join {} as n on n.nhs_number = e.nhs_number",
                name(NUMBERS)
            ),
        )
    } else {
        (Sql::fixed("e.nhs_number"), Sql::fixed(""))
    }
}

/// What single people said.
fn entries(superseded: bool) -> Sql {
    let (now, followed) = number_of_today(superseded);
    sql!(
        "select distinct pseudonym(p.person_id) as person_pseudonym, e.kind, e.programme,
  nullif('', '') as dataset, nullif('', '') as purpose, nullif('', '') as recipient,
  e.effective_from, e.effective_to, 'case' as basis
from {} as e{}
join {} as p on p.nhs_number = {}",
        name(ENTRIES),
        followed,
        name(PEOPLE),
        now
    )
}

/// Lines that are about nobody and say which list of a kind this is, as its basis.
fn marks() -> Sql {
    sql!(
        "select nullif('', '') as person_pseudonym, kind, nullif('', '') as programme,
  nullif('', '') as dataset, nullif('', '') as purpose, nullif('', '') as recipient,
  effective_from, effective_to, concat({}, programme) as basis
from {} where nhs_number is null",
        Sql::text(MARK),
        name(ENTRIES)
    )
}

/// A table whose name stands in this program.
fn name(table: &'static str) -> Sql {
    Sql::fixed(table)
}
