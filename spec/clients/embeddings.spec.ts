import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled, type LiveServer, root, serving } from '../cli/support.ts'

const test = suite('embeddings and rerank, by tiny models with random weights')

const folder = mkdtempSync(join(tmpdir(), 'ovms-ts-encoders-'))
const models = { embed: 'bert-mean', rank: 'bert-rerank', classify: 'roberta-classify' }
let server: LiveServer
let openai: OpenAI
test.before(async () => {
  const list = Object.entries(models).map(([name, fixture]) => ({
    config: { name, base_path: join(root, 'spec/fixtures/encoders', fixture) },
  }))
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_config_list: list }))
  server = await serving(['--config', join(folder, 'config.json')], { program: compiled })
  openai = new OpenAI({ baseURL: `${server.url}/v3`, apiKey: 'unused', maxRetries: 0 })
})
test.after(async () => {
  assert.is(await server.stop(), 0)
  rmSync(folder, { recursive: true, force: true })
})

/** What of the routes' answers is looked at. */
interface Body {
  readonly error: { readonly code: string; readonly message: string }
  readonly results: readonly { readonly index: number; readonly relevance_score: number }[]
  readonly data: readonly { readonly num_classes: number }[]
  readonly embeddings: readonly (readonly number[])[]
}

async function ask<T = Body>(route: string, json: object): Promise<{ readonly status: number; readonly body: T }> {
  const body = JSON.stringify(json)
  const response = await fetch(`${server.url}/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  return { status: response.status, body: (await response.json()) as T }
}

test("OpenAI's client gets vectors of length 1, as base64 by itself and as numbers when asked", async () => {
  const input = ['a cat sat on the mat', 'hello']
  const { data, usage } = await openai.embeddings.create({ model: 'embed', input })
  const numbers = await openai.embeddings.create({ model: 'embed', input, encoding_format: 'float' })
  assert.is(data.length, 2)
  assert.ok(usage.prompt_tokens > 4)
  for (const [index, { embedding }] of data.entries()) {
    assert.is(embedding.length, 32)
    assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-5)
    assert.equal(embedding, numbers.data[index]!.embedding)
  }
})

test('a text has the same vector in company as alone, to 1e-5', async () => {
  const texts = Array.from({ length: 40 }, (_, index) => `an owl flew over the river ${'and the mill '.repeat(index % 5)}`)
  const together = await openai.embeddings.create({ model: 'embed', input: texts, encoding_format: 'float' })
  const alone = await Promise.all(
    texts.map((input) => openai.embeddings.create({ model: 'embed', input, encoding_format: 'float' })),
  )
  for (const [index, { data }] of alone.entries()) {
    for (const [element, value] of data[0]!.embedding.entries()) {
      assert.ok(Math.abs(value - together.data[index]!.embedding[element]!) < 1e-5)
    }
  }
})

test("a mistake is the client's, and named", async () => {
  const refused = await openai.embeddings.create({ model: 'embed', input: 'a', dimensions: 33 }).catch((error: unknown) => error)
  assert.instance(refused, OpenAI.BadRequestError)
  assert.is((refused as InstanceType<typeof OpenAI.BadRequestError>).param, 'dimensions')
  const other = await ask('v3/embeddings', { model: 'rank', input: 'a' })
  assert.equal([other.status, other.body.error.code], [400, 'invalid_value'])
  assert.match(other.body.error.message, 'rerank')
})

test('documents are ranked on all paths that clients build', async () => {
  const json = { model: 'rank', query: 'who slept', documents: ['the miller slept', 'hello', 'a cat'], top_n: 2 }
  const [first, ...others] = await Promise.all(
    ['v3/rerank', 'v1/rerank', 'v3/v1/rerank', 'v3/v2/rerank'].map((route) => ask(route, json)),
  )
  assert.is(first!.body.results.length, 2)
  assert.ok(first!.body.results[0]!.relevance_score >= first!.body.results[1]!.relevance_score)
  for (const { body } of others) assert.equal(body.results, first!.body.results)
})

test('score, classify and the other words for vectors are answered', async () => {
  const score = await ask('v1/score', { model: 'rank', text_1: 'who slept', text_2: ['the miller slept'] })
  assert.is(score.body.data.length, 1)
  const { body } = await ask('v1/classify', { model: 'classify', input: 'hello' })
  assert.is(body.data[0]!.num_classes, 3)
  const { data } = await openai.embeddings.create({ model: 'embed', input: 'hello', encoding_format: 'float' })
  const tei = await ask<readonly (readonly number[])[]>('v3/embed', { model: 'embed', inputs: 'hello' })
  const cohere = await ask('v2/embed', {
    model: 'embed',
    texts: ['hello'],
    input_type: 'search_query',
    embedding_types: ['float'],
  })
  const v1 = await ask('v1/embed', { model: 'embed', texts: ['hello'] })
  assert.equal([tei.body[0], v1.body.embeddings[0]], [data[0]!.embedding, data[0]!.embedding])
  assert.is(cohere.status, 200)
})

test.run()
