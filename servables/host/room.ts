import type { TenantOptions } from './tenant.ts'

/** What a host knows of a tenant. */
export class Room {
  readonly number: number
  readonly options: TenantOptions<unknown>
  /** Settles the first load. */
  readonly firstLoad: Promise<void>
  info: unknown
  stats: unknown
  /** Whether the model is open in the process of now. */
  isOpen = false
  /** Whether it ever was. */
  wasOpen = false
  /** Loads in a row that a process did not survive. */
  fatalLoads = 0
  /** Loads in a row that did not open it again. */
  failedLoads = 0
  /** Opens it again. */
  retry: NodeJS.Timeout | undefined
  isLeaving = false
  /** Settles when it has left. */
  left: Promise<void> | undefined
  #loaded!: () => void
  refuse!: (reason: unknown) => void

  constructor(number: number, options: TenantOptions<unknown>) {
    this.number = number
    this.options = options
    this.firstLoad = new Promise((resolve, reject) => {
      this.#loaded = resolve
      this.refuse = reject
    })
  }

  open(info: unknown): void {
    this.info = info
    this.isOpen = true
    this.wasOpen = true
    this.fatalLoads = 0
    this.failedLoads = 0
    this.#loaded()
  }

  close(): void {
    this.isOpen = false
    this.stats = undefined
    clearTimeout(this.retry)
  }
}
