//! The hard cases of tracing, each with what is right and why: a few people among four hundred others.
//!
//! What a case expects is what a careful clerk would decide who sees only these records. A link to the wrong person is
//! worse than none, so where two people fit as well as each other, nobody is linked.

use super::{
    Cells, Desk, content,
    invented::{self, Row, World, at, number},
    quick, shipped,
};
use crate::{files::Learn, match_model::MatchModel, trained::Trained};

/// A person of the index; the number is the nth of the test range, beyond those around.
fn person(n: usize, names: [&str; 3], sex: &str, born: &str, postcode: &str) -> Row {
    let number = number(5000 + n);
    let [given, other, family] = names;
    let cells = [&number, given, other, family, sex, born, postcode, "Z81009"];
    Row {
        id: number.clone(),
        cells: cells.map(str::to_owned),
    }
}

/// What a council wrote down of a person: all but the number.
fn client(of: &Row) -> Row {
    let mut client = of.clone();
    client.id = "client".to_owned();
    client.with(at::NUMBER, "")
}

/// People in the index, among the others, and what is known of their past.
#[derive(Default)]
struct Index {
    people: Vec<Row>,
    history: Vec<[String; 3]>,
    superseded: Vec<[String; 2]>,
}

/// What became of a client.
#[derive(Debug)]
struct Decided {
    decision: String,
    whom: String,
    cells: Cells,
}

impl Index {
    fn of(people: &[&Row]) -> Self {
        Self {
            people: people.iter().map(|row| (*row).clone()).collect(),
            ..Self::default()
        }
    }

    fn once(mut self, of: &Row, column: &str, value: &str) -> Self {
        self.history
            .push([of.number(), column, value].map(str::to_owned));
        self
    }

    /// Traces one client.
    fn trace(&self, client: &Row) -> Decided {
        let mut index = World::new(2026, 400, 0).index;
        index.extend(self.people.iter().cloned());
        // A council knows others too; how often a value occurs is counted over both sides.
        let mut clients = World::new(2026, 400, 100).clients;
        clients.push(client.clone());
        let desk = Desk::new(
            &invented::csv(&clients),
            Some(&invented::csv(&index)),
            Some(&invented::history(&self.history)),
            Some(&invented::superseded(&self.superseded)),
        );
        let model = quick(&shipped("nhs-trace"));
        let (_, rows) = desk.link(&model, &learned(&model), 1).unwrap();
        let mut rows = rows.into_iter().filter(|row| row["left_id"] == client.id);
        let Some(cells) = rows.next() else {
            return Decided {
                decision: "nobody".to_owned(),
                whom: String::new(),
                cells: Cells::new(),
            };
        };
        Decided {
            decision: cells["decision"].clone(),
            whom: cells["right_id"].clone(),
            cells,
        }
    }
}

impl Decided {
    /// The client is this person.
    #[track_caller]
    fn is(&self, person: &Row) -> &Self {
        assert_eq!(self.decision, "link", "{:#?}", self.cells);
        assert_eq!(self.whom, person.number(), "{:#?}", self.cells);
        self
    }

    /// The client is this person, or a clerk is asked whether it is.
    #[track_caller]
    fn is_first(&self, person: &Row) -> &Self {
        assert!(
            matches!(self.decision.as_str(), "link" | "weak"),
            "{:#?}",
            self.cells
        );
        assert_eq!(self.whom, person.number(), "{:#?}", self.cells);
        self
    }

    /// Nobody is linked.
    #[track_caller]
    fn is_nobody(&self) -> &Self {
        assert_ne!(self.decision, "link", "{:#?}", self.cells);
        self
    }

    /// The level of a comparison.
    #[track_caller]
    fn by(&self, comparison: &str, level: &str) -> &Self {
        let name = format!("{comparison}_level");
        assert_eq!(self.cells[&name], level, "{:#?}", self.cells);
        self
    }

    fn weight(&self) -> f64 {
        self.cells["match_weight"].parse().unwrap()
    }
}

/// The numbers that are shipped.
fn learned(model: &MatchModel) -> Learn {
    let path = "linkage/trained/nhs-trace.toml";
    let trained = Trained::from_text(content().text(path).unwrap(), path).unwrap();
    Learn::Before(Box::new(trained.parameters(model, path).unwrap()))
}

const HOME: &str = "ZA4 4QT";
const AWAY: &str = "ZD8 2PL";

