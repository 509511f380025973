-- Up Migration
CREATE TABLE channels (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  kind text NOT NULL CHECK (kind IN ('webhook', 'slack', 'email')),
  settings jsonb NOT NULL,
  secret text,
  -- Cron and time zone of the summary that is sent here; null: none is.
  summary jsonb,
  summary_for timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Something wrong, from when it was first seen to when it was over. Null policy: the installation.
CREATE TABLE incidents (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  policy_id uuid REFERENCES policies ON DELETE CASCADE,
  kind text NOT NULL,
  level text NOT NULL CHECK (level IN ('warning', 'critical')),
  message text NOT NULL,
  hint text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now(),
  closed_at timestamptz
);
CREATE UNIQUE INDEX incidents_one_open ON incidents (coalesce(policy_id::text, ''), kind) WHERE closed_at IS NULL;
CREATE INDEX incidents_newest ON incidents (opened_at DESC, id DESC);

CREATE TABLE notifications (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  channel_id uuid NOT NULL REFERENCES channels ON DELETE CASCADE,
  incident_id uuid REFERENCES incidents ON DELETE CASCADE,
  event text NOT NULL,
  message jsonb NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
  attempt integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  error jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz
);
CREATE INDEX notifications_newest ON notifications (created_at DESC, id DESC);
CREATE INDEX notifications_due ON notifications (next_attempt_at) WHERE state = 'queued';

-- Names and dates of secrets that must be replaced from time to time; never their values.
CREATE TABLE secrets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE,
  kind text NOT NULL,
  owner text NOT NULL,
  note text NOT NULL DEFAULT '',
  rotate_days integer NOT NULL CHECK (rotate_days > 0),
  rotated_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE workers (
  name text PRIMARY KEY,
  queues text[] NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  -- Its clock minus the catalog's.
  clock_skew_ms integer NOT NULL
);

-- What an administrator may change at run time, such as the price table.
CREATE TABLE settings (
  key text PRIMARY KEY,
  value jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Down Migration
DROP TABLE settings;
DROP TABLE workers;
DROP TABLE secrets;
DROP TABLE notifications;
DROP TABLE incidents;
DROP TABLE channels;
