//! Every address for machines and of FHIR.

/// What a machine asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    OpenApi,
    Check,
    Send,
    List,
    One,
    Report,
    Confirm,
    Receipt,
    Returned,
    DecideReturned,
    Withdraw,
    UploadOptions,
    UploadCreate,
    UploadHead,
    UploadPatch,
    UploadDelete,
}

/// One address for machines. Those that are not open to everyone are for submitters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiAddress {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) open: bool,
    pub(crate) call: Call,
}

/// Every address for machines.
pub(crate) const API: &[ApiAddress] = &[
    ApiAddress {
        open: true,
        ..call("GET", "/api/v1/openapi.json", Call::OpenApi)
    },
    call("POST", "/api/v1/checks", Call::Check),
    call("POST", "/api/v1/submissions", Call::Send),
    call("GET", "/api/v1/submissions", Call::List),
    call("GET", "/api/v1/submissions/{id}", Call::One),
    call("GET", "/api/v1/submissions/{id}/report", Call::Report),
    call("POST", "/api/v1/submissions/{id}/confirm", Call::Confirm),
    call("GET", "/api/v1/submissions/{id}/receipt", Call::Receipt),
    call("GET", "/api/v1/submissions/{id}/returned", Call::Returned),
    call(
        "POST",
        "/api/v1/submissions/{id}/returned/decisions",
        Call::DecideReturned,
    ),
    call("POST", "/api/v1/submissions/{id}/withdraw", Call::Withdraw),
    ApiAddress {
        open: true,
        ..call("OPTIONS", "/api/v1/uploads", Call::UploadOptions)
    },
    call("POST", "/api/v1/uploads", Call::UploadCreate),
    call("HEAD", "/api/v1/uploads/{id}", Call::UploadHead),
    call("PATCH", "/api/v1/uploads/{id}", Call::UploadPatch),
    call("DELETE", "/api/v1/uploads/{id}", Call::UploadDelete),
];

const fn call(method: &'static str, path: &'static str, call: Call) -> ApiAddress {
    ApiAddress {
        method,
        path,
        open: false,
        call,
    }
}

/// What is asked over FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interaction {
    Capabilities,
    Match,
    Search,
    SearchByForm,
    Read,
}

/// One address of FHIR, below [`FHIR_BASE`]. Those that are not open are for operators and tracing programs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FhirAddress {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) open: bool,
    pub(crate) interaction: Interaction,
}

/// Where FHIR begins.
pub(crate) const FHIR_BASE: &str = "/fhir/R4";

/// Every address of FHIR.
pub(crate) const FHIR: &[FhirAddress] = &[
    FhirAddress {
        open: true,
        ..fhir("GET", "metadata", Interaction::Capabilities)
    },
    fhir("POST", "Patient/$match", Interaction::Match),
    fhir("GET", "Patient", Interaction::Search),
    fhir("POST", "Patient/_search", Interaction::SearchByForm),
    fhir("GET", "Patient/{id}", Interaction::Read),
];

const fn fhir(method: &'static str, path: &'static str, interaction: Interaction) -> FhirAddress {
    FhirAddress {
        method,
        path,
        open: false,
        interaction,
    }
}
