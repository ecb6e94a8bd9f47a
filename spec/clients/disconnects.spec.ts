import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled, endLeftovers, type LiveServer, post, root, serving } from '../cli/support.ts'
import { random } from '../servables/grammar/walks.ts'

const test = suite('clients that vanish from a live server')

const model = join(root, 'spec/fixtures/models/tiny-llama')
const draw = random(500)
const below = (count: number): number => Math.floor(draw() * count)

let server: LiveServer
test.before(async () => {
  server = await serving(['--model_path', model, '--max_num_seqs', '4', '--max_num_queued_seqs', '120'], { program: compiled })
})
test.after(async () => {
  assert.is(await server.stop(), 0)
  endLeftovers()
})

/** A completion of a random prompt, whole or streamed, of up to three answers that have no end of their own. */
const drawn = () => ({
  prompt: Array.from({ length: 1 + below(230) }, () => 3 + below(500)),
  n: draw() < 0.3 ? 2 + below(2) : 1,
  stream: draw() < 0.6,
  ignore_eos: true,
  temperature: below(2),
})

/** Waits for steps of the model: pieces of a stream that runs all the time beside. */
class Metronome {
  readonly #waiting: { left: number; resolve: () => void }[] = []
  #isOn = true
  readonly #run = this.#loop()

  async ticks(count: number): Promise<void> {
    if (count > 0) await new Promise<void>((resolve) => this.#waiting.push({ left: count, resolve }))
  }

  async stop(): Promise<void> {
    this.#isOn = false
    await this.#run
  }

  async #loop(): Promise<void> {
    while (this.#isOn) {
      const body = { prompt: [5, 6, 7], stream: true, ignore_eos: true, max_tokens: 200 }
      const response = await fetch(`${server.url}/v1/completions`, post(body))
      for await (const _ of response.body ?? []) this.#tick()
    }
  }

  #tick(): void {
    for (const each of this.#waiting) if (--each.left === 0) each.resolve()
    for (const [index, { left }] of [...this.#waiting.entries()].reverse()) if (left <= 0) this.#waiting.splice(index, 1)
  }
}

const requestOf = (body: string): string =>
  `POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** Resolves with the moment at which it left. */
const vanish = async (metronome: Metronome): Promise<string> => {
  const text = requestOf(JSON.stringify(drawn()))
  const socket: Socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  let pieces = 0
  const piece = new Promise<void>((resolve) => {
    const last = 1 + below(8)
    socket.on('data', () => {
      if (++pieces === last) resolve()
    })
  })
  const half = draw() < 0.05
  await new Promise<void>((resolve) => socket.write(half ? text.slice(0, -10) : text, () => resolve()))
  // Of whole answers there are no pieces before the end; these leave by the clock of the model.
  await Promise.race([piece, metronome.ticks(below(16)), closed])
  const left = half ? 'body' : pieces > 0 ? 'answer' : 'before'
  if (draw() < 0.5) socket.resetAndDestroy()
  else socket.destroy()
  await closed
  return left
}

const figure = (text: string, name: string): number => {
  const line = text.split('\n').find((each) => each.startsWith(name))
  return line === undefined ? 0 : Number(line.split(' ').at(-1))
}
const scrape = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text()
const ask = async (): Promise<unknown> => {
  const body = { prompt: [5, 80, 200, 31], n: 3, temperature: 1, seed: 3, ignore_eos: true, max_tokens: 60 }
  const response = await fetch(`${server.url}/v1/completions`, post(body))
  return ((await response.json()) as { choices: unknown }).choices
}

test('after five hundred of them rows, blocks and queue are empty, and the next request answers as before', async () => {
  const before = await ask()
  const metronome = new Metronome()
  const moments = new Map<string, number>()
  let left = 500
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const moment = await vanish(metronome)
      moments.set(moment, (moments.get(moment) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 24 }, client))
  await metronome.stop()
  assert.is(
    [...moments.values()].reduce((sum, count) => sum + count, 0),
    500,
  )
  for (const moment of ['body', 'before', 'answer']) assert.ok((moments.get(moment) ?? 0) > 5, JSON.stringify([...moments]))

  const gauges = ['vllm:num_requests_running', 'vllm:num_requests_waiting', 'vllm:kv_cache_usage_perc', 'ovms_current_graphs']
  let text = ''
  for await (const _ of setInterval(20)) {
    text = await scrape()
    if (gauges.every((name) => figure(text, name) === 0)) break
  }
  assert.ok(figure(text, 'vllm:request_success_total{model_name="tiny-llama",finished_reason="abort"}') > 100)
  assert.is(figure(text, 'vllm:request_success_total{model_name="tiny-llama",finished_reason="error"}'), 0)
  assert.is(figure(text, 'ovms_ts_host_restarts_total'), 0)
  assert.not.match(text, /status="5xx"/)
  assert.equal(await ask(), before)
  assert.not.match(server.stderr(), '"level":"error"')
})

test.run()
