-- End jobs that have not begun when their deadline passes. One that has begun stays on the list until
-- its worker has ended it, or, in nobody's hands, conclude.lua.
-- KEYS: deadlines, ended stream
-- ARGV: most jobs to look at, terminal event, retention in seconds
-- Answers the ids of the expired jobs.
--: order
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local expired = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  local key = 'job:{' .. id .. '}'
  local job = redis.pcall('HMGET', key, 'status', 'started_at')
  if not (job[1] == 'queued' or job[1] == 'running') or not job[2] then
    redis.call('ZREM', KEYS[1], id)
  end
  if job[1] == 'queued' and not job[2] then
    redis.call('HSET', key, 'status', 'expired', 'ending', ARGV[2], 'ended_at', now)
    local queue, payer = account_of(key)
    if queue then
      dequeue(queue, payer, id)
    end
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', 100000, '*', 'id', id, 'status', 'expired')
    redis.call('EXPIRE', key, ARGV[3])
    redis.call('PUBLISH', key, ARGV[2])
    table.insert(expired, id)
  end
end
return expired