fn grace() -> Row {
    person(1, ["Grace", "", "Whitfield"], "2", "1984-06-17", HOME)
}

// Families.

#[test]
fn of_twins_the_one_whose_name_it_is_is_linked() {
    // Birth date, family name, sex and postcode agree with both: only the given name tells.
    let (grace, hope) = (
        grace(),
        person(2, ["Hope", "", "Whitfield"], "2", "1984-06-17", HOME),
    );
    let index = Index::of(&[&grace, &hope]);
    index.trace(&client(&grace)).is(&grace);
    index.trace(&client(&hope)).is(&hope);
}

#[test]
fn a_twin_without_a_given_name_is_not_linked_to_either() {
    // Both fit exactly as well as each other.
    let (grace, hope) = (
        grace(),
        person(2, ["Hope", "", "Whitfield"], "2", "1984-06-17", HOME),
    );
    let found = Index::of(&[&grace, &hope]).trace(&client(&grace).with(at::GIVEN, ""));
    found.is_nobody();
    assert_eq!(found.decision, "close");
}

#[test]
fn a_twin_who_is_not_in_the_index_is_not_linked_to_the_one_who_is() {
    // Everything agrees but the given name, which is quite another one.
    let found = Index::of(&[&grace()]).trace(&client(&grace()).with(at::GIVEN, "Hope"));
    found
        .is_nobody()
        .by("given_name", "else")
        .by("dob", "equal");
}

#[test]
fn of_father_and_son_with_one_name_at_one_address_the_birth_date_decides() {
    let father = person(1, ["Graham", "", "Whitfield"], "1", "1951-03-09", HOME);
    let son = person(2, ["Graham", "", "Whitfield"], "1", "1984-06-17", HOME);
    let index = Index::of(&[&father, &son]);
    index.trace(&client(&son)).is(&son);
    index.trace(&client(&father)).is(&father);
    // A slip in the birth date is still nearer to one of them.
    index
        .trace(&client(&son).with(at::DOB, "1984-06-11"))
        .is(&son)
        .by("dob", "one digit");
    // Without it nobody can tell.
    index.trace(&client(&son).with(at::DOB, "")).is_nobody();
}

#[test]
fn a_son_who_is_not_in_the_index_is_not_his_father_of_one_name() {
    // Name, sex and address agree because they are family; the birth dates are a generation apart.
    let father = person(1, ["Graham", "", "Whitfield"], "1", "1951-03-09", HOME);
    let son = client(&father).with(at::DOB, "1984-06-17");
    Index::of(&[&father]).trace(&son).is_nobody();
}

#[test]
fn of_a_couple_that_moved_together_each_is_found_at_the_old_address() {
    // Both have the old postcode in their history, so it says nothing about which of them it is.
    let wife = grace();
    let husband = person(2, ["Martin", "", "Whitfield"], "1", "1982-11-23", HOME);
    let index = Index::of(&[&wife, &husband])
        .once(&wife, "postcode", AWAY)
        .once(&husband, "postcode", AWAY);
    let level = "equal to an earlier one";
    index
        .trace(&client(&wife).with(at::POSTCODE, AWAY))
        .is(&wife)
        .by("postcode", level);
    index
        .trace(&client(&husband).with(at::POSTCODE, AWAY))
        .is(&husband)
        .by("postcode", level);
}

#[test]
fn a_client_who_is_not_in_the_index_is_not_linked_to_a_relative_who_is() {
    // Family name, postcode and practice agree; given name, sex and birth date do not.
    let brother = client(&grace())
        .with(at::GIVEN, "Martin")
        .with(at::SEX, "1")
        .with(at::DOB, "1987-02-25");
    Index::of(&[&grace()]).trace(&brother).is_nobody();
    // A sister a year younger, with a name that begins alike.
    let sister = client(&grace())
        .with(at::GIVEN, "Gwen")
        .with(at::DOB, "1985-07-02");
    Index::of(&[&grace()]).trace(&sister).is_nobody();
}

#[test]
fn women_of_one_household_with_different_family_names_are_kept_apart() {
    // Begum and Khatun are parts of a name that many share and that a household need not; the birth date tells.
    let mother = person(1, ["Rukhsana", "", "Begum"], "2", "1955-04-12", HOME);
    let daughter = person(2, ["Shazia", "", "Khatun"], "2", "1984-06-17", HOME);
    let index = Index::of(&[&mother, &daughter]);
    index.trace(&client(&daughter)).is(&daughter);
    index.trace(&client(&mother)).is(&mother);
    // Written down under her mother's name she is still herself.
    index
        .trace(&client(&daughter).with(at::FAMILY, "Begum"))
        .is(&daughter);
}

