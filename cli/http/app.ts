import { randomUUID } from 'node:crypto'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { HttpBody } from '../../calculators/index.ts'
import { EngineError, type Run } from '../../engine/index.ts'
import { type Endpoints, unknownModel } from '../endpoints.ts'
import type { Log } from '../log.ts'
import { accessLog, type RequestFacts } from './access-log.ts'
import { type ApiKey, requireKey } from './api-key.ts'
import { docsFiles } from './docs/index.ts'
import { asEngineError, errorResponse, errorShapeOf } from './errors.ts'
import { type Incoming, readPayload } from './payload.ts'
import { type AnswerBody, respond } from './respond.ts'

/** What the door is told about each request, for its log; filled as the request goes on. */
interface DoorVariables {
  requestId: string
  /** The path as a template, of a closed set. */
  handler: string
  route: string
  model: string
  /** When the last byte was taken; with the error, if one came late. */
  ended: Promise<EngineError | undefined>
  error: EngineError
}
/** What whoever listens has of a request; nothing in `app.request()`. */
export interface DoorBindings {
  /** Node's request, where there is a connection. */
  readonly incoming?: Incoming
  /** Set where there is a connection: the body of the answer, which is to be written to it, as the response has none then. */
  body?: AnswerBody
}

export interface DoorEnv {
  readonly Variables: DoorVariables
  readonly Bindings: DoorBindings
}
type DoorContext = Context<DoorEnv>

/** A model as `GET /v1/models` lists it. */
export interface ModelListing {
  readonly id: string
  /** Seconds since 1970; the same for as long as the model's files are. */
  readonly created: number
  readonly state: string
  /** Why it is not available. */
  readonly reason?: string | undefined
  /** The most tokens that a request and its answer may have, where there is such a length. */
  readonly maxModelLength?: number | undefined
  /** Elements of the vectors that it makes of texts, if it does. */
  readonly hiddenSize?: number | undefined
}

export interface CorsOptions {
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  readonly headers: readonly string[]
}

export interface DoorOptions {
  readonly endpoints: Endpoints
  readonly models: () => readonly ModelListing[]
  /** Whether requests are taken now. */
  readonly ready: () => boolean
  readonly log: Log
  readonly maxBodyBytes: number
  readonly stallMs: number
  /** How long a request may take, from its body's end to its answer's. */
  readonly timeoutMs: number
  /** How often a stream that is silent says that it is alive; absent or 0: never. */
  readonly keepAliveMs?: number | undefined
  /** Asked of every route but health's, when given. */
  readonly apiKey?: ApiKey | undefined
  /** Browsers of other origins are refused unless this is given. */
  readonly cors?: CorsOptions | undefined
  /** Told of every run, so that a shutdown can wait for it. */
  readonly started?: (run: Run, model: string) => void
  /** Told of every request that is over. */
  readonly answered?: ((facts: RequestFacts) => void) | undefined
  /** What `GET /metrics` says; there is none unless this is given. */
  readonly metrics?: (() => Promise<HttpBody>) | undefined
  /** What `GET /openapi.json` says, as JSON. */
  readonly document: string
}

/**
 * The HTTP door: health, models, and every route that some model serves, under `/v1`, `/v3` and `/v2`. It knows no
 * endpoint; it reads the body, finds the graph by route and model, and hands on what comes out.
 */
