-- Take jobs from owners whose lease ran out: back to their old place in the queue, or, after too
-- many lost owners in a row that wrote nothing, to a failed end. A damaged record loses its status:
-- whoever has accepted the job sees that, and puts a new one in its place.
-- KEYS: leases, ended stream
-- ARGV: most jobs to look at, most such owners, terminal event for those jobs, retention
-- Answers a flat list: id, model, 'queued' or 'failed', ...
--: order
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local reaped = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  redis.call('ZREM', KEYS[1], id)
  local key = 'job:{' .. id .. '}'
  local job = redis.pcall('HMGET', key, 'status', 'model', 'priority', 'sequence',
    'count', 'claimed_count', 'failures', 'spec', 'epoch', 'created_at')
  if job[1] == 'running' then
    local most = tonumber(ARGV[2])
    local count, claimed, failures = tonumber(job[5]), tonumber(job[6]), tonumber(job[7])
    local is_whole = count and claimed and failures and job[2] and job[3] and tonumber(job[4])
      and job[8] and tonumber(job[9]) and tonumber(job[10])
    refund(key)
    if is_whole then
      failures = count > claimed and 0 or failures + 1
      redis.call('HSET', key, 'failures', failures)
    end
    if not is_whole then
      redis.call('HSET', key, 'status', 'damaged', 'owner', '')
    elseif failures >= most then
      redis.call('HSET', key, 'status', 'failed', 'owner', '', 'ending', ARGV[3],
        'ended_at', time[1] + time[2] / 1e6)
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', 100000, '*', 'id', id, 'status', 'failed')
      redis.call('EXPIRE', key, ARGV[4])
      redis.call('EXPIRE', key .. ':log', ARGV[4])
      redis.call('PUBLISH', key, ARGV[3])
    else
      redis.call('HSET', key, 'status', 'queued', 'owner', '', 'put_back_at', now / 1000)
      local queue, payer = account_of(key)
      enqueue(queue, payer, id, job[4])
    end
    if is_whole then
      table.insert(reaped, id)
      table.insert(reaped, job[2])
      table.insert(reaped, failures >= most and 'failed' or 'queued')
    end
  end
end
return reaped
