import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadTokenizer } from '../../../servables/tokenizer/index.ts'
import type { Tokenizer } from '../../../servables/tokenizer/tokenizer.ts'

/** A byte-fallback vocabulary as Llama 2's: special tokens, 256 bytes, then pieces. */
const pieces = ['▁', '▁a', '▁b', 'a', 'b', 'é', '▁▁', '中', '<0x+1>', '', '<0xZZ>', '😀', 'c▁d']
const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
const vocabulary = Object.fromEntries(['<unk>', '<s>', '</s>', ...bytes, ...pieces].map((text, id) => [text, id]))
const added = ['<unk>', '<s>', '</s>'].map((content, id) => ({
  id,
  content,
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
}))
const bpe = { type: 'BPE', vocab: vocabulary, merges: [], unk_token: '<unk>', byte_fallback: true, fuse_unk: true }
const space = { type: 'Replace', pattern: { String: '▁' }, content: ' ' }
const strip = { type: 'Strip', content: ' ', start: 1, stop: 0 }
const file = (decoder: unknown, model: unknown = bpe) => ({
  version: '1.0',
  added_tokens: added,
  normalizer: space,
  decoder,
  model,
})

const wordpiece = {
  type: 'WordPiece',
  vocab: vocabulary,
  unk_token: '<unk>',
  continuing_subword_prefix: '##',
  max_input_chars_per_word: 100,
}
const fixtures = join(import.meta.dirname, '../../fixtures/models')
const decoders: Record<string, unknown> = {
  'Llama 2': file({ type: 'Sequence', decoders: [space, { type: 'ByteFallback' }, { type: 'Fuse' }, strip] }),
  'two spaces stripped': file({
    type: 'Sequence',
    decoders: [space, { type: 'ByteFallback' }, { type: 'Fuse' }, { ...strip, start: 2 }],
  }),
  Gemma: file({ type: 'Sequence', decoders: [space, { type: 'ByteFallback' }, { type: 'Fuse' }] }),
  Metaspace: file({ type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }),
  'Metaspace never': file({ type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: true }),
  'byte level over another vocabulary': file({ type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }),
  WordPiece: file({ type: 'WordPiece', prefix: 'a', cleanup: true }, wordpiece),
  none: file(null),
}

const directories: string[] = []
const load = async (contents: unknown): Promise<Tokenizer> => {
  const directory = await mkdtemp(join(tmpdir(), 'tokenizer-'))
  directories.push(directory)
  await writeFile(join(directory, 'tokenizer.json'), JSON.stringify(contents))
  return loadTokenizer(directory)
}
test.after(async () => {
  for (const directory of directories) await rm(directory, { recursive: true })
})

const streamed = (tokenizer: Tokenizer, tokens: readonly number[], skipSpecialTokens: boolean): string => {
  const decoder = tokenizer.decoder({ skipSpecialTokens })
  return tokens.map((token) => decoder.push(token)).join('') + decoder.end()
}

/** Ids of every kind, with bytes and specials often enough to meet, and a few that no tokenizer has. */
const ids = (tokenizer: Tokenizer) => fc.array(fc.oneof(fc.nat(tokenizer.vocabularySize + 2), fc.nat(2)), { maxLength: 24 })
const bothWays = (tokenizer: Tokenizer, tokens: readonly number[]) => {
  for (const skipSpecialTokens of [true, false]) {
    assert.is(streamed(tokenizer, tokens, skipSpecialTokens), tokenizer.decode(tokens, { skipSpecialTokens }))
  }
}

for (const [name, contents] of Object.entries(decoders)) {
  test(`${name}: pushed one by one, tokens decode as all at once`, async () => {
    const tokenizer = await load(contents)
    fc.assert(
      fc.property(ids(tokenizer), (tokens) => bothWays(tokenizer, tokens)),
      { numRuns: 400 },
    )
  })
}

test('Llama 2: any Unicode text survives encoding and streaming', async () => {
  const tokenizer = await load(decoders['Llama 2'])
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => bothWays(tokenizer, await tokenizer.encode(text))),
    { numRuns: 100 },
  )
})

for (const model of ['tiny-llama', 'tiny-qwen2']) {
  test(`${model}: pushed one by one, tokens decode as all at once`, async () => {
    const tokenizer = await loadTokenizer(join(fixtures, model))
    fc.assert(
      fc.property(ids(tokenizer), (tokens) => bothWays(tokenizer, tokens)),
      { numRuns: 1000 },
    )
  })

  test(`${model}: any Unicode text comes back from its tokens, streamed`, async () => {
    const tokenizer = await loadTokenizer(join(fixtures, model))
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const tokens = await tokenizer.encode(text, { addSpecialTokens: false })
        assert.is(streamed(tokenizer, tokens, false), text)
      }),
      { numRuns: 200 },
    )
  })
}

for (const model of ['tiny-llama', 'tiny-qwen2']) {
  test(`${model}: the bytes of a text's tokens are the text's`, async () => {
    const tokenizer = await loadTokenizer(join(fixtures, model))
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const tokens = await tokenizer.encode(text, { addSpecialTokens: false })
        assert.equal(Buffer.concat(tokens.map((token) => tokenizer.bytesOf(token))), Buffer.from(text))
      }),
      { numRuns: 200 },
    )
    const [special] = await tokenizer.encode('<|im_end|>', { addSpecialTokens: false })
    assert.is(Buffer.from(tokenizer.bytesOf(special!)).toString(), '<|im_end|>')
    assert.is(tokenizer.bytesOf(tokenizer.vocabularySize + 5).length, 0)
  })
}

test('tokens of other vocabularies spell themselves as behind other text', async () => {
  const bytesOf = async (name: string, text: string) =>
    Buffer.from((await load(decoders[name])).bytesOf(vocabulary[text]!)).toString('latin1')
  assert.is(await bytesOf('Llama 2', '▁a'), ' a')
  assert.is(await bytesOf('Llama 2', '<0xF0>'), '\xf0')
  assert.is(await bytesOf('Gemma', '▁▁'), '  ')
  assert.is(await bytesOf('Metaspace', '▁a'), ' a')
  assert.is(await bytesOf('none', 'b'), ' b')
})

test('bytes of an incomplete character are held, and no half of it is shown when tokens end', async () => {
  const tokenizer = await loadTokenizer(join(fixtures, 'tiny-llama'))
  const tokens = await tokenizer.encode('a😀', { addSpecialTokens: false })
  const decoder = tokenizer.decoder()
  const texts = tokens.map((token) => decoder.push(token))
  assert.equal(texts.slice(0, -1), ['a', '', '', ''])
  assert.is(texts.at(-1), '😀')
  const cut = tokenizer.decoder()
  assert.is(
    tokens
      .slice(0, 3)
      .map((token) => cut.push(token))
      .join(''),
    'a',
  )
  assert.is(cut.end(), '\uFFFD')
})

test('a decoder whose tokens depend on the one behind them streams too: words end in a mark', async () => {
  const tokenizer = await load(file({ type: 'BPEDecoder', suffix: '▁' }))
  const tokens = ['a', '▁', 'b', 'a', '▁', '中'].map((text) => vocabulary[text]!)
  assert.is(streamed(tokenizer, tokens, true), tokenizer.decode(tokens))
})

test.run()
