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

interface Pace {
  readonly tokensPerSecond: number
  /** Milliseconds of all threads' CPU time for one run: what tells on a busy machine. */
  readonly cpu: number
}

interface Figures {
  /** Decode runs by batch, and the prompt. */
  readonly paces: readonly Pace[]
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

/** The median of several runs, of so many tokens each. */
async function pace(count: number, tokens: number, run: (index: number) => Promise<unknown>): Promise<Pace> {
  const [seconds, cpu]: [number[], number[]] = [[], []]
  for (let index = 0; index < count; index++) {
    const [began, used] = [performance.now(), process.cpuUsage()]
    await run(index)
    const { user, system } = process.cpuUsage(used)
    seconds.push((performance.now() - began) / 1000)
    cpu.push((user + system) / 1000)
  }
  return { tokensPerSecond: tokens / median(seconds), cpu: median(cpu) }
}

/** What one process measures of one file. */
async function measure(file: string, directory: string): Promise<Figures> {
  const decoder = await Decoder.open(file, directory, Math.max(...batches), 1024)
  const loaded = process.memoryUsage().rss / 1e6
  const prompt = Array.from({ length: promptLength }, (_, index) => 100 + ((index * 31) % 900))
  const paces: Pace[] = []
  for (const rows of batches) {
    const tokens = Array.from({ length: rows }, (_, row) => [100 + row])
    const wanted: Positions = tokens.map((_, row) => [row, 0])
    const step = (index: number) => decoder.run(0, tokens, new Array<number>(rows).fill(context + index), wanted)
    for (let index = 0; index < 3; index++) await step(index)
    paces.push(await pace(steps, rows, step))
  }
  await decoder.prefill(0, prompt.slice(0, 64))
  paces.push(await pace(3, promptLength, () => decoder.prefill(0, prompt)))
  await decoder.dispose()
  return { paces, loaded, peak: process.resourceUsage().maxRSS / 1e3 }
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
  const runs = [...batches.map((rows) => `batch ${rows}`), 'prompt']
  print('tokens/s', runs, figures, ({ paces }) => paces.map(({ tokensPerSecond }) => tokensPerSecond))
  print('CPU ms', runs, figures, ({ paces }) => paces.map(({ cpu }) => cpu))
  print('MB', ['loaded', 'peak'], figures, ({ loaded, peak }) => [loaded, peak])
}

/** A table of medians. */
function print(
  unit: string,
  columns: readonly string[],
  figures: Readonly<Record<string, readonly Figures[]>>,
  read: (figures: Figures) => readonly number[],
): void {
  console.log(`${unit.padEnd(20)}${columns.map((column) => column.padStart(10)).join('')}`)
  for (const [name, all] of Object.entries(figures)) {
    const medians = columns.map((_, index) => median(all.map((each) => read(each)[index]!)))
    console.log(`${name.padEnd(20)}${medians.map((value) => value.toFixed(1).padStart(10)).join('')}`)
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
