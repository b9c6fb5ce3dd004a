//! `haven demo`: the whole journey on an invented place, with a line of result for each stage.

use super::{steps::Teller, steps::passes, synth};
use crate::{
    cli::DemoArgs,
    config::Config,
    desks::{IdentifiedDesk, Person, Question, Released, Standing, Submission},
    fault::Exit,
    journey,
    output::{Output, thousands},
    workspace::Workspace,
};
use ::synth::Place;
use anyhow::{Context, Result};
use control::{Fact, NewAccount, NewCase, OnWithdrawal, Password, Position, Role};
use land::receive::ReceiveSettings;
use laptop::Defaults;
use link::LinkageModel;
use model::{Content, Date, Identifying, NhsNumber, OrganisationCode};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

/// For how long the training of the invented people counts.
const TRAINED_DAYS: i64 = 730;

/// What the demo asks and who may sign in: `content/demo.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Demo {
    question: DemoQuestion,
    #[serde(rename = "account")]
    accounts: Vec<DemoAccount>,
    /// What invented people said about the use of their records.
    #[serde(rename = "preference")]
    preferences: Vec<DemoPreference>,
}

/// What an invented person said; which person follows from its place in the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoPreference {
    kind: String,
    #[serde(default)]
    programme: String,
    #[serde(default)]
    wording: String,
    channel: String,
    reason: String,
    days_ago: u64,
    taken_by: String,
    /// Who upheld the objection, where somebody did.
    #[serde(default)]
    upheld_by: Option<String>,
    /// Whether the person has taken it back.
    #[serde(default)]
    taken_back: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoQuestion {
    agreement: String,
    purpose: String,
    person: String,
    tables: Vec<DemoTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoTable {
    title: String,
    sql: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoAccount {
    username: String,
    name: String,
    organisation: String,
    role: String,
    password: String,
}

pub(crate) async fn run(
    args: &DemoArgs,
    mut config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let demo: Demo = content.toml("demo.toml")?;
    if let Some(address) = &args.address {
        config.site.address.clone_from(address);
    }
    // The invented place is looked at a month after its last files, whenever the demo is run: the demo's
    // agreement is in force then, and in real life it would have ended some day.
    let today = args.wishes.as_at + chrono::Days::new(30);
    let morning =
        today.and_time(chrono::NaiveTime::default()).and_utc() + chrono::TimeDelta::hours(9);
    config.clock_starts_at.get_or_insert(morning);
    let started = Instant::now();
    let workspace = Arc::new(Workspace::open(config, content).await?);
    let home = workspace.config.home.clone();
    let stage = |name: &str| {
        output.tell(&format!(
            "{:>6.1} s  {name}",
            started.elapsed().as_secs_f64()
        ));
    };

    stage("1 Inventing a place");
    let (place_folder, truth) = (home.join("place"), home.join("place-truth"));
    let place = synth::invent(
        &args.wishes,
        &place_folder,
        &truth,
        &workspace.content,
        output,
    )?;
    output.tell(&format!("  {}", synth::in_words(&place)));
    add_accounts(&workspace, &demo.accounts).await?;

    stage("2 Landing and checking");
    let mut teller = Teller::new(output);
    let identified = workspace.identified()?;
    identified.mend().await?;
    let files = submissions(&place, &place_folder, today)?;
    let model = LinkageModel::read(
        &workspace.content,
        &Defaults::read(&workspace.content)?.linkage,
    )?;
    journey::receive(&identified, files, &model, &mut teller).await?;
    let people = invented_check(&identified, &place_folder).await?;
    invented_preferences(&identified, &demo.preferences, &people, today).await?;
    stage("3 Traced, linked and handed over under pseudonyms");
    output.tell(&passes(&identified.link_report(&model).await?));
    let beside = identified.beside_truth(&model, &truth).await?;
    output.tell(&super::steps::beside_truth(&beside));
    identified.keep_truth(&beside).await?;
    drop(identified);

    stage("4 Deriving");
    let analysis = workspace.analysis()?;
    journey::derive(&analysis, &mut teller).await?;

    stage("5 Asking under the agreement, and releasing");
    let asker = demo
        .accounts
        .iter()
        .find(|a| a.username == demo.question.person)
        .context("`content/demo.toml` names a person who has no account")?;
    let mut tables = Vec::new();
    for table in &demo.question.tables {
        let question = Question {
            agreement: demo.question.agreement.clone(),
            purpose: demo.question.purpose.clone(),
            person: Person {
                username: asker.username.clone(),
                organisation: OrganisationCode::new(&asker.organisation)?,
                role: asker.role.clone(),
                standing: Standing::of_account(&workspace, &asker.username).await?,
            },
            sql: table.sql.clone(),
        };
        tables.push(journey::answer(&analysis, &question, &table.title).await?);
    }
    drop(analysis);
    stage("Done");

    summarise(&workspace, place.people, &tables, output).await?;
    if args.no_serve {
        return Ok(Exit::Fine);
    }
    output.result(&format!(
        "\nThe site is on http://{}\nDemo sign-ins:",
        workspace.config.site.address
    ));
    for account in &demo.accounts {
        output.result(&format!(
            "  {:<8} {:<24} {}, {}",
            account.username, account.password, account.role, account.name
        ));
    }
    super::serve::serve(workspace, output).await
}

/// Asks an invented check service who has opted out nationally: it knows what the place's file says, and answers as the
/// real one does, with the numbers of those who have not.
async fn invented_check(desk: &IdentifiedDesk<'_>, place: &Path) -> Result<Vec<NhsNumber>> {
    let mut file = csv::Reader::from_path(place.join("opt-outs.csv"))?;
    let mut opted_out = BTreeSet::new();
    for row in file.records() {
        let row = row?;
        if row.get(1) == Some("national_data_opt_out") {
            opted_out.extend(row.get(0).map(str::to_owned));
        }
    }
    let asked = desk.ask_about_everyone("haven demo").await?;
    let asked = String::from_utf8(asked.file)?;
    let answer: String = asked
        .lines()
        .filter(|line| !opted_out.contains(line.trim_end_matches(',')))
        .flat_map(|line| [line, "\n"])
        .collect();
    desk.take_answer(answer.as_bytes(), "haven demo").await?;
    let clear = answer
        .lines()
        .filter_map(|line| NhsNumber::parse(line.trim_end_matches(',')).ok());
    Ok(clear.collect())
}

/// Takes in what invented people said, and brings everything across.
async fn invented_preferences(
    desk: &IdentifiedDesk<'_>,
    said: &[DemoPreference],
    people: &[NhsNumber],
    today: Date,
) -> Result<()> {
    let w = desk.workspace;
    let apart = (people.len() / (said.len() + 1)).max(1);
    let already = w.control.preference_cases().await?.len();
    for (one, person) in said.iter().zip(people.iter().step_by(apart)).skip(already) {
        let now = w.clock.now();
        let new = NewCase {
            kind: one.kind.clone(),
            subject: String::new(),
            programme: one.programme.clone(),
            channel: one.channel.clone(),
            reason: one.reason.clone(),
            wording: one.wording.clone(),
            said_on: today - chrono::Days::new(one.days_ago),
            taken_at: now,
            taken_by: one.taken_by.clone(),
            to_be_decided: one.kind == "objection",
        };
        let case = desk.take_case(person, new).await?;
        if let Some(by) = &one.upheld_by {
            let review = Some(today + chrono::Days::new(365));
            let why = "The reasons given weigh more than the use.";
            w.control
                .decide_case(case, true, why, review, (by, now))
                .await?;
        }
        if one.taken_back {
            let asks = if one.kind == "consent" {
                OnWithdrawal::StopFuture
            } else {
                OnWithdrawal::Nothing
            };
            w.control.withdraw_case(case, today, asks).await?;
        }
    }
    desk.hand_over_preferences(&mut |_| {}).await?;
    Ok(())
}

/// The files of a place, each as its sender would send it.
fn submissions(place: &Place, folder: &Path, today: Date) -> Result<Vec<(PathBuf, Submission)>> {
    place
        .files
        .iter()
        .map(|file| {
            let path = folder.join(&file.path);
            let submission = Submission {
                dataset: file.dataset.clone(),
                sender: OrganisationCode::new(&file.sender)?,
                file_name: Identifying::new(
                    path.file_name()
                        .map(|n| n.to_string_lossy().into_owned())
                        .unwrap_or_default(),
                ),
                received_by: "haven demo".to_owned(),
                today,
                reading: ReceiveSettings::default(),
                straight: true,
                stated: None,
                recognised: None,
            };
            Ok((path, submission))
        })
        .collect::<Result<Vec<_>>>()
}

/// The short summary at the end: what was landed, the first safe table, and the proof of the log.
async fn summarise(
    workspace: &Workspace,
    people: u64,
    tables: &[Released],
    output: &Output,
) -> Result<()> {
    let submissions = workspace.control.all_submissions().await?;
    let (rows, aside): (u64, u64) = submissions.iter().fold((0, 0), |(rows, aside), s| {
        (rows + s.rows_in, aside + s.rows_set_aside)
    });
    output.result(&format!(
        "\n{} submissions with {} rows landed, {} rows set aside with a reason; {} people invented.\n",
        submissions.len(),
        thousands(rows),
        thousands(aside),
        thousands(people),
    ));
    if let Some(first) = tables.first() {
        output.result(&first.table.published().terminal());
    }
    super::audit::verify(workspace, &[], output)?;
    let checkpoint = workspace.audit.publish()?;
    output.result(&format!(
        "Checkpoint to keep elsewhere:\n{}",
        checkpoint.text()
    ));
    Ok(())
}

async fn add_accounts(workspace: &Workspace, accounts: &[DemoAccount]) -> Result<()> {
    for account in accounts {
        if workspace
            .control
            .account(&account.username)
            .await?
            .is_some()
        {
            continue;
        }
        let role: Role = super::role(&account.role)?;
        let new = NewAccount {
            username: account.username.clone(),
            display_name: account.name.clone(),
            positions: vec![Position {
                role,
                organisation: OrganisationCode::new(&account.organisation)?,
            }],
            password: Password::new(account.password.clone()),
        };
        let now = workspace.clock.now();
        workspace.control.create_account(&new, now).await?;
        // Nobody is behind these names, and their passwords are published: they show no second factor.
        workspace.control.mark_invented(&new.username).await?;
        let trained = (now + chrono::TimeDelta::days(TRAINED_DAYS)).date_naive();
        workspace
            .control
            .record_fact(
                &new.username,
                Fact::TrainedUntil,
                &trained.to_string(),
                "haven demo",
                now,
            )
            .await?;
    }
    Ok(())
}
