import { readFileSync } from 'node:fs'
import OpenAI from 'openai'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled, type LiveServer, serving } from '../cli/support.ts'

const test = suite('streams of a live server')

const prompts = [
  'Hello! Who are you?',
  'Tell me a story.',
  'Count from 1 to 20',
  'What is a calculator?',
  'Say this is a test',
  'My name is Ada. What is my name?',
  'What is the capital of France?',
  'What is 2 + 3?',
]

let server: LiveServer
let client: OpenAI

test.before(async () => {
  server = await serving([], { program: compiled })
  client = new OpenAI({ baseURL: `${server.url}/v3`, apiKey: 'unused', maxRetries: 0 })
})
test.after(async () => {
  await server.stop()
})

/** Request `k` of a set in which half are greedy and half sampled; end tokens are ordinary ones, so every answer is long. */
const request = (k: number, tokens: number) => ({
  model: 'demo-chat',
  messages: [{ role: 'user' as const, content: prompts[k % prompts.length]! }],
  max_tokens: tokens - (k % 5),
  temperature: k % 2 ? 0.9 : 0,
  seed: k,
  ignore_eos: true,
})

async function streamed(k: number, tokens: number, received = () => {}): Promise<string> {
  const stream = await client.chat.completions.create({ ...request(k, tokens), stream: true })
  let text = ''
  for await (const { choices } of stream) {
    text += choices[0]?.delta.content ?? ''
    received()
  }
  return text
}

const counted = (count: number) => Array.from({ length: count }, (_, k) => k)

/** The process ids of a process's children; Linux. */
const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)

test('sixteen parallel streams give the same text as one at a time', async () => {
  const alone = []
  for (const k of counted(16)) alone.push(await streamed(k, 120))
  assert.ok(new Set(alone).size > 8)
  assert.equal(await Promise.all(counted(16).map((k) => streamed(k, 120))), alone)
})

test('a host that is killed comes back, and every stream goes on to the text it would have had', async () => {
  const undisturbed = await Promise.all(counted(8).map((k) => streamed(k, 300)))
  const [host] = childrenOf(server.child.pid!)
  assert.match(readFileSync(`/proc/${host}/cmdline`, 'utf8'), /^ovms-ts host demo-chat/)

  let received = 0
  let killedAt = 0
  const streams = counted(8).map((k) =>
    streamed(k, 300, () => {
      received++
      if (received !== 40) return
      killedAt = performance.now()
      process.kill(host!, 'SIGKILL')
    }),
  )
  assert.equal(await Promise.all(streams), undisturbed)
  assert.ok(killedAt > 0)
  assert.ok(performance.now() - killedAt < 30_000)
  const [successor] = childrenOf(server.child.pid!)
  assert.is.not(successor, host)
})

test('clients that leave free their rows: the server answers the next ones as before', async () => {
  const expected = await streamed(2, 40)
  for (const _ of counted(4)) {
    await Promise.all(
      counted(16).map(async (k) => {
        const stream = await client.chat.completions.create({ ...request(k, 1000), stream: true })
        for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
      }),
    )
  }
  assert.is(await streamed(2, 40), expected)
})

test.run()
