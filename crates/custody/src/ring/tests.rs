//! Tests of rings: what is made with keys, and what never shows.

use super::*;
use std::collections::BTreeSet;

const ONE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const TWO: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";
const DAY: &str = "2026-11-22";

fn before(lines: &str) -> String {
    format!("haven keys 1\n{lines}\n")
}

fn one(ring: &Ring, domain: &str, kind: Kind, value: &str) -> Result<String, CustodyError> {
    ring.pseudonyms(domain, None, kind, &[value])
        .map(|made| made[0].clone())
}

#[test]
fn a_file_from_before_makes_the_same_pseudonyms_as_before() {
    let ring = Ring::parse(&before(&format!("analysis k1 {ONE}"))).unwrap();
    // printf 'v1\0person\0p0123' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0011..ff
    assert_eq!(
        one(&ring, "analysis", Kind::Person, "p0123").unwrap(),
        "k1-500f360825cedf2e9edfd4c45bd22e79"
    );
    let ring = Ring::parse(&before(&format!("recipients k1 {ONE}"))).unwrap();
    assert!(ring.makes_from_root());
    // The key is the digest of `v1\0key\0dsa-1/1/ORG/research`, and the pseudonym that of `v1\0recipient\0k1-00`.
    assert_eq!(
        one(&ring, "dsa-1/1/ORG/research", Kind::Recipient, "k1-00").unwrap(),
        "k1-e213341f96abec1b7555e479324b1da1"
    );
    assert!(one(&ring, "no such domain, it has blanks", Kind::Recipient, "x").is_err());
}

#[test]
fn a_ring_is_kept_as_text_and_comes_back_the_same() {
    let mut ring = Ring::parse(&before(&format!("analysis k1 {ONE}\nanalysis k2 {TWO}"))).unwrap();
    ring.draw("dsa-1/1/ORG/research", Algorithm::Aes256Siv, DAY)
        .unwrap();
    ring.draw("dsa-1/1/ORG/research", Algorithm::HmacSha256, DAY)
        .unwrap();
    ring.destroy("analysis", Some("k1"), DAY).unwrap();
    let text = ring.format();
    let again = Ring::parse(&format!("{}# a note\n\n", *text)).unwrap();
    assert_eq!(*again.format(), *text);
    assert_eq!(again.facts(), ring.facts());
    assert_eq!(again.in_use("analysis").as_deref(), Some("k2"));
    let states: Vec<String> = ring
        .facts()
        .iter()
        .map(|f| format!("{} {} {:?} {}", f.domain, f.id, f.state, f.held))
        .collect();
    assert_eq!(
        states,
        [
            "analysis k1 Destroyed { day: \"2026-11-22\" } nowhere",
            "analysis k2 InUse file",
            "dsa-1/1/ORG/research s1 InUse file",
            "dsa-1/1/ORG/research k1 InUse file",
        ]
    );
}

#[test]
fn a_new_key_shows_in_what_is_made_and_the_earlier_one_still_tells() {
    let mut ring = Ring::new();
    ring.draw("analysis", Algorithm::HmacSha256, DAY).unwrap();
    let first = one(&ring, "analysis", Kind::Person, "p1").unwrap();
    assert_eq!(
        ring.draw("analysis", Algorithm::HmacSha256, DAY).unwrap(),
        "k2"
    );
    let second = one(&ring, "analysis", Kind::Person, "p1").unwrap();
    assert!(first.starts_with("k1-") && second.starts_with("k2-"));
    assert_ne!(first[3..], second[3..]);
    let earlier = ring
        .pseudonyms("analysis", Some("k1"), Kind::Person, &["p1"])
        .unwrap();
    assert_eq!(earlier, [first]);
}

#[test]
fn recipients_kinds_and_domains_have_nothing_in_common() {
    let mut ring = Ring::new();
    let domains = [
        "dsa-1/1/ORG/research",
        "dsa-1/2/ORG/research",
        "dsa-1/1/ORG/planning",
        "dsa-1/1/OTHER/research",
    ];
    for domain in domains {
        ring.draw(domain, Algorithm::HmacSha256, DAY).unwrap();
    }
    let mut all: BTreeSet<String> = domains
        .iter()
        .map(|domain| one(&ring, domain, Kind::Recipient, "p1").unwrap())
        .collect();
    all.insert(one(&ring, domains[0], Kind::Person, "p1").unwrap());
    all.insert(one(&ring, domains[0], Kind::Record, "p1").unwrap());
    assert_eq!(all.len(), domains.len() + 2);
}

