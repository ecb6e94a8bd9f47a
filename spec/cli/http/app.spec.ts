import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiKey } from '../../../cli/http/index.ts'
import { liveRuns } from '../../../engine/index.ts'
import { fakeDoor, hanging, post } from '../support.ts'

const { app, log } = await fakeDoor()
const errorOf = async (response: Response) => ((await response.json()) as { error: Record<string, unknown> }).error
const fake = { model: 'fake' }

test('health is asked without a key, and readiness follows the models', async () => {
  assert.is((await app.request('/v2/health/live')).status, 200)
  assert.is((await app.request('/v2/health/ready')).status, 200)
  assert.is((await app.request('/health')).status, 200)
  const loading = await fakeDoor({ ready: () => false, apiKey: new ApiKey('k') })
  assert.is((await loading.app.request('/v2/health/live')).status, 200)
  assert.is((await loading.app.request('/v2/health/ready')).status, 503)
  assert.is((await loading.app.request('/health')).status, 503)
})

test('lists models, those that failed with the reason', async () => {
  for (const version of ['v1', 'v2', 'v3']) {
    assert.equal(await (await app.request(`/${version}/models`)).json(), {
      object: 'list',
      data: [
        { id: 'fake', object: 'model', created: 1, owned_by: 'ovms-ts', state: 'AVAILABLE' },
        { id: 'org/fake', object: 'model', created: 2, owned_by: 'ovms-ts', state: 'FAILED', reason: 'no files' },
      ],
    })
  }
})

test('retrieves a model, its name percent-encoded or not', async () => {
  for (const path of ['/v1/models/org/fake', '/v3/models/org%2Ffake']) {
    assert.is(((await (await app.request(path)).json()) as { id: string }).id, 'org/fake')
  }
  const missing = await app.request('/v1/models/nobody')
  assert.is(missing.status, 404)
  assert.equal(Object.values(await errorOf(missing)).slice(1), ['not_found_error', 'model', 'model_not_found'])
})

test('answers a route under /v1, /v3 and /v2', async () => {
  for (const version of ['v1', 'v2', 'v3']) {
    const response = await app.request(`/${version}/echo`, post({ ...fake, text: 'é\ud800' }))
    assert.is(response.status, 200)
    assert.is(response.headers.get('content-type'), 'application/json')
    assert.is(response.headers.get('content-length'), String((await response.clone().arrayBuffer()).byteLength))
    assert.equal(await response.json(), { echo: { ...fake, text: 'é\ud800' } })
  }
})

test('a body is JSON without a content type too, as curl -d sends it', async () => {
  for (const type of ['application/x-www-form-urlencoded', 'application/json; charset=utf-8', 'application/vnd.api+json']) {
    assert.is((await app.request('/v1/echo', post(fake, { headers: { 'content-type': type } }))).status, 200)
  }
  const fromPage = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://a.example' }
  assert.is((await app.request('/v1/echo', post(fake, { headers: fromPage }))).status, 415)
  const bare = { ...post(fake), headers: {}, body: new TextEncoder().encode(JSON.stringify(fake)) }
  assert.is((await app.request('/v1/echo', bare)).status, 200)
})

test('form data names its model in a field', async () => {
  const form = new FormData()
  form.set('model', 'fake')
  form.set('file', new Blob(['x']), 'x.txt')
  assert.is((await app.request('/v1/echo', { method: 'POST', body: form })).status, 200)
  form.set('model', new Blob(['x']), 'x.txt')
  const wrong = await app.request('/v1/echo', { method: 'POST', body: form })
  assert.equal([wrong.status, (await errorOf(wrong)).param], [400, 'model'])
})

