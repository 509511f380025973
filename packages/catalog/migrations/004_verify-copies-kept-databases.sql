-- Up Migration
ALTER TABLE runs DROP CONSTRAINT runs_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_kind_check
  CHECK (kind IN ('backup', 'restore', 'probe', 'scan', 'verify', 'deep-verify', 'copy', 'undo', 'tidy'));
-- What workers start by themselves is started once, however many of them there are.
CREATE UNIQUE INDEX runs_one_verify_per_backup ON runs (backup_id)
  WHERE kind IN ('verify', 'deep-verify') AND status IN ('queued', 'running');
CREATE UNIQUE INDEX runs_one_tidy_per_repository ON runs (repository_id)
  WHERE kind = 'tidy' AND status IN ('queued', 'running');
CREATE UNIQUE INDEX runs_one_copy_per_repository ON runs (repository_id, (params ->> 'backupId'))
  WHERE kind = 'copy' AND status IN ('queued', 'running');
CREATE UNIQUE INDEX runs_one_undo_per_restore ON runs (restore_id)
  WHERE kind = 'undo' AND status IN ('queued', 'running');

ALTER TABLE backups
  ADD COLUMN copy_of text,
  -- When every stored byte was last read and fitted; deep: decrypted too.
  ADD COLUMN verified_at timestamptz,
  ADD COLUMN deep_verified_at timestamptz,
  ADD COLUMN damage jsonb;
CREATE INDEX backups_verify_order ON backups (coalesce(verified_at, finished_at)) WHERE state = 'available';
ALTER TABLE repositories ADD COLUMN tidied_at timestamptz;

-- Databases that a swap replaced, or that its undo put aside.
CREATE TABLE kept_databases (
  id uuid PRIMARY KEY REFERENCES restores,
  target_source_id uuid NOT NULL REFERENCES sources,
  database text NOT NULL,
  kept_as text NOT NULL,
  state text NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'undone', 'removed')),
  keep_until timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX kept_databases_newest ON kept_databases (created_at DESC, id DESC);

-- Down Migration
DROP TABLE kept_databases;
ALTER TABLE repositories DROP COLUMN tidied_at;
ALTER TABLE backups DROP COLUMN copy_of, DROP COLUMN verified_at, DROP COLUMN deep_verified_at, DROP COLUMN damage;
DROP INDEX runs_one_undo_per_restore, runs_one_copy_per_repository, runs_one_tidy_per_repository, runs_one_verify_per_backup;
DELETE FROM runs WHERE kind IN ('verify', 'deep-verify', 'copy', 'undo', 'tidy');
ALTER TABLE runs DROP CONSTRAINT runs_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_kind_check CHECK (kind IN ('backup', 'restore', 'probe', 'scan'));
