-- End a begun job whose deadline has passed, unless somebody has taken it up meanwhile.
-- KEYS: job, log, leases, ended stream
-- ARGV: id, epoch and count of the record that the ending was made for, status, terminal event,
--       retention in seconds
-- Answers 1, or 0 if the job is no longer as it was, or is somebody's.
--: order
local job = redis.pcall('HMGET', KEYS[1], 'status', 'epoch', 'count')
if job[2] ~= ARGV[2] or job[3] ~= ARGV[3] then
  return 0
end
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local lease = tonumber(redis.call('ZSCORE', KEYS[3], ARGV[1]) or 0)
if job[1] ~= 'queued' and (job[1] ~= 'running' or lease > now * 1000) then
  return 0
end
refund(KEYS[1])
local queue, payer = account_of(KEYS[1])
if queue then
  dequeue(queue, payer, ARGV[1])
end
redis.call('HSET', KEYS[1], 'status', ARGV[4], 'owner', '', 'ending', ARGV[5], 'ended_at', now)
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', 100000, '*', 'id', ARGV[1], 'status', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('EXPIRE', KEYS[2], ARGV[6])
redis.call('PUBLISH', KEYS[1], ARGV[5])
return 1
