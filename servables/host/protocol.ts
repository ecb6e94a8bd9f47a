import { EngineError, type ErrorCode } from '../../engine/index.ts'
import type { LoadContext, Progress } from '../servable.ts'

/** What the serving process and a host process send each other; all structured-cloneable. */

export type ToHost =
  | { readonly type: 'open'; readonly kind: string; readonly init: unknown }
  | { readonly type: 'submit'; readonly job: number; readonly command: unknown }
  | { readonly type: 'send'; readonly job: number; readonly message: unknown }
  | { readonly type: 'ping' }
  | { readonly type: 'end' }

/** Events of many jobs are a bare array: the one message that is sent at every step of a model. */
export type Events = readonly (readonly [job: number, event: unknown])[]

export type FromHost =
  | Events
  | { readonly type: 'started'; readonly jobs: readonly number[] }
  | { readonly type: 'pong'; readonly stats: unknown }
  | { readonly type: 'progress'; readonly progress: Progress }
  | {
      readonly type: 'log'
      readonly level: Parameters<LoadContext['log']>[0]
      readonly message: string
      readonly fields: Readonly<Record<string, unknown>> | undefined
    }
  | { readonly type: 'ready'; readonly info: unknown }
  | { readonly type: 'unloadable'; readonly error: PlainError }
  | { readonly type: 'failed'; readonly job: number; readonly error: PlainError }

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
