import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pino } from 'pino'
import { Body, type HttpBody, Payload } from '../../calculators/index.ts'
import type { Endpoint, Endpoints } from '../../cli/endpoints.ts'
import { createApp, type DoorOptions } from '../../cli/http/index.ts'
import { calculator, EngineError, Graph, loadGraph, type Registry, readYaml } from '../../engine/index.ts'

export const root = resolve(import.meta.dirname, '../..')

/** A calculator that answers a request as `answer` says, in place of a whole endpoint. */
const answering = (
  answer: (
    json: Readonly<Record<string, unknown>>,
    context: { send(body: HttpBody): void; ready(): Promise<void>; signal: AbortSignal },
  ) => Promise<void> | void,
) =>
  calculator({ inputs: { PAYLOAD: Payload }, outputs: { BODY: Body }, timestampOffset: 'own' }, ({ outputs, signal }) => ({
    process: ({ PAYLOAD }) =>
      answer(PAYLOAD.value.json as Readonly<Record<string, unknown>>, {
        send: (body) => outputs.BODY.send(body),
        ready: () => outputs.BODY.ready,
        signal,
      }),
  }))

const json = (data: unknown): HttpBody => ({ contentType: 'application/json', data: JSON.stringify(data) })
const event = (data: unknown): HttpBody => ({ contentType: 'text/event-stream', data: `data: ${JSON.stringify(data)}\n\n` })
const aborted = (signal: AbortSignal) =>
  new Promise<void>((settle) => (signal.aborted ? settle() : signal.addEventListener('abort', () => settle(), { once: true })))

/** Settles when a run of `HangCalculator` has begun, and when it has been told to stop. */
export const hanging = { begun: () => {}, stopped: () => {} }

export const fakes: Registry = {
  EchoCalculator: answering((body, { send }) => send(json({ echo: body }))),
  CountCalculator: answering(async ({ count }, { send, ready }) => {
    for (let each = 0; each < Number(count); each++) {
      send(event({ each }))
      await ready()
    }
  }),
  SilentCalculator: answering(() => {}),
  HangCalculator: answering(async ({ stream }, { send, signal }) => {
    if (stream) send(event({ each: 0 }))
    hanging.begun()
    await aborted(signal)
    hanging.stopped()
  }),
  RefuseCalculator: answering(() => {
    throw new EngineError('invalid_value', 'n must be 1.', { param: 'n' })
  }),
  CrashCalculator: answering(() => {
    throw new TypeError('secret of the house')
  }),
  LateCalculator: answering(async (_, { send }) => {
    send(event({ each: 0 }))
    await new Promise<void>((next) => setImmediate(next))
    throw new EngineError('overloaded', 'Too much at once.')
  }),
  BrokenPictureCalculator: answering(async (_, { send }) => {
    send({ contentType: 'image/png', data: new Uint8Array([1, 2, 3]) })
    send({ contentType: 'image/png', data: new Uint8Array([4]) })
    await new Promise<void>((next) => setImmediate(next))
    throw new EngineError('internal', 'The picture broke.')
  }),
  MislabelCalculator: answering(async (_, { send, signal }) => {
    send({ contentType: 'text/\nevent-stream', data: 'x' })
    send({ contentType: 'text/plain', data: 'x' })
    await aborted(signal)
  }),
  LateJsonCalculator: answering(async (_, { send }) => {
    send(json({}))
    await new Promise<void>((next) => setImmediate(next))
    throw new EngineError('invalid_value', 'Too late to be whole.')
  }),
}

/** A graph of one fake. */
export async function graphOf(name: string): Promise<Graph> {
  const text = `{ input_stream: { PAYLOAD: in }, output_stream: { BODY: out }, node: [{ calculator: ${name}, input_stream: { PAYLOAD: in }, output_stream: { BODY: out } }] }`
  const { plan, faults } = await loadGraph({ document: readYaml(text, 'fake.yaml').document!, path: [] }, { registry: fakes })
  if (!plan) throw new Error(faults.map(({ message }) => message).join('\n'))
  return new Graph(plan)
}

export const routes = {
  echo: 'EchoCalculator',
  count: 'CountCalculator',
  'v1/count': 'CountCalculator',
  silent: 'SilentCalculator',
  hang: 'HangCalculator',
  refuse: 'RefuseCalculator',
  crash: 'CrashCalculator',
  late: 'LateCalculator',
  'broken/picture': 'BrokenPictureCalculator',
  mislabel: 'MislabelCalculator',
  'late/json': 'LateJsonCalculator',
  messages: 'LateCalculator',
  'messages/count_tokens': 'RefuseCalculator',
  responses: 'LateCalculator',
}

