-- Up Migration
CREATE TABLE runs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text NOT NULL CHECK (kind IN ('backup', 'restore', 'probe', 'scan')),
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  source_id uuid REFERENCES sources ON DELETE SET NULL,
  repository_id uuid REFERENCES repositories ON DELETE SET NULL,
  backup_id text,
  restore_id uuid,
  params jsonb NOT NULL DEFAULT '{}',
  claimed_by text,
  -- Raised by every claim: a worker that writes with an older one has lost the run.
  fence bigint NOT NULL DEFAULT 0,
  heartbeat_at timestamptz,
  attempt integer NOT NULL DEFAULT 0,
  max_attempts integer NOT NULL CHECK (max_attempts > 0),
  phase text,
  progress jsonb,
  error jsonb,
  requested_by text NOT NULL,
  request_id text,
  cancel_requested_at timestamptz,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz
);
CREATE INDEX runs_newest ON runs (created_at DESC, id DESC);
CREATE INDEX runs_unfinished ON runs (status) WHERE status IN ('queued', 'running');
-- One running backup of a source: the claim that would make a second one fails.
CREATE UNIQUE INDEX runs_one_backup_per_source ON runs (source_id) WHERE kind = 'backup' AND status = 'running';

CREATE TABLE run_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  type text NOT NULL,
  attempt integer NOT NULL,
  worker text,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX run_events_of_run ON run_events (run_id, id);

CREATE TABLE backups (
  id text PRIMARY KEY,
  source_id uuid NOT NULL REFERENCES sources,
  repository_id uuid NOT NULL REFERENCES repositories,
  run_id uuid REFERENCES runs ON DELETE SET NULL,
  kind text NOT NULL,
  state text NOT NULL DEFAULT 'available' CHECK (state IN ('available', 'damaged')),
  name text,
  labels jsonb NOT NULL DEFAULT '{}',
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  plain_bytes bigint NOT NULL CHECK (plain_bytes >= 0),
  stored_bytes bigint NOT NULL CHECK (stored_bytes >= 0),
  server_version text NOT NULL,
  manifest jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX backups_of_source ON backups (source_id, kind, finished_at DESC);
CREATE INDEX backups_newest ON backups (created_at DESC, id DESC);

CREATE TABLE restores (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  backup_id text NOT NULL REFERENCES backups,
  run_id uuid NOT NULL REFERENCES runs,
  target_source_id uuid NOT NULL REFERENCES sources,
  target_database text NOT NULL,
  dry_run boolean NOT NULL,
  options jsonb NOT NULL DEFAULT '{}',
  plan jsonb,
  result jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX restores_newest ON restores (created_at DESC, id DESC);

-- Down Migration
DROP TABLE restores;
DROP TABLE backups;
DROP TABLE run_events;
DROP TABLE runs;
