import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EncoderInput } from '../../../servables/encoder/encoder.ts'
import { readEncoderFiles } from '../../../servables/encoder/files.ts'
import { EncoderRunner } from '../../../servables/encoder/runner.ts'
import { OnnxSession } from '../../../servables/onnx/index.ts'
import { loadTokenizer } from '../../../servables/tokenizer/index.ts'

interface EmbeddingsGolden {
  readonly texts: readonly string[]
  readonly vectors: readonly (readonly number[])[]
  readonly prompted?: Readonly<Record<string, readonly (readonly number[])[]>>
}
interface RerankGolden {
  readonly pairs: readonly (readonly [string, string])[]
  readonly logits: readonly (readonly number[])[]
  readonly long: readonly [string, string]
}

const fixtures = join(import.meta.dirname, '../../fixtures/encoders')
const { families }: { families: Record<string, EmbeddingsGolden | RerankGolden> } = JSON.parse(
  readFileSync(join(fixtures, 'golden.json'), 'utf8'),
)

async function open(name: string, task: 'embeddings' | 'rerank') {
  const directory = join(fixtures, name)
  const files = await readEncoderFiles(directory, task)
  const session = await OnnxSession.open(files.file)
  const { padToken, pooling = [], dense, normalize = false } = files
  const runner = new EncoderRunner(session, { task, padToken, pooling, dense, normalize, isPoolingAsked: false, defaultTask: 0 })
  const tokenizer = await loadTokenizer(directory)
  return { files, session, runner, tokenizer }
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Array.from(x).reduce((sum, value, index) => sum + value * y[index]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

/** Each alone, then all in one batch: padding may change nothing but the last bits. */
async function runBoth(runner: EncoderRunner, inputs: readonly EncoderInput[]) {
  const alone = []
  for (const input of inputs) alone.push(...(await runner.run([input])))
  return [alone, await runner.run(inputs)] as const
}

for (const [name, golden] of Object.entries(families)) {
  if ('pairs' in golden) {
    test(`${name}: logits of pairs as sentence-transformers' CrossEncoder has them`, async () => {
      const { session, runner, tokenizer, files } = await open(name, 'rerank')
      const options = { maxLength: files.maxLength, overlap: 8 }
      const inputs = (await Promise.all(golden.pairs.map((pair) => tokenizer.pairEncoder(options)(...pair)))).map(
        ([first]) => first!,
      )
      for (const vectors of await runBoth(runner, inputs)) {
        for (const [index, vector] of vectors.entries()) {
          for (const [label, logit] of golden.logits[index]!.entries()) assert.ok(Math.abs(vector[label]! - logit) < 1e-4)
        }
      }
      const pieces = await tokenizer.pairEncoder(options)(...golden.long)
      assert.ok(pieces.length > 1)
      for (const { ids } of pieces) assert.ok(ids.length <= files.maxLength)
      await session.dispose()
    })
  } else {
    test(`${name}: vectors as sentence-transformers has them`, async () => {
      const { session, runner, tokenizer, files } = await open(name, 'embeddings')
      const prompted = Object.entries(golden.prompted ?? {}).map(([use, vectors]) => [files.prompts[use]!, vectors] as const)
      for (const [prompt, wanted] of [['', golden.vectors] as const, ...prompted]) {
        const encode = (text: string) => tokenizer.encode(prompt + text, { maxLength: files.maxLength })
        const inputs = (await Promise.all(golden.texts.map(encode))).map((ids) => ({ ids }))
        for (const vectors of await runBoth(runner, inputs)) {
          for (const [index, vector] of vectors.entries()) {
            assert.is(vector.length, wanted[index]!.length)
            assert.ok(cosine(vector, wanted[index]!) >= 0.99999, `${index}: ${cosine(vector, wanted[index]!)}`)
            const size = (values: ArrayLike<number>) => Math.hypot(...Array.from(values))
            assert.ok(Math.abs(size(vector) - size(wanted[index]!)) < 1e-4)
          }
        }
      }
      await session.dispose()
    })
  }
}

test.run()
