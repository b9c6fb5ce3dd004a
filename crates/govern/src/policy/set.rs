//! The policies as the engine holds them: built once for each state of an agreement, validated strictly, and asked.
//!
//! A slice is the permits of one agreement beside the global forbids. Permits of other agreements stand over other
//! groups and could not match, so a slice gives the answer of the whole set, whatever the number of agreements.

use super::{
    facts::QuestionFacts,
    opening::{Attributes, OpeningFacts, UrgencyFacts},
    text::{self, NAMESPACE},
};
use crate::{Agreement, Agreements, Clauses, Digest, LeavingFacts, care::CareTerms};
use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Effect, Entities, Entity, EntityId,
    EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, Request, Response,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use chrono::{DateTime, Utc};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

const SCHEMA: &str = include_str!("haven.cedarschema");
const FORBIDS: &str = include_str!("forbids.cedar");
const EMERGENCY: &str = include_str!("emergency.cedar");

/// How many states of agreements are kept at most.
const MOST_SLICES: usize = 4_096;

/// The name and version of the engine that decides, as decisions are recorded with it.
pub fn engine() -> String {
    format!(
        "cedar-policy {} language {}",
        cedar_policy::get_sdk_version(),
        cedar_policy::get_lang_version()
    )
}

/// Why policies cannot be built. Nothing is opened without them.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The schema or the global forbids of the program are not well formed.
    #[error("the policies of the program cannot be read: {0}")]
    Program(String),
    /// The permits of an agreement are not well formed, or do not keep to the schema.
    #[error("no policy can be made of agreement {agreement}: {fault}")]
    Agreement { agreement: String, fault: String },
}

/// The verdict of the policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// Whether every table is permitted, none is forbidden, and nothing erred.
    pub allowed: bool,
    /// The policies that decided, by id: permits where it is allowed, forbids where one applied.
    pub determined_by: BTreeSet<String>,
    /// What could not be evaluated: policies by id, or the request.
    pub erred: BTreeSet<String>,
    /// The digest of the schema, the policies and the entities.
    pub policies: Digest,
    /// The digest of the facts.
    pub facts: Digest,
}

/// The policies of agreements, each built once.
#[derive(Debug)]
pub struct Policies {
    validator: Validator,
    forbids: Vec<Policy>,
    slices: Mutex<BTreeMap<Digest, Arc<PolicySlice>>>,
    emergency: PolicySlice,
}

/// The permits of one agreement, or of several, beside the global forbids.
#[derive(Debug)]
pub struct PolicySlice {
    set: PolicySet,
    entities: Entities,
    schema: Schema,
    digest: Digest,
}

impl Policies {
    /// No agreement yet: the schema and the global forbids.
    pub fn new() -> Result<Self, PolicyError> {
        let program = |fault: String| PolicyError::Program(fault);
        let schema = Schema::from_str(SCHEMA).map_err(|e| program(e.to_string()))?;
        let validator = Validator::new(schema);
        let forbids = read(FORBIDS).map_err(program)?;
        let own = forbids
            .iter()
            .cloned()
            .chain(read(EMERGENCY).map_err(program)?);
        let set = PolicySet::from_policies(own).map_err(|e| program(e.to_string()))?;
        validated(&validator, &set).map_err(program)?;
        let emergency = PolicySlice {
            set,
            // The actions with their groups come from the schema; without them no forbid over a group would apply.
            entities: Entities::from_entities([], Some(validator.schema()))
                .map_err(|e| program(e.to_string()))?,
            schema: validator.schema().clone(),
            digest: Digest::of_parts([SCHEMA, FORBIDS, EMERGENCY]),
        };
        Ok(Self {
            validator,
            forbids,
            slices: Mutex::default(),
            emergency,
        })
    }

    /// The slice by which glass is broken, which rests on no agreement.
    pub fn emergency(&self) -> &PolicySlice {
        &self.emergency
    }

