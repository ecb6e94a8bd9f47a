import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const shown = [...readme.matchAll(/<!-- (\S+) -->\n```\w+\n([\s\S]*?)```/g)]

test('files shown in the README are shown as they are', () => {
  assert.ok(shown.length >= 6)
  for (const [, file = '', text] of shown) assert.is(text, readFileSync(join(root, file), 'utf8'), file)
})

test('links in the README and ARCHITECTURE lead somewhere', () => {
  const linked = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!http)([^)#]+)\)/g)].map(([, to = '']) => to),
  )
  assert.ok(linked.length > 5)
  for (const to of linked) assert.not.throws(() => readFileSync(join(root, to.endsWith('/') ? `${to}.` : to)), /ENOENT/)
})

test.run()
