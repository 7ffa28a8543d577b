-- Categories that a project corrected. Never changed but for the revocation, which is kept, and never deleted.
-- kind: function, module, dso or file; pattern: a glob over it. revoked_us 0: it holds.
CREATE TABLE category_override (
    tenant_id  TEXT NOT NULL,
    project    TEXT NOT NULL,
    id         TEXT NOT NULL,
    seq        @INT NOT NULL,
    kind       TEXT NOT NULL,
    pattern    TEXT NOT NULL,
    category   TEXT NOT NULL,
    reason     TEXT NOT NULL,
    given_by   TEXT NOT NULL,
    created_us @INT NOT NULL,
    revoked_by TEXT NOT NULL,
    revoked_us @INT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project) REFERENCES project (tenant_id, name)
) @STRICT;
CREATE UNIQUE INDEX category_override_by_project ON category_override (tenant_id, project, seq);
CREATE INDEX category_override_active ON category_override (tenant_id, project, revoked_us, seq);
