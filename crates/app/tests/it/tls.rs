//! TLS on the site's own listener, with a made-up authority.

use crate::workspace::Workspace;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// An authority, a server and a machine, made by `openssl`; none where it is not installed.
struct Authority(PathBuf);

impl Authority {
    fn new(folder: &Path) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let here = Self(folder.to_owned());
        let made = here.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout ca.key -out ca.pem -subj /CN=Invented-authority",
        );
        if !made {
            return None;
        }
        for (name, about) in [
            ("server", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            ("machine", "extendedKeyUsage=clientAuth"),
        ] {
            assert!(here.openssl(&format!(
                "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {name}.key -out {name}.csr -subj /CN=Invented-{name} -addext {about}"
            )));
            assert!(here.openssl(&format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copyall -out {name}.pem"
            )));
        }
        Some(here)
    }

    fn openssl(&self, arguments: &str) -> bool {
        Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(&self.0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// What the address answers to a client that trusts this authority, with a certificate or without.
    fn get(&self, address: &str, certificate: Option<&str>) -> std::io::Result<String> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(self.path("ca.pem")).unwrap())
            .unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match certificate {
            None => builder.with_no_client_auth(),
            Some(name) => {
                let chain =
                    vec![CertificateDer::from_pem_file(self.path(&format!("{name}.pem"))).unwrap()];
                let key = PrivateKeyDer::from_pem_file(self.path(&format!("{name}.key"))).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let name = "localhost".try_into().unwrap();
        let client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = StreamOwned::new(client, TcpStream::connect(address)?);
        stream
            .write_all(b"GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            Err(e) if answer.is_empty() => Err(e),
            _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
        }
    }
}

/// A server that ends with the test.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: String,
    _words: BufReader<std::process::ChildStderr>,
}

impl Served {
    /// Waits until the command says where it serves.
    pub(crate) fn of(mut command: Command, scheme: &str) -> Self {
        #[expect(clippy::zombie_processes, reason = "a test that fails here ends")]
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut words = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        loop {
            let mut line = String::new();
            assert!(
                words.read_line(&mut line).unwrap() > 0,
                "the server has ended: {said}"
            );
            if let Some((_, address)) = line.split_once(&format!("{scheme}://")) {
                return Self {
                    child,
                    address: address.trim().to_owned(),
                    _words: words,
                };
            }
            said.push_str(&line);
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The frontend's files as far as the site needs them to begin.
pub(crate) fn frontend(folder: &Path) -> PathBuf {
    let folder = folder.join("frontend");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["nhsuk-frontend.min.css", "nhsuk-frontend.min.js"] {
        std::fs::write(folder.join(name), "/* nothing */").unwrap();
    }
    folder
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests should know what was not tried"
)]
fn the_site_speaks_tls_with_its_certificate_and_asks_machines_for_theirs() {
    let workspace = Workspace::new();
    let Some(authority) = Authority::new(&workspace.beside("tls")) else {
        eprintln!("skipped: there is no `openssl` here to make certificates with");
        return;
    };
    let files = frontend(&workspace.beside("files"));
    let serve = |more: &[(&str, &str)]| {
        let mut command = workspace.command(&["serve", "--address", "127.0.0.1:0"]);
        command
            .env("HAVEN_SITE__FRONTEND", &files)
            .env("HAVEN_SITE__CERTIFICATE_FILE", authority.path("server.pem"))
            .env("HAVEN_SITE__KEY_FILE", authority.path("server.key"))
            .envs(more.iter().copied());
        Served::of(command, "https")
    };
    let open = serve(&[]);
    let answer = authority.get(&open.address, None).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("strict-transport-security: max-age=63072000; includeSubDomains"),
        "{answer}"
    );
    // A line in plain is no way in, and one that says nothing keeps nobody waiting.
    let mut plain = TcpStream::connect(&open.address).unwrap();
    plain
        .write_all(b"GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut said = Vec::new();
    let _ = plain.read_to_end(&mut said);
    assert!(!String::from_utf8_lossy(&said).contains("200 OK"));
    let _silent: Vec<TcpStream> = (0..8)
        .map(|_| TcpStream::connect(&open.address).unwrap())
        .collect();
    assert!(authority.get(&open.address, None).is_ok());
    // Nobody else's authority.
    let other = Authority::new(&workspace.beside("other")).unwrap();
    assert!(other.get(&open.address, None).is_err());
    drop(open);
    let machines = serve(&[
        (
            "HAVEN_SITE__CLIENT_AUTHORITIES_FILE",
            &authority.path("ca.pem"),
        ),
        ("HAVEN_SITE__CLIENT_CERTIFICATES", "true"),
    ]);
    assert!(
        authority.get(&machines.address, None).is_err(),
        "without a certificate"
    );
    assert!(
        authority
            .get(&machines.address, Some("machine"))
            .unwrap()
            .starts_with("HTTP/1.1 200")
    );
}

#[test]
fn plain_http_is_for_this_machine_alone() {
    let workspace = Workspace::new();
    let files = frontend(&workspace.beside("files"));
    let run = |address: &str, more: &[(&str, &str)]| -> crate::workspace::Ended {
        let mut command = workspace.command(&["serve", "--address", address]);
        command
            .env("HAVEN_SITE__FRONTEND", &files)
            .envs(more.iter().copied());
        command.output().unwrap().into()
    };
    let ended = run("0.0.0.0:0", &[]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("needs TLS"), "{}", ended.err);
    let half = run(
        "127.0.0.1:0",
        &[("HAVEN_SITE__CERTIFICATE_FILE", "none.pem")],
    );
    assert_eq!(half.code, Some(2), "{half:?}");
    let missing = run(
        "127.0.0.1:0",
        &[
            ("HAVEN_SITE__CERTIFICATE_FILE", "none.pem"),
            ("HAVEN_SITE__KEY_FILE", "none.key"),
        ],
    );
    assert!(missing.err.contains("none.key"), "{}", missing.err);
}
