import t from 'tap'
import { isName, NAME_PATTERN } from '../src/index.ts'

const good = ['a', '0', 'shop', 'shop-eu_2', '9lives', 'a'.repeat(63), 'con', 'a--b', 'x-']
const bad = {
  nothing: '',
  'a path': 'a/b',
  'the folder above': '..',
  'a way out': '../shop',
  'a hidden file': '.shop',
  'a dot': 'shop.eu',
  'a backslash': 'a\\b',
  'an option': '-rf',
  'an underscore first': '_shop',
  'a space': 'my shop',
  'a space around': ' shop ',
  'a newline after': 'shop\n',
  'a line before': 'x\nshop',
  'a tab': 'sh\top',
  'a zero byte': 'shop\0',
  'capital letters': 'Shop',
  'single quotes': "o'hara",
  'double quotes': '"shop"',
  SQL: "x'; DROP TABLE sources; --",
  shell: '$(reboot)',
  'a URL': 'http://x',
  'percent encoding': 'a%2fb',
  'a wildcard': 'sh*p',
  'an accent': 'niño',
  'full width letters': 'ｓｈｏｐ',
  'a letter of another alphabet': 'shоp',
  'digits of another alphabet': '١٢',
  'a sign without width': 'sh\u200bop',
  'right to left': '\u202eshop',
  'a face': '🛒',
  '64 characters': 'a'.repeat(64),
  '300 characters': 'a'.repeat(300)
}

for (const name of good) t.ok(isName(name), `takes ${name}`)
for (const [what, name] of Object.entries(bad)) t.notOk(isName(name), `refuses ${what}`)

t.test('the published pattern says the same, also to a reader in Unicode mode', async t => {
  const pattern = new RegExp(NAME_PATTERN, 'u')
  for (const name of [...good, ...Object.values(bad)])
    t.equal(pattern.test(name), isName(name), JSON.stringify(name))
})
