//! Models and trained numbers that somebody got wrong: each is answered by a reason that points at the place.

use super::{content, quick, shipped};
use crate::{match_model::MatchModel, trained::Trained};

/// The message about a model in which one text is put in place of another; the mistake is where `needle` begins.
#[track_caller]
fn points_at(old: &str, new: &str, needle: &str, says: &str) {
    let shipped = shipped("nhs-trace");
    assert!(shipped.contains(old), "the model has no `{old}`");
    let text = shipped.replacen(old, new, 1);
    let place = text.find(new).unwrap() + new.find(needle).unwrap();
    let before = &text[..place];
    let line = before.matches('\n').count() + 1;
    let character = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let message = MatchModel::from_text(&text, "linkage/m.toml")
        .unwrap_err()
        .to_string();
    assert!(
        message.contains(&format!("line {line}, character {character}: ")),
        "line {line}, character {character}: {message}"
    );
    assert!(
        message.contains(says) && message.contains("linkage/m.toml"),
        "{message}"
    );
}

#[test]
fn a_column_that_is_not_there_is_pointed_at() {
    points_at(
        "column = \"sex\"",
        "column = \"sexx\"",
        "sexx",
        "nearest is `sex`",
    );
    points_at(
        "when = \"sex exact\"",
        "when = \"sax exact\"",
        "sax",
        "nearest is `sex`",
    );
    let (old, new) = ("and not given_name initial", "and not given_nam initial");
    points_at(old, new, "given_nam ", "nearest is `given_name`");
    points_at(
        "given_name~family_name exact and",
        "given_name~family exact and",
        "family exact",
        "`family` is no column",
    );
    points_at(
        "same = [\"dob\", \"family_name soundex\"]",
        "same = [\"dob\", \"familyname soundex\"]",
        "familyname",
        "nearest is `family_name`",
    );
    points_at(
        "rest_to = \"other_given_name\"",
        "rest_to = \"others\"",
        "others",
        "`others` is no column",
    );
}

#[test]
fn a_circle_is_pointed_at() {
    let other = "[[column]]\nname = \"other_given_name\"\nclean = \"name\"\n";
    let text =
        shipped("nhs-trace").replacen(other, &format!("{other}rest_to = \"given_name\"\n"), 1);
    let message = MatchModel::from_text(&text, "m.toml")
        .unwrap_err()
        .to_string();
    let line = text
        .lines()
        .position(|line| line == "rest_to = \"other_given_name\"")
        .unwrap()
        + 1;
    assert!(
        message.contains(&format!("line {line}, character 12: ")) && message.contains("circle"),
        "{message}"
    );
    points_at(
        "depends_on = \"given_name\"",
        "depends_on = \"gp_practice\"",
        "gp_practice",
        "stands before it",
    );
    points_at(
        "depends_on = \"given_name\"",
        "depends_on = \"other_given_name\"",
        "other_given_name",
        "stands before it",
    );
    points_at(
        "like = \"strangers\"",
        "like = \"twins\"",
        "twins",
        "stands before it",
    );
    points_at(
        "like = \"twins\"",
        "like = \"twins apart\"",
        "twins apart",
        "stands before it",
    );
}

#[test]
fn a_condition_that_cannot_be_read_is_pointed_at() {
    points_at(
        "when = \"sex exact\"",
        "when = \"sex exactly\"",
        "exactly",
        "`exactly` is no test",
    );
    points_at(
        "jaro_winkler 0.9\"",
        "jaro_winkler 1.9\"",
        "jaro_winkler",
        "`jaro_winkler 1.9` is no test",
    );
    points_at(
        "given_name list nicknames",
        "given_name list nick",
        "list nick",
        "`list nick` is no test",
    );
    points_at(
        "when = \"dob year\" }",
        "when = \"dob year or\" }",
        "\" }",
        "a column is missing here",
    );
    points_at(
        "family_name soundex\"",
        "family_name soundx\"",
        "soundx",
        "cannot be taken",
    );
    points_at(
        "takes = [\"family_name\"]",
        "takes = [\"surname\"]",
        "surname",
        "no such comparison",
    );
}

