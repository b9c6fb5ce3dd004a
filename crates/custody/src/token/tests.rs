//! Tests against Debian's software token, in a process of its own: its settings come from the environment.

use super::*;
use crate::{Custodian, Guard, Keeper, KeyState, Kind, digest};
use std::{path::PathBuf, process::Command, sync::Arc};

const LIBRARIES: [&str; 2] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
];
const PLACE: &str = "SOFTHSM2_CONF";
const NAME: &str = "token::tests::keys_in_the_software_token_do_the_same_work_and_never_leave_it";

fn library() -> Option<PathBuf> {
    LIBRARIES
        .iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests should know what was not tried"
)]
fn keys_in_the_software_token_do_the_same_work_and_never_leave_it() {
    let Some(library) = library() else {
        eprintln!("skipped: SoftHSM is not installed (Debian's package `softhsm2`)");
        return;
    };
    // The library reads where its tokens are from the environment, which a test must not change for others: the test
    // runs itself again with it.
    if std::env::vars().any(|(name, _)| name == PLACE) {
        return in_the_token(&library);
    }
    let home = tempfile::tempdir().unwrap();
    let tokens = home.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let settings = home.path().join("softhsm2.conf");
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(&settings, text).unwrap();
    let made = Command::new("softhsm2-util")
        .args([
            "--init-token",
            "--free",
            "--label",
            "invented",
            "--so-pin",
            "12345678",
            "--pin",
            "87654321",
        ])
        .env(PLACE, &settings)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let again = Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture"])
        .env(PLACE, &settings)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(
        again.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&again.stderr)
    );
    // Nothing of the files shows the ring's domain with a value beside it; the token's own files are its affair.
}

fn in_the_token(library: &Path) {
    let hsm = Hsm::open(library, "invented", "87654321").unwrap();
    as_the_standards_say(&hsm);
    as_from_a_file(&hsm);
    drop(hsm);
    assert!(Hsm::open(library, "another", "87654321").is_err());
    let wrong = Hsm::open(library, "invented", "00000000")
        .err()
        .unwrap()
        .to_string();
    assert!(wrong.contains("with this PIN"), "{wrong}");
    let hsm = Hsm::open(library, "invented", "87654321").unwrap();
    a_ring_keeps_its_keys_in_it(&Arc::new(hsm));
}

/// Puts a known key into the token, for this session only.
fn put(hsm: &Hsm, label: &str, kind: KeyType, bytes: &[u8]) {
    let mut template = vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(kind),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Token(false),
        Attribute::Value(bytes.to_vec()),
        Attribute::Sign(true),
    ];
    if kind == KeyType::AES {
        template.push(Attribute::Encrypt(true));
    }
    hsm.session().create_object(&template).unwrap();
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.replace(char::is_whitespace, "")).unwrap()
}

