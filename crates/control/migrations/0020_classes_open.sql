-- Which classes of data a session has opened: words with a space between them. Identified and pseudonymised data are
-- never opened in one session.
ALTER TABLE sessions ADD COLUMN classes_open TEXT NOT NULL DEFAULT '';
