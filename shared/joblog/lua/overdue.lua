-- Find begun jobs whose deadline has passed and that nobody writes: they wait, or their lease is over.
-- KEYS: deadlines, leases
-- ARGV: most jobs to look at
-- Answers their ids.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local overdue = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  local job = redis.pcall('HMGET', 'job:{' .. id .. '}', 'status', 'started_at')
  local lease = tonumber(redis.call('ZSCORE', KEYS[2], id) or 0)
  if job[2] and (job[1] == 'queued' or job[1] == 'running' and lease <= now * 1000) then
    table.insert(overdue, id)
  end
end
return overdue