    /// The slice of an agreement in its present state.
    pub fn of(&self, agreement: &Agreement) -> Result<Arc<PolicySlice>, PolicyError> {
        let written = Written::of(agreement, agreement.digest());
        let digest = written.digest();
        let mut slices = self.slices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slice) = slices.get(&digest) {
            return Ok(Arc::clone(slice));
        }
        let slice = Arc::new(self.build(&[written], digest.clone())?);
        if slices.len() >= MOST_SLICES {
            slices.clear();
        }
        slices.insert(digest, Arc::clone(&slice));
        Ok(slice)
    }

    /// Every agreement in one set: for looking at, comparing and proving. Decisions are made from slices.
    pub fn whole(&self, agreements: &Agreements) -> Result<PolicySlice, PolicyError> {
        let written: Vec<Written> = agreements
            .iter()
            .map(|a| Written::of(a, a.digest()))
            .collect();
        let digests: Vec<Digest> = written.iter().map(Written::digest).collect();
        let digest = Digest::of_parts(digests.iter().map(Digest::as_str));
        self.build(&written, digest)
    }

    fn build(&self, written: &[Written], digest: Digest) -> Result<PolicySlice, PolicyError> {
        let mut set = PolicySet::new();
        for policy in &self.forbids {
            set.add(policy.clone())
                .map_err(|e| PolicyError::Program(e.to_string()))?;
        }
        let mut entities = Vec::new();
        for one in written {
            let fault = |fault: String| PolicyError::Agreement {
                agreement: one.reference.clone(),
                fault,
            };
            for policy in read(&one.permits).map_err(fault)? {
                set.add(policy).map_err(|e| fault(e.to_string()))?;
            }
            entities.extend(one.entities().map_err(fault)?);
        }
        let all = |fault: String| PolicyError::Agreement {
            agreement: written
                .iter()
                .map(|w| w.reference.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            fault,
        };
        validated(&self.validator, &set).map_err(all)?;
        let schema = self.validator.schema().clone();
        let entities =
            Entities::from_entities(entities, Some(&schema)).map_err(|e| all(e.to_string()))?;
        Ok(PolicySlice {
            set,
            entities,
            schema,
            digest,
        })
    }
}

fn validated(validator: &Validator, set: &PolicySet) -> Result<(), String> {
    let result = validator.validate(set, ValidationMode::Strict);
    let mut faults: Vec<String> = result
        .validation_errors()
        .map(ToString::to_string)
        .collect();
    faults.sort();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("; "))
    }
}

/// Policies from their text, each under the id that it is annotated with: ids would else go by position.
fn read(text: &str) -> Result<Vec<Policy>, String> {
    let set = PolicySet::from_str(text).map_err(|e| e.to_string())?;
    let mut policies: Vec<Policy> = set
        .policies()
        .map(|policy| {
            let id = policy.annotation("id").ok_or("a policy without an id")?;
            Ok(policy.new_id(PolicyId::new(id)))
        })
        .collect::<Result<_, String>>()?;
    policies.sort_by(|a, b| a.id().cmp(b.id()));
    Ok(policies)
}

/// What an agreement is to the engine, before the engine reads it.
struct Written {
    reference: String,
    permits: String,
    tables: BTreeMap<String, Opened>,
    /// What may be told of people who are led back, and for how many days; of an agreement that lets nobody be, none.
    lists: Option<(BTreeSet<String>, i64)>,
}

/// What is opened of a table: its columns, and the tables that it may be used together with.
struct Opened {
    class: &'static str,
    /// The groups that it stands in: one for each purpose.
    groups: BTreeSet<String>,
    fields: BTreeSet<String>,
    beside: BTreeSet<String>,
    refresh: &'static str,
}

