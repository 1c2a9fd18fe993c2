-- Backups while they are taken, and that they were: what a service that died has begun is found here and cleaned up.
-- Runs on H2 (PostgreSQL mode) and on PostgreSQL.

CREATE TABLE takings (
  -- The backup's id, also when nothing came of it.
  id                  UUID PRIMARY KEY,
  application         VARCHAR(200)  NOT NULL,
  -- The application while its backup is taken, else null: of one application only one is taken at a time.
  active_application  VARCHAR(200)  UNIQUE,
  filename            VARCHAR(300)  NOT NULL,
  status              VARCHAR(16)   NOT NULL,
  initiated_by        VARCHAR(200)  NOT NULL,
  started_through     VARCHAR(32)   NOT NULL,
  started_at          TIMESTAMP WITH TIME ZONE NOT NULL,
  -- Moved on while it is taken: one that does not move has died with its service.
  alive_at            TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at            TIMESTAMP WITH TIME ZONE,
  error               VARCHAR(8000),
  dumped_bytes        BIGINT        NOT NULL DEFAULT 0,
  -- Whether what it may have left in the stores is gone.
  tidied              BOOLEAN       NOT NULL DEFAULT FALSE,
  UNIQUE (application, filename)
);

CREATE INDEX takings_started_at ON takings (application, started_at);
