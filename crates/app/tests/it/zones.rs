//! Zones as processes of several users: what each can open, by the operating system and by the program.

use crate::{
    demo::demo,
    keys::add,
    tls::{Served, frontend},
    workspace::{Ended, Workspace, copy_folder, identity, moment},
};
use std::{
    fmt::Write as _,
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

#[test]
fn a_process_of_one_zone_does_no_work_of_another() {
    let workspace = Workspace::new();
    for (zone, arguments) in [
        ("analysis", vec!["trace"]),
        ("custody", vec!["trace"]),
        ("landing", vec!["derive"]),
        ("custody", vec!["derive"]),
        ("landing", vec!["key", "list"]),
        ("analysis", vec!["key", "list"]),
    ] {
        let mut command = workspace.command(&arguments);
        let ended: Ended = command.env("HAVEN_ZONE", zone).output().unwrap().into();
        assert_eq!(ended.code, Some(4), "{zone} {arguments:?}: {}", ended.err);
        assert!(
            ended.err.contains(&format!("of the zone `{zone}`")),
            "{}",
            ended.err
        );
    }
    assert!(!workspace.home().join("identified").exists());
    assert!(!workspace.home().join("analysis").exists());
    // The key that signs the log is shared by the processes that write to it; no other is made.
    let keys = fs::read_dir(workspace.home().join("keys")).unwrap();
    let made: Vec<_> = keys.map(|k| k.unwrap().file_name()).collect();
    assert_eq!(made, ["audit.key"], "no key of another zone was made");
}

/// Users and a group of the operating system, gone when it is dropped.
struct Users {
    group: String,
    names: Vec<String>,
}

impl Users {
    fn new(zones: &[&str]) -> Option<Self> {
        let run = |program: &str, arguments: &[&str]| {
            Command::new(program)
                .args(arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        };
        let process = std::process::id();
        let group = format!("hvt{process}");
        if !run("groupadd", &[&group]) {
            return None;
        }
        let mut users = Self {
            group,
            names: Vec::new(),
        };
        for zone in zones {
            let name = format!("hvt{process}{}", &zone[..3]);
            let made = run(
                "useradd",
                &["--system", "--no-create-home", "--gid", &users.group, &name],
            );
            users.names.push(name);
            if !made {
                return None;
            }
        }
        Some(users)
    }

    /// The number of a user and of the group that all share.
    fn ids(&self, place: usize) -> (u32, u32) {
        let passwd = fs::read_to_string("/etc/passwd").unwrap();
        let line = passwd
            .lines()
            .find(|line| line.split(':').next() == Some(&self.names[place]))
            .unwrap();
        let fields: Vec<&str> = line.split(':').collect();
        (fields[2].parse().unwrap(), fields[3].parse().unwrap())
    }
}

impl Drop for Users {
    fn drop(&mut self) {
        for name in &self.names {
            let _ = Command::new("userdel")
                .arg(name)
                .stderr(Stdio::null())
                .status();
        }
        let _ = Command::new("groupdel")
            .arg(&self.group)
            .stderr(Stdio::null())
            .status();
    }
}

/// An installation of three users in a folder that all may enter.
struct Place {
    users: Users,
    folder: tempfile::TempDir,
}

const ZONES: [&str; 3] = ["landing", "analysis", "custody"];

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// A command as the user of a zone, with the settings of its zone.
    fn command(&self, zone: &str, arguments: &[&str]) -> Command {
        let place = ZONES.iter().position(|z| *z == zone).unwrap();
        let (user, group) = self.users.ids(place);
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "umask 007; exec \"$0\" \"$@\""])
            .arg(self.path("haven"))
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HAVEN_HOME", self.path(zone).join("home"))
            .env(
                "HAVEN_PSEUDONYM_KEYS",
                self.path("custody/keys/pseudonyms.keys"),
            )
            .env(
                "HAVEN_RECIPIENT_KEYS",
                self.path("custody/keys/recipients.keys"),
            )
            .env("HAVEN_ZONE", zone)
            .env("HAVEN_CONTROL", self.path("shared/control/haven.sqlite"))
            .env("HAVEN_AUDIT__LOG", self.path("shared/audit/log.jsonl"))
            .env("HAVEN_AUDIT__FOLDER", self.path("shared/audit/tiles"))
            .env("HAVEN_AUDIT__KEY", self.path("shared/audit/log.key"))
            .env(
                "HAVEN_AUDIT__CHECKPOINT",
                self.path("shared/checkpoint/audit.txt"),
            )
            .env("HAVEN_IDENTIFIED__FOLDER", self.path("landing/identified"))
            .env(
                "HAVEN_IDENTIFIED__KEY",
                self.path("landing/keys/identified.key"),
            )
            .env("HAVEN_ANALYSIS__FOLDER", self.path("analysis/analysis"))
            .env(
                "HAVEN_ANALYSIS__KEY",
                self.path("analysis/keys/analysis.key"),
            )
            .env("HAVEN_HANDOVER__FOLDER", self.path("shared/handover"))
            .env(
                "HAVEN_HANDOVER__KEY",
                self.path(zone).join("keys/handover.key"),
            )
            .env(
                "HAVEN_CUSTODY__IDENTITY_FILE",
                self.path(zone).join("identity.txt"),
            )
            .env("HAVEN_SITE__FRONTEND", self.path("files/frontend"))
            .env("HAVEN_RUN_LEASE_SECONDS", "2")
            .env("HAVEN_CLOCK_STARTS_AT", moment())
            .current_dir(self.path(zone))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .uid(user)
            .gid(group);
        // A zone has a credential only once the key service has given it one.
        let credential = self.path(zone).join("credential");
        if credential.exists() {
            command.env("HAVEN_CUSTODY__CREDENTIAL_FILE", &credential);
        }
        if zone == "custody" || credential.exists() {
            command.env("HAVEN_CUSTODY__SOCKET", self.path("shared/keys.sock"));
        }
        command
    }

    fn run(&self, zone: &str, arguments: &[&str]) -> Ended {
        self.command(zone, arguments).output().unwrap().into()
    }

    fn well(&self, zone: &str, arguments: &[&str]) -> Ended {
        let ended = self.run(zone, arguments);
        assert_eq!(
            ended.code,
            Some(0),
            "{zone} {arguments:?}: {}{}",
            ended.out,
            ended.err
        );
        ended
    }

    /// The result of a command that prints one.
    fn result(&self, zone: &str, arguments: &[&str]) -> String {
        let mut all = arguments.to_vec();
        all.push("--json");
        let ended = self.well(zone, &all);
        let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        document["result"].as_str().unwrap().to_owned()
    }

    /// Whether the user of a zone can read a file, by the operating system.
    fn reads(&self, zone: &str, path: &Path) -> bool {
        let place = ZONES.iter().position(|z| *z == zone).unwrap();
        let (user, group) = self.users.ids(place);
        Command::new("/bin/cat")
            .arg(path)
            .uid(user)
            .gid(group)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    }
}