impl Written {
    fn of(agreement: &Clauses, terms: &Digest) -> Self {
        let mut tables: BTreeMap<String, Opened> = BTreeMap::new();
        let purposes = text::purposes(agreement);
        for (table, terms) in &agreement.datasets {
            let class = agreement.class_of(terms);
            let opened = Opened {
                class: class.code(),
                groups: purposes
                    .iter()
                    .map(|purpose| text::permit_id(agreement, *purpose, class))
                    .collect(),
                fields: terms.fields.keys().map(|f| f.as_str().to_owned()).collect(),
                beside: BTreeSet::new(),
                refresh: terms.refresh.code(),
            };
            tables.insert(table.as_str().to_owned(), opened);
        }
        for pair in &agreement.linkage {
            for (one, other) in [(&pair.from, &pair.to), (&pair.to, &pair.from)] {
                if let Some(opened) = tables.get_mut(one.as_str()) {
                    opened.beside.insert(other.as_str().to_owned());
                }
            }
        }
        Self {
            reference: agreement.reference.clone(),
            permits: text::permits(agreement, terms),
            tables,
            lists: agreement.reidentification.as_ref().map(|clause| {
                let fields = clause.fields.keys().map(|f| f.as_str().to_owned());
                (fields.collect(), i64::from(clause.days))
            }),
        }
    }

    fn digest(&self) -> Digest {
        Digest::of_parts(self.parts().iter().map(String::as_str))
    }

    /// All of it, piece by piece.
    fn parts(&self) -> Vec<String> {
        let mut parts = vec![SCHEMA.to_owned(), FORBIDS.to_owned(), self.permits.clone()];
        if let Some((fields, days)) = &self.lists {
            parts.extend(["lists".to_owned(), days.to_string()]);
            parts.extend(fields.iter().cloned());
        }
        for (table, opened) in &self.tables {
            let (class, refresh) = (opened.class.to_owned(), opened.refresh.to_owned());
            parts.extend(["table".to_owned(), table.clone(), class, refresh]);
            for (name, words) in [
                ("groups", &opened.groups),
                ("fields", &opened.fields),
                ("beside", &opened.beside),
            ] {
                parts.push(name.to_owned());
                parts.extend(words.iter().cloned());
            }
        }
        parts
    }

    fn entities(&self) -> Result<Vec<Entity>, String> {
        let mut entities = Vec::new();
        if let Some((fields, days)) = &self.lists {
            let attributes = HashMap::from([
                (
                    "fields".to_owned(),
                    words(fields.iter().map(String::as_str)),
                ),
                ("days".to_owned(), number(*days)),
            ]);
            let uid = uid("List", &self.reference)?;
            let list = Entity::new(uid, attributes, HashSet::new());
            entities.push(list.map_err(|e| e.to_string())?);
        }
        let groups: BTreeSet<&String> = self.tables.values().flat_map(|t| &t.groups).collect();
        for group in groups {
            entities.push(Entity::new_no_attrs(uid("Group", group)?, HashSet::new()));
        }
        for (table, opened) in &self.tables {
            let parents: HashSet<EntityUid> = opened
                .groups
                .iter()
                .map(|group| uid("Group", group))
                .collect::<Result<_, _>>()?;
            let attributes = HashMap::from([
                ("class".to_owned(), word(opened.class)),
                (
                    "fields".to_owned(),
                    words(opened.fields.iter().map(String::as_str)),
                ),
                (
                    "beside".to_owned(),
                    words(opened.beside.iter().map(String::as_str)),
                ),
                ("refresh".to_owned(), word(opened.refresh)),
            ]);
            let uid = uid("Table", &text::table_id(&self.reference, table))?;
            let entity = Entity::new(uid, attributes, parents).map_err(|e| e.to_string())?;
            entities.push(entity);
        }
        Ok(entities)
    }
}

/// The policies of clauses with their tables as text, whatever the digest of the clauses is.
#[cfg(test)]
pub(crate) fn in_text(clauses: &Clauses) -> String {
    Written::of(clauses, &Digest::none()).parts().join("\n")
}

impl PolicySlice {
    /// The digest of the schema, the policies and the entities.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The policies as text, by id: for people who read them.
    pub fn policies(&self) -> BTreeMap<String, String> {
        self.set
            .policies()
            .map(|p| (p.id().to_string(), p.to_cedar().unwrap_or_default()))
            .collect()
    }

    /// Holds facts against the policies: once for each table, and each has to be permitted.
    pub fn weigh(&self, facts: &QuestionFacts) -> Weighed {
        let asked = facts
            .tables
            .keys()
            .map(|table| self.ask(facts, table, context(facts, table), Some(&self.schema)));
        self.weighed(facts.digest(), asked)
    }

