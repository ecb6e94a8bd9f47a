import type { MiddlewareHandler } from 'hono'
import type { Log } from '../log.ts'
import type { DoorEnv } from './app.ts'
import { httpErrors } from './errors.ts'

/** One line for each request, when its last byte is gone. Health checks are only worth a line when debugging. */
export function accessLog(log: Log): MiddlewareHandler<DoorEnv> {
  return async function accessLog(c, next) {
    const start = performance.now()
    await next()
    const { status } = c.res
    void (c.get('ended') ?? Promise.resolve(undefined)).then((failure) => {
      const error = c.get('error') ?? failure
      const line = {
        request_id: c.get('requestId'),
        method: c.req.method,
        path: c.req.path,
        route: c.get('route'),
        model: c.get('model'),
        status: error?.code === 'cancelled' ? httpErrors.cancelled.status : status,
        ms: Math.round((performance.now() - start) * 10) / 10,
        code: error?.code,
      }
      if (error && httpErrors[error.code].status === 500) log.error({ ...line, err: error }, 'request failed')
      else log[line.route === undefined && status === 200 ? 'debug' : 'info'](line, 'request')
    })
  }
}
