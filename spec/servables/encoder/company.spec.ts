import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Encoder, EncoderInput } from '../../../servables/encoder/encoder.ts'
import { bytesOfScores } from '../../../servables/encoder/index.ts'
import { directoryOf, type LoadedFamily, loadEmbedder, loadReranker, unload } from './families.ts'

const patient = () => new AbortController().signal

/** Several requests, each of several texts of the fixtures' tokens. */
const requests = fc.array(
  fc.array(
    fc.array(fc.integer({ min: 5, max: 90 }), { minLength: 2, maxLength: 60, size: 'max' }).map((ids): EncoderInput => ({ ids })),
    { minLength: 1, maxLength: 8 },
  ),
  { minLength: 2, maxLength: 5 },
)

async function alone(encoder: Encoder, asked: readonly (readonly EncoderInput[])[]): Promise<Float32Array[]> {
  const vectors: Float32Array[] = []
  for (const input of asked.flat()) vectors.push(...(await encoder.encode([input], patient())))
  return vectors
}

const together = async (encoder: Encoder, asked: readonly (readonly EncoderInput[])[]) =>
  (await Promise.all(asked.map((inputs) => encoder.encode(inputs, patient())))).flat()

const families: Readonly<Record<string, (options: object) => Promise<LoadedFamily>>> = {
  'bert-mean': (options) => loadEmbedder('bert-mean', options),
  'modernbert-cls': (options) => loadEmbedder('modernbert-cls', options),
  'qwen3-last': (options) => loadEmbedder('qwen3-last', options),
  'bert-rerank': (options) => loadReranker('bert-rerank', options),
}

for (const [name, load] of Object.entries(families)) {
  test(`${name}: what a text gets does not depend on its company, to 1e-5; deterministic: to the last bit`, async () => {
    for (const deterministic of [false, true]) {
      // Runs beside each other, too.
      const { sides } = await load({ deterministic, inference_num_threads: 2 })
      const check = async (asked: readonly (readonly EncoderInput[])[]) => {
        const [beside, by] = [await together(sides.ENCODER, asked), await alone(sides.ENCODER, asked)]
        for (const [text, vector] of beside.entries()) {
          if (deterministic) assert.equal(vector, by[text])
          else for (const [at, value] of vector.entries()) assert.ok(Math.abs(value - by[text]![at]!) < 1e-5)
        }
      }
      await fc.assert(fc.asyncProperty(requests, check), { numRuns: 12 })
      await unload()
    }
  })
}

test('8 bits are like floats, and a rewritten file is as independent of company', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'int8-'))
  await cp(directoryOf('bert-mean'), directory, { recursive: true })
  const [float, int8] = [await loadEmbedder('bert-mean'), await loadEmbedder(directory, { precision: 'int8' })]
  const check = async (asked: readonly (readonly EncoderInput[])[]) => {
    const vectors = await together(int8.sides.ENCODER, asked)
    for (const [text, vector] of (await alone(float.sides.ENCODER, asked)).entries()) {
      const cosine = vector.reduce((sum, value, at) => sum + value * vectors[text]![at]!, 0)
      assert.ok(cosine >= 0.99, `${cosine}`)
    }
    for (const [text, vector] of (await alone(int8.sides.ENCODER, asked)).entries()) {
      assert.ok(vector.every((value, at) => Math.abs(value - vectors[text]![at]!) < 1e-5))
    }
  }
  await fc.assert(fc.asyncProperty(requests, check), { numRuns: 12 })
  await unload()
  await rm(directory, { recursive: true })
})

/** The process of the models that are loaded; other specs may have hosts of other names. */
function hostPid(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number)
  return children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('ovms-ts host families'))!
}

/** Linux tells how much memory a process had at most. */
const most = (pid: number) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** Tokens of a text whose attention takes two hundred megabytes, of a model with four heads. */
const length = 2048

if (process.platform === 'linux') {
  test('a thousand long texts from each of four clients take no more of the host than a few do', async () => {
    const { sides } = await loadEmbedder('bert-mean', { inference_num_threads: 2 })
    const long = (count: number) => Array.from({ length: count }, (_, k) => ({ ids: Array(64).fill(5 + (k % 80)) }))
    await together(sides.ENCODER, [long(100), long(100)])
    const pid = hostPid()
    const before = most(pid)
    await together(sides.ENCODER, [long(1000), long(1000), long(1000), long(1000)])
    assert.ok(most(pid) - before < 100, `${before} → ${most(pid)} MB`)
    await unload()
  })

  test('texts of any number and length take of a process what the bounds of its models add up to', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'long-'))
    await cp(directoryOf('gte-cls'), directory, { recursive: true })
    const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'))
    await writeFile(join(directory, 'config.json'), JSON.stringify({ ...config, max_position_embeddings: length }))
    for (const file of ['sentence_bert_config.json', 'tokenizer_config.json']) await rm(join(directory, file))
    const models = [await loadEmbedder(directory), await loadEmbedder(directory)]
    const encoders = models.map(({ sides }) => sides.ENCODER)
    assert.equal(
      encoders.map(({ maxLength }) => maxLength),
      [length, length],
    )
    const texts = (tokens: number, count: number) =>
      Array.from({ length: count }, (_, k) => ({ ids: Array(tokens).fill(5 + (k % 80)) }))
    const ask = (tokens: number, count: number) =>
      Promise.all(encoders.flatMap((encoder) => [1, 2].map(() => encoder.encode(texts(tokens, count), patient()))))
    await ask(64, 100)
    const pid = hostPid()
    const before = most(pid)
    await Promise.all([ask(length, 2), ask(1024, 2), ask(64, 300)])
    const bound = (2 * bytesOfScores(config.num_attention_heads, length ** 2)) / 2 ** 20
    assert.ok(most(pid) - before < bound + 100, `${before} → ${most(pid)} MB, bound ${bound}`)
    assert.ok(most(pid) - before > bound / 8, `${before} → ${most(pid)} MB: too little to tell`)
    await unload()
    await rm(directory, { recursive: true })
  })
}

test.run()
