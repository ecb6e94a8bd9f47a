import { join } from 'node:path'
import { loadTokenizer } from '../../../servables/tokenizer/index.ts'
import { median } from '../llm/figures.ts'
import { load } from './load.ts'
import { BareRuns, benchModel, infinityEmb, ours, type Program, transformersJs } from './programs.ts'
import { inRounds, printRatios } from './tables.ts'
import { sentence } from './texts.ts'

const rounds = 3
const clients = 32
const tokens = 18
/** Milliseconds: of a measurement, and of the work after which code is taken to be compiled. */
const [span, warmUp] = [4000, 8000]

const sentences = Array.from({ length: 64 }, (_, seed) => sentence(tokens - 2, seed))
const body = (input: string | readonly string[], more = {}) => JSON.stringify({ model: 'model', input, ...more })

/** Sentences a second that a server answers to single-sentence clients. */
const rateOf = async ({ url }: Program, milliseconds = span, more = {}) =>
  (await load({ url: `${url}/embeddings`, bodies: sentences.map((each) => body(each, more)), clients, milliseconds })).perSecond

/**
 * Embeddings through HTTP, 32 clients of one sentence of 18 tokens each, against ONNX Runtime alone and against other servers; one
 * sentence alone; single sentences beside a request of a thousand; 8 bits against floats. All in one run, each put to each in turn.
 */
export async function embeddings(): Promise<void> {
  const model = benchModel('minilm')
  const tokenizer = await loadTokenizer(model)
  const rows = await Promise.all(sentences.map((each) => tokenizer.encode(each)))
  if (rows.some((row) => row.length !== tokens)) throw new Error('the sentences have other lengths')
  const bare = new BareRuns(join(model, 'onnx/model.onnx'))
  const float = await ours('ovms-ts', model, [])
  const int8 = await ours('ovms-ts int8', model, ['--precision', 'int8'])
  const programs = [float, int8, await infinityEmb(model), await transformersJs(model)].flatMap((each) => each ?? [])
  try {
    await throughput(programs, bare, rows)
    await alone(float, bare, rows)
    await likeness(float, int8)
    await besideMany(float)
  } finally {
    for (const program of programs) await program.stop()
    await bare.stop()
  }
}

async function throughput(programs: readonly Program[], bare: BareRuns, rows: readonly (readonly number[])[]): Promise<void> {
  const way = await bare.best(rows, [8, 16, 32, 64])
  console.error(`ONNX Runtime's best: ${way.runs} runs of ${way.rows.length} rows, ${way.threads} threads each`)
  for (const program of programs) await rateOf(program, warmUp)
  const rates = await inRounds(rounds, 'sentences/s', {
    'ONNX Runtime': async () => (await bare.figures({ ...way, milliseconds: span })).rowsPerSecond,
    ...Object.fromEntries(programs.map((program) => [program.name, () => rateOf(program)])),
    'ovms-ts, base64': () => rateOf(programs[0]!, span, { encoding_format: 'base64' }),
  })
  printRatios(`${clients} clients of one sentence`, 'sentences/s', rates, limits)
}

const limits: Readonly<Record<string, string>> = { 'ONNX Runtime': '≥ 0.75', 'infinity-emb': '≥ 2', 'transformers.js': '≥ 1.6' }

/** A client that is alone, against a run of the same sentence. */
async function alone({ url }: Program, bare: BareRuns, rows: readonly (readonly number[])[]): Promise<void> {
  const [whole, run, spinning]: [number[], number[], number[]] = [[], [], []]
  const bodies = sentences.map((each) => body(each))
  for (let round = 0; round < 5; round++) {
    const one = { rows: rows.slice(0, 1), runs: 1, milliseconds: 1000 }
    whole.push((await load({ url: `${url}/embeddings`, bodies, clients: 1, milliseconds: 1000 })).p50)
    run.push((await bare.figures({ ...one, threads: 1 })).latency)
    spinning.push((await bare.figures({ ...one, threads: 2 })).latency)
  }
  const added = median(whole.map((each, round) => each - run[round]!))
  console.log(
    `\none sentence alone: ${median(whole).toFixed(1)} ms; a bare run of it ${median(run).toFixed(1)} ms with one thread,`,
  )
  console.log(`${median(spinning).toFixed(1)} with two that spin; so HTTP adds ${added.toFixed(1)} ms   (limit 1.5)`)
}

/** How long single sentences take while somebody has a thousand documents embedded, one request after the other. */
async function besideMany({ url }: Program): Promise<void> {
  for (const [count, length] of [
    [8, 18],
    [8, 128],
  ] as const) {
    const documents = Array.from({ length: 1000 }, (_, seed) => sentence(length - 2, seed))
    const single = {
      url: `${url}/embeddings`,
      bodies: sentences.map((each) => body(each)),
      clients: count,
      milliseconds: 2 * span,
    }
    const [quiet, busy]: [number[], number[]] = [[], []]
    for (let round = 0; round < 2; round++) {
      quiet.push((await load(single)).p99)
      const many = load({ ...single, bodies: [body(documents)], clients: 1 })
      busy.push((await load(single)).p99)
      await many
    }
    const ratio = median(busy.map((each, round) => each / quiet[round]!))
    console.log(
      `${count} clients beside 1,000 documents of ${length} tokens: p99 ${median(quiet).toFixed(0)} → ${median(busy).toFixed(0)} ms, × ${ratio.toFixed(2)}   (limit 3)`,
    )
  }
}

interface Answer {
  readonly data: readonly { readonly embedding: readonly number[] }[]
}

/** How much 8 bits change of the vectors. */
async function likeness(float: Program, int8: Program): Promise<void> {
  const texts = Array.from({ length: 256 }, (_, seed) => sentence(4 + (seed % 100), seed))
  const vectorsOf = async ({ url }: Program) => {
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: body(texts) }
    return ((await (await fetch(`${url}/embeddings`, request)).json()) as Answer).data.map(({ embedding }) => embedding)
  }
  const [a, b] = [await vectorsOf(float), await vectorsOf(int8)]
  const cosines = a.map((vector, k) => vector.reduce((sum, value, at) => sum + value * b[k]![at]!, 0))
  console.log(
    `int8: cosine to float at least ${Math.min(...cosines).toFixed(4)}, median ${median(cosines).toFixed(4)}   (limit 0.99)`,
  )
}
