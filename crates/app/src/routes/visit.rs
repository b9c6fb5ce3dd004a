//! One visit of one address: who comes, in which position, and how answers to them are made.

use super::{
    fault::Fault,
    list::{Address, Who},
    listen::Peer,
    places,
    site::Site,
};
use crate::request;
use axum::{
    RequestExt,
    extract::{ConnectInfo, Form, FromRequest, Path, Query, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use control::{Role, Session};
use govern::{AuditKeeper, EntryBody};
use model::{Date, OrganisationCode};
use pages::{Frame, Markup, Place, Reader};
use std::{collections::BTreeMap, net::IpAddr, sync::Arc};
use subtle::ConstantTimeEq;

/// The fields of a form.
pub(super) type Fields = BTreeMap<String, String>;

/// One visit.
pub(super) struct Visit {
    pub(super) site: Arc<Site>,
    pub(super) session: Option<Session>,
    /// The token of the session, for ending or changing it.
    pub(super) token: Option<String>,
    /// The token of the sign-in form, from before there is a session.
    pub(super) form_token: Option<String>,
    pub(super) address: Option<IpAddr>,
    pub(super) now: DateTime<Utc>,
    /// The token of a sign-in whose code is still to come.
    pub(super) step: Option<String>,
    /// Whether a session was shown that has ended.
    pub(super) expired: bool,
    path: String,
    query: Fields,
    files: &'static [&'static str],
}

impl Visit {
    /// The visit that a request makes, of nobody as yet.
    pub(super) fn of(site: Arc<Site>, request: &Request) -> Self {
        let query = Query::<Fields>::try_from_uri(request.uri())
            .map(|q| q.0)
            .unwrap_or_default();
        Self {
            token: cookie(request.headers(), site.session_cookie()),
            form_token: cookie(request.headers(), site.form_cookie()),
            step: cookie(request.headers(), site.step_cookie()),
            expired: false,
            address: request
                .extensions()
                .get::<ConnectInfo<Peer>>()
                .and_then(|c| c.0.address),
            now: site.workspace.clock.now(),
            path: request.uri().path().to_owned(),
            session: None,
            files: &[],
            query,
            site,
        }
    }

    /// Finds out who comes.
    pub(super) async fn recognise(&mut self) -> Result<(), Fault> {
        if let Some(token) = self.token.take() {
            self.session = self
                .site
                .workspace
                .control
                .session(&token, self.now)
                .await?;
            self.expired = self.session.is_none();
            self.token = self.session.as_ref().map(|_| token);
        }
        if let Some(session) = &self.session {
            request::in_role(session.position.role.as_str());
        }
        Ok(())
    }

    /// Whether the reader may open an address.
    pub(super) fn may_open(&mut self, address: &'static Address) -> Result<(), Fault> {
        self.files = address.files;
        self.may_be(address.who)
    }

    /// Whether the reader is one of those.
    pub(super) fn may_be(&self, who: Who) -> Result<(), Fault> {
        match (who, &self.session) {
            (Who::Everyone, _) | (Who::SignedIn, Some(_)) => Ok(()),
            (_, None) => Err(Fault::SignIn),
            (Who::Roles(roles), Some(session))
                if roles.contains(&session.position.role.as_str()) =>
            {
                self.is_open()
            }
            (Who::Roles(_), Some(_)) => Err(Fault::WrongRole),
        }
    }

    /// Whether the pages of the reader's role are open to them: their factors, training and employment.
    pub(super) fn is_open(&self) -> Result<(), Fault> {
        let closed = self
            .session
            .as_ref()
            .and_then(|session| self.site.roles.closed(session, self.today()));
        closed.map_or(Ok(()), |why| Err(Fault::Closed(why)))
    }

    /// The session of a page that only those who are signed in can open.
    pub(super) fn session(&self) -> Result<&Session, Fault> {
        self.session.as_ref().ok_or(Fault::SignIn)
    }

    /// The role in which the reader acts.
    pub(super) fn role(&self) -> Option<Role> {
        self.session.as_ref().map(|s| s.position.role)
    }

    /// The organisation for which the reader acts.
    pub(super) fn organisation(&self) -> Result<&OrganisationCode, Fault> {
        Ok(&self.session()?.position.organisation)
    }

    pub(super) fn role_in_words(&self) -> String {
        self.role()
            .map_or("a visitor", role_in_words)
            .to_lowercase()
    }

    /// The day of the visit in London.
    pub(super) fn today(&self) -> Date {
        govern::agreement::day_of(self.now)
    }

    /// The path that was asked for.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// A changing part of the path.
    pub(super) async fn part(&self, request: &mut Request, name: &str) -> Result<String, Fault> {
        let mut parts: Path<BTreeMap<String, String>> =
            request.extract_parts().await.map_err(|_| Fault::NotFound)?;
        parts.0.remove(name).ok_or(Fault::NotFound)
    }

    /// The last part of the path without the ending of a file, and that ending; empty for the page itself.
    pub(super) fn without_ending<'p>(&self, part: &'p str) -> (&'p str, &'static str) {
        let found = self
            .files
            .iter()
            .find_map(|ending| Some((part.strip_suffix(ending)?, *ending)));
        found.unwrap_or((part, ""))
    }

    /// A field of a form that was sent by GET.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// The page of a long list that was asked for, from 1.
    pub(super) fn page_number(&self) -> u64 {
        self.query("page")
            .and_then(|p| p.parse().ok())
            .unwrap_or(1)
            .clamp(1, 1_000_000)
    }

    /// The fields of a form that came from a page of this session.
    pub(super) async fn form(&self, request: Request) -> Result<Fields, Fault> {
        let fields = fields(request).await?;
        self.check_csrf(fields.get("csrf").map_or("", String::as_str))?;
        Ok(fields)
    }

    /// Refuses a form that did not come from a page of this session.
    pub(super) fn check_csrf(&self, given: &str) -> Result<(), Fault> {
        if self.session()?.csrf_matches(given) {
            Ok(())
        } else {
            Err(Fault::ForeignForm)
        }
    }

    /// Refuses a form that did not come from a page that we gave this reader, signed in or not.
    pub(super) fn check_form(&self, given: &str) -> Result<(), Fault> {
        match self.session {
            Some(_) => self.check_csrf(given),
            None if self.form_token_matches(given) => Ok(()),
            None => Err(Fault::ForeignForm),
        }
    }

    /// The token for a form of somebody who is not signed in: the browser must send it back twice.
    pub(super) fn visitors_token(&self) -> Result<String, Fault> {
        match &self.form_token {
            Some(token) if token.len() == 64 && token.chars().all(|c| c.is_ascii_hexdigit()) => {
                Ok(token.clone())
            }
            _ => {
                let mut bytes = [0u8; 32];
                getrandom::fill(&mut bytes)
                    .map_err(|e| anyhow::anyhow!("no random numbers could be had: {e}"))?;
                Ok(hex::encode(bytes))
            }
        }
    }

    /// Whether a form of somebody who is not signed in came from a page that we gave them.
    pub(super) fn form_token_matches(&self, given: &str) -> bool {
        self.form_token
            .as_ref()
            .is_some_and(|held| held.as_bytes().ct_eq(given.as_bytes()).into())
    }

    /// The token for forms.
    pub(super) fn csrf(&self) -> String {
        self.session
            .as_ref()
            .map(|s| s.csrf_token().to_owned())
            .unwrap_or_default()
    }

    /// What surrounds the page.
    pub(super) fn frame(&self) -> Frame {
        let service = &self.site.service;
        let places: Vec<(&str, &str)> = places::navigation(self.role()).collect();
        // The longest address that the path begins with: one place is here, not two.
        // Review is a part of linkage.
        let path = match self.path.strip_prefix("/review") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => "/linkage",
            // What is stopped at once is a part of agreements.
            _ if self.path.starts_with("/suspensions") => "/agreements",
            _ => self.path.as_str(),
        };
        let here = places
            .iter()
            .map(|(_, href)| *href)
            .filter(|href| path == *href || path.starts_with(&format!("{href}/")))
            .max_by_key(|href| href.len());
        Frame {
            service: self.site.workspace.config.site.name.clone(),
            operator: service.operator.clone(),
            navigation: places
                .iter()
                .map(|(text, href)| Place {
                    text: (*text).to_owned(),
                    href: (*href).to_owned(),
                    here: here == Some(*href),
                })
                .collect(),
            reader: self.session.as_ref().map(|s| Reader {
                name: s.display_name.clone(),
                role: role_in_words(s.position.role).to_owned(),
                organisation: self.site.name_of(&s.position.organisation),
                can_switch: s.positions.len() > 1,
                csrf: s.csrf_token().to_owned(),
                expiry: self.expiry(s),
            }),
            help_href: "/help".to_owned(),
            logo: None,
        }
    }

    /// How long the reader stays signed in.
    fn expiry(&self, session: &Session) -> Option<pages::Expiry> {
        let seconds = (session.idle_ends_at - self.now).num_seconds();
        let until = pages::format::moment(session.idle_ends_at);
        let stay = if is_local(&self.path) {
            &self.path
        } else {
            "/"
        };
        Some(pages::Expiry {
            // The time alone: the day is today's, or nobody is there to read it.
            until: until.split(" at ").last().unwrap_or(&until).to_owned(),
            seconds: u64::try_from(seconds).ok()?,
            last: session.idle_ends_at == session.ends_at,
            stay_href: format!("/account/stay?next={stay}"),
        })
    }

    /// A page.
    pub(super) fn page(page: &Markup) -> Response {
        Self::page_with(StatusCode::OK, page)
    }

    /// A page with a status.
    pub(super) fn page_with(status: StatusCode, page: &Markup) -> Response {
        let mut response = (status, page.0.clone()).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        response
    }

    /// A file to keep.
    pub(super) fn file(kind: &'static str, name: &str, body: impl IntoResponse) -> Response {
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        // INVARIANT: names of downloads are made of ids and codes, never of what a sender called a file.
        let safe: String = name
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
            .collect();
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{safe}\"")) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }

    /// Keeps an entry in the audit log.
    pub(super) async fn keep(&self, mut entry: EntryBody) -> Result<(), Fault> {
        if let Some(session) = &self.session {
            entry.on_behalf_of = Some(session.position.organisation.as_str().to_owned());
        }
        let audit = Arc::clone(&self.site.workspace.audit);
        tokio::task::spawn_blocking(request::carried(move || audit.keep(entry))).await??;
        Ok(())
    }
}

