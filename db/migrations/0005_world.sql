-- What is told about a project besides its profiles: facts of the world, its policies, what re-opens its decisions.

-- Facts as they were given; never changed. seq counts within the project. scope: project, run=R, scenario=S or commit=C.
-- value: a number, a text, or null (unknown again). unit, lo, hi, source: as stated. time_us: when it was so.
CREATE TABLE fact (
    tenant_id TEXT NOT NULL,
    project   TEXT NOT NULL,
    seq       @INT NOT NULL,
    scope     TEXT NOT NULL,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    unit      TEXT NOT NULL,
    lo        @REAL,
    hi        @REAL,
    source    TEXT NOT NULL,
    time_us   @INT NOT NULL,
    given_by  TEXT NOT NULL,
    given_us  @INT NOT NULL,
    PRIMARY KEY (tenant_id, project, seq),
    FOREIGN KEY (tenant_id, project) REFERENCES project (tenant_id, name)
) @STRICT;
CREATE INDEX fact_by_time ON fact (tenant_id, project, name, time_us, seq);

-- Which of them holds now: the latest by time, of equal times the one that came last.
CREATE TABLE fact_now (
    tenant_id TEXT NOT NULL,
    project   TEXT NOT NULL,
    scope     TEXT NOT NULL,
    name      TEXT NOT NULL,
    seq       @INT NOT NULL,
    time_us   @INT NOT NULL,
    PRIMARY KEY (tenant_id, project, scope, name),
    FOREIGN KEY (tenant_id, project, seq) REFERENCES fact (tenant_id, project, seq)
) @STRICT;

-- Versions of a project's own document (schema stet/project/1), from 1; the highest holds. origin: api or upload.
-- protected: set by somebody who may write; an upload alone does not replace it.
CREATE TABLE project_policy (
    tenant_id TEXT NOT NULL,
    project   TEXT NOT NULL,
    version   @INT NOT NULL,
    sha256    TEXT NOT NULL,
    doc       TEXT NOT NULL,
    origin    TEXT NOT NULL,
    protected @INT NOT NULL,
    given_by  TEXT NOT NULL,
    given_us  @INT NOT NULL,
    PRIMARY KEY (tenant_id, project, version),
    FOREIGN KEY (tenant_id, project) REFERENCES project (tenant_id, name)
) @STRICT;

-- What is watched. decision '' = all decisions of the project. origin: decision, policy or api; item: its id there.
-- kind: condition, share, date, manual. component: JSON array of frame globs, '' none; share_*: its share of CPU when an
-- upload was last analysed. state: clear, fired, unknown; fact, now, line: the comparison that decided it.
CREATE TABLE watch (
    tenant_id  TEXT NOT NULL,
    id         TEXT NOT NULL,
    project    TEXT NOT NULL,
    decision   TEXT NOT NULL,
    origin     TEXT NOT NULL,
    item       TEXT NOT NULL,
    title      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    condition  TEXT NOT NULL,
    component  TEXT NOT NULL,
    date_us    @INT NOT NULL,
    share_lo   @REAL,
    share_est  @REAL,
    share_hi   @REAL,
    native_lo  @REAL,
    native_est @REAL,
    native_hi  @REAL,
    gain_lo    @REAL,
    gain_est   @REAL,
    gain_hi    @REAL,
    state      TEXT NOT NULL,
    since_us   @INT NOT NULL,
    fact       TEXT NOT NULL,
    now        @REAL,
    line       @REAL,
    note       TEXT NOT NULL,
    given_by   TEXT NOT NULL,
    created_us @INT NOT NULL,
    removed_us @INT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project) REFERENCES project (tenant_id, name)
) @STRICT;
CREATE INDEX watch_by_project ON watch (tenant_id, project, removed_us, created_us, id);
CREATE INDEX watch_by_decision ON watch (tenant_id, decision);

-- FIRED and CLEARED, each with its number; never changed. seq counts within the project.
CREATE TABLE watch_log (
    tenant_id TEXT NOT NULL,
    project   TEXT NOT NULL,
    seq       @INT NOT NULL,
    watch_id  TEXT NOT NULL,
    decision  TEXT NOT NULL,
    event     TEXT NOT NULL,
    title     TEXT NOT NULL,
    fact      TEXT NOT NULL,
    now       @REAL,
    line      @REAL,
    note      TEXT NOT NULL,
    given_by  TEXT NOT NULL,
    at_us     @INT NOT NULL,
    PRIMARY KEY (tenant_id, project, seq),
    FOREIGN KEY (tenant_id, watch_id) REFERENCES watch (tenant_id, id)
) @STRICT;
