import t from 'tap'
import { StageError } from '../src/index.ts'

const message = (...lines: string[]) =>
  new StageError('pg_restore', 1, null, lines.join('\n')).message

t.test('the complaint that tells something is in the message', async t => {
  t.match(
    message(
      'pg_restore: error: could not execute query: ERROR:  relation "a" does not exist',
      'Command was: CREATE VIEW v AS',
      '  SELECT 1',
      '  FROM a;',
      '',
      'pg_restore: error: a worker process died unexpectedly',
      ''
    ),
    /relation "a" does not exist \| Command was: CREATE VIEW v AS/
  )
  t.match(
    message('psql: error: FATAL:  the first', 'ERROR:  the second'),
    /1: ERROR: {2}the second$/
  )
  t.match(message('one', '', 'two', 'three', 'four'), /: two \| three \| four$/)
  t.match(message('pg_restore: error: a worker process died unexpectedly'), /worker process died/)
})
