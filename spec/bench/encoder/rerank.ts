import { join } from 'node:path'
import { loadTokenizer } from '../../../servables/tokenizer/index.ts'
import { load } from './load.ts'
import { BareRuns, benchModel, infinityEmb, ours, type Program } from './programs.ts'
import { inRounds, printRatios } from './tables.ts'
import { sentence } from './texts.ts'

const rounds = 2
const [clients, documents] = [8, 8]
/** Milliseconds: of a measurement, and of the work after which code is taken to be compiled. */
const [span, warmUp] = [8000, 8000]

const query = sentence(6, 1)
const texts = Array.from({ length: 64 }, (_, seed) => sentence(30, seed + 2))
const bodies = Array.from({ length: 8 }, (_, k) => bodyOf(texts.slice(k * documents, (k + 1) * documents)))

function bodyOf(documents: readonly string[]): string {
  return JSON.stringify({ model: 'model', query, documents })
}

/** Pairs a second that a server scores for clients of 8 documents each. */
const rateOf = async ({ url }: Program, milliseconds: number) =>
  (await load({ url: `${url}/rerank`, bodies, clients, milliseconds })).perSecond * documents

/**
 * Rerank through HTTP, 8 clients of 8 documents each, with a model of the shape of BGE-reranker-base, against ONNX Runtime alone and
 * against infinity-emb; then one client with one document.
 */
export async function rerank(): Promise<void> {
  const model = benchModel('reranker')
  const tokenizer = await loadTokenizer(model)
  const encode = tokenizer.pairEncoder({ maxLength: 512, overlap: 0 })
  const pieces = await Promise.all(texts.map((text) => encode(query, text)))
  const ids = pieces.map(([piece]) => piece!.ids)
  const length = Math.round(ids.reduce((sum, { length }) => sum + length, 0) / ids.length)
  // The texts' lengths differ by a few tokens; a bare run's are equal.
  const rows = ids.map((row) => Array.from({ length }, (_, at) => row[at] ?? row.at(-2)!))
  const bare = new BareRuns(join(model, 'onnx/model.onnx'))
  const float = await ours('ovms-ts', model, [])
  const programs = [float, await ours('ovms-ts int8', model, ['--precision', 'int8']), await infinityEmb(model)].flatMap(
    (each) => each ?? [],
  )
  try {
    console.log(`pairs of ${length} tokens in the mean`)
    await throughput(programs, bare, rows)
    await alone(float, bare, ids[0]!)
  } finally {
    for (const program of programs) await program.stop()
    await bare.stop()
  }
}

async function throughput(programs: readonly Program[], bare: BareRuns, rows: readonly (readonly number[])[]): Promise<void> {
  const way = await bare.best(rows, [4, 8])
  for (const program of programs) await rateOf(program, warmUp)
  const rates = await inRounds(rounds, 'pairs/s', {
    'ONNX Runtime': async () => (await bare.figures({ ...way, milliseconds: span })).rowsPerSecond,
    ...Object.fromEntries(programs.map((program) => [program.name, () => rateOf(program, span)])),
  })
  printRatios(`${clients} clients of ${documents} documents`, 'pairs/s', rates, {
    'ONNX Runtime': '≥ 0.75',
  })
}

async function alone({ url }: Program, bare: BareRuns, row: readonly number[]): Promise<void> {
  const one = { url: `${url}/rerank`, bodies: [bodyOf(texts.slice(0, 1))], clients: 1, milliseconds: span / 2 }
  const { p50 } = await load(one)
  const { latency } = await bare.figures({ rows: [row], runs: 1, threads: 1, milliseconds: span / 2 })
  console.log(`\none document alone: ${p50.toFixed(1)} ms; a bare run of it ${latency.toFixed(1)} ms with one thread`)
}
