import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { call, compiled, endLeftovers, folder, type LiveServer, post, root, serving } from './support.ts'

const example = join(root, 'examples/echo-words/config.yaml')
const words = { model: 'words', text: 'to be or not' }

/** Streams one event, then holds the stream until the server is told to stop, and for ever when the request says so. */
const hold = {
  'config.yaml':
    'model_config_list: [{ config: { name: hold } }, { config: { name: gone } }]\ncalculator_modules: [./hold.mjs]\n',
  'hold/graph.yaml': `endpoint:
  hold:
    input_stream: { PAYLOAD: payload }
    output_stream: { BODY: body }
    node: [{ calculator: HoldCalculator, input_stream: { PAYLOAD: payload }, output_stream: { BODY: body } }]
`,
  'hold.mjs': `import { Body, Payload } from 'ovms-ts/calculators'
import { calculator } from 'ovms-ts/engine'
const event = (data) => ({ contentType: 'text/event-stream', data: 'data: ' + data + '\\n\\n' })
export const HoldCalculator = calculator({ inputs: { PAYLOAD: Payload }, outputs: { BODY: Body }, timestampOffset: 'own' },
  ({ outputs, signal }) => ({
    async process({ PAYLOAD }) {
      outputs.BODY.send(event('first'))
      const stopped = new Promise((resolve) => process.once('SIGTERM', resolve))
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      await (PAYLOAD.value.json.forever ? aborted : stopped)
      if (!signal.aborted) outputs.BODY.send(event('last'))
    },
  }))
`,
}

async function holding(more: readonly string[] = []) {
  const { path, remove } = folder(hold)
  const server = await serving(['--config', join(path, 'config.yaml'), ...more]).finally(remove)
  const stream = async (body: object) => {
    const response = await fetch(`${server.url}/v1/hold`, post({ model: 'hold', ...body }))
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    assert.is((await reader.read()).value, 'data: first\n\n')
    return async () => {
      let text = ''
      for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value
      return text
    }
  }
  return { server, stream }
}

let shared: LiveServer
test.before(async () => {
  shared = (await holding()).server
})
test.after(async () => {
  assert.is(await shared.stop(), 0)
  endLeftovers()
})

for (const [from, program] of [['source', undefined] as const, ['compiled JavaScript', compiled] as const]) {
  test(`serves an author's own route, from ${from}`, async () => {
    if (program) assert.ok(existsSync(program[0]!), 'npm run build makes it')
    const server = await serving(['--config', example], program ? { program } : {})
    try {
      assert.match(server.stdout(), `${server.url}/v1/text/echo`)
      assert.match(server.stdout(), 'words  text/echo')
      assert.is((await fetch(`${server.url}/v2/health/ready`)).status, 200)
      const unary = await fetch(`${server.url}/v3/text/echo`, post(words))
      assert.equal(await unary.json(), { words: ['to', 'be', 'or', 'not'] })
      const streamed = await fetch(`${server.url}/v1/text/echo`, post({ ...words, stream: true }))
      assert.is(
        await streamed.text(),
        ['{"word":"to"}', '{"word":"be"}', '{"word":"or"}', '{"word":"not"}', '[DONE]']
          .map((data) => `data: ${data}\n\n`)
          .join(''),
      )
      // Its EngineError is the server's own: a mistake of the client's stays one.
      const wrong = await fetch(`${server.url}/v1/text/echo`, post({ text: 3 }))
      assert.equal([wrong.status, ((await wrong.json()) as { error: { param: string } }).error.param], [400, 'text'])
    } finally {
      assert.is(await server.stop(), 0)
    }
  })
}

test('a model that fails to load is listed with the reason, and the others serve', async () => {
  assert.match(shared.stdout(), /gone +failed: there is no directory/)
  const { data } = (await (await fetch(`${shared.url}/v1/models`)).json()) as {
    data: { id: string; state: string; reason?: string }[]
  }
  assert.equal(
    data.map(({ id, state }) => [id, state]),
    [
      ['hold', 'AVAILABLE'],
      ['gone', 'FAILED'],
    ],
  )
  const refused = await fetch(`${shared.url}/v1/hold`, post({ model: 'gone' }))
  const { error } = (await refused.json()) as { error: { code: string; message: string } }
  assert.equal([refused.status, error.code], [503, 'model_not_ready'])
  assert.match(error.message, 'there is no directory')
  const unnamed = await fetch(`${shared.url}/v1/hold`, post({}))
  assert.is(unnamed.status, 400)
  const other = await fetch(`${shared.url}/v1/chat/completions`, post({ model: 'hold' }))
  assert.equal([other.status, ((await other.json()) as { error: { code: string } }).error.code], [400, 'invalid_value'])
  assert.is((await fetch(`${shared.url}/health`)).status, 200)
})

test('SIGTERM lets running streams end, takes no new connections, then exits 0', async () => {
  const { server, stream } = await holding()
  const rest = await Promise.all(Array.from({ length: 4 }, () => stream({})))
  const stopped = server.stop()
  assert.equal(await Promise.all(rest.map((read) => read())), Array(4).fill('data: last\n\n'))
  assert.is(await stopped, 0)
  assert.is(await fetch(server.url).catch(() => 'refused'), 'refused')
})