/** A door over the fakes: model `fake` answers every route; `loading` and `failed` are what they are called. */
export async function fakeDoor(options: Partial<DoorOptions> & { readonly defaultModel?: string } = {}) {
  const graphs = new Map<string, Graph>()
  for (const [route, name] of Object.entries(routes)) graphs.set(route, await graphOf(name))
  const endpoints: Endpoints = {
    routes: new Set(Object.keys(routes)),
    find(route, asked): Endpoint {
      const model = asked ?? options.defaultModel
      if (model === undefined) throw new EngineError('missing_required_parameter', 'model is required.', { param: 'model' })
      if (model === 'loading') throw new EngineError('model_not_ready', 'Still loading.', { retryAfter: 1 })
      if (model === 'failed') throw new EngineError('model_not_ready', 'It failed: no files.')
      if (model !== 'fake') throw new EngineError('model_not_found', 'No such model.', { param: 'model' })
      return { model, graph: graphs.get(route)!, sides: {} }
    },
  }
  const log: Record<string, unknown>[] = []
  const lines = new EventEmitter()
  const write = (line: string) => {
    log.push(JSON.parse(line))
    lines.emit('line')
  }
  /** The request's line in the log, once it is there. */
  const lineOf = async (id: string) => {
    for (;;) {
      const line = log.find((each) => each.request_id === id)
      if (line) return line
      await once(lines, 'line')
    }
  }
  const app = createApp({
    endpoints,
    models: () => [
      { id: 'fake', created: 1, state: 'AVAILABLE' },
      { id: 'org/fake', created: 2, state: 'FAILED', reason: 'no files' },
    ],
    ready: () => true,
    log: pino({ level: 'trace', base: null }, { write }),
    document: '{"openapi": "3.1.0"}',
    maxBodyBytes: 64 * 1024,
    stallMs: 30_000,
    timeoutMs: 30_000,
    ...options,
  })
  return { app, log, lineOf }
}

/** A POST of a JSON body. */
export const post = (body: unknown, more: RequestInit = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
})

export interface Called {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const source = ['--import', 'tsx', join(root, 'cli/index.ts')]
export const compiled = [join(root, 'dist/cli/index.js')]

interface Caller {
  readonly program?: string[]
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a command to its end. */
export async function call(args: readonly string[], { program = source, env = {} }: Caller = {}): Promise<Called> {
  const child = spawn(process.execPath, [...program, ...args], { cwd: root, env: { ...process.env, ...env } })
  const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: stdout.text, stderr: stderr.text }
}

export interface LiveServer {
  readonly url: string
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** Ends it as an administrator would; the exit code. */
  stop(): Promise<number | null>
}

const children = new Set<ChildProcess>()

/** Ends the servers that a failed test has left behind. */
export function endLeftovers(): void {
  for (const child of children) child.kill('SIGKILL')
}

/** Starts `serve` on a free port; settles when it has printed its address. */
export async function serving(args: readonly string[], { program = source, env = {} }: Caller = {}): Promise<LiveServer> {
  const flags = ['serve', '--rest_port', '0', ...args]
  const child = spawn(process.execPath, [...program, ...flags], { cwd: root, env: { ...process.env, ...env } })
  const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)]
  const ended = once(child, 'close') as Promise<[number | null]>
  children.add(child)
  void ended.then(() => children.delete(child))
  const announced = (async () => {
    for (;;) {
      const found = / at (http:\S+)/.exec(stdout.text)
      if (found) return found[1]!
      await stdout.more()
    }
  })()
  const url = await Promise.race([announced, ended.then(() => undefined)])
  if (url === undefined) throw new Error(`serve ended: ${stderr.text}`)
  return {
    url,
    child,
    stdout: () => stdout.text,
    stderr: () => stderr.text,
    async stop() {
      child.kill('SIGTERM')
      return (await ended)[0]
    },
  }
}

function gather(stream: NodeJS.ReadableStream | null) {
  const gathered = { text: '', more: async () => void (await once(stream!, 'data')) }
  stream?.on('data', (chunk) => {
    gathered.text += chunk
  })
  return gathered
}

/** A directory with these files, and what removes it. */
export function folder(files: Readonly<Record<string, string>>): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'ovms-ts-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
