import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Listening, listen } from '../../../cli/http/index.ts'
import { EngineError, liveRuns } from '../../../engine/index.ts'
import { fakeDoor, hanging, post } from '../support.ts'

const { app, lineOf } = await fakeDoor({ stallMs: 50 })
const onError = (error: Error) => {
  throw error
}
let server: Listening
test.before(async () => {
  server = await listen(app.fetch, { host: '127.0.0.1', port: 0, onError })
})
test.after(() => server.close())

const fake = { model: 'fake' }
const jsonWith = (id: string) => ({ 'content-type': 'application/json', 'x-request-id': id })

test('answers over a socket, unary and streamed', async () => {
  assert.equal(await (await fetch(`${server.url}/v1/echo`, post(fake))).json(), { echo: fake })
  const streamed = await fetch(`${server.url}/v1/count`, post({ ...fake, count: 3 }))
  assert.is(await streamed.text(), 'data: {"each":0}\n\ndata: {"each":1}\n\ndata: {"each":2}\n\n')
})

test('an answer that is broken off never looks whole', async () => {
  const response = await fetch(`${server.url}/v1/broken/picture`, post(fake, { headers: jsonWith('broken') }))
  assert.is(await response.arrayBuffer().catch(({ message }) => message), 'terminated')
  assert.is((await lineOf('broken')).code, 'internal')
})

test('a client that leaves ends its run, streaming or not', async () => {
  const before = liveRuns()
  for (const stream of [true, false]) {
    const client = new AbortController()
    const begun = new Promise<void>((resolve) => {
      hanging.begun = resolve
    })
    const stopped = new Promise<void>((resolve) => {
      hanging.stopped = resolve
    })
    const answered = fetch(`${server.url}/v1/hang`, post({ ...fake, stream }, { signal: client.signal })).then((response) =>
      response.text(),
    )
    await begun
    client.abort()
    assert.is(await answered.catch(({ name }) => name), 'AbortError')
    await stopped
  }
  await new Promise<void>((next) => setImmediate(next))
  assert.is(liveRuns(), before)
})

test('a client that leaves in the midst of its body is no failure of the server', async () => {
  const headers = { ...jsonWith('half'), 'content-length': '100' }
  const outgoing = httpRequest(`${server.url}/v1/echo`, { method: 'POST', headers })
  outgoing.on('error', () => {})
  outgoing.write('{"model": ', () => outgoing.destroy())
  const { status, code } = await lineOf('half')
  assert.equal([status, code], [499, 'cancelled'])
})

test('a client that takes nothing is held back, then cut off', async () => {
  const before = liveRuns()
  const outgoing = httpRequest(`${server.url}/v1/count`, { method: 'POST', headers: jsonWith('slow') })
  outgoing.end(JSON.stringify({ ...fake, count: 10_000_000 }))
  const [incoming] = await once(outgoing, 'response')
  incoming.pause()
  const { status, code } = await lineOf('slow')
  assert.equal([status, code, liveRuns()], [499, 'cancelled', before])
  incoming.resume()
  const [error] = await once(incoming, 'error')
  assert.is(error.code, 'ECONNRESET')
})

test('one client may use its connection again after a body that was too large', async () => {
  for (let round = 0; round < 5; round++) {
    const large = await fetch(`${server.url}/v1/echo`, post({ ...fake, text: 'x'.repeat(80_000) }))
    assert.is(large.status, 413)
    await large.text()
    assert.is((await fetch(`${server.url}/v1/echo`, post(fake))).status, 200)
  }
})

test('a body far too large is answered, though its client reads nothing before it has sent everything', async () => {
  const init = post({ ...fake, text: 'x'.repeat(24 * 1024 * 1024) })
  const chunked = { ...init, body: new Blob([init.body as string]).stream(), duplex: 'half' as const }
  const statusOf = async (route: string, init: RequestInit) => {
    const response = await fetch(`${server.url}/v1/${route}`, init)
    await response.text()
    return response.status
  }
  assert.equal([await statusOf('echo', init), await statusOf('echo', chunked), await statusOf('unknown', init)], [413, 413, 404])
})

