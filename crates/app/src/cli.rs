//! The command line: verbs, flags and help.

mod accounts;
mod agreement;
mod audit;
mod incident;
mod key;
mod linkage;
mod measure;
mod rights;

pub(crate) use accounts::{AccountVerb, FactArgs};
pub(crate) use agreement::{
    ActArgs, AgreementVerb, SignArgs, SimulateArgs, WhatArgs, WhichArgs, WhoArgs,
};
pub(crate) use audit::{AuditFilter, AuditOutcome, AuditVerb, WitnessArgs};
pub(crate) use incident::{AddArgs, IncidentVerb, LineKind, OpenArgs};
pub(crate) use key::{KeyVerb, ServedZone};
pub(crate) use linkage::{
    ClkEncodeArgs, ClkMatchArgs, ClkVerb, HowToLink, LinkArgs, LinkClusterArgs, LinkEstimateArgs,
    LinkEvaluateArgs, LinkGoldArgs, LinkSampleArgs, LinkVerb, PairsThatCount, SynthLinkageArgs,
    TraceArgs,
};
pub(crate) use measure::{MeasureExplainArgs, MeasureRunArgs, MeasureVerb};
pub(crate) use rights::SubjectAccessVerb;

use crate::config::Config;
use clap::{Args, Parser, Subcommand};
use laptop::cli::{Flags, ReadingArgs};
use std::path::PathBuf;

/// A safe haven for linked health and adult social care data.
#[derive(Debug, Parser)]
#[command(
    name = "haven",
    version,
    propagate_version = true,
    infer_long_args = false,
    disable_help_subcommand = true,
    before_help = "Examples:\n  haven check march.csv\n  haven ask --agreement DSA-0192 --purpose commissioning \"select count(*) from long_term_support\""
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: AnyVerb,
}

/// The verbs, by what they need.
#[derive(Debug, Subcommand)]
pub(crate) enum AnyVerb {
    #[command(flatten)]
    Laptop(laptop::cli::Verb),
    /// Work with specifications
    #[command(
        subcommand,
        before_help = "Examples:\n  haven spec list\n  haven spec show deaths"
    )]
    Spec(SpecVerb),
    #[command(flatten)]
    Workspace(Verb),
}

/// What every verb takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The workspace [default: ./haven-home]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) home: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) flags: Flags,
}

