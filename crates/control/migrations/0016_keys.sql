-- Changes of keys, which need two people: who asked, who decided, what came of it. Names of domains and ids of keys,
-- never a value. Times are milliseconds since 1970.
CREATE TABLE key_requests (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    domain TEXT NOT NULL,
    change TEXT NOT NULL,
    key_id TEXT NOT NULL,
    why TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    approved BIGINT NOT NULL DEFAULT 0,
    done_at BIGINT
);
