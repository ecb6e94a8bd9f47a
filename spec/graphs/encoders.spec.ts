import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../engine/index.ts'
import type { Encoder } from '../../servables/index.ts'
import { byteTokenizer, fakeEncoder, payloadOf } from '../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../support/run-graph.ts'

const routes = [
  'embeddings',
  'embed',
  'embed_all',
  'embed_sparse',
  'v2/embed',
  'rerank',
  'score',
  'pooling',
  'encoders/tokenize',
  'encoders/detokenize',
]
const graphs = new Map(await Promise.all(routes.map(async (route) => [route, await libraryGraph(route)] as const)))

const ask = async (route: string, json: object, encoder: Encoder = fakeEncoder()) => {
  const sides = { ENCODER: encoder, TOKENIZER: byteTokenizer }
  const [body] = await bodiesOf(graphs.get(route)!, { ...payloadOf(json), route }, sides)
  return JSON.parse(String(body!.data))
}

const refusalOf = async (route: string, json: object, encoder?: Encoder) =>
  ask(route, json, encoder).then(
    () => assert.unreachable('it was answered') as never,
    ({ code, param, message }: EngineError) => ({ code, param, message }),
  )

const textOf = (ids: readonly number[]) => String.fromCharCode(...ids.filter((id) => id < 256))

/** An encoder with prompts, some of them with an adapter, that keeps what it was asked. */
const withUses = () =>
  fakeEncoder(undefined, {
    prompts: { query: '', 'retrieval.query': 'Q:', passage: 'P:', usual: 'U:' },
    tasks: ['retrieval.query', 'text-matching'],
    defaultPrompt: 'usual',
  })

test("what a text is for chooses prompt and adapter, by the model's names or by those that every model knows", async () => {
  const cases: readonly [string, object, string, number | undefined][] = [
    ['embeddings', { input: 'x' }, 'U:x', undefined],
    ['embeddings', { input: 'x', prompt_name: 'passage' }, 'P:x', undefined],
    ['embeddings', { input: 'x', task: 'retrieval.query' }, 'Q:x', 0],
    ['embeddings', { input: 'x', task: 'text-matching' }, 'x', 1],
    ['embeddings', { input: 'x', input_type: 'query' }, 'Q:x', 0],
    ['embeddings', { input: 'x', input_type: 'passage' }, 'P:x', undefined],
    ['embeddings', { input: 'x', input_type: 'clustering' }, 'x', undefined],
    ['embeddings', { input: [120], input_type: 'query' }, 'x', 0],
    ['embed', { inputs: 'x', prompt_name: 'retrieval.query' }, 'Q:x', 0],
    ['v2/embed', { texts: ['x'], input_type: 'search_query' }, 'Q:x', 0],
    ['v2/embed', { texts: ['x'], input_type: 'search_document' }, 'P:x', undefined],
    ['v2/embed', { texts: ['x'] }, 'U:x', undefined],
  ]
  for (const [route, json, text, task] of cases) {
    const encoder = withUses()
    await ask(route, json, encoder)
    const [input] = encoder.requests[0]!
    assert.equal([textOf(input!.ids), input!.task], [text, task], JSON.stringify(json))
  }
})

test('a name that the model does not have is refused, and its own are told', async () => {
  for (const [route, json, param] of [
    ['embeddings', { input: 'x', prompt_name: 'code' }, 'prompt_name'],
    ['embeddings', { input: 'x', task: 'code' }, 'task'],
    ['embed', { inputs: 'x', prompt_name: 'toString' }, 'prompt_name'],
  ] as const) {
    const refused = await refusalOf(route, json, withUses())
    assert.equal([refused.code, refused.param], ['invalid_value', param])
    assert.match(refused.message, 'retrieval.query, passage, usual, text-matching')
  }
  assert.is((await refusalOf('embeddings', { input: 'x', input_type: 'poem' })).param, 'input_type')
})

test('embed_all: a vector of each token of each text', async () => {
  const encoder = fakeEncoder(({ ids }) => ids.flatMap((id) => [id, -id]), { outputs: ['vector', 'tokens'], width: 2 })
  const answer = await ask('embed_all', { inputs: ['a', 'bc'] }, encoder)
  const rows = (bytes: readonly number[]) => [256, ...bytes].map((id) => [id, -id])
  assert.equal(answer, [rows([97]), rows([98, 99])])
  assert.equal(
    encoder.requests[0]!.map(({ output }) => output),
    ['tokens', 'tokens'],
  )
})

test('embed_sparse: index and value of what is not 0', async () => {
  const encoder = fakeEncoder(() => [7, 0.5, 12, 2], { outputs: ['sparse'] })
  assert.equal(await ask('embed_sparse', { inputs: 'a' }, encoder), [
    [
      { index: 7, value: 0.5 },
      { index: 12, value: 2 },
    ],
  ])
})

