//! Pages that anybody may open, and those for what cannot be shown.

use super::*;
use pages::*;

/// Adds them to the others.
#[expect(clippy::too_many_lines, reason = "a list of samples")]
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = visitor();
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    let needs = [
        "an account, from the person who runs the service",
        "your file, as CSV or Excel",
    ];
    add(
        "start",
        start(
            &frame,
            &StartView {
                before_you_start: strings(&needs),
                ..StartView::default()
            },
        ),
    );
    add(
        "sign-in",
        sign_in(
            &frame,
            &SignInView {
                csrf: "token".into(),
                notice: Some("You have signed out.".into()),
                ..Default::default()
            },
        ),
    );
    add(
        "sign-in-error",
        sign_in(
            &frame,
            &SignInView {
                csrf: "token".into(),
                username: "jo".into(),
                next: Some("/submissions".into()),
                error: Some("The user name or the password is not right. Type both again.".into()),
                invented: true,
                providers: vec![("CIS2".into(), "/sign-in/with/cis2".into())],
                ..Default::default()
            },
        ),
    );
    add(
        "register",
        register(
            &frame,
            &RegisterView {
                entries: vec![use_row(false), use_row(true)],
                downloads: vec![Link::new("The register as CSV", "/register.csv")],
                by_organisation: vec![Link::new("Estuary ICB", "/register/organisations/EST-ICB")],
                by_topic: vec![Link::new("Research", "/register/topics/research")],
                ..Default::default()
            },
        ),
    );
    add(
        "register-part",
        register(
            &frame,
            &RegisterView {
                part: "Estuary ICB".into(),
                copy: true,
                entries: vec![use_row(false)],
                ..Default::default()
            },
        ),
    );
    add(
        "register-search-empty",
        register(
            &frame,
            &RegisterView {
                query: "moon <b>".into(),
                ..Default::default()
            },
        ),
    );
    add(
        "register-entry",
        register_entry(&frame, &register_entry_view()),
    );
    add(
        "status",
        status(
            &frame,
            &StatusView {
                checked_at: at("2026-03-31T16:00:00Z"),
                parts: vec![
                    part("Sending files", PartState::Working, ""),
                    part(
                        "Asking questions",
                        PartState::Slow,
                        "Long questions take up to a minute today.",
                    ),
                ],
                due: Vec::new(),
            },
        ),
    );
    add(
        "status-working",
        status(
            &frame,
            &StatusView {
                checked_at: at("2026-03-31T16:00:00Z"),
                parts: vec![part("Sending files", PartState::Working, "")],
                due: vec![Link::new(
                    "Agreement DSA-1234 (Falls): what was made for it is to be destroyed. It was due by 30 June 2025.",
                    "/agreements/DSA-1234",
                )],
            },
        ),
    );
    let contact = Contact {
        email: "help@haven.example".into(),
        telephone: Some("01632 960 001".into()),
        hours: Some("Monday to Friday, 9am to 5pm".into()),
    };
    add("help", help(&frame, &contact));
    add(
        "accessibility",
        accessibility(
            &frame,
            &AccessibilityView {
                contact: contact.clone(),
                tested: day(2026, 3, 1),
                known_problems: vec![],
            },
        ),
    );
    add(
        "cookies",
        cookies(
            &frame,
            &CookiesView {
                cookies: vec![(
                    "haven_session".into(),
                    "Keeps you signed in".into(),
                    "Until you sign out, or after 30 minutes without use".into(),
                )],
            },
        ),
    );
    add(
        "privacy",
        privacy(
            &frame,
            &PrivacyView {
                contact,
                kept_for: "For eight years, as the law asks.".into(),
            },
        ),
    );
    add("not-found", not_found(&frame));
    add(
        "our-fault",
        our_fault(
            &frame,
            &OurFaultView {
                reference: "7QK-231".into(),
                assurance: "Your file is safe and has not been sent.".into(),
            },
        ),
    );
}

fn part(name: &str, state: PartState, note: &str) -> StatusPart {
    StatusPart {
        name: name.into(),
        state,
        note: note.into(),
    }
}

fn use_row(ended: bool) -> RegisterRow {
    RegisterRow {
        href: "/register/1".into(),
        title: "Planning care at home for the next winter".into(),
        sentence: "Three councils and the local NHS count how many people leave hospital with care at home, so that enough care is ready.".into(),
        who: "Estuary Region Integrated Care Board".into(),
        ends: day(2027, 3, 31),
        ended,
    }
}

fn register_entry_view() -> RegisterEntryView {
    let section = |heading: &str, says: &[&str]| RegisterSection {
        heading: heading.into(),
        says: strings(says),
    };
    RegisterEntryView {
        title: "Planning care at home for the next winter".into(),
        sentence: use_row(false).sentence,
        state: "In use".into(),
        sections: vec![
            section(
                "Why your data are used",
                &[
                    "When people can go home with care, they recover better and hospital beds are free for others.",
                ],
            ),
            section(
                "Who uses them",
                &[
                    "Estuary Region Integrated Care Board",
                    "Southend-on-Sea City Council",
                ],
            ),
            section(
                "If you have opted out",
                &["If you have set a national data opt-out, your records are left out."],
            ),
        ],
        starts: day(2026, 4, 1),
        ends: day(2027, 3, 31),
        outputs: vec![Link::new(
            "People with long-term support by neighbourhood",
            "/releases/R-12",
        )],
        numbers: vec![
            ("Questions answered".into(), "12".into()),
            (
                "People left out because they opted out".into(),
                "about 1,250".into(),
            ),
        ],
        version: "1.1".into(),
        versions: vec![
            Link::new("Version 1.1, from 1 April 2026", "/register/1/versions/1.1"),
            Link::new("Version 1.0, from 1 April 2025", "/register/1/versions/1.0"),
        ],
        downloads: vec![Link::new("As JSON", "/register/1.json")],
        changed: day(2026, 3, 1),
    }
}
