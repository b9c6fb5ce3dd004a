//! What all visits share: the workspace, the words of the service, the frontend's files.

use super::{changes::Changes, collection::Collection, library::Library};
use crate::{providers::Providers, roles::Roles, windows::Windows, workspace::Workspace};
use anyhow::{Context, Result, bail};
use laptop::Defaults;
use link::{LinkageModel, Returning};
use model::{Content, Dataset, Date, Family, OrganisationCode};
use pages::map::Outlines;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::sync::Semaphore;

use crate::desks::Question;

/// The words of the service, from `content/service.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub(super) operator: String,
    organisation_lists: Vec<String>,
    pub(super) datasets: Vec<String>,
    pub(super) before_you_start: Vec<String>,
    pub(super) after_landing: Vec<String>,
    contact: ContactWords,
    pub(super) accessibility: AccessibilityWords,
    pub(super) privacy: PrivacyWords,
    #[serde(rename = "map", default)]
    pub(super) maps: Vec<MapWords>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactWords {
    email: String,
    #[serde(default)]
    telephone: Option<String>,
    #[serde(default)]
    hours: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccessibilityWords {
    #[serde(deserialize_with = "day")]
    pub(super) tested: Date,
    pub(super) known_problems: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrivacyWords {
    pub(super) kept_for: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MapWords {
    pub(super) column: String,
    outlines: String,
    pub(super) area_name: String,
}

/// The words around sending, from `content/sending.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SendingWords {
    /// What a sender declares.
    pub(super) declaration: String,
}

/// A question that was answered and may be made into a release.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) reference: String,
    pub(super) question: Question,
}

/// How many answered questions are remembered.
const QUESTIONS_KEPT: usize = 1_000;
/// How many questions run at a time, and how many files land at a time: each has memory of its own.
const ASKING: usize = 2;
const LANDING: usize = 2;
/// How many files are checked in memory at a time.
const CHECKING: usize = 1;

/// What all visits share.
pub(crate) struct Site {
    pub(super) workspace: Arc<Workspace>,
    pub(super) service: Service,
    pub(super) datasets: BTreeMap<String, Dataset>,
    pub(super) library: Library,
    pub(super) collection: Collection,
    pub(super) changes: Changes,
    pub(super) frontend: Frontend,
    pub(super) outlines: BTreeMap<String, Arc<Outlines>>,
    pub(super) asking: Semaphore,
    pub(super) landing: Arc<Semaphore>,
    pub(super) checking: Arc<Semaphore>,
    pub(super) checking_for_visitors: Arc<Semaphore>,
    /// Files that machines are sending.
    pub(super) sending_in: Arc<Semaphore>,
    pub(super) windows: Windows,
    pub(super) sending: SendingWords,
    /// What each role asks of its people.
    pub(super) roles: Roles,
    /// The providers through which people come, and what the groups of directories give.
    pub(super) providers: Providers,
    pub(super) group_roles: control::GroupRoles,
    /// The index that is traced against.
    pub(super) traced: Arc<super::fhir::Traced>,
    /// How records are linked, and what of it senders are told.
    pub(super) linkage: LinkageModel,
    pub(super) returning: Returning,
    /// The uploads to which somebody is adding a piece.
    pub(super) adding: Mutex<BTreeSet<String>>,
    /// The pairs that may be asked about.
    pub(super) pairs: Mutex<Arc<super::review::Pairs>>,
    questions: Mutex<VecDeque<Kept>>,
    names: BTreeMap<String, String>,
    secure: bool,
}

/// The NHS.UK frontend's files.
#[derive(Default)]
pub(super) struct Frontend {
    pub(super) style: String,
    pub(super) script: String,
    pub(super) images: BTreeMap<&'static str, String>,
}

/// The pictures that the stylesheet asks for. No other file of the package is served: its icons and its
/// logo are the NHS's.
const IMAGES: [&str; 4] = [
    "nhsuk-icon-cross.svg",
    "nhsuk-icon-arrow-up.svg",
    "nhsuk-icon-arrow-down.svg",
    "nhsuk-icon-arrow-up-down.svg",
];

fn is_known(datasets: &BTreeMap<String, Dataset>, name: &str) -> bool {
    datasets.contains_key(name) || releases(datasets, name).next().is_some()
}

/// The releases of a family.
fn releases<'d>(
    datasets: &'d BTreeMap<String, Dataset>,
    family: &str,
) -> impl Iterator<Item = (&'d Dataset, &'d Family)> {
    datasets.values().filter_map(move |dataset| {
        let of = dataset.family.as_ref().filter(|of| of.name == family)?;
        Some((dataset, of))
    })
}

