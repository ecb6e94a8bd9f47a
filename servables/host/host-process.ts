import { type ChildProcess, fork } from 'node:child_process'
import { extname, join } from 'node:path'
import type { EngineError } from '../../engine/index.ts'
import type { LoadContext } from '../servable.ts'
import { withHugePages } from './huge-pages.ts'
import { readLogLines } from './log-lines.ts'
import { type Events, type FromHost, fromPlainError, type Stats, type ToHost } from './protocol.ts'
import { Watchdog } from './watchdog.ts'

/** How long, in milliseconds, a process may take to end, or to let a tenant go, before it is killed. */
const GRACE = 5000
/** While it loads a model, a process may be silent so many times longer than later: files are read and rewritten in one go. */
const LOADING_PATIENCE = 12

/** '.ts' where this runs from source, '.js' from a build. */
const extension = extname(import.meta.filename)
/** In MB. What a step of a model allocates is little, and dies young: with V8's 16 MB, hosts grow for thousands of requests. */
const SEMI_SPACE = 4
const execArgv = [
  `--min-semi-space-size=${SEMI_SPACE}`,
  `--max-semi-space-size=${SEMI_SPACE}`,
  ...(extension === '.ts' ? ['--import', import.meta.resolve('tsx')] : []),
]
const main = join(import.meta.dirname, `main${extension}`)

export interface ProcessOptions {
  /** For the process title. */
  readonly name: string
  /** Of what the process itself has to say. */
  readonly log: LoadContext['log']
  /** How long, in milliseconds, the process may leave pings unanswered before it is killed. By default 10,000. */
  readonly hangAfter?: number
  /** The program of the process, for hosts of other kinds than those in `kinds.ts`. */
  readonly main?: string
}

/** A model that is to be opened. */
export interface Opening {
  readonly tenant: number
  /** A name in `kinds.ts`. */
  readonly kind: string
  readonly init: unknown
  readonly log: LoadContext['log']
  readonly progress: LoadContext['progress']
}

/** What became of it: open, refused by its kind, or the process ended first, and how, for people. */
export type Opened = { readonly info: unknown } | { readonly refused: EngineError } | { readonly died: string }

/** What a process tells about jobs, by the numbers under which they were submitted to it, and about its tenants. */
export interface Listener {
  started(jobs: readonly number[]): void
  events(events: Events): void
  failed(job: number, error: EngineError): void
  stats(stats: Stats): void
}

/** One life of a host: a process from its start to its end. */
export class HostProcess {
  /** The process is gone; says how it ended, for people. */
  readonly ended: Promise<string>
  readonly #child: ChildProcess
  readonly #options: ProcessOptions
  readonly #listener: Listener
  readonly #watchdog: Watchdog
  readonly #tenants = new Map<number, Opening>()
  /** What waits for a tenant to be opened. */
  readonly #openings = new Map<number, (opened: Opened) => void>()
  /** What waits for a tenant to be gone. */
  readonly #closings = new Map<number, () => void>()
  #isUnwanted = false
  #howEnded: string | undefined

  constructor(options: ProcessOptions, listener: Listener) {
    const { name, log } = options
    this.#options = options
    this.#listener = listener
    this.#child = fork(options.main ?? main, [name], {
      execArgv,
      env: withHugePages(process.env),
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    readLogLines(this.#child.stdout!, (line) => log('info', line, { pid: this.pid }))
    readLogLines(this.#child.stderr!, (line) => log('warn', line, { pid: this.pid }))
    this.#child.on('message', (message: FromHost) => this.#receive(message))
    this.#watchdog = new Watchdog(
      () => this.#patience,
      () => this.send({ type: 'ping' }),
      () => this.#killFor(`has not answered for ${this.#patience / 1000} s`),
    )
    this.ended = this.#end()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Whether it was asked to end, or was killed: nothing to report then, and nothing to do for it. */
  get isUnwanted(): boolean {
    return this.#isUnwanted
  }

  get hasEnded(): boolean {
    return this.#howEnded !== undefined
  }

  async open(opening: Opening): Promise<Opened> {
    const { tenant, kind, init } = opening
    if (this.#howEnded !== undefined) return { died: this.#howEnded }
    this.#tenants.set(tenant, opening)
    this.send({ type: 'open', tenant, kind, init })
    return new Promise((settle) => this.#openings.set(tenant, settle))
  }

  /** Lets a tenant's work end and frees its model, the others go on; kills the process when that takes too long. */
  async close(tenant: number): Promise<void> {
    if (this.#howEnded !== undefined) return
    this.send({ type: 'close', tenant })
    const kill = setTimeout(() => this.#killFor(`did not let a model go for ${GRACE / 1000} s`), GRACE)
    await new Promise<void>((settle) => this.#closings.set(tenant, settle))
    clearTimeout(kill)
    this.#tenants.delete(tenant)
    this.#closings.delete(tenant)
  }

  /** Messages to a process that is ending are lost. */
  send(message: ToHost): void {
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  /** Asks the process to end, and kills it when it does not. */
  async stop(): Promise<void> {
    this.#isUnwanted = true
    this.send({ type: 'end' })
    const kill = setTimeout(() => this.kill(), GRACE)
    await this.ended
    clearTimeout(kill)
  }

  kill(): void {
    this.#isUnwanted = true
    this.#child.kill('SIGKILL')
  }

  #receive(message: FromHost): void {
    if (isEvents(message)) this.#listener.events(message)
    else if (message.type === 'started') this.#listener.started(message.jobs)
    else if (message.type === 'failed') this.#listener.failed(message.job, fromPlainError(message.error))
    else if (message.type === 'log') this.#tenants.get(message.tenant)?.log(message.level, message.message, message.fields)
    else if (message.type === 'progress') this.#tenants.get(message.tenant)?.progress(message.progress)
    else if (message.type === 'opened') this.#settle(message.tenant, { info: message.info })
    else if (message.type === 'refused') this.#settle(message.tenant, { refused: fromPlainError(message.error) })
    else if (message.type === 'closed') this.#closings.get(message.tenant)?.()
    else {
      this.#watchdog.answered()
      this.#listener.stats(message.stats)
    }
  }

  /** Whoever loaded in one go has answered nothing meanwhile, and is not to blame for that later. */
  #settle(tenant: number, opened: Opened): void {
    this.#watchdog.answered()
    this.#openings.get(tenant)?.(opened)
    this.#openings.delete(tenant)
  }

  /** Resolves when all that the process has sent is received, too: it tells who was at work. */
  #end(): Promise<string> {
    return new Promise((resolve) => {
      const child = this.#child
      const end = (how: string) => {
        this.#howEnded = how
        for (const settle of this.#openings.values()) settle({ died: how })
        for (const settle of this.#closings.values()) settle()
        resolve(how)
      }
      child.on('exit', (code, signal) => {
        this.#watchdog.stop()
        const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`
        if (child.connected) child.on('disconnect', () => end(how))
        else end(how)
      })
      child.on('error', (error) => {
        if (child.pid !== undefined) return
        this.#watchdog.stop()
        end(`could not be started: ${error.message}`)
      })
    })
  }

  /** In milliseconds. */
  get #patience(): number {
    return (this.#options.hangAfter ?? 10_000) * (this.#openings.size > 0 ? LOADING_PATIENCE : 1)
  }

  /** Not as asked for: there will be a next one. */
  #killFor(reason: string): void {
    const { name, log } = this.#options
    log('error', `the host of ${name} ${reason} and is killed`, { pid: this.pid })
    this.#child.kill('SIGKILL')
  }
}

const isEvents = (message: FromHost): message is Events => Array.isArray(message)
