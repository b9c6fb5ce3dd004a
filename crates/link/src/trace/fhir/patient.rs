//! A Patient that was sent, as the cells of a row. What tracing does not compare is read past.

use super::{FhirSettings, json::At, outcome::Fault};
use crate::trace::{Column, Day, Row};

/// Which of several names or addresses counts, the first first; `None` stands where no use is given.
const NAMES: [Option<&str>; 8] = [
    Some("official"),
    Some("usual"),
    None,
    Some("temp"),
    Some("nickname"),
    Some("anonymous"),
    Some("maiden"),
    Some("old"),
];
const ADDRESSES: [Option<&str>; 6] = [
    Some("home"),
    None,
    Some("temp"),
    Some("work"),
    Some("billing"),
    Some("old"),
];
const IDENTIFIERS: [Option<&str>; 6] = [
    Some("official"),
    Some("usual"),
    None,
    Some("secondary"),
    Some("temp"),
    Some("old"),
];

/// What a Patient says that can be traced.
pub(super) struct Details {
    cells: [(Column, String); 10],
}

/// Columns that a sensitive person's record does not give back.
const BLANKED: [Column; 3] = [Column::DateOfDeath, Column::Postcode, Column::GpPractice];

impl Details {
    /// The row of all details.
    pub(super) fn row(&self) -> Row {
        self.row_where(|_| true)
    }

    /// The row without what is blanked of sensitive people; none where nothing of it was sent.
    pub(super) fn row_without_blanked(&self) -> Option<Row> {
        let mut sent = self.cells.iter().filter(|(_, cell)| !cell.is_empty());
        sent.any(|(column, _)| BLANKED.contains(column))
            .then(|| self.row_where(|column| !BLANKED.contains(&column)))
    }

    fn row_where(&self, kept: impl Fn(Column) -> bool) -> Row {
        let cells = self.cells.each_ref();
        let cells =
            cells.map(|(column, cell)| (*column, if kept(*column) { cell.as_str() } else { "" }));
        Row::new(1, &cells)
    }
}

/// The details of a Patient.
pub(super) fn details(
    patient: &At<'_>,
    settings: &FhirSettings,
    longest: usize,
) -> Result<Details, Fault> {
    if patient
        .member("resourceType")?
        .is_none_or(|of| of.value != "Patient")
    {
        return Err(patient.fault("must be a Patient"));
    }
    if let Some(modifier) = patient.items("modifierExtension")?.first() {
        return Err(modifier.fault("is not known here, and may change what the Patient means"));
    }
    let reader = Reader {
        patient,
        settings,
        longest,
    };
    let [family, given, other] = reader.name()?;
    Ok(Details {
        cells: [
            (Column::Reference, "1".to_owned()),
            (Column::NhsNumber, reader.number()?),
            (Column::FamilyName, family),
            (Column::GivenName, given),
            (Column::OtherGivenName, other),
            (Column::Gender, reader.gender()?),
            (Column::DateOfBirth, reader.born()?),
            (Column::DateOfDeath, reader.died()?),
            (Column::Postcode, reader.postcode()?),
            (Column::GpPractice, reader.practice()?),
        ],
    })
}

struct Reader<'a> {
    patient: &'a At<'a>,
    settings: &'a FhirSettings,
    longest: usize,
}

