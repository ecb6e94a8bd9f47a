import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { type RewriteOptions, rewriteModel } from '../../servables/onnx-file/index.ts'
import { Decoder, type Positions } from '../servables/onnx-file/decoder.ts'
import { rewritingQuality } from './rewriting-quality.ts'

const batches = [1, 8, 16]
const context = 128
const steps = 24
const promptLength = 512
const rounds = 3

interface Figures {
  /** Tokens per second, by batch. */
  readonly decode: readonly number[]
  readonly prefill: number
  /** Megabytes resident: loaded, and at most. */
  readonly loaded: number
  readonly peak: number
}

const variants: Readonly<Record<string, RewriteOptions>> = {
  'as it is': { precision: 'keep', lastLogits: false },
  'last logits': { precision: 'keep', lastLogits: true },
  int8: { precision: 'int8', lastLogits: false },
  'int8, last logits': { precision: 'int8', lastLogits: true },
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN

/** Tokens per second at the median of several runs. */
async function rate(count: number, tokens: number, run: (index: number) => Promise<unknown>): Promise<number> {
  const seconds: number[] = []
  for (let index = 0; index < count; index++) {
    const began = performance.now()
    await run(index)
    seconds.push((performance.now() - began) / 1000)
  }
  return tokens / median(seconds)
}

/** What one process measures of one file. */
async function measure(file: string, directory: string): Promise<Figures> {
  const decoder = await Decoder.open(file, directory, Math.max(...batches), 1024)
  const loaded = process.memoryUsage().rss / 1e6
  const prompt = Array.from({ length: promptLength }, (_, index) => 100 + ((index * 31) % 900))
  const decode: number[] = []
  for (const rows of batches) {
    const tokens = Array.from({ length: rows }, (_, row) => [100 + row])
    const wanted: Positions = tokens.map((_, row) => [row, 0])
    const step = (index: number) => decoder.run(0, tokens, new Array<number>(rows).fill(context + index), wanted)
    for (let index = 0; index < 3; index++) await step(index)
    decode.push(await rate(steps, rows, step))
  }
  await decoder.prefill(0, prompt.slice(0, 64))
  const prefill = await rate(3, promptLength, () => decoder.prefill(0, prompt))
  await decoder.dispose()
  return { decode, prefill, loaded, peak: process.resourceUsage().maxRSS / 1e3 }
}

async function measureApart(file: string, directory: string): Promise<Figures> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', import.meta.filename, file, directory])
  return JSON.parse(stdout)
}

/**
 * What the rewrites at load change for a model: tokens per second when decoding and at a prompt, and resident memory. The
 * variants are measured in turn, each time in a process of its own; the figures are medians of the rounds.
 */
export async function rewriting(model: string): Promise<void> {
  const files: Record<string, string> = {}
  for (const [name, options] of Object.entries(variants)) files[name] = (await rewriteModel(model, options)).file
  const figures: Record<string, Figures[]> = Object.fromEntries(Object.keys(files).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, file] of Object.entries(files)) figures[name]!.push(await measureApart(file, dirname(model)))
  }
  console.log(`${model}: context ${context}, prompt ${promptLength}, ${rounds} rounds`)
  console.log(`${''.padEnd(20)}${batches.map((rows) => `batch ${rows}`.padStart(10)).join('')}   prefill    loaded      peak`)
  for (const [name, all] of Object.entries(figures)) {
    const rates = [
      ...batches.map((_, index) => median(all.map(({ decode }) => decode[index]!))),
      median(all.map((each) => each.prefill)),
    ]
    const memory = [median(all.map((each) => each.loaded)), median(all.map((each) => each.peak))]
    const cells = [...rates.map((value) => value.toFixed(1)), ...memory.map((value) => `${value.toFixed(0)} MB`)]
    console.log(`${name.padEnd(20)}${cells.map((cell) => cell.padStart(10)).join('')}`)
  }
}

/**
 * `node --import tsx spec/bench/rewriting.ts MODEL.onnx` prints the figures of a model, `… quality FOLDER` those of quality. With
 * two paths it is the process that measures one file, whose model's config.json is in the other.
 */
if (process.argv[1] === import.meta.filename) {
  const [first = '', second] = process.argv.slice(2)
  if (second === undefined) await rewriting(first)
  else if (first === 'quality') await rewritingQuality(second)
  else console.log(JSON.stringify(await measure(first, second)))
}