export function createApp(options: DoorOptions): Hono<DoorEnv> {
  const { endpoints, models, ready, log } = options
  const app = new Hono<DoorEnv>()
  app.use(requestIds, accessLog(log, options.answered))
  if (options.cors) app.use(corsOf(options.cors))

  app.get('/v2/health/live', (c) => {
    c.set('handler', '/v2/health/live')
    return c.json({ status: 'live' })
  })
  for (const path of ['/v2/health/ready', '/health']) {
    app.get(path, (c) => {
      c.set('handler', path)
      return ready() ? c.json({ status: 'ready' }) : c.json({ status: 'not ready' }, 503)
    })
  }
  app.get('/openapi.json', (c) => {
    c.set('handler', '/openapi.json')
    return c.body(options.document, 200, { 'content-type': 'application/json' })
  })
  for (const [path, { contentType, policy, read }] of Object.entries(docsFiles)) {
    app.get(path, async (c) => {
      c.set('handler', path)
      const headers = { 'content-type': contentType, ...(policy !== undefined && { 'content-security-policy': policy }) }
      return c.body(new Uint8Array(Buffer.from(await read())), 200, headers)
    })
  }
  if (options.apiKey) app.use(requireKey(options.apiKey))

  const { metrics } = options
  if (metrics) {
    app.get('/metrics', async (c) => {
      c.set('handler', '/metrics')
      const { contentType, data } = await metrics()
      return c.body(data.toString(), 200, { 'content-type': contentType })
    })
  }
  // Under /v2 a model of its own is KServe's.
  app.get('/:version{v1|v2|v3}/models', (c) => {
    c.set('handler', `/${c.req.param('version')}/models`)
    return c.json({ object: 'list', data: models().map(modelObject) })
  })
  app.get('/:version{v1|v3}/models/:id{.+}', (c) => {
    c.set('handler', `/${c.req.param('version')}/models/{model}`)
    const id = c.req.param('id')
    const found = models().find((model) => model.id === id)
    if (!found)
      throw unknownModel(
        id,
        models().map((model) => model.id),
      )
    return c.json(modelObject(found))
  })

  app.post('/:version{v1|v2|v3}/:route{.+}', async (c) => {
    const route = routeOf(c.req.param('version'), c.req.param('route'), endpoints)
    if (isReadOnly(c.req.path)) return refuse(c, wrongMethod(c, 'GET'), { allow: 'GET' })
    if (!endpoints.routes.has(route)) throw unknownRoute(c, endpoints)
    c.set('handler', `/${c.req.param('version')}/${route}`)
    c.set('route', route)
    const requestId = c.get('requestId')
    const payload = await readPayload(c.req.raw, { route, requestId, maxBytes: options.maxBodyBytes, incoming: c.env?.incoming })
    const endpoint = endpoints.find(route, payload.model)
    c.set('model', endpoint.model)
    const answering = {
      signal: c.req.raw.signal,
      stallMs: options.stallMs,
      timeoutMs: options.timeoutMs,
      keepAliveMs: options.keepAliveMs,
      takesChunks: c.env?.incoming?.httpVersion !== '1.0',
      started: (run: Run) => options.started?.(run, endpoint.model),
      take:
        c.env?.incoming &&
        ((body: AnswerBody) => {
          c.env.body = body
        }),
    }
    const ignored = (fields: readonly string[]) =>
      log.debug({ request_id: requestId, route, fields }, 'unknown fields are ignored')
    const { response, ended } = await respond(endpoint, { ...payload, model: endpoint.model, ignored }, answering)
    c.set('ended', ended)
    return response
  })

  app.all('*', (c) => {
    const { path } = c.req
    if (isReadOnly(path) || (metrics && path === '/metrics')) return refuse(c, wrongMethod(c, 'GET'), { allow: 'GET' })
    if (endpoints.routes.has(path.replace(/^\/v[123]\//, ''))) return refuse(c, wrongMethod(c, 'POST'), { allow: 'POST' })
    throw unknownRoute(c, endpoints)
  })
  app.onError((thrown, c) => refuse(c, asEngineError(thrown)))
  return app
}

function refuse(c: DoorContext, error: EngineError, headers: Readonly<Record<string, string>> = {}): Response {
  c.set('error', error)
  return errorResponse(error, c.get('requestId'), c.req.path, headers)
}

/** The client's id is only echoed and logged, never used as a key: two clients may send the same one. */
const requestIds: MiddlewareHandler<DoorEnv> = async function requestIds(c, next) {
  const given = c.req.header('x-request-id')
  const requestId = given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
  c.set('requestId', requestId)
  await next()
  c.res.headers.set('x-request-id', requestId)
  c.res.headers.set(errorShapeOf(c.req.path).requestIdHeader, requestId)
}

const corsOf = ({ origins, methods, headers }: CorsOptions) =>
  cors({
    origin: origins.includes('*') ? '*' : [...origins],
    allowMethods: [...methods],
    // None: those that the browser asks for.
    allowHeaders: headers.includes('*') ? [] : [...headers],
    exposeHeaders: ['x-request-id', 'retry-after'],
  })

const isReadOnly = (path: string) =>
  /^\/(health|v2\/health\/(live|ready)|v2\/models|v[13]\/models(\/.+)?|openapi\.json)$/.test(path) ||
  Object.hasOwn(docsFiles, path)

/** OpenAI's fields, vLLM's `max_model_len`, the `meta_data` of T-Systems' API, where 0 means none, and where the model is in its life. */
const modelObject = ({ id, created, state, reason, maxModelLength, hiddenSize = 0 }: ModelListing) => ({
  id,
  object: 'model',
  created,
  owned_by: 'ovms-ts',
  ...(maxModelLength !== undefined && {
    max_model_len: maxModelLength,
    meta_data: { max_sequence_length: maxModelLength, hidden_size: hiddenSize, max_output_length: 0 },
  }),
  state,
  ...(reason !== undefined && { reason }),
})

const shown = (path: string) => (path.length > 200 ? `${path.slice(0, 200)}…` : path)

const wrongMethod = ({ req }: DoorContext, allowed: string) =>
  new EngineError('method_not_allowed', `${shown(req.path)} takes ${allowed}, not ${req.method}.`)

function unknownRoute(c: DoorContext, { routes }: Endpoints): EngineError {
  const posted = [...routes].map((route) => (/^v[123]\//.test(route) ? `/${route}` : `/v1/${route}`))
  const paths = ['/v1/models', ...new Set(posted)]
  return new EngineError('route_not_found', `There is no ${shown(c.req.path)} here. Routes: ${paths.join(', ')}.`)
}

/** `/v2/embed` is the route `v2/embed`, as Cohere's clients mean it, where some model has it; else it is `embed`, as any prefix's. */
function routeOf(version: string, path: string, { routes }: Pick<Endpoints, 'routes'>): string {
  return routes.has(`${version}/${path}`) ? `${version}/${path}` : path
}
