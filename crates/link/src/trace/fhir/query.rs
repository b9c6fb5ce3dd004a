//! The parameters of a Patient search, and which of them must stand together.

use super::{Caller, FhirSettings, outcome::Fault, pattern::Pattern, span::Span};
use crate::{
    clean::{name_key, postcode_key},
    trace::{Settings, index::practice},
};

/// A search that may be made.
pub(super) struct Query {
    pub(super) family: Option<Pattern>,
    pub(super) given: Vec<Pattern>,
    /// The code of the index.
    pub(super) gender: Option<u8>,
    pub(super) born: Span,
    pub(super) died: Option<Span>,
    pub(super) postcode: Option<Pattern>,
    pub(super) practice: Option<String>,
    pub(super) fuzzy: bool,
    pub(super) exact: bool,
    pub(super) history: bool,
    pub(super) most: usize,
}

/// The parameters, as far as each can be judged by itself.
#[derive(Default)]
struct Given<'a> {
    values: [Vec<&'a str>; PARAMETERS.len()],
}

const FAMILY: usize = 0;
const GIVEN: usize = 1;
const GENDER: usize = 2;
const BORN: usize = 3;
const DIED: usize = 4;
const POSTCODE: usize = 5;
const PRACTICE: usize = 6;
const FUZZY: usize = 7;
const EXACT: usize = 8;
const HISTORY: usize = 9;
const MOST: usize = 10;
/// The parameters of a search, each with its kind in FHIR, as a statement of what is there lists them.
pub const PARAMETERS: [(&str, &str); 11] = [
    ("family", "string"),
    ("given", "string"),
    ("gender", "token"),
    ("birthdate", "date"),
    ("death-date", "date"),
    ("address-postalcode", "string"),
    ("general-practitioner", "reference"),
    ("_fuzzy-match", "special"),
    ("_exact-match", "special"),
    ("_history", "special"),
    ("_max-results", "special"),
];
/// The former name of a parameter, and one that is read past since there is one format.
const FORMER_POSTCODE: &str = "address-postcode";
const FORMAT: &str = "_format";
/// More given names than this are no person's.
const MOST_GIVEN: usize = 10;

impl Query {
    /// Reads the parameters of a query, as they are after percent signs and plus signs were taken out.
    pub(super) fn read(
        query: &[(String, String)],
        who: Caller,
        settings: &FhirSettings,
        tracing: &Settings,
    ) -> Result<Self, Fault> {
        let given = Given::read(query, tracing.request.maximum_field_length)?;
        let search = &settings.search;
        let least = search.characters_before_wildcard;
        let name = |at, text: &str| {
            let clean = |piece: &str| name_key(piece);
            let pattern = Pattern::read(text, least, clean);
            pattern.map_err(|says| Fault::query(name_of(at), says))
        };
        let fuzzy = given.flag(FUZZY)?;
        let most = given.one(MOST)?.map_or(Ok(search.results), |text| {
            let asked = text
                .parse()
                .ok()
                .filter(|n| (1..=search.most_results).contains(n));
            let says = || format!("must be a whole number from 1 to {}", search.most_results);
            asked.ok_or_else(|| Fault::query(name_of(MOST), says()))
        })?;
        let gender = given.one(GENDER)?.map(|text| {
            let code = settings
                .gender
                .code(text)
                .and_then(|code| code.bytes().next());
            let says = "must be male, female, other or unknown";
            code.ok_or_else(|| Fault::query(name_of(GENDER), says))
        });
        let gender = gender.transpose()?;
        let born = given.span(BORN)?;
        let read = Self {
            family: given
                .one(FAMILY)?
                .map(|text| name(FAMILY, text))
                .transpose()?,
            given: given
                .all(GIVEN)
                .iter()
                .map(|text| name(GIVEN, text))
                .collect::<Result<_, _>>()?,
            gender,
            died: given.span(DIED)?,
            postcode: given
                .one(POSTCODE)?
                .map(|text| postcode(text, least))
                .transpose()?,
            practice: given.one(PRACTICE)?.map(practice_code).transpose()?,
            fuzzy,
            exact: given.flag(EXACT)?,
            history: fuzzy || given.flag(HISTORY)?,
            most: match who {
                Caller::Clinician => most,
                Caller::System => 1,
            },
            born: born.unwrap_or(Span::of(crate::trace::Day::NONE)),
        };
        read.has_what_it_needs(born.is_some())?;
        Ok(read)
    }

