import { CohereEmbeddings, CohereRerank } from '@langchain/cohere'
import { Document } from '@langchain/core/documents'
import { CohereClient, CohereClientV2, CohereError } from 'cohere-ai'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LiveServer } from '../cli/support.ts'
import { refusal } from './demo.ts'
import { answering, documents, nearness, query, servingEncoders, texts, width } from './encoders.ts'

const test = suite('cohere-ai, and LangChain with it')

let server: Pick<LiveServer, 'url' | 'stop'>
let v1: CohereClient
let v2: CohereClientV2
test.before(async () => {
  server = await servingEncoders()
  const settings = { token: 'unused', environment: `${server.url}/v3`, maxRetries: 0 }
  v1 = new CohereClient(settings)
  v2 = new CohereClientV2(settings)
})
test.after(async () => {
  assert.is(await server.stop(), 0)
})

const model = 'demo-rerank'
/** v1 answers in one of two forms. */
const isByType = <T extends { readonly responseType: string }>(
  answer: T,
): answer is Extract<T, { responseType: 'embeddings_by_type' }> => answer.responseType === 'embeddings_by_type'

test('rerank, by v1 and v2: the same results, the most relevant first', async () => {
  const first = await v1.rerank({ model, query, documents, topN: 2 })
  const second = await v2.rerank({ model, query, documents, topN: 2 })
  assert.is(first.results.length, 2)
  assert.is(first.results[0]!.index, answering)
  assert.ok(first.results[0]!.relevanceScore >= first.results[1]!.relevanceScore)
  for (const { relevanceScore } of first.results) assert.ok(relevanceScore > 0 && relevanceScore < 1)
  assert.equal(
    second.results.map(({ index, relevanceScore }) => ({ index, relevanceScore })),
    first.results.map(({ index, relevanceScore }) => ({ index, relevanceScore })),
  )
  assert.equal([first.meta?.apiVersion?.version, second.meta?.apiVersion?.version], ['1', '2'])
  assert.equal(first.meta?.billedUnits?.searchUnits, 1)
  assert.ok(first.id && second.id)
})

test('rerank by v1: objects, of which fields are read, come back', async () => {
  const objects = documents.map((text, index) => ({ text, title: `Title ${index}` }))
  const asked = { model, query, documents: objects, returnDocuments: true }
  const { results } = await v1.rerank({ ...asked, rankFields: ['title', 'text'], maxChunksPerDoc: 2 })
  assert.is(results.length, 3)
  for (const { index, document } of results) assert.equal({ ...document }, objects[index])
  const plain = await v1.rerank({ ...asked, documents })
  for (const { index, document } of plain.results) assert.equal(document, { text: documents[index]! })
})

test('rerank by v2: of long documents the beginning', async () => {
  const long = documents.map((text) => `${text} ${'and the mill '.repeat(20)}`)
  const { results } = await v2.rerank({ model, query, documents: long, maxTokensPerDoc: 3 })
  const short = await v2.rerank({
    model,
    query,
    documents: long.map((text) => text.split(' ').slice(0, 3).join(' ')),
    maxTokensPerDoc: 3,
  })
  assert.equal(results, short.results)
})

test('a query that is too long is cut, and the client is warned', async () => {
  const { results, meta } = await v2.rerank({ model, query: `${query} ${'mill '.repeat(300)}`, documents })
  assert.is(results.length, 3)
  assert.is(meta?.warnings?.length, 1)
  assert.match(meta!.warnings![0]!, /^query has 3\d\d tokens; .* its first 128 were read\.$/)
  assert.is((await v2.rerank({ model, query, documents })).meta?.warnings, undefined)
})

test('embed by v1: lists of numbers, or by type', async () => {
  const answer = await v1.embed({ model: 'demo-embed', texts, inputType: 'search_document', truncate: 'START' })
  assert.not(isByType(answer))
  assert.equal(answer.texts, texts)
  const [near, far] = nearness(answer.embeddings as number[][])
  assert.ok(near! > far!, `${near} ${far}`)
  assert.ok(answer.meta!.billedUnits!.inputTokens! > 4)
  const typed = await v1.embed({ model: 'demo-embed', texts, inputType: 'search_document', embeddingTypes: ['float', 'int8'] })
  assert.ok(isByType(typed))
  assert.equal(typed.embeddings.float, answer.embeddings as number[][])
})

