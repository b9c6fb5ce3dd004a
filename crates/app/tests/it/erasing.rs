//! Destruction by agreement and by person: what goes, what stays, and that it does not come back.

use crate::{
    demo::{demo, with_input},
    workspace::{Ended, Workspace, copy_folder, identity, key_text},
};
use model::{Identifiable, Pseudonymous, Zone};
use std::{collections::BTreeSet, fs, path::Path, sync::Arc};
use store::{Store, Vault, WritePoints, ZoneKey};

/// An agreement of the invented place, what its analyst may ask, and a day after its end.
const AGREEMENT: &str = "DSA-0417";
/// A question under it, which draws pseudonyms.
const ASKED: [&str; 8] = [
    "ask",
    "--agreement",
    AGREEMENT,
    "--purpose",
    "commissioning",
    "--as",
    "ana",
    "select person_pseudonym from long_term_support limit 3",
];
const AFTERWARDS: &str = "2031-01-15T09:00:00Z";

fn run_at(workspace: &Workspace, moment: &str, arguments: &[&str]) -> Ended {
    workspace
        .command(arguments)
        .env("HAVEN_CLOCK_STARTS_AT", moment)
        .output()
        .unwrap()
        .into()
}

fn good(ended: Ended) -> Ended {
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    ended
}

fn id_of(asked: &Ended) -> String {
    asked.out.split_whitespace().next().unwrap().to_owned()
}

fn certificate(workspace: &Workspace, id: &str) -> serde_json::Value {
    serde_json::from_str(&good(workspace.run(&["destroy", "certificate", id])).out).unwrap()
}

fn places(found: &serde_json::Value) -> Vec<String> {
    let copies = found["copies"].as_array().unwrap();
    copies
        .iter()
        .map(|c| c["place"].as_str().unwrap().to_owned())
        .collect()
}