    /// Holds the facts of opening a list against the policies.
    pub fn weigh_opening(
        &self,
        agreement: &Agreement,
        terms: &CareTerms,
        facts: &OpeningFacts,
        now: DateTime<Utc>,
    ) -> Weighed {
        let (list, context) = (
            ("List", terms.agreement.as_str()),
            facts.context(agreement, terms, now),
        );
        let account = &facts.who.username;
        let asked = self.one(account, "open", list, context, Some(&self.schema));
        self.weighed(facts.digest(), [asked].into_iter())
    }

    /// Holds the facts of a file that would leave against the policies of the agreement.
    pub fn weigh_leaving(&self, agreement: &Agreement, facts: &LeavingFacts) -> Weighed {
        let context = [
            ("agreement", word(&facts.agreement)),
            ("terms", word(agreement.digest().as_str())),
            ("kind", word(facts.kind.code())),
        ];
        let context = context.map(|(name, value)| (name.to_owned(), value)).into();
        let (account, release) = (&facts.who.username, ("Release", facts.agreement.as_str()));
        let asked = self.one(account, "export", release, context, Some(&self.schema));
        self.weighed(facts.digest(), [asked].into_iter())
    }

    /// Holds the facts of an emergency against the policies.
    pub fn weigh_emergency(&self, facts: &UrgencyFacts, now: DateTime<Utc>) -> Weighed {
        let context = facts.context(now);
        let one = ("Emergency", "emergency");
        let account = &facts.who.username;
        let asked = self.one(account, "break_glass", one, context, Some(&self.schema));
        self.weighed(facts.digest(), [asked].into_iter())
    }

    /// A verdict where there is nothing to ask: no.
    pub(crate) fn nothing(&self, facts: Digest) -> Weighed {
        self.weighed(facts, std::iter::empty())
    }

    /// One request about what is no table. Without a schema it is not held against one: only tests ask so.
    pub(super) fn one(
        &self,
        account: &str,
        action: &str,
        (kind, id): (&str, &str),
        context: Attributes,
        schema: Option<&Schema>,
    ) -> Result<Response, String> {
        let request = Request::new(
            uid("Person", account)?,
            uid("Action", action)?,
            uid(kind, id)?,
            Context::from_pairs(context).map_err(|e| e.to_string())?,
            schema,
        );
        let request = request.map_err(|e| e.to_string())?;
        Ok(Authorizer::new().is_authorized(&request, &self.set, &self.entities))
    }

    /// What came of asking: yes only where every answer is, there is one, and nothing erred.
    fn weighed(
        &self,
        facts: Digest,
        asked: impl Iterator<Item = Result<Response, String>>,
    ) -> Weighed {
        let mut weighed = Weighed {
            allowed: true,
            determined_by: BTreeSet::new(),
            erred: BTreeSet::new(),
            policies: self.digest.clone(),
            facts,
        };
        let mut answers = 0_usize;
        for answer in asked {
            answers += 1;
            match answer {
                Ok(response) => {
                    let told = response.diagnostics();
                    weighed.allowed &= response.decision() == Decision::Allow;
                    weighed
                        .determined_by
                        .extend(told.reason().map(ToString::to_string));
                    weighed.erred.extend(told.errors().map(policy_of));
                }
                Err(_) => {
                    weighed.erred.insert("request".to_owned());
                }
            }
        }
        weighed.allowed &= weighed.erred.is_empty() && answers > 0;
        if !weighed.allowed {
            // A forbid decides alone; permits of other tables decided nothing.
            weighed.determined_by.retain(|id| self.forbids(id));
        }
        weighed
    }

    fn forbids(&self, id: &str) -> bool {
        self.set
            .policy(&PolicyId::new(id))
            .is_some_and(|policy| policy.effect() == Effect::Forbid)
    }

    /// One request. Without a schema it is not held against one: only tests ask so.
    pub(super) fn ask(
        &self,
        facts: &QuestionFacts,
        table: &str,
        context: Vec<(String, RestrictedExpression)>,
        schema: Option<&Schema>,
    ) -> Result<Response, String> {
        let request = Self::request(facts, table, context, schema)?;
        Ok(Authorizer::new().is_authorized(&request, &self.set, &self.entities))
    }

