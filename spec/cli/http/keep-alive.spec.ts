import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError, liveRuns } from '../../../engine/index.ts'
import type { Steps } from '../../../servables/index.ts'
import { fakeLlm } from '../../support/fakes.ts'
import { refusalOf } from '../../support/graph-door.ts'
import { textDoor } from '../../support/text-door.ts'

const before = liveRuns()

/** A model that says "a", waits until it is told to go on, and says "b"; with `fails` it fails then. */
function halting({ first = true, fails = false } = {}) {
  let go = () => {}
  const told = new Promise<void>((resolve) => {
    go = resolve
  })
  const llm = fakeLlm(() => '', {
    async *generate() {
      const step = (token: number, finish?: 'stop'): Steps => [{ choice: 0, token, finish, drop() {} }]
      if (first) yield step(97)
      await told
      if (fails) throw new EngineError('overloaded', 'Too much at once.', { retryAfter: 1 })
      yield step(98, 'stop')
    },
  })
  return { llm, go }
}
const ask = (llm: ReturnType<typeof halting>['llm'], keepAliveMs: number, stream = true) =>
  textDoor({ llm, keepAliveMs }).ask('chat/completions', { model: 'fake', messages: [{ role: 'user', content: 'Hi' }], stream })

/** All that comes, once `go` was called at the second comment. */
async function read(response: Response, go: () => void): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of response.body!) {
    text += decoder.decode(bytes, { stream: true })
    if (text.split(': keep-alive\n\n').length >= 3) go()
  }
  return text
}
const dataOf = (text: string) =>
  text
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice('data: '.length)))

test('comments break the silence of a stream, and change nothing of it', async () => {
  const { llm, go } = halting()
  const text = await read(await ask(llm, 4), go)
  assert.is(
    dataOf(text)
      .map(({ choices }) => choices[0].delta.content ?? '')
      .join(''),
    'ab',
  )
  assert.match(text, /\n\ndata: \[DONE\]\n\n$/)
})

test('a stream whose first token takes long begins before it', async () => {
  const { llm, go } = halting({ first: false })
  const response = await ask(llm, 4)
  assert.equal([response.status, response.headers.get('content-type')], [200, 'text/event-stream'])
  const text = await read(response, go)
  assert.ok(text.startsWith(': keep-alive\n\n'))
  assert.is(dataOf(text)[0].choices[0].delta.role, 'assistant')
})

test('what fails behind a comment is an event', async () => {
  const { llm, go } = halting({ first: false, fails: true })
  const text = await read(await ask(llm, 4), go)
  assert.is(dataOf(text)[0].error.code, 'overloaded')
})

test('what fails before it has a status, as has an answer that is no stream', async () => {
  for (const [keepAliveMs, stream] of [
    [10_000, true],
    [1, false],
  ] as const) {
    const { llm, go } = halting({ first: false, fails: true })
    const answered = ask(llm, keepAliveMs, stream)
    for (let turn = 0; turn < 20; turn++) await new Promise<void>((next) => setImmediate(next))
    go()
    const response = await answered
    assert.equal([response.status, (await refusalOf(response)).code], [503, 'overloaded'])
  }
})

test('a client that leaves a silent stream ends its run', async () => {
  const { llm, go } = halting({ first: false })
  const reader = (await ask(llm, 4)).body!.getReader()
  await reader.read()
  await reader.cancel()
  go()
  for (let turn = 0; turn < 1000 && liveRuns() > before; turn++) await new Promise<void>((next) => setImmediate(next))
  assert.is(liveRuns(), before)
})

test.run()
