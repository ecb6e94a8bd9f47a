import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { EngineError } from '../../engine/index.ts'

export interface Listening {
  /** `http://127.0.0.1:8000` */
  readonly url: string
  /** Takes no new connections and settles when those that there are have closed; idle ones are closed at once. */
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

/** Listens on a port. */
export async function listen(
  fetch: Parameters<typeof getRequestListener>[0],
  { host, port, onError }: ListenOptions,
): Promise<Listening> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false })
  const server = createServer({
    headersTimeout: 10 * seconds,
    requestTimeout: 60 * seconds,
    // Longer than clients keep theirs, so that it is they who close a connection, and not while they use it.
    keepAliveTimeout: 75 * seconds,
    connectionsCheckingInterval: seconds,
  })
  server.on('request', (incoming, outgoing) => {
    if (refusedHead(incoming, outgoing)) return
    // A kept-alive connection would hold a closing server open for seconds after its last answer.
    outgoing.once('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
    void listener(incoming, outgoing)
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
    close: () => new Promise((resolve) => server.close(() => resolve())),
    cut: () => setTimeout(() => server.closeAllConnections(), seconds).unref(),
  }
}

const mostHeaders = 100

/** Node takes thousands of header fields, and two `Host`s; this door doesn't. */
function refusedHead({ rawHeaders }: IncomingMessage, outgoing: ServerResponse): boolean {
  const names = rawHeaders.filter((_, index) => index % 2 === 0)
  const hosts = names.filter((name) => name.toLowerCase() === 'host').length
  if (names.length <= mostHeaders && hosts <= 1) return false
  const message = hosts > 1 ? 'The request has more than one Host.' : `The request has more than ${mostHeaders} header fields.`
  outgoing.writeHead(hosts > 1 ? 400 : 431, { 'content-type': 'application/json', connection: 'close' })
  outgoing.end(JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: 'invalid_value' } }))
  return true
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
