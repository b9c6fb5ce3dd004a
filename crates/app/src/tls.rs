//! TLS on our own listener: the certificate and key of the settings, and the certificates of callers where they are
//! asked for. Plain HTTP is for this machine alone.

use crate::{config::Config, fault::Usage};
use anyhow::{Context, Result};
use std::{net::SocketAddr, path::Path, sync::Arc};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    },
};

/// What makes encrypted connections of plain ones; none where the settings name no certificate.
pub(crate) fn acceptor(config: &Config) -> Result<Option<TlsAcceptor>> {
    let site = &config.site;
    let (certificate, key) = match (&site.certificate_file, &site.key_file) {
        (Some(certificate), Some(key)) => (config.place(certificate), config.place(key)),
        (None, None) => return Ok(None),
        _ => {
            return Err(Usage(
                "TLS needs both `site.certificate_file` and `site.key_file`".to_owned(),
            )
            .into());
        }
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = match &site.client_authorities_file {
        Some(authorities) => {
            let verifier = verifier(config, &config.place(authorities), provider)?;
            builder.with_client_cert_verifier(verifier)
        }
        None => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::from_pem_file(&key).with_context(|| {
        format!(
            "cannot use the key in `{}`, which `site.key_file` names",
            key.display()
        )
    })?;
    let mut server = builder
        .with_single_cert(certificates(&certificate)?, key)
        .with_context(|| {
            format!(
                "cannot use the certificate in `{}` with its key",
                certificate.display()
            )
        })?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(server))))
}

/// Who vouches for callers. Without `site.client_certificates`, a caller may come without a certificate, and one that
/// is shown has to be good.
fn verifier(
    config: &Config,
    authorities: &Path,
    provider: Arc<tokio_rustls::rustls::crypto::CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(authorities)? {
        roots.add(certificate)?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = if config.site.client_certificates {
        builder
    } else {
        builder.allow_unauthenticated()
    };
    Ok(builder.build()?)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let all: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .with_context(|| format!("cannot read the certificates in `{}`", path.display()))?;
    if all.is_empty() {
        return Err(Usage(format!("there is no certificate in `{}`", path.display())).into());
    }
    Ok(all)
}

/// Refuses to speak plain HTTP to other machines.
pub(crate) fn plain_is_local(address: SocketAddr) -> Result<()> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(Usage(format!(
        "{address} can be reached by other machines, so it needs TLS: name a certificate and its key with `site.certificate_file` and `site.key_file`, or listen on 127.0.0.1 behind a proxy"
    ))
    .into())
}