test('a server that npm started stops when npm is gone: its shell keeps signals to itself', async () => {
  const command = `"${process.execPath}" "${compiled[0]}" serve --config "${example}" --rest_port 0; true`
  const shell = spawn('sh', ['-c', command], { cwd: root, env: { ...process.env, npm_lifecycle_event: 'start' } })
  let log = ''
  shell.stderr.on('data', (text) => {
    log += text
  })
  await once(shell.stdout, 'data')
  shell.kill('SIGKILL')
  await once(shell, 'close')
  assert.match(log, /"msg":"stopped"/)
})

test('SIGTERM lets answers that wait for a row end, too', async () => {
  const model = join(root, 'spec/fixtures/models/tiny-qwen2')
  const server = await serving(['--model-path', model, '--max_num_seqs=1'])
  const body = { prompt: [5, 6, 7], n: 4, max_tokens: 60, ignore_eos: true, temperature: 1 }
  const streamed = await fetch(`${server.url}/v1/completions`, post({ ...body, stream: true }))
  const stopped = server.stop()
  const text = await streamed.text()
  assert.is(text.match(/"finish_reason":"length"/g)?.length, 4)
  assert.match(text, /data: \[DONE\]\n\n$/)
  assert.is(await stopped, 0)
})

test('a stream that does not end in time is told so, and the exit is 0', async () => {
  const { server, stream } = await holding(['--shutdown_timeout', '0'])
  const rest = await stream({ forever: true })
  const stopped = server.stop()
  assert.is(JSON.parse((await rest()).slice('data: '.length)).error.code, 'model_not_ready')
  assert.is(await stopped, 0)
})

test('a second signal ends it at once', async () => {
  const { server, stream } = await holding()
  const rest = await stream({ forever: true })
  const broken = rest().then(
    () => false,
    () => true,
  )
  const ended = once(server.child, 'close')
  server.child.kill('SIGTERM')
  while (!server.stderr().includes('once more')) await once(server.child.stderr!, 'data')
  server.child.kill('SIGTERM')
  assert.is((await ended)[0], 1)
  assert.ok(await broken)
})

test('says who is in the way when the port is taken', async () => {
  const { code, stderr } = await call(['serve', '--config', example, '--rest_port', new URL(shared.url).port])
  assert.is(code, 1)
  assert.match(stderr, '--rest_port')
})

test('a configuration with faults does not start, and every fault is named', async () => {
  const { path, remove } = folder({
    'config.yaml': 'model_config_list: [{ config: { nam: a } }]\ndefault_model: 3\n',
  })
  const { code, stdout, stderr } = await call(['serve', '--config', join(path, 'config.yaml'), '--rest_port', '0']).finally(
    remove,
  )
  assert.equal([code, stdout], [1, ''])
  assert.match(stderr, 'config.yaml:1:')
  assert.match(stderr, 'did you mean name?')
  assert.match(stderr, 'config.yaml:2:16')
})

test('the key comes from a file or the environment', async () => {
  const { path, remove } = folder({ key: '  secret \nmore\n', empty: '\n' })
  const server = await serving(['--config', example, '--api-key-file', join(path, 'key')])
  try {
    assert.is((await fetch(`${server.url}/v1/models`)).status, 401)
    assert.is((await fetch(`${server.url}/v1/models`, { headers: { authorization: 'Bearer secret' } })).status, 200)
    assert.not.match(server.stderr(), 'secret')
    const env = { API_KEY: 'other' }
    const other = await serving(['--config', example], { env })
    assert.is((await fetch(`${other.url}/v1/models`, { headers: { authorization: 'Bearer secret' } })).status, 401)
    assert.is((await fetch(`${other.url}/v1/models`, { headers: { authorization: 'Bearer other' } })).status, 200)
    await other.stop()
    const empty = await call(['serve', '--config', example, '--rest_port', '0', '--api_key_file', join(path, 'empty')])
    assert.equal([empty.code, empty.stdout], [1, ''])
  } finally {
    remove()
    await server.stop()
  }
})

test('answers a chat from a model directory', async () => {
  const server = await serving(['--model-path', join(root, 'spec/fixtures/models/tiny-qwen2'), '--max_num_seqs=2'])
  try {
    assert.match(server.stdout(), /chat\/completions, .*completions, .*tokenize/)
    const body = { messages: [{ role: 'user', content: 'Hello' }], max_tokens: 4 }
    const chat = await fetch(`${server.url}/v1/chat/completions`, post(body))
    const { model, choices } = (await chat.json()) as { model: string; choices: { finish_reason: string }[] }
    assert.equal([chat.status, model, choices[0]?.finish_reason], [200, 'tiny-qwen2', 'length'])
    const streamed = await (await fetch(`${server.url}/v3/chat/completions`, post({ ...body, stream: true }))).text()
    assert.match(streamed, /data: \[DONE\]\n\n$/)
    const unknown = await fetch(`${server.url}/v1/chat/completions`, post({ ...body, model: 'tiny-qwen' }))
    assert.is(unknown.status, 404)
    const metrics = await fetch(`${server.url}/metrics`)
    assert.match(await metrics.text(), 'vllm:generation_tokens_total{model_name="tiny-qwen2"} 8\n')
    assert.match(await unknown.text(), 'did you mean tiny-qwen2?')
  } finally {
    assert.is(await server.stop(), 0)
  }
})

test.run()