test('an output that the model does not make is refused with those that it makes; one that is too large, before it is computed', async () => {
  const refused = await refusalOf('embed_sparse', { inputs: 'a' }, fakeEncoder(undefined, { outputs: ['vector', 'tokens'] }))
  assert.equal([refused.code, refused.param], ['invalid_value', 'model'])
  assert.match(refused.message, 'embeddings) and a vector of each token (embed_all')
  assert.is((await refusalOf('embeddings', { input: 'a' }, fakeEncoder(undefined, { outputs: ['tokens'] }))).param, 'model')
  const wide = fakeEncoder(undefined, { outputs: ['tokens', 'sparse'], width: 2 ** 20 })
  for (const route of ['embed_all', 'embed_sparse']) {
    const large = await refusalOf(route, { inputs: ['aaaa', 'b', 'c'] }, wide)
    assert.equal([large.code, large.param], ['invalid_value', 'inputs'])
  }
  assert.is(wide.requests.length, 0)
})

test('the bodies of embed_all and embed_sparse are checked as those of embed', async () => {
  for (const route of ['embed', 'embed_all', 'embed_sparse']) {
    for (const inputs of [[], '', ['a', ''], 5, ['a', 5], Array(2049).fill('a')])
      assert.match((await refusalOf(route, { inputs })).param ?? '', 'inputs')
    assert.is((await refusalOf(route, {})).code, 'missing_required_parameter')
  }
})

/** Two elements for each token, or of the text; of length 5 for each. */
const ofBoth = () =>
  fakeEncoder(({ ids, output }) => (output === 'tokens' ? ids.flatMap(() => [3, 4]) : [6, 8]), {
    outputs: ['vector', 'tokens'],
    width: 2,
  })

test("vLLM's pooling: a vector of each token, of the text, or what a classifier says, as the model is made for it", async () => {
  const { data, object, id, usage } = await ask('pooling', { input: ['a', 'bc'] }, ofBoth())
  assert.equal([object, id, usage], ['list', 'pool-r1', { prompt_tokens: 5, total_tokens: 5 }])
  const unit = [0.6, 0.8].map((value) => Number(Math.fround(value).toPrecision(9)))
  assert.equal(
    data.map((each: { data: unknown }) => each.data),
    [Array(2).fill(unit), Array(3).fill(unit)],
  )
  const dataOf = async (json: object, encoder: Encoder) => (await ask('pooling', { input: 'a', ...json }, encoder)).data[0].data
  assert.equal(await dataOf({ use_activation: false }, ofBoth()), Array(2).fill([3, 4]))
  assert.equal(await dataOf({ task: 'token_embed', dimensions: 1 }, ofBoth()), [[1], [1]])
  assert.equal(await dataOf({ task: 'embed' }, ofBoth()), [6, 8])
  assert.equal(await dataOf({ task: 'embed', dimensions: 1 }, ofBoth()), [1])
  assert.equal(
    await dataOf(
      {},
      fakeEncoder(() => [6, 8]),
    ),
    [6, 8],
  )
  const classifier = fakeEncoder(() => [0, 0], { width: 2, labels: ['no', 'yes'], activation: 'softmax' })
  assert.equal(await dataOf({}, classifier), [0.5, 0.5])
  assert.equal(await dataOf({ task: 'classify', use_activation: false }, classifier), [0, 0])
  const bytes = Buffer.from(await dataOf({ encoding_format: 'base64', use_activation: false }, ofBoth()), 'base64')
  assert.equal([...new Float32Array(new Uint8Array(bytes).buffer)], [3, 4, 3, 4])
})

test('what pooling can not do is refused with what it can', async () => {
  const classifier = fakeEncoder(() => [0], { width: 1, labels: ['yes'] })
  for (const [encoder, json, code, param] of [
    [ofBoth(), { input: 'a', task: 'classify' }, 'invalid_value', 'task'],
    [classifier, { input: 'a', task: 'embed' }, 'invalid_value', 'task'],
    [ofBoth(), { input: 'a', task: 'score' }, 'invalid_value', 'task'],
    [ofBoth(), { input: 'a', dimensions: 3 }, 'invalid_value', 'dimensions'],
    [classifier, { input: 'a', dimensions: 1 }, 'unsupported_parameter', 'dimensions'],
    [ofBoth(), { input: 'a', task: 'embed', use_activation: false }, 'unsupported_parameter', 'use_activation'],
    [ofBoth(), { input: 'a', embed_dtype: 'float16' }, 'unsupported_parameter', 'embed_dtype'],
    [ofBoth(), {}, 'missing_required_parameter', 'input'],
    [ofBoth(), { input: [] }, 'invalid_value', 'input'],
  ] as const) {
    const refused = await refusalOf('pooling', json, encoder)
    assert.equal([refused.code, refused.param], [code, param], JSON.stringify(json))
  }
  assert.match(
    (await refusalOf('pooling', { input: 'a', task: 'classify' }, ofBoth())).message,
    'token_embed, embed; got "classify"',
  )
})

