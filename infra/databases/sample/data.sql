-- The rows of the sample database: about 330,000, the same bytes on every machine and every PostgreSQL major.
--
-- Arithmetic instead of random(): its generator changed with PostgreSQL 15. No now(): times are counted from 2026-01-01 UTC.
-- (i * 7919) % n spreads neighbours over the range, 7919 being a prime that divides none of the n used here.

BEGIN;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';
SET LOCAL synchronous_commit = off;

INSERT INTO plans VALUES
  ('free', 'Free', 0, '{"users": 3, "storageGb": 1}'),
  ('team', 'Team', 49, '{"users": 25, "storageGb": 50, "sso": false}'),
  ('business', 'Business', 199.90, '{"users": 250, "storageGb": 500, "sso": true}'),
  ('enterprise', 'Enterprise', 1490, '{"users": null, "storageGb": null, "sso": true, "regions": ["eu", "us"]}');

INSERT INTO tenants (id, slug, name, plan_code, settings, created_at)
SELECT i, 'tenant-' || lpad(i::text, 3, '0'),
       (ARRAY['Almacén', 'Bäckerei', 'Café', 'Dépôt', 'Épicerie', '書店', 'Kütüphane', 'Market'])[1 + i % 8] || ' ' || i,
       (ARRAY['free', 'team', 'business', 'enterprise'])[1 + i % 4],
       jsonb_build_object('locale', (ARRAY['es', 'de', 'fr', 'ja', 'en'])[1 + i % 5], 'beta', i % 3 = 0, 'seats', i * 5),
       timestamptz '2025-01-01 00:00+00' + i * interval '31 hours'
FROM generate_series(1, 40) i;

INSERT INTO subscriptions (tenant_id, plan_code, period)
SELECT t, CASE WHEN n = 3 THEN (SELECT plan_code FROM tenants WHERE id = t) ELSE 'free' END,
       daterange(date '2025-01-01' + (n - 1) * 180, CASE WHEN n = 3 THEN NULL ELSE date '2025-01-01' + n * 180 END)
FROM generate_series(1, 40) t, generate_series(1, 3) n ORDER BY t, n;

INSERT INTO users (id, tenant_id, email, role, scopes, password, last_seen, created_at)
SELECT i, 1 + i % 40, 'user' || i || '@tenant' || 1 + i % 40 || '.example',
       (ARRAY['owner', 'admin', 'member', 'guest'])[CASE WHEN i <= 40 THEN 1 ELSE 2 + i % 3 END]::user_role,
       (ARRAY['orders:read', 'orders:write', 'billing', 'admin'])[1:i % 5],
       sha256(convert_to('password ' || i, 'UTF8')),
       CASE WHEN i % 7 > 0 THEN timestamptz '2026-04-01 00:00+00' + (i * 7919) % 43200 * interval '1 minute' END,
       timestamptz '2025-06-01 00:00+00' + i * interval '3 hours'
FROM generate_series(1, 2000) i;

INSERT INTO departments (id, tenant_id, name, head_id)
SELECT i, 1 + (i - 1) % 40, (ARRAY['Sales', 'Support', 'Warehouse'])[1 + (i - 1) / 40], i FROM generate_series(1, 120) i;

INSERT INTO employees (id, tenant_id, department_id, manager_id, user_id, name, skills, hired_on)
SELECT i, 1 + (i - 1) % 40, 1 + (i - 1) % 120, CASE WHEN i > 120 THEN i - 120 END, CASE WHEN i % 2 = 0 THEN i END,
       (ARRAY['Ana', 'Björn', 'Chloé', 'Dmitri', 'Ewa', 'Fátima'])[1 + i % 6] || ' '
         || (ARRAY['Núñez', 'O''Hara', 'Şahin', 'Müller', 'de la Cruz'])[1 + i % 5],
       (ARRAY['sql', 'excel', 'forklift', 'español'])[1 + i % 4:4], date '2020-01-01' + (i * 7919) % 2000
FROM generate_series(1, 480) i;

INSERT INTO categories (id, tenant_id, parent_id, name)
SELECT i, 1 + (i - 1) % 40, CASE WHEN i > 80 THEN i - 80 END, 'Category ' || i FROM generate_series(1, 400) i;

