-- Control data. Runs unchanged on SQLite and on PostgreSQL: TEXT and BIGINT columns only, times in
-- milliseconds since 1970 (UTC), digests and secrets in hexadecimal, no generated keys.

CREATE TABLE accounts (
    username TEXT NOT NULL PRIMARY KEY,
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

-- Someone may hold several roles, and in several organisations; a session carries one of them.
CREATE TABLE positions (
    username TEXT NOT NULL REFERENCES accounts (username),
    role TEXT NOT NULL CHECK (role IN ('submitter', 'operator', 'analyst', 'checker', 'ig_lead')),
    organisation TEXT NOT NULL,
    PRIMARY KEY (username, role, organisation)
);

CREATE TABLE sessions (
    token_digest TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL REFERENCES accounts (username),
    csrf_secret TEXT NOT NULL,
    role TEXT NOT NULL,
    organisation TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_username ON sessions (username);

-- Failed sign-ins by the digest of the name typed, whether or not there is such an account, so that
-- a lock-out does not tell which accounts exist.
CREATE TABLE failed_sign_ins (
    name_digest TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_counted_at BIGINT NOT NULL
);

CREATE TABLE rate_limits (
    bucket_digest TEXT NOT NULL PRIMARY KEY,
    window_started_at BIGINT NOT NULL,
    window_ends_at BIGINT NOT NULL,
    used BIGINT NOT NULL
);

CREATE TABLE submissions (
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
    state TEXT NOT NULL CHECK (state IN ('received', 'landed', 'rejected', 'withdrawn')),
    settled_at BIGINT,
    rows_in BIGINT NOT NULL CHECK (rows_in >= 0),
    rows_landed BIGINT NOT NULL CHECK (rows_landed >= 0),
    rows_set_aside BIGINT NOT NULL CHECK (rows_set_aside >= 0),
    table_version BIGINT,
    summary TEXT NOT NULL,
    -- Every row is accounted for.
    CHECK (rows_in = rows_landed + rows_set_aside)
);
CREATE INDEX submissions_by_sender ON submissions (sender, received_at);

CREATE TABLE runs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'needs_person', 'failed')),
    code_version TEXT NOT NULL,
    inputs_digest TEXT NOT NULL
);
CREATE INDEX runs_by_start ON runs (started_at);
CREATE INDEX runs_by_inputs ON runs (kind, inputs_digest);

CREATE TABLE run_steps (
    run_id TEXT NOT NULL REFERENCES runs (id),
    name TEXT NOT NULL,
    place BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'needs_person', 'failed')),
    rows_in BIGINT,
    rows_out BIGINT,
    rows_set_aside BIGINT,
    started_at BIGINT,
    ended_at BIGINT,
    message TEXT,
    PRIMARY KEY (run_id, name)
);

-- The fence grows with each new holder, so that a holder whose time ran out cannot write any more.
-- Rows are never deleted: the fence has to survive.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    fence BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE releases (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    agreement TEXT NOT NULL,
    agreement_version TEXT NOT NULL,
    purpose TEXT NOT NULL,
    rule_set TEXT NOT NULL,
    table_json TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('in_review', 'released', 'returned', 'withdrawn'))
);
CREATE INDEX releases_by_state ON releases (state, created_at);

CREATE TABLE idempotency_keys (
    scope TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    answer TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (scope, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
