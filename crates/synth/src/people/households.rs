//! Households: families with their children, couples, shared houses, people on their own; and those who died or
//! left in these years. Ages and sexes come from the pool, so that the totals are those of the source.

use super::{NO_NAME, Person, Sex, Stay, Town, moves, pool::Pool, stream};
use crate::{
    days,
    draw::{Draw, Shares},
    facts::{Facts, rates},
};
use model::Date;

/// Someone who is about to be put into a household.
#[derive(Clone, Copy)]
struct Member {
    sex: Sex,
    age: u32,
    born: Date,
    group: u8,
    mix: u16,
    given: u32,
    family: u32,
    family_at_birth: u32,
    died: Option<Date>,
}

/// Fills the area of a council with so many residents.
pub(super) fn fill(facts: &Facts, seed: u64, council: u8, residents: u32, town: &mut Town) {
    let mut builder = Builder {
        facts,
        council,
        pool: Pool::new(&facts.population, residents),
        siblings: Shares::new((0u32..).zip(facts.rates.households.siblings.iter().copied())),
        draw: stream(seed, council),
        town,
        lost: Vec::new(),
    };
    while let Some((sex, age)) = builder.pool.take_any(0, 17, &mut builder.draw) {
        builder.family(sex, age);
    }
    while builder.pool.adults() > 0 {
        builder.adults();
    }
    builder.bury();
}

struct Builder<'a> {
    facts: &'a Facts,
    council: u8,
    pool: Pool,
    siblings: Shares<u32>,
    draw: Draw,
    town: &'a mut Town,
    /// People who died and are not yet put beside anyone.
    lost: Vec<Member>,
}