test('an endless body is answered before the connection goes', async () => {
  const outgoing = httpRequest(`${server.url}/v1/echo`, { method: 'POST', headers: jsonWith('endless') })
  const write = (): void => {
    if (!outgoing.destroyed) outgoing.write('x'.repeat(16 * 1024), write)
  }
  outgoing.on('error', () => {})
  write()
  const [incoming] = await once(outgoing, 'response')
  assert.is(incoming.statusCode, 413)
  incoming.resume()
  await new Promise((resolve) => outgoing.once('close', resolve))
})

test('refuses two Hosts, and more header fields than anyone sends', async () => {
  const statusOf = async (head: string) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.end(`GET /health HTTP/1.1\r\n${head}\r\n`)
    let text = ''
    for await (const chunk of socket) text += chunk
    return Number(text.split(' ')[1])
  }
  assert.is(await statusOf('Host: a\r\nHost: b\r\n'), 400)
  assert.is(await statusOf(`Host: a\r\n${'X-A: 1\r\n'.repeat(200)}`), 431)
  assert.is(await statusOf(`Host: a\r\nX-A: ${'1'.repeat(20_000)}\r\n`), 431)
})

/** Sends bytes as they are; what comes back until the connection closes. */
const talk = async (bytes: string) => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write(bytes)
  let text = ''
  for await (const chunk of socket) text += chunk
  const [head = '', ...body] = text.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body: body.join('\r\n\r\n') }
}

test('what is no HTTP gets an error in the shape of all others', async () => {
  const refusals = [
    ['FOO /v1/echo HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'method_not_allowed'],
    ['\x16\x03\x01\x02', 400, 'invalid_value'],
    ['GET /health HTTP/9.9\r\nHost: a\r\n\r\n', 400, 'invalid_value'],
    [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431, 'invalid_value'],
    ['POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n', 400, 'invalid_value'],
    ['GET /health HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400, 'invalid_value'],
  ] as const
  for (const [bytes, status, code] of refusals) {
    const refused = await talk(bytes)
    assert.equal([refused.status, JSON.parse(refused.body).error.code], [status, code], bytes.slice(0, 40))
    assert.match(refused.head, 'content-type: application/json')
  }
})

test('nonsense behind a request does not get into its answer', async () => {
  const body = JSON.stringify({ ...fake, stream: true })
  const head = `POST /v1/hang HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  const stopped = new Promise<void>((resolve) => {
    hanging.stopped = resolve
  })
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    if (text === '') socket.write('\x16\x03\r\n\r\n')
    text += chunk
  })
  socket.write(head + body)
  await once(socket, 'close')
  await stopped
  assert.match(text, '"each":0')
  assert.not.match(text, '"error"')
})

test('a client of HTTP/1.0 gets no chunks, and its answer ends with the connection', async () => {
  const ask = (route: string, body: string) =>
    talk(`POST /v1/${route} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  const streamed = await ask('count', JSON.stringify({ ...fake, count: 3 }))
  assert.is(streamed.body, 'data: {"each":0}\n\ndata: {"each":1}\n\ndata: {"each":2}\n\n')
  assert.not.match(streamed.head, 'transfer-encoding')
  assert.match(streamed.head, 'connection: close')
  assert.is((await ask('echo', JSON.stringify(fake))).body, JSON.stringify({ echo: fake }))
})

test('a port that is taken is no crash, and says what to do', async () => {
  const error = await listen(app.fetch, { host: '127.0.0.1', port: Number(new URL(server.url).port), onError }).catch(
    (thrown) => thrown,
  )
  assert.instance(error, EngineError)
  assert.match(error.message, '--rest_port')
})

test('closes at once when only idle connections are left, and those that have said nothing yet', async () => {
  const other = await listen(app.fetch, { host: '127.0.0.1', port: 0, onError })
  const silent = connect(Number(new URL(other.url).port), '127.0.0.1')
  await once(silent, 'connect')
  await (await fetch(`${other.url}/health`)).text()
  const gone = once(silent, 'close')
  await other.close()
  await gone
  assert.is(await fetch(`${other.url}/health`).catch(() => 'refused'), 'refused')
})

test.run()
