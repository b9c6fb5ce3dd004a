//! Inventing hostile councils: people who are not real, and submissions with every fault the methods must bear.
//!
//! Written from the layout of the files alone; nothing here knows how a measure is worked out. The same seed
//! gives the same bytes.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

pub mod calendar;
pub mod carers;
pub mod corrections;
pub mod dice;
pub mod event;
pub mod files;
pub mod hospital;
pub mod lives;
pub mod person;
pub mod place;
pub mod quiet;
pub mod rows;
pub mod values;

use calendar::Calendar;
use dice::Dice;
use files::Submission;
use lives::Story;
use person::{Cells, Person};
use place::Council;
use values::Values;

/// How much to invent.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Councils that send files.
    pub councils: usize,
    /// People in a council of usual size.
    pub people: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            councils: 3,
            people: 24,
        }
    }
}

/// Invents a place and writes it into the folder in the layout of the methods.
pub fn invent(seed: u64, size: Size, folder: &Path) -> Result<()> {
    let values = Values::read()?;
    let mut dice = Dice::new(seed);
    let calendar = Calendar::of(seed, &mut dice);
    let councils = place::councils(size.councils, &mut dice);
    let Population {
        people,
        members,
        twins,
    } = populate(&councils, size.people, &calendar, &values, &mut dice);
    let mut story = Story {
        calendar: &calendar,
        values: &values,
        dice,
        people,
        events: Vec::new(),
        spells: Vec::new(),
    };
    for members in &members {
        let (quiet, busy): (Vec<usize>, Vec<usize>) =
            members.iter().partition(|person| **person % 6 == 5);
        for person in &busy {
            let scenes = 2 + story.dice.below(4);
            story.live(*person, scenes);
        }
        for person in quiet {
            story.quiet_life(person);
        }
        if story.dice.chance(90) {
            story.everyday(&busy);
        }
    }
    corrections::correct(&mut story, &twins);
    let rows = submit(&mut story, &councils);
    write(&story, &rows, folder)?;
    values.write_mappings(&folder.join("mapping"))?;
    place::write_reference(folder, &mut story.dice)
}

/// Everybody.
struct Population {
    people: Vec<Person>,
    /// Who belongs to which council.
    members: Vec<Vec<usize>>,
    /// Pairs that are one person.
    twins: Vec<(usize, usize)>,
}

/// Everybody, and who belongs to which council. Some are known to two councils, some share an identifier.
fn populate(
    councils: &[Council],
    usual_size: usize,
    calendar: &Calendar,
    values: &Values,
    dice: &mut Dice,
) -> Population {
    let mut people: Vec<Person> = Vec::new();
    let mut twins = Vec::new();
    let mut members = vec![Vec::new(); councils.len()];
    for (place, (council, members)) in councils.iter().zip(&mut members).enumerate() {
        let small = council.code == "714" || (councils.len() > 1 && dice.chance(12));
        let size = if small { 2 } else { usual_size.max(1) };
        for nth in 0..size {
            let mut person = person::person(place, nth, calendar, values, dice);
            let areas = place::small_areas(&if dice.chance(75) {
                *council
            } else {
                dice.pick(&place::COUNCILS)
            });
            person.small_area = dice.pick(&areas);
            if !people.is_empty() && dice.chance(14) {
                // The same person as somebody known already, perhaps to another council.
                let twin = dice.below(people.len());
                let other = people.get(twin).cloned();
                if let Some(other) = other {
                    twins.push((twin, people.len()));
                    if dice.chance(50) {
                        person.habit = other.habit;
                    }
                    if dice.chance(20) {
                        person.la_ids.clone_from(&other.la_ids);
                    }
                    person.traced.clone_from(&other.traced);
                    person.submitted.clone_from(&other.submitted);
                    person.birth = if dice.chance(80) {
                        other.birth
                    } else {
                        person.birth
                    };
                    person.death = other.death;
                }
            } else if !people.is_empty() && dice.chance(6) {
                // Somebody else with an identifier that is taken.
                let other = people.get(dice.below(people.len())).cloned();
                person.la_ids = other.map_or(person.la_ids, |other| other.la_ids);
            }
            members.push(people.len());
            people.push(person);
        }
    }
    Population {
        people,
        members,
        twins,
    }
}

