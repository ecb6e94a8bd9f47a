import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { byteLetters } from '../../../servables/tokenizer/byte-level.ts'
import { longestToken } from '../../../servables/tokenizer/longest-token.ts'
import { loadTokenizer } from '../../../servables/tokenizer/native.ts'

const vocabulary = (texts: readonly string[]) => Object.fromEntries(texts.map((text, id) => [text, id]))
const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)

/** As Qwen's and Llama 3's files are. */
const byteLevel = {
  normalizer: null,
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [{ type: 'Split', behavior: 'Isolated' }, { type: 'ByteLevel' }],
  },
  model: { type: 'BPE', vocab: vocabulary([...byteLetters, 'hello']) },
  added_tokens: [{ content: '<|end|>', lstrip: false, rstrip: false }],
}
/** As Llama 2's and Mistral's files are. */
const fallback = {
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Prepend', prepend: '▁' },
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    ],
  },
  pre_tokenizer: null,
  model: { type: 'BPE', vocab: vocabulary([...bytes, '▁hello there']), byte_fallback: true },
  added_tokens: [],
}

test('is the longest of the vocabulary and the added tokens', () => {
  assert.is(longestToken(byteLevel), 7)
  assert.is(longestToken({ ...byteLevel, added_tokens: [] }), 5)
  assert.is(longestToken(fallback), 12)
})

test('composition makes one character of up to four', () => {
  assert.is(longestToken({ ...byteLevel, normalizer: { type: 'NFC' } }), 28)
})

test('is not known where characters are dropped or become one', () => {
  const unknown = [
    {},
    { ...byteLevel, model: { ...byteLevel.model, type: 'WordPiece' } },
    { ...byteLevel, model: { ...byteLevel.model, vocab: vocabulary(byteLetters.slice(1)) } },
    { ...byteLevel, normalizer: { type: 'Strip' } },
    { ...byteLevel, normalizer: { type: 'Replace', pattern: { String: '  ' }, content: ' ' } },
    { ...byteLevel, pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'ByteLevel' }] } },
    { ...byteLevel, pre_tokenizer: { type: 'Split', behavior: 'Removed' } },
    { ...byteLevel, added_tokens: [{ content: '<mask>', lstrip: true, rstrip: false }] },
    { ...fallback, model: { ...fallback.model, byte_fallback: false } },
    { ...fallback, model: { ...fallback.model, vocab: vocabulary(bytes.slice(1)) } },
  ]
  for (const file of unknown) assert.is(longestToken(file), undefined, JSON.stringify(file).slice(0, 200))
})

test('no text of a real tokenizer has fewer tokens than its length allows', async () => {
  const tokenizer = await loadTokenizer('spec/fixtures/models/tiny-llama')
  const longest = tokenizer.longestToken!
  assert.ok(longest > 1)
  for (const text of ['hello world', '   \n\n ', 'é😀漢字', '<|im_start|>', 'a'.repeat(1000), '']) {
    const tokens = await tokenizer.encode(text, { addSpecialTokens: false })
    assert.ok(tokens.length >= text.length / longest, text)
  }
})

test.run()
