import { EngineError } from '../../engine/index.ts'
import { SettledHeap } from '../heap.ts'
import type { Channel, Hosted } from './hosted-kind.ts'
import type { Kinds } from './kinds.ts'
import { type Events, type FromHost, type ToHost, toPlainError } from './protocol.ts'
import { Pulse } from './pulse.ts'

/** How long, in milliseconds, the models may take to stop their work when this process is to end. */
const PATIENCE = 2000

type Model = Hosted<unknown, unknown, unknown>

/**
 * Makes this process a host: it opens and closes models as the parent says, does the parent's jobs, and ends when the parent
 * says so, goes away, or the system asks it to (SIGTERM). SIGINT is the parent's to judge: a terminal sends Ctrl-C to both. The
 * program's one argument is the host's name, for `ps`.
 */
export const serveHost = (kinds: Kinds): void => {
  process.title = `ovms-ts host ${process.argv[2]}`
  /** Those that are open, by their tenants' numbers. */
  const models = new Map<number, Model>()
  const openings = new Map<number, Promise<void>>()
  const pulse = new Pulse(performance.now(), processorTime())
  const heap = new SettledHeap()
  let isEnding = false

  const open = async (tenant: number, kind: string, init: unknown): Promise<void> => {
    try {
      const model = await load(kinds, kind, init, channelOf(tenant))
      models.set(tenant, model)
      heap.settle()
      send({ type: 'opened', tenant, info: model.info })
    } catch (error) {
      send({ type: 'refused', tenant, error: toPlainError(error, 'bad_model') })
    } finally {
      openings.delete(tenant)
    }
  }

  const close = async (tenant: number): Promise<void> => {
    await openings.get(tenant)
    const model = models.get(tenant)
    models.delete(tenant)
    await model?.dispose()
    send({ type: 'closed', tenant })
  }

  const submit = (tenant: number, job: number, command: unknown): void => {
    try {
      models.get(tenant)?.submit(job, command)
    } catch (error) {
      send({ type: 'failed', job, error: toPlainError(error, 'internal') })
    }
  }

  const answer = (): void => {
    // Each is asked, as each counts from one question to the next.
    const isMoving = [...models.values()].map((model) => model.responsive?.() ?? true).every(Boolean)
    if (!pulse.isAlive(isMoving, performance.now(), processorTime())) return
    send({ type: 'pong', stats: new Map([...models].map(([tenant, model]) => [tenant, model.stats?.()])) })
  }

  const end = async (): Promise<void> => {
    if (isEnding) return
    isEnding = true
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), PATIENCE).unref()
    await Promise.all([...models.values()].map((model) => model.dispose()))
    process.exit(0)
  }

  process.on('message', (message: ToHost) => {
    if (message.type === 'submit') submit(message.tenant, message.job, message.command)
    else if (message.type === 'send') models.get(message.tenant)?.send(message.job, message.message)
    else if (message.type === 'open') openings.set(message.tenant, open(message.tenant, message.kind, message.init))
    else if (message.type === 'close') void close(message.tenant)
    else if (message.type === 'end') void end()
    else answer()
  })
  process.on('disconnect', end)
  process.on('SIGTERM', end)
  process.on('SIGINT', () => {})
}

const load = async (kinds: Kinds, name: string, init: unknown, channel: Channel<unknown>): Promise<Model> => {
  const kind = kinds[name]
  if (kind === undefined) {
    throw new EngineError('bad_configuration', `no host can run the kind ${name}; known are ${Object.keys(kinds).join(', ')}`)
  }
  const { hosted } = await kind()
  return hosted.open(init, channel)
}

/** Of all threads, in milliseconds. */
const processorTime = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const send = (message: FromHost): void => {
  // A message that finds no parent any more is lost with it: 'disconnect' is what ends this process then.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

const channelOf = (tenant: number): Channel<unknown> => ({
  log: (level, message, fields) => send({ type: 'log', tenant, level, message, fields }),
  progress: (progress) => send({ type: 'progress', tenant, progress }),
  started: (jobs) => send({ type: 'started', jobs }),
  emit: (events: Events) => send(events),
  fail: (job, error) => send({ type: 'failed', job, error: toPlainError(error, 'internal') }),
})
