import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compiled, type LiveServer, serving } from '../cli/support.ts'
import { weatherTool } from './demo.ts'
import { run } from './programs.ts'

const test = suite('curl')

let server: LiveServer
test.before(async () => {
  server = await serving([], { program: compiled })
})
test.after(async () => {
  assert.is(await server.stop(), 0)
})

const messages = [{ role: 'user', content: 'Say this is a test' }]

/** The status and body that curl received. */
async function curl(path: string, ...args: readonly string[]) {
  const written = ['--silent', '--show-error', '--max-time', '60', '--write-out', '\n%{http_code} %{content_type}']
  const { stdout, stderr, code } = await run('curl', [...written, ...args, server.url + path])
  assert.is(code, 0, stderr)
  const end = stdout.lastIndexOf('\n')
  const [status, type] = stdout.slice(end + 1).split(' ')
  return { status: Number(status), type: type!.replace(/;$/, ''), body: stdout.slice(0, end) }
}
const json = ['-H', 'Content-Type: application/json', '-d']
const sent = (body: object) => [...json, JSON.stringify({ model: 'demo-chat', temperature: 0, ...body })]

test('chat, whole', async () => {
  const { status, type, body } = await curl('/v1/chat/completions', ...sent({ messages }))
  assert.equal([status, type], [200, 'application/json'])
  assert.is(JSON.parse(body).choices[0].message.content, 'This is a test.')
})

test('chat, streamed with -N: events end in a blank line each, and the last is [DONE]', async () => {
  const { status, type, body } = await curl('/v1/chat/completions', '-N', ...sent({ messages, stream: true }))
  assert.equal([status, type], [200, 'text/event-stream'])
  const events = body.trimEnd().split('\n\n')
  assert.is(events.pop(), 'data: [DONE]')
  assert.ok(events.every((event) => /^data: \{.*\}$/.test(event)))
})

test("without a content type, with curl's own, and compressed answers asked for: the same", async () => {
  const body = JSON.stringify({ messages })
  for (const args of [
    ['-d', body],
    ['-H', 'Content-Type:', '-d', body],
    ['--compressed', ...json, body],
    ['-0', ...json, body],
  ])
    assert.match((await curl('/v3/chat/completions', ...args)).body, 'This is a test.')
})

test('a body from standard input, in chunks, and one that waits for 100-continue', async () => {
  const long = JSON.stringify({ messages, user: 'x'.repeat(100_000) })
  for (const headers of [['-H', 'Transfer-Encoding: chunked'], ['-H', 'Expect: 100-continue'], []]) {
    const { stdout, code } = await run(
      'curl',
      [
        '--silent',
        ...headers,
        '-H',
        'Content-Type: application/json',
        '--data-binary',
        '@-',
        `${server.url}/v1/chat/completions`,
      ],
      { input: long },
    )
    assert.is(code, 0)
    assert.match(stdout, 'This is a test.')
  }
})

test('models, tokenize, completions', async () => {
  assert.match((await curl('/v1/models')).body, '"id":"demo-chat"')
  const { tokens } = JSON.parse((await curl('/v1/tokenize', ...sent({ text: 'Hello world' }))).body)
  assert.ok(tokens.length > 1)
  const { body } = await curl('/v1/completions', ...sent({ prompt: 'Once upon a time', max_tokens: 8 }))
  assert.match(JSON.parse(body).choices[0].text, /there was/)
})

test('errors say what is wrong, in one shape', async () => {
  for (const [path, args, status, code] of [
    ['/v1/chat/completions', [...json, '{'], 400, 'invalid_json'],
    ['/v1/chat/completions', sent({}), 400, 'missing_required_parameter'],
    ['/v1/chat/completions', sent({ messages, model: 'x' }), 404, 'model_not_found'],
    ['/v1/chat/completions', [], 405, 'method_not_allowed'],
    ['/v1/chat/completion', sent({ messages }), 404, 'route_not_found'],
  ] as const) {
    const got = await curl(path, ...args)
    const { error } = JSON.parse(got.body)
    assert.equal([got.status, got.type, error.code], [status, 'application/json', code], got.body)
    assert.ok(error.message && error.type)
  }
})

test('leaving early, as with Ctrl-C: the server goes on', async () => {
  const story = sent({ messages: [{ role: 'user', content: 'Tell me a story.' }], stream: true, ignore_eos: true })
  const { code } = await run('curl', ['--silent', '-N', '--max-time', '0.3', ...story, `${server.url}/v1/chat/completions`])
  assert.is(code, 28)
  assert.match((await curl('/v1/chat/completions', ...sent({ messages }))).body, 'This is a test.')
})

test('tools: a call in the answer', async () => {
  const asked = { messages: [{ role: 'user', content: 'What is the weather in Paris?' }], tools: [weatherTool] }
  const { message, finish_reason } = JSON.parse((await curl('/v1/chat/completions', ...sent(asked))).body).choices[0]
  assert.is(finish_reason, 'tool_calls')
  assert.equal(JSON.parse(message.tool_calls[0].function.arguments), { city: 'Paris' })
})

test.run()
