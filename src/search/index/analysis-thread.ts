import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { AnalyzedBatch, PaperText } from './batch-analyzer.ts'

const WORKER = new URL('./analysis-worker.ts', import.meta.url)

/** An eighth of what V8 would take: almost all that an analysis makes is garbage at once. */
const YOUNG_MEGABYTES = 6

/** A thread that analyzes batches of texts while this one writes the batches before. It starts with the first batch. */
export class AnalysisThread implements AsyncDisposable {
  #worker: Worker | null = null

  /** Analyzes one batch. The next one waits until its result is there. */
  async analyze(papers: readonly PaperText[]): Promise<AnalyzedBatch> {
    this.#worker ??= new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES } })
    this.#worker.postMessage(papers)
    // Throws the error of the thread, if it ends by one.
    const [batch] = (await once(this.#worker, 'message')) as [AnalyzedBatch]
    return batch
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate()
  }
}
