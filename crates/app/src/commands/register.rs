//! `haven register`: the public register, as plain files or as a list.

use crate::{
    cli::RegisterVerb,
    config::Config,
    fault::Exit,
    registered::{self, Happened, Part, Registered},
    workspace::Workspace,
};
use anyhow::{Context, Result, bail};
use govern::agreement::day_of;
use laptop::output::Output;
use model::Content;
use pages::{Frame, Markup, Place};
use std::{
    fs,
    path::{Component, Path},
    sync::Arc,
};

pub(crate) async fn run(
    verb: &RegisterVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    let all = workspace.registered(day_of(workspace.clock.now())).await?;
    let happened = workspace.happened().await?;
    match verb {
        RegisterVerb::Build { folder, address } => {
            let written = build(&workspace, &all, &happened, folder, address)?;
            output.result(&format!(
                "The register is in {}: {written} files, {} uses of data.",
                folder.display(),
                all.iter().filter(|r| !r.replaced).count()
            ));
        }
        RegisterVerb::List if output.json => output.result(&registered::json(&all, &happened)?),
        RegisterVerb::List => {
            for r in all.iter().filter(|r| !r.replaced) {
                output.result(&format!(
                    "{:<12} {:<10} until {}  {}",
                    r.entry.reference, r.entry.state, r.entry.ends, r.notice.title
                ));
            }
        }
    }
    Ok(Exit::Fine)
}

/// Writes the copy: the same addresses as on the site, each page as `index.html` in a folder of its name.
fn build(
    workspace: &Workspace,
    all: &[Registered],
    happened: &Happened,
    folder: &Path,
    address: &str,
) -> Result<usize> {
    let config = &workspace.config;
    let service: ServiceWords = workspace.content.toml("service.toml")?;
    let frame = frame(&config.site.name, &service.operator);
    let mut copy = Copy { folder, written: 0 };
    let list = |part: &Part| -> Option<Markup> {
        registered::list_view(all, part, "", happened, true)
            .map(|view| pages::register(&frame, &view))
    };
    copy.page("register", list(&Part::Whole))?;
    for r in all {
        let page = || Some(pages::register_entry(&frame, &registered::entry_view(r)));
        let reference = &r.entry.reference;
        if !r.replaced {
            copy.page(&format!("register/{reference}"), page())?;
            if let Some(json) = registered::one_json(all, reference)? {
                copy.file(&format!("register/{reference}.json"), json.as_bytes())?;
            }
        }
        copy.page(
            &format!("register/{reference}/versions/{}", r.entry.version),
            page(),
        )?;
        for (code, _) in &r.organisations {
            let part = Part::Organisation(code.clone());
            copy.page(&format!("register/organisations/{code}"), list(&part))?;
        }
        for topic in &r.topics {
            let part = Part::Topic(topic.code().to_owned());
            copy.page(&format!("register/topics/{}", topic.code()), list(&part))?;
        }
    }
    copy.file("register.json", registered::json(all, happened)?.as_bytes())?;
    copy.file("register.csv", &registered::csv(all)?)?;
    copy.file("register-files.csv", &registered::files_csv(all)?)?;
    let feed = registered::atom(all, &config.site.name, &config.audit.origin, address);
    copy.file("register.atom", feed.as_bytes())?;
    copy.file("assets/haven.css", pages::assets::HAVEN_CSS.as_bytes())?;
    copy.file("assets/haven.js", pages::assets::HAVEN_JS.as_bytes())?;
    copy.file(
        "assets/haven-icon.svg",
        pages::assets::HAVEN_ICON.as_bytes(),
    )?;
    for name in ["nhsuk-frontend.min.css", "nhsuk-frontend.min.js"] {
        let from = config.site.frontend.join(name);
        let text = fs::read(&from).with_context(|| {
            format!(
                "`{}` is not there: `./run setup` fetches it",
                from.display()
            )
        })?;
        copy.file(&format!("assets/{name}"), &text)?;
    }
    let images = config.site.frontend.join("images");
    for entry in
        fs::read_dir(&images).with_context(|| format!("`{}` is not there", images.display()))?
    {
        let path = entry?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            copy.file(&format!("assets/images/{name}"), &fs::read(&path)?)?;
        }
    }
    Ok(copy.written)
}

#[derive(serde::Deserialize)]
struct ServiceWords {
    operator: String,
}

/// What surrounds a page of the copy: nothing in it leads to where nobody would answer.
fn frame(service: &str, operator: &str) -> Frame {
    Frame {
        service: service.to_owned(),
        operator: operator.to_owned(),
        navigation: vec![Place {
            text: "Register of data uses".to_owned(),
            href: "/register".to_owned(),
            here: true,
        }],
        reader: None,
        help_href: "/help".to_owned(),
        logo: None,
    }
}

struct Copy<'f> {
    folder: &'f Path,
    written: usize,
}

impl Copy<'_> {
    fn page(&mut self, at: &str, page: Option<Markup>) -> Result<()> {
        match page {
            Some(page) => self.file(&format!("{at}/index.html"), page.0.as_bytes()),
            None => Ok(()),
        }
    }

    /// Writes a file whole, so that a reader never finds half of one.
    fn file(&mut self, at: &str, body: &[u8]) -> Result<()> {
        let path = Path::new(at);
        if !path
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        {
            bail!("`{at}` cannot be the name of a file of the register");
        }
        let path = self.folder.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make `{}`", folder.display()))?;
        }
        let new = path.with_extension("new");
        fs::write(&new, body).with_context(|| format!("cannot write `{}`", new.display()))?;
        fs::rename(&new, &path).with_context(|| format!("cannot write `{}`", path.display()))?;
        self.written += 1;
        Ok(())
    }
}
