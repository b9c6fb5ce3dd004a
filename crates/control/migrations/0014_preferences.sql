-- Preferences: what is known about lists and cases, and what releases were made from. No NHS number is here: people
-- are keyed tokens and counts, and the lists themselves are encrypted in the identified zone.

-- A list that was sent to be cleaned, and what came back. The files are in the vault of the identified zone, under
-- `request_file` and `answer_file`; `digest` is keyed.
CREATE TABLE preference_lists (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'answered', 'replaced')),
    requested_at BIGINT NOT NULL,
    requested_by TEXT NOT NULL,
    request_file TEXT NOT NULL,
    count_in BIGINT NOT NULL CHECK (count_in > 0),
    message TEXT,
    answered_at BIGINT,
    answered_by TEXT,
    answer_file TEXT,
    count_out BIGINT CHECK (count_out >= 0 AND count_out <= count_in),
    digest TEXT,
    expires_at BIGINT,
    CHECK ((answered_at IS NULL) = (answer_file IS NULL)),
    CHECK ((answered_at IS NULL) = (count_out IS NULL)),
    CHECK ((answered_at IS NULL) = (digest IS NULL)),
    CHECK ((answered_at IS NULL) = (expires_at IS NULL)),
    CHECK (state <> 'answered' OR answered_at IS NOT NULL)
);

-- What one person said, taken in one at a time. `subject` is a keyed token of the person's number.
CREATE TABLE preference_cases (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    programme TEXT NOT NULL,
    channel TEXT NOT NULL,
    reason TEXT NOT NULL,
    wording TEXT NOT NULL,
    said_on TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    taken_by TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'upheld', 'not_upheld', 'holds', 'withdrawn')),
    decided_at BIGINT,
    decided_by TEXT,
    decision TEXT NOT NULL,
    review_on TEXT,
    withdrawn_on TEXT,
    on_withdrawal TEXT NOT NULL CHECK (on_withdrawal IN ('', 'stop_future', 'erase')),
    -- Nobody decides a case that they took in.
    CHECK (decided_by IS NULL OR decided_by <> taken_by),
    CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CHECK (state NOT IN ('upheld', 'not_upheld') OR decided_at IS NOT NULL)
);
CREATE INDEX preference_cases_by_subject ON preference_cases (subject, number);

-- What a release was made from: the tables with their versions, the state of preferences, and which kinds left people
-- out. Two releases that differ in nothing else would tell who opted out.
CREATE TABLE release_bases (
    release_id TEXT NOT NULL PRIMARY KEY,
    tables TEXT NOT NULL,
    preference_state TEXT NOT NULL,
    preference_policy TEXT NOT NULL,
    held_because TEXT NOT NULL
);
