-- Who somebody is and how sure that is: second factors, facts, what a second person decides, providers, machines, and
-- the directory that tells of leavers. Times in milliseconds since 1970, digests in hexadecimal, as everywhere.

-- `id` names a person in addresses and to a directory; `invented` marks the people of a demonstration place.
ALTER TABLE accounts ADD COLUMN id TEXT;
ALTER TABLE accounts ADD COLUMN invented BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE accounts ADD COLUMN changed_at BIGINT;
CREATE UNIQUE INDEX accounts_by_id ON accounts (id);

-- `id` names a session to its own person without telling its token.
ALTER TABLE sessions ADD COLUMN id TEXT;
ALTER TABLE sessions ADD COLUMN assurance TEXT NOT NULL DEFAULT 'aal1';
ALTER TABLE sessions ADD COLUMN provider TEXT;

-- Somebody whose password was right and whose code is still to come.
CREATE TABLE sign_in_steps (
    token_digest TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL REFERENCES accounts (username),
    created_at BIGINT NOT NULL
);

-- The secret is sealed under the accounts' key and the name; codes of `last_step` and before are used up.
CREATE TABLE second_factors (
    username TEXT NOT NULL PRIMARY KEY REFERENCES accounts (username),
    secret TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    username TEXT NOT NULL REFERENCES accounts (username),
    code_digest TEXT NOT NULL,
    PRIMARY KEY (username, code_digest)
);

-- Facts that decisions ask. Nothing is overwritten: the highest version of a fact holds; an empty value takes it back.
CREATE TABLE person_facts (
    username TEXT NOT NULL REFERENCES accounts (username),
    fact TEXT NOT NULL CHECK (fact IN ('employer', 'employed_until', 'trained_until')),
    version BIGINT NOT NULL,
    value TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT NOT NULL,
    PRIMARY KEY (username, fact, version)
);

-- What a second person decides. Nobody decides what they asked for, nor anything about themselves.
CREATE TABLE account_requests (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('give_role', 'reset_second_factor')),
    username TEXT NOT NULL REFERENCES accounts (username),
    role TEXT,
    organisation TEXT,
    reason TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'refused', 'withdrawn')),
    decided_by TEXT,
    decided_at BIGINT,
    CHECK (asked_by <> username),
    CHECK (state IN ('waiting', 'withdrawn')
        OR (decided_by IS NOT NULL AND decided_by <> asked_by AND decided_by <> username))
);
CREATE INDEX account_requests_by_state ON account_requests (state, asked_at);

-- A link with which a new person chooses a password, once.
CREATE TABLE invitations (
    token_digest TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL REFERENCES accounts (username),
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    ends_at BIGINT NOT NULL
);

-- Somebody who was sent to a provider and has not come back. Taken away when they do, so that no answer counts twice.
CREATE TABLE provider_sign_ins (
    state_digest TEXT NOT NULL PRIMARY KEY,
    browser_digest TEXT NOT NULL,
    provider TEXT NOT NULL,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    next TEXT,
    created_at BIGINT NOT NULL
);

-- Who a provider's person is here.
CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    username TEXT NOT NULL REFERENCES accounts (username),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_by_username ON identities (username);

-- Programs that show signed assertions. A key is never changed: it is added, and ends.
CREATE TABLE machines (
    client_id TEXT NOT NULL PRIMARY KEY,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL,
    organisation TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    disabled_at BIGINT
);
CREATE TABLE machine_keys (
    client_id TEXT NOT NULL REFERENCES machines (client_id),
    key_id TEXT NOT NULL,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('ES256', 'EdDSA', 'RS256', 'tls')),
    public_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (client_id, key_id)
);
CREATE TABLE used_assertions (
    client_id TEXT NOT NULL,
    jti_digest TEXT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, jti_digest)
);

-- A directory of people, which makes and ends accounts over SCIM.
CREATE TABLE directories (
    name TEXT NOT NULL PRIMARY KEY,
    credential_digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX directories_by_credential ON directories (credential_digest);
CREATE TABLE directory_users (
    username TEXT NOT NULL PRIMARY KEY REFERENCES accounts (username),
    directory TEXT NOT NULL REFERENCES directories (name),
    user_name TEXT NOT NULL,
    external_id TEXT,
    -- The directory's own word: an account that an administrator disabled does not come back by it.
    active BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    gone_at BIGINT
);
CREATE INDEX directory_users_by_directory ON directory_users (directory, username);
CREATE TABLE directory_groups (
    id TEXT NOT NULL PRIMARY KEY,
    directory TEXT NOT NULL REFERENCES directories (name),
    display_name TEXT NOT NULL,
    external_id TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX directory_groups_by_name ON directory_groups (directory, display_name);
CREATE TABLE directory_members (
    group_id TEXT NOT NULL REFERENCES directory_groups (id),
    username TEXT NOT NULL REFERENCES accounts (username),
    PRIMARY KEY (group_id, username)
);
CREATE INDEX directory_members_by_username ON directory_members (username);
