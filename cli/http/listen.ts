import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { EngineError, type ErrorCode } from '../../engine/index.ts'
import type { DoorBindings } from './app.ts'
import { asEngineError, errorResponse } from './errors.ts'
import { Outflow } from './outflow.ts'

export interface Listening {
  /** `http://127.0.0.1:8000` */
  readonly url: string
  /** Takes no new connections and settles when those that there are have closed; idle and silent ones are closed at once. */
  close(): Promise<void>
  /** Gives those that remain a moment to send their last words, then breaks them. */
  cut(): void
}

export interface ListenOptions {
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
  /** Told when a connection can't be accepted, mostly for want of file descriptors; the server goes on. */
  onError(error: Error): void
}

const seconds = 1000

type Bindings = HttpBindings & DoorBindings
type Fetch = (request: Request, env: Bindings) => Response | Promise<Response>

/** Listens on a port. */
export async function listen(fetch: Fetch, { host, port, onError }: ListenOptions): Promise<Listening> {
  // A client of HTTP/1.0 need not say whom it calls.
  const listener = getRequestListener(async (request, env) => send(await fetch(request, env as Bindings), env as Bindings), {
    overrideGlobalObjects: false,
    hostname: 'localhost',
    errorHandler: notRead,
  })
  const server = createServer({
    headersTimeout: 10 * seconds,
    requestTimeout: 60 * seconds,
    // Longer than clients keep theirs, so that it is they who close a connection, and not while they use it.
    keepAliveTimeout: 75 * seconds,
    connectionsCheckingInterval: seconds,
  })
  const answers = new WeakMap<Duplex, ServerResponse>()
  server.on('request', (incoming, outgoing) => {
    answers.set(incoming.socket, outgoing)
    if (refusedHead(incoming, outgoing)) return
    // A kept-alive connection would hold a closing server open for seconds after its last answer.
    outgoing.once('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
    void listener(incoming, outgoing)
  })
  server.on('clientError', (error: ClientError, socket) => {
    // What has been answered in part is not to be mixed with a refusal.
    const isAnswering = answers.get(socket)?.headersSent === true && answers.get(socket)?.writableFinished === false
    if (socket.writable && !isAnswering && error.code !== 'ECONNRESET') socket.write(unreadable(error))
    socket.destroy()
  })
  // For Node a connection that has said nothing yet isn't idle; clients open such ones ahead of need.
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.maxConnections = 4096
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(host, port, cause)))
    server.listen(port, host, resolve)
  })
  server.on('error', onError)
  const { port: actual, family } = server.address() as AddressInfo
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : family === 'IPv6' ? `[${host}]` : host
  return {
    url: `http://${name}:${actual}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
      }),
    cut: () => setTimeout(() => server.closeAllConnections(), seconds).unref(),
  }
}

/** Writes the answers of graphs itself: reading them from streams of the web takes longer than writing them. */
function send(response: Response, { outgoing, body }: Bindings): Response {
  // A failure after the body was there has one of its own.
  if (body === undefined || response.body) return response
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  if (body instanceof Outflow) void body.writeTo(outgoing)
  else outgoing.end(body)
  return RESPONSE_ALREADY_SENT
}

/** The answer to a request whose address or Host is none. */
function notRead(thrown: unknown): Response {
  const wrong =
    thrown instanceof RequestError && new EngineError('invalid_value', `The request can't be read: ${thrown.message}.`)
  return errorResponse(wrong || asEngineError(thrown), randomUUID())
}

const mostHeaders = 100

/** Node takes thousands of header fields, and two `Host`s; this door doesn't. */
function refusedHead({ rawHeaders }: IncomingMessage, outgoing: ServerResponse): boolean {
  const names = rawHeaders.filter((_, index) => index % 2 === 0)
  const hosts = names.filter((name) => name.toLowerCase() === 'host').length
  if (names.length <= mostHeaders && hosts <= 1) return false
  const message = hosts > 1 ? 'The request has more than one Host.' : `The request has more than ${mostHeaders} header fields.`
  outgoing.writeHead(hosts > 1 ? 400 : 431, { 'content-type': 'application/json', connection: 'close' })
  outgoing.end(refusal(message, 'invalid_value'))
  return true
}

const refusal = (message: string, code: ErrorCode) =>
  JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } })

/** What Node's parser says of a request that it can't read; `rawPacket` is what it read. */
interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer
}

/** The whole answer to a request that Node's parser refuses, or gives up waiting for. */
function unreadable({ code, rawPacket }: ClientError): string {
  const [status, message, errorCode] = unreadableAs(code, rawPacket)
  const body = refusal(message, errorCode)
  const head = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n\r\n${body}`
}

function unreadableAs(code: string | undefined, rawPacket: Buffer | undefined): [number, string, ErrorCode] {
  if (code === 'HPE_HEADER_OVERFLOW') return [431, 'The request line and headers are larger than 16 KiB.', 'invalid_value']
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'The request did not come in time.', 'invalid_value']
  if (code === 'HPE_INVALID_METHOD' && /^[\w-]+ \S+ HTTP\/1\.[01]\r?\n/.test(rawPacket?.toString('latin1', 0, 4096) ?? '')) {
    return [405, 'There is no such method in HTTP.', 'method_not_allowed']
  }
  return [400, 'The request is not HTTP/1.1.', 'invalid_value']
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): EngineError {
  const why =
    cause.code === 'EADDRINUSE'
      ? `port ${port} is in use; stop what listens there, or choose another with --rest_port`
      : cause.code === 'EACCES'
        ? `port ${port} needs more rights than this process has; choose one above 1023 with --rest_port`
        : cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND'
          ? `${host} is not an address of this machine; see --rest_bind_address`
          : cause.message
  return new EngineError('bad_configuration', `Can't listen on ${host}:${port}: ${why}.`, { cause })
}