/// The verbs that need a workspace, and those about the program itself.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Land a file in the workspace
    #[command(
        before_help = "Examples:\n  haven land march.csv --from 721\n  haven land index.csv --dataset demographic-index --from PDS"
    )]
    Land(LandArgs),
    /// Check NHS numbers and hold records against the demographic index
    #[command(
        before_help = "Examples:\n  haven trace request.csv -o response.csv\n  haven trace request.csv -o response.csv --index people.csv --history history.csv\n  haven trace\n\nA request is answered from the index of the workspace, or from index files alone. Without a request, NHS numbers of the workspace are checked and its records held against its index."
    )]
    Trace(TraceArgs),
    /// Find who each record is about: in the workspace, or between files
    #[command(
        before_help = "Examples:\n  haven link run --left clients.parquet --right index.parquet --model nhs-trace --out links.parquet\n  haven link"
    )]
    Link(LinkArgs),
    /// Link records without names, by keyed filters
    #[command(
        subcommand,
        before_help = "Examples:\n  haven clk encode tenants.csv -o filters.csv --secret-file key\n  haven clk match housing.csv care.csv -o links.csv"
    )]
    Clk(ClkVerb),
    /// Check files, then send them to a server; goes on where it stopped
    #[command(
        before_help = "Examples:\n  haven submit march.csv --to https://haven.example --declare\n  haven submit march.csv --to https://haven.example --window 2026-q1\n\nThe token is in HAVEN_TOKEN, or in the file that `server.token_file` names."
    )]
    Submit(SubmitArgs),
    /// Fetch what became of a submission: its findings and its receipt
    #[command(
        before_help = "Examples:\n  haven results 5f1c0e9a7b3d2c4e6f80 --to https://haven.example\n  haven results 5f1c0e9a7b3d2c4e6f80 --out march-results"
    )]
    Results(ResultsArgs),
    /// Swap identities for pseudonyms and hand over to the analysis side
    #[command(before_help = "Examples:\n  haven pseudonymise\n  haven pseudonymise --dry-run")]
    Pseudonymise,
    /// Apply decisions about links, make everything from them again, and tell those who had used it
    #[command(before_help = "Examples:\n  haven correct\n  haven correct --json")]
    Correct,
    /// Make the derived tables
    #[command(before_help = "Examples:\n  haven derive\n  haven derive --dry-run")]
    Derive,
    /// Work out the official figures
    #[command(
        subcommand,
        before_help = "Examples:\n  haven measure list\n  haven measure run --all --in extract --out figures"
    )]
    Measure(MeasureVerb),
    /// Ask a question in SQL under an agreement
    #[command(
        before_help = "Examples:\n  haven ask --agreement DSA-0192 --purpose commissioning \"select count(*) from long_term_support\"\n  haven ask --agreement DSA-0192 --purpose commissioning - < question.sql"
    )]
    Ask(AskArgs),
    /// Turn a count table into one that may leave
    #[command(
        before_help = "Examples:\n  haven release --agreement DSA-0192 --purpose commissioning \"select age_band, count(distinct person_pseudonym) as people from long_term_support group by age_band\"\n  haven release --agreement DSA-0192 --purpose commissioning --title \"Support by area\" -o table.csv - < question.sql"
    )]
    Release(ReleaseArgs),
    /// Withdraw a release for good, and tell everybody who had it
    #[command(
        before_help = "Examples:\n  haven recall 0f7a1b2c3d4e --why \"A count was wrong\" --as ivy\n  haven recall 0f7a1b2c3d4e --why \"A count was wrong\" --as ivy --dry-run"
    )]
    Recall(RecallArgs),
    /// Serve the site
    #[command(
        before_help = "Examples:\n  haven serve\n  haven serve --zone landing --address 127.0.0.1:9000"
    )]
    Serve(ServeArgs),
    /// Files that come to a MESH mailbox
    #[command(
        subcommand,
        before_help = "Examples:\n  haven mesh check\n  haven mesh poll --once"
    )]
    Mesh(MeshVerb),
    /// Ask who has opted out, and say until when the answer holds
    #[command(
        subcommand,
        before_help = "Examples:\n  haven preferences check --request numbers.dat\n  haven preferences check --answer answer.dat\n  haven preferences lists"
    )]
    Preferences(PreferencesVerb),
    /// Prove and read the audit log
    #[command(
        subcommand,
        before_help = "Examples:\n  haven audit verify\n  haven audit show --last 20"
    )]
    Audit(AuditVerb),
    /// Have data destroyed: one person asks, another of another role approves, and a certificate says what went
    #[command(
        subcommand,
        before_help = "Examples:\n  haven destroy request --submission 5f1c0e9a7b3d2c4e6f80 --reason \"sent by mistake\" --as pru\n  haven destroy approve d-0123456789ab --as ada"
    )]
    Destroy(DestroyVerb),
    /// What people ask about their own records: to see them, to have them put right, or not used for now
    #[command(
        subcommand,
        before_help = "Examples:\n  haven subject-access take --identity \"passport\" --channel letter --as pru\n  haven subject-access answer 1 --out answers --passphrase-file passphrase.txt --as pru"
    )]
    SubjectAccess(SubjectAccessVerb),
    /// Copy everything but the keys, while the service runs
    #[command(
        subcommand,
        before_help = "Examples:\n  haven backup make /mnt/other/2026-11-22\n  haven backup verify /mnt/other/2026-11-22"
    )]
    Backup(BackupVerb),
    /// Put a backup into an empty workspace; what was destroyed since is destroyed again first
    #[command(
        before_help = "Examples:\n  haven --home new restore /mnt/other/2026-11-22 --destructions /mnt/other/haven-destructions.jsonl"
    )]
    Restore(RestoreArgs),
    /// Write the page that shows how each statement of the standard for safe environments is met
    #[command(
        before_help = "Examples:\n  haven evidence -o evidence.html\n  haven evidence --json"
    )]
    Evidence(EvidenceArgs),
    /// The public register of data uses
    #[command(
        subcommand,
        before_help = "Examples:\n  haven register build public\n  haven register list --json"
    )]
    Register(RegisterVerb),
    /// Invent a place and the files that systems would send about it
    #[command(
        before_help = "Examples:\n  haven synth --out place --truth place-truth\n  haven synth linkage --out people --clients 10000 --index 100000",
        args_conflicts_with_subcommands = true,
        subcommand_negates_reqs = true
    )]
    Synth(SynthVerb),
    /// Run the whole journey on an invented place
    #[command(before_help = "Examples:\n  haven demo --no-serve\n  haven demo --people 190000")]
    Demo(DemoArgs),
    /// What `spec impact` comes to.
    #[command(skip)]
    Impact(ImpactArgs),
    /// Where is each submission
    #[command(before_help = "Examples:\n  haven status\n  haven status --json")]
    Status(StatusArgs),
    /// Agreements: who may see what, what for, and until when
    #[command(
        subcommand,
        before_help = "Examples:\n  haven agreement list\n  haven agreement check new.toml\n  haven agreement suspend --agreement DSA-0192 --why \"a laptop was lost\" --as ivy"
    )]
    Agreement(AgreementVerb),
    /// What went wrong: a timeline, who sees to it, who has to be told by when
    #[command(
        subcommand,
        before_help = "Examples:\n  haven incident open --category deviation --title \"Backup not verified\" --words \"The check of Friday was left out\" --as ivy\n  haven incident list --as ivy"
    )]
    Incident(IncidentVerb),
    /// Accounts that may sign in to the site
    #[command(
        subcommand,
        before_help = "Examples:\n  haven account add ana --name \"Ana Example\" --organisation QH8 --role analyst < password.txt\n  haven account disable ana"
    )]
    Account(AccountVerb),
    /// Keys: which there are, their protection, their changes. No key is ever shown
    #[command(
        subcommand,
        before_help = "Examples:\n  haven key list\n  haven key rotate analysis --as kit --why \"a year has passed\"\n  haven key protect"
    )]
    Key(KeyVerb),
    /// Settings
    #[command(
        subcommand,
        before_help = "Examples:\n  haven config show\n  HAVEN_ENGINE__MEMORY_MB=512 haven config show"
    )]
    Config(ConfigVerb),
    /// Completions for a shell
    #[command(
        before_help = "Examples:\n  haven completions bash > /etc/bash_completion.d/haven\n  haven completions powershell"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// A man page for each verb
    #[command(
        before_help = "Examples:\n  haven man --out man\n  haven man --out /usr/local/share/man/man1"
    )]
    Man {
        /// The folder that the pages go to
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
}

