import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { spellBadWords } from '../../../servables/llm/bad-words.ts'

/** Words of letters, each a token by its place in the alphabet; a space before one makes it another token. */
const letters = (text: string): readonly number[] =>
  [...text.matchAll(/( ?)([a-z])|( )/g)].map(([, space, letter]) =>
    letter === undefined ? 0 : letter.charCodeAt(0) - 96 + (space === ' ' ? 100 : 0),
  )
const spell = (words: readonly string[]) =>
  spellBadWords(words, {
    encode: async (text, options) => [...(options?.addSpecialTokens === false ? [] : [999]), ...letters(text)],
  })

test('a word is spelled as it begins a text and as it stands behind a space', async () => {
  assert.equal(await spell(['ab', ' c']), [[1, 2], [101, 2], [3], [103]])
})

test('a space that is a token of its own makes no other spelling', async () => {
  const split = spellBadWords(['ab'], { encode: async (text) => [...text].map((letter) => letter.charCodeAt(0)) })
  assert.equal(await split, [[97, 98]])
})

test('what the tokenizer has no tokens for bans nothing', async () => {
  assert.equal(await spell(['7']), [])
})

test.run()
