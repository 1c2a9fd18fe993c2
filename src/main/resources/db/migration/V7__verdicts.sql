-- What drills found of backups. A manifest says the same in the stores; this says it while no store takes the manifest, and for
-- foreign backups, which have none. Runs on H2 (PostgreSQL mode) and on PostgreSQL.

CREATE TABLE verdicts (
  backup_id    UUID          NOT NULL,
  application  VARCHAR(200)  NOT NULL,
  run          UUID          NOT NULL,
  at           TIMESTAMP WITH TIME ZONE NOT NULL,
  passed       BOOLEAN       NOT NULL,
  reason       VARCHAR(8000),
  PRIMARY KEY (backup_id, run)
);