impl Verb {
    /// What the verb would do, for those verbs that do one thing as a whole; the others say it step by step.
    pub(crate) fn would(&self, config: &Config) -> Option<String> {
        let home = config.home.display();
        match self {
            Self::Serve(args) => {
                let address = args.address.as_ref().unwrap_or(&config.site.address);
                Some(format!("would serve {home} on http://{address}"))
            }
            Self::Key(verb) => match verb {
                KeyVerb::List | KeyVerb::Check | KeyVerb::Recipient => None,
                KeyVerb::Protect => Some(format!("would protect the key files of {home}")),
                KeyVerb::New { domain, .. }
                | KeyVerb::Rotate { domain, .. }
                | KeyVerb::Destroy { domain, .. }
                | KeyVerb::Bridge { domain, .. }
                | KeyVerb::Import { domain, .. } => {
                    Some(format!("would work on the keys of {domain} in {home}"))
                }
                KeyVerb::Approve { number, .. } | KeyVerb::Refuse { number, .. } => {
                    Some(format!("would decide change {number} of a key in {home}"))
                }
                KeyVerb::People { out } | KeyVerb::Credential { out } => {
                    Some(format!("would write {}", out.display()))
                }
                KeyVerb::Share { zone, out, .. } => Some(format!(
                    "would write a copy of the key of {zone} to {}",
                    out.display()
                )),
            },
            Self::Correct => Some(format!(
                "would link, hand over and derive {home} again, and tell those whom a change concerns"
            )),
            Self::Demo(args) => Some(format!(
                "would invent {} residents in {home} and run the whole journey",
                args.wishes.people
            )),
            Self::Trace(TraceArgs {
                request: Some(request),
                out: Some(out),
                ..
            }) => Some(format!(
                "would trace {} into {}",
                request.display(),
                out.display()
            )),
            Self::Link(LinkArgs {
                verb: Some(verb), ..
            }) => {
                let (input, how) = match verb {
                    LinkVerb::Run(args) => (&args.left, &args.how),
                    LinkVerb::Dedupe(args) => (&args.input, &args.how),
                    _ => return None,
                };
                Some(format!(
                    "would link {} into {}",
                    input.display(),
                    how.out.display()
                ))
            }
            Self::Mesh(MeshVerb::Poll { .. }) => Some(format!(
                "would land in {home} what waits in the mailbox {} at {}",
                config.mesh.mailbox, config.mesh.address
            )),
            Self::Preferences(PreferencesVerb::Check { send: true, .. }) => Some(format!(
                "would ask {} about everyone whose records cross in {home}",
                config.preferences.recipient
            )),
            Self::Preferences(PreferencesVerb::Check {
                request, answer, ..
            }) => {
                let file = request.as_ref().or(answer.as_ref())?.display();
                Some(match request {
                    Some(_) => format!("would write who is in {home} to {file}, to be asked about"),
                    None => {
                        format!("would take {file} into {home} as the answer to the last request")
                    }
                })
            }
            Self::Preferences(PreferencesVerb::Apply) => {
                Some(format!("would bring what people said across in {home}"))
            }
            Self::Preferences(PreferencesVerb::TakenInAgain { .. }) => Some(format!(
                "would have questions answered again in {home} after a backup was put back"
            )),
            Self::Agreement(verb) => verb.would(),
            Self::Incident(verb) => verb.would(),
            Self::Account(AccountVerb::Add { username, .. }) => {
                Some(format!("would add account {username} to {home}"))
            }
            Self::Account(AccountVerb::Token { username, .. }) => {
                Some(format!("would change the tokens of {username} in {home}"))
            }
            Self::Account(AccountVerb::Disable { username }) => {
                Some(format!("would disable account {username} in {home}"))
            }
            Self::Account(verb) => verb.would(&home.to_string()),
            _ => None,
        }
    }
}