// Names.

#[test]
fn an_unnamed_baby_is_found_by_birth_date_family_name_and_address() {
    // "Baby" is no name; nobody else of that family name was born that day at that address.
    let baby = person(1, ["Grace", "", "Whitfield"], "2", "2026-10-30", HOME);
    let mother = person(2, ["Joanne", "", "Whitfield"], "2", "1996-01-14", HOME);
    let found = Index::of(&[&baby, &mother]).trace(&client(&baby).with(at::GIVEN, "Baby"));
    found.is(&baby).by("given_name", "missing");
}

#[test]
fn an_unnamed_baby_who_has_a_twin_is_not_linked() {
    // "Baby girl" fits both of them.
    let one = person(1, ["Grace", "", "Whitfield"], "2", "2026-10-30", HOME);
    let other = person(2, ["Hope", "", "Whitfield"], "2", "2026-10-30", HOME);
    Index::of(&[&one, &other])
        .trace(&client(&one).with(at::GIVEN, "Baby Girl"))
        .is_nobody();
}

#[test]
fn a_maiden_name_in_the_history_is_as_good_as_the_name_of_today() {
    // She moved when she married, and the council knows her as she was.
    let before = client(&grace())
        .with(at::FAMILY, "Osbaldeston")
        .with(at::POSTCODE, AWAY);
    let index = Index::of(&[&grace()]).once(&grace(), "family_name", "Osbaldeston");
    let index = index.once(&grace(), "postcode", AWAY);
    index
        .trace(&before)
        .is(&grace())
        .by("family_name", "equal to an earlier one");
}

#[test]
fn a_maiden_name_without_history_is_linked_where_the_address_still_agrees() {
    // Given name, full birth date, postcode and practice agree.
    let before = client(&grace()).with(at::FAMILY, "Osbaldeston");
    Index::of(&[&grace()])
        .trace(&before)
        .is(&grace())
        .by("family_name", "else");
}

#[test]
fn a_maiden_name_without_history_at_another_address_is_left_to_a_clerk() {
    // A given name and a birth date alone are shared by strangers in any large index.
    let before = client(&grace())
        .with(at::FAMILY, "Osbaldeston")
        .with(at::POSTCODE, AWAY);
    Index::of(&[&grace()])
        .trace(&before.with(at::PRACTICE, "Z81001"))
        .is_nobody();
}

#[test]
fn half_of_a_double_barrelled_name_is_found() {
    // Either half is in use by itself.
    let whole = grace().with(at::FAMILY, "Whitfield-Osbaldeston");
    for half in ["Whitfield", "Osbaldeston", "Osbaldeston Whitfield"] {
        let found = Index::of(&[&whole]).trace(&client(&whole).with(at::FAMILY, half));
        found.is(&whole).by("family_name", "half of a double name");
    }
    let joined = client(&whole).with(at::FAMILY, "WHITFIELDOSBALDESTON");
    Index::of(&[&whole])
        .trace(&joined)
        .is(&whole)
        .by("family_name", "same letters");
}

#[test]
fn given_and_family_name_exchanged_are_one_piece_of_evidence() {
    // Both names were put into each other's field; the family name is not counted a second time, nor against.
    let exchanged = client(&grace())
        .with(at::GIVEN, "Whitfield")
        .with(at::FAMILY, "Grace");
    let found = Index::of(&[&grace()]).trace(&exchanged);
    found
        .is(&grace())
        .by("given_name", "given and family name exchanged")
        .by("family_name", "missing");
}

#[test]
fn an_initial_is_enough_where_it_fits_one_person() {
    Index::of(&[&grace()])
        .trace(&client(&grace()).with(at::GIVEN, "G"))
        .is(&grace())
        .by("given_name", "initial");
}

#[test]
fn an_initial_that_fits_both_twins_is_not_enough() {
    let twin = person(2, ["Gwen", "", "Whitfield"], "2", "1984-06-17", HOME);
    Index::of(&[&grace(), &twin])
        .trace(&client(&grace()).with(at::GIVEN, "G"))
        .is_nobody();
}