    pub(super) fn request(
        facts: &QuestionFacts,
        table: &str,
        context: Vec<(String, RestrictedExpression)>,
        schema: Option<&Schema>,
    ) -> Result<Request, String> {
        Request::new(
            uid("Person", &facts.account)?,
            uid("Action", facts.action.code())?,
            uid("Table", &text::table_id(&facts.agreement, table))?,
            Context::from_pairs(context).map_err(|e| e.to_string())?,
            schema,
        )
        .map_err(|e| e.to_string())
    }
}

#[cfg(test)]
impl PolicySlice {
    pub(super) fn set(&self) -> &PolicySet {
        &self.set
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(super) fn entities(&self) -> &Entities {
        &self.entities
    }

    /// Another set of policies over the same entities.
    pub(super) fn with(&self, set: PolicySet) -> Self {
        Self {
            set,
            entities: self.entities.clone(),
            schema: self.schema.clone(),
            digest: self.digest.clone(),
        }
    }
}

/// The policy that erred. The words of the error could carry a value, so they go no further.
pub(super) fn policy_of(error: &AuthorizationError) -> String {
    match error {
        AuthorizationError::PolicyEvaluationError(e) => e.policy_id().to_string(),
    }
}

/// The facts as the schema names them.
pub(super) fn context(facts: &QuestionFacts, table: &str) -> Attributes {
    let no_columns = BTreeSet::new();
    let fields = facts.tables.get(table).unwrap_or(&no_columns);
    [
        ("agreement", word(&facts.agreement)),
        ("version", word(&facts.version)),
        ("terms", word(facts.terms.as_str())),
        ("purpose", word(&facts.purpose)),
        ("class", word(facts.class(table).code())),
        ("organisation", word(&facts.organisation)),
        ("role", word(&facts.role)),
        ("day", number(facts.day)),
        ("first_day", number(facts.first_day)),
        ("last_day", number(facts.last_day)),
        ("active", yes(facts.active)),
        ("approved", yes(facts.approved)),
        ("rows_defined", yes(facts.rows_defined)),
        ("fields", words(fields.iter().map(String::as_str))),
        ("beside", words(facts.beside(table))),
        ("preferences_needed", yes(facts.preferences_needed)),
        ("preferences_known", yes(facts.preferences_known)),
        ("preferences_fresh", yes(facts.preferences_fresh)),
        ("honorary_needed", yes(facts.honorary_needed)),
        ("honorary_in_date", yes(facts.honorary_in_date)),
        ("training_needed", yes(facts.training_needed)),
        ("training_in_date", yes(facts.training_in_date)),
        ("location_needed", yes(facts.location_needed)),
        ("location_agreed", yes(facts.location_agreed)),
        ("territory", word(&facts.territory)),
        ("places", words(facts.places.iter().map(String::as_str))),
        (
            "refresh",
            word(
                facts
                    .refresh
                    .get(table)
                    .map_or("", |refresh| refresh.code()),
            ),
        ),
        ("drawn_too_soon", yes(facts.drawn_too_soon.contains(table))),
        ("classes", words(facts.classes.iter().map(String::as_str))),
        ("approvers_needed", number(facts.approvers_needed.into())),
        ("approvers", number(facts.approvers.into())),
        ("approver_roles", number(facts.approver_roles.into())),
        ("approver_is_asker", yes(facts.approver_is_asker)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

pub(super) fn yes(fact: bool) -> RestrictedExpression {
    RestrictedExpression::new_bool(fact)
}

pub(super) fn number(of: i64) -> RestrictedExpression {
    RestrictedExpression::new_long(of)
}

pub(super) fn word(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

pub(super) fn words<'a>(all: impl Iterator<Item = &'a str>) -> RestrictedExpression {
    RestrictedExpression::new_set(all.map(word))
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, String> {
    let name =
        EntityTypeName::from_str(&format!("{NAMESPACE}::{kind}")).map_err(|e| e.to_string())?;
    Ok(EntityUid::from_type_name_and_id(name, EntityId::new(id)))
}
