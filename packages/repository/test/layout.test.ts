import t from 'tap'
import {
  backupPrefix,
  backupsPrefix,
  IDENTITY_KEY,
  manifestKey,
  parseManifestKey,
  signatureKey
} from '../src/layout.ts'

const id = '20261120T020000Z-logical-7f3k2m'

t.test('the keys are those that docs/backup-format.md names', async t => {
  t.equal(IDENTITY_KEY, 'resguardo.json')
  t.equal(backupPrefix('shop', id), `shop/backups/${id}/`)
  t.equal(manifestKey('shop', id), `shop/backups/${id}/manifest.json`)
  t.equal(signatureKey('shop', id), `shop/backups/${id}/manifest.json.sig`)
  t.ok(manifestKey('shop', id).startsWith(backupsPrefix('shop')))
})

t.test('no backup lies below another, also where one id begins with the other', async t => {
  t.notOk(backupPrefix('shop', `${id}x`).startsWith(backupPrefix('shop', id)))
  t.notOk(backupPrefix('shop2', id).startsWith(backupsPrefix('shop')))
})

t.test('a manifest is known by its key, and nothing else is', async t => {
  t.same(parseManifestKey(manifestKey('shop', id)), { source: 'shop', backupId: id })
  for (const key of [
    signatureKey('shop', id),
    IDENTITY_KEY,
    'manifest.json',
    `shop/backups/${id}/data/manifest.json`,
    `shop/backups/${id}/manifest.json/x`,
    `shop/backups//manifest.json`,
    `/backups/${id}/manifest.json`,
    `a/shop/backups/${id}/manifest.json`,
    `shop/other/${id}/manifest.json`,
    `shop/backups/${id}/manifestxjson`
  ])
    t.equal(parseManifestKey(key), undefined, key)
})