#[test]
fn further_given_names_in_the_field_of_the_first_are_further_given_names() {
    // "Grace Hope" in one field is the same as "Grace" and "Hope" in two.
    let both = grace().with(at::OTHER, "Hope Mary");
    let found = Index::of(&[&both]).trace(&client(&grace()).with(at::GIVEN, "Grace Hope Mary"));
    found
        .is(&both)
        .by("given_name", "equal")
        .by("other_given_name", "equal");
}

#[test]
fn a_person_known_by_the_second_name_is_found() {
    // Many people go by a name that is not their first; a twin with her sister's second name is rarer by far.
    let both = grace().with(at::OTHER, "Hope");
    let found = Index::of(&[&both]).trace(&client(&grace()).with(at::GIVEN, "Hope"));
    found.is_first(&both).by("given_name", "a middle name");
}

#[test]
fn spellings_of_one_name_in_another_script_are_that_name() {
    // The same name in Arabic, written down by ear.
    let known = person(1, ["Mohammed", "", "Siddiqui"], "1", "1984-06-17", HOME);
    for heard in ["Muhammad", "Mohamad", "Mahomed"] {
        let found = Index::of(&[&known]).trace(&client(&known).with(at::GIVEN, heard));
        found.is(&known).by("given_name", "other spelling");
    }
}

#[test]
fn a_brother_with_another_spelling_of_another_name_is_not_linked() {
    // Mahmood is not Mohammed, however alike they look, and the birth date is another one.
    let known = person(1, ["Mohammed", "", "Siddiqui"], "1", "1984-06-17", HOME);
    let brother = client(&known)
        .with(at::GIVEN, "Mahmood")
        .with(at::DOB, "1986-09-03");
    Index::of(&[&known]).trace(&brother).is_nobody();
}

// Dates.

#[test]
fn the_first_of_january_says_less_than_another_day() {
    // It stands for a day that nobody knew; so many are born on it that its frequency takes most of its weight.
    let crowd: Vec<Row> = (0..40)
        .map(|n| {
            person(
                100 + n,
                ["Ahmed", "", "Nur"],
                "1",
                "1980-01-01",
                &format!("ZE{n} 1AA"),
            )
        })
        .map(|row| {
            row.clone().with(
                at::FAMILY,
                &format!("N{}", row.number().replace(char::is_numeric, "UR")),
            )
        })
        .collect();
    let (usual, common) = (grace(), grace().with(at::DOB, "1980-01-01"));
    let index = |one: &Row| {
        let mut people: Vec<&Row> = crowd.iter().collect();
        people.push(one);
        Index::of(&people)
    };
    let on_a_usual_day = index(&usual).trace(&client(&usual)).weight();
    let on_the_first = index(&common).trace(&client(&common));
    on_the_first.is(&common);
    assert!(on_the_first.weight() < on_a_usual_day - 3.0);
    // With nothing but a common given name beside it, it is not enough.
    let stranger = client(&common)
        .with(at::FAMILY, "Osbaldeston")
        .with(at::POSTCODE, AWAY);
    index(&common)
        .trace(&stranger.with(at::PRACTICE, "Z81001"))
        .is_nobody();
}

#[test]
fn day_and_month_exchanged_are_a_slip() {
    let born = grace().with(at::DOB, "1984-06-05");
    let slip = client(&born).with(at::DOB, "1984-05-06");
    Index::of(&[&born])
        .trace(&slip)
        .is(&born)
        .by("dob", "day and month exchanged");
}

#[test]
fn a_birth_date_in_the_wrong_century_is_a_slip() {
    // Two digits of a year, read as this century.
    let old = grace().with(at::DOB, "1921-06-17");
    Index::of(&[&old])
        .trace(&client(&old).with(at::DOB, "2021-06-17"))
        .is(&old)
        .by("dob", "other century");
}

// Places.

#[test]
fn letters_and_digits_mistaken_for_each_other_in_a_postcode_do_no_harm() {
    // O and 0, I and 1: where only one of them can stand, the other is meant.
    let known = grace().with(at::POSTCODE, "ZA10 1QT");
    for typed in ["ZA1O 1QT", "ZAIO IQT", "za1o1qt"] {
        Index::of(&[&known])
            .trace(&client(&known).with(at::POSTCODE, typed))
            .is(&known)
            .by("postcode", "equal");
    }
}