fn give(path: &Path, user: u32, group: u32, folder: u32, file: u32) {
    chown(path, Some(user), Some(group)).unwrap();
    let is_folder = path.is_dir();
    let mode = if is_folder { folder } else { file };
    fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    if is_folder {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), user, group, folder, file);
        }
    }
}

/// The demo's identified side, given to the user of the landing zone; everything else new.
fn install() -> Option<Place> {
    let users = Users::new(&ZONES)?;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let place = Place { users, folder };
    let haven = place.path("haven");
    if fs::hard_link(env!("CARGO_BIN_EXE_haven"), &haven).is_err() {
        fs::copy(env!("CARGO_BIN_EXE_haven"), &haven).unwrap();
    }
    frontend(&place.path("files"));
    let home = demo().workspace.home();
    for zone in ZONES {
        fs::create_dir_all(place.path(zone).join("keys")).unwrap();
    }
    copy_folder(&home.join("identified"), &place.path("landing/identified"));
    fs::copy(
        home.join("keys/identified.key"),
        place.path("landing/keys/identified.key"),
    )
    .unwrap();
    fs::copy(identity(&home), place.path("landing/identity.txt")).unwrap();
    for name in ["control", "audit", "checkpoint", "handover"] {
        fs::create_dir_all(place.path("shared").join(name)).unwrap();
    }
    copy_folder(&home.join("control"), &place.path("shared/control"));
    // All three write one log, and sign it with one key.
    let log_key = place.path("shared/audit/log.key");
    fs::copy(home.join("keys/audit.key"), log_key).unwrap();
    for (at, zone) in ZONES.iter().enumerate() {
        let (user, group) = place.users.ids(at);
        give(&place.path(zone), user, group, 0o700, 0o600);
        give(&place.path("shared"), 0, group, 0o2770, 0o660);
        give(&place.path("files"), 0, group, 0o755, 0o644);
    }
    Some(place)
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests should know what was not tried"
)]
#[expect(
    clippy::too_many_lines,
    reason = "one story from its beginning to its end"
)]
fn three_users_each_open_their_own_zone_and_no_other() {
    let root = fs::metadata("/proc/self").map(|facts| std::os::unix::fs::MetadataExt::uid(&facts));
    if root.unwrap() != 0 {
        eprintln!("skipped: only root can act as several users");
        return;
    }
    let Some(place) = install() else {
        eprintln!("skipped: no users could be made here with `useradd`");
        return;
    };
    // Landing makes the key of what is handed over, and a copy for the recipient of the analysis zone.
    let recipient = place.result("analysis", &["key", "recipient"]);
    let (copy, for_analysis) = (
        place.text("landing/copy"),
        place.path("analysis/keys/handover.key"),
    );
    place.well(
        "landing",
        &[
            "key", "share", "handover", "--to", &recipient, "--out", &copy,
        ],
    );
    fs::rename(&copy, &for_analysis).unwrap();
    let (analyst, group) = place.users.ids(1);
    give(&for_analysis, analyst, group, 0o700, 0o600);
    let mut callers = Vec::new();
    for zone in ["landing", "analysis"] {
        let out = place.path(zone).join("credential");
        let digest = place.result(zone, &["key", "credential", "--out", out.to_str().unwrap()]);
        callers.push((zone, digest));
    }
    let serve_keys = || {
        let mut command = place.command(
            "custody",
            &["serve", "--zone", "custody", "--address", "127.0.0.1:0"],
        );
        let mut settings = String::new();
        for (zone, digest) in &callers {
            let at = ZONES.iter().position(|z| z == zone).unwrap();
            let domains = if *zone == "landing" {
                "analysis"
            } else {
                "DSA-*"
            };
            writeln!(
                settings,
                "[custody.callers.{zone}]\ncredential_sha256 = \"{digest}\"\nuser = {}\ndomains = [\"{domains}\"]",
                place.users.ids(at).0
            )
            .unwrap();
        }
        fs::write(place.path("custody/haven.toml"), settings).unwrap();
        command.current_dir(place.path("custody"));
        Served::of(command, "http")
    };
    let without = place.run("landing", &["pseudonymise"]);
    assert_ne!(without.code, Some(0), "nobody keeps the keys yet");
    assert!(without.err.contains("key service"), "{}", without.err);
    let keys = serve_keys();
    // The journey, each step by the user of its zone.
    place.well("landing", &["pseudonymise"]);
    place.well("analysis", &["derive"]);
    let asked = place.well(
        "analysis",
        &[
            "ask",
            "--agreement",
            "DSA-0417",
            "--purpose",
            "commissioning",
            "--as",
            "ana",
            "select count(*) as people, min(person_pseudonym) as one from long_term_support",
        ],
    );
    assert!(asked.out.contains("k1-"), "{}", asked.out);
    // The operating system: nobody reads what is another's.
    for (zone, others) in [
        (
            "landing",
            ["analysis/keys/analysis.key", "custody/keys/pseudonyms.keys"],
        ),
        (
            "analysis",
            [
                "landing/keys/identified.key",
                "custody/keys/recipients.keys",
            ],
        ),
        (
            "custody",
            ["landing/keys/identified.key", "analysis/keys/analysis.key"],
        ),
    ] {
        for other in others {
            let path = place.path(other);
            assert!(path.exists(), "{other}");
            assert!(!place.reads(zone, &path), "{zone} reads {other}");
        }
        assert!(
            place.reads(zone, &place.path(zone).join("identity.txt")),
            "{zone} reads its own"
        );
    }
    // The program as the wrong user, whatever it claims to be.
    for (zone, claims, arguments) in [
        ("landing", "analysis", vec!["derive"]),
        ("landing", "all", vec!["derive"]),
        ("analysis", "landing", vec!["trace"]),
        ("analysis", "all", vec!["trace"]),
        ("custody", "all", vec!["trace"]),
        ("custody", "all", vec!["derive"]),
    ] {
        let mut command = place.command(zone, &arguments);
        let ended: Ended = command.env("HAVEN_ZONE", claims).output().unwrap().into();
        assert_ne!(ended.code, Some(0), "{zone} as {claims}: {}", ended.out);
        assert_ne!(ended.code, Some(70), "{zone} as {claims}: {}", ended.err);
    }
    // The key service: another's credential, and another's domain.
    fs::copy(
        place.path("landing/credential"),
        place.path("analysis/credential"),
    )
    .unwrap();
    let stolen = place.run(
        "analysis",
        &[
            "ask",
            "--agreement",
            "DSA-0417",
            "--purpose",
            "commissioning",
            "--as",
            "ana",
            "select min(person_pseudonym) as one from long_term_support",
        ],
    );
    assert_ne!(
        stolen.code,
        Some(0),
        "a credential counts for its own user alone"
    );
    // The pages of a process are those of its zone.
    let page = |address: &str, path: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    for (zone, own, others) in [
        ("landing", "/submissions", ["/ask", "/keys"]),
        ("analysis", "/ask", ["/submissions", "/keys"]),
        ("custody", "/keys", ["/submissions", "/ask"]),
    ] {
        let command =
            || place.command(zone, &["serve", "--zone", zone, "--address", "127.0.0.1:0"]);
        let served = (zone != "custody").then(|| Served::of(command(), "http"));
        let address = served
            .as_ref()
            .map_or(&keys.address, |served| &served.address);
        assert_eq!(
            page(address, own),
            "303",
            "{zone} asks to sign in for {own}"
        );
        for other in others {
            assert_eq!(page(address, other), "404", "{zone} serves {other}");
        }
        assert_eq!(page(address, "/status"), "200");
    }
    // What is wrong with the permissions is named.
    let before = place.run("analysis", &["key", "check"]);
    assert_eq!(before.code, Some(0), "{}{}", before.out, before.err);
    let key = place.path("analysis/keys/analysis.key");
    fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    let after = place.run("analysis", &["key", "check"]);
    assert_eq!(after.code, Some(1), "{}", after.out);
    assert!(
        after.out.contains("analysis.key` can be read by everybody"),
        "{}",
        after.out
    );
}

#[test]
fn users_of_keys_have_their_page() {
    let workspace = Workspace::new();
    add(&workspace, "kit", "key_custodian");
    let checked = workspace.run(&["key", "check"]);
    assert_eq!(checked.code, Some(0), "{}", checked.out);
}