test("ColBERT's queries are filled up, and what fills them is seen as the model has it; documents are as they are", async () => {
  for (const isAttended of [false, true]) {
    const encoder = fakeEncoder(({ ids }) => ids, {
      outputs: ['tokens'],
      width: 1,
      prompts: { query: 'q', document: 'd' },
      queryFilling: { length: 6, token: 7, isAttended },
    })
    const answer = await ask('embed_all', { inputs: ['a', 'abcdefgh'], prompt_name: 'query' }, encoder)
    assert.equal(answer[0], [[256], [113], [97], [7], [7], [7]])
    assert.is(answer[1].length, 10)
    assert.equal(
      encoder.requests[0]!.map(({ attended }) => attended),
      isAttended ? [undefined, undefined] : [3, 10],
    )
    assert.is((await ask('pooling', { input: 'a', prompt_name: 'query' }, encoder)).data[0].data.length, 6)
    assert.is((await ask('embed_all', { inputs: 'a', prompt_name: 'document' }, encoder))[0].length, 3)
  }
})

/** A reranker that was made of a language model, with as many tokens as there are bytes. */
const judge = (maxLength: number) =>
  fakeEncoder(() => [1], {
    width: 1,
    maxLength,
    pairTemplate: { before: (query, instruction = 'usual') => `[${instruction}|${query}] `, after: '!' },
  })

test('a pair is written in the form that the model has, with the instruction of the request or its own', async () => {
  const encoder = judge(64)
  await ask('rerank', { query: 'q', documents: ['d'] }, encoder)
  await ask('rerank', { query: 'q', documents: ['d'], instruction: 'cats' }, encoder)
  await ask('score', { text_1: 'q', text_2: 'd', instruction: 'dogs' }, encoder)
  assert.equal(
    encoder.requests.map(([input]) => textOf(input!.ids)),
    ['[usual|q] d!', '[cats|q] d!', '[dogs|q] d!'],
  )
  const { code, param } = await refusalOf('rerank', { query: 'q', documents: ['d'], instruction: 'cats' })
  assert.equal([code, param], ['unsupported_parameter', 'instruction'])
})

test('each piece of a long document has all of the form, and a part of the document that begins in the one before', async () => {
  const encoder = judge(50)
  const document = 'abcdefghijklmnopqrstuvwxyz'.repeat(4)
  await ask('rerank', { query: 'q', documents: [document] }, encoder)
  const pieces = encoder.requests[0]!.map(({ ids }) => textOf(ids))
  assert.ok(pieces.length > 2)
  let end = 0
  for (const piece of pieces) {
    assert.ok(piece.length <= 50)
    const [, part] = /^\[usual\|q\](.*)!$/.exec(piece)!
    const text = part!.trim()
    const start = document.indexOf(text, Math.max(0, end - 32))
    assert.ok(start <= end && start + text.length > end, piece)
    end = start + text.length
  }
  assert.is(end, document.length)
})

test('of a query that leaves too little room only the beginning is read', async () => {
  const encoder = judge(40)
  await ask('rerank', { query: 'q'.repeat(500), documents: ['d'] }, encoder)
  assert.equal(
    encoder.requests[0]!.map(({ ids }) => textOf(ids)),
    [`[usual|${'q'.repeat(20)}] d!`],
  )
})

test('more pieces than the model takes are refused', async () => {
  const few = { ...judge(40), maxChunks: 3 }
  assert.is((await refusalOf('rerank', { query: 'q', documents: ['a', 'b', 'c', 'd'] }, few)).param, 'documents')
  const { code, message } = await refusalOf('rerank', { query: 'q', documents: ['a'.repeat(500)] }, few)
  assert.is(code, 'invalid_value')
  assert.match(message, 'at most 3')
  assert.is((await ask('rerank', { query: 'q', documents: ['a', 'b', 'c'] }, few)).results.length, 3)
})

test('score says what the model says, and rerank what lies between 0 and 1', async () => {
  const encoder = fakeEncoder(() => [-4], { width: 1, activation: 'identity' })
  const scored = await ask('score', { text_1: 'q', text_2: 'd' }, encoder)
  assert.is(scored.data[0].score, -4)
  const { results } = await ask('rerank', { query: 'q', documents: ['d'] }, encoder)
  assert.ok(Math.abs(results[0].relevance_score - 1 / (1 + Math.exp(4))) < 1e-9)
})

test('tokenize and detokenize, in the words of OVMS and vLLM; a conversation is refused', async () => {
  assert.equal(await ask('encoders/tokenize', { text: 'ab' }), { tokens: [256, 97, 98] })
  assert.equal(await ask('encoders/tokenize', { text: ['a', 'b'], add_special_tokens: false }), { tokens: [[97], [98]] })
  assert.equal(await ask('encoders/tokenize', { prompt: 'a' }), { count: 2, max_model_len: 16, tokens: [256, 97] })
  const messages = [{ role: 'user', content: 'a' }]
  const { code, param } = await refusalOf('encoders/tokenize', { messages })
  assert.equal([code, param], ['unsupported_parameter', 'messages'])
  assert.equal(await ask('encoders/detokenize', { tokens: [97, 98] }), { prompt: 'ab' })
  assert.is((await refusalOf('encoders/detokenize', { tokens: [97, 257] })).param, 'tokens[1]')
})

test.run()
