//! Step 0: what a row says of a person once everything that says nothing has been taken away.

use crate::{
    clean::nhs_number_key,
    trace::{
        Column, Day, ImplausibleDate, QualitySettings, Row, ScoredField,
        index::{
            Details, first_name, name_digest, outward, place, practice, sound_digest, whole_name,
        },
    },
};
use model::Date;

/// The details of a row that can be compared. Empty and 0 where there is none.
#[derive(Default)]
pub(crate) struct Subject {
    pub(crate) number: Option<u64>,
    /// A number was sent that is none.
    pub(crate) number_is_none: bool,
    /// The date of birth is not plausible and nothing more is to be tried.
    pub(crate) stopped: bool,
    pub(crate) born: Day,
    pub(crate) died: Day,
    pub(crate) family: String,
    /// The whole given name, and the first word of it.
    pub(crate) given: String,
    pub(crate) given_first: String,
    pub(crate) other: String,
    pub(crate) sex: u8,
    pub(crate) postcode: String,
    pub(crate) practice: String,
}

impl Subject {
    /// The details of a row as they count on a day.
    pub(crate) fn of(row: &Row, today: Date, quality: &QualitySettings) -> Self {
        let sent = row.get(Column::NhsNumber);
        let number = nhs_number_key(sent).and_then(|digits| digits.parse().ok());
        let born = Day::parse_compact(row.get(Column::DateOfBirth)).unwrap_or_default();
        let plausible = born.is_none() || is_plausible(born, today, quality);
        let name = |column| whole_name(row.get(column), quality).unwrap_or_default();
        let sex = row.get(Column::Gender);
        Self {
            number,
            number_is_none: number.is_none() && !sent.is_empty(),
            stopped: !plausible && quality.implausible_date_of_birth == ImplausibleDate::Stop,
            born: if plausible { born } else { Day::NONE },
            died: Day::parse_compact(row.get(Column::DateOfDeath)).unwrap_or_default(),
            family: name(Column::FamilyName),
            given: name(Column::GivenName),
            given_first: first_name(row.get(Column::GivenName), quality).unwrap_or_default(),
            other: name(Column::OtherGivenName),
            sex: match sex.as_bytes() {
                [code] if quality.not_sexes.iter().all(|none| none != sex) => *code,
                _ => 0,
            },
            postcode: place(row.get(Column::Postcode), quality).unwrap_or_default(),
            practice: practice(row.get(Column::GpPractice)),
        }
    }

    /// Whether it has one of the five details that are scored.
    pub(crate) const fn has(&self, field: ScoredField) -> bool {
        match field {
            ScoredField::FamilyName => !self.family.is_empty(),
            ScoredField::GivenName => !self.given.is_empty(),
            ScoredField::Sex => self.sex != 0,
            ScoredField::DateOfBirth => !self.born.is_none(),
            ScoredField::Postcode => !self.postcode.is_empty(),
        }
    }

    /// How many of the five it has.
    pub(crate) fn fields(&self) -> usize {
        ScoredField::ALL
            .into_iter()
            .filter(|field| self.has(*field))
            .count()
    }

    /// The outward part of the postcode.
    pub(crate) fn outward(&self) -> &str {
        outward(&self.postcode)
    }

    /// What the keys of blocks are made of.
    pub(crate) fn details(&self) -> Details {
        let mut details = Details {
            family: name_digest(&self.family),
            family_sound: sound_digest(&self.family),
            given: name_digest(&self.given_first),
            born: self.born,
            sex: self.sex,
            ..Details::default()
        };
        details.set_place(&self.postcode);
        details
    }
}

/// Whether somebody may have been born then. Of a month or year alone, some day must do.
fn is_plausible(born: Day, today: Date, quality: &QualitySettings) -> bool {
    let earliest = Day::from(quality.earliest_date_of_birth);
    let latest_of_it = if born.month() == 0 {
        (born.year(), 12, 31)
    } else if born.day() == 0 {
        (born.year(), born.month(), 31)
    } else {
        (born.year(), born.month(), born.day())
    };
    let stands_for_nothing = |date: Date| Some(date) == born.date();
    born <= Day::from(today)
        && latest_of_it >= (earliest.year(), earliest.month(), earliest.day())
        && !quality
            .placeholder_dates_of_birth
            .iter()
            .copied()
            .any(stands_for_nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::settings::tests::settings;

    fn of(cells: &[(Column, &str)]) -> Subject {
        let today = Date::from_ymd_opt(2026, 11, 22).unwrap();
        Subject::of(&Row::new(1, cells), today, &settings().quality)
    }

    #[test]
    fn dates_that_stand_for_nothing_stop_everything() {
        for (born, stops) in [
            ("18000101", true),
            ("19000101", true),
            ("18941231", true),
            ("1894", true),
            ("18950101", false),
            ("1895", false),
            ("20261122", false),
            ("20261123", true),
            ("202611", false),
            ("202612", true),
            ("2027", true),
            ("", false),
        ] {
            let subject = of(&[(Column::DateOfBirth, born)]);
            assert_eq!(subject.stopped, stops, "{born}");
            assert_eq!(subject.born.is_none(), stops || born.is_empty(), "{born}");
        }
    }

    #[test]
    fn what_says_nothing_is_no_detail() {
        let nothing = of(&[
            (Column::NhsNumber, "9999999999"),
            (Column::FamilyName, "Unknown"),
            (Column::GivenName, "Baby Boy"),
            (Column::Gender, "9"),
            (Column::Postcode, "ZZ99 3VZ"),
        ]);
        assert_eq!((nothing.number, nothing.number_is_none), (None, true));
        assert_eq!(nothing.fields(), 0);
        let something = of(&[
            (Column::NhsNumber, "999 000 0018"),
            (Column::FamilyName, "O'Brien"),
            (Column::GivenName, "Mary-Ann Zoë"),
            (Column::Gender, "2"),
            (Column::DateOfBirth, "1950"),
            (Column::Postcode, "ss0oaa"),
        ]);
        assert_eq!(something.number, Some(9_990_000_018));
        assert_eq!(something.fields(), 5);
        assert_eq!(something.family, "OBRIEN");
        assert_eq!(something.given, "MARYANNZOE");
        assert_eq!(something.given_first, "MARYANN");
        assert_eq!(something.postcode, "SS0 0AA");
        assert_eq!(something.outward(), "SS0");
    }
}