impl Builder<'_> {
    /// A family around a child.
    fn family(&mut self, sex: Sex, age: u32) {
        let rates = &self.facts.rates.households;
        let child = signed(age);
        let mut children = vec![(sex, age, self.birthday(age))];
        let mother_at_birth = self.draw.within(rates.mother_age_at_birth);
        let lone = self.draw.chance(rates.lone_parents);
        let father_alone = lone && self.draw.chance(rates.lone_fathers);
        let mother = (!father_alone)
            .then(|| {
                self.pool
                    .take(Sex::Female, child + mother_at_birth, child + 17, child + 45)
            })
            .flatten();
        let father = (!lone || father_alone || mother.is_none())
            .then(|| {
                let older_by = self.draw.within(rates.father_older_by);
                let age = mother.map_or(child + mother_at_birth, signed) + older_by;
                self.pool.take(Sex::Male, age, child + 17, child + 55)
            })
            .flatten();
        if self.draw.chance(rates.twins)
            && let Some((_, _, born)) = children.first().copied()
        {
            let twin = if self.draw.chance(0.66) {
                sex
            } else {
                sex.other()
            };
            if let Some(twin_age) = self.pool.take(twin, child, child, child) {
                children.push((twin, twin_age, born));
            }
        }
        let more = self.siblings.draw(&mut self.draw).copied().unwrap_or(0);
        let youngest_parent = mother.or(father).map_or(60, signed);
        let mut last = child;
        for _ in 0..more {
            let sex = if self.draw.chance(0.512) {
                Sex::Male
            } else {
                Sex::Female
            };
            // Younger brothers and sisters first, so that the parents stay old enough.
            let down = self.draw.chance(0.6);
            let gap = self.draw.between(2, 4);
            let (wanted, low, high) = if down {
                (last - gap, 0, last - 2)
            } else {
                (
                    child + gap,
                    child + 2,
                    (child + 8).min(youngest_parent - 17).min(17),
                )
            };
            if let Some(found) = self.pool.take(sex, wanted, low, high) {
                if down {
                    last = signed(found);
                }
                children.push((sex, found, self.birthday(found)));
            }
        }
        // Brothers and sisters born within months of each other, unless on one day, are drawn again.
        for at in 1..children.len() {
            for _ in 0..8 {
                let Some(&(sex, age, born)) = children.get(at) else {
                    break;
                };
                let clash = children.iter().take(at).any(|(_, _, other)| {
                    (1..300).contains(&days::between(born.min(*other), born.max(*other)))
                });
                if !clash {
                    break;
                }
                let born = self.birthday(age);
                if let Some(slot) = children.get_mut(at) {
                    *slot = (sex, age, born);
                }
            }
        }
        let head_age = father.or(mother).unwrap_or(40);
        let stays = moves::of_household(self.facts, self.council, head_age, &mut self.draw);
        let mut members = self.parents(&stays, mother, father);
        if members.is_empty() {
            // Nobody of the right age is left: a guardian of any age.
            if let Some((sex, age)) = self.pool.take_any(18, 120, &mut self.draw) {
                let guardian = self.alone(&stays, sex, age);
                members.push(guardian);
            }
        }
        self.add_children(&mut members, &children);
        self.add_grown_child(&mut members, father.or(mother));
        self.keep(members, &stays);
    }

    /// The parents or the couple: names and groups.
    fn parents(&mut self, stays: &[Stay], woman: Option<u32>, man: Option<u32>) -> Vec<Member> {
        let rates = &self.facts.rates.households;
        let mut members = Vec::new();
        let first = man.map(|age| self.alone(stays, Sex::Male, age));
        members.extend(first);
        if let Some(age) = woman {
            let mut woman = self.alone(stays, Sex::Female, age);
            if let Some(man) = first {
                if !self.draw.chance(rates.partner_of_other_group) {
                    woman.group = man.group;
                    woman.mix = man.mix;
                    woman.given = self.given(woman.mix, Sex::Female);
                    woman.family_at_birth = self.family_name(woman.mix);
                    woman.family = woman.family_at_birth;
                }
                if self.draw.chance(rates::share(&rates.wife_takes_name, age)) {
                    woman.family = man.family;
                }
            }
            members.push(woman);
        }
        members
    }

    fn add_children(&mut self, members: &mut Vec<Member>, children: &[(Sex, u32, Date)]) {
        let rates = &self.facts.rates.households;
        let parents: Vec<Member> = members.clone();
        let Some(head) = parents.first().copied() else {
            for &(sex, age, born) in children {
                let member = self.orphan(sex, age, born);
                members.push(member);
            }
            return;
        };
        let other = parents.get(1).copied();
        let group = other.map_or(head.group, |o| self.group_of_children(head.group, o.group));
        let mut family = head.family;
        if let Some(other) = other
            && other.family_at_birth != head.family
            && self.draw.chance(rates.double_barrelled)
        {
            let both = format!(
                "{}-{}",
                self.town.family_name(other.family_at_birth),
                self.town.family_name(head.family)
            );
            family = u32::try_from(self.town.family_names.len()).unwrap_or(head.family);
            self.town.family_names.push(both);
        }
        let mut used = Vec::new();
        for &(sex, age, born) in children {
            let after_father = sex == Sex::Male
                && head.sex == Sex::Male
                && !used.contains(&head.given)
                && self.draw.chance(rates.son_named_after_father);
            let mut given = if after_father {
                head.given
            } else {
                self.given(head.mix, sex)
            };
            for _ in 0..6 {
                // Two children of one house hardly ever have one name.
                if !used.contains(&given) && (after_father || given != head.given) {
                    break;
                }
                given = self.given(head.mix, sex);
            }
            used.push(given);
            members.push(Member {
                sex,
                age,
                born,
                group,
                mix: head.mix,
                given,
                family,
                family_at_birth: family,
                died: None,
            });
        }
    }

    /// A grown son or daughter who still lives with the parents.
    fn add_grown_child(&mut self, members: &mut Vec<Member>, parent: Option<u32>) {
        let rates = &self.facts.rates.households;
        let Some(parent) = parent.filter(|p| *p >= 40) else {
            return;
        };
        let age = parent.saturating_sub(22 + self.draw.below(14)).max(18);
        // Most parents of that age could house one: the share is of the children, of whom there are about as many.
        if !self.draw.chance(rates::share(&rates.adult_children, age)) {
            return;
        }
        let sex = if self.draw.chance(0.58) {
            Sex::Male
        } else {
            Sex::Female
        };
        let oldest = signed(parent) - 17;
        if let Some(found) = self
            .pool
            .take(sex, signed(age), 18, oldest.min(signed(age) + 4))
        {
            let born = self.birthday(found);
            let parents: Vec<Member> = members
                .iter()
                .take(2)
                .filter(|m| m.age >= 18)
                .copied()
                .collect();
            let mut grown = parents;
            let before = grown.len();
            self.add_children(&mut grown, &[(sex, found, born)]);
            members.extend(grown.into_iter().skip(before));
        }
    }

    /// A household of adults.
    fn adults(&mut self) {
        let rates = &self.facts.rates.households;
        let Some((sex, age)) = self.pool.take_any(18, 120, &mut self.draw) else {
            return;
        };
        let stays = moves::of_household(self.facts, self.council, age, &mut self.draw);
        let [young, old] = rates.student_ages;
        let student = (young..=old).contains(&age) && self.draw.chance(rates.students);
        if student || (age < 40 && self.draw.chance(rates.shared_houses)) {
            let members = self.shared_house(&stays, sex, age, student);
            self.keep(members, &stays);
            return;
        }
        if self.draw.chance(rates::share(&rates.couples, age)) {
            let same = self.draw.chance(rates.same_sex_couples);
            let other = if same { sex } else { sex.other() };
            let older_by = self.draw.within(rates.father_older_by);
            let away = if sex == Sex::Male {
                -older_by
            } else {
                older_by
            };
            let near = signed(age) + away;
            let low = 18.max(signed(age) - 15);
            if let Some(found) = self.pool.take(other, near, low, signed(age) + 15) {
                let mut members = if same {
                    vec![self.alone(&stays, sex, age), self.alone(&stays, sex, found)]
                } else {
                    let (woman, man) = if sex == Sex::Female {
                        (age, found)
                    } else {
                        (found, age)
                    };
                    self.parents(&stays, Some(woman), Some(man))
                };
                if !same {
                    let youngest = age.min(found);
                    self.add_grown_child(&mut members, Some(youngest));
                }
                self.keep(members, &stays);
                return;
            }
        }
        let member = self.alone(&stays, sex, age);
        let mut members = vec![member];
        self.add_grown_child(&mut members, Some(age));
        self.keep(members, &stays);
    }

    /// Unrelated people at one address.
    fn shared_house(&mut self, stays: &[Stay], sex: Sex, age: u32, student: bool) -> Vec<Member> {
        let rates = &self.facts.rates.households;
        let mut members = vec![self.alone(stays, sex, age)];
        let size = self.draw.within(rates.shared_house_size);
        for _ in 1..size {
            let sex = if self.draw.chance(0.5) {
                Sex::Male
            } else {
                Sex::Female
            };
            let (low, high) = if student { (18, 23) } else { (20, 44) };
            if let Some(found) = self.pool.take(sex, signed(age), low, high) {
                members.push(self.alone(stays, sex, found));
            }
        }
        members
    }

    /// Someone with a name and a group of their own.
    fn alone(&mut self, stays: &[Stay], sex: Sex, age: u32) -> Member {
        let area = stays
            .iter()
            .rev()
            .find_map(|s| self.facts.ground.area_of(s.postcode));
        let group = area
            .and_then(|a| a.ethnic.draw(&mut self.draw))
            .copied()
            .unwrap_or(0);
        let born = self.birthday(age);
        self.named(sex, age, born, group)
    }

    fn orphan(&mut self, sex: Sex, age: u32, born: Date) -> Member {
        self.named(sex, age, born, 0)
    }

    fn named(&mut self, sex: Sex, age: u32, born: Date, group: u8) -> Member {
        let mix = self.facts.names.mix(group, &mut self.draw);
        let family = self.family_name(mix);
        Member {
            sex,
            age,
            born,
            group,
            mix,
            given: self.given(mix, sex),
            family,
            family_at_birth: family,
            died: None,
        }
    }

    fn given(&mut self, mix: u16, sex: Sex) -> u32 {
        self.facts.names.given(mix, sex, &mut self.draw)
    }

    fn family_name(&mut self, mix: u16) -> u32 {
        self.facts.names.family(mix, &mut self.draw)
    }

    /// A birthday that makes a person this old on the day of the files.
    fn birthday(&mut self, age: u32) -> Date {
        let back = self.draw.between(0, 364);
        let latest = days::plus_months(self.facts.calendar.as_at, -12 * signed(age));
        days::plus(latest, -back)
    }

    fn group_of_children(&self, one: u8, other: u8) -> u8 {
        let broad = |group: u8| {
            self.facts
                .ethnic_groups
                .get(usize::from(group))
                .map_or("", |g| g.broad.as_str())
        };
        if broad(one) == broad(other) {
            return one;
        }
        // The mixed groups of the census are named by what is beside white.
        let names = &self.facts.names;
        let apart = [broad(one), broad(other)]
            .into_iter()
            .filter_map(|b| names.mixed_group(b))
            .collect::<Vec<_>>();
        match apart.as_slice() {
            [only] => *only,
            _ => names.mixed_group("other").unwrap_or(one),
        }
    }

    /// Keeps a household, with someone who died out of it, and those of it who left.
    ///
    /// Deaths follow the rates of the members' own ages and sexes. Who died is then put beside a widow or widower
    /// of the place where there is one, because records of the dead share an address and a name with the living.
    fn keep(&mut self, mut members: Vec<Member>, stays: &[Stay]) {
        let rates = &self.facts.rates;
        let years = self.facts.calendar.years();
        for member in &members {
            if !self
                .draw
                .chance(rates.deaths.rate(member.age, member.sex) * years)
            {
                continue;
            }
            let lost = self.lost(member);
            self.lost.push(lost);
        }
        let adults: Vec<Member> = members.iter().filter(|m| m.age >= 18).copied().collect();
        if self.draw.chance(rates.moves.leaves * years)
            && let Some(of) = self.draw.pick(&adults).copied()
        {
            let gone = self.alone(stays, of.sex, of.age);
            let stays = moves::of_leaver(self.facts, stays, &mut self.draw);
            self.put(&[gone], &stays);
        }
        let beside = match adults.as_slice() {
            [alone] => self.lost.iter().rposition(|lost| {
                lost.sex != alone.sex && lost.age >= 25 && lost.age.abs_diff(alone.age) <= 8
            }),
            _ => None,
        };
        if let (Some(at), Some(alone)) = (beside, adults.first()) {
            let mut lost = self.lost.remove(at);
            lost.family = alone.family;
            lost.group = alone.group;
            lost.given = self.given(alone.mix, lost.sex);
            members.push(lost);
        } else if let Some(at) = self.lost.iter().rposition(|lost| lost.age < 18)
            && members.iter().any(|m| m.age < 18)
            && let Some(head) = members.first().copied()
        {
            let mut lost = self.lost.remove(at);
            lost.family = head.family;
            lost.family_at_birth = head.family;
            lost.given = self.given(head.mix, lost.sex);
            members.push(lost);
        }
        self.put(&members, stays);
    }

    /// Someone like this member, who died in these years.
    fn lost(&mut self, member: &Member) -> Member {
        let died = moves::day_in_history(self.facts, &mut self.draw);
        let mut lost = self.named(member.sex, member.age, member.born, member.group);
        // The age at death is the age that the rate was for; infants were born before they died.
        let years = -12 * signed(lost.age);
        lost.born = days::plus(days::plus_months(died, years), -self.draw.between(0, 364));
        lost.died = Some(died);
        lost
    }

    /// Those who died and had nobody of the place beside them.
    fn bury(&mut self) {
        for lost in std::mem::take(&mut self.lost) {
            let stays = moves::of_household(self.facts, self.council, lost.age, &mut self.draw);
            self.put(&[lost], &stays);
        }
    }

    fn put(&mut self, members: &[Member], stays: &[Stay]) {
        let first = u32::try_from(self.town.people.len()).unwrap_or(u32::MAX);
        let household = u32::try_from(self.town.households.len()).unwrap_or(u32::MAX);
        let practice_of = |draw: &mut Draw, facts: &Facts| {
            stays
                .iter()
                .rev()
                .find_map(|s| facts.ground.area_of(s.postcode))
                .and_then(|a| a.practices.draw(draw))
                .copied()
                .unwrap_or(0)
        };
        let shared = practice_of(&mut self.draw, self.facts);
        for member in members {
            let practice = if self.draw.chance(0.9) {
                shared
            } else {
                practice_of(&mut self.draw, self.facts)
            };
            let ranks = if member.died.is_some() {
                self.facts.rates.need.ranks_of_the_dead
            } else {
                1
            };
            let need = (0..ranks.max(1))
                .map(|_| self.draw.below(65_536))
                .max()
                .unwrap_or(0);
            let other_given = if self
                .draw
                .chance(self.facts.rates.households.second_given_name)
            {
                self.given(member.mix, member.sex)
            } else {
                NO_NAME
            };
            let (first_stay, count) = self.town.keep_stays(stays, member.born);
            self.town.people.push(Person {
                nhs_number: 0,
                born: member.born,
                died: member.died,
                sex: member.sex,
                group: member.group,
                given: member.given,
                other_given,
                family: member.family,
                family_at_birth: member.family_at_birth,
                household,
                need: u16::try_from(need).unwrap_or(u16::MAX),
                practice,
                first_stay,
                stays: count,
                care_home: None,
            });
        }
        let count = u32::try_from(members.len()).unwrap_or(0);
        self.town.households.push((first, count));
    }
}

fn signed(age: u32) -> i32 {
    i32::try_from(age).unwrap_or(0)
}