/// What `spec` does: without a workspace, and with one.
#[derive(Debug, Subcommand)]
pub(crate) enum SpecVerb {
    #[command(flatten)]
    Laptop(laptop::cli::SpecVerb),
    /// Hold past submissions against another specification: what would newly fail, sender by sender
    #[command(
        before_help = "Examples:\n  haven spec impact deaths new/content:deaths\n  haven spec impact deaths new/content:deaths --json"
    )]
    Impact(ImpactArgs),
}

/// What `spec impact` takes.
#[derive(Debug, Args)]
pub(crate) struct ImpactArgs {
    /// The specification as it is: the dataset whose submissions are looked at
    #[arg(value_name = "OLD")]
    pub(crate) old: String,
    /// The specification as it will be: a dataset, or FOLDER:NAME for one in another folder of content
    #[arg(value_name = "NEW")]
    pub(crate) new: String,
}

/// What `land` takes.
#[derive(Debug, Args)]
pub(crate) struct LandArgs {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The organisation that sends them
    #[arg(long, value_name = "CODE")]
    pub(crate) from: String,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    /// The day to take for today [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<model::Date>,
}

/// The server that is called.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// The address of the server [default: `server.address` of the settings]
    #[arg(long = "to", value_name = "URL")]
    pub(crate) server: Option<String>,
}

/// What `submit` takes.
#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// The dataset or family of datasets, where the server takes several
    #[arg(long, value_name = "NAME")]
    pub(crate) dataset: Option<String>,
    /// The window that the files are for [default: the one that is open]
    #[arg(long, value_name = "NAME")]
    pub(crate) window: Option<String>,
    /// The first day in the files, where they cover a part of the period
    #[arg(long, value_name = "YYYY-MM-DD", requires = "last_day")]
    pub(crate) first_day: Option<model::Date>,
    /// The last day in the files, where they cover a part of the period
    #[arg(long, value_name = "YYYY-MM-DD", requires = "first_day")]
    pub(crate) last_day: Option<model::Date>,
    /// Declare that the files may be used: they count as soon as they have passed
    #[arg(long)]
    pub(crate) declare: bool,
    /// Send files that have problems here too; the server sets rows aside or does not accept the file
    #[arg(long)]
    pub(crate) anyway: bool,
}