const typed = (type: string) => ({ 'content-type': type })
const json = typed('application/json')
const bad: readonly [string, string, RequestInit, number, string, string | null, string][] = [
  ['not JSON', '/v1/echo', post('{"model": fake}'), 400, 'invalid_request_error', null, 'invalid_json'],
  ['an empty body', '/v1/echo', post(''), 400, 'invalid_request_error', null, 'invalid_json'],
  ['no body', '/v1/echo', { method: 'POST', headers: json }, 400, 'invalid_request_error', null, 'invalid_json'],
  ['spaces alone', '/v1/echo', post(' \n '), 400, 'invalid_request_error', null, 'invalid_json'],
  ['a list', '/v1/echo', post([]), 400, 'invalid_request_error', null, 'invalid_type'],
  ['null', '/v1/echo', post('null'), 400, 'invalid_request_error', null, 'invalid_type'],
  ['a string', '/v1/echo', post('"x"'), 400, 'invalid_request_error', null, 'invalid_type'],
  ['deep nesting', '/v1/echo', post(`{"a":${'['.repeat(100)}`), 400, 'invalid_request_error', null, 'invalid_json'],
  [
    'bytes that are no UTF-8',
    '/v1/echo',
    post({}, { body: new Uint8Array([0x7b, 0xff]) }),
    400,
    'invalid_request_error',
    null,
    'invalid_json',
  ],
  ['a model that is a number', '/v1/echo', post({ model: 3 }), 400, 'invalid_request_error', 'model', 'invalid_type'],
  ['a model that is a list', '/v1/echo', post({ model: ['fake'] }), 400, 'invalid_request_error', 'model', 'invalid_type'],
  ['no model', '/v1/echo', post({}), 400, 'invalid_request_error', 'model', 'missing_required_parameter'],
  ['an empty model', '/v1/echo', post({ model: '' }), 400, 'invalid_request_error', 'model', 'missing_required_parameter'],
  ['an unknown model', '/v1/echo', post({ model: 'nobody' }), 404, 'not_found_error', 'model', 'model_not_found'],
  ['a model that loads', '/v1/echo', post({ model: 'loading' }), 503, 'server_error', null, 'model_not_ready'],
  ['a model that failed', '/v1/echo', post({ model: 'failed' }), 503, 'server_error', null, 'model_not_ready'],
  ['an unknown route', '/v1/nothing', post(fake), 404, 'not_found_error', null, 'route_not_found'],
  ['an unknown path', '/nothing', {}, 404, 'not_found_error', null, 'route_not_found'],
  ['no route', '/v1/', post(fake), 404, 'not_found_error', null, 'route_not_found'],
  ['a wrong field', '/v1/refuse', post(fake), 400, 'invalid_request_error', 'n', 'invalid_value'],
  [
    'plain text',
    '/v1/echo',
    post(fake, { headers: typed('text/plain') }),
    415,
    'invalid_request_error',
    null,
    'unsupported_media_type',
  ],
  [
    'a gzipped body',
    '/v1/echo',
    post(fake, { headers: { ...json, 'content-encoding': 'gzip' } }),
    415,
    'invalid_request_error',
    null,
    'unsupported_media_type',
  ],
  [
    'broken form data',
    '/v1/echo',
    post('x', { headers: typed('multipart/form-data') }),
    400,
    'invalid_request_error',
    null,
    'invalid_value',
  ],
  [
    'broken form data with a boundary',
    '/v1/echo',
    post('x', { headers: typed('multipart/form-data; boundary=b') }),
    400,
    'invalid_request_error',
    null,
    'invalid_value',
  ],
  [
    'a large body',
    '/v1/echo',
    post({ ...fake, text: 'x'.repeat(70_000) }),
    413,
    'invalid_request_error',
    null,
    'request_too_large',
  ],
  ['a graph that crashes', '/v1/crash', post(fake), 500, 'server_error', null, 'internal'],
  ['an answer that fails at its end', '/v1/late/json', post(fake), 400, 'invalid_request_error', null, 'invalid_value'],
]
for (const [what, path, init, status, type, param, code] of bad) {
  test(`${what}: ${status} ${code}`, async () => {
    const response = await app.request(path, init)
    const { message, ...rest } = await errorOf(response)
    assert.equal({ status: response.status, ...rest }, { status, type, param, code })
    assert.type(message, 'string')
    assert.is(response.headers.get('content-type'), 'application/json')
  })
}

test('a body of unknown length is counted as it comes, and not read for ever', async () => {
  let sent = 0
  const chunk = new Uint8Array(256 * 1024).fill(0x20)
  const body = new ReadableStream({
    pull(controller) {
      sent += chunk.byteLength
      controller.enqueue(chunk)
    },
  })
  const response = await app.request(new Request('http://x/v1/echo', { method: 'POST', headers: json, body, duplex: 'half' }))
  assert.is(response.status, 413)
  assert.ok(sent < 66 * 1024 * 1024)
})

