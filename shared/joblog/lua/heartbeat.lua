-- A worker says that it lives: refresh its registration and the leases of its jobs.
-- KEYS: leases, workers, workers' expiry, numeric kinds of the model's workers, model's quantum,
--       model's statistics
-- ARGV: worker, registration (JSON), lease in milliseconds, worker's expiry in milliseconds,
--       numeric kind, quantum or '' if it hands on no slots, tokens a second of one of its slots with
--       all in use or '' if that was not measured since, then id, epoch, id, epoch, ...
-- Answers a flat list of those that are no longer the worker's: id, epoch, ...
-- Times that it was measured, a second each. Of 30 rushes beside other work one in ten was more than
-- twice slower than its last 10 seconds, and 2.3 times than its last 30 or 100. On average all err alike.
local PACE_MEMORY = 10
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- First what only removes: a Redis at its memory's limit refuses a script whose first write may not be.
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[3], now + ARGV[4], ARGV[1])
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now)) do
  redis.call('ZREM', KEYS[3], dead)
  redis.call('HDEL', KEYS[2], dead)
end
redis.call('ZADD', KEYS[4], now + ARGV[4], ARGV[5])
if ARGV[6] ~= '' then
  redis.call('SET', KEYS[5], ARGV[6], 'PX', ARGV[4])
end
if ARGV[7] ~= '' then
  -- The mean of the seconds, not of their logarithms: what is written in a wait is their sum.
  --: cost
  local paces, pace = kept(KEYS[6], 'paces', 'pace')
  paces = math.min(paces + 1, PACE_MEMORY)
  pace = pace + (ARGV[7] - pace) / paces
  redis.pcall('HSET', KEYS[6], 'paces', paces, 'pace', string.format('%.6f', pace))
end
local lost = {}
for i = 8, #ARGV, 2 do
  local job = redis.pcall('HMGET', 'job:{' .. ARGV[i] .. '}', 'status', 'epoch')
  if not job.err and job[1] == 'running' and job[2] == ARGV[i + 1] then
    redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[i])
  else
    table.insert(lost, ARGV[i])
    table.insert(lost, ARGV[i + 1])
  end
end
return lost
