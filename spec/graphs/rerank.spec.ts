import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../engine/index.ts'
import { byteTokenizer, fakeEncoder, payloadOf } from '../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../support/run-graph.ts'

const graphs = {
  rerank: await libraryGraph('rerank'),
  score: await libraryGraph('score'),
  classify: await libraryGraph('classify'),
}

/** Likes texts with many an `a` in the second part; a logit for each `a`. */
const likesA = (width = 1, maxLength = 16) =>
  fakeEncoder(
    ({ ids, typeIds = [] }) => {
      const count = ids.filter((id, index) => id === 97 && (typeIds.length === 0 || typeIds[index] === 1)).length
      return width === 1 ? [count] : [0, count, -count]
    },
    {
      width,
      maxLength,
      labels: width === 1 ? ['LABEL_0'] : ['none', 'some', 'few'],
      activation: width === 1 ? 'sigmoid' : 'softmax',
    },
  )

const ask = async (route: keyof typeof graphs, json: object, encoder = likesA(), path: string = route) => {
  const [body] = await bodiesOf(graphs[route], payloadOf(json, { route: path }), { ENCODER: encoder, TOKENIZER: byteTokenizer })
  return JSON.parse(String(body!.data))
}

const refusalOf = async (route: keyof typeof graphs, json: object) =>
  ask(route, json).then(
    () => assert.unreachable('it was answered') as never,
    ({ code, param }: EngineError) => [code, param],
  )

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

test('documents by relevance, the most relevant first', async () => {
  const { results, id, model, meta } = await ask('rerank', { query: 'q', documents: ['b', 'aab', 'a'] })
  assert.equal(results, [
    { index: 1, relevance_score: sigmoid(2) },
    { index: 2, relevance_score: sigmoid(1) },
    { index: 0, relevance_score: sigmoid(0) },
  ])
  assert.equal([id, model, meta.billed_units, meta.api_version], ['r1', 'fake', { search_units: 1 }, { version: '2' }])
  const many = await ask('rerank', { query: 'q', documents: Array(101).fill('b') }, { ...likesA(), maxChunks: 101 }, 'v1/rerank')
  assert.equal([many.meta.billed_units, many.meta.api_version], [{ search_units: 2 }, { version: '1' }])
})

test('the best few alone, with their documents, as texts or as they came', async () => {
  const documents = ['b', { text: 'aa', title: 'A' }]
  const { results } = await ask('rerank', { query: 'q', documents, top_n: 1, return_documents: true })
  assert.equal(results, [{ index: 1, relevance_score: sigmoid(2), document: { text: 'aa', title: 'A' } }])
  const all = await ask('rerank', { query: 'q', documents: ['b'], return_documents: true })
  assert.equal(all.results[0].document, { text: 'b' })
})

test('of documents that are objects the fields are read that the request names', async () => {
  const encoder = likesA(1, 64)
  await ask('rerank', { query: 'q', documents: [{ title: 'T', body: 'B' }], rank_fields: ['title', 'body'] }, encoder)
  assert.match(String.fromCharCode(...encoder.requests[0]![0]!.ids), 'title: T\nbody: B')
  await ask(
    'rerank',
    { query: 'q', documents: [{ text: 'T', year: 1984, by: null }], rank_fields: ['text', 'year', 'by'] },
    encoder,
  )
  assert.match(String.fromCharCode(...encoder.requests[1]![0]!.ids), 'text: T\nyear: 1984')
})

test('a long document is as relevant as its best piece', async () => {
  const encoder = likesA()
  const { results } = await ask('rerank', { query: 'q', documents: [`${'b'.repeat(40)}aa`, 'a'] }, encoder)
  assert.ok(encoder.requests[0]!.length > 2)
  assert.is(results[0].index, 0)
  const first = await ask('rerank', { query: 'q', documents: [`${'b'.repeat(40)}aa`, 'a'], max_chunks_per_doc: 1 })
  assert.is(first.results[0].index, 1)
  const beginning = await ask('rerank', { query: 'q', documents: ['baa', 'a'], max_tokens_per_doc: 1 })
  assert.is(beginning.results[0].index, 1)
})