impl Reader<'_> {
    fn number(&self) -> Result<String, Fault> {
        let mut numbers = Vec::new();
        for identifier in self.patient.items("identifier")? {
            let system = identifier.text_of("system", self.longest)?;
            let rank = rank(&identifier, &IDENTIFIERS)?;
            if system == Some(&self.settings.systems.nhs_number) {
                let value = identifier.member("value")?;
                let value = value.ok_or_else(|| identifier.fault("must have a value"))?;
                numbers.push((rank, value.text(self.longest)?, value));
            }
        }
        numbers.sort_by_key(|(rank, ..)| *rank);
        let mut numbers = numbers.into_iter();
        let Some((rank, number, _)) = numbers.next() else {
            return Ok(String::new());
        };
        let second = numbers.find(|(other, text, _)| *other == rank && *text != number);
        match second {
            Some((.., at)) => Err(at.fault("is a second NHS number of the same use")),
            None => Ok(number.to_owned()),
        }
    }

    /// Family name, first given name, other given names.
    fn name(&self) -> Result<[String; 3], Fault> {
        let mut names = Vec::new();
        for name in self.patient.items("name")? {
            let rank = rank(&name, &NAMES)?;
            let family = name.text_of("family", self.longest)?;
            let mut given = Vec::new();
            for one in name.items("given")? {
                // FHIR puts a null where an extension stands for a name.
                if !one.value.is_null() {
                    given.push(one.text(self.longest)?);
                }
            }
            if family.is_some() || !given.is_empty() {
                names.push((rank, family, given));
            }
        }
        let best = names.into_iter().min_by_key(|(rank, ..)| *rank);
        let Some((_, family, given)) = best else {
            return Ok(Default::default());
        };
        let (first, others) = given.split_first().map_or(("", &[][..]), |(f, o)| (*f, o));
        Ok([
            family.unwrap_or_default().to_owned(),
            first.to_owned(),
            others.join(" "),
        ])
    }

    fn gender(&self) -> Result<String, Fault> {
        let Some(at) = self.patient.member("gender")? else {
            return Ok(String::new());
        };
        let code = self.settings.gender.code(at.text(self.longest)?);
        let code = code.ok_or_else(|| at.fault("must be male, female, other or unknown"))?;
        Ok(code.to_owned())
    }

    fn born(&self) -> Result<String, Fault> {
        let Some(at) = self.patient.member("birthDate")? else {
            return Ok(String::new());
        };
        let text = at.text(self.longest)?;
        Ok(date(text).ok_or_else(|| at.fault(A_DATE))?.compact())
    }

    /// The day of death; a month or year alone is not compared.
    fn died(&self) -> Result<String, Fault> {
        if let Some(at) = self.patient.member("deceasedBoolean")?
            && !at.value.is_boolean()
        {
            return Err(at.fault("must be true or false"));
        }
        let Some(at) = self.patient.member("deceasedDateTime")? else {
            return Ok(String::new());
        };
        let text = at.text(self.longest)?;
        let day = text.split('T').next().unwrap_or_default();
        let day = date(day).ok_or_else(|| at.fault(A_DATE))?;
        Ok(if day.is_whole() {
            day.compact()
        } else {
            String::new()
        })
    }

    fn postcode(&self) -> Result<String, Fault> {
        let mut postcodes = Vec::new();
        for address in self.patient.items("address")? {
            let rank = rank(&address, &ADDRESSES)?;
            if let Some(postcode) = address.text_of("postalCode", self.longest)? {
                postcodes.push((rank, postcode));
            }
        }
        let best = postcodes.into_iter().min_by_key(|(rank, _)| *rank);
        Ok(best
            .map(|(_, postcode)| postcode.to_owned())
            .unwrap_or_default())
    }

    fn practice(&self) -> Result<String, Fault> {
        for practitioner in self.patient.items("generalPractitioner")? {
            let Some(identifier) = practitioner.member("identifier")? else {
                continue;
            };
            let system = identifier.text_of("system", self.longest)?;
            let value = identifier.text_of("value", self.longest)?;
            if let Some(value) = value
                && system == Some(&self.settings.systems.organisation)
            {
                return Ok(value.to_owned());
            }
        }
        Ok(String::new())
    }
}

const A_DATE: &str = "must be a date that exists: YYYY-MM-DD, YYYY-MM or YYYY";

/// A date of FHIR.
pub(super) fn date(text: &str) -> Option<Day> {
    Day::parse(text).filter(|_| matches!(text.len(), 4 | 7 | 10))
}

/// How far down the list the use of something is.
fn rank(of: &At<'_>, uses: &[Option<&str>]) -> Result<usize, Fault> {
    let at = of.member("use")?;
    let said = at.as_ref().map(|at| at.value.as_str().unwrap_or_default());
    let rank = uses.iter().position(|used| *used == said);
    match (rank, at) {
        (Some(rank), _) => Ok(rank),
        (None, Some(at)) => {
            let uses: Vec<&str> = uses.iter().copied().flatten().collect();
            Err(at.fault(format!("must be one of {}", uses.join(", "))))
        }
        (None, None) => Ok(uses.len()),
    }
}
