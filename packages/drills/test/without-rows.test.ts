import t from 'tap'
import { messageWithoutRows, withoutRows } from '../src/without-rows.ts'

t.test('what quotes rows is left out, with the lines that it goes on in', async t => {
  const log = '2026-11-20 02:00:00.000 UTC [123] '
  const lines = [
    'pg_restore: warning: first',
    'pg_restore: error: COPY failed for table "a": ERROR:  new row for relation "a" violates check constraint "c"',
    'DETAIL:  Failing row contains (4111',
    'secret of a second line, hunter2).',
    'HINT:  look',
    'CONTEXT:  COPY a, line 1: "4111 hunter2"',
    'Command was: COPY public.a FROM stdin;',
    'QUERY:  INSERT INTO a VALUES (4111)',
    'psql:<stdin>:1: ERROR:  second',
    'cut off: Failing row contains (4111, hunter2).',
    'WARNING:  third',
    `${log}ERROR:  fourth`,
    `${log}DETAIL:  Key (card)=(4111) is duplicated.`,
    '\thunter2',
    `${log}STATEMENT:  INSERT INTO a VALUES (4111)`,
    `${log}LOG:  fifth`,
    '\tof two lines'
  ]
  t.same(withoutRows(lines), [
    lines[0],
    lines[1],
    'HINT:  look',
    lines[6],
    lines[8],
    'WARNING:  third',
    `${log}ERROR:  fourth`,
    `${log}LOG:  fifth`,
    '\tof two lines'
  ])
})

t.test('a message of joined lines', async t => {
  const message = 'Table public.a, stream 1 of 1: psql exited with 1: ERROR:  violates "c"'
  t.equal(
    messageWithoutRows(
      `${message} | DETAIL:  Failing row contains (4111 | hunter2). | CONTEXT:  COPY a, line 1: "4111"`
    ),
    message
  )
  t.equal(messageWithoutRows('a | b'), 'a | b')
})