#[test]
fn shares_rates_and_strengths_that_are_none_are_pointed_at() {
    points_at(
        "sex = [0.99, 0.01]",
        "sex = [0.99, 0.2]",
        "sex",
        "they sum to 1.19",
    );
    points_at(
        "sex = [0.99, 0.01]",
        "sex = [1.01, -0.01]",
        "sex",
        "between 0 and 1",
    );
    points_at(
        "sex = [0.99, 0.01]",
        "sex = [0.98, 0.01, 0.01]",
        "sex",
        "2 levels",
    );
    points_at("sex = [0.99, 0.01]", "sex = [nan, 0.01]", "sex", "sum to 1");
    points_at(
        "sex = [0.99, 0.01]",
        "sax = [0.99, 0.01]",
        "sax",
        "no comparison",
    );
    points_at(
        "agrees = { family_name = 0.75",
        "agrees = { familyname = 0.75",
        "familyname",
        "no such comparison",
    );
    points_at(
        "agrees = { family_name = 0.75",
        "agrees = { family_name = 1.75",
        "family_name",
        "probability",
    );
    points_at(
        "name = \"one person\"\nsame_person = true\nrate = 0.9",
        "name = \"one person\"\nsame_person = true\nrate = -0.9",
        "one person",
        "above 0",
    );
    points_at(
        "name = \"born on one day nearby\"",
        "name = \"twins\" ",
        "twins",
        "stands twice",
    );
    points_at(
        "when = \"given_name exact\", tf = 1.0",
        "when = \"given_name exact\", tf = -1.0",
        "given_name exact",
        "from 0 to 1",
    );
}

#[test]
fn settings_that_would_do_harm_are_refused() {
    let shipped = shipped("nhs-trace");
    for (old, new, says) in [
        (
            "[decision]",
            "[training]\nrandom_pairs = 9000000000000\n[decision]",
            "random pairs",
        ),
        ("[decision]", "[training]\nleast = 0.9\n[decision]", "least"),
        ("probability = 0.9", "probability = 1.5", "probability"),
        ("margin = 0.0", "margin = -1.0", "margin"),
        ("margin = 0.0", "margin = nan", "margin"),
        ("\"1800-01-01\"", "\"1800-13-01\"", "1800-13-01"),
        (
            "earliest_date = \"1895-01-01\"",
            "earliest_date = \"1895\"",
            "1895",
        ),
        ("same = [\"nhs_number\"]", "same = []", "block rule"),
        (
            "[[class]]",
            "[[class]]\nname = \"x\"\nsame_person = true\nrate = 1.0\n[[class]]",
            "at most 7 classes",
        ),
        ("margin = 0.0", "margins = 0.0", "margins"),
        ("title = ", "title == ", "line 6"),
    ] {
        assert!(shipped.contains(old), "{old}");
        let message = MatchModel::from_text(&shipped.replacen(old, new, 1), "m.toml")
            .unwrap_err()
            .to_string();
        assert!(message.contains(says), "`{message}` does not say `{says}`");
    }
}

#[test]
fn numbers_of_a_training_that_cannot_be_are_refused() {
    let model = quick(&shipped("nhs-trace"));
    let text = content().text("linkage/trained/nhs-trace.toml").unwrap();
    let rate = text
        .lines()
        .filter(|line| line.starts_with("rate = "))
        .nth(1)
        .unwrap();
    let name = "name = \"twins\"";
    for (old, new, says) in [
        (rate, "rate = -1.0", "rate"),
        (rate, "rate = nan", "rate"),
        (rate, "rate = inf", "rate"),
        (name, "name = \"triplets\"", "triplets"),
        ("sex = [[", "sex = [[0.5, ", "sex"),
        ("sex = [[", "sax = [[", "sex"),
    ] {
        assert!(text.contains(old), "{old}");
        let trained = Trained::from_text(&text.replacen(old, new, 1), "t.toml").unwrap();
        let message = trained
            .parameters(&model, "t.toml")
            .unwrap_err()
            .to_string();
        assert!(
            message.contains(says) && message.contains("t.toml"),
            "{message}"
        );
    }
    assert!(Trained::from_text("[[class", "t.toml").is_err());
}
