//! Which page is for whom: the navigation at the head of every page, and the tasks of the start page.
//!
//! Who may open an address is said in `site`; here is only what is offered. A role is offered nothing that it may not open.

use control::Role::{
    self, Administrator, AgreementManager, Analyst, AssetOwner, Auditor, CaldicottGuardian,
    Checker, Clinician, DataSteward, IgLead, KeyCustodian, Operator, PrivacyOfficer, Submitter,
    Tracer,
};

/// A line of the navigation: for whom, its words and its address. Six at most for a role.
type Place = (&'static [Role], &'static str, &'static str);

/// Something that a role comes to do.
pub(super) struct Task {
    for_whom: &'static [Role],
    /// What it is, beginning with a verb.
    pub(super) does: &'static str,
    pub(super) href: &'static str,
    /// A line about it.
    pub(super) says: &'static str,
}

/// What visitors see who are not signed in.
const VISITOR: [(&str, &str); 4] = [
    ("What you can send", "/specs"),
    ("Check a file", "/check"),
    ("Register of data uses", "/register"),
    ("Sign in", "/sign-in"),
];

/// In the order in which they stand.
const NAVIGATION: &[Place] = &[
    (&[Submitter], "Your submissions", "/submissions"),
    (&[Submitter], "Check a file", "/check"),
    (&[Submitter], "Send a file", "/submissions/new"),
    (&[Submitter], "What you can send", "/specs"),
    (&[Operator], "Collection", "/collection"),
    (&[Operator], "Quality", "/quality"),
    (&[Operator], "Returned", "/returned"),
    (&[Operator], "Runs", "/runs"),
    (&[Operator], "Linkage", "/linkage"),
    (&[Operator], "Submissions", "/submissions"),
    (&[Analyst], "Ask a question", "/ask"),
    (&[Analyst, Checker], "Releases", "/releases"),
    (&[Auditor, IgLead], "Audit log", "/audit"),
    (
        &[
            Analyst,
            IgLead,
            AssetOwner,
            CaldicottGuardian,
            PrivacyOfficer,
            Auditor,
            AgreementManager,
        ],
        "Agreements",
        "/agreements",
    ),
    (&[Clinician, Analyst, IgLead], "Case finding", "/cases"),
    (
        &[CaldicottGuardian, AssetOwner],
        "Lists to approve",
        "/cases/approvals",
    ),
    (
        &[Clinician, PrivacyOfficer],
        "Emergencies",
        "/cases/emergencies",
    ),
    (&[DataSteward], "What can be sent", "/specs"),
    (
        &[
            IgLead,
            AssetOwner,
            CaldicottGuardian,
            Auditor,
            AgreementManager,
        ],
        "Register of data uses",
        "/register",
    ),
    (
        &[
            IgLead,
            AssetOwner,
            CaldicottGuardian,
            PrivacyOfficer,
            Auditor,
            AgreementManager,
            DataSteward,
            KeyCustodian,
            Clinician,
            Administrator,
            Tracer,
        ],
        "Service status",
        "/status",
    ),
    (&[PrivacyOfficer, IgLead], "Preferences", "/preferences"),
    (&[PrivacyOfficer], "Incidents", "/incidents"),
    (&[CaldicottGuardian], "Objections", "/preferences/cases"),
    (&[KeyCustodian, AssetOwner], "Keys", "/keys"),
    (&[PrivacyOfficer], "What people ask", "/subject-access"),
    (&[DataSteward], "Destruction", "/destruction"),
    (&[Administrator], "People and roles", "/people"),
    (
        &[Administrator, AssetOwner, CaldicottGuardian],
        "Role requests",
        "/people/requests",
    ),
];

/// In the order in which they stand.
const TASKS: &[Task] = &[
    Task {
        for_whom: &[Submitter],
        does: "Check a file",
        href: "/check",
        says: "You see everything that needs fixing. Nothing is kept or sent on.",
    },
    Task {
        for_whom: &[Submitter],
        does: "Send a file",
        href: "/submissions/new",
        says: "It is checked first, and sent once you say so.",
    },
    Task {
        for_whom: &[Submitter],
        does: "See your submissions",
        href: "/submissions",
        says: "Results and receipts of what your organisation has sent.",
    },
    Task {
        for_whom: &[Operator],
        does: "See the collection",
        href: "/collection",
        says: "Every council, how far it has come, and what is on record about it.",
    },
    Task {
        for_whom: &[Operator],
        does: "See data quality by council",
        href: "/quality",
        says: "Every field of the latest file of each council, in counts.",
    },
    Task {
        for_whom: &[Operator],
        does: "See the runs",
        href: "/runs",
        says: "Every submission and how far each of its steps has come.",
    },
    Task {
        for_whom: &[Operator],
        does: "See linkage, and review pairs",
        href: "/linkage",
        says: "Who each record is about, how sure that is, and the pairs that wait for a person.",
    },
    Task {
        for_whom: &[Operator],
        does: "See all submissions",
        href: "/submissions",
        says: "Counts and causes. What the files hold is for their senders.",
    },
    Task {
        for_whom: &[Analyst],
        does: "Ask a question",
        href: "/ask",
        says: "In SQL, under an agreement that names you.",
    },
    Task {
        for_whom: &[Analyst],
        does: "See the releases",
        href: "/releases",
        says: "Tables that were made safe to share.",
    },
    Task {
        for_whom: &[Analyst],
        does: "Read the agreements",
        href: "/agreements",
        says: "What your organisation may see, what for, and until when.",
    },
    Task {
        for_whom: &[Checker],
        does: "Decide about releases",
        href: "/releases",
        says: "Tables that wait for you, and those that were let out.",
    },
    Task {
        for_whom: &[Auditor, IgLead],
        does: "Search the audit log",
        href: "/audit",
        says: "Who has seen what, under which agreement, when and why; and whether the log is whole.",
    },
    Task {
        for_whom: &[
            IgLead,
            AssetOwner,
            CaldicottGuardian,
            PrivacyOfficer,
            Auditor,
            AgreementManager,
        ],
        does: "Read the agreements",
        href: "/agreements",
        says: "Who may see what, for which purpose, until when.",
    },
    Task {
        for_whom: &[AgreementManager],
        does: "Write an agreement",
        href: "/agreements/new",
        says: "From a template, from the version in force, or from a file.",
    },
    Task {
        for_whom: &[IgLead, AssetOwner, CaldicottGuardian],
        does: "Approve and sign agreements",
        href: "/agreements/approvals",
        says: "What waits for two people, and for the parties.",
    },
    Task {
        for_whom: &[IgLead, AssetOwner, CaldicottGuardian, PrivacyOfficer],
        does: "Suspend something at once",
        href: "/suspensions",
        says: "An agreement, a person or a release, for as long as it takes.",
    },
    Task {
        for_whom: &[DataSteward],
        does: "Read the specifications",
        href: "/specs",
        says: "Every dataset, its fields, codes and rules.",
    },
    Task {
        for_whom: &[
            IgLead,
            AssetOwner,
            CaldicottGuardian,
            PrivacyOfficer,
            Auditor,
            AgreementManager,
            DataSteward,
            KeyCustodian,
            Clinician,
            Administrator,
        ],
        does: "See the state of the service",
        href: "/status",
        says: "Whether it runs, and whether the audit log is whole.",
    },
    Task {
        for_whom: &[
            IgLead,
            AssetOwner,
            CaldicottGuardian,
            PrivacyOfficer,
            Auditor,
        ],
        does: "See the evidence",
        href: "/evidence",
        says: "How each statement of the standard for safe environments is met, and what shows it.",
    },
    Task {
        for_whom: &[
            IgLead,
            AssetOwner,
            CaldicottGuardian,
            PrivacyOfficer,
            Auditor,
            AgreementManager,
        ],
        does: "Read the public register",
        href: "/register",
        says: "What anyone can read about these agreements.",
    },
    Task {
        for_whom: &[Clinician, Analyst],
        does: "Find people who may need care",
        href: "/cases",
        says: "Without seeing who they are. Who they are reaches one professional, once two others approve.",
    },
    Task {
        for_whom: &[IgLead],
        does: "Oversee case finding and emergencies",
        href: "/cases",
        says: "Each list of people that was asked for, and how often records were opened in an emergency.",
    },
    Task {
        for_whom: &[CaldicottGuardian, AssetOwner],
        does: "Approve lists of people",
        href: "/cases/approvals",
        says: "Requests to lead people back for their care, and emergencies, that wait for you.",
    },
    Task {
        for_whom: &[Clinician, PrivacyOfficer],
        does: "See emergencies",
        href: "/cases/emergencies",
        says: "One person's records for a short time, with a second person's word; each is looked at afterwards.",
    },
    Task {
        for_whom: &[PrivacyOfficer],
        does: "See what people said about their records",
        href: "/preferences",
        says: "The state of each list of opt-outs, cases, and who was left out in counts.",
    },
    Task {
        for_whom: &[PrivacyOfficer],
        does: "Take in what a person said",
        href: "/preferences/new",
        says: "A local opt-out, an objection, or consent.",
    },
    Task {
        for_whom: &[IgLead],
        does: "See who was left out, in counts",
        href: "/preferences",
        says: "Opt-outs by agreement, table and kind; nobody can be looked up.",
    },
    Task {
        for_whom: &[CaldicottGuardian],
        does: "Decide objections",
        href: "/preferences/cases",
        says: "Each is decided by somebody who did not take it in.",
    },
    Task {
        for_whom: &[KeyCustodian, AssetOwner],
        does: "See the keys",
        href: "/keys",
        says: "Which there are, how old they are, and the changes that two people decide.",
    },
    Task {
        for_whom: &[PrivacyOfficer],
        does: "Work on what people ask about their records",
        href: "/subject-access",
        says: "To see what is held and how it was used, to have it put right, or not used for now: each within a month.",
    },
    Task {
        for_whom: &[CaldicottGuardian],
        does: "Look at who is asking for their records",
        href: "/subject-access",
        says: "As the second person, before anything is put together for them.",
    },
    Task {
        for_whom: &[PrivacyOfficer, AssetOwner, CaldicottGuardian, DataSteward],
        does: "Have something destroyed",
        href: "/destruction",
        says: "For good, by two people of two roles, with a certificate.",
    },
    Task {
        for_whom: &[Administrator],
        does: "Keep people and roles",
        href: "/people",
        says: "Who may sign in, as what, and until when.",
    },
    Task {
        for_whom: &[Administrator, AssetOwner, CaldicottGuardian],
        does: "See which roles wait for a second person",
        href: "/people/requests",
        says: "Roles that see people’s data, and second factors that are to be reset.",
    },
    Task {
        for_whom: &[IgLead, AssetOwner, PrivacyOfficer],
        does: "Work on incidents",
        href: "/incidents",
        says: "What went wrong, who sees to it until when, and who has to be told.",
    },
];

/// The navigation of a role, or of a visitor: words and addresses.
pub(super) fn navigation(role: Option<Role>) -> impl Iterator<Item = (&'static str, &'static str)> {
    let visitor: &[(&str, &str)] = if role.is_none() { &VISITOR } else { &[] };
    let signed_in = NAVIGATION
        .iter()
        .filter(move |(roles, ..)| role.is_some_and(|role| roles.contains(&role)))
        .map(|(_, words, href)| (*words, *href));
    visitor.iter().copied().chain(signed_in)
}

/// What a role comes to do. A program has no tasks.
pub(super) fn tasks(role: Option<Role>) -> impl Iterator<Item = &'static Task> {
    TASKS
        .iter()
        .filter(move |task| role.is_some_and(|role| task.for_whom.contains(&role)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_six_places_at_most_and_a_person_has_a_task() {
        for role in Role::ALL.iter().copied() {
            let places = navigation(Some(role)).count();
            assert!((1..=6).contains(&places), "{role:?}: {places}");
            assert_eq!(tasks(Some(role)).count() == 0, role == Tracer, "{role:?}");
        }
    }
}
