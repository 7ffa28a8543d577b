-- What watched conditions of a decision are read over: one row a standing decision, made when it was first looked at.
-- facts: JSON object of the decision's own. evidence_us: time of its oldest evidence, 0 none. stale: why it is, '' it is not.
CREATE TABLE watch_basis (
    tenant_id   TEXT NOT NULL,
    project     TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    run         TEXT NOT NULL,
    scenario    TEXT NOT NULL,
    goal        TEXT NOT NULL,
    made_us     @INT NOT NULL,
    evidence_us @INT NOT NULL,
    facts       TEXT NOT NULL,
    stale       TEXT NOT NULL,
    PRIMARY KEY (tenant_id, project, decision_id),
    FOREIGN KEY (tenant_id, project) REFERENCES project (tenant_id, name)
) @STRICT;

-- A condition stands once: two that look at the same decision at the same time make one row.
CREATE UNIQUE INDEX watch_item ON watch (tenant_id, project, decision, origin, item, removed_us);
