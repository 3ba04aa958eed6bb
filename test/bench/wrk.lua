-- wrk -s wrk.lua URL -- FILE: sends the requests of a file in turn and prints what came of it as one line of JSON.
-- In the file each request is a line with its length in bytes, then its bytes.
local requests, place = {}, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local length = file:read("*n", "*l")
  while length do
    requests[#requests + 1] = file:read(length)
    length = file:read("*n", "*l")
  end
  file:close()
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  local failed = summary.errors
  local errors = failed.connect + failed.read + failed.write + failed.status + failed.timeout
  print(string.format('\n{"requests":%d,"microseconds":%d,"bytes":%d,"errors":%d,"p50":%d,"p99":%d}',
    summary.requests, summary.duration, summary.bytes, errors, latency:percentile(50), latency:percentile(99)))
end
