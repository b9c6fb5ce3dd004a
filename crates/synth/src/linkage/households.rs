//! Households: couples, children, twins, namesakes, grandparents, lodgers, care homes and halls.

use super::{
    book::NONE,
    facts::{Facts, Group, Home, Mix},
    ground::{Ground, Sector},
    street::{Family, NOWHERE, Person},
};
use crate::{draw::Draw, people::Sex};
use chrono::Datelike;

/// Adds people to a street.
pub(super) struct Builder<'a> {
    pub(super) facts: &'a Facts,
    pub(super) ground: &'a Ground<'a>,
    pub(super) draw: Draw,
    pub(super) sector: Sector,
    pub(super) postcode: u32,
    pub(super) people: &'a mut Vec<Person>,
    /// Where the household lived before.
    pub(super) past: [u32; 3],
    pub(super) practice: u32,
}

/// What the names of a household come from.
#[derive(Clone, Copy)]
struct Names<'a> {
    group_number: u8,
    group: &'a Group,
    mix: &'a Mix,
    family: Family,
}

/// Parents, as places in the list of people; one parent is both.
#[derive(Clone, Copy)]
struct Parents {
    father: Option<usize>,
    mother: Option<usize>,
}

impl<'a> Builder<'a> {
    /// A household of a street.
    pub(super) fn household(&mut self) {
        let Some(names) = self.settle() else { return };
        let home = self.facts.homes.draw(&mut self.draw).copied();
        match home.unwrap_or(Home::YoungAlone) {
            Home::YoungAlone => {
                let (age, sex) = (self.middle(22, 64), self.sex());
                let person = self.adult(names, sex, age);
                self.married_before(names, person, 0.12);
            }
            Home::OldAlone => {
                let age = self.old();
                let sex = if self.draw.chance(0.66) {
                    Sex::Female
                } else {
                    Sex::Male
                };
                let person = self.adult(names, sex, age);
                self.married_before(names, person, 0.85);
            }
            Home::YoungCouple => {
                let age = self.middle(23, 64);
                self.couple(names, age);
            }
            Home::OldCouple => {
                let age = self.old().min(92);
                self.couple(names, age);
            }
            Home::CoupleWithChildren => {
                let age = self.between(25, 52);
                let parents = self.couple(names, age);
                self.children(names, parents, age, 0, 17);
            }
            Home::CoupleWithGrownChildren => {
                let age = self.between(45, 70);
                let parents = self.couple(names, age);
                self.children(names, parents, age, 18, 34);
            }
            Home::OneParent => {
                let age = self.between(19, 58);
                let sex = if self.draw.chance(0.86) {
                    Sex::Female
                } else {
                    Sex::Male
                };
                let parent = self.adult(names, sex, age);
                self.married_before(names, parent, 0.25);
                let parents = match sex {
                    Sex::Male => Parents {
                        father: Some(parent),
                        mother: None,
                    },
                    Sex::Female => Parents {
                        father: None,
                        mother: Some(parent),
                    },
                };
                self.children(names, parents, age, 0, 24);
            }
            Home::ThreeGenerations => self.three_generations(names),
            Home::Sharers => {
                for _ in 0..self.between(3, 5) {
                    self.unrelated(19, 38);
                }
            }
        }
        if self.draw.chance(self.facts.household.lodger) {
            self.unrelated(18, 55);
        }
    }

    /// Someone in a care home.
    pub(super) fn resident(&mut self) {
        let Some(names) = self.settle() else { return };
        let age = self.between(76, 99);
        let sex = if self.draw.chance(0.68) {
            Sex::Female
        } else {
            Sex::Male
        };
        self.past = [
            self.ground.another(self.postcode, &mut self.draw),
            NOWHERE,
            NOWHERE,
        ];
        self.practice = self.ground.practice(self.postcode, &mut self.draw);
        let person = self.adult(names, sex, age);
        self.married_before(names, person, 0.85);
        let past = self.past;
        if let Some(person) = self.people.get_mut(person) {
            person.care_home = true;
            person.past = past;
        }
    }

    /// Someone in a hall of students.
    pub(super) fn student(&mut self) {
        self.unrelated(18, 22);
    }

    fn unrelated(&mut self, low: u8, high: u8) {
        if let Some(names) = self.settle() {
            let (age, sex) = (self.between(low, high), self.sex());
            self.adult(names, sex, age);
        }
    }