test('embed by v2: vectors of every type tell of the same', async () => {
  const types = ['float', 'int8', 'uint8', 'binary', 'ubinary', 'base64'] as const
  const asked = { model: 'demo-embed', texts, inputType: 'search_query' as const }
  const { embeddings, id, meta } = await v2.embed({ ...asked, embeddingTypes: [...types] })
  assert.ok(id)
  assert.is(meta?.apiVersion?.version, '2')
  for (const [index] of texts.entries()) {
    const vector = embeddings.float![index]!
    assert.is(vector.length, width)
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5)
    const bytes = new Uint8Array(Buffer.from(embeddings.base64![index]!, 'base64'))
    assert.equal(new Float32Array(bytes.buffer), Float32Array.from(vector))
    const bits = Array.from({ length: width / 8 }, (_, at) =>
      Number.parseInt(
        vector
          .slice(8 * at, 8 * at + 8)
          .map((value) => (value > 0 ? '1' : '0'))
          .join(''),
        2,
      ),
    )
    assert.equal(embeddings.ubinary![index], bits)
    assert.equal(
      embeddings.binary![index],
      bits.map((byte) => byte - 128),
    )
    for (const [at, value] of vector.entries()) {
      assert.ok(Math.abs(embeddings.int8![index]![at]! - value * 127) <= 0.5)
      assert.is(embeddings.uint8![index]![at], embeddings.int8![index]![at]! + 128)
    }
  }
  const alone = await v2.embed(asked)
  assert.equal(Object.keys(alone.embeddings), ['float'])
})

test('embed by v2: inputs in parts, fewer dimensions, cut texts', async () => {
  const asked = { model: 'demo-embed', inputType: 'search_document' as const, embeddingTypes: ['float' as const] }
  const whole = await v2.embed({ ...asked, texts })
  const parts = await v2.embed({ ...asked, inputs: texts.map((text) => ({ content: [{ type: 'text', text }] })) })
  assert.equal(parts.embeddings, whole.embeddings)
  const short = await v2.embed({ ...asked, texts, outputDimension: 8 })
  const [beginning] = [whole.embeddings.float![0]!.slice(0, 8)]
  const norm = Math.hypot(...beginning)
  for (const [at, value] of short.embeddings.float![0]!.entries()) assert.ok(Math.abs(value - beginning[at]! / norm) < 1e-6)
  const vectorOf = async (text: string, more = {}) => (await v2.embed({ ...asked, texts: [text], ...more })).embeddings.float![0]
  const cut = (truncate: 'START' | 'END') => vectorOf(`hello ${'mill '.repeat(50)}hello`, { maxTokens: 3, truncate })
  assert.equal([await cut('START'), await cut('END')], Array(2).fill(await vectorOf('hello')))
})

test('what is wrong is an error of the right status, whose body says what', async () => {
  for (const [call, status, words] of [
    [() => v2.rerank({ model, query, documents: [] }), 400, /documents must not be empty/],
    [() => v2.rerank({ model, query, documents, topN: 0 }), 400, /top_n must be at least 1/],
    [() => v1.rerank({ model: 'none', query, documents }), 404, /The model "none" does not exist/],
    [() => v1.rerank({ model, query, documents: [{ title: 'x' }] }), 400, /documents\[0\]\.text is missing/],
    [
      () => v2.embed({ model: 'demo-embed', texts, inputType: 'search_query', outputDimension: 4096 }),
      400,
      /output_dimension must be at most/,
    ],
    [
      () => v2.embed({ model: 'demo-embed', texts: ['mill '.repeat(300)], inputType: 'search_query', truncate: 'NONE' }),
      400,
      /context length/,
    ],
  ] as const) {
    const error = await refusal(call)
    assert.instance(error, CohereError)
    const { statusCode, body } = error as CohereError
    assert.is(statusCode, status)
    assert.match((body as { message: string }).message, words)
  }
})

test("LangChain's CohereRerank and CohereEmbeddings", async () => {
  // LangChain's types are of an older cohere-ai, which it brings along.
  const client = v1 as unknown as Required<NonNullable<ConstructorParameters<typeof CohereEmbeddings>[0]>>['client']
  const found = documents.map((pageContent) => new Document({ pageContent }))
  const rerank = new CohereRerank({ model, client, topN: 2 })
  const { results } = await v1.rerank({ model, query, documents, topN: 2 })
  const best = await rerank.compressDocuments(found, query)
  assert.is(best[0]!.pageContent, documents[answering])
  assert.equal(
    best.map(({ pageContent }) => pageContent),
    results.map(({ index }) => documents[index]),
  )
  assert.equal(
    await rerank.rerank(documents, query),
    results.map(({ index, relevanceScore }) => ({ index, relevanceScore })),
  )
  const embeddings = new CohereEmbeddings({ model: 'demo-embed', client, batchSize: 1, maxRetries: 0 })
  const vectors = await embeddings.embedDocuments(texts.slice(1))
  const [near, far] = nearness([await embeddings.embedQuery(texts[0]!), ...vectors])
  assert.ok(near! > far!, `${near} ${far}`)
  assert.is(vectors[0]!.length, width)
})

test.run()