/// The vectors of RFC 4231 and RFC 5297, appendix A.1 and A.2.
fn as_the_standards_say(hsm: &Hsm) {
    put(hsm, "rfc4231", KeyType::GENERIC_SECRET, &[0xaa; 131]);
    let message = b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec();
    let made = hsm.digests("rfc4231", &[message]).unwrap();
    assert_eq!(
        made[0].to_vec(),
        bytes("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    );
    for (label, mac, enc, about, plain, expected) in [
        (
            "a1",
            "fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0",
            "f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff",
            vec!["10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627"],
            "11223344 55667788 99aabbcc ddee",
            "85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c",
        ),
        (
            "a2",
            "7f7e7d7c 7b7a7978 77767574 73727170",
            "40414243 44454647 48494a4b 4c4d4e4f",
            vec![
                "00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 33221100",
                "10203040 50607080 90a0",
                "09f91102 9d74e35b d84156c5 635688c0",
            ],
            "74686973 20697320 736f6d65 20706c61 696e7465 78742074 6f20656e 63727970 74207573 696e6720 5349562d 414553",
            "7bdb6e3b 432667eb 06f4d14b ff2fbd0f cb900f2f ddbe4043 26601965 c889bf17 \
             dba77ceb 094fa663 b7a3f748 ba8af829 ea64ad54 4a272e9c 485b62a3 fd5c0d",
        ),
    ] {
        put(hsm, &half(label, "mac"), KeyType::AES, &bytes(mac));
        put(hsm, &half(label, "enc"), KeyType::AES, &bytes(enc));
        let session = hsm.session();
        let siv = Siv::of(&session, label).unwrap();
        let about: Vec<Vec<u8>> = about.into_iter().map(bytes).collect();
        let about: Vec<&[u8]> = about.iter().map(Vec::as_slice).collect();
        let about = siv.about(&about).unwrap();
        let synthetic = siv.synthetic(about, &bytes(plain)).unwrap();
        let mut sealed = synthetic.to_vec();
        sealed.extend(siv.stream(synthetic, &bytes(plain)).unwrap());
        assert_eq!(sealed, bytes(expected), "{label}");
    }
}

/// The same key in a file and in the token makes the same of every value.
fn as_from_a_file(hsm: &Hsm) {
    let key: Vec<u8> = (0..64).map(|n| n * 3 + 1).collect();
    put(hsm, &half("same", "mac"), KeyType::AES, &key[..32]);
    put(hsm, &half("same", "enc"), KeyType::AES, &key[32..]);
    put(hsm, "same", KeyType::GENERIC_SECRET, &key[..32]);
    for length in [0, 1, 15, 16, 17, 31, 32, 33, 100] {
        let value: Vec<u8> = (0..length).map(|n| n % 30 * 7).collect();
        let there = hsm.sealed("same", "dsa-1", &[&value]).unwrap();
        assert_eq!(
            there[0],
            siv::sealed(&key, "dsa-1", &value).unwrap(),
            "{length}"
        );
        assert_eq!(**hsm.opened("same", "dsa-1", &there).unwrap()[0], value);
        assert!(hsm.opened("same", "dsa-2", &there).is_err());
        let digests = hsm.digests("same", std::slice::from_ref(&value)).unwrap();
        assert_eq!(digests[0], *digest(&key[..32], &value).unwrap());
    }
    assert!(hsm.opened("same", "dsa-1", &[vec![0; 7]]).is_err());
    assert!(hsm.digests("none", &[vec![1]]).is_err());
}

/// A ring whose keys are in the token: only their labels are in its file.
fn a_ring_keeps_its_keys_in_it(hsm: &Arc<Hsm>) {
    let home = tempfile::tempdir().unwrap();
    let guard = Arc::new(Guard::new(home.path().join("identity.txt"), None));
    let keeper = Keeper::new(
        home.path().join("a.keys"),
        Arc::clone(&guard),
        Some(Arc::clone(hsm) as Arc<dyn Token>),
        Arc::new(|| "2026-11-22".to_owned()),
    );
    keeper.ensure("analysis", Algorithm::HmacSha256).unwrap();
    let first = keeper
        .pseudonyms("analysis", Kind::Person, &["p1", "p2"])
        .unwrap();
    assert!(first[0].starts_with("k1-") && first[0] != first[1]);
    let text = guard.read(keeper.path()).unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert!(
        text.contains("analysis k1 hmac-sha-256 2026-11-22 token:haven/analysis/k1"),
        "{text}"
    );
    let sealed = keeper.sealed("dsa-1", &["p1"]).unwrap();
    let opened = keeper.opened("dsa-1", &[&sealed[0]]).unwrap();
    assert_eq!(opened[0].as_str(), "p1");
    keeper
        .change(|ring, today| ring.draw("analysis", Algorithm::HmacSha256, today))
        .unwrap();
    assert_eq!(
        keeper
            .build_bridge(
                "analysis",
                "k1",
                Kind::Person,
                &[("p1", "p1"), ("p2", "p2")]
            )
            .unwrap(),
        2
    );
    let last = keeper
        .pseudonyms("analysis", Kind::Person, &["p1"])
        .unwrap();
    assert_eq!(
        keeper.led("analysis", &[&first[0]]).unwrap(),
        [Some(last[0].clone())]
    );
    assert!(
        keeper
            .facts()
            .unwrap()
            .iter()
            .all(|key| key.held == "token")
    );
    keeper
        .change(|ring, today| ring.destroy("analysis", None, today))
        .unwrap();
    assert!(
        keeper
            .pseudonyms("analysis", Kind::Person, &["p1"])
            .is_err()
    );
    assert!(
        hsm.digests("haven/analysis/k1", &[vec![1]]).is_err(),
        "it is gone from the token"
    );
    let gone = keeper.facts().unwrap();
    assert!(
        gone.iter()
            .any(|key| matches!(key.state, KeyState::Destroyed { .. }))
    );
}
