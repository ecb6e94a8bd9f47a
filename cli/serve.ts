import { EngineError, formatFault } from '../engine/index.ts'
import { kinds, Repository, SettledHeap } from '../servables/index.ts'
import { corsOf, readApiKey } from './access.ts'
import { announcement } from './announcement.ts'
import { type Configuration, configurationError, type Selection } from './configuration/index.ts'
import { configure } from './configure.ts'
import { createEndpoints } from './endpoints.ts'
import type { LogFlags, ServerFlags } from './flags.ts'
import { createApp, type Listening, listen } from './http/index.ts'
import { type Log, openLog } from './log.ts'
import { Metrics } from './metrics/index.ts'
import { openApiDocument } from './openapi/index.ts'
import { loadProgress } from './progress.ts'
import { RunningRequests } from './running-requests.ts'
import { stopSignals } from './stop-signals.ts'

/**
 * Serves the selected models until it is told to stop. It listens at once, so that health can be asked while models load;
 * a model that fails to load is listed with the reason, and the others serve. Throws `bad_configuration` before anything
 * is started when a file has faults, or the port is taken.
 */
export async function serve(selection: Selection, flags: ServerFlags & LogFlags, warnings: readonly string[]): Promise<void> {
  const log = openLog({ level: flags.log_level, path: flags.log_path })
  for (const warning of warnings) log.warn(warning)
  const configuration = await readChecked(selection, log)
  const server = await start(configuration, flags, log)
  await server.loaded
  new SettledHeap().settle()
  if (!server.stop.aborted) process.stdout.write(announcement(server.url, configuration, server.repository))
  await server.ended
}

async function readChecked(selection: Selection, log: Log): Promise<Configuration> {
  const { configuration, faults, warnings } = await configure(selection)
  for (const warning of warnings) log.warn(formatFault(warning))
  if (!configuration) throw configurationError(faults)
  return configuration
}

interface Server {
  readonly url: string
  readonly repository: Repository
  /** Aborted by the first signal to stop. */
  readonly stop: AbortSignal
  readonly loaded: Promise<void>
  /** Settles when everything has ended. */
  readonly ended: Promise<void>
}

async function start(configuration: Configuration, flags: ServerFlags, log: Log): Promise<Server> {
  const progress = loadProgress(process.stderr, log)
  const repository = new Repository(configuration.models, {
    kinds,
    log: (model, level, message, fields) => log[level]({ model, ...fields }, message),
    progress: progress.update,
  })
  const metrics = metricsOf(configuration, flags, repository)
  const running = new RunningRequests()
  const stop = stopSignals(log, () => repository.dispose())
  const isReady = () => {
    const statuses = repository.statuses()
    const settled = statuses.every(({ state, healthy }) => state === 'FAILED' || healthy)
    return !stop.aborted && settled && statuses.some(({ healthy }) => healthy)
  }
  const apiKey = await readApiKey(flags.api_key_file)
  const document = openApiDocument({ configuration, isSecured: apiKey !== undefined, hasMetrics: metrics !== undefined })
  const app = createApp({
    endpoints: createEndpoints(configuration, repository, knownRoutes()),
    models: () => configuration.models.map(({ name, created }) => ({ id: name, created, ...stateOf(repository, name) })),
    ready: isReady,
    log,
    maxBodyBytes: flags.max_body_bytes,
    stallMs: 30_000,
    timeoutMs: flags.request_timeout * 1000,
    keepAliveMs: flags.keep_alive_interval * 1000,
    apiKey,
    document: JSON.stringify(document),
    cors: corsOf(flags),
    started: (run, model) => {
      running.add(run)
      metrics?.requests.started(run, model)
    },
    answered: metrics && ((facts) => metrics.requests.answered(facts)),
    metrics: metrics && (() => metrics.scrape()),
  })
  const listening = await listen(app.fetch, {
    host: flags.rest_bind_address,
    port: flags.rest_port,
    onError: (err) => log.error({ err }, 'a connection was not accepted'),
  })
  log.info({ url: listening.url }, 'listening')
  const loaded = repository.load(stop).finally(progress.end)
  return {
    url: listening.url,
    repository,
    stop,
    loaded,
    ended: shutDown(stop, loaded, listening, running, repository, flags, log),
  }
}

/** Flags win over the configuration. Undefined: no metrics are wanted. */
function metricsOf({ metrics }: Configuration, flags: ServerFlags, repository: Repository): Metrics | undefined {
  const { metrics_enable = metrics?.enable ?? true, metrics_list = metrics?.metrics_list } = flags
  return metrics_enable ? new Metrics(() => repository.metrics(), metrics_list) : undefined
}

/** Waits for the signal, lets running requests end, then ends the models. */
async function shutDown(
  stop: AbortSignal,
  loaded: Promise<void>,
  listening: Listening,
  running: RunningRequests,
  repository: Repository,
  { shutdown_timeout }: ServerFlags,
  log: Log,
): Promise<void> {
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }))
  log.info({ running: running.size }, 'stopping')
  const late = setTimeout(() => {
    log.warn({ running: running.size }, 'requests are cut off')
    running.cancel(new EngineError('model_not_ready', 'The server is shutting down.'))
    listening.cut()
  }, shutdown_timeout * 1000)
  await listening.close()
  clearTimeout(late)
  await loaded
  await repository.dispose()
  log.info('stopped')
}

/** Routes that clients may well ask for, whoever answers them today. */
const knownRoutes = () => Object.values(kinds).flatMap((kind) => Object.keys(kind.endpoints))

function stateOf(repository: Repository, name: string) {
  const status = repository.status(name)
  const { reason, maxModelLength, hiddenSize } = status ?? {}
  return { state: status?.state ?? 'START', reason, maxModelLength, hiddenSize }
}
