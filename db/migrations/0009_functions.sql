-- Where a project's CPU goes, by function, over its runs.

-- Every function that an analysis of the project ever listed. place: module or file without folders; file: as recorded.
CREATE TABLE function_name (
    tenant_id TEXT NOT NULL,
    project   TEXT NOT NULL,
    id        @INT NOT NULL,
    name      TEXT NOT NULL,
    place     TEXT NOT NULL,
    file      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, project, id),
    FOREIGN KEY (tenant_id, project) REFERENCES project (tenant_id, name)
) @STRICT;
CREATE UNIQUE INDEX function_by_name ON function_name (tenant_id, project, name, place);

-- Shares of the newest analysis of a run, in one value: two thousand rows a run would cost five times the room and a
-- transaction of their own weight. clock: cpu, or off where the run holds blocked time alone. shares: little-endian, n functions
-- by ascending id: u32 n, u32 id[n], f32 own[n], f32 with_callees[n], f32 effective_samples[n], u8 category[n], an index in the
-- comma-separated categories. profile_id: the upload that they are of. when_us: the run's first upload.
CREATE TABLE function_share (
    tenant_id  TEXT NOT NULL,
    project    TEXT NOT NULL,
    run        TEXT NOT NULL,
    revision   @INT NOT NULL,
    clock      TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    commit_id  TEXT NOT NULL,
    when_us    @INT NOT NULL,
    categories TEXT NOT NULL,
    shares     @BLOB NOT NULL,
    PRIMARY KEY (tenant_id, project, run),
    FOREIGN KEY (tenant_id, project, run) REFERENCES run (tenant_id, project, name)
) @STRICT;
CREATE INDEX function_share_by_time ON function_share (tenant_id, project, clock, when_us, run);