/// Keys of recipients that are there, by domain.
fn keys(workspace: &Workspace) -> Vec<String> {
    let text = key_text(&workspace.home(), "keys/recipients.keys");
    let there = text
        .lines()
        .filter(|line| line.starts_with(AGREEMENT) && !line.contains("destroyed:"));
    there
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one journey, told in order")]
fn an_agreement_that_has_ended_is_destroyed_by_two_people_with_its_keys() {
    let workspace = Workspace::like(&demo().workspace);
    good(workspace.run(&ASKED));
    assert!(!keys(&workspace).is_empty(), "the question draws its key");
    let request = |dry: bool| {
        let mut all = vec![
            "destroy",
            "request",
            "--agreement",
            AGREEMENT,
            "--reason",
            "it has ended",
            "--as",
            "dot",
        ];
        all.extend(dry.then_some("--dry-run"));
        all
    };
    let early = workspace.run(&request(false));
    assert!(early.code != Some(0) && early.err.contains("once it has ended"));
    let before = workspace.everything();
    let told = good(run_at(&workspace, AFTERWARDS, &request(true)));
    assert!(told.out.contains("keys: key k1 of"), "{}", told.out);
    assert!(told.out.contains("Would stay:"));
    let id = id_of(&good(run_at(&workspace, AFTERWARDS, &request(false))));
    for (who, words) in [("dot", "none of the roles"), ("ana", "none of the roles")] {
        let refused = run_at(
            &workspace,
            AFTERWARDS,
            &["destroy", "approve", &id, "--as", who],
        );
        assert_eq!(refused.code, Some(4), "{who}");
        assert!(refused.err.contains(words), "{}", refused.err);
    }
    let backup = workspace.beside("backup");
    good(run_at(
        &workspace,
        AFTERWARDS,
        &["backup", "make", backup.to_str().unwrap()],
    ));
    let first = Workspace::like(&workspace);
    good(run_at(
        &workspace,
        AFTERWARDS,
        &["destroy", "approve", &id, "--as", "ada"],
    ));
    let is_destroyed = |workspace: &Workspace, point: &str| {
        assert_eq!(keys(workspace), Vec::<String>::new(), "{point}");
        let shown = good(run_at(
            workspace,
            AFTERWARDS,
            &["agreement", "show", AGREEMENT, "--json"],
        ));
        let shown: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
        assert_eq!(shown["state"], "destroyed", "{point}");
        let status: serde_json::Value = serde_json::from_str(
            &good(run_at(
                workspace,
                AFTERWARDS,
                &["destroy", "list", "--json"],
            ))
            .out,
        )
        .unwrap();
        assert!(status["destructions"][0]["done_at"].is_string(), "{point}");
        workspace.audit_is_whole();
    };
    is_destroyed(&workspace, "whole");
    let given = certificate(&workspace, &id);
    assert_eq!(given["key_destroyed"], true);
    assert!(places(&given).iter().any(|p| p.starts_with("keys: key k1")));
    assert!(
        given["exceptions"].as_array().unwrap().len() >= 4,
        "{given}"
    );
    // Nobody else's rows went.
    assert_eq!(workspace.everything(), before);
    let again = run_at(&workspace, AFTERWARDS, &request(false));
    assert!(again.err.contains("destroyed already"), "{}", again.err);

    for point in [1, 4, 7, 10, 14] {
        let other = Workspace::like(&first);
        let _killed = other
            .command(&["destroy", "approve", &id, "--as", "ada"])
            .env("HAVEN_CLOCK_STARTS_AT", AFTERWARDS)
            .env("HAVEN_KILL_AT_WRITE_POINT", point.to_string())
            .output()
            .unwrap();
        let finish = [
            &["destroy", "resume"][..],
            &["destroy", "approve", &id, "--as", "ada"],
        ];
        for arguments in finish {
            let ended = run_at(&other, AFTERWARDS, arguments);
            assert_eq!(ended.code, Some(0), "point {point}: {}", ended.err);
        }
        is_destroyed(&other, &format!("point {point}"));
        // What went before the kill is on the certificate too.
        assert!(
            places(&certificate(&other, &id))
                .iter()
                .any(|p| p.starts_with("keys: key k1")),
            "point {point}"
        );
    }

    // Keys come from elsewhere when a backup is put back, and go again.
    let restored = restored_from(&first, &backup, &workspace, AFTERWARDS);
    is_destroyed(&restored, "restored");
}

/// A workspace put back from a backup with the keys of `keys` and the list of destructions of `list`.
fn restored_from(keys: &Workspace, backup: &Path, list: &Workspace, moment: &str) -> Workspace {
    let restored = Workspace::new();
    copy_folder(&keys.home().join("keys"), &restored.home().join("keys"));
    fs::copy(identity(&keys.home()), identity(&restored.home())).unwrap();
    let list = list.home().join("audit/destructions.jsonl");
    good(run_at(
        &restored,
        moment,
        &[
            "restore",
            backup.to_str().unwrap(),
            "--destructions",
            list.to_str().unwrap(),
        ],
    ));
    restored
}

/// A person of the index of whom a council has sent records: number and internal identity.
fn canary(workspace: &Workspace) -> (String, String) {
    let links = workspace.identified("person_link");
    let index = workspace.identified("demographic_index");
    let is_number = |cell: &&str| cell.len() == 10 && cell.bytes().all(|b| b.is_ascii_digit());
    let chosen = workspace.identified("link_choice");
    for choice in chosen.iter().filter(|row| row.starts_with("cld_event|")) {
        let Some(number) = choice.split('|').find(is_number) else {
            continue;
        };
        let key: Vec<&str> = choice.split('|').take(3).collect();
        let key = format!("{}|", key.join("|"));
        let link = links.iter().find(|row| row.starts_with(&key));
        if let (Some(link), true) = (link, index.iter().any(|row| row.contains(number))) {
            let person = link.split('|').find(|cell| cell.len() >= 32).unwrap();
            return (number.to_owned(), person.to_owned());
        }
    }
    panic!("nobody of the index has records of a council");
}

fn ask_for_person(workspace: &Workspace, number: &str, dry: bool) -> Ended {
    let mut all = vec![
        "destroy",
        "request",
        "--person",
        "--reason",
        "consent was taken back",
        "--as",
        "pru",
    ];
    all.extend(dry.then_some("--dry-run"));
    let mut command = workspace.command(&all);
    command.stdin(std::process::Stdio::piped());
    with_input(command, &format!("{number}\n"))
}

/// Pseudonyms of a person within the analysis zone.
fn pseudonym(workspace: &Workspace, person: &str) -> String {
    let text = key_text(&workspace.home(), "keys/pseudonyms.keys");
    let ring = custody::Ring::parse(&text).unwrap();
    ring.pseudonyms("analysis", None, custody::Kind::Person, &[person])
        .unwrap()
        .remove(0)
}

/// Everything on the disk that says something of the person, with every key of the workspace used.
fn traces(workspace: &Workspace, number: &str, person: &str) -> Vec<String> {
    let spaced = format!("{} {} {}", &number[..3], &number[3..6], &number[6..]);
    let canaries = [
        number.to_owned(),
        spaced,
        person.to_owned(),
        pseudonym(workspace, person),
    ];
    let speaks = |text: &str| canaries.iter().any(|canary| text.contains(canary));
    let mut found = Vec::new();
    for (table, rows) in workspace.everything() {
        let rows = rows.iter().filter(|row| speaks(row)).count();
        if rows > 0 {
            found.push(format!("{rows} rows of {table}"));
        }
    }
    // Every file of the stores as it was before it was encrypted: commits, and rows of any version.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let points = || Arc::new(WritePoints::default());
    let key = |file: &str, zone| ZoneKey::parse(&key_text(&workspace.home(), file), zone).unwrap();
    let home = workspace.home();
    let mut look = |name: &str, bytes: &[u8]| {
        if speaks(&String::from_utf8_lossy(bytes)) {
            found.push(name.to_owned());
        }
    };
    runtime.block_on(async {
        let identified = key("keys/identified.key", Identifiable::NAME);
        let store =
            Store::<Identifiable>::open(&home.join("identified"), "own", identified, points());
        store.unwrap().each_file(&mut look).await.unwrap();
        for (folder, part, file) in [
            ("handover", "handover", "keys/handover.key"),
            ("analysis", "own", "keys/analysis.key"),
        ] {
            let key = key(file, Pseudonymous::NAME);
            let store = Store::<Pseudonymous>::open(&home.join(folder), part, key, points());
            store.unwrap().each_file(&mut look).await.unwrap();
        }
    });
    // Originals, as they were sent.
    let identified = key("keys/identified.key", Identifiable::NAME);
    let vault = Vault::open(&home.join("identified/vault"), identified, points()).unwrap();
    let status = workspace.json(&["status"]);
    for submission in status["submissions"].as_array().unwrap() {
        let sha256 = submission["sha256"].as_str().unwrap();
        if !vault.holds(sha256) {
            continue;
        }
        let mut body = Vec::new();
        std::io::Read::read_to_end(&mut vault.read(sha256).unwrap(), &mut body).unwrap();
        if speaks(&String::from_utf8_lossy(&body)) {
            found.push(format!("original {sha256}"));
        }
    }
    // What is plain: control data, the log and what lies beside them.
    for folder in ["control", "audit"] {
        for path in files(&home.join(folder)) {
            if speaks(&String::from_utf8_lossy(&fs::read(&path).unwrap())) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Files of rows that no version of now refers to: each row is in a table, and of it in one file.
fn files_of_rows(workspace: &Workspace) -> BTreeSet<String> {
    ["identified", "handover", "analysis"]
        .iter()
        .flat_map(|zone| files(&workspace.home().join(zone).join("objects")))
        .filter(|path| path.extension().is_some_and(|e| e == "parquet"))
        .map(|path| path.display().to_string())
        .collect()
}

#[test]
fn a_person_who_is_erased_is_in_no_zone_and_does_not_come_back() {
    let workspace = Workspace::like(&demo().workspace);
    let (number, person) = canary(&workspace);
    assert!(traces(&workspace, &number, &person).len() > 3);
    let rows_before = workspace.everything();
    let wrong = ask_for_person(&workspace, "9990000019", true);
    assert_eq!(wrong.code, Some(2), "{}", wrong.err);
    assert!(!wrong.err.contains("9990000019"));
    let told = good(ask_for_person(&workspace, &number, true));
    assert!(
        told.out.contains("identified/demographic_index:"),
        "{}",
        told.out
    );
    assert!(!told.out.contains(&number));
    assert_eq!(
        workspace.everything(),
        rows_before,
        "a dry run takes nothing"
    );
    let id = id_of(&good(ask_for_person(&workspace, &number, false)));
    let own = workspace.run(&["destroy", "approve", &id, "--as", "pru"]);
    assert_eq!(own.code, Some(4), "{}", own.err);
    let backup = workspace.beside("backup");
    good(workspace.run(&["backup", "make", backup.to_str().unwrap()]));
    let first = Workspace::like(&workspace);

    good(workspace.run(&["destroy", "approve", &id, "--as", "ada"]));
    assert_eq!(traces(&workspace, &number, &person), Vec::<String>::new());
    workspace.audit_is_whole();
    // Everybody else is where they were: a table of what was landed lost the person's rows and no other.
    let after = workspace.everything();
    for table in ["identified/demographic_index", "identified/cld_event"] {
        let others = |rows: &[String]| rows.len();
        let lost = others(&rows_before[table]) - others(&after[table]);
        assert!((1..=200).contains(&lost), "{table} lost {lost}");
        let kept: BTreeSet<&String> = after[table].iter().collect();
        let gone = rows_before[table].iter().filter(|row| !kept.contains(row));
        assert!(gone.count() >= lost);
    }
    // No file of an older version is left.
    let left = files_of_rows(&workspace);
    let versions = good(workspace.run(&[
        "destroy",
        "request",
        "--old-versions",
        "--reason",
        "to see",
        "--as",
        "pru",
    ]));
    let versions = id_of(&versions);
    good(workspace.run(&["destroy", "approve", &versions, "--as", "ada"]));
    assert_eq!(files_of_rows(&workspace), left);

    // A later file with the person in it lands without them.
    let header = "nhs_number,given_name,other_given_name,family_name,sex,date_of_birth,date_of_death,postcode,gp_practice_code,confidentiality,valid_from,status";
    let line =
        |number: &str| format!("{number},Anne,May,Canary,2,1941-03-14,,LN99 9ZA,Y99901,N,,active");
    let file = workspace.beside("later.csv");
    let other = model::NhsNumber::test_number(4321).unwrap();
    let text = format!("{header}\n{}\n{}\n", line(&number), line(other.reveal()));
    fs::write(&file, text).unwrap();
    let landed = workspace.json(&[
        "land",
        file.to_str().unwrap(),
        "--dataset",
        "demographic-index",
        "--from",
        "PDS",
    ]);
    assert_eq!(landed["receipts"][0]["rows_landed"], 1, "{landed}");
    assert_eq!(traces(&workspace, &number, &person), Vec::<String>::new());

    // Killed on the way, it is finished and ends the same.
    for point in [2, 9, 30] {
        let other = Workspace::like(&first);
        let _killed = other
            .command(&["destroy", "approve", &id, "--as", "ada"])
            .env("HAVEN_KILL_AT_WRITE_POINT", point.to_string())
            .output()
            .unwrap();
        for arguments in [
            &["destroy", "resume"][..],
            &["destroy", "approve", &id, "--as", "ada"],
        ] {
            good(other.run(arguments));
        }
        assert_eq!(
            traces(&other, &number, &person),
            Vec::<String>::new(),
            "point {point}"
        );
        other.audit_is_whole();
    }

    // A backup from before brings nobody back.
    let moment = crate::workspace::moment();
    let restored = restored_from(&first, &backup, &workspace, &moment);
    assert_eq!(traces(&restored, &number, &person), Vec::<String>::new());
}

fn take_case(workspace: &Workspace, number: &str) -> u64 {
    let mut command = workspace.command(&[
        "subject-access",
        "take",
        "--channel",
        "by letter",
        "--identity",
        "a passport",
        "--as",
        "pru",
    ]);
    command.stdin(std::process::Stdio::piped());
    let taken = good(with_input(command, &format!("{number}\n")));
    let digits = taken.out.trim_start_matches("Case ").split(',').next();
    digits.unwrap().parse().unwrap()
}

/// The answer of a case as the person reads it and as their programs do, opened with the person's own key.
pub(crate) fn answer_for(workspace: &Workspace, number: &str) -> (String, serde_json::Value) {
    let guard = custody::Guard::new(workspace.beside("person.identity"), None);
    let case = take_case(workspace, number).to_string();
    let out = workspace.beside("answers");
    let out = out.to_str().unwrap();
    let to = guard.recipient().unwrap();
    let answer = [
        "subject-access",
        "answer",
        &case,
        "--out",
        out,
        "--recipient",
        &to,
        "--as",
        "pru",
    ];
    let early = workspace.run(&answer);
    assert_eq!(early.code, Some(4), "{}{}", early.out, early.err);
    let check = |who| {
        workspace.run(&[
            "subject-access",
            "check",
            &case,
            "--identity",
            "a driving licence",
            "--as",
            who,
        ])
    };
    assert_eq!(check("pru").code, Some(4), "nobody checks their own case");
    assert_eq!(check("ana").code, Some(4));
    good(check("cal"));
    let made = good(workspace.run(&answer));
    assert!(!made.out.contains(number) && !made.err.contains(number));
    let read = |ending: &str| {
        let path = Path::new(out).join(format!("answer-{case}.{ending}.age"));
        let sealed = fs::read(&path).unwrap();
        assert!(sealed.starts_with(b"age-encryption.org/"));
        assert!(!String::from_utf8_lossy(&sealed).contains(number));
        String::from_utf8(guard.read(&path).unwrap().to_vec()).unwrap()
    };
    (read("html"), serde_json::from_str(&read("json")).unwrap())
}

#[test]
fn a_person_gets_everything_that_is_held_and_every_use_sealed_for_them() {
    let workspace = Workspace::like(&demo().workspace);
    let (number, person) = canary(&workspace);
    good(workspace.run(&ASKED));
    let (page, data) = answer_for(&workspace, &number);
    assert!(page.contains(&number), "their own number is told");
    assert!(page.contains("@media print"));
    assert!(!page.contains("<script") && !page.contains("http://"));
    let held = data["answer"]["held"].as_array().unwrap();
    let rows_of = |table: &str| -> usize {
        let of = held.iter().filter(|t| t["table"] == table);
        of.map(|t| t["rows"].as_array().unwrap().len()).sum()
    };
    // As many rows as a look with every key finds: by the number, by the links, by the pseudonym.
    let all = workspace.everything();
    let with = |table: &str, what: &str| all[table].iter().filter(|row| row.contains(what)).count();
    assert_eq!(
        rows_of("demographic_index"),
        with("identified/demographic_index", &number)
    );
    let keys: BTreeSet<String> = all["identified/person_link"]
        .iter()
        .filter(|row| row.starts_with("cld_event|") && row.contains(&person))
        .map(|row| row.split('|').nth(2).unwrap().to_owned())
        .collect();
    let of_council = all["identified/cld_event"]
        .iter()
        .filter(|row| {
            row.split('|')
                .any(|cell| keys.contains(cell) || cell == number)
        })
        .count();
    // The same table has rows under a pseudonym as well; those are counted below.
    let told: usize = held
        .iter()
        .filter(|t| t["table"] == "cld_event" && t["zone"] == "Records that identify you")
        .map(|t| t["rows"].as_array().unwrap().len())
        .sum();
    assert!(told > 0 && told <= of_council, "{told} of {of_council}");
    let pseudonym = pseudonym(&workspace, &person);
    let under_it: usize = all
        .iter()
        .filter(|(name, _)| !name.starts_with("identified/"))
        .map(|(_, rows)| rows.iter().filter(|row| row.contains(&pseudonym)).count())
        .sum();
    let told: usize = held
        .iter()
        .filter(|t| t["zone"].as_str().unwrap().contains("pseudonym"))
        .map(|t| t["rows"].as_array().unwrap().len())
        .sum();
    assert!(told > 0 && told <= under_it, "{told} of {under_it}");
    // Nobody else's number is in it.
    let others = all["identified/demographic_index"]
        .iter()
        .filter_map(|row| {
            row.split('|')
                .find(|cell| cell.len() == 10 && cell.bytes().all(|b| b.is_ascii_digit()))
        });
    for other in others.filter(|other| *other != number) {
        assert!(!page.contains(other), "somebody else's number is in it");
    }
    let uses = data["answer"]["possible"].as_array().unwrap();
    assert!(
        uses.iter()
            .any(|line| line["says"].as_str().unwrap().contains(AGREEMENT)),
        "{uses:?}"
    );
    workspace.audit_is_whole();
    // A stranger is told that nothing is here.
    let stranger = model::NhsNumber::test_number(900_001).unwrap();
    let (page, data) = answer_for(&workspace, stranger.reveal());
    assert_eq!(data["answer"]["held"], serde_json::json!([]));
    assert!(page.contains("No record here has your NHS number"));
}
