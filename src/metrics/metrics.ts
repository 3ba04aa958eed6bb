import { setTimeout } from 'node:timers/promises'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** A request that has been answered. */
export interface AnsweredRequest {
  route: string
  operation: string | null
  status: number
  cache: string
  /** Of an error in the response. */
  code: string | null
  seconds: number
}

/** Clients choose the names of operations. More names than these are counted together, so that nobody can fill the memory. */
const MOST_OPERATIONS = 200

const PREFIX = 'daily_papers_'

/** In milliseconds: a value that takes longer is left out, so that Prometheus gets the others. */
const LONGEST_READ = 1_000

/** In seconds: from a cached response to the limit of a statement. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** What the process counts and measures, for Prometheus. Every metric of our own begins with `daily_papers_`. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #operations = new Map<string, string>()
  readonly #requests = new Counter({
    name: `${PREFIX}http_requests_total`,
    help: 'Requests by family of addresses, GraphQL operation, status and whether the response was in the cache.',
    labelNames: ['route', 'operation', 'status', 'cache'],
    registers: [this.#registry],
  })
  readonly #errors = new Counter({
    name: `${PREFIX}errors_total`,
    help: 'Responses with an error, by its code.',
    labelNames: ['code'],
    registers: [this.#registry],
  })
  readonly #durations = new Histogram({
    name: `${PREFIX}http_request_duration_seconds`,
    help: 'Time from the headers of a request to the end of its response; for an event stream, until it was closed.',
    labelNames: ['route', 'cache'],
    buckets: BUCKETS,
    registers: [this.#registry],
  })
  readonly #points = new Counter({
    name: `${PREFIX}rate_limit_points_total`,
    help: 'Points of the rate limit that requests spent, or were refused.',
    labelNames: ['result'],
    registers: [this.#registry],
  })
  readonly #counters = {
    spent: this.#points.labels({ result: 'spent' }),
    refused: this.#points.labels({ result: 'refused' }),
  }
  /** The counters of each combination of labels. There are few: routes, names of operations, statuses. */
  readonly #counted = new Map<string, { requests: Counter.Internal; durations: Histogram.Internal<string> }>()
  readonly #statements = new Counter({
    name: `${PREFIX}sql_statements_total`,
    help: 'SQL statements that requests sent to the database.',
    registers: [this.#registry],
  })

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
    for (const counter of Object.values(this.#counters)) counter.inc(0)
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  request({ route, operation, status, cache, code, seconds }: AnsweredRequest): void {
    if (code !== null) this.#errors.inc({ code })
    const name = this.#knownOperation(operation, code === null)
    // prom-client checks and joins the labels on each call; for known ones this is done once.
    const key = `${route} ${name} ${status} ${cache}`
    let counted = this.#counted.get(key)
    if (counted === undefined) {
      const requests = this.#requests.labels({ route, operation: name, status, cache })
      counted = { requests, durations: this.#durations.labels({ route, cache }) }
      this.#counted.set(key, counted)
    }
    counted.requests.inc()
    counted.durations.observe(seconds)
  }

  points(points: number, result: 'spent' | 'refused'): void {
    this.#counters[result].inc(points)
  }

  statement(): void {
    this.#statements.inc()
  }

  /**
   * Adds a metric that is read when Prometheus asks. While it cannot be read, it is absent.
   *
   * @param read the value, or one for each value of the label
   */
  gauge<Label extends string = never>(
    { name, help, label }: { name: string; help: string; label?: Label },
    read: () => Values | Promise<Values>,
  ): void {
    const labels = label === undefined ? [] : [label]
    this.#gauge<Label>({ name, help, labels }, read, (gauge, values) => {
      if (typeof values === 'number') return gauge.set(values)
      for (const [value, number] of values) gauge.set({ [label as Label]: value } as Record<Label, string>, number)
    })
  }

  /** The same for a metric with several labels. */
  gaugeOf<Label extends string>(
    about: { name: string; help: string; labels: readonly Label[] },
    read: () => Promise<readonly Measured<Label>[]>,
  ): void {
    this.#gauge<Label, readonly Measured<Label>[]>(about, read, (gauge, values) => {
      for (const { labels, value } of values) gauge.set(labels, value)
    })
  }

  #gauge<Label extends string, Read = Values>(
    { name, help, labels }: { name: string; help: string; labels: readonly Label[] },
    read: () => Read | Promise<Read>,
    set: (gauge: Gauge<Label>, values: Read) => void,
  ): void {
    const gauge: Gauge<Label> = new Gauge<Label>({
      name: PREFIX + name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      async collect() {
        const values = await readInTime(read)
        gauge.reset()
        if (values === null) return gauge.remove()
        set(gauge, values)
      },
    })
  }

  /** @param mayBeNew not for operations with errors: documents that cannot run could use up the names */
  #knownOperation(name: string | null, mayBeNew: boolean): string {
    if (name === null) return ''
    const known = this.#operations.get(name)
    if (known !== undefined) return known
    if (!mayBeNew || this.#operations.size >= MOST_OPERATIONS) return 'other'
    // A copy: the name is a part of the text of a document, which would be kept as a whole.
    const copy = Buffer.from(name).toString()
    this.#operations.set(copy, copy)
    return copy
  }
}

type Values = number | ReadonlyMap<string, number>

/** A value with its labels. */
export interface Measured<Label extends string> {
  labels: Record<Label, string>
  value: number
}

/** The values, or null if they cannot be read now. */
async function readInTime<Read>(read: () => Read | Promise<Read>): Promise<Read | null> {
  const late = new AbortController()
  try {
    return await Promise.race([read(), setTimeout(LONGEST_READ, null, { signal: late.signal })])
  } catch {
    return null
  } finally {
    late.abort()
  }
}
