//! One entry, and its one written form: a line of JSON in ASCII with its fields in a fixed order.
//!
//! The line is the leaf of the tree. Lines of the first logs, which were chains, had a hash of their
//! own at the end; they are leaves as they were written.

use super::tree::leaf_hash;
use crate::{DecisionFacts, Digest};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, io};

/// The longest line that the log takes, its end not counted. A Merkle log's records have a 16-bit
/// length, so that entries fit one as they are.
pub const LONGEST_LINE: usize = 65_535;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// What an entry says, before it has a place in the log.
///
/// No field holds a value from anyone's record. Names of accounts and organisations are those of
/// people at work; rows are counted, never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryBody {
    #[serde(with = "moment")]
    pub time: DateTime<Utc>,
    pub kind: Kind,
    /// The account, or the part of the service, that acted.
    pub actor: String,
    /// The organisation for which it acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_kind: Option<ObjectKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    pub outcome: Outcome,
    /// Why, in a sentence. Anything in it that could be an NHS number is struck out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The permit under which it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<String>,
    /// Which state of the list of opt-outs was used; never the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preference_snapshot: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_filter_digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_mask_digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_digest: Option<Digest>,
    /// The role in which it acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The request that it belongs to: entries of one request carry the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The governed tables that were touched, by the names of the agreement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    /// The columns that were touched, each as `table.column`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The areas to which the agreement's rows are limited, as its clauses name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<String>,
    /// A commitment to detail about a person, which lies outside the log under that person's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Digest>,
    /// The policies that decided, by id.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub determining_policies: BTreeSet<String>,
    /// The digest of the policies that were asked, with their schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_set_digest: Option<Digest>,
    /// The digest of the facts that they were asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts_digest: Option<Digest>,
    /// The engine that evaluated them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_version: Option<String>,
    /// The facts themselves, so that the decision can be judged again. Words of agreements and of people at work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<DecisionFacts>,
}

/// An entry in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The number of the entry, from 1.
    pub seq: u64,
    pub body: EntryBody,
    /// The hash of the entry before, or 64 zeros.
    pub prev_hash: Digest,
    /// The hash of its line as a leaf.
    pub hash: Digest,
    /// The hash that a line of the first logs carried.
    chained: Option<Digest>,
}

