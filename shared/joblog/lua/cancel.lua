-- End a job at its owner's wish. From here on every append is refused, so a worker stops at once.
-- KEYS: job, log, waiting queue, leases, ended stream
-- ARGV: id, terminal event, retention in seconds
-- Answers 'cancelled', 'ended' (it had ended before) or 'unknown'.
local status = redis.call('HGET', KEYS[1], 'status')
if not status then
  return 'unknown'
end
if status ~= 'queued' and status ~= 'running' then
  return 'ended'
end
local now = redis.call('TIME')
redis.call('HSET', KEYS[1], 'status', 'cancelled', 'owner', '', 'ending', ARGV[2],
  'ended_at', now[1] + now[2] / 1e6)
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('XADD', KEYS[5], 'MAXLEN', '~', 100000, '*', 'id', ARGV[1], 'status', 'cancelled')
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('PUBLISH', KEYS[1], ARGV[2])
return 'cancelled'