impl Site {
    pub(super) fn new(workspace: Arc<Workspace>) -> Result<Self> {
        let frontend = Frontend::read(&workspace)?;
        Self::with(workspace, frontend)
    }

    /// What the roads share that show no pages.
    pub(super) fn without_pages(workspace: Arc<Workspace>) -> Result<Self> {
        Self::with(workspace, Frontend::default())
    }

    fn with(workspace: Arc<Workspace>, frontend: Frontend) -> Result<Self> {
        let content = Arc::clone(&workspace.content);
        let service: Service = content.toml("service.toml")?;
        let datasets = Dataset::names(&content)
            .into_iter()
            .map(|name| Ok((name.clone(), Dataset::read(&content, &name)?)))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let mut sent = service.datasets.iter();
        if let Some(missing) = sent.find(|name| !is_known(&datasets, name)) {
            bail!("`content/service.toml` names the dataset `{missing}`, and there is none");
        }
        let outlines = service
            .maps
            .iter()
            .map(|map| {
                Ok((
                    map.column.clone(),
                    Arc::new(Outlines::from_json(content.bytes(&map.outlines)?)?),
                ))
            })
            .collect::<Result<BTreeMap<_, _>>>()?;
        let library = Library::read(&content)?;
        let linkage = LinkageModel::read(&content, &Defaults::read(&content)?.linkage)?;
        let address = &workspace.config.site.address;
        let loopback = address
            .parse::<SocketAddr>()
            .map_or(address.starts_with("localhost:"), |a| a.ip().is_loopback());
        Ok(Self {
            changes: Changes::read(&content, &library)?,
            library,
            collection: Collection::read(&content)?,
            frontend,
            names: names(&content, &service)?,
            secure: workspace.config.site.https
                || workspace.config.site.certificate_file.is_some()
                || !loopback,
            asking: Semaphore::new(ASKING),
            landing: Arc::new(Semaphore::new(LANDING)),
            checking: Arc::new(Semaphore::new(CHECKING)),
            checking_for_visitors: Arc::new(Semaphore::new(CHECKING)),
            sending_in: Arc::new(Semaphore::new(super::api::AT_A_TIME)),
            windows: Windows::read(&content)?,
            sending: content.toml("sending.toml")?,
            roles: Roles::read(&content, &workspace.config.accounts)?,
            providers: Providers::read(
                &workspace.config,
                &content,
                &workspace.config.public_address(),
            )?,
            group_roles: super::scim::group_roles(&content)?,
            traced: Arc::new(super::fhir::Traced::read(&content)?),
            returning: Returning::read(&content)?,
            linkage,
            adding: Mutex::default(),
            pairs: Mutex::default(),
            questions: Mutex::default(),
            outlines,
            datasets,
            service,
            workspace,
        })
    }

    /// What an organisation is called, or its code.
    pub(super) fn name_of(&self, organisation: &OrganisationCode) -> String {
        self.names
            .get(organisation.as_str())
            .cloned()
            .unwrap_or_else(|| organisation.to_string())
    }

    /// What a dataset or a family of datasets is called, or its name.
    pub(super) fn title_of(&self, dataset: &str) -> String {
        match self.datasets.get(dataset) {
            Some(known) => known.title.clone(),
            None => releases(&self.datasets, dataset)
                .next()
                .map_or_else(|| dataset.to_owned(), |(_, family)| family.title.clone()),
        }
    }

    /// Whether there is a dataset or a family of that name.
    pub(super) fn knows(&self, dataset: &str) -> bool {
        is_known(&self.datasets, dataset)
    }

    /// What may be sent here, with the releases that a sender may state.
    pub(super) fn choices(&self) -> Vec<pages::DatasetChoice> {
        self.service
            .datasets
            .iter()
            .map(|name| pages::DatasetChoice {
                name: name.clone(),
                title: self.title_of(name),
                hint: String::new(),
                releases: releases(&self.datasets, name)
                    .map(|(release, family)| (release.name.clone(), family.called.clone()))
                    .collect(),
            })
            .collect()
    }

    /// Whether a dataset, a family or a release of one may be sent here.
    pub(super) fn takes(&self, dataset: &str) -> bool {
        self.service.datasets.iter().any(|name| {
            name == dataset
                || releases(&self.datasets, name).any(|(release, _)| release.name == dataset)
        })
    }

