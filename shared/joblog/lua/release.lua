-- Put a running job back to its old place in the queue: its owner is about to leave.
-- KEYS: job, leases
-- ARGV: epoch, id
-- Answers 1, or 0 if the caller is not the owner.
--: order
local job = redis.call('HMGET', KEYS[1], 'status', 'epoch', 'sequence')
local queue, payer = account_of(KEYS[1])
if job[1] ~= 'running' or job[2] ~= ARGV[1] or not queue or not tonumber(job[3]) then
  return 0 -- a damaged one is left to reap.lua
end
refund(KEYS[1])
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'status', 'queued', 'owner', '', 'put_back_at', time[1] + time[2] / 1e6)
redis.call('ZREM', KEYS[2], ARGV[2])
enqueue(queue, payer, ARGV[2], job[3])
return 1
