-- One more role, in both tables whose CHECK lists them; neither database can change a CHECK in place.

CREATE TABLE positions_with_tracer (
    username TEXT NOT NULL REFERENCES accounts (username),
    role TEXT NOT NULL CHECK (role IN ('submitter', 'operator', 'analyst', 'checker', 'ig_lead', 'tracer')),
    organisation TEXT NOT NULL,
    PRIMARY KEY (username, role, organisation)
);
INSERT INTO positions_with_tracer (username, role, organisation)
    SELECT username, role, organisation FROM positions;
DROP TABLE positions;
ALTER TABLE positions_with_tracer RENAME TO positions;

CREATE TABLE access_tokens_with_tracer (
    token_digest TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('submitter', 'operator', 'analyst', 'checker', 'ig_lead', 'tracer')),
    organisation TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
INSERT INTO access_tokens_with_tracer (token_digest, username, role, organisation, created_at, ends_at)
    SELECT token_digest, username, role, organisation, created_at, ends_at FROM access_tokens;
DROP TABLE access_tokens;
ALTER TABLE access_tokens_with_tracer RENAME TO access_tokens;
CREATE INDEX access_tokens_by_username ON access_tokens (username);
