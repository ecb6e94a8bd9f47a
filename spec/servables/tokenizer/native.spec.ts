import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../../engine/index.ts'
import { loadTokenizer } from '../../../servables/tokenizer/index.ts'

const model = join(import.meta.dirname, '../../fixtures/models/tiny-llama')

const inDirectory = async <T>(contents: string | undefined, use: (directory: string) => Promise<T>): Promise<T> => {
  const directory = await mkdtemp(join(tmpdir(), 'tokenizer-'))
  try {
    if (contents !== undefined) await writeFile(join(directory, 'tokenizer.json'), contents)
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

const codeOf = (loading: Promise<unknown>) =>
  loading.then(
    () => 'loaded',
    (error: unknown) => (error instanceof EngineError ? error.code : String(error)),
  )

interface Golden {
  readonly generations: readonly { readonly text: string; readonly prompt: readonly number[] }[]
  readonly conversations: readonly { readonly text: string; readonly tokens: readonly number[] }[]
}

test('texts have the tokens that transformers gives them', async () => {
  const tokenizer = await loadTokenizer(model)
  const golden: Golden = JSON.parse(await readFile(join(model, 'golden.json'), 'utf8'))
  for (const { text, prompt } of golden.generations)
    assert.equal(await tokenizer.encode(text, { addSpecialTokens: false }), prompt)
})

test('the padding token is the one that tokenizer_config.json names', async () => {
  const { padToken, decode } = await loadTokenizer(model).then((tokenizer) => ({
    padToken: tokenizer.padToken,
    decode: (token: number) => tokenizer.decode([token], { skipSpecialTokens: false }),
  }))
  assert.is(decode(padToken ?? -1), '<|endoftext|>')
  const contents = await readFile(join(model, 'tokenizer.json'), 'utf8')
  assert.is(await inDirectory(contents, async (directory) => (await loadTokenizer(directory)).padToken), undefined)
})

test('special tokens are decoded or left out', async () => {
  const tokenizer = await loadTokenizer(model)
  const tokens = await tokenizer.encode('hi<|im_end|>')
  assert.is(tokenizer.decode(tokens), 'hi')
  assert.is(tokenizer.decode(tokens, { skipSpecialTokens: false }), 'hi<|im_end|>')
})

const encoder = join(import.meta.dirname, '../../fixtures/encoders/bert-mean')

test('a text is cut at its end or its beginning, and the tokens around it stay', async () => {
  const tokenizer = await loadTokenizer(encoder)
  const text = 'the miller slept and a cat sat on the mat'
  const whole = await tokenizer.encode(text)
  const inside = whole.slice(1, -1)
  for (const [cut, kept] of [
    ['right', inside.slice(0, 3)],
    ['left', inside.slice(-3)],
  ] as const) {
    assert.equal(await tokenizer.encode(text, { maxLength: 5, cut }), [whole[0], ...kept, whole.at(-1)])
    const bare = { addSpecialTokens: false, maxLength: 3, cut }
    assert.equal(await tokenizer.encode(text, bare), kept)
  }
})

test('pairs: the first text in every piece, the parts of the second overlapping, as many as are wanted', async () => {
  const tokenizer = await loadTokenizer(encoder)
  const [first, second] = ['who slept', 'the miller slept and a cat sat on the mat by the river']
  const [head, body] = await Promise.all([first, second].map((text) => tokenizer.encode(text, { addSpecialTokens: false })))
  const [begin, end] = [(await tokenizer.encode(''))[0]!, (await tokenizer.encode('')).at(-1)!]
  const piece = (text: readonly number[], part: readonly number[]) => [begin, ...text, end, ...part, end]
  const idsOf = async (text: string, form: object) =>
    (await tokenizer.pairEncoder({ maxLength: 512, overlap: 2, ...form })(text, second)).map(({ ids }) => ids)
  assert.equal(await idsOf(first, {}), [piece(head!, body!)])
  assert.equal(await idsOf(first, { maxTokens: 4 }), [piece(head!, body!.slice(0, 4))])
  const maxLength = head!.length + 3 + 6
  const parts = await idsOf(first, { maxLength })
  assert.equal(parts[0], piece(head!, body!.slice(0, 6)))
  assert.equal(parts[1], piece(head!, body!.slice(4, 10)))
  assert.equal(await idsOf(first, { maxLength, maxPieces: 2 }), parts.slice(0, 2))
  assert.equal(await idsOf(first, { maxLength, maxTokens: 10 }), parts.slice(0, 2))
  const long = 'who '.repeat(40)
  const [cut] = await idsOf(long, { maxLength: 16, maxPieces: 1 })
  assert.is(cut!.length, 16)
  assert.equal(cut!.slice(1, 10), [...(await tokenizer.encode(long, { addSpecialTokens: false, maxLength: 8 })), end])
})

test('truncation and padding of the file do not act', async () => {
  const contents = JSON.parse(await readFile(join(model, 'tokenizer.json'), 'utf8'))
  contents.truncation = { direction: 'Right', max_length: 2, strategy: 'LongestFirst', stride: 0 }
  contents.padding = {
    strategy: { Fixed: 50 },
    direction: 'Right',
    pad_to_multiple_of: null,
    pad_id: 0,
    pad_type_id: 0,
    pad_token: '<|endoftext|>',
  }
  const text = 'The weather in Paris is fine'
  const expected = await (await loadTokenizer(model)).encode(text)
  const actual = await inDirectory(JSON.stringify(contents), async (directory) => (await loadTokenizer(directory)).encode(text))
  assert.equal(actual, expected)
  assert.ok(actual.length > 2 && actual.length < 50)
})

test('a long text has the tokens of its parts, its length is told once, and what is too long is cut at its end', async () => {
  const tokenizer = await loadTokenizer(model)
  const turn = '<|im_start|>user\nThe weather in Paris is fine<|im_end|>\n'
  const one = await tokenizer.encode(turn, { addSpecialTokens: false })
  for (const turns of [2000, 6000]) {
    const lengths: number[] = []
    const encode = (maxLength?: number) =>
      tokenizer.encode(turn.repeat(turns), { addSpecialTokens: false, maxLength, onLength: (tokens) => lengths.push(tokens) })
    const all = Array.from({ length: turns }, () => one).flat()
    const [whole, cut] = await Promise.all([encode(), encode(1001)])
    assert.equal(whole, all)
    assert.equal(cut, all.slice(0, 1001))
    assert.equal(lengths, [all.length, 1001])
  }
})

test('a long text of a tokenizer whose file is gone is an error, and the others have their tokens', async () => {
  const contents = await readFile(join(model, 'tokenizer.json'), 'utf8')
  const tokenizer = await inDirectory(contents, loadTokenizer)
  assert.is(await codeOf(tokenizer.encode('hello '.repeat(50_000))), 'internal')
  assert.is(await codeOf(tokenizer.encode('hello '.repeat(50_000))), 'internal')
  assert.ok((await tokenizer.encode('hello')).length > 0)
})

test('a missing file, JSON that is none, and JSON that is no tokenizer are bad models', async () => {
  assert.is(await inDirectory(undefined, (directory) => codeOf(loadTokenizer(directory))), 'bad_model')
  assert.is(await inDirectory('{', (directory) => codeOf(loadTokenizer(directory))), 'bad_model')
  assert.is(await inDirectory('{"model": 1}', (directory) => codeOf(loadTokenizer(directory))), 'bad_model')
})

test.run()
