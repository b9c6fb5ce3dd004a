//! Signing in through a provider: away to it (`/sign-in/with/{provider}`) and back (`/sign-in/from/{provider}`).
//!
//! What goes wrong is a page that says what to do, and an entry in the log with the reason.

use super::{
    Answer,
    fault::{Fault, told},
    sign_in::{keep_failure, not_too_often, set_cookie, welcome},
    visit::{Visit, is_local},
};
use crate::providers::Known;
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use control::{ArrivalRefusal, ProviderStep};
use pages::ForbiddenView;
use remote::oidc::OidcError;

fn known<'v>(visit: &'v Visit, name: &str) -> Result<&'v Known, Fault> {
    visit.site.providers.get(name).ok_or(Fault::NotFound)
}

/// Sends somebody to the provider.
pub(super) async fn away(visit: &Visit, mut request: Request) -> Answer {
    let name = visit.part(&mut request, "provider").await?;
    let known = known(visit, &name)?;
    not_too_often(visit).await?;
    let begun = match known.provider.begin(visit.now).await {
        Ok(begun) => begun,
        Err(fault) => return refused(visit, known, &name, &fault).await,
    };
    let browser = visit.visitors_token()?;
    let next = visit.query("next").filter(|next| is_local(next));
    let step = ProviderStep {
        provider: name,
        nonce: begun.nonce,
        verifier: begun.verifier,
        next: next.map(str::to_owned),
    };
    let control = &visit.site.workspace.control;
    control
        .begin_provider_sign_in(&begun.state, &browser, &step, visit.now)
        .await?;
    let mut response = Redirect::to(&begun.address).into_response();
    set_cookie(
        &mut response,
        visit,
        visit.site.form_cookie(),
        &browser,
        false,
    );
    Ok(response)
}

/// Takes somebody back who was there.
pub(super) async fn back(visit: &Visit, mut request: Request) -> Answer {
    let name = visit.part(&mut request, "provider").await?;
    let known = known(visit, &name)?;
    not_too_often(visit).await?;
    let control = &visit.site.workspace.control;
    let state = visit.query("state").unwrap_or_default();
    let browser = visit.form_token.as_deref().unwrap_or_default();
    // Taken away whatever follows: one answer for one question.
    let step = control
        .take_provider_sign_in(state, browser, visit.now)
        .await?;
    let Some(step) = step.filter(|step| step.provider == name) else {
        let words = "This sign-in was used before, was begun in another browser, or took longer than 15 minutes.";
        return page(visit, &name, "an answer that nobody waits for", words).await;
    };
    if let Some(error) = visit.query("error") {
        let words = format!(
            "{} did not sign you in. You may have stopped there, or have no right to come.",
            known.mapping.called
        );
        let code: String = error
            .chars()
            .filter(|c| c.is_ascii_lowercase() || *c == '_')
            .take(40)
            .collect();
        return page(
            visit,
            &name,
            &format!("refused by the provider: {code}"),
            &words,
        )
        .await;
    }
    let code = visit.query("code").unwrap_or_default();
    let vouched = match known
        .provider
        .finish(code, &step.nonce, &step.verifier, visit.now)
        .await
    {
        Ok(vouched) => vouched,
        Err(fault) => return refused(visit, known, &name, &fault).await,
    };
    let Some(arrival) = known.mapping.arrival(&name, &vouched) else {
        let words =
            "The provider did not say who you are in the way that was agreed. Ask for help.";
        return page(
            visit,
            &name,
            "the claim that names a person is not there",
            words,
        )
        .await;
    };
    match control.arrive(&arrival, visit.now).await? {
        Ok(signed_in) => welcome(visit, &signed_in, step.next, None).await,
        Err(refusal) => {
            let words = match refusal {
                ArrivalRefusal::NoRole => {
                    "You are known there, but nothing that it says of you gives you a role here. Ask the person who runs the service."
                }
                ArrivalRefusal::Disabled => {
                    "Your account here is disabled. Ask the person who runs the service."
                }
                ArrivalRefusal::NameTaken => {
                    "An account with your name is here already, and is not connected with yours there. Ask the person who runs the service."
                }
            };
            page(visit, &name, &refusal.to_string(), words).await
        }
    }
}

/// Sends somebody who has signed out here to where the provider ends its own session.
pub(super) async fn out(visit: &Visit, mut request: Request) -> Answer {
    let name = visit.part(&mut request, "provider").await?;
    let known = known(visit, &name)?;
    not_too_often(visit).await?;
    let back_to = format!("{}/sign-in?out=1", visit.site.public_address());
    let address = known.provider.sign_out_address(&back_to, visit.now).await;
    let address = match address {
        Ok(address) => address,
        Err(fault) => return refused(visit, known, &name, &fault).await,
    };
    Ok(Redirect::to(address.as_deref().unwrap_or("/sign-in?out=1")).into_response())
}

/// The page for a provider's fault, with its reason in the log.
async fn refused(visit: &Visit, known: &Known, name: &str, fault: &OidcError) -> Answer {
    let called = &known.mapping.called;
    let words = match fault {
        OidcError::Remote(_) => format!(
            "{called} does not answer. Nothing is wrong with your account. Try again in a few minutes."
        ),
        OidcError::Expired | OidcError::NotNow => format!(
            "What {called} said of you is not of this moment. Try again; if it goes on, the clock of one side is wrong."
        ),
        OidcError::CodeRefused(_) | OidcError::WrongNonce => format!(
            "{called} does not stand by this sign-in: it was used before, or was another one. Begin again."
        ),
        OidcError::WrongIssuer
        | OidcError::WrongAudience
        | OidcError::UnknownKey
        | OidcError::BadSignature
        | OidcError::NotUnderstood(_) => {
            format!("What {called} said cannot be trusted, so nobody was signed in. Ask for help.")
        }
    };
    let reference = told(&anyhow::anyhow!("sign-in through {name}: {fault}"));
    page(
        visit,
        name,
        &format!("{fault} (reference {reference})"),
        &words,
    )
    .await
}

async fn page(visit: &Visit, name: &str, reason: &str, words: &str) -> Answer {
    keep_failure(visit, "unknown", Some(&format!("through {name}: {reason}"))).await?;
    let view = ForbiddenView {
        reason: words.to_owned(),
        clause: None,
        instead: Some("You can go back to the sign-in page and begin again.".to_owned()),
    };
    let page = pages::not_signed_in(&visit.frame(), &view);
    Ok(Visit::page_with(StatusCode::FORBIDDEN, &page))
}