test('names what is served when a route or a method is wrong', async () => {
  const { message } = await errorOf(await app.request('/v1/nothing', post(fake)))
  const told = (message as string).replace(/^.*Routes: /, '').split(', ')
  assert.equal(
    told.filter((route) => /echo|count$/.test(route)),
    ['/v1/echo', '/v1/count'],
  )
  for (const [path, method, allow] of [
    ['/v1/echo', 'GET', 'POST'],
    ['/v3/echo', 'DELETE', 'POST'],
    ['/v1/models', 'POST', 'GET'],
    ['/v2/models', 'POST', 'GET'],
    ['/v1/models/fake', 'DELETE', 'GET'],
    ['/v2/health/live', 'POST', 'GET'],
    ['/health', 'PUT', 'GET'],
  ] as const) {
    const response = await app.request(path, { method })
    assert.equal([response.status, response.headers.get('allow')], [405, allow], `${method} ${path}`)
    assert.is((await errorOf(response)).code, 'method_not_allowed')
  }
})

test('a request that names no model goes to the default one', async () => {
  const { app } = await fakeDoor({ defaultModel: 'fake' })
  assert.equal(await (await app.request('/v1/echo', post({ a: 1 }))).json(), { echo: { a: 1 } })
})

test('a graph that has nothing to say answers so', async () => {
  const response = await app.request('/v1/silent', post(fake))
  assert.equal([response.status, response.headers.get('content-type'), await response.text()], [204, null, ''])
})

test('a model that loads says when to try again', async () => {
  assert.is((await app.request('/v1/echo', post({ model: 'loading' }))).headers.get('retry-after'), '1')
})

test('what failed within stays within, and is in the log under the request id', async () => {
  const response = await app.request('/v1/crash', post(fake, { headers: { ...json, 'x-request-id': 'crash-1' } }))
  const { message } = await errorOf(response)
  assert.not.match(message as string, 'secret of the house')
  assert.match(message as string, 'crash-1')
  const line = log.find((each) => each.request_id === 'crash-1')
  assert.match(JSON.stringify(line), 'secret of the house')
  assert.is(line?.level, 50)
})

test('a valid request id is echoed, any other is replaced', async () => {
  const idOf = async (given?: string) =>
    (await app.request('/v1/models', { headers: given === undefined ? {} : { 'x-request-id': given } })).headers.get(
      'x-request-id',
    )
  assert.is(await idOf('abc-1.2:3_4'), 'abc-1.2:3_4')
  for (const given of ['a b', 'x'.repeat(129), '"', undefined]) assert.match((await idOf(given)) ?? '', /^[0-9a-f-]{36}$/)
  assert.is((await app.request('/nothing', { headers: { 'x-request-id': 'mine' } })).headers.get('x-request-id'), 'mine')
})

test('logs a line for each request, without its body or its key', async () => {
  const { app, log, lineOf } = await fakeDoor({ apiKey: new ApiKey('canary-key') })
  const headers = { ...json, authorization: 'Bearer canary-key', 'x-request-id': 'logged' }
  await (await app.request('/v1/echo', post({ ...fake, text: 'canary-prompt' }, { headers }))).text()
  const { ms, ...rest } = await lineOf('logged')
  assert.type(ms, 'number')
  assert.equal(rest, {
    level: 30,
    time: rest.time,
    request_id: 'logged',
    method: 'POST',
    path: '/v1/echo',
    route: 'echo',
    model: 'fake',
    status: 200,
    msg: 'request',
  })
  assert.not.match(JSON.stringify(log), 'canary')
})

test('asks every route but health for the key', async () => {
  const { app } = await fakeDoor({ apiKey: new ApiKey('right') })
  for (const path of ['/v1/models', '/v3/models/fake', '/v1/echo', '/v2/echo', '/nothing']) {
    for (const authorization of [undefined, 'right', 'Basic right', 'Bearer wrong', 'Bearer ', 'Bearer rightt']) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
      const response = await app.request(path, path.endsWith('echo') ? post(fake, { headers }) : { headers })
      assert.equal([response.status, response.headers.get('www-authenticate')], [401, 'Bearer'], `${path} ${authorization}`)
      const { type, code } = await errorOf(response)
      assert.equal([type, code], ['authentication_error', 'invalid_api_key'])
    }
  }
  const right = { authorization: 'Bearer right' }
  assert.is((await app.request('/v1/models', { headers: right })).status, 200)
  assert.is((await app.request('/v1/echo', post(fake, { headers: { ...right, ...json } }))).status, 200)
})

