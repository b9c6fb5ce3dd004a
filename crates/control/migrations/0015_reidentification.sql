-- Re-identification for care, and break-glass. The same words as in 0001 hold here: times are milliseconds since
-- 1970, and neither a value of a person nor a pseudonym is anywhere below. A cohort is a sealed set that lies in the
-- analysis zone; here is its digest. An envelope is a sealed list that lies in the identified zone; here is when it
-- was sealed and when it ended. Facts are only added; states are worked out from them.

CREATE TABLE case_cohort (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    agreement TEXT NOT NULL,
    agreement_version TEXT NOT NULL,
    policy_digest TEXT NOT NULL,
    purpose TEXT NOT NULL,
    -- How it was found: in words, a line each, and as the question that was asked.
    words TEXT NOT NULL,
    question TEXT NOT NULL,
    -- The table by which it is looked up who may still be led back.
    reads TEXT NOT NULL,
    set_digest TEXT NOT NULL,
    -- How many people, as the disclosure rules let it be shown.
    size_shown TEXT NOT NULL,
    rule_set TEXT NOT NULL,
    data_versions TEXT NOT NULL,
    preference_snapshot TEXT,
    decision_id TEXT NOT NULL,
    made_by TEXT NOT NULL,
    organisation TEXT NOT NULL,
    made_at BIGINT NOT NULL
);
CREATE INDEX case_cohort_by_maker ON case_cohort (made_by, made_at);

-- `touched` grows with whatever happens to a request, so that two who act at once take turns.
CREATE TABLE case_request (
    id TEXT NOT NULL PRIMARY KEY,
    cohort TEXT NOT NULL REFERENCES case_cohort (id),
    agreement TEXT NOT NULL,
    agreement_version TEXT NOT NULL,
    policy_digest TEXT NOT NULL,
    purpose TEXT NOT NULL,
    set_digest TEXT NOT NULL,
    asked_digest TEXT NOT NULL,
    professional TEXT NOT NULL,
    organisation TEXT NOT NULL,
    relationship TEXT NOT NULL,
    evidence TEXT NOT NULL,
    reason TEXT NOT NULL,
    next_action TEXT NOT NULL,
    fields TEXT NOT NULL,
    days BIGINT NOT NULL CHECK (days > 0),
    requester TEXT NOT NULL,
    requester_organisation TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    approve_by BIGINT NOT NULL,
    withdrawn_at BIGINT,
    revoked_at BIGINT,
    revoked_by TEXT,
    revoked_reason TEXT,
    touched BIGINT NOT NULL,
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX case_request_by_time ON case_request (asked_at);

-- One judgement of a person and one of a role: two approvals are always of two people and of two roles.
CREATE TABLE case_judgement (
    request TEXT NOT NULL REFERENCES case_request (id),
    judged_by TEXT NOT NULL,
    role TEXT NOT NULL,
    organisation TEXT NOT NULL,
    approves BIGINT NOT NULL CHECK (approves IN (0, 1)),
    reason TEXT NOT NULL,
    saw_digest TEXT NOT NULL,
    judged_at BIGINT NOT NULL,
    PRIMARY KEY (request, judged_by),
    UNIQUE (request, role)
);

CREATE TABLE case_envelope (
    request TEXT NOT NULL PRIMARY KEY REFERENCES case_request (id),
    -- The name of its key and its folder.
    seal TEXT NOT NULL UNIQUE,
    content_digest TEXT NOT NULL,
    sealed_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    rows_in BIGINT NOT NULL,
    not_open_now BIGINT NOT NULL,
    no_relationship BIGINT NOT NULL,
    not_found BIGINT NOT NULL,
    preference_snapshot TEXT,
    decision_id TEXT NOT NULL,
    closed_at BIGINT,
    destroyed_at BIGINT
);

CREATE TABLE case_reading (
    request TEXT NOT NULL REFERENCES case_request (id),
    turn BIGINT NOT NULL CHECK (turn > 0),
    read_by TEXT NOT NULL,
    read_at BIGINT NOT NULL,
    rows_shown BIGINT NOT NULL,
    PRIMARY KEY (request, turn)
);

-- What came of a contact, by the line of the list; the latest of a line holds. `told` says that it has reached the
-- analysis zone.
CREATE TABLE case_outcome (
    request TEXT NOT NULL REFERENCES case_request (id),
    line BIGINT NOT NULL CHECK (line > 0),
    turn BIGINT NOT NULL CHECK (turn > 0),
    outcome TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (request, line, turn)
);

-- Break-glass: one person's records for one professional, for so many minutes, with a second person's word, and
-- looked at afterwards. The person is a keyed token.
CREATE TABLE break_glass (
    id TEXT NOT NULL PRIMARY KEY,
    person_token TEXT NOT NULL,
    emergency TEXT NOT NULL,
    professional TEXT NOT NULL,
    organisation TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    asked_digest TEXT NOT NULL,
    approve_by BIGINT NOT NULL,
    minutes BIGINT NOT NULL CHECK (minutes > 0),
    judged_by TEXT,
    judged_role TEXT,
    approves BIGINT CHECK (approves IN (0, 1)),
    judged_reason TEXT,
    judged_at BIGINT,
    opened_at BIGINT,
    readings BIGINT NOT NULL,
    ended_at BIGINT,
    review_by BIGINT,
    reviewed_by TEXT,
    reviewed_at BIGINT,
    justified BIGINT CHECK (justified IN (0, 1)),
    review_words TEXT,
    CHECK ((judged_by IS NULL) = (approves IS NULL)),
    CHECK ((reviewed_by IS NULL) = (justified IS NULL))
);
CREATE INDEX break_glass_by_time ON break_glass (asked_at);