test('documents that are to be cut are read no further than their first piece', async () => {
  const documents = [`${'b'.repeat(40)}aa`, 'a']
  const long = { query: 'q', documents }
  const scored = async (json: object) => {
    const { results } = await ask('rerank', { ...long, ...json })
    return results.map(({ index }: { index: number }) => index)
  }
  assert.equal(
    [await scored({}), await scored({ truncate_prompt_tokens: -1 })],
    [
      [0, 1],
      [1, 0],
    ],
  )
  const encoder = likesA()
  await ask('score', { text_1: 'q', text_2: documents, truncate_prompt_tokens: 8 }, encoder)
  assert.equal(
    encoder.requests[0]!.map(({ ids }) => ids.length),
    [8, 2],
  )
  const tei = await ask('rerank', { query: 'q', texts: documents, truncate: true, truncation_direction: 'right' })
  assert.is(tei[0].index, 1)
})

test('scores are as the model gives them where that is asked for', async () => {
  const { results } = await ask('rerank', { query: 'q', documents: ['aa'], use_activation: false })
  assert.is(results[0].relevance_score, 2)
  const score = await ask('score', { queries: 'q', items: ['aa'], use_activation: false })
  assert.equal([score.data[0].score, score.isRaw], [2, undefined])
  const { data } = await ask('classify', { input: 'aa', use_activation: false }, likesA(3))
  assert.equal(data[0].probs, [0, 2, -2])
})

test('by every name that asks for it', async () => {
  for (const asked of [{ activation: false }, { raw_scores: true }, { use_activation: false, activation: true }]) {
    const { results } = await ask('rerank', { query: 'q', documents: ['aa'], ...asked })
    const score = await ask('score', { text_1: 'q', text_2: 'aa', ...asked })
    const { data } = await ask('classify', { input: 'aa', ...asked }, likesA(3))
    assert.equal([results[0].relevance_score, score.data[0].score, data[0].probs], [2, 2, [0, 2, -2]], JSON.stringify(asked))
  }
  const { results } = await ask('rerank', { query: 'q', documents: ['aa'], activation: true, raw_scores: false })
  assert.is(results[0].relevance_score, sigmoid(2))
})

test('of a query and a document as many tokens are read as the request says', async () => {
  const encoder = likesA()
  for (const [route, json] of [
    ['rerank', { query: 'query', documents: ['aab'] }],
    ['score', { text_1: 'query', text_2: 'aab' }],
  ] as const) {
    await ask(route, { ...json, max_tokens_per_query: 3, max_tokens_per_doc: 1 }, encoder)
    assert.is(String.fromCharCode(...encoder.requests.at(-1)![0]!.ids), 'quea')
  }
})

const long = 'where is it?'

test('a query that is too long is cut, and the answer says so', async () => {
  const encoder = likesA()
  const { results, meta } = await ask('rerank', { query: long, documents: ['b', 'the attic'] }, encoder)
  assert.is(results[0].index, 1)
  assert.equal(meta.warnings, ['query has 12 tokens; where documents did not fit beside it, its first 8 were read.'])
  assert.equal(
    encoder.requests[0]!.map(({ ids }) => String.fromCharCode(...ids)),
    ['where is it?b', 'where isthe atti', 'where ishe attic'],
  )
  assert.is((await ask('rerank', { query: 'q', documents: ['a'] })).meta.warnings, undefined)
  assert.is((await ask('rerank', { query: long, documents: ['b'] })).meta.warnings, undefined)
})

test('it is refused where that is asked for, or nobody would be told; cutting can be asked for', async () => {
  const documents = ['the attic']
  const tooLong = ['context_length_exceeded', 'query']
  assert.equal(await refusalOf('rerank', { query: long, documents, truncate: false }), tooLong)
  assert.equal(await refusalOf('rerank', { query: long, documents, truncation: false }), tooLong)
  assert.equal(await refusalOf('rerank', { query: long, texts: documents }), tooLong)
  assert.equal(await refusalOf('score', { text_1: long, text_2: documents }), ['context_length_exceeded', 'text_1'])
  for (const cutting of [{ truncate: true }, { truncation: true }, { truncate_prompt_tokens: -1 }, { max_tokens_per_query: 4 }]) {
    assert.is((await ask('rerank', { query: long, texts: documents, ...cutting })).length, 1)
    assert.is((await ask('score', { queries: long, items: documents, ...cutting })).data.length, 1)
  }
})

