import { AppError, asAppError } from '@resguardo/shared'
import t from 'tap'
import { blame } from '../src/blame.ts'
import { explainByLog } from '../src/explain-by-log.ts'

const refused = (message: string) => new AppError('PG_TOOL_FAILED', message)

t.test('what speaks against the backup, and what against the place', async t => {
  const failed: [AppError, string][] = [
    [new AppError('OBJECT_DAMAGED', 'checksum'), 'fetching'],
    [new AppError('MANIFEST_SIGNATURE_INVALID', 'nobody signed it'), 'choosing'],
    [refused('ERROR: syntax error at or near "TABEL"'), 'schema'],
    [refused('ERROR: could not create unique index: Key (id)=(1) is duplicated'), 'indexes'],
    [refused('ERROR: invalid input syntax for type integer'), 'data']
  ]
  for (const [error, phase] of failed) t.equal(blame(error, phase), 'failed', error.message)
  const errored: [unknown, string][] = [
    [refused('could not extend file "base/5/1": No space left on device'), 'data'],
    [refused('FATAL: sorry, too many clients already'), 'data'],
    [refused('ERROR: out of memory'), 'indexes'],
    [refused('could not open the archive'), 'planning'],
    [new AppError('IDENTITY_MISSING', 'no key'), 'fetching'],
    [new AppError('STORAGE_UNREACHABLE', 'no S3'), 'data'],
    [new Error('a bug of ours'), 'data']
  ]
  for (const [error, phase] of errored) t.equal(blame(error, phase), 'errored', String(error))
})

t.test("the server's log tells more than that the connection is gone", async t => {
  const gone = new AppError('PG_UNREACHABLE', 'connection to server was lost')
  t.equal(explainByLog(gone, []), gone)
  t.equal(explainByLog(gone, ['LOG:  database system is ready']), gone)
  const full = asAppError(
    explainByLog(gone, [
      'PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device',
      'LOG:  server process (PID 7) was terminated by signal 6: Aborted'
    ])
  )
  t.match(full, { code: 'DRILL_NO_SPACE', message: /ran full: PANIC.*xlogtemp/, cause: gone })
  const killed = ['LOG:  server process (PID 7) was terminated by signal 9: Killed', 'LOG:  x']
  t.match(asAppError(explainByLog(gone, killed)), {
    code: 'PG_UNREACHABLE',
    message: /ended: .*signal 9/,
    hint: /out of memory/
  })
})
