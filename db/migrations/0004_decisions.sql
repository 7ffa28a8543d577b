-- Proposals, decisions, and the ledger: one chain of entries a project, in which nothing is ever changed.

-- status: open, settled (its decision was accepted or rejected), withdrawn. version: the newest.
CREATE TABLE proposal (
    tenant_id  TEXT NOT NULL,
    id         TEXT NOT NULL,
    project    TEXT NOT NULL,
    version    @INT NOT NULL,
    status     TEXT NOT NULL,
    created_us @INT NOT NULL,
    changed_us @INT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project) REFERENCES project (tenant_id, name)
) @STRICT;
CREATE INDEX proposal_by_time ON proposal (tenant_id, project, created_us, id);

-- The text as it was sent; an edit is a new version, the old ones stay. sha256: of the text.
CREATE TABLE proposal_version (
    tenant_id   TEXT NOT NULL,
    proposal_id TEXT NOT NULL,
    version     @INT NOT NULL,
    title       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    goal        TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    given_by    TEXT NOT NULL,
    created_us  @INT NOT NULL,
    doc         TEXT NOT NULL,
    PRIMARY KEY (tenant_id, proposal_id, version),
    FOREIGN KEY (tenant_id, proposal_id) REFERENCES proposal (tenant_id, id)
) @STRICT;

-- One decision; never changed but for status (proposed, accepted, rejected, reopened), stale and superseded_by, which
-- repeat what the ledger says. frozen: all inputs of doc. input_key: SHA-256 over what went in. ledger_seq: its entry.
CREATE TABLE decision (
    tenant_id        TEXT NOT NULL,
    id               TEXT NOT NULL,
    project          TEXT NOT NULL,
    proposal_id      TEXT NOT NULL,
    proposal_version @INT NOT NULL,
    run              TEXT NOT NULL,
    created_us       @INT NOT NULL,
    made_by          TEXT NOT NULL,
    input_key        TEXT NOT NULL,
    verdict          TEXT NOT NULL,
    gate             TEXT NOT NULL,
    summary          TEXT NOT NULL,
    frozen           TEXT NOT NULL,
    doc              TEXT NOT NULL,
    ledger_seq       @INT NOT NULL,
    status           TEXT NOT NULL,
    stale            @INT NOT NULL,
    superseded_by    TEXT NOT NULL,
    changed_us       @INT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, proposal_id) REFERENCES proposal (tenant_id, id)
) @STRICT;
CREATE INDEX decision_by_proposal ON decision (tenant_id, proposal_id, ledger_seq);
CREATE INDEX decision_by_project ON decision (tenant_id, project, ledger_seq);

-- What a decision rests on, one row a file. upload_sha256: of the upload's bytes; artefact_sha256: of what was read from it.
CREATE TABLE decision_evidence (
    tenant_id       TEXT NOT NULL,
    decision_id     TEXT NOT NULL,
    profile_id      TEXT NOT NULL,
    part            @INT NOT NULL,
    upload_sha256   TEXT NOT NULL,
    artefact_sha256 TEXT NOT NULL,
    PRIMARY KEY (tenant_id, decision_id, profile_id, part),
    FOREIGN KEY (tenant_id, decision_id) REFERENCES decision (tenant_id, id)
) @STRICT;
CREATE INDEX decision_evidence_by_profile ON decision_evidence (tenant_id, profile_id);

-- Texts and blobs that decisions rest on, by their SHA-256: packs, a project's own rules, an artefact that was read anew
-- after it had been decided on.
CREATE TABLE kept (
    tenant_id TEXT NOT NULL,
    sha256    TEXT NOT NULL,
    bytes     @BLOB NOT NULL,
    PRIMARY KEY (tenant_id, sha256)
) @STRICT;

-- hash = SHA-256 of prev, then body. seq counts from 1 without a gap. body: canonical JSON that repeats the columns.
CREATE TABLE ledger (
    tenant_id TEXT NOT NULL,
    project   TEXT NOT NULL,
    seq       @INT NOT NULL,
    kind      TEXT NOT NULL,
    ref       TEXT NOT NULL,
    given_by  TEXT NOT NULL,
    at_us     @INT NOT NULL,
    body      TEXT NOT NULL,
    prev      TEXT NOT NULL,
    hash      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, project, seq),
    FOREIGN KEY (tenant_id, project) REFERENCES project (tenant_id, name)
) @STRICT;
CREATE INDEX ledger_by_ref ON ledger (tenant_id, ref, seq);
CREATE INDEX ledger_by_kind ON ledger (tenant_id, project, kind, seq);

-- The newest entry of each chain: a chain that was cut off at its end shows.
CREATE TABLE ledger_head (
    tenant_id TEXT NOT NULL,
    project   TEXT NOT NULL,
    seq       @INT NOT NULL,
    hash      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, project),
    FOREIGN KEY (tenant_id, project) REFERENCES project (tenant_id, name)
) @STRICT;
