import type OpenAI from 'openai'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LiveServer, post } from '../../cli/support.ts'
import { servingEncoders } from '../encoders.ts'
import { run } from '../programs.ts'
import { chatJson, documents, printedIn } from './documents.ts'

// Their Python is in printed.python-spec.ts.
const test = suite('what the seed documents print: commands')

/** What curl received; the texts of a stream's events joined, if it was one. */
function received(stdout: string): string {
  if (!stdout.startsWith('data: ')) return stdout
  const events = stdout.split('\n\n').filter(Boolean)
  assert.is(events.pop(), 'data: [DONE]')
  const chunks = events.map((event) => JSON.parse(event.slice('data: '.length)) as OpenAI.ChatCompletionChunk)
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
}

let server: Pick<LiveServer, 'url' | 'stop'>
test.before(async () => {
  server = await servingEncoders(['demo-chat', 'demo-embed', 'demo-rerank'])
})
test.after(async () => {
  assert.is(await server.stop(), 0)
})

for (const { name, language, prints, source } of documents.flatMap(printedIn)) {
  if (language !== 'shell') continue
  test(name, async () => {
    const { stdout, stderr, code } = await run('bash', ['-c', source(server.url)])
    assert.is(code, 0, stderr)
    assert.match(received(stdout), prints, stdout)
  })
}

test('OVMS, GenAI Endpoints prints no request; what it says holds: POST to /v3/…, model in the JSON, unary calls and streams', async () => {
  const ask = (more: object) => {
    const body = { model: 'demo-chat', messages: [{ role: 'user', content: 'Say this is a test' }], ...more }
    return fetch(`${server.url}/v3/chat/completions`, post(body))
  }
  assert.match(await (await ask({})).text(), chatJson)
  assert.is(received(await (await ask({ stream: true })).text()), 'This is a test.')
  assert.is((await ask({ model: 'another' })).status, 404)
})

test("T-Systems, JSON tab: a body of { key: 'value' } is refused with what it lacks", async () => {
  const response = await fetch(`${server.url}/v1/chat/completions`, post({ key: 'value' }))
  const { error } = (await response.json()) as { error: { param: string } }
  assert.equal([response.status, error.param], [400, 'messages'])
})

test('T-Systems, Https API Reference: /redoc and /docs are pages', async () => {
  for (const page of ['redoc', 'docs']) {
    const response = await fetch(`${server.url}/${page}`)
    assert.is(response.status, 200)
    assert.match(response.headers.get('content-type')!, /^text\/html/)
    assert.match(await response.text(), /<html/i)
  }
})

test.run()
