import { EngineError } from '../../engine/index.ts'
import type { Channel, Hosted } from './hosted-kind.ts'
import type { Kinds } from './kinds.ts'
import { type Events, type FromHost, type ToHost, toPlainError } from './protocol.ts'

/** How long, in milliseconds, a model may take to stop its work when this process is to end. */
const PATIENCE = 2000

type Model = Hosted<unknown, unknown, unknown>

/**
 * Makes this process a host: it opens the model that the parent names, does the parent's jobs, and ends when the parent says
 * so, goes away, or the system asks it to (SIGTERM). SIGINT is the parent's to judge: a terminal sends Ctrl-C to both. The
 * program's one argument is the model's name, for `ps`.
 */
export const serveHost = (kinds: Kinds): void => {
  process.title = `ovms-ts host ${process.argv[2]}`
  let model: Model | undefined
  let isEnding = false

  const open = async (kind: string, init: unknown): Promise<void> => {
    try {
      model = await load(kinds, kind, init)
      send({ type: 'ready', info: model.info })
    } catch (error) {
      send({ type: 'unloadable', error: toPlainError(error, 'bad_model') })
    }
  }

  const submit = (job: number, command: unknown): void => {
    try {
      model?.submit(job, command)
    } catch (error) {
      send({ type: 'failed', job, error: toPlainError(error, 'internal') })
    }
  }

  const end = async (): Promise<void> => {
    if (isEnding) return
    isEnding = true
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), PATIENCE).unref()
    await model?.dispose()
    process.exit(0)
  }

  process.on('message', (message: ToHost) => {
    if (message.type === 'submit') submit(message.job, message.command)
    else if (message.type === 'send') model?.send(message.job, message.message)
    else if (message.type === 'open') void open(message.kind, message.init)
    else if (message.type === 'end') void end()
    else if (model?.responsive?.() ?? true) send({ type: 'pong', stats: model?.stats?.() })
  })
  process.on('disconnect', end)
  process.on('SIGTERM', end)
  process.on('SIGINT', () => {})
}

const load = async (kinds: Kinds, name: string, init: unknown): Promise<Model> => {
  const kind = kinds[name]
  if (kind === undefined) {
    throw new EngineError('bad_configuration', `no host can run the kind ${name}; known are ${Object.keys(kinds).join(', ')}`)
  }
  const { hosted } = await kind()
  return hosted.open(init, channel)
}

const send = (message: FromHost): void => {
  // A message that finds no parent any more is lost with it: 'disconnect' is what ends this process then.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

const channel: Channel<unknown> = {
  log: (level, message, fields) => send({ type: 'log', level, message, fields }),
  progress: (progress) => send({ type: 'progress', progress }),
  started: (jobs) => send({ type: 'started', jobs }),
  emit: (events: Events) => send(events),
  fail: (job, error) => send({ type: 'failed', job, error: toPlainError(error, 'internal') }),
}
