-- After a backup was put back: when somebody said that what people had said after it was made was taken in again, and
-- who. Until then nobody is answered.
ALTER TABLE restores ADD COLUMN taken_in_at BIGINT;
ALTER TABLE restores ADD COLUMN taken_in_by TEXT;
