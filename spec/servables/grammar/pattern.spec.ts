import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { GrammarService } from '../../../servables/grammar/index.ts'
import { forJsonString } from '../../../servables/grammar/pattern.ts'
import { byteTokens, byteVocabulary, nextBytes } from './walks.ts'

const patterns = [
  '.*',
  '[^x]{2}',
  '\\S+',
  '[ -~]*',
  'a"b',
  '[\\s\\S]',
  '\\W',
  'x\\\\y',
  '\\d{2}\\.\\d',
  '["\\\\]',
  '(\\n|\\t)a',
  '[\\]\\-é]',
]
const content = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.constantFrom('a"b', 'x\\y', '12.5', '12x5', '\na', '\t\n', '"', '\\', ']', '-', 'é', 'ab', 'axb', '👍', '\u2028', 'a\u0001'),
)
/** Control characters without a letter of their own are given up. */
const isSpellable = (text: string): boolean => !/[\x00-\x08\x0b\x0e-\x1f]/.test(text)

test('what a pattern matches, its translation matches as JSON spells it, and nothing else', () => {
  fc.assert(
    fc.property(fc.constantFrom(...patterns), content.filter(isSpellable), (pattern, text) => {
      const translated = new RegExp(`^(?:${forJsonString(pattern)})$`, 'u')
      const matches = new RegExp(`^(?:${pattern})$`, 'u').test(text)
      assert.is(translated.test(JSON.stringify(text).slice(1, -1)), matches, `${pattern} ${JSON.stringify(text)}`)
    }),
  )
})

test('quotation marks, backslashes and control characters never stand as they are', () => {
  for (const pattern of patterns) {
    const translated = new RegExp(`^(?:${forJsonString(pattern)})$`, 'u')
    for (const text of ['"', '\\', '\n', '\u0000', 'a"', '"a', 'a"b', 'x\\y']) assert.not(translated.test(text), pattern)
  }
})

test('the compiler reads translations as they are meant', async () => {
  const service = new GrammarService(byteVocabulary, { threads: 1 })
  try {
    for (const [pattern, taken, next] of [
      ['^[a"]b\\n$', '"\\"b', '\\'],
      ['^\\S\\d$', '"\\\\', '0123456789'],
      ['^[^\\x00-z]$', '"~', '"'],
    ] as const) {
      const matcher = await service.open({ type: 'json_schema', schema: { type: 'string', pattern } }, byteTokens(taken))
      await matcher.settled()
      assert.is(nextBytes(matcher.masks[0]), next, pattern)
    }
    const matcher = await service.open({ type: 'json_schema', schema: { type: 'string', pattern: '^.*$' } }, byteTokens('"a'))
    await matcher.settled()
    assert.not.match(nextBytes(matcher.masks[0]), /[\x00-\x1f]/)
    matcher.accept(...byteTokens('"'))
    await matcher.settled()
    assert.is(nextBytes(matcher.masks[0]), 'END')
  } finally {
    await service.dispose()
  }
})

test.run()