#[test]
fn no_fixed_abode_is_no_place_that_two_could_share() {
    // ZZ99 3WZ is written down for thousands; it says nothing for or against.
    let homeless = grace().with(at::POSTCODE, "ZZ99 3WZ");
    let other = person(
        2,
        ["Grace", "", "Osbaldeston"],
        "2",
        "1990-06-17",
        "ZZ99 3WZ",
    );
    let index = Index::of(&[&homeless, &other]);
    index
        .trace(&client(&homeless))
        .is(&homeless)
        .by("postcode", "missing");
    let stranger = client(&homeless)
        .with(at::FAMILY, "Fothergill")
        .with(at::DOB, "1971-09-30");
    index.trace(&stranger).is_nobody();
}

#[test]
fn a_care_home_of_eighty_makes_its_postcode_worth_little() {
    // Eighty people at one postcode: to live there says less than to live in a house of four.
    let given = [
        "Edna", "Doris", "Albert", "Ivy", "Elsie", "Cyril", "Harold", "Vera",
    ];
    let family = [
        "Ackroyd",
        "Bickerstaff",
        "Cuthbert",
        "Dalrymple",
        "Entwistle",
        "Fairclough",
        "Gathercole",
        "Hebblethwaite",
        "Illingworth",
        "Jagger",
    ];
    let residents: Vec<Row> = (0..80)
        .map(|n| {
            let born = format!("19{}-{:02}-{:02}", 25 + n % 15, 1 + n % 12, 1 + n % 28);
            let sex = (1 + n % 2).to_string();
            person(
                200 + n,
                [given[n % 8], "", family[n / 8]],
                &sex,
                &born,
                HOME,
            )
        })
        .collect();
    let all: Vec<&Row> = residents.iter().collect();
    let index = Index::of(&all);
    let edna = &residents[0];
    let found = index.trace(&client(edna));
    found.is(edna);
    let alone = Index::of(&[edna]).trace(&client(edna));
    assert!(found.weight() < alone.weight());
    // Without a birth date, initial, family name and address are what Edna and Elsie Ackroyd share.
    let vague = client(edna).with(at::DOB, "").with(at::GIVEN, "E");
    index.trace(&vague).is_nobody();
    // A namesake of one who lives there, born in another year, is somebody who moved in.
    index
        .trace(
            &client(edna)
                .with(at::DOB, "1931-11-29")
                .with(at::FAMILY, "Osbaldeston"),
        )
        .is_nobody();
    // Without the given name there are two of that family born in that year; the full birth date still tells.
    index.trace(&client(edna).with(at::GIVEN, "")).is(edna);
}

// NHS numbers.

#[test]
fn the_number_of_a_household_member_does_not_make_a_client_that_member() {
    // Somebody copied the wrong line of the household: all else is the daughter's.
    let mother = person(3, ["Joanne", "", "Whitfield"], "2", "1956-01-14", HOME);
    let slip = client(&grace()).with(at::NUMBER, mother.number());
    Index::of(&[&mother, &grace()])
        .trace(&slip)
        .is(&grace())
        .by("nhs_number", "else");
    // Nor where the daughter is not in the index.
    Index::of(&[&mother]).trace(&slip).is_nobody();
}

#[test]
fn a_superseded_number_leads_to_the_person_who_has_the_new_one() {
    // The number was merged into another, and that into a third; nothing but name and birth date agrees beside it.
    let (old, older) = (number(6000), number(6001));
    let mut index = Index::of(&[&grace()]);
    index.superseded.push([old.clone(), grace().id]);
    index.superseded.push([older.clone(), old.clone()]);
    for number in [old, older] {
        let moved = client(&grace())
            .with(at::NUMBER, &number)
            .with(at::POSTCODE, AWAY);
        index.trace(&moved).is(&grace()).by("nhs_number", "equal");
    }
}

#[test]
fn a_valid_number_of_someone_else_does_not_beat_all_other_evidence() {
    // The number is a stranger's, by a slip; everything else is hers.
    let stranger = person(2, ["Martin", "", "Osbaldeston"], "1", "1949-12-02", AWAY);
    let slip = client(&grace()).with(at::NUMBER, stranger.number());
    Index::of(&[&stranger, &grace()]).trace(&slip).is(&grace());
    // Where she is not in the index, a number alone makes nobody a person with whom nothing agrees.
    Index::of(&[&stranger]).trace(&slip).is_nobody();
}

#[test]
fn a_number_with_a_slip_and_the_right_details_is_found() {
    let slip = client(&grace()).with(at::NUMBER, &grace().number().replacen("99", "98", 1));
    Index::of(&[&grace()])
        .trace(&slip)
        .is(&grace())
        .by("nhs_number", "one edit");
}
