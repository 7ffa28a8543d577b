-- What lists show as the answer, in words; '' in analyses made before, for which the verdict's words do.
ALTER TABLE analysis ADD COLUMN headline TEXT NOT NULL DEFAULT '';
