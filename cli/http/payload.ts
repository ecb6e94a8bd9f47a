import type { IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { HttpPayload } from '../../calculators/index.ts'
import { EngineError } from '../../engine/index.ts'
import { parseJson, parseLongJson } from './json.ts'

/** Node's request, where there is a connection. */
export type Incoming = Pick<IncomingMessage, 'httpVersion' | 'complete' | 'read'> & AsyncIterable<Uint8Array>

/** A request, read and parsed; `model` as the client named it, if it did. */
export type ReadPayload = Omit<HttpPayload, 'model'> & { readonly model: string | undefined }

/**
 * Reads the body once, within `maxBytes`, as what its content type says: a JSON object, or form data. `incoming` is the request as
 * Node's server has it, where there is one: the request's own stream of the web would take longer than the rest of reading.
 */
export async function readPayload(
  request: Request,
  {
    route,
    requestId,
    maxBytes,
    incoming,
  }: { route: string; requestId: string; maxBytes: number; incoming?: Incoming | undefined },
): Promise<ReadPayload> {
  const encoding = request.headers.get('content-encoding') ?? 'identity'
  if (encoding !== 'identity') {
    throw new EngineError('unsupported_media_type', `Content-Encoding ${encoding} is not supported; send the body as it is.`)
  }
  const mediaType = (request.headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
  // Credentials stay at the door.
  const { authorization: _, cookie: __, 'x-api-key': ___, ...headers } = Object.fromEntries(request.headers)
  const common = { method: request.method, route, requestId, headers }
  if (mediaType === 'multipart/form-data') {
    const form = await parseForm(request, await readBytes(request, incoming, maxBytes))
    return { ...common, json: undefined, form, model: modelOf(form.get('model')) }
  }
  if (!isJson(mediaType, request.headers)) {
    const message = `Content-Type ${mediaType} is not supported; send application/json or multipart/form-data.`
    throw new EngineError('unsupported_media_type', message)
  }
  const bytes = await readBytes(request, incoming, maxBytes)
  const json = await parseObject(bytes)
  // Its fields are checked next: a megabyte takes milliseconds each time, and other requests have their turn between.
  if (bytes.byteLength > large) await setImmediate()
  return { ...common, json, form: undefined, model: modelOf(json.model) }
}

const isJson = (mediaType: string, headers: Headers) =>
  /^application\/(json|\S+\+json)$/.test(mediaType) || (isUntyped(mediaType) && !headers.has('origin'))

/**
 * `curl -d` says x-www-form-urlencoded unless told otherwise; what it sends here is JSON. Web pages may send that to any
 * server without asking, so it doesn't count as JSON when it comes from one.
 */
const isUntyped = (mediaType: string) => ['', 'application/x-www-form-urlencoded'].includes(mediaType)

/** Bytes of a body that takes long. */
const large = 256 * 1024

/** Bytes of a body too large that are still read, and dropped. */
const maxDropped = 64 * 1024 * 1024

/**
 * The whole body. Counts what really comes, since a chunked body announces no length. One that turns out too large is read
 * to its end all the same, within bounds: its client may look for an answer only when it has sent everything.
 */
async function readBytes(request: Request, incoming: Incoming | undefined, maxBytes: number): Promise<Buffer> {
  const tooLarge = () =>
    new EngineError('request_too_large', `The body is larger than ${maxBytes} bytes, the most this server takes.`)
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of await piecesOf(request, incoming)) {
      size += chunk.byteLength
      if (size <= maxBytes) chunks.push(chunk)
      else if (size > maxBytes + maxDropped) break
    }
  } catch (cause) {
    throw new EngineError('cancelled', 'The client left before its body was whole.', { cause })
  }
  if (size > maxBytes) throw tooLarge()
  return Buffer.concat(chunks, size)
}

type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** What has come with the head is there a moment after it, and is read at once: a stream's iterator takes longer than a short body. */
async function piecesOf(request: Request, incoming: Incoming | undefined): Promise<Pieces> {
  if (!incoming) return request.body ?? []
  await undefined
  return incoming.complete ? [incoming.read() ?? Buffer.alloc(0)] : incoming
}

async function parseObject(bytes: Buffer): Promise<Readonly<Record<string, unknown>>> {
  const text = decode(bytes)
  const json = bytes.byteLength > large ? await parseLongJson(text) : parseJson(text)
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>
  const what = Array.isArray(json) ? 'an array' : json === null ? 'null' : `a ${typeof json}`
  throw new EngineError('invalid_type', `The body must be a JSON object, not ${what}.`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Buffer): string {
  try {
    const text = utf8.decode(bytes)
    if (text.trim() !== '') return text
  } catch (cause) {
    throw new EngineError('invalid_json', 'The body is not UTF-8 text.', { cause })
  }
  throw new EngineError('invalid_json', 'The body is empty; a JSON object was expected.')
}

async function parseForm(request: Request, bytes: Buffer): Promise<FormData> {
  const headers = { 'content-type': request.headers.get('content-type') ?? '' }
  try {
    return await new Response(new Uint8Array(bytes), { headers }).formData()
  } catch (cause) {
    throw new EngineError('invalid_value', 'The body is not valid multipart/form-data.', { cause })
  }
}

/** Some clients send an empty name for "whatever you serve"; it counts as none. */
function modelOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return value
  throw new EngineError('invalid_type', `model must be a string, not ${describe(value)}.`, { param: 'model' })
}

const describe = (value: unknown) =>
  Array.isArray(value)
    ? 'an array'
    : value instanceof Blob
      ? 'a file'
      : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
