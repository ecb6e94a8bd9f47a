import { type ChildProcess, fork } from 'node:child_process'
import { extname, join } from 'node:path'
import { EngineError } from '../../engine/index.ts'
import type { LoadContext } from '../servable.ts'
import { readLogLines } from './log-lines.ts'
import { type Events, type FromHost, fromPlainError, type ToHost } from './protocol.ts'
import { Watchdog } from './watchdog.ts'

/** How long, in milliseconds, a process may take to end before it is killed. */
const GRACE = 5000
/** While it loads a model, a process may be silent so many times longer than later: files are read and rewritten in one go. */
const LOADING_PATIENCE = 12

/** '.ts' where this runs from source, '.js' from a build. */
const extension = extname(import.meta.filename)
const execArgv = extension === '.ts' ? ['--import', import.meta.resolve('tsx')] : []
const main = join(import.meta.dirname, `main${extension}`)

export interface ProcessOptions<Init> {
  /** The model's name, for logs, errors and the process title. */
  readonly name: string
  /** A name in `kinds.ts`. */
  readonly kind: string
  readonly init: Init
  readonly log: LoadContext['log']
  /** Told about the first load only: a restart is not a load that anybody waits for with a bar. */
  readonly progress: LoadContext['progress']
  /** How long, in milliseconds, the process may leave pings unanswered before it is killed. By default 10,000. */
  readonly hangAfter?: number
  /** The program of the process, for hosts of other kinds than those in `kinds.ts`. */
  readonly main?: string
}

/** What a process tells about jobs, by the numbers under which they were submitted to it. */
export interface Listener {
  started(jobs: readonly number[]): void
  events(events: Events): void
  failed(job: number, error: EngineError): void
  stats(stats: unknown): void
}

/** One life of a host: a process from its start to its end. */
export class HostProcess<Info> {
  /** The model is open; rejects when it can't be, or the process ended first. */
  readonly ready: Promise<Info>
  /** The process is gone; says how it ended, for people. */
  readonly ended: Promise<string>
  readonly #child: ChildProcess
  readonly #options: ProcessOptions<unknown>
  #watchdog: Watchdog
  #hasRefused = false

  constructor(options: ProcessOptions<unknown>, listener: Listener) {
    const { name, log } = options
    this.#options = options
    this.#child = fork(options.main ?? main, [name], {
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    readLogLines(this.#child.stdout!, (line) => log('info', line, { pid: this.pid }))
    readLogLines(this.#child.stderr!, (line) => log('warn', line, { pid: this.pid }))
    this.#watchdog = this.#watch(LOADING_PATIENCE)
    this.ended = this.#end()
    this.ready = this.#open(listener)
    this.send({ type: 'open', kind: options.kind, init: options.init })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Whether the kind itself said that the model can't be opened: trying again would end the same. */
  get hasRefused(): boolean {
    return this.#hasRefused
  }

  /** Messages to a process that is ending are lost. */
  send(message: ToHost): void {
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  /** Asks the process to end, and kills it when it does not. */
  async stop(): Promise<void> {
    this.send({ type: 'end' })
    const kill = setTimeout(() => this.kill(), GRACE)
    await this.ended
    clearTimeout(kill)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #open(listener: Listener): Promise<Info> {
    const { name, log, progress } = this.#options
    return new Promise((resolve, reject) => {
      this.ended.then((how) => reject(new EngineError('bad_model', `the host of ${name} ${how} while it loaded the model`)))
      this.#child.on('message', (message: FromHost) => {
        if (isEvents(message)) listener.events(message)
        else if (message.type === 'pong') {
          this.#watchdog.answered()
          listener.stats(message.stats)
        } else if (message.type === 'started') listener.started(message.jobs)
        else if (message.type === 'failed') listener.failed(message.job, fromPlainError(message.error))
        else if (message.type === 'log') log(message.level, message.message, message.fields)
        else if (message.type === 'progress') progress(message.progress)
        else if (message.type === 'unloadable') {
          this.#hasRefused = true
          reject(fromPlainError(message.error))
        } else if (message.type === 'ready') {
          this.#watchdog.stop()
          this.#watchdog = this.#watch(1)
          resolve(message.info as Info)
        }
      })
    })
  }

  /** Resolves when all that the process has sent is received, too: it tells who was at work. */
  #end(): Promise<string> {
    return new Promise((resolve) => {
      const child = this.#child
      child.on('exit', (code, signal) => {
        this.#watchdog.stop()
        const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`
        if (child.connected) child.on('disconnect', () => resolve(how))
        else resolve(how)
      })
      child.on('error', (error) => {
        if (child.pid !== undefined) return
        this.#watchdog.stop()
        resolve(`could not be started: ${error.message}`)
      })
    })
  }

  #watch(patience: number): Watchdog {
    const { name, log, hangAfter = 10_000 } = this.#options
    return new Watchdog(
      hangAfter * patience,
      () => this.send({ type: 'ping' }),
      () => {
        log('error', `the host of ${name} has not answered for ${(hangAfter * patience) / 1000} s and is killed`, {
          pid: this.pid,
        })
        this.kill()
      },
    )
  }
}

const isEvents = (message: FromHost): message is Events => Array.isArray(message)
