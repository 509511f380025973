/** A small database with one of most things, and enough bytes that a dump takes several reads. */
export const sample = `
  CREATE TYPE mood AS ENUM ('good', 'bad');
  CREATE TABLE customer (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, mood mood, data jsonb);
  INSERT INTO customer (name, mood, data) SELECT 'customer ' || i, 'good', jsonb_build_object('i', i) FROM generate_series(1, 2000) i;
  CREATE TABLE invoice (id bigserial PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total numeric(12,2), body bytea);
  INSERT INTO invoice (customer_id, total, body)
    SELECT 1 + i % 2000, i / 7.0, decode(md5(i::text) || md5((i * 7)::text) || md5((i * 13)::text), 'hex') FROM generate_series(1, 60000) i;
  CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum(total) AS total FROM invoice GROUP BY 1;
  SELECT lo_from_bytea(0, decode(repeat('00ff', 5000), 'hex'));
`

/** Count and content hash of the sample's tables. */
export const contentQuery = `
  SELECT (SELECT sum(hashtextextended(c::text, 0)::numeric)::text FROM customer c) AS customers,
         (SELECT sum(hashtextextended(i::text, 0)::numeric)::text FROM invoice i) AS invoices,
         (SELECT count(*)::int FROM totals) AS totals,
         (SELECT sum(hashtextextended(encode(lo_get(oid), 'hex'), 0)::numeric)::text FROM pg_largeobject_metadata) AS objects`
