-- Take jobs from owners whose lease ran out: back to their old place in the queue, or, after too
-- many lost owners in a row that wrote nothing, to a failed end.
-- KEYS: leases, ended stream
-- ARGV: most jobs to look at, most such owners, terminal event for those jobs, retention
-- Answers a flat list: id, model, 'queued' or 'failed', ...
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local reaped = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  redis.call('ZREM', KEYS[1], id)
  local key = 'job:{' .. id .. '}'
  local job = redis.call('HMGET', key, 'status', 'model', 'priority', 'sequence',
    'count', 'claimed_count', 'failures')
  if job[1] == 'running' then
    local failures = tonumber(job[5]) > tonumber(job[6]) and 0 or job[7] + 1
    redis.call('HSET', key, 'failures', failures)
    if failures >= tonumber(ARGV[2]) then
      redis.call('HSET', key, 'status', 'failed', 'owner', '', 'ending', ARGV[3],
        'ended_at', time[1] + time[2] / 1e6)
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', 100000, '*', 'id', id, 'status', 'failed')
      redis.call('EXPIRE', key, ARGV[4])
      redis.call('EXPIRE', key .. ':log', ARGV[4])
      redis.call('PUBLISH', key, ARGV[3])
    else
      redis.call('HSET', key, 'status', 'queued', 'owner', '')
      redis.call('ZADD', 'waiting:' .. job[2] .. ':' .. job[3], job[4], id)
    end
    table.insert(reaped, id)
    table.insert(reaped, job[2])
    table.insert(reaped, failures >= tonumber(ARGV[2]) and 'failed' or 'queued')
  end
end
return reaped
