-- Where the time of an analysis went, beside its CPU share: what trends over runs show. JSON, of http/trend.h;
-- '' in analyses made before, whose document is read instead.
ALTER TABLE analysis ADD COLUMN trend TEXT NOT NULL DEFAULT '';
