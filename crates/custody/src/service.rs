//! Keys kept by a process of their own: what it answers to whom, over a socket of this machine, and the other end.
//!
//! A caller shows a credential once for each connection, and may ask only for what it was allowed, in the domains it was
//! allowed. Nothing that could be asked gives a key.

use crate::{Custodian, CustodyError, KeyFacts, Kind, wire};
use sha2::{Digest, Sha256};
use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::Mutex,
    time::Duration,
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How long a caller waits for an answer.
const PATIENCE: Duration = Duration::from_mins(2);
/// How many connections a caller keeps for later.
const KEPT: usize = 16;

/// What a caller may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Pseudonyms, and the id of the key they are made with.
    Pseudonyms,
    /// To seal values.
    Seal,
    /// To lead sealed values back.
    Open,
    /// To be led over bridges.
    Lead,
}

impl Ask {
    /// The word for it in settings.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "pseudonyms" => Some(Self::Pseudonyms),
            "seal" => Some(Self::Seal),
            "open" => Some(Self::Open),
            "lead" => Some(Self::Lead),
            _ => None,
        }
    }
}

/// A process that may ask.
#[derive(Debug, Clone)]
pub struct Caller {
    /// What it is called in the log.
    pub name: String,
    /// The SHA-256 of its credential, in hexadecimal.
    pub credential_sha256: String,
    /// The user of the operating system that it has to run as, where that is stated.
    pub user: Option<u32>,
    /// The domains: names, or beginnings with `*` after them.
    pub domains: Vec<String>,
    /// What it may ask for.
    pub may: Vec<Ask>,
}

impl Caller {
    fn allows(&self, ask: Ask, domain: &str) -> bool {
        let named = self.domains.iter().any(|of| match of.strip_suffix('*') {
            Some(beginning) => domain.starts_with(beginning),
            None => of == domain,
        });
        named && self.may.contains(&ask)
    }
}

/// The digest of a credential, as settings hold it.
pub fn credential_digest(credential: &str) -> String {
    hex::encode(Sha256::digest(credential.trim().as_bytes()))
}

/// Answers one caller until it hangs up. `user` is the one of the other end, as the operating system says; `refused`
/// is told of what was asked for without leave.
pub fn answer(
    stream: &mut (impl Read + Write),
    user: Option<u32>,
    callers: &[Caller],
    custodian: &dyn Custodian,
    refused: &dyn Fn(&str),
) -> io::Result<()> {
    let Some(hello) = wire::receive(stream)? else {
        return Ok(());
    };
    let shown = hello
        .first()
        .map(|part| credential_digest(&String::from_utf8_lossy(part)))
        .unwrap_or_default();
    // Every caller is looked at, so that the time tells nothing.
    let known = callers.iter().fold(None, |known, caller| {
        let same: bool = caller
            .credential_sha256
            .as_bytes()
            .ct_eq(shown.as_bytes())
            .into();
        if same { Some(caller) } else { known }
    });
    let caller = known.filter(|caller| caller.user.is_none() || caller.user == user);
    let Some(caller) = caller else {
        refused("an unknown caller asked the key service");
        return wire::send(stream, &[b"no", b"does not know this caller"]);
    };
    wire::send(stream, &[b"ok"])?;
    while let Some(parts) = wire::receive(stream)? {
        match answered(&parts, caller, custodian) {
            Ok(values) => {
                let mut all: Vec<&[u8]> = vec![b"ok"];
                all.extend(values.iter().map(|value| value.as_slice()));
                wire::send(stream, &all)?;
            }
            Err(Refusal::NotAllowed) => {
                refused(&format!(
                    "`{}` asked the key service for what it may not have",
                    caller.name
                ));
                wire::send(stream, &[b"no", b"does not allow this caller to ask that"])?;
            }
            Err(Refusal::Fault(fault)) => {
                wire::send(stream, &[b"no", format!("says: {fault}").as_bytes()])?;
            }
        }
    }
    Ok(())
}

enum Refusal {
    NotAllowed,
    Fault(CustodyError),
}

