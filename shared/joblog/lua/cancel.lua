-- End a job at its owner's wish. From here on every append is refused, so a worker stops at once.
-- KEYS: job, log, leases, ended stream
-- ARGV: id, terminal event, retention in seconds
-- Answers 'cancelled', 'ended' (it had ended before) or 'unknown'.
--: order
local status = redis.call('HGET', KEYS[1], 'status')
if not status then
  return 'unknown'
end
if status ~= 'queued' and status ~= 'running' then
  return 'ended'
end
refund(KEYS[1])
local queue, payer = account_of(KEYS[1])
if queue then
  dequeue(queue, payer, ARGV[1])
end
local now = redis.call('TIME')
redis.call('HSET', KEYS[1], 'status', 'cancelled', 'owner', '', 'ending', ARGV[2],
  'ended_at', now[1] + now[2] / 1e6)
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', 100000, '*', 'id', ARGV[1], 'status', 'cancelled')
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('PUBLISH', KEYS[1], ARGV[2])
return 'cancelled'
