//! How many names an attacker finds out who sees filters and has no key, for each kind of hardening.
//!
//! usage: `clk_attack VICTIMS.csv POPULATION.csv [KNOWN ...]`
//!
//! Two attacks. *Frequencies*, on filters of fields: the most common filter is taken for the most common name of the
//! population, and so on downwards. *Known records*, on filters of whole records: the attacker knows who KNOWN of the
//! records are (colleagues, a leak), learns from them which bits go with which pair of letters, and takes for every
//! other record the name of the population that its bits make likeliest. Guessing the most common name is the floor.

#![expect(
    clippy::indexing_slicing,
    reason = "a measurement: a wrong place should end it"
)]

use link::{
    clk::{Encoder, Kind, Scheme, Secret},
    files::open,
    first_name_key, name_key,
};
use std::{collections::BTreeMap, error::Error, fmt::Write as _, io::Write as _, path::Path};

const COLUMNS: [&str; 5] = ["given_name", "family_name", "dob", "postcode", "sex"];
/// Records whose names are guessed by the second attack.
const TARGETS: usize = 1000;
const HARDENING: [&str; 11] = [
    "",
    "salt = { field = \"dob\", first = 4 }",
    "fold = 1",
    "rule90 = true",
    "flips = { epsilon = 5.0 }",
    "flips = { epsilon = 4.0 }",
    "flips = { epsilon = 3.0 }",
    "balance = true",
    "fold = 1\nrule90 = true",
    "rule90 = true\nflips = { epsilon = 4.0 }\nbalance = true",
    "salt = { field = \"dob\", first = 4 }\nflips = { epsilon = 4.0 }\nbalance = true",
];

type Person = Vec<Option<String>>;

fn people(path: &Path) -> Result<Vec<Person>, Box<dyn Error>> {
    let mut rows = open(path, &COLUMNS)?;
    let mut people = Vec::new();
    while let Some((count, columns)) = rows.next_batch()? {
        let cells: Vec<Vec<Option<&str>>> = columns
            .iter()
            .map(|column| column.iter().flat_map(|column| column.iter()).collect())
            .collect();
        people.extend((0..count).map(|row| {
            cells
                .iter()
                .map(|column| column.get(row).copied().flatten().map(str::to_owned))
                .collect::<Person>()
        }));
    }
    Ok(people)
}

/// The name that is to be found out: 0 the first given name, 1 the family name.
fn name(person: &Person, which: usize) -> Option<String> {
    let text = person[which].as_deref()?;
    if which == 0 {
        first_name_key(text)
    } else {
        name_key(text)
    }
}

fn counts<T: Ord>(all: impl Iterator<Item = T>) -> Vec<(usize, T)> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_insert(0usize) += 1;
    }
    let mut ranked: Vec<(usize, T)> = counts
        .into_iter()
        .map(|(one, count)| (count, one))
        .collect();
    ranked.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    ranked
}

