-- What people are told because it touches what they did: a correction of links behind a release of theirs. Times are
-- milliseconds since 1970. `about` names the event, so that nobody is told of one twice.
CREATE TABLE notices (
    username TEXT NOT NULL,
    about TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    words TEXT NOT NULL,
    href TEXT NOT NULL,
    read_at BIGINT,
    PRIMARY KEY (username, about)
);