    /// What a form names: the release where one is stated, and otherwise the dataset or family.
    pub(super) fn chosen<'f>(
        &self,
        dataset: Option<&'f String>,
        release: Option<&'f String>,
    ) -> Option<&'f String> {
        let dataset = dataset.filter(|d| self.service.datasets.contains(d))?;
        let stated = release.filter(|stated| {
            releases(&self.datasets, dataset).any(|(release, _)| release.name == **stated)
        });
        Some(stated.unwrap_or(dataset))
    }

    /// The largest file that is taken.
    pub(super) fn limit_in_bytes(&self) -> u64 {
        self.workspace
            .config
            .largest_file_mb
            .saturating_mul(1_000_000)
    }

    /// The largest file that is checked in memory.
    pub(super) fn check_limit_in_bytes(&self) -> u64 {
        self.workspace
            .config
            .site
            .largest_check_mb
            .saturating_mul(1_000_000)
    }

    /// Whom to reach.
    pub(super) fn contact(&self) -> pages::Contact {
        let words = &self.service.contact;
        pages::Contact {
            email: words.email.clone(),
            telephone: words.telephone.clone(),
            hours: words.hours.clone(),
        }
    }

    /// Whether cookies go over encrypted connections only.
    pub(super) fn secure(&self) -> bool {
        self.secure
    }

    pub(super) fn session_cookie(&self) -> &'static str {
        if self.secure { "__Host-haven" } else { "haven" }
    }

    /// Stands for a sign-in whose code is still to come.
    pub(super) fn step_cookie(&self) -> &'static str {
        if self.secure {
            "__Host-haven-step"
        } else {
            "haven-step"
        }
    }

    /// Where people reach the site, without a slash at its end.
    pub(super) fn public_address(&self) -> String {
        self.workspace.config.public_address()
    }

    pub(super) fn form_cookie(&self) -> &'static str {
        if self.secure {
            "__Host-haven-form"
        } else {
            "haven-form"
        }
    }

    /// Remembers a question that was answered. Not in an address: people type all sorts of things into SQL.
    pub(super) fn remember(&self, kept: Kept) {
        if let Ok(mut questions) = self.questions.lock() {
            questions.push_back(kept);
            while questions.len() > QUESTIONS_KEPT {
                questions.pop_front();
            }
        }
    }

    /// A remembered question of this person in this organisation.
    pub(super) fn question(
        &self,
        reference: &str,
        username: &str,
        organisation: &OrganisationCode,
    ) -> Option<Kept> {
        let questions = self.questions.lock().ok()?;
        questions
            .iter()
            .find(|k| {
                k.reference == reference
                    && k.question.person.username == username
                    && k.question.person.organisation == *organisation
            })
            .cloned()
    }
}

impl Frontend {
    fn read(workspace: &Workspace) -> Result<Self> {
        let folder = workspace.config.place(&workspace.config.site.frontend);
        let text = |name: &str| {
            std::fs::read_to_string(folder.join(name)).with_context(|| {
                format!(
                    "the NHS.UK frontend is not in `{}`: `{name}` cannot be read. Run `./run setup`, and name its folder with HAVEN_SITE__FRONTEND or `site.frontend`",
                    folder.display()
                )
            })
        };
        Ok(Self {
            style: pages::assets::without_font_faces(&text("nhsuk-frontend.min.css")?),
            script: text("nhsuk-frontend.min.js")?,
            // Small marks beside words; a page is whole without them.
            images: IMAGES
                .iter()
                .filter_map(|name| Some((*name, text(&format!("images/{name}")).ok()?)))
                .collect(),
        })
    }
}

/// What organisations are called: councils by their code lists, others as the agreements name them.
fn names(content: &Content, service: &Service) -> Result<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for agreement in govern::Agreements::read(content)?.iter() {
        for party in &agreement.parties {
            names.insert(party.organisation.as_str().to_owned(), party.name.clone());
        }
    }
    for list in &service.organisation_lists {
        let path = format!("codes/{list}.csv");
        let mut rows = csv::Reader::from_reader(content.bytes(&path)?);
        for row in rows.deserialize::<BTreeMap<String, String>>() {
            let mut row = row.with_context(|| format!("`content/{path}`"))?;
            if let (Some(code), Some(name)) = (row.remove("value"), row.remove("name")) {
                names.entry(code).or_insert(name);
            }
        }
    }
    Ok(names)
}

pub(super) fn day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let written = toml::value::Datetime::deserialize(from)?;
    written
        .to_string()
        .parse()
        .map_err(serde::de::Error::custom)
}