#[expect(clippy::cast_precision_loss, reason = "shares of counts")]
fn share(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [victims, population, known @ ..] = words.as_slice() else {
        return Err("name a file of victims and a file of the population".into());
    };
    let (victims, population) = (people(Path::new(victims))?, people(Path::new(population))?);
    let known: Vec<usize> = known
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    let secret = Secret::new(b"a secret that the attacker has not")?;
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/linkage/clk.toml");
    let shipped = std::fs::read_to_string(shipped)?;
    let before = shipped.split("[hardening]").next().unwrap_or_default();
    let mut show = std::io::stdout().lock();
    let ranked: [Vec<(usize, String)>; 2] =
        [0, 1].map(|which| counts(population.iter().filter_map(|p| name(p, which))));
    let floor = [0, 1].map(|which| {
        let most = ranked[which].first().map(|(_, name)| name.as_str());
        share(
            victims
                .iter()
                .filter(|p| name(p, which).as_deref() == most)
                .count(),
            victims.len(),
        )
    });
    writeln!(
        show,
        "guessing the most common name: given {:.1} %, family {:.1} %",
        floor[0], floor[1]
    )?;
    writeln!(
        show,
        "| hardening | frequencies, filters of fields: given, family | known records, filters of records: known, given, family |"
    )?;
    for lines in HARDENING {
        let mut scheme = Scheme::from_text(
            &format!("{before}[hardening]\n{lines}\n"),
            "linkage/clk.toml",
        )?;
        let records = filters(&scheme, &secret, &victims);
        let mut said = String::new();
        let attackers = 1 + usize::from(scheme.hardening.salt.is_some());
        for by_year in [false, true].into_iter().take(attackers) {
            if by_year {
                said += " if every year of birth is known:";
            }
            for known in &known {
                let found = [0, 1].map(|which| {
                    let attack = Attack {
                        filters: &records,
                        victims: &victims,
                        which,
                        by_year,
                    };
                    attack.known_records(&ranked[which], *known)
                });
                write!(said, " {known}: {:.1} %, {:.1} %;", found[0], found[1])?;
            }
        }
        scheme.kind = Kind::Fields;
        let fields = filters(&scheme, &secret, &victims);
        let found = [0, 1].map(|which| frequencies(&fields, &victims, &ranked[which], which));
        let lines = if lines.is_empty() {
            "none".to_owned()
        } else {
            lines.replace('\n', ", ")
        };
        writeln!(
            show,
            "| {lines} | {:.1} %, {:.1} % |{said} |",
            found[0], found[1]
        )?;
    }
    Ok(())
}

fn filters(scheme: &Scheme, secret: &Secret, people: &[Person]) -> Vec<Vec<u64>> {
    let mut encoder = Encoder::new(scheme, secret, "owner");
    let records = people.iter().enumerate().map(|(at, person)| {
        let values: Vec<Option<&str>> = person.iter().map(Option::as_deref).collect();
        encoder.encode(&at.to_string(), &values)
    });
    records.collect()
}

/// Filters of one field in the order of how often they occur, held against names in theirs.
fn frequencies(
    filters: &[Vec<u64>],
    victims: &[Person],
    ranked: &[(usize, String)],
    which: usize,
) -> f64 {
    let part = |filter: &Vec<u64>| {
        let width = filter.len() / COLUMNS.len();
        filter[which * width..(which + 1) * width].to_vec()
    };
    let common = counts(
        filters
            .iter()
            .map(part)
            .filter(|part| part.iter().any(|word| *word != 0)),
    );
    let guess: BTreeMap<&Vec<u64>, &str> = common
        .iter()
        .zip(ranked)
        .map(|((_, f), (_, n))| (f, n.as_str()))
        .collect();
    let right = filters.iter().zip(victims).filter(|(filter, person)| {
        let guessed = guess.get(&part(filter)).copied();
        guessed.is_some() && guessed == name(person, which).as_deref()
    });
    share(right.count(), victims.len())
}

fn pairs_of_letters(name: &str) -> Vec<[char; 2]> {
    let letters: Vec<char> = std::iter::once(' ')
        .chain(name.chars())
        .chain([' '])
        .collect();
    let mut pairs: Vec<[char; 2]> = letters.windows(2).map(|pair| [pair[0], pair[1]]).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn is_set(filter: &[u64], bit: usize) -> bool {
    filter[bit / 64] >> (bit % 64) & 1 == 1
}

/// A pair of letters, in the year of birth where the attacker goes by it.
type Feature = (String, [char; 2]);
/// What a bit says about a feature, where it is set and where it is not.
type Says = Vec<(usize, f64, f64)>;

struct Attack<'a> {
    filters: &'a [Vec<u64>],
    victims: &'a [Person],
    /// The name that is to be found out.
    which: usize,
    /// Whether the attacker knows the year of birth of every record.
    by_year: bool,
}

