import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../engine/index.ts'
import { byteTokenizer, fakeEncoder, payloadOf } from '../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../support/run-graph.ts'

const graphs = {
  embeddings: await libraryGraph('embeddings'),
  'v2/embed': await libraryGraph('v2/embed'),
  embed: await libraryGraph('embed'),
}

const ask = async (route: keyof typeof graphs, json: object, encoder = fakeEncoder(), path: string = route) => {
  const payload = { ...payloadOf(json), route: path }
  const [body] = await bodiesOf(graphs[route], payload, { ENCODER: encoder, TOKENIZER: byteTokenizer })
  return JSON.parse(String(body!.data))
}

const refusalOf = async (route: keyof typeof graphs, json: object, encoder = fakeEncoder()) =>
  ask(route, json, encoder).then(
    () => assert.unreachable('it was answered') as never,
    ({ code, param, message }: EngineError) => ({ code, param, message }),
  )

test('a vector for each input, in their order, and the tokens of all', async () => {
  const answer = await ask('embeddings', { input: ['ab', 'c'] })
  assert.equal(answer, {
    object: 'list',
    data: [
      { object: 'embedding', index: 0, embedding: [3, 256, 98, 1] },
      { object: 'embedding', index: 1, embedding: [2, 256, 99, 1] },
    ],
    model: 'fake',
    usage: { prompt_tokens: 5, total_tokens: 5 },
  })
})

test('inputs are texts, token ids, lists of either, and some of each', async () => {
  const encoder = fakeEncoder()
  const bytes = [...new TextEncoder().encode('hi')]
  const inputs = ['hi', ['hi'], bytes, [bytes], ['hi', bytes]]
  for (const input of inputs) await ask('embeddings', { input }, encoder)
  assert.equal(
    encoder.requests.map((request) => request.map(({ ids }) => ids)),
    [[[256, ...bytes]], [[256, ...bytes]], [bytes], [bytes], [[256, ...bytes], bytes]],
  )
})

test('base64 holds the same numbers', async () => {
  const { data } = await ask('embeddings', { input: 'ab', encoding_format: 'base64' })
  const bytes = Buffer.from(data[0].embedding, 'base64')
  assert.equal([...new Float32Array(new Uint8Array(bytes).buffer)], [3, 256, 98, 1])
})

test('fewer dimensions are the first ones, at length 1 again', async () => {
  const encoder = fakeEncoder(() => [3, 4, 5, 6])
  const { data } = await ask('embeddings', { input: 'a', dimensions: 2 }, encoder)
  assert.equal(
    data[0].embedding.map((value: number) => value.toFixed(6)),
    ['0.600000', '0.800000'],
  )
})

test('texts get the prompt that the request names', async () => {
  const encoder = fakeEncoder(undefined, { prompts: { query: 'q:' } })
  await ask('embeddings', { input: 'x', prompt_name: 'query' }, encoder)
  assert.equal(encoder.requests[0]![0]!.ids, [256, ...new TextEncoder().encode('q:x')])
  const { code, param, message } = await refusalOf('embeddings', { input: 'x', prompt_name: 'toString' }, encoder)
  assert.equal([code, param], ['invalid_value', 'prompt_name'])
  assert.match(message, 'query')
})

test('a text that is too long is refused, or cut where the model or the request says so', async () => {
  const input = 'a text of many letters'
  const { code, param } = await refusalOf('embeddings', { input })
  assert.equal([code, param], ['context_length_exceeded', 'input'])
  const cutting = fakeEncoder(undefined, { truncate: true })
  const lengthOf = async (json: object, encoder = fakeEncoder()) => (await ask('embeddings', json, encoder)).usage.prompt_tokens
  assert.is(await lengthOf({ input }, cutting), 16)
  assert.is(await lengthOf({ input, truncate_prompt_tokens: -1 }), 16)
  assert.is(await lengthOf({ input, truncate_prompt_tokens: 5 }), 5)
})

test('what is wrong is named', async () => {
  const cases: readonly [object, string, string | undefined][] = [
    [{}, 'missing_required_parameter', 'input'],
    [{ input: [] }, 'invalid_value', 'input'],
    [{ input: '' }, 'invalid_value', 'input'],
    [{ input: ['a', ''] }, 'invalid_value', 'input[1]'],
    [{ input: [[]] }, 'invalid_value', 'input[0]'],
    [{ input: 5 }, 'invalid_type', 'input'],
    [{ input: ['a', 5] }, 'invalid_type', 'input[1]'],
    [{ input: Array(2049).fill('a') }, 'invalid_value', 'input'],
    [{ input: [[1, 400]] }, 'invalid_value', 'input[1]'],
    [{ input: [-1] }, 'invalid_value', 'input[0]'],
    [{ input: 'a', dimensions: 0 }, 'invalid_value', 'dimensions'],
    [{ input: 'a', dimensions: 5 }, 'invalid_value', 'dimensions'],
    [{ input: 'a', encoding_format: 'hex' }, 'invalid_value', 'encoding_format'],
    [{ input: 'a', truncate_prompt_tokens: 0 }, 'invalid_value', 'truncate_prompt_tokens'],
  ]
  for (const [json, code, param] of cases) {
    const refused = await refusalOf('embeddings', json)
    assert.equal([refused.code, refused.param], [code, param], JSON.stringify(json).slice(0, 80))
  }
})

test("Cohere's embed: vectors by type, in its v2; a list of lists in its v1", async () => {
  const encoder = fakeEncoder(() => [0.5, -0.5, 1, 0])
  const v2 = await ask(
    'v2/embed',
    { texts: ['a'], input_type: 'search_document', embedding_types: ['float', 'int8', 'ubinary'] },
    encoder,
  )
  assert.equal(v2.embeddings, { float: [[0.5, -0.5, 1, 0]], int8: [[64, -63, 127, 0]], ubinary: [[0b10100000]] })
  assert.equal([v2.response_type, v2.texts, v2.meta.billed_units], ['embeddings_by_type', ['a'], { input_tokens: 2 }])
  const v1 = await ask('v2/embed', { texts: ['a'] }, encoder, 'v1/embed')
  assert.equal([v1.embeddings, v1.response_type], [[[0.5, -0.5, 1, 0]], 'embeddings_floats'])
})

test('a text that is too long is named by the field of its API', async () => {
  const long = 'a text of many letters'
  assert.is((await refusalOf('v2/embed', { texts: ['a', long], truncate: 'NONE' })).param, 'texts[1]')
  assert.is((await refusalOf('embed', { inputs: long })).param, 'inputs')
})

test("Cohere's input types choose the model's prompts", async () => {
  const encoder = fakeEncoder(undefined, { prompts: { query: 'q', document: 'd' } })
  for (const input_type of ['search_query', 'search_document', 'classification'])
    await ask('v2/embed', { texts: ['x'], input_type }, encoder)
  assert.equal(
    encoder.requests.map(([input]) => String.fromCharCode(...input!.ids.slice(1))),
    ['qx', 'dx', 'x'],
  )
})

test("TEI's embed: a list of lists", async () => {
  assert.equal(await ask('embed', { inputs: ['ab', 'c'] }), [
    [3, 256, 98, 1],
    [2, 256, 99, 1],
  ])
  assert.is((await refusalOf('embed', { inputs: [] })).param, 'inputs')
})

test.run()
