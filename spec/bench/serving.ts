import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { withHugePages } from '../../servables/host/huge-pages.ts'
import { threadsPerHost } from '../../servables/threads.ts'
import { compiled, type LiveServer, root, serving as serve } from '../cli/support.ts'
import type { LoopOptions, Round } from './bare-loop.ts'

const batch = 16
const rounds = 5
/** Milliseconds of work after which code is taken to be compiled. */
const warmUp = 10_000

let prompts = 0
/** Token ids as no prompt before has begun with them, so that nothing is found of what was kept. */
function newPrompt(length: number): readonly number[] {
  const [first, step] = [prompts % 900, 31 + Math.floor(prompts / 900)]
  prompts++
  return Array.from({ length }, (_, i) => 100 + ((first + i * step) % 900))
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN

/** The executor's loop alone, in a process like a host's. */
class BareLoop {
  readonly #child: ChildProcess

  constructor(model: string, loop: LoopOptions) {
    const options = { execArgv: ['--import', 'tsx'], env: withHugePages(process.env) }
    this.#child = fork(join(import.meta.dirname, 'bare-loop.ts'), [model, JSON.stringify(loop)], options)
  }

  /** Tokens per second. */
  async rate(promptLength: number, newTokens: number): Promise<number> {
    const round: Round = { prompts: Array.from({ length: batch }, () => newPrompt(promptLength)), newTokens }
    this.#child.send(round)
    const [rate]: number[] = await once(this.#child, 'message')
    return rate!
  }

  async stop(): Promise<void> {
    this.#child.disconnect()
    await once(this.#child, 'exit')
  }
}

/** A server, and the name of the model in it that is measured. */
interface Serving {
  readonly server: LiveServer
  readonly model: string
}

/**
 * One streamed completion; the number of its tokens. On a machine of few cores, what the client computes is missing to the
 * server: so it reads its socket into one buffer, and looks at the end only.
 */
async function stream({ server, model }: Serving, promptLength: number, newTokens: number): Promise<number> {
  const body = JSON.stringify({
    model,
    prompt: newPrompt(promptLength),
    max_tokens: newTokens,
    temperature: 0,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
  })
  const head = `POST /v1/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
  const { hostname, port } = new URL(server.url)
  const buffer = Buffer.allocUnsafe(64 * 1024)
  return new Promise((resolve, reject) => {
    let end = ''
    const callback = (length: number): boolean => {
      end = end.slice(-1000) + buffer.toString('latin1', Math.max(0, length - 1000), length)
      if (!end.endsWith('\r\n0\r\n\r\n')) return true
      socket.destroy()
      const tokens = /"completion_tokens":(\d+)/.exec(end)?.[1]
      if (tokens === undefined) reject(new Error(end))
      else resolve(Number(tokens))
      return false
    }
    const socket = connect({ host: hostname, port: Number(port), onread: { buffer, callback } })
    socket.once('error', reject)
    socket.write(head + body)
  })
}

async function streams(serving: Serving, promptLength: number, newTokens: number) {
  const { server } = serving
  const [began, cpu] = [performance.now(), cpuSeconds(server)]
  const tokens = await Promise.all(Array.from({ length: batch }, () => stream(serving, promptLength, newTokens)))
  const total = tokens.reduce((sum, each) => sum + each, 0)
  return {
    tokensPerSecond: total / ((performance.now() - began) / 1000),
    cpuMicrosecondsPerToken: ((cpuSeconds(server) - cpu) / total) * 1e6,
  }
}

/** CPU time of all threads of the serving process, its hosts not among them; Linux. */
function cpuSeconds({ child }: LiveServer): number {
  const tasks = `/proc/${child.pid}/task`
  const nanoseconds = readdirSync(tasks).map((task) => Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]))
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9
}

async function eventLoopDelay(server: LiveServer): Promise<{ readonly p99: number; readonly max: number }> {
  const before = server.stderr().length
  server.child.kill('SIGUSR2')
  for (;;) {
    const found = /\{"eventLoopDelay":(.*?\})\}/.exec(server.stderr().slice(before))
    if (found) return JSON.parse(found[1]!)
    await once(server.child.stderr!, 'data')
  }
}

/** A conversation of 10,000 messages, 0.9 MB in the model's chat template. */
async function tokenizeConversation(server: LiveServer): Promise<void> {
  const content = 'Hello there, this is one of many messages of a conversation.'
  const messages = Array.from({ length: 10_000 }, (_, k) => ({ role: k % 2 === 0 ? 'user' : 'assistant', content }))
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'bench', messages }),
  }
  const response = await fetch(`${server.url}/v1/tokenize`, init)
  if (!response.ok) throw new Error(await response.text())
  await response.arrayBuffer()
}

const watcher = ['--import', 'tsx', '--import', join(import.meta.dirname, 'event-loop-delay.ts')]

/** A compiled server, warm. Watching its event loop costs CPU of its own. */
async function start(model: string, flags: readonly string[], isWatched = false): Promise<Serving> {
  const program = [...(isWatched ? watcher : []), ...compiled]
  const serving = { server: await serve([...flags, '--log_level', 'WARNING'], { program }), model }
  await streams(serving, 8, 64)
  return serving
}

/** A server of one model, whose host has all cores. */
const startAlone = (path: string, isWatched = false) =>
  start('bench', ['--model_name', 'bench', '--model_path', path, '--max_num_seqs', String(batch)], isWatched)

const demo = join(root, 'models/demo-chat')

/**
 * What serving costs beside the model: 16 streams through HTTP against the bare step loop (to be at least 0.9), CPU of the
 * serving process for a streamed token (at most 60 µs), and the delay of its event loop while 512-token prompts are
 * computed (99 % below 20 ms).
 */
export async function serving(model: string): Promise<void> {
  console.log(`${batch} streams, prompts of 128 tokens, answers of 128`)
  const cores = availableParallelism()
  await besideBareLoop(`${basename(model)} alone`, model, cores, () => startAlone(model))
  const hosts = readFileSync(join(root, 'models/config.yaml'), 'utf8').match(/- config:/g)?.length ?? 1
  await besideBareLoop('demo-chat, as npm start serves it', demo, threadsPerHost(cores, hosts), () => start('demo-chat', []))
  await eventLoop(model)
  await costOfToken()
}

/** Streams through HTTP and the bare loop in turn, with as many threads. */
async function besideBareLoop(what: string, path: string, threads: number, open: () => Promise<Serving>): Promise<void> {
  const [bare, http]: [number[], number[]] = [[], []]
  const loop = new BareLoop(path, { max_num_seqs: batch, inference_num_threads: threads })
  const warm = await open()
  const { tokensPerSecond: first } = await streams(warm, 128, 128)
  for (const end = performance.now() + warmUp; performance.now() < end; ) await loop.rate(128, 128)
  for (const end = performance.now() + warmUp; performance.now() < end; ) await streams(warm, 128, 128)
  for (let round = 0; round < rounds; round++) {
    bare.push(await loop.rate(128, 128))
    http.push((await streams(warm, 128, 128)).tokensPerSecond)
  }
  await warm.server.stop()
  await loop.stop()
  const ratios = http.map((each, k) => each / bare[k]!)
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)]
  console.log(`${what}; threads: ${threads}`)
  console.log(`  bare step loop                  ${median(bare).toFixed(0)} tokens/s`)
  console.log(`  through HTTP                    ${median(http).toFixed(0)} tokens/s`)
  console.log(
    `  ratio, warm                     ${median(ratios).toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)})   (limit 0.9; the first 16 requests ${(first / median(bare)).toFixed(3)})`,
  )
}

async function eventLoop(model: string): Promise<void> {
  const watched = await startAlone(model, true)
  const { server } = watched
  await eventLoopDelay(server)
  for (let k = 0; k < 8; k++) await stream(watched, 512, 1)
  const { p99, max } = await eventLoopDelay(server)
  console.log(`event loop, 512-token prefills    p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms   (limit 20)`)
  await tokenizeConversation(server)
  await eventLoopDelay(server)
  await tokenizeConversation(server)
  const { max: longest } = await eventLoopDelay(server)
  console.log(`event loop, 10,000 messages       max ${longest.toFixed(1)} ms   (limit 20)`)
  await server.stop()
}

/** On the demo model, which is fast enough to get the serving process warm: its cost does not depend on the model. */
async function costOfToken(): Promise<void> {
  const warm = await startAlone(demo)
  const costs: number[] = []
  for (let round = 0; round < 7; round++) costs.push((await streams(warm, 16, 600)).cpuMicrosecondsPerToken)
  console.log(
    `serving process, a token, warm    ${median(costs.slice(-3)).toFixed(1)} µs CPU   (limit 60; cold ${costs[0]?.toFixed(1)})`,
  )
  await warm.server.stop()
}
