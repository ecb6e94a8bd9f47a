import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

const isProgram = (path: string) => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where Chromium is, if this machine has it. */
export const chromium = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find(isProgram)

const quiet = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly request?: { readonly url: string }; readonly requestId?: string; readonly blockedReason?: string }
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly message: string }
}

/** A page as a browser shows it. */
export interface ShownPage {
  /** What `expression` says once it is true. */
  readonly value: unknown
  /** All that was loaded for the page, the page first; what its policy forbids was not. */
  readonly loaded: readonly string[]
}

/** Opens `url` in a headless Chromium, and waits until the JavaScript `expression` is true there. */
export async function show(program: string, url: string, expression: string): Promise<ShownPage> {
  const profile = mkdtempSync(join(tmpdir(), 'ovms-ts-browser-'))
  const child = spawn(program, [...quiet, `--user-data-dir=${profile}`, '--remote-debugging-pipe'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const ended = once(child, 'close')
  const gone = ended.then(() => {
    throw new Error('The browser ended.')
  })
  gone.catch(() => {})
  try {
    return await Promise.race([look(child.stdio[3] as Writable, child.stdio[4] as Readable, url, expression), gone])
  } finally {
    // With its own children, which write into the profile.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    await ended
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Speaks Chromium's DevTools protocol: JSON, each message ended by a zero byte. */
async function look(to: Writable, from: Readable, url: string, expression: string): Promise<ShownPage> {
  const answers = new EventEmitter()
  const requests = new Map<string, string>()
  let text = ''
  from.setEncoding('utf8').on('data', (piece: string) => {
    const parts = (text + piece).split('\0')
    text = parts.pop() ?? ''
    for (const part of parts) {
      const { id, method, params, result, error } = JSON.parse(part) as Message
      if (method === 'Network.requestWillBeSent') requests.set(params!.requestId!, params!.request!.url)
      if (method === 'Network.loadingFailed' && params!.blockedReason === 'csp') requests.delete(params!.requestId!)
      if (id !== undefined) answers.emit(String(id), result, error)
    }
  })
  let count = 0
  const call = async (method: string, params: object, sessionId?: unknown): Promise<Readonly<Record<string, unknown>>> => {
    const id = ++count
    to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    const [result, error] = (await once(answers, String(id))) as [Message['result'], Message['error']]
    if (!result) throw new Error(`${method}: ${error?.message}`)
    return result
  }
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true })
  await call('Network.enable', {}, sessionId)
  await call('Page.enable', {}, sessionId)
  await call('Page.navigate', { url }, sessionId)
  const whenTrue = `new Promise((settle) => {
    const look = () => { const value = ${expression}; if (value) settle(value) }
    new MutationObserver(look).observe(document, { subtree: true, childList: true })
    look()
  })`
  const { result } = await call('Runtime.evaluate', { expression: whenTrue, awaitPromise: true }, sessionId)
  return { value: (result as { value?: unknown }).value, loaded: [...requests.values()] }
}