test('a graph never sees the key', async () => {
  const { app } = await fakeDoor({ apiKey: new ApiKey('right') })
  const response = await app.request('/v1/echo', post(fake, { headers: { authorization: 'Bearer right', ...json } }))
  assert.not.match(await response.text(), 'right')
})

test('pages of other origins are let in only when listed', async () => {
  const asked = { origin: 'https://a.example', 'access-control-request-method': 'POST' }
  assert.is((await app.request('/v1/models', { headers: asked })).headers.get('access-control-allow-origin'), null)
  assert.is((await app.request('/v1/echo', { method: 'OPTIONS', headers: asked })).status, 405)
  const cors = { origins: ['https://a.example'], methods: ['GET', 'POST'], headers: ['*'] }
  const open = (await fakeDoor({ cors, apiKey: new ApiKey('k') })).app
  const preflight = await open.request('/v1/echo', { method: 'OPTIONS', headers: asked })
  assert.is(preflight.status, 204)
  assert.is(preflight.headers.get('access-control-allow-origin'), 'https://a.example')
  assert.is(preflight.headers.get('access-control-allow-methods'), 'GET,POST')
  assert.is(preflight.headers.get('access-control-allow-credentials'), null)
  const other = await open.request('/v1/models', { headers: { origin: 'https://b.example' } })
  assert.is(other.headers.get('access-control-allow-origin'), null)
})

test('streams events as they are sent', async () => {
  const response = await app.request('/v1/count', post({ ...fake, count: 500 }))
  assert.is(response.headers.get('content-type'), 'text/event-stream')
  assert.is(response.headers.get('cache-control'), 'no-cache')
  const text = await response.text()
  assert.is(text, Array.from({ length: 500 }, (_, each) => `data: {"each":${each}}\n\n`).join(''))
})

test('after the first packet an error is an event', async () => {
  const response = await app.request('/v1/late', post(fake))
  assert.is(response.status, 200)
  const events = (await response.text()).trim().split('\n\n')
  assert.is(events[0], 'data: {"each":0}')
  assert.is(JSON.parse(events[1]?.slice('data: '.length) ?? '').error.code, 'overloaded')
  assert.is(events.length, 2)
})

test('a body that is no event stream is broken off by an error', async () => {
  const response = await app.request('/v1/broken/picture', post(fake))
  assert.is(response.headers.get('content-type'), 'image/png')
  let failed = false
  await response.arrayBuffer().catch(() => {
    failed = true
  })
  assert.ok(failed)
})

test('a client that leaves before the answer ends the run', async () => {
  const before = liveRuns()
  const client = new AbortController()
  const begun = new Promise<void>((resolve) => {
    hanging.begun = resolve
  })
  const stopped = new Promise<void>((resolve) => {
    hanging.stopped = resolve
  })
  const request = new Request('http://x/v1/hang', { ...post(fake), signal: client.signal })
  const answered = Promise.resolve(app.request(request))
  await begun
  client.abort()
  await stopped
  assert.is((await answered).status, 499)
  assert.is(liveRuns(), before)
})

test('a client that leaves a stream ends the run', async () => {
  const before = liveRuns()
  const stopped = new Promise<void>((resolve) => {
    hanging.stopped = resolve
  })
  const response = await app.request('/v1/hang', post({ ...fake, stream: true }))
  const reader = response.body!.getReader()
  await reader.read()
  await reader.cancel()
  await stopped
  await new Promise<void>((next) => setImmediate(next))
  assert.is(liveRuns(), before)
})

