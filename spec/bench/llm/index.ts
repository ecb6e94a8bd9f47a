import { decodeRate, type LoadFigures, loadFigures, median } from './figures.ts'
import { Peer, type PeerRequest, peerPrograms } from './peer.ts'

const rounds = 2
/** Tokens of each answer while all are in progress, when decoding is measured. */
const answer = 48
/** Tokens of prompts, at least, that an engine computes between two tokens of an answer. */
const chunk = 192

interface Case {
  readonly name: string
  /** Whether engines that give the logits of all positions, or know no batches, can be asked for it. */
  readonly isSimple: boolean
  readonly requests: () => readonly PeerRequest[]
  /** Tokens a second. */
  readonly figure: (times: readonly (readonly number[])[]) => number
}

const cases: readonly Case[] = [
  ...[128, 1024].flatMap((context) => [1, 8, 16].map((batch) => decoding(batch, context))),
  ...[512, 2048].map(prefilling),
]

function decoding(batch: number, context: number): Case {
  return {
    name: `decode ${batch}, context ${context}`,
    isSimple: batch === 1 || (batch === 8 && context === 128),
    // The first answers go on while the last prompts are computed.
    requests: () => {
      const length = answer + Math.ceil((batch * context) / chunk)
      return Array.from({ length: batch }, () => ({ at: 0, prompt: prompt(context), answer: length }))
    },
    figure: decodeRate,
  }
}

function prefilling(length: number): Case {
  return {
    name: `prefill ${length}`,
    isSimple: length === 512,
    requests: () => [{ at: 0, prompt: prompt(length), answer: 2 }],
    figure: ([times]) => length / (times?.[0] ?? Number.NaN),
  }
}

/** A generator of numbers in [0, 1), the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const random = randomNumbers(1)
const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1))

/** No prompt begins like another, so that nobody finds it in a cache. */
const prompt = (length: number) => Array.from({ length }, () => between(10, 3999))

/** Requests of 32 to 1,024 tokens for 16 to 128, whose arrivals are a Poisson process. */
function mixedLoad(count: number, perSecond: number): readonly PeerRequest[] {
  let at = 0
  return Array.from({ length: count }, () => {
    at -= Math.log(1 - random()) / perSecond
    return { at, prompt: prompt(between(32, 1024)), answer: between(16, 128) }
  })
}

async function startAll(model: string): Promise<Peer[]> {
  const started: Peer[] = []
  for (const program of peerPrograms(model)) {
    try {
      started.push(await Peer.start(program))
    } catch (error) {
      console.log(`absent: ${error instanceof Error ? error.message : error}`)
    }
  }
  return started
}

/**
 * The executor against other engines, on the same machine, with the same token ids, in one run: each case is put to each engine in
 * turn, several rounds, medians. Then a mixed load, once to each engine that takes requests as they come. Half an hour.
 */
export async function llm(model: string): Promise<void> {
  const peers = await startAll(model)
  const figures = new Map(peers.map((peer) => [peer, cases.map((): number[] => [])]))
  for (const peer of peers) await peer.ask([{ at: 0, prompt: prompt(64), answer: 8 }])
  for (let round = 0; round < rounds; round++) {
    for (const [k, each] of cases.entries()) {
      const requests = each.requests()
      for (const peer of peers) {
        if (!each.isSimple && !peer.program.isThorough) continue
        const figure = each.figure(await peer.ask(requests))
        console.error(`round ${round + 1}, ${each.name}, ${peer.program.name}: ${number(figure)} tokens/s`)
        figures.get(peer)?.[k]?.push(figure)
      }
    }
  }
  table(
    'tokens/s',
    cases.map(({ name }) => name),
    peers,
    (peer) => figures.get(peer)?.map((all) => number(median(all))) ?? [],
  )
  await loads(peers)
  await alone(peers)
  for (const peer of peers) await peer.stop()
}

/** About as many requests as the engines can answer in time. */
async function loads(peers: readonly Peer[]): Promise<void> {
  const requests = mixedLoad(200, 1)
  const figures = new Map<Peer, LoadFigures>()
  for (const peer of peers) {
    if (!peer.program.isContinuous) continue
    figures.set(peer, loadFigures(requests, await peer.ask(requests)))
    console.error(`mixed load, ${peer.program.name}: ${JSON.stringify(figures.get(peer))}`)
  }
  const columns = ['tokens/s', 'first token, p99, s', 'gap, p99, ms']
  table('mixed load', columns, [...figures.keys()], (peer) => {
    const { tokensPerSecond, firstToken, gap } = figures.get(peer)!
    return [number(tokensPerSecond), firstToken.toFixed(2), number(gap * 1000)]
  })
}

/** Our own: the executor against bare runs of the model, and a prefix that is met again. */
async function alone(peers: readonly Peer[]): Promise<void> {
  for (const peer of peers.filter(({ program }) => program.name.startsWith('ovms-ts'))) {
    const [whole, first]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      const prompts = Array.from({ length: 16 }, () => prompt(128))
      const bare = (16 * answer) / (await peer.runs(prompts, answer))
      const fresh = Array.from({ length: 16 }, () => ({ at: 0, prompt: prompt(128), answer: answer + 16 }))
      whole.push(decodeRate(await peer.ask(fresh)) / bare)
      const prefix = prompt(900)
      const request = () => [{ at: 0, prompt: [...prefix, ...prompt(16)], answer: 2 }]
      const cold = (await peer.ask(request()))[0]?.[0] ?? Number.NaN
      first.push(((await peer.ask(request()))[0]?.[0] ?? Number.NaN) / cold)
    }
    console.log(`${peer.program.name}: executor / bare runs, 16 answers: ${median(whole).toFixed(3)}   (limit 0.97)`)
    console.log(
      `${peer.program.name}: first token, 900-token prefix met again / cold: ${median(first).toFixed(3)}   (limit 0.15)`,
    )
  }
}

const number = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(0))

/** A table in Markdown. */
function table(
  title: string,
  columns: readonly string[],
  peers: readonly Peer[],
  cells: (peer: Peer) => readonly string[],
): void {
  console.log(`\n| ${title} | ${columns.join(' | ')} |\n|---|${columns.map(() => '---|').join('')}`)
  for (const peer of peers) console.log(`| ${peer.program.name} | ${cells(peer).join(' | ')} |`)
}
