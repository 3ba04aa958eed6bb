import { connect } from 'node:net'

export interface RawResponse {
  status: number
  /** By lowercase name; of repeated ones the last. */
  headers: Map<string, string>
  body: Buffer
}

/** In milliseconds: the server waits for the rest of a request that is incomplete, and so sends nothing. */
const SILENCE = 300

/**
 * Sends bytes to the server and reads one response; of an event stream only the head. Node's own client would correct the
 * request. Null if the connection closes without a response, or if an incomplete request gets none.
 */
export function exchange(
  url: string,
  request: Buffer,
  { method, isComplete }: { method: string; isComplete: boolean },
): Promise<RawResponse | null> {
  const { promise, resolve, reject } = Promise.withResolvers<RawResponse | null>()
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const received: Buffer[] = []
  let [length, lookAt] = [0, 0]
  let later: NodeJS.Timeout | undefined
  const look = (atEnd: boolean) => {
    clearTimeout(later)
    try {
      const response = readResponse(Buffer.concat(received), method, atEnd)
      if (response === null && !atEnd) return
      resolve(response)
    } catch (error) {
      reject(error)
    }
    socket.destroy()
  }
  socket.on('connect', () => socket.write(request))
  socket.on('data', (bytes) => {
    received.push(bytes)
    length += bytes.length
    clearTimeout(later)
    // Looking at each piece of a long response would take longer than the response itself.
    if (length < lookAt) later = setTimeout(look, 20, false)
    else {
      lookAt = 2 * length
      look(false)
    }
  })
  socket.on('close', () => look(true))
  // A reset after the response is none of the server's faults.
  socket.on('error', () => {})
  if (!isComplete) socket.setTimeout(SILENCE, () => look(true))
  return promise
}

/** The response at the start of the bytes; null if it is not complete. */
function readResponse(bytes: Buffer, method: string, atEnd: boolean): RawResponse | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return null
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(first)?.[1])
  if (Number.isNaN(status)) throw new Error(`The status line is ${JSON.stringify(first)}.`)
  const rest = bytes.subarray(end + 4)
  if (status < 200) return readResponse(rest, method, atEnd)
  const headers = new Map(lines.map(readHeader))
  const response = (body: Buffer) => ({ status, headers, body })
  if (method === 'HEAD' || status === 204 || status === 304) return response(Buffer.alloc(0))
  if (headers.get('content-type')?.startsWith('text/event-stream')) return response(rest)
  if (headers.get('transfer-encoding') === 'chunked') {
    const body = readChunks(rest)
    return body && response(body)
  }
  const length = headers.get('content-length')
  if (length === undefined) return atEnd ? response(rest) : null
  return rest.length < Number(length) ? null : response(rest.subarray(0, Number(length)))
}

function readHeader(line: string): [string, string] {
  const [, name, value] = /^([!-9;-~]+): ([\t -~\x80-\xff]*)$/.exec(line) ?? []
  if (name === undefined || value === undefined) throw new Error(`A header line is ${JSON.stringify(line)}.`)
  return [name.toLowerCase(), value]
}

function readChunks(bytes: Buffer): Buffer | null {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) return null
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const start = lineEnd + 2
    if (bytes.length < start + length + 2) return null
    if (length === 0) return Buffer.concat(chunks)
    chunks.push(bytes.subarray(start, start + length))
    at = start + length + 2
  }
}