test('a request that takes longer than it may is told so, as a status or as an event, and its run ends', async () => {
  const { app } = await fakeDoor({ timeoutMs: 20 })
  const before = liveRuns()
  const stopped = new Promise<void>((resolve) => {
    hanging.stopped = resolve
  })
  const unary = await app.request('/v1/hang', post(fake))
  assert.equal([unary.status, (await errorOf(unary)).code], [504, 'deadline_exceeded'])
  await stopped
  const streamed = await app.request('/v1/hang', post({ ...fake, stream: true }))
  assert.is(streamed.status, 200)
  const [first, last] = (await streamed.text()).split('\n\n')
  assert.is(first, 'data: {"each":0}')
  assert.is(JSON.parse(last!.slice('data: '.length)).error.code, 'deadline_exceeded')
  await new Promise<void>((next) => setImmediate(next))
  assert.is(liveRuns(), before)
})

test('an answer that HTTP cannot carry ends its run', async () => {
  const before = liveRuns()
  assert.is((await app.request('/v1/mislabel', post(fake))).status, 500)
  await new Promise<void>((next) => setImmediate(next))
  assert.is(liveRuns(), before)
})

test('a client that takes nothing is cut off', async () => {
  const { app, log } = await fakeDoor({ stallMs: 5 })
  const before = liveRuns()
  const response = await app.request(
    '/v1/count',
    post({ ...fake, count: 1_000_000 }, { headers: { ...json, 'x-request-id': 'slow' } }),
  )
  const reader = response.body!.getReader()
  await reader.read()
  await reader.closed.then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, 'cancelled'),
  )
  await new Promise<void>((next) => setImmediate(next))
  assert.is(liveRuns(), before)
  assert.is(log.find((each) => each.request_id === 'slow')?.status, 499)
})

test('whatever is sent, the answer is a 2xx or a 4xx', async () => {
  const body = fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc.uint8Array({ maxLength: 64 }),
    fc
      .record({ model: fc.oneof(fc.constant('fake'), fc.jsonValue()), text: fc.jsonValue() })
      .map((value) => JSON.stringify(value)),
    fc.tuple(fc.nat(40), fc.string({ maxLength: 3 })).map(([at, put]) => {
      const text = JSON.stringify({ ...fake, a: [1, { b: null }] })
      return text.slice(0, at) + put + text.slice(at + 1)
    }),
  )
  const type = fc.oneof(
    fc.constantFrom(
      'application/json',
      'multipart/form-data; boundary=x',
      'text/plain',
      'application/x-www-form-urlencoded',
      '',
      ';',
    ),
    fc.stringMatching(/^[a-z/;= +-]{0,20}$/),
  )
  const path = fc.oneof(
    fc.constantFrom('/v1/echo', '/v3/echo', '/v2/echo', '/v1/models/%', '/v1/models/%zz', '/v1//echo', '/v1/../x'),
    fc.webPath(),
  )
  const requests = fc.record({
    path,
    method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'),
    type,
    body,
    id: fc.stringMatching(/^[!-~]{0,20}$/),
  })
  await fc.assert(
    fc.asyncProperty(requests, async ({ path, method, type, body, id }) => {
      const init: RequestInit = { method, headers: { 'content-type': type.trim(), 'x-request-id': id } }
      if (!['GET', 'HEAD'].includes(method)) init.body = body as string | Uint8Array
      const { status } = await app.request(path.startsWith('/') ? path : `/${path}`, init)
      assert.ok((status >= 200 && status < 300) || (status >= 400 && status < 500), `${status}`)
    }),
    { numRuns: 300 },
  )
  assert.is(({} as { polluted?: unknown }).polluted, undefined)
})

test("errors of Anthropic's routes have Anthropic's shape, wherever they come from", async () => {
  const closed = await fakeDoor({ apiKey: new ApiKey('right') })
  const cases: [string, Promise<Response> | Response, number, string][] = [
    ['not JSON', app.request('/v1/messages', post('{')), 400, 'invalid_request_error'],
    ['a wrong field', app.request('/v1/messages/count_tokens', post(fake)), 400, 'invalid_request_error'],
    ['an unknown model', app.request('/v3/messages', post({ model: 'nobody' })), 404, 'not_found_error'],
    ['too large a body', app.request('/v1/messages', post({ text: 'x'.repeat(70_000) })), 413, 'request_too_large'],
    ['a model that loads', app.request('/v1/messages', post({ model: 'loading' })), 503, 'overloaded_error'],
    ['a wrong method', app.request('/v1/messages'), 405, 'invalid_request_error'],
    ['a route that only Anthropic has', app.request('/v1/messages/batches', post(fake)), 404, 'not_found_error'],
    ['no key', closed.app.request('/v1/messages', post(fake)), 401, 'authentication_error'],
  ]
  for (const [what, answer, status, type] of cases) {
    const response = await answer
    const body = (await response.json()) as { error: { type: string; message: string }; request_id: string }
    assert.equal([response.status, body.error.type], [status, type], what)
    assert.equal(body, {
      type: 'error',
      error: { type, message: body.error.message },
      request_id: response.headers.get('request-id'),
    } as typeof body)
    assert.is(response.headers.get('request-id'), response.headers.get('x-request-id'))
  }
})