/// Lets every council send its files; gives back the rows in the order in which they were loaded.
fn submit(story: &mut Story<'_>, councils: &[Council]) -> Vec<Cells> {
    let mut submissions: Vec<(Submission, bool)> = Vec::new();
    for (place, council) in councils.iter().enumerate() {
        let no_reviews = story.dice.chance(12);
        let files = files::submissions(place, council, story.calendar, &mut story.dice);
        submissions.extend(files.into_iter().map(|file| (file, no_reviews)));
    }
    submissions.sort_by_key(|(file, _)| file.import());
    let mut rows = Vec::new();
    let mut record = 1000;
    for (nth, (file, no_reviews)) in submissions.iter().enumerate() {
        let Some(council) = councils.get(file.council) else {
            continue;
        };
        let mut of_file = rows_of(story, file, council, *no_reviews);
        story.dice.shuffle(&mut of_file);
        for mut cells in of_file {
            record += story.dice.between(1, 3);
            cells.insert("Der_Unique_Record_ID", record.to_string());
            cells.insert("ImportFileId", (nth + 1).to_string());
            rows.push(cells);
        }
    }
    rows
}

/// The rows of one file; some are in it twice, the copy sometimes a little different.
fn rows_of(
    story: &mut Story<'_>,
    file: &Submission,
    council: &Council,
    no_reviews: bool,
) -> Vec<Cells> {
    let mut rows = Vec::new();
    for event in &story.events {
        let Some(person) = story
            .people
            .get(event.person)
            .filter(|person| person.council == file.council)
        else {
            continue;
        };
        if (no_reviews && event.kind == event::Kind::Review)
            || !rows::tells_of(file, event, &mut story.dice)
        {
            continue;
        }
        let told = rows::Told {
            event,
            person,
            file,
            council,
        };
        let row = rows::row(&told, story.calendar, story.values, &mut story.dice);
        if story.dice.chance(5) {
            let mut copy = row.clone();
            match story.dice.below(6) {
                0 => drop(copy.insert(
                    "Event_Outcome",
                    story.values.any("event_outcome", &mut story.dice),
                )),
                1 => drop(copy.insert(
                    "Der_Conversation",
                    story.dice.pick(&["1", "0", ""]).to_owned(),
                )),
                2 => drop(copy.insert("Event_End_Date", String::new())),
                3 => drop(
                    copy.insert(
                        "Unit_Cost",
                        story
                            .dice
                            .pick(&["12.5", "99.994", "99.995", ""])
                            .to_owned(),
                    ),
                ),
                4 => copy = rows::row(&told, story.calendar, story.values, &mut story.dice),
                _ => {}
            }
            rows.push(copy);
        }
        rows.push(row);
    }
    rows
}

/// Writes the submissions, the stays in hospital and the parameters.
fn write(story: &Story<'_>, rows: &[Cells], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("mapping"))
        .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let mut raw = csv::Writer::from_path(folder.join("cld_raw.csv"))?;
    raw.write_record(rows::COLUMNS)?;
    for cells in rows {
        raw.write_record(
            rows::COLUMNS
                .iter()
                .map(|column| cells.get(column).map_or("", String::as_str)),
        )?;
    }
    raw.flush()?;
    let mut dice = story.dice.clone();
    let mut hospital = csv::Writer::from_path(folder.join("sus_apc.csv"))?;
    hospital.write_record(hospital::COLUMNS)?;
    for (nth, spell) in story.spells.iter().enumerate() {
        if let Some(person) = story.people.get(spell.person) {
            for row in hospital::rows(spell, nth + 1, person, &mut dice) {
                hospital.write_record(&row)?;
            }
        }
    }
    hospital.flush()?;
    let parameters = serde_json::to_string_pretty(&story.calendar.parameters())?;
    fs::write(folder.join("parameters.json"), parameters + "\n")?;
    Ok(())
}

/// Carries out `SEED OUT [--councils N] [--people N]`.
pub fn command(words: &[String]) -> Result<()> {
    const USAGE: &str = "usage: plain invent SEED OUT [--councils N] [--people N]";
    let [seed, folder, choices @ ..] = words else {
        anyhow::bail!(USAGE)
    };
    let seed = seed
        .parse()
        .with_context(|| format!("the seed `{seed}` is no whole number"))?;
    let mut size = Size::default();
    for pair in choices.chunks(2) {
        let [choice, number] = pair else {
            anyhow::bail!(USAGE)
        };
        let number = number
            .parse()
            .with_context(|| format!("`{number}` after `{choice}` is no whole number"))?;
        match choice.as_str() {
            "--councils" => size.councils = number,
            "--people" => size.people = number,
            _ => anyhow::bail!("unknown choice `{choice}`; {USAGE}"),
        }
    }
    invent(seed, size, Path::new(folder))
}
