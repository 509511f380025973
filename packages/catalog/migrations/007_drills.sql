-- Up Migration
ALTER TABLE runs DROP CONSTRAINT runs_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_kind_check CHECK (kind IN
  ('backup', 'restore', 'probe', 'scan', 'verify', 'deep-verify', 'copy', 'undo', 'tidy', 'retention', 'remove', 'rekey', 'lifecycle', 'drill'));

-- A drill that ended; its id is that of its run.
CREATE TABLE drills (
  id uuid PRIMARY KEY REFERENCES runs,
  policy_id uuid REFERENCES policies ON DELETE SET NULL,
  policy_name text,
  source_id uuid REFERENCES sources ON DELETE SET NULL,
  backup_id text REFERENCES backups,
  outcome text NOT NULL CHECK (outcome IN ('passed', 'failed', 'errored')),
  reason jsonb,
  restore_seconds double precision,
  rto_met boolean,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  -- The very bytes that are signed, and the signatures; null where nothing could be signed.
  evidence_json text,
  evidence_html text,
  json_signature text,
  html_signature text,
  -- Where they lie in the repository.
  evidence_key text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX drills_newest ON drills (created_at DESC, id DESC);
CREATE INDEX drills_of_policy ON drills (policy_id, finished_at DESC);

-- Down Migration
DROP TABLE drills;
DELETE FROM runs WHERE kind = 'drill';
ALTER TABLE runs DROP CONSTRAINT runs_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_kind_check CHECK (kind IN
  ('backup', 'restore', 'probe', 'scan', 'verify', 'deep-verify', 'copy', 'undo', 'tidy', 'retention', 'remove', 'rekey', 'lifecycle'));
