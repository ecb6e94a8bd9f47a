import type { MiddlewareHandler } from 'hono'
import type { ErrorCode } from '../../engine/index.ts'
import type { Log } from '../log.ts'
import type { DoorEnv } from './app.ts'
import { httpErrors } from './errors.ts'

/** A request that is over, for metrics. All that is told of it comes from closed sets. */
export interface RequestFacts {
  /** The path, if it is one of this server's; models are not named in it. */
  readonly handler: string | undefined
  readonly method: string
  readonly status: number
  /** From its arrival to the last byte of its answer. */
  readonly seconds: number
  /** Who answered, if it came to that. */
  readonly model: string | undefined
  readonly isStream: boolean
  readonly code: ErrorCode | undefined
}

/**
 * One line for each request, when its last byte is gone, and its facts for metrics. Health checks and scrapes are only worth a
 * line when debugging.
 */
export function accessLog(log: Log, answered: (facts: RequestFacts) => void = () => {}): MiddlewareHandler<DoorEnv> {
  return async function accessLog(c, next) {
    const start = performance.now()
    await next()
    const { status, headers } = c.res
    const isStream = headers.get('content-type')?.startsWith('text/event-stream') ?? false
    void (c.get('ended') ?? Promise.resolve(undefined)).then((failure) => {
      const error = c.get('error') ?? failure
      const ms = performance.now() - start
      const line = {
        request_id: c.get('requestId'),
        method: c.req.method,
        path: c.req.path,
        route: c.get('route'),
        model: c.get('model'),
        status: error?.code === 'cancelled' ? httpErrors.cancelled.status : status,
        ms: Math.round(ms * 10) / 10,
        code: error?.code,
      }
      const { method, model, status: told, code } = line
      answered({ handler: c.get('handler'), method, status: told, seconds: ms / 1000, model, isStream, code })
      if (error && httpErrors[error.code].status === 500) log.error({ ...line, err: error }, 'request failed')
      else log[line.route === undefined && status === 200 ? 'debug' : 'info'](line, 'request')
    })
  }
}
