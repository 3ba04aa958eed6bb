import { parentPort } from 'node:worker_threads'
import { BatchAnalyzer, type PaperText } from './batch-analyzer.ts'

// Analyzes batches of texts in a thread, in the order in which it gets them: analysis takes more time than all else that
// Node does for the index.

const analyzer = new BatchAnalyzer()
parentPort?.on('message', (papers: PaperText[]) => {
  const batch = analyzer.analyze(papers)
  const lists = Object.values(batch.lists)
  parentPort?.postMessage(
    batch,
    lists.flatMap(({ numbers, ends }) => [numbers.buffer, ends.buffer]),
  )
})