/// What happened. The names are part of the log's form and are never changed or used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    DecisionAllowed,
    DecisionRefused,
    Landed,
    Checked,
    Linked,
    HandedOver,
    Derived,
    /// An answer was given to a question.
    Answered,
    Released,
    /// A release was held back by the disclosure rules.
    ReleaseRefused,
    /// A page about people, such as an analyst's rows, was shown.
    PageServed,
    SignedIn,
    SignInFailed,
    SignedOut,
    AccountChanged,
    AgreementChanged,
    KeyChanged,
    Verified,
    /// A line that was cut off while it was written, and never acknowledged, was taken away.
    TailMended,
    /// A sender took a submission back.
    Withdrawn,
    /// The file of an attempt that nobody sent on was deleted.
    Expired,
    /// Somebody asked who a person is, and was answered from the demographic index.
    Traced,
    /// Records came to be about another person, and those who had used them were told.
    Corrected,
    /// A person said whether a pair of records is one person, or took that back.
    PairDecided,
    /// A sender accepted or rejected what tracing found in its records.
    ReturnDecided,
    /// A cohort was counted, or sealed as a set of pseudonyms.
    CohortSealed,
    /// Somebody asked that people be led back for their care, or took that back.
    CareAsked,
    /// Somebody approved, refused or stopped such a request.
    CareJudged,
    /// Whether a list of people may be opened was decided.
    EnvelopeDecided,
    /// A list of people was sealed for one professional, or read by them.
    EnvelopeOpened,
    /// A list of people was closed and its key destroyed.
    EnvelopeClosed,
    /// What came of a contact with a person was written down.
    OutcomeRecorded,
    /// One person's records were asked for in an emergency.
    GlassAsked,
    /// A second person agreed to that, or refused it.
    GlassJudged,
    /// One person's records were read in an emergency.
    GlassOpened,
    /// An emergency was looked at afterwards.
    GlassReviewed,
    /// The body of an answer has left: how many bytes, and whether all of them.
    Served,
    /// Somebody asked for what their role may not open.
    AccessRefused,
    /// Something that was released was handed out as a file or a page.
    Exported,
    /// The audit log was searched.
    Searched,
    /// The entries of a chain of an earlier version became the first leaves.
    LogMigrated,
    /// A witness cosigned a checkpoint.
    Cosigned,
    /// The key of what was kept about a person was destroyed, and with it the detail.
    DetailErased,
    /// An administrative act that has no kind of its own.
    Administered,
    /// Work that was begun could not be done.
    Failed,
    /// Somebody asked that data be destroyed, or approved it.
    DestructionAsked,
    /// Data were destroyed in every copy that is known, and a certificate was given.
    Destroyed,
    /// A backup was made.
    BackedUp,
    /// A backup was put back.
    Restored,
    /// A list was sent to be cleaned of people who opted out.
    PreferenceListAsked,
    /// The answer to such a list was taken.
    PreferenceListTaken,
    /// Such an answer was refused whole.
    PreferenceListRefused,
    /// What a person said about the use of their records was taken in, or taken back.
    PreferenceTaken,
    /// An objection was decided.
    PreferenceDecided,
    /// A version of an agreement was handed in for approval.
    AgreementSubmitted,
    /// Somebody approved a version of an agreement.
    AgreementApproved,
    /// A version of an agreement was sent back, or taken back.
    AgreementReturned,
    /// The signature of a party to an agreement was put on record.
    AgreementSigned,
    /// People were told that an agreement ends soon.
    AgreementWarned,
    /// An agreement that has ended is being wound up.
    AgreementClosed,
    /// An agreement, a person or a release was stopped at once.
    Suspended,
    /// What was stopped is open again.
    SuspensionLifted,
    /// An incident was written down.
    IncidentOpened,
    /// A line was added to the timeline of an incident.
    IncidentNoted,
    /// Somebody was given an incident to see to.
    IncidentAssigned,
    /// An incident was closed.
    IncidentClosed,
    /// A release was taken back for good.
    Recalled,
    /// People were told that what was made for an agreement is due to be destroyed.
    RetentionWarned,
    /// Detail about a person was kept beside the log: who was led back to them, and why.
    DetailKept,
    /// What a person asks about their own records was taken in, looked at by a second person, or closed.
    RightsCase,
    /// Everything held about a person was brought together for them.
    AccessAnswered,
    /// An output checker decided about a release that waited.
    ReleaseDecided,
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    Question,
    Submission,
    Table,
    Release,
    Page,
    Account,
    Agreement,
    Key,
    Log,
    /// Two records that are held against each other, by the digest of their token.
    Pair,
    /// A sealed set of pseudonyms, by its digest.
    Cohort,
    /// A list of people for one professional, by the digest of its request.
    Envelope,
    /// One person's records in an emergency, by the digest of the request.
    Emergency,
    /// A person whom data are about, by a keyed digest at most.
    Subject,
    /// An answer to a request over HTTP.
    Response,
    /// A certificate of destruction, by its digest.
    Certificate,
    /// A backup, by the digest of its list of files.
    Backup,
    /// What people said about the use of their records.
    Preference,
    /// An incident, by the digest of what it is called.
    Incident,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Allowed,
    Refused,
    Done,
    Failed,
}

/// A line that is not an entry in its one written form, or whose hash is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the line is not an entry as it was written")]
pub struct NotAnEntry;

impl EntryBody {
    /// An entry with nothing but who did what, when, and how it ended.
    pub fn new(time: DateTime<Utc>, kind: Kind, actor: &str, outcome: Outcome) -> Self {
        Self {
            time,
            kind,
            actor: actor.to_owned(),
            on_behalf_of: None,
            agreement: None,
            agreement_version: None,
            purpose: None,
            object_digest: None,
            object_kind: None,
            rows: None,
            bytes: None,
            outcome,
            reason: None,
            decision_id: None,
            preference_snapshot: None,
            policy_digest: None,
            row_filter_digest: None,
            field_mask_digest: None,
            terms_digest: None,
            role: None,
            request: None,
            tables: Vec::new(),
            columns: Vec::new(),
            areas: Vec::new(),
            detail: None,
            determining_policies: BTreeSet::new(),
            policy_set_digest: None,
            facts_digest: None,
            engine_version: None,
            facts: None,
        }
    }
}

impl Entry {
    /// Gives an entry its place after another.
    pub(super) fn after(
        prev_hash: &Digest,
        seq: u64,
        mut body: EntryBody,
    ) -> Result<(Self, String), serde_json::Error> {
        body.reason = body.reason.map(|reason| fit_for_log(&reason));
        // The written form has milliseconds, and what is kept in memory is what is written.
        body.time = moment::read(&moment::written(&body.time)).unwrap_or(body.time);
        let line = text_of(seq, &body, prev_hash)?;
        let entry = Self {
            seq,
            body,
            prev_hash: prev_hash.clone(),
            hash: Digest::from_hash(leaf_hash(line.as_bytes())),
            chained: None,
        };
        Ok((entry, line))
    }

    /// The line of the log, without its end.
    pub fn line(&self) -> Result<String, serde_json::Error> {
        let mut text = text_of(self.seq, &self.body, &self.prev_hash)?;
        if let Some(hash) = &self.chained {
            text.truncate(text.len().saturating_sub(END.len()));
            text.push_str(BEFORE_HASH);
            text.push_str(hash.as_str());
            text.push_str(END);
        }
        Ok(text)
    }

