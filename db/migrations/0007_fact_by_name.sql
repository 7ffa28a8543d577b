-- Facts are listed by name, then scope.
CREATE INDEX fact_now_by_name ON fact_now (tenant_id, project, name, scope);
