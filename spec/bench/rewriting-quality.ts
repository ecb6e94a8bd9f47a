import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RewriteOptions, rewriteModel } from '../../servables/onnx-file/index.ts'
import { argmax, Decoder } from '../servables/onnx-file/decoder.ts'

interface Example {
  readonly ids: readonly number[]
  /** Which of them the model is to say. */
  readonly answer: readonly boolean[]
}

/** What a model says of the tokens that it is to say, each after all that go before it. */
interface Verdict {
  /** The best token at each place. */
  readonly best: readonly number[]
  /** The probability's logarithm of the example's own token. */
  readonly logProbabilities: readonly number[]
}

const variants: Readonly<Record<string, RewriteOptions>> = {
  'as it is': { precision: 'keep', lastLogits: false },
  int8: { precision: 'int8', lastLogits: false },
}

async function judge(file: string, directory: string, examples: readonly Example[]): Promise<Verdict> {
  const decoder = await Decoder.open(file, directory, 1, 2048)
  const [best, logProbabilities]: [number[], number[]] = [[], []]
  for (const { ids, answer } of examples) {
    const logits = await decoder.run(0, [ids], [ids.length], [])
    for (let position = 1; position < ids.length; position++) {
      if (!answer[position]) continue
      const row = logits.subarray((position - 1) * decoder.vocabulary, position * decoder.vocabulary)
      const top = argmax(row)
      const sum = row.reduce((total, logit) => total + Math.exp(logit - row[top]!), 0)
      best.push(top)
      logProbabilities.push(row[ids[position]!]! - row[top]! - Math.log(sum))
    }
  }
  await decoder.dispose()
  return { best, logProbabilities }
}

const perplexity = ({ logProbabilities }: Verdict): number =>
  Math.exp(-logProbabilities.reduce((sum, each) => sum + each, 0) / logProbabilities.length)

/**
 * What rewriting costs in quality, for each sort of source in a folder that `rewriting_sources.py` made: perplexity of held-out
 * answers, and how often the best token is that of the float weights.
 */
export async function rewritingQuality(folder: string): Promise<void> {
  const examples: Example[] = JSON.parse(readFileSync(join(folder, 'examples.json'), 'utf8'))
  const exact = await judge(join(folder, 'float/model.onnx'), join(folder, 'float'), examples)
  console.log(`${examples.length} examples, ${exact.best.length} tokens of answers`)
  console.log(`${'source'.padEnd(16)}${'rewritten'.padEnd(12)}perplexity   best token as by float weights`)
  for (const source of ['float', 'dynamic_int8', 'int4']) {
    for (const [name, options] of Object.entries(variants)) {
      const { file } = await rewriteModel(join(folder, source, 'model.onnx'), options)
      const verdict = await judge(file, join(folder, source), examples)
      const agreeing = verdict.best.filter((token, index) => token === exact.best[index]).length / verdict.best.length
      console.log(
        `${source.padEnd(16)}${name.padEnd(12)}${perplexity(verdict).toFixed(4).padStart(10)}   ${(100 * agreeing).toFixed(2)} %`,
      )
    }
  }
}
