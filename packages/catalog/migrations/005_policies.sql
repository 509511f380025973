-- Up Migration
CREATE TABLE policies (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  kind text NOT NULL CHECK (kind IN ('logical')),
  source_id uuid NOT NULL REFERENCES sources,
  repository_id uuid NOT NULL REFERENCES repositories,
  copy_to uuid[] NOT NULL DEFAULT '{}',
  channel_ids uuid[] NOT NULL DEFAULT '{}',
  options jsonb NOT NULL DEFAULT '{}',
  spec jsonb NOT NULL,
  paused boolean NOT NULL DEFAULT false,
  pause_reason text,
  retention_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- What a schedule fired last. Its row is the lock by which of many workers one fires an occurrence.
CREATE TABLE schedule_states (
  policy_id uuid NOT NULL REFERENCES policies ON DELETE CASCADE,
  schedule text NOT NULL,
  cron text NOT NULL,
  time_zone text NOT NULL,
  -- Nothing before this moment is missed: made, changed or resumed then.
  since timestamptz NOT NULL,
  fired_for timestamptz,
  PRIMARY KEY (policy_id, schedule)
);

ALTER TABLE runs DROP CONSTRAINT runs_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_kind_check CHECK (kind IN
  ('backup', 'restore', 'probe', 'scan', 'verify', 'deep-verify', 'copy', 'undo', 'tidy', 'retention', 'remove', 'rekey', 'lifecycle'));
ALTER TABLE runs ADD COLUMN policy_id uuid REFERENCES policies ON DELETE SET NULL;
CREATE INDEX runs_of_policy ON runs (policy_id, created_at DESC) WHERE policy_id IS NOT NULL;
CREATE UNIQUE INDEX runs_one_retention_per_policy ON runs (policy_id)
  WHERE kind = 'retention' AND status IN ('queued', 'running');
CREATE UNIQUE INDEX runs_one_removal_per_backup ON runs (backup_id)
  WHERE kind = 'remove' AND status IN ('queued', 'running');
CREATE UNIQUE INDEX runs_one_rekey_per_backup ON runs ((params ->> 'backupId'))
  WHERE kind = 'rekey' AND status IN ('queued', 'running');

ALTER TABLE backups DROP CONSTRAINT backups_state_check;
ALTER TABLE backups ADD CONSTRAINT backups_state_check CHECK (state IN ('available', 'damaged', 'removing', 'removed'));
ALTER TABLE backups
  ADD COLUMN policy_id uuid REFERENCES policies ON DELETE SET NULL,
  ADD COLUMN reason text,
  ADD COLUMN keep_until timestamptz,
  ADD COLUMN locked_until timestamptz,
  ADD COLUMN rekey_of text,
  -- Why and for whom it is or was removed.
  ADD COLUMN removal jsonb,
  ADD COLUMN removing_since timestamptz,
  ADD COLUMN removed_at timestamptz;
CREATE INDEX backups_of_policy ON backups (policy_id, finished_at DESC) WHERE policy_id IS NOT NULL;
CREATE INDEX backups_removing ON backups (repository_id) WHERE state = 'removing';

CREATE TABLE holds (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  backup_id text NOT NULL REFERENCES backups,
  holder text NOT NULL,
  reason text NOT NULL,
  until timestamptz,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  released_at timestamptz,
  released_by text,
  release_reason text
);
CREATE INDEX holds_of_backup ON holds (backup_id) WHERE released_at IS NULL;
CREATE INDEX holds_newest ON holds (created_at DESC, id DESC);

-- Down Migration
DROP TABLE holds;
DELETE FROM restores WHERE backup_id IN (SELECT id FROM backups WHERE state IN ('removing', 'removed'));
DELETE FROM backups WHERE state IN ('removing', 'removed');
ALTER TABLE backups DROP COLUMN policy_id, DROP COLUMN reason, DROP COLUMN keep_until, DROP COLUMN locked_until,
  DROP COLUMN rekey_of, DROP COLUMN removal, DROP COLUMN removing_since, DROP COLUMN removed_at;
ALTER TABLE backups DROP CONSTRAINT backups_state_check;
ALTER TABLE backups ADD CONSTRAINT backups_state_check CHECK (state IN ('available', 'damaged'));
DROP INDEX runs_one_rekey_per_backup, runs_one_removal_per_backup, runs_one_retention_per_policy;
DELETE FROM runs WHERE kind IN ('retention', 'remove', 'rekey', 'lifecycle');
ALTER TABLE runs DROP COLUMN policy_id;
ALTER TABLE runs DROP CONSTRAINT runs_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_kind_check
  CHECK (kind IN ('backup', 'restore', 'probe', 'scan', 'verify', 'deep-verify', 'copy', 'undo', 'tidy'));
DROP TABLE schedule_states;
DROP TABLE policies;
