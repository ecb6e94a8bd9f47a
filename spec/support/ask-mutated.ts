import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { mutated, type ValidRequest } from './mutated.ts'

type Ask = (route: string, body: object) => Promise<Response>

const askOf = (ask: Ask, route: string, body: unknown) => ask(route, { model: 'fake', ...(body as object) })

/** Every request is answered as it is. */
export async function askValid(valid: readonly ValidRequest[], ask: Ask): Promise<void> {
  for (const [route, request] of valid) {
    const response = await askOf(ask, route, request)
    const text = await response.text()
    assert.is(response.status, 200, `${route}: ${response.status === 200 ? '' : text}`)
  }
}

/** However requests are changed, they are answered, or refused as a client's mistake. */
export async function askMutated(
  valid: readonly ValidRequest[],
  ask: Ask,
  checks: {
    answer(route: string, text: string): void
    /** Reads a refusal in the shape of the route's API. */
    readRefusal(route: string, response: Response): Promise<{ readonly type: string }>
  },
): Promise<void> {
  const counts = { answered: 0, refused: 0 }
  const check = async ({ route, body }: { readonly route: string; readonly body: unknown }) => {
    const response = await askOf(ask, route, body)
    if (response.status === 200) {
      counts.answered++
      return checks.answer(route, await response.text())
    }
    counts.refused++
    assert.ok(response.status >= 400 && response.status < 500, `${response.status} ${JSON.stringify(body)}`)
    assert.is((await checks.readRefusal(route, response)).type, 'invalid_request_error')
  }
  await fc.assert(fc.asyncProperty(mutated(valid), check), { numRuns: 1000 })
  assert.ok(counts.answered > 50 && counts.refused > 50, JSON.stringify(counts))
}
