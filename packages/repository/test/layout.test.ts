import t from 'tap'
import {
  backupPrefix,
  backupsPrefix,
  IDENTITY_KEY,
  manifestKey,
  parseBackupKey,
  signatureKey,
  tombstoneKey
} from '../src/layout.ts'

const id = '20261120T020000Z-logical-7f3k2m'

t.test('the keys are those that docs/backup-format.md names', async t => {
  t.equal(IDENTITY_KEY, 'resguardo.json')
  t.equal(backupPrefix('shop', id), `shop/backups/${id}/`)
  t.equal(manifestKey('shop', id), `shop/backups/${id}/manifest.json`)
  t.equal(signatureKey('shop', id), `shop/backups/${id}/manifest.json.sig`)
  t.equal(tombstoneKey('shop', id), `shop/backups/${id}/tombstone.json`)
  t.ok(manifestKey('shop', id).startsWith(backupsPrefix('shop')))
})

t.test('no backup lies below another, also where one id begins with the other', async t => {
  t.notOk(backupPrefix('shop', `${id}x`).startsWith(backupPrefix('shop', id)))
  t.notOk(backupPrefix('shop2', id).startsWith(backupsPrefix('shop')))
})

t.test("a backup's keys are known, and nothing else is", async t => {
  for (const key of [
    manifestKey('shop', id),
    `shop/backups/${id}/data/x`,
    tombstoneKey('shop', id)
  ])
    t.same(parseBackupKey(key), { source: 'shop', backupId: id })
  for (const key of [
    IDENTITY_KEY,
    'manifest.json',
    'shop/backups/manifest.json',
    `shop/backups//manifest.json`,
    `/backups/${id}/manifest.json`,
    `a/shop/backups/${id}/manifest.json`,
    `shop/other/${id}/manifest.json`
  ])
    t.equal(parseBackupKey(key), undefined, key)
})