test('as many tokens as leave no room for a pair are refused', async () => {
  assert.equal(await refusalOf('rerank', { query: 'q', documents: ['ab'], truncate_prompt_tokens: 1 }), [
    'invalid_value',
    'truncate_prompt_tokens',
  ])
  assert.is((await ask('rerank', { query: 'q', documents: ['ab'], truncate_prompt_tokens: 2 })).results.length, 1)
  const both = { truncate: false, truncate_prompt_tokens: 2 }
  assert.equal(await refusalOf('rerank', { query: 'q', documents: ['ab'], ...both }), ['invalid_value', 'truncate_prompt_tokens'])
})

test("TEI's words get TEI's answer", async () => {
  const answer = await ask('rerank', { query: 'q', texts: ['b', 'a'], raw_scores: true, return_text: true })
  assert.equal(answer, [
    { index: 1, score: 1, text: 'a' },
    { index: 0, score: 0, text: 'b' },
  ])
})

test('score: one text with each of the others, or pair by pair', async () => {
  const one = await ask('score', { text_1: 'q', text_2: ['a', 'b'] })
  assert.equal(
    one.data.map(({ score }: { score: number }) => score),
    [sigmoid(1), sigmoid(0)],
  )
  const pairs = await ask('score', { queries: ['x', 'y'], documents: ['b', 'aa'] })
  assert.equal(
    pairs.data.map(({ score }: { score: number }) => score),
    [sigmoid(0), sigmoid(2)],
  )
  assert.equal(await refusalOf('score', { text_1: ['x', 'y', 'z'], text_2: ['a', 'b'] }), ['invalid_value', 'text_2'])
  assert.equal(await refusalOf('score', { text_1: 'x' }), ['missing_required_parameter', 'text_2'])
})

test('classify: how likely each label is, and the likeliest', async () => {
  const { data } = await ask('classify', { input: ['aaa', [98]] }, likesA(3))
  assert.equal([data[0].label, data[0].num_classes], ['some', 3])
  assert.ok(Math.abs(data[0].probs.reduce((sum: number, each: number) => sum + each, 0) - 1) < 1e-9)
  assert.equal(data[1].probs, [1 / 3, 1 / 3, 1 / 3])
})

test('what is wrong is named', async () => {
  const cases: readonly [object, string, string][] = [
    [{ documents: ['a'] }, 'missing_required_parameter', 'query'],
    [{ query: 'q' }, 'missing_required_parameter', 'documents'],
    [{ query: 'q', documents: [] }, 'invalid_value', 'documents'],
    [{ query: 'q', documents: 'a' }, 'invalid_type', 'documents'],
    [{ query: 'q', documents: [5] }, 'invalid_type', 'documents[0]'],
    [{ query: 'q', documents: ['a', { title: 'x' }] }, 'missing_required_parameter', 'documents[1].text'],
    [{ query: 'q', documents: [{ text: ['a'] }] }, 'missing_required_parameter', 'documents[0].text'],
    [{ query: 'q', documents: ['a'], return_embeddings: true }, 'unsupported_parameter', 'return_embeddings'],
    [{ query: 'q', documents: ['a'], top_n: 0 }, 'invalid_value', 'top_n'],
    [{ query: 'q', documents: ['a'], top_k: 1 }, 'unsupported_parameter', 'top_k'],
    [{ query: 'q', documents: ['a'], return_documents: 'yes' }, 'invalid_type', 'return_documents'],
    [{ query: 5, documents: ['a'] }, 'invalid_type', 'query'],
    [{ query: 'q', documents: ['a'], texts: ['a'] }, 'invalid_value', 'texts'],
    [{ query: 'q', documents: ['a'], truncation_side: 'left' }, 'unsupported_parameter', 'truncation_side'],
    [{ query: 'q', texts: ['a'], truncation_direction: 'Left' }, 'unsupported_parameter', 'truncation_direction'],
    [{ query: 'q', documents: Array(10_001).fill('a') }, 'invalid_value', 'documents'],
  ]
  for (const [json, code, param] of cases) assert.equal(await refusalOf('rerank', json), [code, param], JSON.stringify(json))
})

test.run()