    /// The combinations.
    fn has_what_it_needs(&self, born: bool) -> Result<(), Fault> {
        let family = self.family.is_some();
        if !self.fuzzy {
            let says = "a search needs family and birthdate";
            return if family && born {
                Ok(())
            } else {
                Err(Fault::whole_query(says))
            };
        }
        let wild = [
            (FAMILY, self.family.as_ref()),
            (GIVEN, self.given.iter().find(|given| given.is_wild())),
            (POSTCODE, self.postcode.as_ref()),
        ];
        for (at, pattern) in wild {
            if pattern.is_some_and(Pattern::is_wild) {
                return Err(Fault::query(
                    name_of(at),
                    "must have no `*` in a fuzzy search",
                ));
            }
        }
        let given = !self.given.is_empty();
        let sex_and_place = self.gender.is_some() && self.postcode.is_some();
        let holds = born && ((given && family) || (sex_and_place && (given || family)));
        let says = "a fuzzy search needs given, family and birthdate; or given or family with birthdate, gender and address-postalcode";
        if holds {
            Ok(())
        } else {
            Err(Fault::whole_query(says))
        }
    }
}

impl<'a> Given<'a> {
    fn read(query: &'a [(String, String)], longest: usize) -> Result<Self, Fault> {
        let mut given = Self::default();
        for (at, (name, value)) in query.iter().enumerate() {
            if name == FORMAT {
                continue;
            }
            let known = if name == FORMER_POSTCODE {
                Some(POSTCODE)
            } else {
                PARAMETERS.iter().position(|(known, _)| known == name)
            };
            // The name is not repeated: whoever mistypes a query may have put anything there.
            let Some((known, values)) =
                known.and_then(|known| Some((known, given.values.get_mut(known)?)))
            else {
                let number = at + 1;
                let names = PARAMETERS.map(|(name, _)| name).join(", ");
                let says = format!("parameter {number} of the query is none of {names}");
                return Err(Fault::whole_query(says));
            };
            if value.trim().is_empty() {
                return Err(Fault::query(name_of(known), "must not be blank"));
            }
            if value.chars().nth(longest).is_some() {
                let says = format!("must have at most {longest} characters");
                return Err(Fault::query(name_of(known), says));
            }
            if values.len() == MOST_GIVEN {
                return Err(Fault::query(name_of(known), "stands there too often"));
            }
            values.push(value.trim());
        }
        Ok(given)
    }

    fn all(&self, at: usize) -> &[&'a str] {
        self.values.get(at).map(Vec::as_slice).unwrap_or_default()
    }

    fn one(&self, at: usize) -> Result<Option<&'a str>, Fault> {
        match self.all(at) {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(Fault::query(name_of(at), "must be given once")),
        }
    }

    fn flag(&self, at: usize) -> Result<bool, Fault> {
        match self.one(at)? {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Fault::query(name_of(at), "must be true or false")),
        }
    }

    fn span(&self, at: usize) -> Result<Option<Span>, Fault> {
        let values = self.all(at);
        if values.is_empty() {
            return Ok(None);
        }
        let span = Span::read(values).map_err(|says| Fault::query(name_of(at), says))?;
        Ok(Some(span))
    }
}

/// A postcode without its blank; where it has no wildcard it must be one.
fn postcode(text: &str, least: usize) -> Result<Pattern, Fault> {
    let fault = |says: String| Fault::query(name_of(POSTCODE), says);
    if !text.contains('*') && postcode_key(text).is_none() {
        return Err(fault(
            "must have the shape of a postcode, or a `*`".to_owned(),
        ));
    }
    let clean = |piece: &str| {
        if text.contains('*') {
            let kept = piece.chars().filter(char::is_ascii_alphanumeric);
            Some(kept.map(|c| c.to_ascii_uppercase()).collect())
        } else {
            postcode_key(piece).map(|key| key.replace(' ', ""))
        }
    };
    Pattern::read(text, least, clean).map_err(fault)
}

/// The code of a practice; `system|code` is taken as well.
fn practice_code(text: &str) -> Result<String, Fault> {
    let code = text.rsplit('|').next().unwrap_or_default();
    let code = practice(code);
    if code.is_empty() {
        return Err(Fault::query(
            name_of(PRACTICE),
            "must be the code of a practice",
        ));
    }
    Ok(code)
}

fn name_of(at: usize) -> &'static str {
    PARAMETERS.get(at).map_or("", |(name, _)| *name)
}
