import { createHash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { EngineError } from '../../engine/index.ts'

/** The key that clients must send; only its digest is kept, so that no log or dump can show it. */
export class ApiKey {
  readonly #digest: Buffer

  constructor(key: string) {
    this.#digest = digest(key)
  }

  /** Takes the same time for every key: digests of equal length are compared whole. */
  accepts(key: string): boolean {
    return timingSafeEqual(digest(key), this.#digest)
  }
}

const digest = (key: string) => createHash('sha256').update(key).digest()

/** Refuses requests without `Authorization: Bearer <key>`, or Anthropic's `x-api-key: <key>`, before their bodies are read. */
export function requireKey(apiKey: ApiKey): MiddlewareHandler {
  return async function requireKey(c, next) {
    const [, given = c.req.header('x-api-key')] = /^bearer +(.+)$/i.exec(c.req.header('authorization') ?? '') ?? []
    if (given === undefined) {
      throw new EngineError('invalid_api_key', 'No API key. Send it as "Authorization: Bearer <key>" or "x-api-key: <key>".')
    }
    if (!apiKey.accepts(given)) throw new EngineError('invalid_api_key', 'The API key is not the one this server was given.')
    await next()
  }
}