INSERT INTO products (id, tenant_id, category_id, sku, name, description, price, tags, attributes, dimensions)
SELECT i, 1 + (i - 1) % 40, CASE WHEN i % 11 > 0 THEN 1 + (i - 1) % 400 END, 'SKU-' || lpad(i::text, 6, '0'),
       (ARRAY['Oak', 'Steel', 'Linen', 'Glass', 'Cork'])[1 + i % 5] || ' '
         || (ARRAY['table', 'lamp', 'chair', 'bowl', 'shelf', 'clock', 'box'])[1 + i % 7] || ' ' || i,
       repeat('Made to last, batch ' || md5(i::text) || '. ', 1 + i % 4), 1 + (i * 7919) % 50000 / 100.0,
       (ARRAY['new', 'sale', 'eco', 'handmade', 'gift'])[1 + i % 5:1 + i % 5 + i % 3],
       jsonb_build_object('color', (ARRAY['red', 'green', 'blue', 'natural'])[1 + i % 4], 'weight', i % 900 / 10.0,
                          'stock', jsonb_build_object('north', i % 50, 'south', i % 31), 'rating', nullif(i % 6, 0)),
       ARRAY[100 + i % 900, 50 + i % 450 + 0.5, 10 + i % 90]
FROM generate_series(1, 4000) i;

INSERT INTO customers (id, tenant_id, email, name, address, phones, profile, created_at)
SELECT i, 1 + (i - 1) % 40, 'customer' || i || '@mail.example',
       (ARRAY['Lucía', 'Jürgen', 'Zoë', 'Håkon', 'Nguyễn', '太郎', 'Mary-Jane'])[1 + i % 7] || ' ' || md5(i::text),
       ROW(i % 200 || ' High Street, "Flat" ' || i % 9, lpad((i * 7919 % 99999)::text, 5, '0'), 'City, ' || i % 300,
           (ARRAY['ES', 'DE', 'FR', 'MX'])[1 + i % 4])::postal_address,
       CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '{}' WHEN 2 THEN ARRAY['+34 600 ' || i] ELSE ARRAY['+49 ' || i, NULL] END,
       CASE WHEN i % 3 > 0 THEN jsonb_build_object('newsletter', i % 2 = 0, 'points', i % 5000, 'tags', jsonb_build_array('a', i % 10)) END,
       timestamptz '2025-09-01 00:00+00' + i * interval '9 minutes'
FROM generate_series(1, 20000) i;

-- Order i is placed by customer c, and belongs to that customer's tenant.
INSERT INTO orders (id, tenant_id, customer_id, status, note, placed_at, updated_at)
SELECT i, 1 + (c - 1) % 40, c, (ARRAY['draft', 'placed', 'paid', 'paid', 'shipped', 'delivered', 'cancelled'])[1 + i % 7]::order_status,
       CASE WHEN i % 10 = 0 THEN 'Ring twice; the "bell" is broken. ' || md5(i::text) END,
       timestamptz '2026-01-01 00:00+00' + i * interval '4 minutes', timestamptz '2026-01-01 00:00+00' + i * interval '5 minutes'
FROM (SELECT i, 1 + (i::bigint * 7919 % 20000)::integer AS c FROM generate_series(1, 40000) i) numbered ORDER BY i;

INSERT INTO order_items (order_id, line, product_id, quantity, unit_price)
SELECT o, line, 1 + ((o - 1) * 3 + line * 7919) % 4000, 1 + (o + line) % 5, 1 + (o * 17 + line * 31) % 20000 / 100.0
FROM generate_series(1, 40000) o, generate_series(1, 1 + o % 4) line;

-- Paid orders only. The number comes from its sequence, so the rows are put in order before numbering.
INSERT INTO invoices (tenant_id, order_id, amount, issued_on, due_on)
SELECT tenant_id, order_id, total, placed_on, placed_on + 30
FROM (SELECT tenant_id, order_id, total, placed_on FROM order_totals
      WHERE status IN ('paid', 'shipped', 'delivered') ORDER BY order_id) billed;

