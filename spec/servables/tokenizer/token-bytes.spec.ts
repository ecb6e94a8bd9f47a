import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../../engine/index.ts'
import { loadTokenizer, readTokenBytes } from '../../../servables/tokenizer/index.ts'

const root = join(import.meta.dirname, '../../..')
const texts = ['{"name": "Zoë", "n": [1, 2.5e3]}\n', '<tool_call>\t日本語 🙂 – naïve</tool_call>', ' \u0000\u007f\u00ad']

const reading = async (file: object): Promise<readonly string[] | undefined> => {
  const directory = await mkdtemp(join(tmpdir(), 'tokenizer-'))
  try {
    await writeFile(join(directory, 'tokenizer.json'), JSON.stringify(file))
    return (await readTokenBytes(directory))?.map((bytes) => Buffer.from(bytes).toString('latin1'))
  } finally {
    await rm(directory, { recursive: true })
  }
}

for (const model of ['spec/fixtures/models/tiny-llama', 'spec/fixtures/models/tiny-qwen2', 'models/demo-chat']) {
  test(`${model}: the bytes of a text's tokens are the text's`, async () => {
    const directory = join(root, model)
    const [tokenizer, bytes] = await Promise.all([loadTokenizer(directory), readTokenBytes(directory)])
    for (const text of texts) {
      const tokens = await tokenizer.encode(text, { addSpecialTokens: false })
      assert.is(Buffer.concat(tokens.map((token) => bytes![token]!)).toString(), text)
    }
  })

  test(`${model}: special tokens have no bytes, other added tokens have theirs`, async () => {
    const directory = join(root, model)
    const { added_tokens } = JSON.parse(await readFile(join(directory, 'tokenizer.json'), 'utf8'))
    const bytes = await readTokenBytes(directory)
    assert.ok(added_tokens.length > 0)
    for (const { id, content, special } of added_tokens) {
      assert.is(Buffer.from(bytes![id]!).toString(), special ? '' : content)
    }
  })
}

test('a vocabulary with byte fallback: spaces spelled otherwise, bytes by their number, holes', async () => {
  const decoders = [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ]
  const file = {
    decoder: { type: 'Sequence', decoders },
    model: { vocab: { '<0xE4>': 0, '▁a▁b': 1, c: 4 } },
    added_tokens: [
      { id: 2, content: '</s>', special: true },
      { id: 5, content: '▁x', special: false },
    ],
  }
  assert.equal(await reading(file), ['\xe4', ' a b', '', '', 'c', ' x'])
})

test('a vocabulary of pieces with scores', async () => {
  const file = {
    decoder: { type: 'Metaspace', replacement: '▁' },
    model: {
      vocab: [
        ['▁the', -1.5],
        ['m', -2],
      ],
    },
  }
  assert.equal(await reading(file), [' the', 'm'])
})

test('none where the bytes of a token depend on its neighbours', async () => {
  assert.is(await reading({ decoder: { type: 'WordPiece' }, model: { vocab: { a: 0 } } }), undefined)
  assert.is(await reading({ decoder: null, model: { vocab: { a: 0 } } }), undefined)
})

test('a file without a vocabulary is a bad model', async () => {
  const error = await reading({ decoder: null }).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof EngineError)
  assert.is(error.code, 'bad_model')
})

test.run()
