import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { payloadOf } from '../../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../../support/run-graph.ts'
import { families, type LoadedFamily, loadEmbedder, loadReranker, unload } from './families.ts'

const graphs = {
  embeddings: await libraryGraph('embeddings'),
  embed_sparse: await libraryGraph('embed_sparse'),
  embed_all: await libraryGraph('embed_all'),
  rerank: await libraryGraph('rerank'),
  score: await libraryGraph('score'),
}

async function ask(route: keyof typeof graphs, json: object, { sides }: LoadedFamily) {
  const [body] = await bodiesOf(graphs[route], payloadOf(json), { ...sides })
  return JSON.parse(body!.data)
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, index) => sum + value * y[index]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

function checkVectors(vectors: readonly (readonly number[])[], wanted: readonly (readonly number[])[], least = 0.99999): void {
  assert.is(vectors.length, wanted.length)
  for (const [index, vector] of vectors.entries()) {
    const golden = wanted[index]!
    assert.is(vector.length, golden.length)
    assert.ok(cosine(vector, golden) >= least, `${index}: ${cosine(vector, golden)}`)
    if (least > 0.9999) assert.ok(Math.abs(Math.hypot(...vector) - Math.hypot(...golden)) < 1e-4 * Math.hypot(...golden))
  }
}

/** Each alone, then all in one batch: padding may change nothing but the last bits. */
async function embedBoth(texts: readonly string[], fields: object, family: LoadedFamily): Promise<number[][][]> {
  const vectorsOf = async (input: readonly string[]): Promise<number[][]> =>
    (await ask('embeddings', { input, ...fields }, family)).data.map(({ embedding }: { embedding: number[] }) => embedding)
  return [(await Promise.all(texts.map((text) => vectorsOf([text])))).flat(), await vectorsOf(texts)]
}

for (const [name, golden] of Object.entries(families)) {
  if ('pairs' in golden) {
    test(`${name}: logits of pairs as sentence-transformers or transformers has them`, async () => {
      const family = await loadReranker(name)
      const { ENCODER, TOKENIZER } = family.sides
      const { pairs, logits, instruction, instructed = [] } = golden
      if (ENCODER.width === 1) {
        const cases = [[undefined, logits] as const, ...(instruction ? [[instruction, instructed] as const] : [])]
        for (const [instruction, wanted] of cases) {
          for (const [index, [query, text]] of pairs.entries()) {
            const fields = { query, texts: [text, text.repeat(2)], raw_scores: true, ...(instruction && { instruction }) }
            const scores: { index: number; score: number }[] = await ask('rerank', fields, family)
            const { score } = scores.find(({ index }) => index === 0)!
            assert.ok(Math.abs(score - wanted[index]![0]!) < 1e-4, `${score}, not ${wanted[index]![0]}`)
          }
        }
      } else {
        const encode = TOKENIZER.pairEncoder({ maxLength: ENCODER.maxLength, overlap: 8 })
        const inputs = await Promise.all(pairs.map(async (pair) => (await encode(...pair))[0]!))
        const vectors = await ENCODER.encode(inputs, new AbortController().signal)
        for (const [index, vector] of vectors.entries()) {
          for (const [label, logit] of logits[index]!.entries()) assert.ok(Math.abs(vector[label]! - logit) < 1e-4)
        }
      }
    })

    test(`${name}: a document that is too long is cut into pieces that fit, and is as relevant as its best one`, async () => {
      const family = await loadReranker(name, { max_length: name.startsWith('qwen3') ? 160 : 64 })
      const [query, long] = golden.long
      const score = async (fields: object) => (await ask('rerank', { query, texts: [long], ...fields }, family))[0].score
      const pieces = await score({})
      assert.ok(pieces >= (await score({ max_chunks_per_doc: 1 })))
      const { usage } = await ask('rerank', { query, documents: [long] }, family)
      assert.ok(usage.prompt_tokens > family.sides.ENCODER.maxLength)
    })
  } else {
    test(`${name}: vectors as sentence-transformers or transformers has them`, async () => {
      const family = await loadEmbedder(name)
      const { texts, vectors, prompted = {}, sparse, tokens, promptedTokens = {} } = golden
      for (const found of vectors ? await embedBoth(texts, {}, family) : []) checkVectors(found, vectors!)
      for (const [prompt_name, wanted] of Object.entries(prompted)) {
        for (const found of await embedBoth(texts, { prompt_name }, family)) checkVectors(found, wanted)
      }
      if (sparse) {
        const entries: { index: number; value: number }[][] = await ask('embed_sparse', { inputs: texts }, family)
        const dense = entries.map((each) =>
          each.reduce(
            (row, { index, value }) => row.with(index, value),
            sparse[0]!.map(() => 0),
          ),
        )
        checkVectors(dense, sparse)
        assert.ok(entries.every((each) => each.every(({ value }) => value > 0)))
      }
      if (tokens) {
        const found: number[][][] = await ask('embed_all', { inputs: texts }, family)
        for (const [text, rows] of found.entries()) checkVectors(rows, tokens[text]!)
      }
      for (const [prompt_name, wanted] of Object.entries(promptedTokens)) {
        const found: number[][][] = await ask('embed_all', { inputs: texts, prompt_name }, family)
        for (const [text, rows] of found.entries()) checkVectors(rows, wanted[text]!)
      }
    })
  }
}

test("a file of transformers.js's folder is chosen by its name: 16 bits are as good, 8 are close", async () => {
  const golden = families['bge-web']!
  if (!('texts' in golden)) return assert.unreachable()
  for (const [model_file, least] of [
    ['onnx/model_fp16.onnx', 0.9999],
    ['onnx/model_quantized.onnx', 0.97],
  ] as const) {
    const family = await loadEmbedder('bge-web', { model_file })
    for (const found of await embedBoth(golden.texts, {}, family)) checkVectors(found, golden.vectors!, least)
  }
})

test('tokens of a model that pools are their states, and their mean is its vector', async () => {
  const family = await loadEmbedder('bert-mean')
  const text = 'a cat sat on the mat'
  const [rows]: number[][][] = await ask('embed_all', { inputs: text }, family)
  const mean = rows![0]!.map((_, element) => rows!.reduce((sum, row) => sum + row[element]!, 0) / rows!.length)
  const { data } = await ask('embeddings', { input: text }, family)
  assert.ok(cosine(mean, data[0].embedding) > 0.99999)
})

test.after(unload)
test.run()
