//! What is known about people, households and errors before anyone is invented: `place/linkage.toml`, checked.

use super::{
    LinkageWishes,
    book::{Book, Lists, NONE, Tables},
    ground::Ground,
    spoil::{Case, CaseRow},
};
use crate::{
    SynthError,
    days::Layout,
    draw::{Draw, Shares},
    facts::Source,
    people::Sex,
};
use model::{Content, Date};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The file.
pub(super) const FILE: &str = "linkage.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkageFile {
    as_at: String,
    ground: GroundFacts,
    household: HouseholdFacts,
    records: RecordFacts,
    group: Vec<GroupRow>,
    mixed: BTreeMap<String, String>,
    invented_family: InventedFamily,
    letters: Letters,
    case: Vec<CaseRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroundFacts {
    pub(super) postcode_areas: Vec<String>,
    pub(super) households: [i32; 2],
    pub(super) postcodes_per_sector: u32,
    pub(super) sectors_per_district: u32,
    pub(super) districts_per_area: u32,
    pub(super) postcodes_per_practice: u32,
    pub(super) practice_own: f64,
    pub(super) practice_beside: f64,
    pub(super) sector_group: f64,
    pub(super) kin_sectors: f64,
    pub(super) kin_households: f64,
    pub(super) kin_names: u32,
    pub(super) care_homes: f64,
    pub(super) care_home_people: [i32; 2],
    pub(super) student_halls: f64,
    pub(super) student_hall_people: [i32; 2],
    pub(super) most_deprived_times: f64,
    pub(super) least_deprived_times: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HouseholdFacts {
    young_alone: f64,
    old_alone: f64,
    young_couple: f64,
    old_couple: f64,
    couple_with_children: f64,
    couple_with_grown_children: f64,
    one_parent: f64,
    three_generations: f64,
    sharers: f64,
    pub(super) lodger: f64,
    pub(super) two_groups: f64,
    pub(super) one_sex: f64,
    pub(super) married: f64,
    pub(super) both_names: f64,
    pub(super) mothers_name: f64,
    pub(super) twins: f64,
    pub(super) twins_of_one_sex: f64,
    pub(super) twins_alike: f64,
    pub(super) named_after_father: f64,
    pub(super) past_address: [f64; 3],
    pub(super) name_change_known: f64,
    pub(super) superseded: f64,
    pub(super) superseded_twice: f64,
}

/// Who lives together.
#[derive(Debug, Clone, Copy)]
pub(super) enum Home {
    YoungAlone,
    OldAlone,
    YoungCouple,
    OldCouple,
    CoupleWithChildren,
    CoupleWithGrownChildren,
    OneParent,
    ThreeGenerations,
    Sharers,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordFacts {
    pub(super) moved_together: f64,
    pub(super) careless: f64,
    pub(super) careless_times: f64,
    pub(super) careful_times: f64,
    pub(super) index_careless: f64,
    pub(super) index_times: f64,
    pub(super) copies: [u32; 4],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupRow {
    code: String,
    #[serde(default)]
    transliterated: bool,
    broad: String,
    share: f64,
    born_abroad: f64,
    #[serde(default)]
    first_of_january: f64,
    takes_name: f64,
    #[serde(default)]
    double: f64,
    #[serde(default)]
    women_family: Vec<(String, f64)>,
    #[serde(default)]
    women_family_share: f64,
    #[serde(default)]
    lead: Vec<(String, f64)>,
    #[serde(default)]
    lead_share: f64,
    other: f64,
    #[serde(default)]
    third: f64,
    #[serde(default)]
    other_men: Vec<(String, f64)>,
    #[serde(default)]
    other_women: Vec<(String, f64)>,
    #[serde(default)]
    patronymic: f64,
    named_after_father: Option<f64>,
    #[serde(default)]
    more_children: f64,
    mixes: Vec<MixRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MixRow {
    share: f64,
    given: Vec<(String, f64)>,
    others: Vec<(String, f64)>,
    family: Vec<(String, f64)>,
    patronymic: Option<f64>,
    #[serde(default)]
    women_keep: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedFamily {
    starts: Vec<String>,
    middles: Vec<String>,
    ends: Vec<String>,
}

impl InventedFamily {
    fn names(&self) -> impl Iterator<Item = String> {
        self.starts.iter().flat_map(move |start| {
            self.middles.iter().flat_map(move |middle| {
                let ends = self.ends.iter();
                ends.map(move |end| format!("{start}{middle}{end}"))
            })
        })
    }
}

/// What letters become, and texts that stand for names and postcodes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Letters {
    pub(super) sounds: Vec<(String, String)>,
    pub(super) scans: Vec<(String, String)>,
    pub(super) spellings: Vec<(String, String)>,
    pub(super) accents: Vec<(char, char)>,
    pub(super) titles_men: Vec<String>,
    pub(super) titles_women: Vec<String>,
    pub(super) unnamed_boys: Vec<String>,
    pub(super) unnamed_girls: Vec<String>,
    pub(super) unnamed_twins: Vec<String>,
    pub(super) pseudo_postcodes: Vec<String>,
}

/// An ethnic group with its customs of naming.
pub(super) struct Group {
    pub(super) code: String,
    pub(super) transliterated: bool,
    broad: String,
    pub(super) born_abroad: f64,
    pub(super) first_of_january: f64,
    pub(super) takes_name: f64,
    pub(super) double: f64,
    women_family: Shares<u32>,
    women_family_share: f64,
    lead: Shares<u32>,
    lead_share: f64,
    other: f64,
    third: f64,
    /// Second given names that come beside those of the mix, by sex, in place of so many in a hundred.
    other_by_sex: [(Shares<u32>, f64); 2],
    pub(super) named_after_father: f64,
    pub(super) more_children: f64,
    mixes: Shares<u16>,
}

/// How the names of a household are drawn.
pub(super) struct Mix {
    pub(super) tables: Tables,
    pub(super) patronymic: f64,
    pub(super) women_keep: bool,
}

/// All of it.
pub(super) struct Facts {
    pub(super) as_at: Date,
    pub(super) ground: GroundFacts,
    pub(super) household: HouseholdFacts,
    pub(super) homes: Shares<Home>,
    pub(super) records: RecordFacts,
    pub(super) groups: Vec<Group>,
    shares: Shares<u8>,
    /// By the broad group of the parent who is not white.
    of_two_groups: BTreeMap<String, u8>,
    mixes: Vec<Mix>,
    pub(super) book: Book,
    pub(super) letters: Letters,
    pub(super) cases: Vec<Case>,
}

/// What is known, with what is wished for.
pub(super) struct World<'a> {
    pub(super) facts: &'a Facts,
    pub(super) wishes: &'a LinkageWishes,
    pub(super) ground: Ground<'a>,
}

impl<'a> World<'a> {
    pub(super) fn new(facts: &'a Facts, wishes: &'a LinkageWishes, people: u64) -> Self {
        Self {
            facts,
            wishes,
            ground: Ground::new(facts, wishes.seed, people),
        }
    }
}

impl Facts {
    pub(super) fn read(content: &Content) -> Result<Self, SynthError> {
        let source = Source(content);
        let file: LinkageFile = source.toml(FILE)?;
        let as_at = Layout::YearFirst.read(&file.as_at).ok_or_else(|| {
            SynthError::facts(
                FILE,
                format!("`{}` is not a date such as 2026-06-30", file.as_at),
            )
        })?;
        check_ground(&file.ground)?;
        let lists = Lists::read(&source, file.invented_family.names())?;
        let mut book = Book::read(&source)?;
        let mut mixes = Vec::new();
        let shares: Vec<f64> = file.group.iter().map(|g| g.share).collect();
        let groups = file
            .group
            .into_iter()
            .map(|row| group(row, &file.household, &lists, &mut book, &mut mixes))
            .collect::<Result<Vec<_>, _>>()?;
        let mut of_two_groups = BTreeMap::new();
        for (broad, code) in file.mixed {
            of_two_groups.insert(broad, place_of(&groups, &code)?);
        }
        let codes: Vec<&str> = groups.iter().map(|g| g.code.as_str()).collect();
        let cases = file
            .case
            .into_iter()
            .map(|row| Case::new(row, &codes))
            .collect::<Result<Vec<_>, _>>()?;
        let homes = homes(&file.household);
        Ok(Self {
            as_at,
            ground: file.ground,
            household: file.household,
            homes,
            records: file.records,
            shares: Shares::new((0u8..).zip(shares)),
            groups,
            of_two_groups,
            mixes,
            book,
            letters: file.letters,
            cases,
        })
    }

    /// People of a postcode, on average, near enough to know how much ground there is.
    pub(super) fn people_per_postcode(&self) -> u64 {
        let [fewest, most] = self.ground.households;
        // Households have somewhat more than two people.
        u64::from((fewest + most).max(2).unsigned_abs()) * 6 / 5
    }

    /// About how many people have so many records.
    pub(super) fn people_of(&self, records: u64) -> u64 {
        let [one, two, three, four] = self.records.copies.map(u64::from);
        let copies = one + 2 * two + 3 * three + 4 * four;
        records * (one + two + three + four) / copies.max(1)
    }

    /// The group at a mark: marks spread evenly give the groups their shares.
    pub(super) fn group_at(&self, mark: u64) -> u8 {
        self.shares.at(mark).copied().unwrap_or(0)
    }

    pub(super) fn any_group(&self, draw: &mut Draw) -> u8 {
        self.shares.draw(draw).copied().unwrap_or(0)
    }

    pub(super) fn group(&self, group: u8) -> Option<&Group> {
        self.groups.get(usize::from(group))
    }

    pub(super) fn mix_of(&self, group: u8, draw: &mut Draw) -> Option<&Mix> {
        let mix = self.group(group)?.mixes.draw(draw)?;
        self.mixes.get(usize::from(*mix))
    }

    /// The group of a child of parents of two groups.
    pub(super) fn childs_group(&self, one: u8, other: u8) -> u8 {
        if one == other {
            return one;
        }
        let broad = |group| self.group(group).map_or("", |g| g.broad.as_str());
        let either = match (broad(one), broad(other)) {
            ("white", "white") => return one,
            ("white", broad) | (broad, "white") => broad,
            _ => "other",
        };
        self.of_two_groups.get(either).copied().unwrap_or(one)
    }
}

impl Group {
    /// The family name that a woman bears by custom.
    pub(super) fn womans_family(&self, draw: &mut Draw) -> Option<u32> {
        if self.women_family_share > 0.0 && draw.chance(self.women_family_share) {
            self.women_family.draw(draw).copied()
        } else {
            None
        }
    }

    /// Given names: the first, and up to two more.
    pub(super) fn given(&self, mix: &Mix, sex: Sex, year: u16, draw: &mut Draw) -> [u32; 3] {
        let own = mix.tables.given(sex, year, draw);
        let leads = sex == Sex::Male && self.lead_share > 0.0 && draw.chance(self.lead_share);
        let first = if leads {
            self.lead.draw(draw).copied().filter(|lead| *lead != own)
        } else {
            None
        };
        let mut names = match first {
            Some(first) => [first, own, NONE],
            None => [own, NONE, NONE],
        };
        let mut share = self.other;
        for at in 1..names.len() {
            if names.get(at) != Some(&NONE) {
                continue;
            }
            if !draw.chance(share) {
                break;
            }
            let other = self.other_name(mix, sex, draw);
            if !names.contains(&other)
                && let Some(slot) = names.get_mut(at)
            {
                *slot = other;
            }
            share = self.third;
        }
        names
    }

    fn other_name(&self, mix: &Mix, sex: Sex, draw: &mut Draw) -> u32 {
        if let Some((names, percent)) = self.other_by_sex.get(sex as usize)
            && *percent > 0.0
            && draw.chance(percent / 100.0)
        {
            return names.draw(draw).copied().unwrap_or(NONE);
        }
        mix.tables.other(sex, draw)
    }
}

fn group(
    row: GroupRow,
    household: &HouseholdFacts,
    lists: &Lists,
    book: &mut Book,
    mixes: &mut Vec<Mix>,
) -> Result<Group, SynthError> {
    let mut own = Vec::new();
    for mix in row.mixes {
        own.push((u16::try_from(mixes.len()).unwrap_or(u16::MAX), mix.share));
        mixes.push(Mix {
            tables: book.tables(lists, &mix.given, &mix.others, &mix.family)?,
            patronymic: mix.patronymic.unwrap_or(row.patronymic),
            women_keep: mix.women_keep,
        });
    }
    if own.is_empty() {
        return Err(SynthError::facts(
            FILE,
            format!("group `{}` has no mix", row.code),
        ));
    }
    let mut by_sex = |names: &[(String, f64)]| -> Result<(Shares<u32>, f64), SynthError> {
        Ok((book.shares(names)?, names.iter().map(|(_, w)| w).sum()))
    };
    let other_by_sex = [by_sex(&row.other_men)?, by_sex(&row.other_women)?];
    Ok(Group {
        code: row.code,
        transliterated: row.transliterated,
        broad: row.broad,
        born_abroad: row.born_abroad,
        first_of_january: row.first_of_january,
        takes_name: row.takes_name,
        double: row.double,
        women_family: book.shares(&row.women_family)?,
        women_family_share: row.women_family_share,
        lead: book.shares(&row.lead)?,
        lead_share: row.lead_share,
        other: row.other,
        third: row.third,
        other_by_sex,
        named_after_father: row
            .named_after_father
            .unwrap_or(household.named_after_father),
        more_children: row.more_children,
        mixes: Shares::new(own),
    })
}

fn place_of(groups: &[Group], code: &str) -> Result<u8, SynthError> {
    (0u8..)
        .zip(groups)
        .find(|(_, g)| g.code == code)
        .map(|(at, _)| at)
        .ok_or_else(|| SynthError::facts(FILE, format!("group `{code}` is not known")))
}

fn homes(facts: &HouseholdFacts) -> Shares<Home> {
    Shares::new([
        (Home::YoungAlone, facts.young_alone),
        (Home::OldAlone, facts.old_alone),
        (Home::YoungCouple, facts.young_couple),
        (Home::OldCouple, facts.old_couple),
        (Home::CoupleWithChildren, facts.couple_with_children),
        (
            Home::CoupleWithGrownChildren,
            facts.couple_with_grown_children,
        ),
        (Home::OneParent, facts.one_parent),
        (Home::ThreeGenerations, facts.three_generations),
        (Home::Sharers, facts.sharers),
    ])
}

fn check_ground(ground: &GroundFacts) -> Result<(), SynthError> {
    let counts = [
        ground.postcodes_per_sector,
        ground.sectors_per_district,
        ground.districts_per_area,
        ground.postcodes_per_practice,
    ];
    let message = if ground.postcode_areas.is_empty() {
        "`postcode_areas` names none"
    } else if counts.contains(&0) {
        "a count of `ground` is 0"
    } else if ground.households.iter().any(|n| *n < 1) {
        "a postcode has at least one household"
    } else if ground.postcodes_per_sector > 400 || ground.sectors_per_district > 5 {
        "a sector holds at most 400 postcodes, and a district 5 sectors"
    } else {
        return Ok(());
    };
    Err(SynthError::facts(FILE, message))
}
