import { setImmediate } from 'node:timers/promises'
import { type HttpBody, type HttpPayload, wantsStream } from '../../calculators/index.ts'
import { EngineError, type Run } from '../../engine/index.ts'
import type { Endpoint } from '../endpoints.ts'
import { errorShapeOf, tellError } from './errors.ts'
import { beginStream } from './keep-alive.ts'
import { type Bodies, Outflow } from './outflow.ts'

export interface RespondOptions {
  /** Aborted when the client has left. */
  readonly signal: AbortSignal
  /** A client that takes nothing for this long is cut off, so that it doesn't hold the model's rows. */
  readonly stallMs: number
  /** When a request has taken so long, its run is cancelled with `deadline_exceeded`. */
  readonly timeoutMs: number
  /** How often a stream that is silent says that it is alive; absent or 0: never. */
  readonly keepAliveMs?: number | undefined
  /** Whether a body of open length may come in chunks; that of an HTTP/1.0 client ends with its connection. Default true. */
  readonly takesChunks?: boolean
  /** Told once a run is started, so that a server that shuts down can wait for it or end it. */
  started(run: Run): void
  /** Takes a body, to write it to the connection itself; absent: the response has it, as a stream of the web. */
  readonly take?: ((body: AnswerBody) => void) | undefined
}

/** A body that is there as a whole, or comes in pieces. */
export type AnswerBody = Buffer | Outflow

export interface Answer {
  readonly response: Response
  /** Settles when the last byte was taken or given up; with the error, if one came after the first packet. */
  readonly ended: Promise<EngineError | undefined>
}

const eventStream = 'text/event-stream'

/**
 * Runs the endpoint's graph for one request. Until the first packet, what fails is thrown, to become a status; after it,
 * a server-sent event says so, and any other body is broken off, so that no client takes it for whole. A body that is no
 * event stream waits for its second packet or its end: most have one packet, and then a failure at the end is a status too. What was
 * asked for as a stream begins, at the latest, when a silence is to be broken. A graph that ends without a packet is answered 204.
 */
export async function respond({ graph, sides }: Endpoint, payload: HttpPayload, options: RespondOptions): Promise<Answer> {
  const run = graph.start({ sides, signal: options.signal })
  options.started(run)
  limit(run, options.timeoutMs)
  try {
    return await answer(run, payload, options)
  } catch (error) {
    run.cancel(error)
    throw error
  }
}

function limit(run: Run, timeoutMs: number): void {
  const timer = setTimeout(() => {
    const message = `The request took longer than the ${timeoutMs / 1000} s that this server gives it (--request_timeout).`
    run.cancel(new EngineError('deadline_exceeded', `${message} Ask for less, or raise the limit.`))
  }, timeoutMs)
  const over = () => clearTimeout(timer)
  run.done.then(over, over)
}

async function answer(run: Run, payload: HttpPayload, options: RespondOptions): Promise<Answer> {
  run.push('PAYLOAD', payload)
  run.close('PAYLOAD')
  const bodies = run.read('BODY') as Bodies
  const { keepAliveMs = 0 } = options
  const isKeptAlive = keepAliveMs > 0 && wantsStream(payload)
  const { first, rest } = isKeptAlive ? await beginStream(bodies, keepAliveMs) : { first: await bodies.next(), rest: bodies }
  if (first.done) return nothing()
  const { contentType, status, end } = first.value.value
  const streaming = contentType.startsWith(eventStream)
  const second = streaming ? undefined : await rest.next()
  if (second?.done) return whole(first.value.value, options)
  const ready = second ? [first.value.value, second.value.value] : [first.value.value]
  const last = streaming ? eventOf(payload, end) : undefined
  const outflow = new Outflow(rest, run, { ready, last, stallMs: options.stallMs, keepAliveMs: streaming ? keepAliveMs : 0 })
  const headers = {
    'content-type': contentType,
    ...(streaming && { 'cache-control': 'no-cache' }),
    // Says that the length is open: the server then writes each piece as it comes.
    ...((options.takesChunks ?? true) && { 'transfer-encoding': 'chunked' }),
  }
  return { response: respondWith(outflow, { status: status ?? 200, headers }, options), ended: outflow.ended }
}

/** A graph that ends well and has nothing to say. */
const nothing = (): Answer => ({ response: new Response(null, { status: 204 }), ended: setImmediate(undefined) })

function whole({ contentType, data, status }: HttpBody, options: RespondOptions): Answer {
  const body = Buffer.from(data)
  const headers = { 'content-type': contentType, 'content-length': String(body.byteLength) }
  return { response: respondWith(body, { status: status ?? 200, headers }, options), ended: setImmediate(undefined) }
}

function respondWith(body: AnswerBody, init: ResponseInit, { take }: RespondOptions): Response {
  if (!take) return new Response(body instanceof Outflow ? body.stream() : body, init)
  const response = new Response(null, init)
  take(body)
  return response
}

const eventOf =
  ({ route, requestId }: HttpPayload, end: HttpBody['end']) =>
  (error: EngineError, sent: number) => {
    const told = tellError(error, requestId)
    return errorShapeOf(`/v1/${route}`).event(told, sent) + (end?.({ message: told.message, sent: sent + 1 }) ?? '')
  }
