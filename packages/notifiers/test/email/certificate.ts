import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A self-signed certificate for one host, in PEM: its own authority. */
export function certificate(t: Test, name = 'IP:127.0.0.1') {
  const dir = mkdtempSync(join(tmpdir(), 'resguardo-tls-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'
  const args = `req -x509 ${key} -keyout key.pem -out cert.pem -subj /CN=test -addext subjectAltName=${name}`
  execFileSync('openssl', args.split(' '), { cwd: dir, stdio: 'pipe' })
  const read = (file: string) => readFileSync(join(dir, file), 'utf8')
  return { key: read('key.pem'), cert: read('cert.pem') }
}
