//! A `PostgreSQL` server of our own for the length of a test, on a socket in a temporary folder.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A server that stops when it is dropped.
pub(crate) struct Server {
    programs: PathBuf,
    folder: tempfile::TempDir,
    as_root: bool,
}

impl Server {
    /// Starts a server; `None` where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().unwrap();
        // The server refuses to run as root, so root hands the folder over to its own user.
        let as_root = output("id", &["-u"]) == "0";
        let server = Self {
            programs,
            folder,
            as_root,
        };
        if as_root {
            let folder = server.folder.path().to_str().unwrap();
            assert_eq!(output("chown", &["postgres", folder]), "");
        }
        let data = server.path("data");
        server.run(
            "initdb",
            &[
                "-D", &data, "-A", "trust", "-U", "haven", "-N", "-E", "UTF8",
            ],
        );
        let socket = server.folder.path().display();
        let settings = format!("-k {socket} -c listen_addresses= -c fsync=off");
        let log = server.path("log");
        server.run(
            "pg_ctl",
            &["-D", &data, "-w", "-l", &log, "-o", &settings, "start"],
        );
        Some(server)
    }

    /// Makes a database and gives its address.
    pub(crate) fn database(&self, name: &str) -> String {
        // A name is at most 63 bytes long.
        let short: String = name.chars().take(63).collect();
        let socket = self.folder.path().to_str().unwrap();
        self.run("createdb", &["-h", socket, "-U", "haven", &short]);
        let host = socket.replace('/', "%2F");
        format!("postgres://haven@localhost/{short}?host={host}")
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = if self.as_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        // To a file, not to a pipe: the server keeps what it inherits, and a pipe would never end.
        let log = std::fs::File::create(self.folder.path().join("commands.log")).unwrap();
        let status = command
            .args(arguments)
            .current_dir("/")
            .stdin(std::process::Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .status()
            .unwrap();
        let said = std::fs::read_to_string(self.folder.path().join("commands.log")).unwrap();
        assert!(status.success(), "{}: {said}", program.display());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.path("data");
        self.run("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]);
    }
}

/// The folder of the newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(Path::new("/usr/lib/postgresql")).ok()?;
    let mut folders: Vec<PathBuf> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|programs| programs.join("initdb").exists())
        .collect();
    folders.sort();
    folders.pop()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