test('an error in a stream is an event of its API', async () => {
  const bodyOf = async (route: string) => (await app.request(`/v1/${route}`, post(fake, { headers: asked }))).text()
  const asked = { 'content-type': 'application/json', 'x-request-id': 'r1' }
  const first = 'data: {"each":0}\n\n'
  const anthropic = { type: 'error', error: { type: 'overloaded_error', message: 'Too much at once.' }, request_id: 'r1' }
  assert.is(await bodyOf('messages'), `${first}event: error\ndata: ${JSON.stringify(anthropic)}\n\n`)
  const openai = { type: 'error', sequence_number: 1, code: 'overloaded', message: 'Too much at once.', param: null }
  assert.is(await bodyOf('responses'), `${first}event: error\ndata: ${JSON.stringify(openai)}\n\n`)
})

test('who asks for an unknown route is told of each path once', async () => {
  const find = () => assert.unreachable('no model is looked for') as never
  const door = await fakeDoor({ endpoints: { routes: new Set(['rerank', 'v1/rerank', 'v2/rerank']), find } })
  const { message } = await errorOf(await door.app.request('/v1/nothing', post(fake)))
  assert.match(String(message), 'Routes: /v1/models, /v1/rerank, /v2/rerank.')
})

test("errors at Cohere's paths have Cohere's words too", async () => {
  for (const path of ['/v1/rerank', '/v2/embed', '/v3/v1/embed', '/v3/v2/rerank']) {
    const response = await app.request(path, post(fake))
    const body = (await response.json()) as { id: string; message: string; error: { message: string; code: string } }
    assert.equal(Object.keys(body), ['id', 'message', 'error'], path)
    assert.equal([body.id, body.message], [response.headers.get('x-request-id'), body.error.message])
    assert.is(body.error.code, 'route_not_found')
  }
  for (const path of ['/v3/rerank', '/v3/embed', '/v1/embed/x']) {
    assert.equal(Object.keys((await (await app.request(path, post(fake))).json()) as object), ['error'], path)
  }
})

test("the key may come in Anthropic's header, and goes no further", async () => {
  const closed = await fakeDoor({ apiKey: new ApiKey('right') })
  const status = async (headers: Record<string, string>) =>
    (await closed.app.request('/v1/echo', post(fake, { headers: { 'content-type': 'application/json', ...headers } }))).status
  assert.is(await status({ 'x-api-key': 'right' }), 200)
  assert.is(await status({ 'x-api-key': 'wrong' }), 401)
  assert.is(await status({ 'x-api-key': 'right', authorization: 'Bearer wrong' }), 401)
})

test('a model tells its length, if it has one, and how wide its vectors are', async () => {
  const models = () => [
    { id: 'a', created: 1, state: 'AVAILABLE', maxModelLength: 2048 },
    { id: 'b', created: 1, state: 'AVAILABLE', maxModelLength: 512, hiddenSize: 384 },
  ]
  const { app } = await fakeDoor({ models })
  const { meta_data: wide } = (await (await app.request('/v1/models/b')).json()) as { meta_data: unknown }
  assert.equal(wide, { max_sequence_length: 512, hidden_size: 384, max_output_length: 0 })
  const meta_data = { max_sequence_length: 2048, hidden_size: 0, max_output_length: 0 }
  const model = { id: 'a', object: 'model', created: 1, owned_by: 'ovms-ts', max_model_len: 2048, meta_data, state: 'AVAILABLE' }
  assert.equal(await (await app.request('/v1/models/a')).json(), model)
})

test.run()
