import { EngineError, type ErrorCode } from '../../engine/index.ts'
import type { LoadContext, Progress } from '../servable.ts'

/** What the serving process and a host process send each other; all structured-cloneable. */

/** A tenant is a model in a host, by a number that no other tenant of that host ever has. */
export type ToHost =
  | { readonly type: 'open'; readonly tenant: number; readonly kind: string; readonly init: unknown }
  | { readonly type: 'close'; readonly tenant: number }
  | { readonly type: 'submit'; readonly tenant: number; readonly job: number; readonly command: unknown }
  | { readonly type: 'send'; readonly tenant: number; readonly job: number; readonly message: unknown }
  | { readonly type: 'ping' }
  | { readonly type: 'end' }

/** Events of many jobs are a bare array: the one message that is sent at every step of a model. */
export type Events = readonly (readonly [job: number, event: unknown])[]

/** What the tenants tell of their work, by their numbers. */
export type Stats = ReadonlyMap<number, unknown>

export type FromHost =
  | Events
  | { readonly type: 'started'; readonly jobs: readonly number[] }
  | { readonly type: 'failed'; readonly job: number; readonly error: PlainError }
  | { readonly type: 'pong'; readonly stats: Stats }
  | { readonly type: 'progress'; readonly tenant: number; readonly progress: Progress }
  | {
      readonly type: 'log'
      readonly tenant: number
      readonly level: Parameters<LoadContext['log']>[0]
      readonly message: string
      readonly fields: Readonly<Record<string, unknown>> | undefined
    }
  | { readonly type: 'opened'; readonly tenant: number; readonly info: unknown }
  | { readonly type: 'refused'; readonly tenant: number; readonly error: PlainError }
  | { readonly type: 'closed'; readonly tenant: number }

/** An EngineError on its way between processes. */
export interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly param: string | undefined
  readonly retryAfter: number | undefined
}

/** Any error as a plain one; `code` is for those that are not ours. */
export const toPlainError = (error: unknown, code: ErrorCode): PlainError => {
  if (error instanceof EngineError) {
    const { code, message, param, retryAfter } = error
    return { code, message, param, retryAfter }
  }
  return { code, message: error instanceof Error ? error.message : String(error), param: undefined, retryAfter: undefined }
}

export const fromPlainError = ({ code, message, param, retryAfter }: PlainError): EngineError =>
  new EngineError(code, message, {
    ...(param === undefined ? {} : { param }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
