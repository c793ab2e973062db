-- Put a running job back to its old place in the queue: its owner is about to leave.
-- KEYS: job, waiting queue, leases
-- ARGV: epoch, id
-- Answers 1, or 0 if the caller is not the owner.
local job = redis.call('HMGET', KEYS[1], 'status', 'epoch', 'sequence')
if job[1] ~= 'running' or job[2] ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'status', 'queued', 'owner', '')
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('ZADD', KEYS[2], job[3], ARGV[2])
return 1