impl From<CustodyError> for Refusal {
    fn from(fault: CustodyError) -> Self {
        Self::Fault(fault)
    }
}

type Values = Vec<Zeroizing<Vec<u8>>>;

fn answered(
    parts: &[Vec<u8>],
    caller: &Caller,
    custodian: &dyn Custodian,
) -> Result<Values, Refusal> {
    let malformed = || Refusal::Fault(CustodyError::Cannot("the call is malformed"));
    let texts: Vec<&str> = parts
        .iter()
        .map(|part| std::str::from_utf8(part).map_err(|_| malformed()))
        .collect::<Result<_, _>>()?;
    let [what, domain, kind, values @ ..] = texts.as_slice() else {
        return Err(malformed());
    };
    let may = |ask: Ask| {
        if caller.allows(ask, domain) {
            Ok(())
        } else {
            Err(Refusal::NotAllowed)
        }
    };
    let plain = |text: String| Zeroizing::new(text.into_bytes());
    let maybe = |text: Option<String>| {
        let text = text.map_or_else(|| "-".to_owned(), |text| format!("+{text}"));
        Zeroizing::new(text.into_bytes())
    };
    match *what {
        "in use" => {
            may(Ask::Pseudonyms)?;
            Ok(vec![maybe(custodian.in_use(domain)?)])
        }
        "pseudonyms" => {
            may(Ask::Pseudonyms)?;
            let kind = Kind::of_word(kind).ok_or_else(malformed)?;
            let made = custodian.pseudonyms(domain, kind, values)?;
            Ok(made.into_iter().map(plain).collect())
        }
        "sealed" => {
            may(Ask::Seal)?;
            let made = custodian.sealed(domain, values)?;
            Ok(made.into_iter().map(plain).collect())
        }
        "opened" => {
            may(Ask::Open)?;
            let opened = custodian.opened(domain, values)?;
            Ok(opened
                .iter()
                .map(|text| plain(text.as_str().to_owned()))
                .collect())
        }
        "led" => {
            may(Ask::Lead)?;
            Ok(custodian
                .led(domain, values)?
                .into_iter()
                .map(maybe)
                .collect())
        }
        _ => Err(malformed()),
    }
}

/// The other end: a custodian behind a socket.
pub struct Client {
    socket: PathBuf,
    credential: Zeroizing<String>,
    idle: Mutex<Vec<UnixStream>>,
}

impl Client {
    /// A caller of the service at a socket. Nothing is opened before it is needed.
    pub fn new(socket: PathBuf, credential: &str) -> Self {
        Self {
            socket,
            credential: Zeroizing::new(credential.trim().to_owned()),
            idle: Mutex::default(),
        }
    }

    fn connected(&self) -> Result<UnixStream, CustodyError> {
        let fault = |e: io::Error| {
            CustodyError::Service(format!(
                "cannot be reached at `{}`: {e}",
                self.socket.display()
            ))
        };
        let mut stream = UnixStream::connect(&self.socket).map_err(fault)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(fault)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(fault)?;
        wire::send(&mut stream, &[self.credential.as_bytes()]).map_err(fault)?;
        let hello = wire::receive(&mut stream).map_err(fault)?;
        values(hello.unwrap_or_default())?;
        Ok(stream)
    }

    fn call(
        &self,
        what: &str,
        domain: &str,
        kind: &str,
        asked: &[&str],
    ) -> Result<Values, CustodyError> {
        let mut parts: Vec<&[u8]> = vec![what.as_bytes(), domain.as_bytes(), kind.as_bytes()];
        parts.extend(asked.iter().map(|value| value.as_bytes()));
        let over = |mut stream: UnixStream| -> io::Result<Vec<Vec<u8>>> {
            wire::send(&mut stream, &parts)?;
            let answer = wire::receive(&mut stream)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if let Ok(mut idle) = self.idle.lock()
                && idle.len() < KEPT
            {
                idle.push(stream);
            }
            Ok(answer)
        };
        let kept = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        // A connection that was kept may have ended with the service, which is back by now.
        if let Some(answer) = kept.and_then(|stream| over(stream).ok()) {
            return values(answer);
        }
        let answer = over(self.connected()?)
            .map_err(|e| CustodyError::Service(format!("did not answer: {e}")))?;
        values(answer)
    }

