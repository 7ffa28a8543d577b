-- Projects, runs (evidence sets), profiles (uploads) and analyses.
-- Dialect: @INT @REAL @BLOB @STRICT are replaced for the engine in use. Times are microseconds since 1970, UTC.

CREATE TABLE project (
    tenant_id  TEXT NOT NULL,
    name       TEXT NOT NULL,
    created_us @INT NOT NULL,
    PRIMARY KEY (tenant_id, name)
) @STRICT;

-- One evidence set. changed_us: the last time its files or facts changed; it is the `as_of` of the next analysis.
-- revision: the last one given out; a run that takes in a profile from another run continues above both.
CREATE TABLE run (
    tenant_id  TEXT NOT NULL,
    project    TEXT NOT NULL,
    name       TEXT NOT NULL,
    created_us @INT NOT NULL,
    changed_us @INT NOT NULL,
    revision   @INT NOT NULL,
    PRIMARY KEY (tenant_id, project, name),
    FOREIGN KEY (tenant_id, project) REFERENCES project (tenant_id, name)
) @STRICT;
CREATE INDEX run_by_change ON run (tenant_id, project, changed_us, name);

-- One upload. identity: SHA-256 over content hash, format, clock, rate, duration and process as given; with project
-- and run it names the upload. kind: format that was found. status: queued, running, done, failed.
CREATE TABLE profile (
    tenant_id   TEXT NOT NULL,
    id          TEXT NOT NULL,
    project     TEXT NOT NULL,
    run         TEXT NOT NULL,
    identity    TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    size_bytes  @INT NOT NULL,
    name        TEXT NOT NULL,
    format      TEXT NOT NULL,
    clock       TEXT NOT NULL,
    rate_hz     @REAL,
    duration_s  @REAL,
    process     TEXT NOT NULL,
    runtime     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    commit_id   TEXT NOT NULL,
    branch      TEXT NOT NULL,
    scenario    TEXT NOT NULL,
    status      TEXT NOT NULL,
    error_code  @INT NOT NULL,
    error_text  TEXT NOT NULL,
    created_us  @INT NOT NULL,
    changed_us  @INT NOT NULL,
    raw_kept    @INT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project, run) REFERENCES run (tenant_id, project, name)
) @STRICT;
CREATE UNIQUE INDEX profile_identity ON profile (tenant_id, project, run, identity);
CREATE INDEX profile_by_time ON profile (tenant_id, project, created_us, id);
CREATE INDEX profile_by_status ON profile (tenant_id, status);

CREATE TABLE profile_label (
    tenant_id  TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, profile_id, name),
    FOREIGN KEY (tenant_id, profile_id) REFERENCES profile (tenant_id, id)
) @STRICT;

-- Facts declared with an upload.
CREATE TABLE profile_fact (
    tenant_id  TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, profile_id, name),
    FOREIGN KEY (tenant_id, profile_id) REFERENCES profile (tenant_id, id)
) @STRICT;

-- Facts declared for a whole run, by the form of its report.
CREATE TABLE run_fact (
    tenant_id TEXT NOT NULL,
    project   TEXT NOT NULL,
    run       TEXT NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    given_by  TEXT NOT NULL,
    given_us  @INT NOT NULL,
    PRIMARY KEY (tenant_id, project, run, name),
    FOREIGN KEY (tenant_id, project, run) REFERENCES run (tenant_id, project, name)
) @STRICT;

-- The exact bytes of an upload, in parts of at most 1 MiB from 0.
CREATE TABLE raw (
    tenant_id  TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    part       @INT NOT NULL,
    bytes      @BLOB NOT NULL,
    PRIMARY KEY (tenant_id, profile_id, part),
    FOREIGN KEY (tenant_id, profile_id) REFERENCES profile (tenant_id, id)
) @STRICT;

-- What the upload's files hold, one row a file: the column blob of profile/codec.h.
CREATE TABLE artefact (
    tenant_id  TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    part       @INT NOT NULL,
    kind       TEXT NOT NULL,
    bytes      @BLOB NOT NULL,
    PRIMARY KEY (tenant_id, profile_id, part),
    FOREIGN KEY (tenant_id, profile_id) REFERENCES profile (tenant_id, id)
) @STRICT;

-- One revision of a run's analysis; never changed. The columns beside doc are what lists show.
CREATE TABLE analysis (
    tenant_id  TEXT NOT NULL,
    project    TEXT NOT NULL,
    run        TEXT NOT NULL,
    revision   @INT NOT NULL,
    input_key  TEXT NOT NULL,
    gate       TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    summary    TEXT NOT NULL,
    cpu_lo     @REAL,
    cpu_est    @REAL,
    cpu_hi     @REAL,
    created_us @INT NOT NULL,
    doc        TEXT NOT NULL,
    PRIMARY KEY (tenant_id, project, run, revision),
    FOREIGN KEY (tenant_id, project, run) REFERENCES run (tenant_id, project, name)
) @STRICT;

-- Which uploads a revision was made of: what /profiles/{id}?rev=N resolves by, also after the upload joined another run.
CREATE TABLE analysis_member (
    tenant_id  TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    revision   @INT NOT NULL,
    project    TEXT NOT NULL,
    run        TEXT NOT NULL,
    PRIMARY KEY (tenant_id, profile_id, revision),
    FOREIGN KEY (tenant_id, profile_id) REFERENCES profile (tenant_id, id)
) @STRICT;
CREATE INDEX analysis_member_by_run ON analysis_member (tenant_id, project, run, revision);
