import { OpenAIEmbeddings } from '@langchain/openai'
import OpenAI from 'openai'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LiveServer, post } from '../cli/support.ts'
import { answering, documents, nearness, query, servingEncoders, texts, width } from './encoders.ts'

const test = suite('embeddings and rerank, by the demo models')

const model = 'demo-embed'
let server: Pick<LiveServer, 'url' | 'stop'>
let openai: OpenAI
test.before(async () => {
  server = await servingEncoders()
  openai = new OpenAI({ baseURL: `${server.url}/v3`, apiKey: 'unused', maxRetries: 0 })
})
test.after(async () => {
  assert.is(await server.stop(), 0)
})

/** What of the routes' answers is looked at. */
interface Body {
  readonly error: { readonly code: string; readonly message: string }
  readonly results: readonly { readonly index: number; readonly relevance_score: number; readonly document: unknown }[]
  readonly data: readonly { readonly num_classes: number; readonly score: number }[]
  readonly embeddings: readonly (readonly number[])[]
  readonly tokens: readonly number[]
}

async function ask<T = Body>(route: string, json: object): Promise<{ readonly status: number; readonly body: T }> {
  const response = await fetch(`${server.url}/${route}`, post(json))
  return { status: response.status, body: (await response.json()) as T }
}

test("OpenAI's client gets vectors of length 1, as base64 by itself and as numbers when asked", async () => {
  const { data, usage } = await openai.embeddings.create({ model, input: texts })
  const numbers = await openai.embeddings.create({ model, input: texts, encoding_format: 'float' })
  assert.is(data.length, 3)
  const [near, far] = nearness(data.map(({ embedding }) => embedding))
  assert.ok(near! > far!, `${near} ${far}`)
  assert.ok(usage.prompt_tokens > 4)
  for (const [index, { embedding }] of data.entries()) {
    assert.is(embedding.length, width)
    assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-5)
    assert.equal(Float32Array.from(embedding), Float32Array.from(numbers.data[index]!.embedding))
  }
})

test("OpenAI's client gets as many dimensions as it asks for, at length 1 again", async () => {
  const { data } = await openai.embeddings.create({ model, input: 'hello', dimensions: 8 })
  const whole = await openai.embeddings.create({ model, input: 'hello', dimensions: width })
  const [short, vector] = [data[0]!.embedding, whole.data[0]!.embedding]
  assert.equal([short.length, vector.length], [8, width])
  assert.ok(Math.abs(Math.hypot(...short) - 1) < 1e-6)
  const norm = Math.hypot(...vector.slice(0, 8))
  for (const [at, value] of short.entries()) assert.ok(Math.abs(value - vector[at]! / norm) < 1e-6)
})

test("a text's token ids have the text's vector", async () => {
  const ids = await Promise.all(texts.map(async (text) => [...(await ask('v3/tokenize', { model, text })).body.tokens]))
  const [byText, byIds] = await Promise.all([texts, ids].map((input) => openai.embeddings.create({ model, input, user: 'u' })))
  assert.equal(byIds!.data, byText!.data)
  assert.equal(byIds!.usage, byText!.usage)
  const alone = await openai.embeddings.create({ model, input: ids[1]! })
  for (const [at, value] of alone.data[0]!.embedding.entries())
    assert.ok(Math.abs(value - byText!.data[1]!.embedding[at]!) < 1e-5)
})

test("LangChain's OpenAIEmbeddings, in batches, under /v1", async () => {
  const configuration = { baseURL: `${server.url}/v1` }
  const settings = { model, apiKey: 'unused', configuration, batchSize: 2, maxRetries: 0 }
  const vectors = await new OpenAIEmbeddings(settings).embedDocuments(texts)
  assert.equal(
    vectors.map(({ length }) => length),
    [width, width, width],
  )
  const asked = await new OpenAIEmbeddings(settings).embedQuery(texts[1]!)
  assert.ok(vectors[1]!.every((value, at) => Math.abs(value - asked[at]!) < 1e-5))
  const [self, other] = nearness([asked, vectors[0]!, vectors[2]!])
  assert.ok(self! > other!, `${self} ${other}`)
  assert.is((await new OpenAIEmbeddings({ ...settings, dimensions: 8 }).embedQuery('hello')).length, 8)
})

