import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../engine/index.ts'
import { byteTokenizer, type FakeEncoder, fakeEncoder, payloadOf } from '../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../support/run-graph.ts'

const graphs = {
  embeddings: await libraryGraph('embeddings'),
  'v2/embed': await libraryGraph('v2/embed'),
  embed: await libraryGraph('embed'),
  tokenize: await libraryGraph('encoders/tokenize'),
  detokenize: await libraryGraph('encoders/detokenize'),
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

/** The texts that an encoder was last asked for. */
const textsOf = (encoder: FakeEncoder) => encoder.requests.at(-1)!.map(({ ids }) => byteTokenizer.decode(ids))

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

test('every word for cutting and for not cutting is obeyed, whatever the model does by itself', async () => {
  const input = 'the beginning and the end'
  const [refusing, cutting] = [fakeEncoder(), fakeEncoder(undefined, { truncate: true })]
  for (const words of [
    { truncate: true },
    { truncation: true },
    { truncate: 'END' },
    { truncate: true, truncate_prompt_tokens: 16 },
  ]) {
    await ask('embeddings', { input, ...words }, refusing)
    assert.equal(textsOf(refusing), ['the beginning a'], JSON.stringify(words))
  }
  await ask('embeddings', { input, truncate: 'START' }, refusing)
  assert.equal(textsOf(refusing), ['ginning and the end'.slice(-15)])
  for (const words of [{ truncate: false }, { truncation: false }, { truncate: 'NONE' }]) {
    const { code, param } = await refusalOf('embeddings', { input, ...words }, cutting)
    assert.equal([code, param], ['context_length_exceeded', 'input'], JSON.stringify(words))
  }
  assert.is((await refusalOf('embed', { inputs: input, truncate: false }, cutting)).code, 'context_length_exceeded')
  const both = await refusalOf('embeddings', { input, truncate: false, truncate_prompt_tokens: 5 })
  assert.equal([both.code, both.param], ['invalid_value', 'truncate_prompt_tokens'])
  for (const truncate of ['MIDDLE', 1]) assert.is((await refusalOf('embeddings', { input, truncate })).param, 'truncate')
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
    [{ input: [5, 'a'] }, 'invalid_type', 'input[1]'],
    [{ input: [1, [5]] }, 'invalid_type', 'input[1]'],
    [{ input: [1.5] }, 'invalid_type', 'input[0]'],
    [{ input: [[[1]]] }, 'invalid_type', 'input[0][0]'],
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

test('a list that begins with a number is taken for token ids', async () => {
  assert.is((await refusalOf('embeddings', { input: [1.5] })).message, 'input[0] must be an integer; got 1.5.')
  assert.is((await refusalOf('embeddings', { input: [5, 'a'] })).message, 'input[1] must be an integer; got "a".')
})

test('of a list that is too long it is said how long', async () => {
  const { message } = await refusalOf('embeddings', { input: Array(2049).fill('a') })
  assert.is(message, 'input must have at most 2048 elements; got 2049.')
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

test("TEI's embed: a list of lists, each of length 1", async () => {
  const encoder = fakeEncoder(({ ids }) => [0.6, 0.8, 0, 0].map((value) => value * (ids.length - 1)))
  const [double, single] = await ask('embed', { inputs: ['ab', [1, 2]] }, encoder)
  for (const vector of [double, single]) assert.equal(Float32Array.from(vector), Float32Array.of(0.6, 0.8, 0, 0))
  const [short] = await ask('embed', { inputs: 'ab', dimensions: 1, normalize: true }, encoder)
  assert.equal(short, [1])
  const prompted = fakeEncoder(undefined, { prompts: { query: 'q:' } })
  await ask('embed', { inputs: 'x', prompt_name: 'query' }, prompted)
  assert.equal(textsOf(prompted), ['q:x'])
  for (const [json, code, param] of [
    [{ inputs: [] }, 'invalid_value', 'inputs'],
    [{ inputs: 'a', dimensions: 5 }, 'invalid_value', 'dimensions'],
    [{ inputs: 'a', normalize: false }, 'unsupported_parameter', 'normalize'],
    [{ inputs: 'a', truncation_direction: 'up' }, 'invalid_value', 'truncation_direction'],
  ] as const) {
    const refused = await refusalOf('embed', json)
    assert.equal([refused.code, refused.param], [code, param])
  }
})

test("texts are cut at either end, in each API's words; token ids too", async () => {
  const text = 'the beginning and the end'
  const cut = async (route: keyof typeof graphs, json: object) => {
    const encoder = fakeEncoder()
    await ask(route, json, encoder)
    return textsOf(encoder)[0]
  }
  const [beginning, end] = [text.slice(0, 15), text.slice(-15)]
  assert.is(await cut('v2/embed', { texts: [text] }), beginning)
  assert.is(await cut('v2/embed', { texts: [text], truncate: 'START' }), end)
  assert.is(await cut('v2/embed', { texts: [text], truncate: 'START', max_tokens: 4 }), 'end')
  assert.is(await cut('v2/embed', { texts: [text], max_tokens: 4 }), 'the')
  assert.is(await cut('embed', { inputs: text, truncate: true }), beginning)
  assert.is(await cut('embed', { inputs: text, truncate: true, truncation_direction: 'Left' }), end)
  assert.is(await cut('embeddings', { input: text, truncate_prompt_tokens: 4, truncation_side: 'left' }), 'end')
  const ids = { input: [97, 98, 99], truncate_prompt_tokens: 2, add_special_tokens: false }
  assert.is(await cut('embeddings', ids), 'ab')
  assert.is(await cut('embeddings', { ...ids, truncation_side: 'left' }), 'bc')
})

test('max_tokens refuses where nothing is to be cut', async () => {
  assert.equal(await refusalOf('v2/embed', { texts: ['a', 'abcd'], truncate: 'NONE', max_tokens: 4 }), {
    code: 'context_length_exceeded',
    param: 'texts[1]',
    message: 'The request allows 4 tokens; texts[1] has 5. Cut it up, or ask for it to be truncated.',
  })
  await ask('v2/embed', { texts: ['abc'], truncate: 'NONE', max_tokens: 4 })
})

test("what Cohere's embed takes and what not", async () => {
  const content = (text: string) => ({
    content: [
      { type: 'text', text },
      { type: 'text', text: 'too' },
    ],
  })
  const encoder = fakeEncoder()
  const { texts, id } = await ask('v2/embed', { inputs: [content('a'), content('b')] }, encoder)
  assert.equal([texts, id, textsOf(encoder)], [['a\ntoo', 'b\ntoo'], 'r1', ['a\ntoo', 'b\ntoo']])
  for (const [json, code, param] of [
    [{}, 'missing_required_parameter', 'texts'],
    [{ texts: [] }, 'invalid_value', 'texts'],
    [{ texts: 'a' }, 'invalid_type', 'texts'],
    [{ texts: ['a'], inputs: [content('a')] }, 'invalid_value', 'inputs'],
    [
      { inputs: [{ content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] },
      'invalid_value',
      'inputs[0].content[0].type',
    ],
    [{ texts: ['a'], images: ['data:'] }, 'unsupported_parameter', 'images'],
    [{ texts: ['a'], input_type: 'image' }, 'invalid_value', 'input_type'],
    [{ texts: ['a'], truncate: 'MIDDLE' }, 'invalid_value', 'truncate'],
    [{ texts: ['a'], embedding_types: ['int4'] }, 'invalid_value', 'embedding_types[0]'],
    [{ texts: ['a'], output_dimension: 5 }, 'invalid_value', 'output_dimension'],
    [{ texts: ['a'], max_tokens: 0 }, 'invalid_value', 'max_tokens'],
  ] as const) {
    const refused = await refusalOf('v2/embed', json)
    assert.equal([refused.code, refused.param], [code, param], JSON.stringify(json))
  }
})

test('an input without tokens is refused', async () => {
  const none = { ...byteTokenizer, encode: async () => [] }
  const payload = payloadOf({ input: 'a' })
  const error = await bodiesOf(graphs.embeddings, payload, { ENCODER: fakeEncoder(), TOKENIZER: none }).catch((thrown) => thrown)
  assert.equal([error.code, error.param], ['invalid_value', 'input'])
})

test('vectors as long as a vocabulary come a few at a time', async () => {
  const wide = fakeEncoder(() => [1], { width: 30_522 })
  await ask('embeddings', { input: Array(200).fill('a') }, wide)
  const { code, param, message } = await refusalOf('embeddings', { input: Array(300).fill('a') }, wide)
  assert.equal([code, param], ['invalid_value', 'input'])
  assert.match(message, `at most ${8 * 1024 * 1024}`)
})

test("vLLM's, Jina's and Voyage's fields for vectors of other kinds are refused, unless they ask for what there is", async () => {
  await ask('embeddings', { input: 'a', embed_dtype: 'float32', endianness: 'little', use_activation: true, normalized: true })
  await ask('embeddings', { input: 'a', embedding_type: 'float', output_dtype: 'float', late_chunking: false })
  const others = [
    { embed_dtype: 'float16' },
    { endianness: 'big' },
    { use_activation: false },
    { normalize: false },
    { normalized: false },
    { embedding_type: 'base64' },
    { output_dtype: 'int8' },
    { output_dimension: 2 },
    { activation: false },
    { truncation_direction: 'Left' },
    { instruction: 'find cats' },
    { modality: 'image' },
    { late_chunking: true },
    { return_multivector: true },
  ]
  for (const fields of others) {
    const { code, param } = await refusalOf('embeddings', { input: 'a', ...fields })
    assert.equal([code, param], ['unsupported_parameter', Object.keys(fields)[0]])
  }
})

test('tokenize and detokenize know the model by its encoder', async () => {
  const { tokens, count, max_model_len } = await ask('tokenize', { prompt: 'ab' })
  assert.equal([tokens, count, max_model_len], [[256, 97, 98], 3, 16])
  assert.equal(await ask('tokenize', { text: ['ab', 'c'] }), {
    tokens: [
      [256, 97, 98],
      [256, 99],
    ],
  })
  const { code, param } = await refusalOf('tokenize', { messages: [{ role: 'user', content: 'Hi' }] })
  assert.equal([code, param], ['unsupported_parameter', 'messages'])
  assert.equal(await ask('detokenize', { tokens: [97, 98] }), { prompt: 'ab' })
  assert.is((await refusalOf('detokenize', { tokens: [300] })).param, 'tokens[0]')
})

test.run()
