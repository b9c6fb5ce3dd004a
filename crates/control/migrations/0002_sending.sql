-- The road from file to receipt: attempts, declarations, withdrawal, tokens for machines, uploads in parts.
-- The list of states of a submission grows, and neither database changes a CHECK alike, so the table is made anew.

CREATE TABLE submissions_with_declarations (
    id TEXT NOT NULL PRIMARY KEY,
    dataset TEXT NOT NULL,
    sender TEXT NOT NULL,
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL CHECK (bytes >= 0),
    received_at BIGINT NOT NULL,
    received_by TEXT NOT NULL,
    specification_version TEXT NOT NULL,
    engine_version TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('received', 'checked', 'landed', 'rejected', 'withdrawn', 'replaced', 'expired')),
    settled_at BIGINT,
    rows_in BIGINT NOT NULL CHECK (rows_in >= 0),
    rows_landed BIGINT NOT NULL CHECK (rows_landed >= 0),
    rows_set_aside BIGINT NOT NULL CHECK (rows_set_aside >= 0),
    table_version BIGINT,
    summary TEXT NOT NULL,
    -- Whether it lands without a declaration, as an operator's does.
    straight BIGINT NOT NULL,
    -- The period that the sender states, as days, and the window that asks for it.
    window_name TEXT,
    period_from TEXT,
    period_to TEXT,
    -- Rows that are written and wait for the declaration.
    parked_file TEXT,
    parked_bytes BIGINT,
    confirmed_at BIGINT,
    confirmed_by TEXT,
    late BIGINT NOT NULL,
    partial BIGINT NOT NULL,
    replaced_by TEXT,
    -- Every row is accounted for.
    CHECK (rows_in = rows_landed + rows_set_aside)
);
INSERT INTO submissions_with_declarations
    (id, dataset, sender, file_name, sha256, bytes, received_at, received_by, specification_version,
     engine_version, state, settled_at, rows_in, rows_landed, rows_set_aside, table_version, summary,
     straight, late, partial)
    SELECT id, dataset, sender, file_name, sha256, bytes, received_at, received_by, specification_version,
        engine_version, state, settled_at, rows_in, rows_landed, rows_set_aside, table_version, summary,
        1, 0, 0
    FROM submissions;
DROP TABLE submissions;
ALTER TABLE submissions_with_declarations RENAME TO submissions;
CREATE INDEX submissions_by_sender ON submissions (sender, received_at);
CREATE INDEX submissions_by_file ON submissions (sha256);

-- What a machine signs in with: only the digest is kept. Bound to one role and one organisation.
CREATE TABLE access_tokens (
    token_digest TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('submitter', 'operator', 'analyst', 'checker', 'ig_lead')),
    organisation TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_by_username ON access_tokens (username);

-- Files on their way in parts. The parts are in the identified zone.
CREATE TABLE uploads (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    organisation TEXT NOT NULL,
    dataset TEXT NOT NULL,
    file_name TEXT NOT NULL,
    window_name TEXT,
    period_from TEXT,
    period_to TEXT,
    bytes BIGINT NOT NULL CHECK (bytes >= 0),
    created_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    submission TEXT
);
CREATE INDEX uploads_by_end ON uploads (ends_at);