    /// Draws the group, the names, the practice and the past of a household.
    fn settle(&mut self) -> Option<Names<'a>> {
        let (facts, ground) = (self.facts, self.ground);
        let own = self.draw.chance(facts.ground.sector_group);
        let group_number = if own {
            self.sector.group
        } else {
            facts.any_group(&mut self.draw)
        };
        let group = facts.group(group_number)?;
        let mix = facts.mix_of(group_number, &mut self.draw)?;
        let kin = self.sector.kin
            && group_number == self.sector.group
            && self.draw.chance(facts.ground.kin_households);
        let family = if kin {
            let name = self.draw.below(facts.ground.kin_names);
            let mut stream = ground.kin_stream(self.postcode, name);
            let mix = facts.mix_of(group_number, &mut stream)?;
            mix.tables.family(&mut stream)
        } else {
            mix.tables.family(&mut self.draw)
        };
        self.practice = ground.practice(self.postcode, &mut self.draw);
        self.past = self.past_addresses();
        Some(Names {
            group_number,
            group,
            mix,
            family: Family::single(family),
        })
    }

    fn past_addresses(&mut self) -> [u32; 3] {
        let mut past = [NOWHERE; 3];
        for (slot, share) in past.iter_mut().zip(self.facts.household.past_address) {
            if !self.draw.chance(share) {
                break;
            }
            *slot = self.ground.another(self.postcode, &mut self.draw);
        }
        past
    }

    fn between(&mut self, low: u8, high: u8) -> u8 {
        let age = self.draw.between(i32::from(low), i32::from(high.max(low)));
        u8::try_from(age).unwrap_or(low)
    }

    /// An age between these, more often one of the later.
    fn middle(&mut self, low: u8, high: u8) -> u8 {
        self.between(low, high).max(self.between(low, high))
    }

    /// An age of 65 or more; the older, the rarer.
    fn old(&mut self) -> u8 {
        let (one, other) = (self.between(65, 97), self.between(65, 97));
        one.min(other)
    }

    fn sex(&mut self) -> Sex {
        if self.draw.chance(0.5) {
            Sex::Female
        } else {
            Sex::Male
        }
    }

    /// A date on which someone of this age was born.
    fn born(&mut self, age: u8) -> (u16, u8, u8) {
        let month = self.between(1, 12);
        let as_at = self.facts.as_at;
        let mut year = u16::try_from(as_at.year()).unwrap_or(2026) - u16::from(age);
        let day = self.between(1, 31);
        if (u32::from(month), u32::from(day)) > (as_at.month(), as_at.day()) {
            year -= 1;
        }
        let day = if day > super::letters::days_in(year, month) {
            1 + day % 28
        } else {
            day
        };
        (year, month, day)
    }

    /// Someone with names of their own and the family name given, in the list of people.
    fn adult(&mut self, names: Names<'a>, sex: Sex, age: u8) -> usize {
        let born = self.born(age);
        let given = names.group.given(names.mix, sex, born.0, &mut self.draw);
        let abroad = self.draw.chance(names.group.born_abroad);
        let (born, first) = if abroad && self.draw.chance(names.group.first_of_january) {
            ((born.0, 1, 1), true)
        } else {
            (born, false)
        };
        let mut family = names.family;
        let mut households = None;
        if sex == Sex::Female
            && let Some(own) = names.group.womans_family(&mut self.draw)
        {
            households = Some(names.family);
            family = Family::single(own);
        }
        // Most lived before where the household did, the others came from elsewhere.
        let past = if self.draw.chance(0.65) {
            self.past
        } else {
            self.past_addresses()
        };
        self.add(Person {
            number: 0,
            superseded: [0; 2],
            sex,
            group: names.group_number,
            age,
            born,
            given,
            family,
            former: None,
            households,
            postcode: self.postcode,
            practice: self.practice,
            past,
            twin: false,
            care_home: false,
            first_of_january: first,
        })
    }

    fn add(&mut self, person: Person) -> usize {
        self.people.push(person);
        self.people.len() - 1
    }

    /// A woman who was once married and kept the name, at this share of those whose custom it is.
    fn married_before(&mut self, names: Names<'a>, person: usize, share: f64) {
        let share = share * names.group.takes_name;
        if names.mix.women_keep || !self.draw.chance(share) {
            return;
        }
        let before = Family::single(names.mix.tables.family(&mut self.draw));
        let known = self.draw.chance(self.facts.household.name_change_known);
        if let Some(woman) = self.people.get_mut(person)
            && woman.sex == Sex::Female
            && woman.households.is_none()
            && before != woman.family
        {
            woman.former = Some((before, known));
        }
    }

    fn couple(&mut self, names: Names<'a>, age: u8) -> Parents {
        let household = &self.facts.household;
        let man = self.adult(names, Sex::Male, age);
        let same = self.draw.chance(household.one_sex);
        let sex = if same { Sex::Male } else { Sex::Female };
        let mut hers = names;
        if self.draw.chance(household.two_groups) {
            let number = self.facts.any_group(&mut self.draw);
            if let (Some(group), Some(mix)) = (
                self.facts.group(number),
                self.facts.mix_of(number, &mut self.draw),
            ) {
                hers = Names {
                    group_number: number,
                    group,
                    mix,
                    family: names.family,
                };
            }
        }
        hers.family = Family::single(hers.mix.tables.family(&mut self.draw));
        let younger = self.between(0, 9);
        let her_age = (age + 3).saturating_sub(younger).max(18);
        let woman = self.adult(hers, sex, her_age);
        let married = age >= 60 || self.draw.chance(household.married);
        let takes = self.draw.chance(hers.group.takes_name);
        let double = self.draw.chance(hers.group.double);
        let known = self.draw.chance(household.name_change_known);
        if let Some(wife) = self.people.get_mut(woman)
            && married
        {
            if wife.households.is_some() {
                wife.households = Some(names.family);
            } else if takes && !same && !hers.mix.women_keep && wife.family != names.family {
                let both = Family::both(wife.family, names.family);
                let family = if double { both } else { names.family };
                wife.former = Some((wife.family, known));
                wife.family = family;
            }
        }
        Parents {
            father: Some(man),
            mother: (!same).then_some(woman),
        }
    }

    fn three_generations(&mut self, names: Names<'a>) {
        let age = self.between(30, 50);
        let parents = self.couple(names, age);
        self.children(names, parents, age, 0, 24);
        let older = (age + self.between(22, 34)).min(97);
        if self.draw.chance(0.6) {
            let grandmother = self.adult(names, Sex::Female, older);
            self.married_before(names, grandmother, 0.9);
        }
        if self.draw.chance(0.5) {
            let grandfather = self.adult(names, Sex::Male, older.saturating_add(2).min(99));
            if self.draw.chance(0.08)
                && let Some(given) = parents
                    .father
                    .and_then(|f| self.people.get(f))
                    .map(|f| f.given)
                && let Some(old) = self.people.get_mut(grandfather)
            {
                old.given = given;
            }
        }
    }

    fn children(&mut self, names: Names<'a>, parents: Parents, age: u8, low: u8, high: u8) {
        let oldest = high.min(age.saturating_sub(18));
        if oldest < low {
            return;
        }
        let mut family = self.childrens_family(names, parents);
        let first = self.people.len();
        let group = self.childrens_group(names, parents);
        let Some(customs) = self.facts.group(group) else {
            return;
        };
        let patronymic = self.draw.chance(names.mix.patronymic);
        if patronymic && let Some(father) = parents.father.and_then(|f| self.people.get(f)) {
            family = Family::single(father.given[0]);
        }
        let mut count = 1;
        for share in [0.6, 0.3, 0.25, 0.2] {
            if !self.draw.chance(share + names.group.more_children) {
                break;
            }
            count += 1;
        }
        // Those who come after are younger.
        let mut next = self.between(low, oldest).max(self.between(low, oldest));
        let mut born_first = true;
        for _ in 0..count {
            let sex = self.sex();
            let child = self.child(Names { family, ..names }, sex, next, first);
            let after = customs.named_after_father;
            if sex == Sex::Male && born_first && self.draw.chance(after) {
                self.name_after(parents.father, child);
            }
            born_first &= sex == Sex::Female;
            if self.draw.chance(self.facts.household.twins) {
                self.twin(Names { family, ..names }, child, first);
            }
            let gap = self.between(1, 4);
            match next.checked_sub(gap) {
                Some(younger) if younger >= low => next = younger,
                _ => break,
            }
        }
        for child in self.people.iter_mut().skip(first) {
            child.group = group;
        }
    }

    fn childrens_family(&mut self, names: Names<'a>, parents: Parents) -> Family {
        let mother = parents.mother.and_then(|m| self.people.get(m));
        let Some(mother) = mother.map(|m| m.family) else {
            return names.family;
        };
        let household = &self.facts.household;
        if parents.father.is_none() {
            // Half bear the mother's name, the others their father's, who lives elsewhere.
            return if self.draw.chance(0.55) {
                mother
            } else {
                Family::single(names.mix.tables.family(&mut self.draw))
            };
        }
        let rank = self.draw.rank();
        if mother.first == names.family.first
            || rank > household.both_names + household.mothers_name
        {
            names.family
        } else if rank < household.both_names {
            Family::both(mother, names.family)
        } else {
            mother
        }
    }

    fn childrens_group(&self, names: Names<'a>, parents: Parents) -> u8 {
        let group = |at: Option<usize>| at.and_then(|p| self.people.get(p)).map(|p| p.group);
        match (group(parents.father), group(parents.mother)) {
            (Some(one), Some(other)) => self.facts.childs_group(one, other),
            _ => names.group_number,
        }
    }

    /// A child whose given name no brother or sister has.
    fn child(&mut self, names: Names<'a>, sex: Sex, age: u8, first: usize) -> usize {
        let child = self.adult(names, sex, age);
        for _ in 0..6 {
            if !self.names_clash(first, child) {
                break;
            }
            let year = self.people.get(child).map_or(2000, |c| c.born.0);
            let given = names.group.given(names.mix, sex, year, &mut self.draw);
            if let Some(child) = self.people.get_mut(child) {
                child.given = given;
            }
        }
        if let Some(child) = self.people.get_mut(child) {
            // Customs of marriage are not those of children, and a child has lived nowhere without the family.
            if age < 16 {
                if let Some(family) = child.households.take() {
                    child.family = family;
                }
                let moved = self.past.first().copied().filter(|_| age > 3);
                child.past = [moved.unwrap_or(NOWHERE), NOWHERE, NOWHERE];
            }
        }
        child
    }

    /// Whether a child has the given names of an older brother or sister: all of them, as the first may be a custom.
    fn names_clash(&self, first: usize, child: usize) -> bool {
        let Some(own) = self.people.get(child) else {
            return false;
        };
        self.people
            .get(first..child)
            .unwrap_or_default()
            .iter()
            .any(|other| {
                other.given[0] == own.given[0]
                    && (own.given[1] == NONE || other.given[1] == own.given[1])
            })
    }

    fn name_after(&mut self, father: Option<usize>, child: usize) {
        let Some(given) = father.and_then(|f| self.people.get(f)).map(|f| f.given) else {
            return;
        };
        let same_second = self.draw.chance(0.3);
        if let Some(child) = self.people.get_mut(child) {
            let [first, second, third] = given;
            child.given = if same_second {
                [first, second, third]
            } else {
                [first, child.given[1], child.given[2]]
            };
        }
    }

    fn twin(&mut self, names: Names<'a>, of: usize, first: usize) {
        let household = &self.facts.household;
        let Some(elder) = self.people.get(of).cloned() else {
            return;
        };
        let sex = if self.draw.chance(household.twins_of_one_sex) {
            elder.sex
        } else {
            elder.sex.other()
        };
        let twin = self.child(names, sex, elder.age, first);
        let alike = self.draw.chance(household.twins_alike);
        for _ in 0..if alike { 60 } else { 0 } {
            let given = names
                .group
                .given(names.mix, sex, elder.born.0, &mut self.draw);
            if self.alike(elder.given[0], given[0]) {
                if let Some(twin) = self.people.get_mut(twin) {
                    twin.given = given;
                }
                break;
            }
        }
        for at in [of, twin] {
            if let Some(person) = self.people.get_mut(at) {
                person.born = elder.born;
                person.first_of_january = elder.first_of_january;
                person.past = elder.past;
                person.twin = true;
            }
        }
        if let Some(younger) = self.people.get_mut(twin)
            && younger.sex == elder.sex
        {
            younger.family = elder.family;
            younger.households = elder.households;
        }
    }

    /// Whether two names begin alike and are two.
    fn alike(&self, one: u32, other: u32) -> bool {
        let (a, b) = (self.facts.book.text(one), self.facts.book.text(other));
        one != other && a.len().abs_diff(b.len()) <= 1 && a.chars().take(2).eq(b.chars().take(2))
    }
}