INSERT INTO payments (id, tenant_id, invoice, method, amount, source_ip, paid_at)
SELECT md5('payment ' || order_id)::uuid, tenant_id, number, (ARRAY['card', 'card', 'transfer', 'cash'])[1 + order_id % 4], amount,
       CASE WHEN order_id % 4 < 2 THEN inet '203.0.113.0' + order_id % 256 END, issued_on::timestamptz + order_id % 1440 * interval '1 minute'
FROM invoices WHERE order_id % 9 > 0 ORDER BY order_id;

-- Incompressible content, as photos and PDFs are: a chain of SHA-512 digests, 64 bytes to 4 KiB.
INSERT INTO attachments (tenant_id, order_id, file_name, content)
SELECT o.tenant_id, o.id, 'photo ' || o.id || '.jpg',
       (SELECT string_agg(sha512(convert_to(o.id || '/' || n, 'UTF8')), '' ORDER BY n) FROM generate_series(1, 1 + o.id % 64) n)
FROM orders o WHERE o.id % 25 = 0 ORDER BY o.id;

-- Fixed numbers for the large objects, so that two loads hold the same rows. From 2 KiB (one page) to 130 KiB.
INSERT INTO documents (id, tenant_id, title, body, sha256)
SELECT i, 1 + i % 40, 'Contract ' || i, lo_from_bytea(900000 + i, content), sha256(content)
FROM (SELECT i, string_agg(sha512(convert_to('document ' || i || '/' || n, 'UTF8')), '' ORDER BY n) AS content
      FROM generate_series(1, 60) i, generate_series(1, i * 35) n GROUP BY i ORDER BY i) written;

INSERT INTO events (tenant_id, user_id, kind, payload, occurred_at)
SELECT 1 + i % 40, 1 + i % 2000, (ARRAY['login', 'page.view', 'page.view', 'cart.add', 'checkout', 'error'])[1 + i % 6],
       jsonb_build_object('path', '/p/' || i % 4000, 'ms', i * 7919 % 3000, 'session', md5((i / 20)::text)),
       timestamptz '2025-12-20 00:00+00' + i * interval '100 seconds'
FROM generate_series(1, 120000) i;

-- Through the trigger: this is where audit.trail's rows come from.
UPDATE orders SET status = 'refunded', updated_at = updated_at + interval '2 days' WHERE id % 17 = 0 AND status = 'delivered';
UPDATE orders SET status = 'delivered', updated_at = updated_at + interval '1 day' WHERE id % 5 = 0 AND status = 'shipped';

INSERT INTO "LegacyImport" VALUES
  (1, 'plain', 1, 1, '2026-01-01 00:00+00', '{{1,2},{3,4}}', '\x00010203', '101', '1 day'),
  (2, E'tab\there, line\nbreak, \\backslash, \\. and \\N', 0.1, 0.1, '1970-01-01 00:00+00', '{}', '', '', '0'),
  (3, '', 'NaN', 'NaN', 'infinity', '{{1,NULL},{NULL,4}}', '\x5c2e', NULL, '-1 mon +3 days -00:00:01'),
  (4, NULL, NULL, '-Infinity', '-infinity', NULL, NULL, NULL, NULL),
  (5, 'señor 日本語 😀 é', 123456789012345678901234567890.000000000001, 1e-300, '4000-12-31 23:59:59.999999+00', '{{{1}}}', '\xff', '1', '178000000 years'),
  (6, '"quoted", ''single'', $$dollar$$, NULL', -0.000, '-0', '0001-01-01 00:00:00+00 BC', '[2:3]={7,8}', '\x', NULL, '25:00:00');

-- Ids were given above; the next one has to be free.
SELECT setval(pg_get_serial_sequence('tenants', 'id'), 40), setval(pg_get_serial_sequence('users', 'id'), 2000),
       setval(pg_get_serial_sequence('employees', 'id'), 480), setval(pg_get_serial_sequence('categories', 'id'), 400),
       setval(pg_get_serial_sequence('products', 'id'), 4000), setval(pg_get_serial_sequence('customers', 'id'), 20000),
       setval(pg_get_serial_sequence('orders', 'id'), 40000), setval(pg_get_serial_sequence('documents', 'id'), 60);

REFRESH MATERIALIZED VIEW monthly_revenue;
COMMIT;

-- A database's owner may not analyse the shared system tables; PostgreSQL would warn about each.
SET client_min_messages = error;
ANALYZE;
RESET client_min_messages;