    /// Reads a line. It must be in its one written form, and one of the first logs carry its own
    /// hash; whether it stands in its place is for `Walk` to say.
    pub fn read(line: &str) -> Result<Self, NotAnEntry> {
        Self::split(line).ok_or(NotAnEntry)
    }

    fn split(line: &str) -> Option<Self> {
        let tail = Tail::of(line.as_bytes())?;
        let head = line.get(..tail.starts)?;
        let (seq, body) = head.strip_prefix(BEFORE_SEQ)?.split_once(',')?;
        let entry = Self {
            seq: seq.parse().ok()?,
            body: serde_json::from_str(&format!("{{{body}}}")).ok()?,
            prev_hash: tail.prev_hash,
            hash: Digest::from_hash(leaf_hash(line.as_bytes())),
            chained: tail.chained,
        };
        let own = entry.chained.is_none() || chained_well(line.as_bytes());
        (own && entry.line().ok()? == line).then_some(entry)
    }
}

/// The number that a line says it has.
pub(super) fn number_of(line: &[u8]) -> Option<u64> {
    let rest = line.strip_prefix(BEFORE_SEQ.as_bytes())?;
    let digits = rest.split(|byte| *byte == b',').next()?;
    let text = std::str::from_utf8(digits).ok()?;
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// The end of a line: what it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) prev_hash: Digest,
    /// The hash that a line of the first logs carries.
    pub(super) chained: Option<Digest>,
    /// Where the end begins.
    starts: usize,
}

impl Tail {
    pub(super) fn of(line: &[u8]) -> Option<Self> {
        let (rest, last) = last_hash(line.strip_suffix(END.as_bytes())?)?;
        if let Some(rest) = rest.strip_suffix(BEFORE_HASH.as_bytes()) {
            let (rest, prev_hash) = last_hash(rest)?;
            return Some(Self {
                prev_hash,
                chained: Some(last),
                starts: rest.strip_suffix(BEFORE_PREVIOUS.as_bytes())?.len(),
            });
        }
        Some(Self {
            prev_hash: last,
            chained: None,
            starts: rest.strip_suffix(BEFORE_PREVIOUS.as_bytes())?.len(),
        })
    }
}

fn last_hash(line: &[u8]) -> Option<(&[u8], Digest)> {
    let (rest, hash) = line.split_at_checked(line.len().checked_sub(64)?)?;
    let hash = Digest::parse(std::str::from_utf8(hash).ok()?).ok()?;
    Some((rest, hash))
}

/// Whether the hash of a line of the first logs is its own: SHA-256 over the text of the hash before
/// it and the line without its own.
pub(super) fn chained_well(line: &[u8]) -> bool {
    let Some(Tail {
        prev_hash,
        chained: Some(hash),
        ..
    }) = Tail::of(line)
    else {
        return false;
    };
    let without = BEFORE_HASH.len() + 64 + END.len();
    let mut text = line
        .get(..line.len().saturating_sub(without))
        .unwrap_or_default()
        .to_vec();
    text.extend_from_slice(END.as_bytes());
    Digest::chained(prev_hash.as_str(), &text) == hash
}

const BEFORE_SEQ: &str = "{\"seq\":";
const BEFORE_PREVIOUS: &str = ",\"prev_hash\":\"";
const BEFORE_HASH: &str = "\",\"hash\":\"";
const END: &str = "\"}";

/// The line of an entry: the leaf.
fn text_of(seq: u64, body: &EntryBody, prev_hash: &Digest) -> Result<String, serde_json::Error> {
    let mut out = format!("{BEFORE_SEQ}{seq},").into_bytes();
    let start = out.len();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Ascii);
    body.serialize(&mut serializer)?;
    // The body's own braces make way, so that a line is one flat object.
    if out.get(start) == Some(&b'{') {
        out.remove(start);
    }
    out.pop();
    out.extend_from_slice(BEFORE_PREVIOUS.as_bytes());
    out.extend_from_slice(prev_hash.as_str().as_bytes());
    out.extend_from_slice(END.as_bytes());
    String::from_utf8(out).map_err(serde::ser::Error::custom)
}

/// JSON in ASCII: a line that is cut off anywhere is still text.
struct Ascii;

