-- Access tokens and report links. Neither holds a secret: only the SHA-256 of one.

-- scopes: words of upload, read, write, admin, separated by commas. project '' = all. Times 0 = never.
CREATE TABLE token (
    tenant_id  TEXT NOT NULL,
    id         TEXT NOT NULL,
    hash       TEXT NOT NULL,
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    project    TEXT NOT NULL,
    created_us @INT NOT NULL,
    expires_us @INT NOT NULL,
    revoked_us @INT NOT NULL,
    PRIMARY KEY (tenant_id, id)
) @STRICT;
CREATE UNIQUE INDEX token_by_hash ON token (tenant_id, hash);

CREATE TABLE share (
    tenant_id  TEXT NOT NULL,
    hash       TEXT NOT NULL,
    project    TEXT NOT NULL,
    run        TEXT NOT NULL,
    revision   @INT NOT NULL,
    created_us @INT NOT NULL,
    expires_us @INT NOT NULL,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, project, run, revision) REFERENCES analysis (tenant_id, project, run, revision)
) @STRICT;