/// A role as people read it.
pub(super) const fn role_in_words(role: Role) -> &'static str {
    match role {
        Role::Submitter => "Submitter",
        Role::Operator => "Operator",
        Role::Analyst => "Analyst",
        Role::Checker => "Output checker",
        Role::IgLead => "Information governance lead",
        Role::Tracer => "Tracing program",
        Role::DataSteward => "Data steward",
        Role::AssetOwner => "Information asset owner",
        Role::CaldicottGuardian => "Caldicott Guardian",
        Role::PrivacyOfficer => "Privacy officer",
        Role::KeyCustodian => "Key custodian",
        Role::Auditor => "Auditor",
        Role::AgreementManager => "Agreement manager",
        Role::Clinician => "Clinician or social worker",
        Role::Administrator => "Administrator of accounts",
    }
}

/// Open data, which anyone may keep for a while.
pub(super) fn open_data(response: Response) -> Response {
    let mut response = response;
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    response
}

/// The fields of a form, whoever sent it.
pub(super) async fn fields(request: Request) -> Result<Fields, Fault> {
    Form::<Fields>::from_request(request, &())
        .await
        .map(|form| form.0)
        .map_err(|_| Fault::ForeignForm)
}

/// Whether an address lies on this site: a path, without anything that a browser reads as another host.
pub(super) fn is_local(next: &str) -> bool {
    let mut letters = next.chars();
    letters.next() == Some('/')
        && !matches!(letters.next(), Some('/' | '\\'))
        && next.len() <= 500
        && !next.chars().any(|c| c.is_control() || c == '\\')
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_site_are_local() {
        for (next, local) in [
            ("/ask", true),
            ("/submissions/ab?page=2", true),
            ("", false),
            ("ask", false),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("/a\\b", false),
            ("https://evil.example", false),
            ("/a\r\nset-cookie: x", false),
        ] {
            assert_eq!(is_local(next), local, "{next:?}");
        }
    }
}
