-- The roles of governance, in both tables whose CHECK lists them; neither database can change a CHECK in place.

CREATE TABLE positions_of_all_roles (
    username TEXT NOT NULL REFERENCES accounts (username),
    role TEXT NOT NULL CHECK (role IN (
        'submitter', 'operator', 'analyst', 'checker', 'ig_lead',
        'tracer', 'data_steward', 'asset_owner', 'caldicott_guardian', 'privacy_officer',
        'key_custodian', 'auditor', 'agreement_manager', 'clinician', 'administrator')),
    organisation TEXT NOT NULL,
    PRIMARY KEY (username, role, organisation)
);
INSERT INTO positions_of_all_roles (username, role, organisation)
    SELECT username, role, organisation FROM positions;
DROP TABLE positions;
ALTER TABLE positions_of_all_roles RENAME TO positions;

CREATE TABLE access_tokens_of_all_roles (
    token_digest TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN (
        'submitter', 'operator', 'analyst', 'checker', 'ig_lead',
        'tracer', 'data_steward', 'asset_owner', 'caldicott_guardian', 'privacy_officer',
        'key_custodian', 'auditor', 'agreement_manager', 'clinician', 'administrator')),
    organisation TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
INSERT INTO access_tokens_of_all_roles (token_digest, username, role, organisation, created_at, ends_at)
    SELECT token_digest, username, role, organisation, created_at, ends_at FROM access_tokens;
DROP TABLE access_tokens;
ALTER TABLE access_tokens_of_all_roles RENAME TO access_tokens;
CREATE INDEX access_tokens_by_username ON access_tokens (username);
