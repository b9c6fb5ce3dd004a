//! Pages of those who keep keys.

use super::*;
use pages::*;

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in("Key custodian", &["Keys", "Service status"]);
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    add("keys", keys(&frame, &keys_view(true)));
    add("keys-owner", keys(&frame, &keys_view(false)));
    add("keys-empty", keys(&frame, &KeysView::default()));
    let ask = KeyAskView {
        csrf: "token".into(),
        domain: DOMAIN.into(),
        what_for: "Pseudonyms for QH8 under DSA-0192, version 1, for commissioning".into(),
        id: "k1".into(),
        ..KeyAskView::default()
    };
    add("key-ask", key_ask(&frame, &ask));
    let errors = vec![
        FieldError::new("change", "Say what should be done"),
        FieldError::new("why", "Say why, in 300 characters or fewer"),
    ];
    add(
        "key-ask-error",
        key_ask(&frame, &KeyAskView { errors, ..ask }),
    );
    let decide = KeyDecideView {
        csrf: "token".into(),
        change: change(3, "waiting", None),
        what_for: "Pseudonyms within the analysis zone".into(),
        follows: strings(&[
            "Every table of the analysis zone is made again with new pseudonyms at the next run.",
            "The earlier key stays, so that the bridge can be made.",
        ]),
        may_decide: true,
        why_not: None,
        errors: Vec::new(),
    };
    add("key-decide", key_decide(&frame, &decide));
    let own = KeyDecideView {
        may_decide: false,
        why_not: Some("You asked for this change, so somebody else has to decide.".into()),
        ..decide
    };
    add("key-decide-own", key_decide(&frame, &own));
}

const DOMAIN: &str = "DSA-0192/1/QH8/commissioning/linked:person_pseudonym";

fn change(number: u64, state: &str, decided: Option<(String, DateTime<Utc>)>) -> KeyChangeRow {
    KeyChangeRow {
        number,
        what: "New key k2 for analysis".into(),
        asked_by: "kit".into(),
        asked_at: at("2026-05-04T09:12:00Z"),
        why: "A year has passed.".into(),
        state: state.into(),
        decided,
    }
}

fn keys_view(may_ask: bool) -> KeysView {
    let key = |what_for: &str, domain: &str, id: &str, state: &str, days| KeyRow {
        what_for: what_for.into(),
        domain: domain.into(),
        id: id.into(),
        algorithm: "HMAC-SHA-256, one way".into(),
        state: state.into(),
        made: Some(("2025-05-04".into(), days)),
        held: "a protected file".into(),
    };
    let analysis = "Pseudonyms within the analysis zone";
    let mut unknown = key(analysis, "analysis", "k1", "destroyed", 0);
    unknown.made = None;
    unknown.held = "nowhere".into();
    KeysView {
        keys: vec![
            unknown,
            key(analysis, "analysis", "k2", "earlier", 365),
            key(analysis, "analysis", "k3", "in use", 1),
            key(
                "Pseudonyms for QH8 under DSA-0192, version 1, for commissioning",
                DOMAIN,
                "k1",
                "in use",
                0,
            ),
        ],
        changes: vec![
            change(3, "waiting", None),
            change(2, "done", Some(("ada".into(), at("2026-05-03T10:00:00Z")))),
            change(
                1,
                "refused",
                Some(("kay".into(), at("2026-05-02T10:00:00Z"))),
            ),
        ],
        may_ask,
        concerns: vec![
            "`/srv/haven/keys/analysis.key` can be read by its group (mode 0640): set it to 0600"
                .into(),
        ],
    }
}
