//! Pseudonyms: what the custodian of the keys makes of an identity, and the functions that queries call.
//!
//! A pseudonym is `k1-` and 32 hexadecimal digits: the id of its key in front, so that a change of keys is visible.
//! How it is made, and with which key, only the custodian knows.

use crate::KnownWords;
use model::{Function, NhsNumber, area};
use std::{collections::BTreeMap, sync::Arc};

/// What a pseudonym is of, so that a person, a record and a recipient's person made from one text never look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person within the analysis zone.
    Person,
    /// A record within the analysis zone.
    Record,
    /// A person as one recipient knows them.
    Recipient,
}

/// Makes pseudonyms of many values for a domain, in their order. What it says of a failure holds no value.
pub type Maker = Arc<dyn Fn(&str, Kind, &[&str]) -> Result<Vec<String>, String> + Send + Sync>;

/// A pseudonym taken apart, as it is told apart from other text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadPseudonym<'a> {
    /// The id of the key that made it.
    pub key_id: &'a str,
    /// The 32 hexadecimal digits.
    pub digits: &'a str,
}

impl<'a> ReadPseudonym<'a> {
    /// Reads a pseudonym, `None` for any other text.
    pub fn of(text: &'a str) -> Option<Self> {
        let (key_id, digits) = text.split_once('-')?;
        let number = key_id.strip_prefix('k')?;
        let shaped = !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
            && digits.len() == 32
            && digits
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        shaped.then_some(Self { key_id, digits })
    }
}

/// The functions that the crossing calls, with pseudonyms of the domain it crosses into.
pub fn functions(maker: &Maker, domain: &str, words: KnownWords) -> Vec<Function> {
    let made = |kind: Kind| {
        let (maker, domain) = (Arc::clone(maker), domain.to_owned());
        move |values: &[&str]| {
            let made = maker(&domain, kind, values)?;
            Ok(made.into_iter().map(Some).collect())
        }
    };
    vec![
        Function::texts("pseudonym", made(Kind::Person)),
        Function::texts("record_token", made(Kind::Record)),
        Function::text_pair("listed", move |list, word| Some(words.listed(list, word))),
        Function::text("short_code", short_code),
        Function::text("postcode_form", area::postcode),
        Function::text("postcode_sector", area::postcode_sector),
    ]
}

/// The function that gives a recipient's own pseudonyms, from domain and pseudonym. Null where the text is no
/// pseudonym, so that nothing else can leave by this way.
pub fn recipient_functions(maker: &Maker) -> Vec<Function> {
    let maker = Arc::clone(maker);
    vec![Function::text_pairs("recipient_pseudonym", move |pairs| {
        let mut by_domain: BTreeMap<&str, (Vec<usize>, Vec<&str>)> = BTreeMap::new();
        for (place, (domain, pseudonym)) in pairs.iter().enumerate() {
            if ReadPseudonym::of(pseudonym).is_some() {
                let (places, values) = by_domain.entry(domain).or_default();
                places.push(place);
                values.push(pseudonym);
            }
        }
        let mut all = vec![None; pairs.len()];
        for (domain, (places, values)) in by_domain {
            let made = maker(domain, Kind::Recipient, &values)?;
            for (place, pseudonym) in places.into_iter().zip(made) {
                if let Some(slot) = all.get_mut(place) {
                    *slot = Some(pseudonym);
                }
            }
        }
        Ok(all)
    })]
}

/// A text that has the shape of a code: at most twelve letters, digits and `. - / + _ : &`, or at
/// most eighteen digits, as the codes of clinical terms have; no blank within, and neither an NHS
/// number nor a postcode. Free text that strayed into a column of codes becomes null here.
fn short_code(text: &str) -> Option<String> {
    let text = text.trim();
    let shaped = (1..=12).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-/+_:&".contains(&b));
    let digits = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    // In the forms in which NHS numbers are written. Other codes of ten digits have hyphens too.
    let in_three_parts = text.split('-').map(str::len).eq([3, 3, 4]);
    let numbered = (digits || in_three_parts) && NhsNumber::parse(text).is_ok();
    let points_at_someone = numbered || area::postcode(text).is_some();
    ((shaped || digits) && !points_at_someone).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::FunctionKind;

    /// A maker that writes down what it was asked: kind, domain and value are told apart by the digits.
    fn maker() -> Maker {
        Arc::new(|domain, kind, values| {
            if domain.contains(' ') {
                return Err(format!("no domain `{domain}`"));
            }
            let made = values.iter().map(|value| {
                let seed = format!("{domain} {kind:?} {value}");
                let sum = seed.bytes().fold(7u128, |sum, b| {
                    sum.wrapping_mul(1_000_003).wrapping_add(u128::from(b))
                });
                format!("k1-{sum:032x}")
            });
            Ok(made.collect())
        })
    }

    fn call(functions: &[Function], name: &str, args: &[&str]) -> Option<String> {
        let function = functions.iter().find(|f| f.name == name).unwrap();
        match &function.kind {
            FunctionKind::Texts(f) => f(&[args[0]]).unwrap().remove(0),
            FunctionKind::TextPairs(f) => f(&[(args[0], args[1])]).unwrap().remove(0),
            _ => panic!("no such function here"),
        }
    }

    #[test]
    fn a_pseudonym_shows_its_key_and_is_told_from_other_text() {
        let functions = functions(&maker(), "analysis", KnownWords::default());
        let person = "p0123456789abcdef0123456789abcdef";
        let pseudonym = call(&functions, "pseudonym", &[person]).unwrap();
        assert_eq!(ReadPseudonym::of(&pseudonym).unwrap().key_id, "k1");
        assert_ne!(
            Some(pseudonym),
            call(&functions, "record_token", &[person]),
            "a person and a record of one text have nothing in common"
        );
        assert_eq!(ReadPseudonym::of("9990001006"), None);
        assert_eq!(ReadPseudonym::of(person), None);
    }

    #[test]
    fn only_pseudonyms_leave_for_recipients_and_each_for_its_own() {
        let functions = recipient_functions(&maker());
        let FunctionKind::TextPairs(all) = &functions[0].kind else {
            panic!("it takes many at a time");
        };
        let person = "k1-0123456789abcdef0123456789abcdef";
        let pairs = [
            ("dsa-1", person),
            ("dsa-2", person),
            ("dsa-1", "9990001006"),
            ("dsa-1", person),
            ("dsa-1", "Ada Thornby"),
        ];
        let made = all(&pairs).unwrap();
        assert!(made[0].is_some() && made[0] == made[3]);
        assert!(made[1].is_some() && made[1] != made[0]);
        assert_eq!((&made[2], &made[4]), (&None, &None));
        assert!(all(&[("no such domain", person)]).is_err());
        assert_eq!(all(&[]).unwrap(), Vec::<Option<String>>::new());
    }

    #[test]
    fn only_what_looks_like_a_code_crosses_as_one() {
        let number = NhsNumber::test_number(100).unwrap();
        for (text, crosses) in [
            ("Y99901", true),
            ("I21.9", true),
            ("08:30", true),
            // The ten digits of this key of a location would make a valid NHS number.
            ("1-999000005", true),
            ("-   ", true),
            ("&", true),
            ("1234567890123456", true),
            ("1234567890123456789", false),
            (number.reveal(), false),
            ("999-000-1006", false),
            ("999 000 1006", false),
            ("SS0 0AA", false),
            ("SS00AA", false),
            ("Ada Thornby", false),
            ("AVeryLongName", false),
            ("Zoë", false),
            ("", false),
        ] {
            assert_eq!(short_code(text).is_some(), crosses, "{text}");
        }
    }
}