#[test]
fn a_destroyed_key_makes_nothing_any_more() {
    let mut ring = Ring::parse(&before(&format!("recipients k1 {ONE}"))).unwrap();
    let domain = "dsa-1/1/ORG/research";
    one(&ring, domain, Kind::Recipient, "k1-00").unwrap();
    // Its key was made from another: it must not come back by itself.
    ring.destroy(domain, None, DAY).unwrap();
    let again = Ring::parse(&ring.format()).unwrap();
    let fault = one(&again, domain, Kind::Recipient, "k1-00").unwrap_err();
    assert_eq!(
        fault.to_string(),
        "key `k1` of domain `dsa-1/1/ORG/research` was destroyed on 2026-11-22"
    );
    assert!(ring.destroy(domain, None, DAY).is_err(), "a second time");
    assert!(
        ring.destroy("never", None, DAY).is_ok(),
        "its key could have been made"
    );
    ring.destroy("recipients", None, DAY).unwrap();
    assert!(!ring.makes_from_root());
    assert!(one(&ring, "dsa-2/1/ORG/research", Kind::Recipient, "k1-00").is_err());
}

#[test]
fn what_is_sealed_is_led_back_by_its_own_domain_and_key() {
    let mut ring = Ring::new();
    for domain in ["dsa-1", "dsa-2"] {
        ring.draw(domain, Algorithm::Aes256Siv, DAY).unwrap();
    }
    let sealed = ring.sealed("dsa-1", &["k1-00ff", "k1-00fe"]).unwrap();
    assert!(sealed.iter().all(|s| s.starts_with("s1-")));
    ring.draw("dsa-1", Algorithm::Aes256Siv, DAY).unwrap();
    assert!(ring.sealed("dsa-1", &["k1-00ff"]).unwrap()[0].starts_with("s2-"));
    let texts: Vec<&str> = sealed.iter().map(String::as_str).collect();
    let opened = ring.opened("dsa-1", &texts).unwrap();
    assert_eq!(
        opened.iter().map(|o| o.as_str()).collect::<Vec<_>>(),
        ["k1-00ff", "k1-00fe"]
    );
    assert!(ring.opened("dsa-2", &texts).is_err());
    for wrong in ["", "s1", "s1-zz", "s1-00", "s9-00", "k1-00"] {
        assert!(ring.opened("dsa-1", &[wrong]).is_err(), "{wrong}");
    }
}

#[test]
fn no_key_is_never_a_weak_key() {
    assert!(one(&Ring::new(), "analysis", Kind::Person, "p1").is_err());
    assert!(Ring::new().sealed("analysis", &["p1"]).is_err());
}

#[test]
fn a_ring_never_prints_its_keys() {
    let ring = Ring::parse(&before(&format!("analysis k1 {ONE}"))).unwrap();
    let shown = format!(
        "{ring:?} {ring:#?} {:?} {:?}",
        ring.keys("analysis"),
        ring.facts()
    );
    assert!(
        !shown.contains("0011") && !shown.contains("17, 34"),
        "{shown}"
    );
}

#[test]
fn a_faulty_key_file_is_refused_without_showing_keys() {
    let zeros = "0".repeat(64);
    let now = |lines: &str| format!("haven keys 2\n{lines}\n");
    for (text, said) in [
        (String::new(), "no key file"),
        (format!("analysis k1 {ONE}"), "no key file"),
        (before("analysis k1"), "line 2"),
        (before(&format!("analysis k1 {ONE}00")), "line 2"),
        (before(&format!("analysis one {ONE}")), "line 2"),
        (before(&format!("analysis k1 {ONE} more")), "line 2"),
        (now(&format!("analysis k1 {ONE}")), "line 2"),
        (now(&format!("analysis k1 aes-256-siv - {ONE}")), "line 2"),
        (now(&format!("analysis s1 aes-256-siv - {ONE}")), "line 2"),
        (now(&format!("analysis k1 rot-13 - {ONE}")), "line 2"),
        (
            before(&format!("analysis k1 {ONE}\nanalysis k1 {TWO}")),
            "`k1` of domain `analysis` stands twice",
        ),
        (
            before(&format!("analysis k1 {ONE}\nother k1 {ONE}")),
            "`other` has a key that is in use elsewhere",
        ),
        (before(&format!("analysis k1 {zeros}")), "is not random"),
        (
            before(&format!("d'oh k1 {ONE}")),
            "cannot name a key domain",
        ),
    ] {
        let error = Ring::parse(&text).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(said), "{shown}");
        assert!(
            !shown.contains("0011") && !shown.contains("ffee"),
            "{shown}"
        );
    }
}