/// What `status` takes.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The submission [default: all of the workspace]
    #[arg(value_name = "SUBMISSION")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Wait until its check has ended
    #[arg(long, requires = "id")]
    pub(crate) watch: bool,
}

/// What `results` takes.
#[derive(Debug, Args)]
pub(crate) struct ResultsArgs {
    /// The submission
    #[arg(value_name = "SUBMISSION")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// The folder that the files go to [default: one that is named after the submission]
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

/// Who asks, under what, for what.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    /// The reference of the agreement
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) agreement: String,
    /// The code of the purpose
    #[arg(long, value_name = "CODE")]
    pub(crate) purpose: String,
    /// The person who asks [default: the account of the machine]
    #[arg(long = "as", value_name = "USERNAME")]
    pub(crate) person: Option<String>,
    /// The question; `-` is standard input
    pub(crate) sql: String,
}

/// What `release` takes.
#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// The title of the table
    #[arg(long, default_value = "Count table")]
    pub(crate) title: String,
    /// Write CSV here, with the notes beside it
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// What `recall` takes.
#[derive(Debug, Args)]
pub(crate) struct RecallArgs {
    /// The release
    #[arg(value_name = "RELEASE")]
    pub(crate) release: String,
    /// The incident because of which
    #[arg(long, value_name = "NUMBER")]
    pub(crate) incident: Option<u64>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// What `serve` takes.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
    /// The zone whose stores, keys and pages this process has [default: `zone` of the settings]
    #[arg(long, value_enum, value_name = "ZONE")]
    pub(crate) zone: Option<ServedZone>,
}

/// What `mesh` does.
#[derive(Debug, Subcommand)]
pub(crate) enum MeshVerb {
    /// Try the settings: whether the mailbox opens, and how many messages wait
    Check,
    /// Land what comes to the mailbox and answer, until stopped; `haven serve` does the same
    Poll {
        /// Stop when the inbox was gone through once
        #[arg(long)]
        once: bool,
    },
    /// Ask how an answer stands that was sent
    Track {
        /// The name that MESH gave it
        #[arg(value_name = "MESSAGE")]
        message: String,
    },
}

/// What `preferences` does.
#[derive(Debug, Subcommand)]
pub(crate) enum PreferencesVerb {
    /// Write the file that asks the check service of the National Data Opt-out, or take its answer in
    #[command(group = clap::ArgGroup::new("way").required(true))]
    Check {
        /// Write the file that asks here
        #[arg(long, value_name = "FILE", group = "way")]
        request: Option<PathBuf>,
        /// Take this answer to the last request in
        #[arg(long, value_name = "FILE", group = "way")]
        answer: Option<PathBuf>,
        /// Ask by the MESH mailbox; the answer is taken in by `haven mesh poll` or `haven serve`
        #[arg(long, group = "way")]
        send: bool,
    },
    /// Show the lists that were asked for, and until when each may be used
    Lists,
    /// Bring what people said across, and nothing else
    Apply,
    /// Say that what people said after a backup was made was taken in again, so that questions are answered
    TakenInAgain {
        /// The privacy officer who says so
        #[arg(long = "as", value_name = "USERNAME")]
        by: String,
    },
    /// Count who was left out, by agreement, table and kind of preference
    Report,
}