test('a text has the same vector in company as alone, to 1e-5', async () => {
  const texts = Array.from({ length: 40 }, (_, index) => `an owl flew over the river ${'and the mill '.repeat(index % 5)}`)
  const together = await openai.embeddings.create({ model, input: texts, encoding_format: 'float' })
  const alone = await Promise.all(texts.map((input) => openai.embeddings.create({ model, input, encoding_format: 'float' })))
  for (const [index, { data }] of alone.entries()) {
    for (const [element, value] of data[0]!.embedding.entries()) {
      assert.ok(Math.abs(value - together.data[index]!.embedding[element]!) < 1e-5)
    }
  }
})

test("a mistake is the client's, and named", async () => {
  const refused = await openai.embeddings.create({ model, input: 'a', dimensions: width + 1 }).catch((error: unknown) => error)
  assert.instance(refused, OpenAI.BadRequestError)
  assert.is((refused as InstanceType<typeof OpenAI.BadRequestError>).param, 'dimensions')
  const other = await ask('v3/embeddings', { model: 'demo-rerank', input: 'a' })
  assert.equal([other.status, other.body.error.code], [400, 'invalid_value'])
  assert.match(other.body.error.message, 'rerank')
})

test('documents are ranked on all paths that clients build', async () => {
  const json = { model: 'demo-rerank', query, documents, top_n: 2 }
  const paths = ['v3/rerank', 'v1/rerank', 'v2/rerank', 'v3/v1/rerank', 'v3/v2/rerank']
  const [first, ...others] = await Promise.all(paths.map((route) => ask(route, json)))
  assert.is(first!.body.results.length, 2)
  assert.is(first!.body.results[0]!.index, answering)
  assert.ok(first!.body.results[0]!.relevance_score >= first!.body.results[1]!.relevance_score)
  for (const { body } of others) assert.equal(body.results, first!.body.results)
})

test("Jina's body: documents as texts or objects, returned when asked for", async () => {
  const mixed = documents.map((text, index) => (index === 2 ? { text } : text))
  const asked = { model: 'demo-rerank', query, documents: mixed, return_documents: true }
  const { status, body } = await ask('v1/rerank', asked)
  assert.is(status, 200)
  for (const { index, document } of body.results) {
    assert.equal(document, { text: documents[index] })
  }
  assert.is(body.results[0]!.index, answering)
})

test("TEI's bodies get TEI's answers", async () => {
  const asked = { model: 'demo-rerank', query }
  const { body } = await ask('v3/rerank', { ...asked, documents, return_documents: true })
  const tei = await ask('v3/rerank', { ...asked, texts: documents, return_text: true })
  const expected = body.results.map(({ index, relevance_score }) => ({ index, score: relevance_score, text: documents[index] }))
  assert.equal(tei.body, expected)
  const { data } = await openai.embeddings.create({ model, input: texts, encoding_format: 'float' })
  const vectors = await ask('v3/embed', { model, inputs: texts, truncate: true, normalize: true })
  assert.equal(
    vectors.body,
    data.map(({ embedding }) => embedding),
  )
})

test("vLLM's score is rerank's relevance, and its raw scores are logits", async () => {
  const [text_1, text_2] = [query, documents]
  const { body } = await ask('v1/score', { model: 'demo-rerank', text_1, text_2 })
  const ranked = (await ask('v1/rerank', { model: 'demo-rerank', query: text_1, documents: text_2 })).body.results
  for (const { index, relevance_score } of ranked) assert.is(body.data[index]!.score, relevance_score)
  const raw = await ask('v1/score', { model: 'demo-rerank', queries: text_1, items: text_2, use_activation: false })
  for (const [index, { score }] of body.data.entries()) {
    assert.ok(Math.abs(score - 1 / (1 + Math.exp(-raw.body.data[index]!.score))) < 1e-6)
  }
})

test('score, classify and the other words for vectors are answered', async () => {
  const score = await ask('v1/score', { model: 'demo-rerank', text_1: query, text_2: documents.slice(1) })
  assert.ok(score.body.data[0]!.score > score.body.data[1]!.score)
  const { body } = await ask('v1/classify', { model: 'classifier', input: 'hello' })
  assert.is(body.data[0]!.num_classes, 3)
  const { data } = await openai.embeddings.create({ model, input: 'hello', encoding_format: 'float' })
  const tei = await ask<readonly (readonly number[])[]>('v3/embed', { model, inputs: 'hello' })
  const cohere = await ask('v2/embed', {
    model,
    texts: ['hello'],
    input_type: 'search_query',
    embedding_types: ['float'],
  })
  const v1 = await ask('v1/embed', { model, texts: ['hello'] })
  assert.equal([tei.body[0], v1.body.embeddings[0]], [data[0]!.embedding, data[0]!.embedding])
  assert.is(cohere.status, 200)
})

test.run()