impl Attack<'_> {
    fn year(&self, at: usize) -> String {
        let year = self.victims[at][2].as_deref().filter(|_| self.by_year);
        year.unwrap_or_default().chars().take(4).collect()
    }

    /// What each bit says about each feature of the first records.
    #[expect(clippy::cast_precision_loss, reason = "shares of counts")]
    fn learn(&self, known: usize) -> BTreeMap<Feature, Says> {
        // How usual each bit is, in the year of birth where the attacker goes by it.
        let mut of_year: BTreeMap<String, (f64, Vec<f64>)> = BTreeMap::new();
        let bits = self.filters[0].len() * 64;
        for (at, filter) in self.filters.iter().enumerate() {
            let (count, sets) = of_year
                .entry(self.year(at))
                .or_insert((1.0, vec![0.5; bits]));
            *count += 1.0;
            sets.iter_mut()
                .enumerate()
                .for_each(|(bit, set)| *set += f64::from(u8::from(is_set(filter, bit))));
        }
        for (count, sets) in of_year.values_mut() {
            for set in sets {
                *set /= *count;
            }
        }
        let mut with: BTreeMap<Feature, Vec<usize>> = BTreeMap::new();
        for (at, person) in self.victims.iter().enumerate().take(known) {
            for pair in name(person, self.which)
                .iter()
                .flat_map(|name| pairs_of_letters(name))
            {
                with.entry((self.year(at), pair)).or_default().push(at);
            }
        }
        let enough = with.into_iter().filter(|(_, records)| records.len() >= 4);
        let learned = enough.map(|(feature, records)| {
            let count = records.len() as f64;
            let (_, usual) = &of_year[&feature.0];
            let says = usual.iter().enumerate().filter_map(|(bit, usual)| {
                let set = records
                    .iter()
                    .filter(|at| is_set(&self.filters[**at], bit))
                    .count() as f64;
                // Only what is far from chance, in standard deviations.
                let off = (set - count * usual).abs() / (count * usual * (1.0 - usual)).sqrt();
                let here = (set + usual) / (count + 1.0);
                (off > 2.0).then(|| {
                    (
                        bit,
                        (here / usual).ln(),
                        ((1.0 - here) / (1.0 - usual)).ln(),
                    )
                })
            });
            (feature, says.collect())
        });
        learned.collect()
    }

    /// Learns from the first records, guesses the names of the last; the share that is right.
    #[expect(clippy::cast_precision_loss, reason = "shares of counts")]
    fn known_records(&self, ranked: &[(usize, String)], known: usize) -> f64 {
        let learned = self.learn(known);
        let total: usize = ranked.iter().map(|(count, _)| count).sum();
        let names: Vec<(f64, &str, Vec<[char; 2]>)> = ranked
            .iter()
            .map(|(count, name)| {
                (
                    (*count as f64 / total as f64).ln(),
                    name.as_str(),
                    pairs_of_letters(name),
                )
            })
            .collect();
        let targets = self.victims.len().saturating_sub(TARGETS).max(known)..self.victims.len();
        let count = targets.len();
        let right = targets.filter(|at| {
            let year = self.year(*at);
            let of_year = learned.iter().filter(|((learned, _), _)| *learned == year);
            let scores: BTreeMap<[char; 2], f64> = of_year
                .map(|((_, pair), says)| {
                    let said = says.iter().map(|(bit, yes, no)| {
                        if is_set(&self.filters[*at], *bit) {
                            yes
                        } else {
                            no
                        }
                    });
                    (*pair, said.sum())
                })
                .collect();
            let guess = names.iter().map(|(usual, name, pairs)| {
                (
                    usual
                        + pairs
                            .iter()
                            .filter_map(|pair| scores.get(pair))
                            .sum::<f64>(),
                    *name,
                )
            });
            let guess = guess
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .map(|(_, name)| name);
            guess.is_some() && guess == name(&self.victims[*at], self.which).as_deref()
        });
        share(right.count(), count)
    }
}
