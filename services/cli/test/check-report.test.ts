import t from 'tap'
import { checkReport } from '../src/check-report.ts'

const finding = (level: string, message: string) => ({ kind: 'x', level, message, hint: 'Do it.' })
const verdict = (policy: string, level: string, findings: object[] = []) => ({
  policy,
  level,
  findings,
  ageSeconds: 3_600,
  storedBytes: 1_000,
  goodBackups: 2
})
const policies = [
  { name: 'shop', objectives: { rpoMinutes: 60 } },
  { name: 'crm', objectives: { rpoMinutes: 1_560 } }
]
const numbers =
  'shop_age=3600s;;3600 shop_size=1000B shop_backups=2 crm_age=3600s;;93600 crm_size=1000B crm_backups=2'

t.test('the worst finding comes first, all others follow', async t => {
  const status = {
    status: 'critical',
    findings: [finding('warning', 'A worker is late')],
    policies: [
      verdict('shop', 'warning', [finding('warning', 'Odd size')]),
      verdict('crm', 'critical', [finding('critical', 'Too old: a|b\nc')])
    ]
  }
  t.same(checkReport(status, policies), {
    text: [
      `RESGUARDO CRITICAL - crm: Too old: a/b c | ${numbers}`,
      'WARNING - A worker is late. Do it.',
      'WARNING - shop: Odd size. Do it.'
    ].join('\n'),
    code: 2
  })
  t.match(checkReport(status, policies, 'shop'), {
    text: 'RESGUARDO WARNING - shop: Odd size | shop_age=3600s;;3600 shop_size=1000B shop_backups=2',
    code: 1
  })
  t.match(checkReport(status, policies, 'shap'), { text: /^RESGUARDO UNKNOWN - .*shap$/, code: 3 })
})

t.test('all is well', async t => {
  const both = [verdict('shop', 'ok'), verdict('crm', 'ok')]
  const status = { status: 'ok', findings: [], policies: both }
  t.same(checkReport(status, policies), {
    text: `RESGUARDO OK - 2 policies are as they should be | ${numbers}`,
    code: 0
  })
  t.same(checkReport({ ...status, policies: [] }, []), {
    text: 'RESGUARDO OK - there is no policy yet',
    code: 0
  })
  const fresh = { ...verdict('shop', 'ok'), ageSeconds: null, storedBytes: null, goodBackups: 0 }
  t.same(checkReport({ ...status, policies: [fresh] }, policies), {
    text: 'RESGUARDO OK - shop: 0 good backups | shop_backups=0',
    code: 0
  })
})