impl serde_json::ser::Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut units = [0u16; 2];
        for character in fragment.chars() {
            if character.is_ascii() {
                write!(writer, "{character}")?;
            } else {
                for unit in character.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

/// A reason fit for the log: of bounded length, and with every run of ten or more digits struck
/// out, spaces and hyphens between them or not, since it could be an NHS number.
pub(crate) fn fit_for_log(reason: &str) -> String {
    let mut out = String::with_capacity(reason.len());
    let mut run = String::new();
    let mut digits = 0usize;
    let close = |run: &mut String, digits: &mut usize, out: &mut String| {
        if *digits >= 10 {
            let end = run.trim_end_matches([' ', '-']).len();
            out.push_str("[number]");
            out.push_str(run.get(end..).unwrap_or_default());
        } else {
            out.push_str(run);
        }
        run.clear();
        *digits = 0;
    };
    for character in reason.chars().take(LONGEST_REASON) {
        let separates = digits > 0 && (character == ' ' || character == '-');
        if character.is_ascii_digit() || separates {
            digits += usize::from(character.is_ascii_digit());
            run.push(character);
        } else {
            close(&mut run, &mut digits, &mut out);
            out.push(character);
        }
    }
    close(&mut run, &mut digits, &mut out);
    out
}

/// Moments as the log writes them: UTC with milliseconds, always.
mod moment {
    use super::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn written(time: &DateTime<Utc>) -> String {
        time.to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    pub(super) fn read(text: &str) -> Option<DateTime<Utc>> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|time| time.with_timezone(&Utc))
    }

    pub(super) fn serialize<S: Serializer>(
        time: &DateTime<Utc>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&written(time))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(deserializer)?;
        read(&text).ok_or_else(|| D::Error::custom("not a moment"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(reason: &str) -> EntryBody {
        let time = "2026-05-01T10:00:00.123456Z".parse().unwrap();
        let mut body = EntryBody::new(time, Kind::Landed, "ana", Outcome::Done);
        body.rows = Some(12);
        body.reason = Some(reason.to_owned());
        body
    }

    #[test]
    fn an_entry_is_one_flat_line_in_a_fixed_order() {
        let (entry, line) = Entry::after(&Digest::none(), 1, body("Zoë \"x\" 😀")).unwrap();
        assert_eq!(
            line,
            format!(
                r#"{{"seq":1,"time":"2026-05-01T10:00:00.123Z","kind":"landed","actor":"ana","rows":12,"outcome":"done","reason":"Zo\u00eb \"x\" \ud83d\ude00","prev_hash":"{}"}}"#,
                Digest::none(),
            )
        );
        assert_eq!(entry.line().unwrap(), line);
        assert_eq!(Entry::read(&line), Ok(entry));
    }

    #[test]
    fn the_hash_is_that_of_a_leaf() {
        let (entry, line) = Entry::after(&Digest::of("before"), 7, body("x")).unwrap();
        assert_eq!(entry.hash, Digest::of([b"\0", line.as_bytes()].concat()));
        assert_eq!(number_of(line.as_bytes()), Some(7));
    }

    #[test]
    fn a_line_of_the_first_logs_is_read_as_it_was_written() {
        // Written by the version before tiles.
        let line = r#"{"seq":1,"time":"2026-05-01T10:00:00.123Z","kind":"landed","actor":"ana","rows":12,"outcome":"done","prev_hash":"0000000000000000000000000000000000000000000000000000000000000000""#;
        let own = Digest::chained(Digest::none().as_str(), format!("{line}}}").as_bytes());
        let line = format!(r#"{line},"hash":"{own}"}}"#);
        let entry = Entry::read(&line).unwrap();
        assert_eq!(entry.line().unwrap(), line);
        assert_eq!(entry.body.rows, Some(12));
        assert_eq!(Entry::read(&line.replace("12", "13")), Err(NotAnEntry));
    }

    #[test]
    fn a_line_in_another_form_is_not_an_entry() {
        let (_, line) = Entry::after(&Digest::none(), 1, body("x")).unwrap();
        for other in [
            line.replacen("\"seq\":1", "\"seq\":01", 1),
            line.replacen(",\"kind\"", ", \"kind\"", 1),
            line.replacen("\"x\"", "\"\\u0078\"", 1),
            line.replacen("\"rows\":12,", "\"rows\":12,\"rows\":12,", 1),
            line.replacen("\"actor\"", "\"patient\":\"x\",\"actor\"", 1),
            format!("{line} "),
            format!(" {line}"),
        ] {
            assert_eq!(Entry::read(&other), Err(NotAnEntry), "{other}");
        }
    }

    #[test]
    fn what_could_be_an_nhs_number_is_struck_out_of_a_reason() {
        let fit = |text: &str| fit_for_log(text);
        assert_eq!(fit("row 999 000 0018 twice"), "row [number] twice");
        assert_eq!(fit("999-000-0018"), "[number]");
        assert_eq!(fit("9990000018x"), "[number]x");
        assert_eq!(
            fit("ended on 31 March 2027 - 12 rows"),
            "ended on 31 March 2027 - 12 rows"
        );
        assert_eq!(fit(&"a".repeat(900)).len(), LONGEST_REASON);
    }
}
