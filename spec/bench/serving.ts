import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { basename, join } from 'node:path'
import type * as BareLoop from '../../servables/llm/bare-loop.ts'
import { compiled, type LiveServer, root, serving as serve } from '../cli/support.ts'

const batch = 16
const rounds = 3

/** Prompt `k`, as token ids: the same for the bare loop and through HTTP. */
const prompt = (k: number, length: number) => Array.from({ length }, (_, i) => 100 + ((i * 31 + k * 17) % 900))

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN

/** Tokens per second of the executor's loop alone: no other process, no messages, no text. */
async function bareLoop(model: string, promptLength: number, newTokens: number): Promise<number> {
  const { openBareLoop }: typeof BareLoop = await import(join(root, 'dist/servables/llm/bare-loop.js'))
  const loop = await openBareLoop(model, { max_num_seqs: batch, enable_prefix_caching: false })
  let tokens = 0
  const began = performance.now()
  await Promise.all(Array.from({ length: batch }, (_, k) => loop.answer(prompt(k, promptLength), newTokens, () => tokens++)))
  const seconds = (performance.now() - began) / 1000
  await loop.dispose()
  return tokens / seconds
}

/**
 * One streamed completion; the number of its tokens. Only its end is looked at: on a machine of few cores, what the client
 * computes is missing to the server.
 */
async function stream(server: LiveServer, k: number, promptLength: number, newTokens: number): Promise<number> {
  const body = {
    model: 'bench',
    prompt: prompt(k, promptLength),
    max_tokens: newTokens,
    temperature: 0,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
  }
  const sent = request(`${server.url}/v1/completions`, { method: 'POST', headers: { 'content-type': 'application/json' } })
  const [response]: IncomingMessage[] = await once(sent.end(JSON.stringify(body)), 'response')
  let end = ''
  response!.on('data', (bytes: Buffer) => {
    end = end.slice(-1000) + bytes.toString('latin1')
  })
  await once(response!, 'end')
  const tokens = /"completion_tokens":(\d+)/.exec(end)?.[1]
  if (tokens === undefined) throw new Error(end)
  return Number(tokens)
}

async function streams(server: LiveServer, count: number, promptLength: number, newTokens: number) {
  const [began, cpu] = [performance.now(), cpuSeconds(server)]
  const tokens = await Promise.all(Array.from({ length: count }, (_, k) => stream(server, k, promptLength, newTokens)))
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

/** No prompt is met again by what was kept of it. */
const plain = ['--enable_prefix_caching', 'false']

const watcher = ['--import', 'tsx', '--import', join(import.meta.dirname, 'event-loop-delay.ts')]

/** A compiled server of one model, warm. Watching its event loop costs CPU of its own. */
async function start(model: string, isWatched: boolean): Promise<LiveServer> {
  const server = await launch(model, isWatched)
  await streams(server, batch, 8, 64)
  return server
}

const launch = (model: string, isWatched: boolean) =>
  serve([...plain, '--model_name', 'bench', '--model_path', model, '--log_level', 'WARNING', '--max_num_seqs', String(batch)], {
    program: [...(isWatched ? watcher : []), ...compiled],
  })

/**
 * What serving costs beside the model: 16 streams through HTTP against the bare step loop (to be at least 0.9), CPU of the
 * serving process for a streamed token (at most 60 µs), and the delay of its event loop while 512-token prompts are
 * computed (99 % below 20 ms).
 */
export async function serving(model: string): Promise<void> {
  console.log(`model ${basename(model)}, ${batch} streams, prompts of 128 tokens, answers of 128`)
  const [bare, http]: [number[], number[]] = [[], []]
  await bareLoop(model, 128, 128)
  const warm = await start(model, false)
  const { tokensPerSecond: first } = await streams(warm, batch, 128, 128)
  for (let round = 0; round < rounds; round++) {
    bare.push(await bareLoop(model, 128, 128))
    http.push((await streams(warm, batch, 128, 128)).tokensPerSecond)
  }
  await warm.stop()
  console.log(`bare step loop                    ${median(bare).toFixed(0)} tokens/s`)
  console.log(`through HTTP                      ${median(http).toFixed(0)} tokens/s`)
  const ratio = median(http.map((each, k) => each / bare[k]!)).toFixed(3)
  console.log(
    `ratio, warm                       ${ratio}   (limit 0.9; the first 16 requests ${(first / median(bare)).toFixed(3)})`,
  )
  const server = await start(model, true)
  await eventLoopDelay(server)
  for (let k = 0; k < 8; k++) await stream(server, k, 512, 1)
  const { p99, max } = await eventLoopDelay(server)
  console.log(`event loop, 512-token prefills    p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms   (limit 20)`)
  await server.stop()
  await costOfToken()
}

/** On the demo model, which is fast enough to get the serving process warm: its cost does not depend on the model. */
async function costOfToken(): Promise<void> {
  const server = await start(join(root, 'models/demo-chat'), false)
  const costs: number[] = []
  for (let round = 0; round < 7; round++) costs.push((await streams(server, batch, 16, 600)).cpuMicrosecondsPerToken)
  console.log(
    `serving process, a token, warm    ${median(costs.slice(-3)).toFixed(1)} µs CPU   (limit 60; cold ${costs[0]?.toFixed(1)})`,
  )
  await server.stop()
}
