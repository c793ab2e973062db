-- Take over jobs that wait where versions without payers put them; each is its tenant's own.
-- KEYS: former waiting queue, waiting queue
-- ARGV: most jobs to look at
-- Answers how many there were.
--: order
local jobs = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1, 'WITHSCORES')
for i = 1, #jobs, 2 do
  local found = redis.pcall('HMGET', 'job:{' .. jobs[i] .. '}', 'status', 'tenant')
  if found[1] == 'queued' then
    enqueue(KEYS[2], found[2] or '', jobs[i], jobs[i + 1])
  end
  redis.call('ZREM', KEYS[1], jobs[i])
end
return #jobs / 2