    fn as_many(
        &self,
        what: &str,
        domain: &str,
        kind: &str,
        asked: &[&str],
    ) -> Result<Values, CustodyError> {
        let made = self.call(what, domain, kind, asked)?;
        if made.len() == asked.len() {
            Ok(made)
        } else {
            Err(CustodyError::Service(
                "gave another number of values than it was asked for".to_owned(),
            ))
        }
    }
}

/// The values of an answer, or why there are none.
fn values(answer: Vec<Vec<u8>>) -> Result<Values, CustodyError> {
    let mut parts = answer.into_iter().map(Zeroizing::new);
    match parts.next().as_ref().map(|first| first.as_slice()) {
        Some(b"ok") => Ok(parts.collect()),
        Some(b"no") => {
            let why = parts
                .next()
                .map(|why| String::from_utf8_lossy(&why).into_owned());
            Err(CustodyError::Service(why.unwrap_or_default()))
        }
        _ => Err(CustodyError::Service("hung up".to_owned())),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn maybe(bytes: &[u8]) -> Option<String> {
    text(bytes).strip_prefix('+').map(str::to_owned)
}

impl Custodian for Client {
    fn in_use(&self, domain: &str) -> Result<Option<String>, CustodyError> {
        let answer = self.call("in use", domain, "", &[])?;
        Ok(answer.first().and_then(|id| maybe(id)))
    }

    fn pseudonyms(
        &self,
        domain: &str,
        kind: Kind,
        values: &[&str],
    ) -> Result<Vec<String>, CustodyError> {
        let made = self.as_many("pseudonyms", domain, kind.word(), values)?;
        Ok(made.iter().map(|value| text(value)).collect())
    }

    fn sealed(&self, domain: &str, values: &[&str]) -> Result<Vec<String>, CustodyError> {
        let made = self.as_many("sealed", domain, "", values)?;
        Ok(made.iter().map(|value| text(value)).collect())
    }

    fn opened(
        &self,
        domain: &str,
        sealed: &[&str],
    ) -> Result<Vec<Zeroizing<String>>, CustodyError> {
        let made = self.as_many("opened", domain, "", sealed)?;
        Ok(made
            .iter()
            .map(|value| Zeroizing::new(text(value)))
            .collect())
    }

    fn led(&self, domain: &str, pseudonyms: &[&str]) -> Result<Vec<Option<String>>, CustodyError> {
        let made = self.as_many("led", domain, "", pseudonyms)?;
        Ok(made.iter().map(|value| maybe(value)).collect())
    }

    fn facts(&self) -> Result<Vec<KeyFacts>, CustodyError> {
        Err(CustodyError::Service(
            "tells nobody which keys it has".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Algorithm, Guard, Keeper};
    use std::{os::unix::net::UnixListener, path::Path, sync::Arc};

    fn keeper(folder: &Path) -> Keeper {
        let guard = Guard::new(folder.join("identity.txt"), None);
        let keeper = Keeper::new(
            folder.join("a.keys"),
            Arc::new(guard),
            None,
            Arc::new(|| "2026-11-22".to_owned()),
        );
        keeper.ensure("analysis", Algorithm::HmacSha256).unwrap();
        keeper
    }

    fn caller(name: &str, credential: &str, domain: &str, may: &[Ask]) -> Caller {
        Caller {
            name: name.to_owned(),
            credential_sha256: credential_digest(credential),
            user: None,
            domains: vec![domain.to_owned()],
            may: may.to_vec(),
        }
    }

    /// A service for so many connections, and what it refused.
    fn serve(
        folder: &Path,
        callers: Vec<Caller>,
        user: Option<u32>,
        connections: usize,
    ) -> std::thread::JoinHandle<Vec<String>> {
        let listener = UnixListener::bind(folder.join("keys.sock")).unwrap();
        let keeper = keeper(folder);
        std::thread::spawn(move || {
            let refused = Mutex::new(Vec::new());
            for _ in 0..connections {
                let (mut stream, _) = listener.accept().unwrap();
                let note = |what: &str| refused.lock().unwrap().push(what.to_owned());
                let _ = answer(&mut stream, user, &callers, &keeper, &note);
            }
            refused.into_inner().unwrap()
        })
    }

    #[test]
    fn over_the_line_everything_is_as_it_is_here() {
        let folder = tempfile::tempdir().unwrap();
        let here = keeper(folder.path());
        let all = [Ask::Pseudonyms, Ask::Seal, Ask::Open, Ask::Lead];
        let callers = vec![caller("landing", "a credential", "*", &all)];
        let service = serve(folder.path(), callers, None, 1);
        let client = Client::new(folder.path().join("keys.sock"), "a credential\n");
        let values: Vec<String> = (0..20_000).map(|n| format!("p{n}")).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(client.in_use("analysis").unwrap().as_deref(), Some("k1"));
        assert_eq!(client.in_use("another").unwrap(), None);
        assert_eq!(
            client
                .pseudonyms("analysis", Kind::Person, &values)
                .unwrap(),
            here.pseudonyms("analysis", Kind::Person, &values).unwrap()
        );
        let sealed = client.sealed("vault", &["a value", ""]).unwrap();
        let sealed: Vec<&str> = sealed.iter().map(String::as_str).collect();
        let opened = client.opened("vault", &sealed).unwrap();
        assert_eq!((opened[0].as_str(), opened[1].as_str()), ("a value", ""));
        let fault = client.opened("vault", &["s1-00"]).unwrap_err().to_string();
        assert!(
            fault.contains("was not sealed with a key of domain `vault`"),
            "{fault}"
        );
        assert!(client.facts().is_err());
        drop(client);
        assert!(service.join().unwrap().is_empty());
    }

    #[test]
    fn a_caller_gets_what_it_may_have_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let callers = vec![caller(
            "landing",
            "a credential",
            "analysis",
            &[Ask::Pseudonyms],
        )];
        let service = serve(folder.path(), callers, None, 2);
        let socket = folder.path().join("keys.sock");
        let stranger = Client::new(socket.clone(), "another credential");
        let fault = stranger.in_use("analysis").unwrap_err().to_string();
        assert_eq!(fault, "the key service does not know this caller");
        let client = Client::new(socket, "a credential");
        assert!(client.pseudonyms("analysis", Kind::Person, &["p1"]).is_ok());
        for refused in [
            client
                .pseudonyms("dsa-1", Kind::Recipient, &["p1"])
                .map(|_| ()),
            client.in_use("dsa-1").map(|_| ()),
            client.sealed("analysis", &["p1"]).map(|_| ()),
            client.opened("analysis", &["s1-00"]).map(|_| ()),
            client.led("analysis", &["k1-00"]).map(|_| ()),
        ] {
            let fault = refused.unwrap_err().to_string();
            assert_eq!(
                fault,
                "the key service does not allow this caller to ask that"
            );
        }
        // Kinds that are for the inside alone.
        assert!(client.pseudonyms("analysis", Kind::Key, &["p1"]).is_err());
        drop(client);
        assert_eq!(service.join().unwrap().len(), 6);
    }

    #[test]
    fn a_credential_counts_for_its_own_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut landing = caller("landing", "a credential", "analysis", &[Ask::Pseudonyms]);
        landing.user = Some(1_001);
        let service = serve(folder.path(), vec![landing], Some(1_002), 1);
        let client = Client::new(folder.path().join("keys.sock"), "a credential");
        assert!(client.in_use("analysis").is_err());
        assert_eq!(service.join().unwrap().len(), 1);
    }

    #[test]
    fn without_a_service_there_is_no_pseudonym() {
        let folder = tempfile::tempdir().unwrap();
        let client = Client::new(folder.path().join("keys.sock"), "a credential");
        let fault = client
            .pseudonyms("analysis", Kind::Person, &["p1"])
            .unwrap_err();
        assert!(fault.to_string().contains("cannot be reached"), "{fault}");
    }
}