/// What `destroy` does.
#[derive(Debug, Subcommand)]
pub(crate) enum DestroyVerb {
    /// Ask for a destruction
    Request(DestroyWhat),
    /// Approve what another person asked for, and carry it out
    Approve {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        /// Who approves
        #[arg(long = "as", value_name = "USERNAME")]
        by: String,
    },
    /// Refuse what another person asked for
    Refuse {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        /// Who refuses
        #[arg(long = "as", value_name = "USERNAME")]
        by: String,
        /// Why, without anyone's details
        #[arg(long, value_name = "WORDS")]
        why: String,
    },
    /// Finish what was approved and then interrupted
    Resume,
    /// Show all of them
    List,
    /// Print a certificate
    Certificate {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// What is to be destroyed.
#[derive(Debug, Args)]
pub(crate) struct DestroyWhat {
    /// Everything of this submission, and all that was made from it
    #[arg(long, value_name = "ID")]
    pub(crate) submission: Option<String>,
    /// Everything made for this agreement, which has ended, and the keys of its recipients' pseudonyms
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) agreement: Option<String>,
    /// Everything about one person, whose NHS number comes on standard input
    #[arg(long)]
    pub(crate) person: bool,
    /// Every version of a table that a newer one has taken the place of
    #[arg(long)]
    pub(crate) old_versions: bool,
    /// Why, without anyone's details
    #[arg(long, value_name = "WORDS")]
    pub(crate) reason: String,
    /// Who asks
    #[arg(long = "as", value_name = "USERNAME")]
    pub(crate) by: String,
    /// Only say what would go
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What `backup` does.
#[derive(Debug, Subcommand)]
pub(crate) enum BackupVerb {
    /// Make one
    Make {
        /// A folder outside of the workspace, best on another disk
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// For how many days it is kept, instead of what the settings say
        #[arg(long, value_name = "DAYS")]
        keep_days: Option<u64>,
    },
    /// Look whether every file of one is as it was
    Verify {
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// What `restore` takes.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// What was destroyed, as the setting `destructions` keeps it; without it, the list that is there already
    #[arg(long, value_name = "FILE")]
    pub(crate) destructions: Option<PathBuf>,
}

/// What `evidence` takes.
#[derive(Debug, Args)]
pub(crate) struct EvidenceArgs {
    /// The page to write; `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) out: String,
}

/// What `register` does.
#[derive(Debug, Subcommand)]
pub(crate) enum RegisterVerb {
    /// Write the register as plain files that any web server can serve
    Build {
        /// The folder, made if it is not there; only files of the register in it are replaced
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Where the copy will be, for links in the feed
        #[arg(long, value_name = "ADDRESS", default_value = "")]
        address: String,
    },
    /// Show what is registered
    List,
}

/// What `synth` invents: a place, or people to link.
#[derive(Debug, Clone, Args)]
pub(crate) struct SynthVerb {
    #[command(subcommand)]
    pub(crate) linkage: Option<SynthOther>,
    #[command(flatten)]
    pub(crate) place: SynthArgs,
}

/// What is invented beside a place.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum SynthOther {
    /// Invent people whose records have faults, to trace and to deduplicate
    #[command(
        before_help = "Examples:\n  haven synth linkage --out people\n  haven synth linkage --out hard --strength 2 --seed 7"
    )]
    Linkage(SynthLinkageArgs),
}

/// What `synth` takes for a place.
#[derive(Debug, Clone, Args)]
pub(crate) struct SynthArgs {
    /// Where the files go
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Where the ground truth goes: who is who, for evaluation only
    #[arg(long, value_name = "FOLDER")]
    pub(crate) truth: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) wishes: WishArgs,
}

/// What place is wished for.
#[derive(Debug, Clone, Args)]
pub(crate) struct WishArgs {
    /// How many residents
    #[arg(long, default_value_t = 20_000)]
    pub(crate) people: u32,
    /// The seed: the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many quarterly submissions each council has sent
    #[arg(long, default_value_t = 6)]
    pub(crate) quarters: u32,
    /// Multiplies the rates of planted faults
    #[arg(long, default_value_t = 1.0)]
    pub(crate) faults: f64,
    /// The day on which the files are made
    #[arg(long, default_value = "2026-09-30", value_name = "YYYY-MM-DD")]
    pub(crate) as_at: model::Date,
}

/// What `demo` takes.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    pub(crate) wishes: WishArgs,
    /// Stop before serving the site
    #[arg(long)]
    pub(crate) no_serve: bool,
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
}

/// What `config` does.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigVerb {
    /// Show every setting and where it came from
    Show,
}
