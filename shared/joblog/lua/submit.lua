-- Accept a job: record it and put it at the end of its payer's line.
-- It begins with an empty log, whatever is left of a former record's: the same tokens come again.
-- KEYS: job, waiting queue, sequence counter, tenant's index, deadlines, jobs that need a
--       follower, log, ended stream
-- ARGV: id, spec, model, priority, tenant, most tokens it can have, trace context or '',
--       seconds from acceptance to its deadline or '', seconds since acceptance if it was lost or '',
--       seconds that it lives on without a follower or '', whom its tokens are charged to, sequence
--       number of the damaged record that it replaces or '', most damaged records that are replaced
--       one after the other, terminal event of a job whose record is damaged once more, retention in
--       seconds
-- Answers 1, or 0 if the id is taken.
--: order
local known = redis.pcall('HGET', KEYS[1], 'sequence') -- a record without one is always damaged
if type(known) == 'string' and known ~= ARGV[12] then
  return 0
end
local damages = 0
if redis.call('EXISTS', KEYS[1]) == 1 then
  local before = redis.pcall('HGET', KEYS[1], 'damages')
  damages = (type(before) == 'string' and tonumber(before) or 0) + 1
  refund(KEYS[1])
  local queue, payer = account_of(KEYS[1])
  if queue then
    dequeue(queue, payer, ARGV[1])
  end
end
local sequence = redis.call('INCR', KEYS[3]) -- first: a Redis at its memory's limit then takes nothing of it
redis.call('DEL', KEYS[1], KEYS[7])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local created, base = now, 0
if ARGV[9] ~= '' then -- workers may live that hold it under epochs which nobody knows any more
  created, base = now - ARGV[9], time[1] * 1000 + math.floor(time[2] / 1000)
end
redis.call('HSET', KEYS[1],
  'id', ARGV[1], 'status', 'queued', 'epoch', base, 'epoch_base', base, 'owner', '',
  'failures', 0, 'count', 0, 'prompt_tokens', 0, 'spec', ARGV[2], 'model', ARGV[3],
  'priority', ARGV[4], 'tenant', ARGV[5], 'sequence', sequence, 'created_at', created,
  'budget', ARGV[6], 'traceparent', ARGV[7], 'payer', ARGV[11],
  'damages', damages)
redis.call('ZADD', KEYS[4], sequence, ARGV[1])
-- Records expire by themselves, the index does not: it keeps the newest 10,000.
redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -10001)
if damages > tonumber(ARGV[13]) then
  redis.call('HSET', KEYS[1], 'status', 'failed', 'ending', ARGV[14], 'ended_at', now)
  redis.call('XADD', KEYS[8], 'MAXLEN', '~', 100000, '*', 'id', ARGV[1], 'status', 'failed')
  redis.call('EXPIRE', KEYS[1], ARGV[15])
  redis.call('PUBLISH', KEYS[1], ARGV[14])
  return 1
end
if enqueue(KEYS[2], ARGV[11], ARGV[1], sequence) then
  redis.call('ZADD', KEYS[2] .. ':new', sequence, ARGV[11])
end
if ARGV[8] ~= '' then
  redis.call('HSET', KEYS[1], 'deadline_at', created + ARGV[8])
  redis.call('ZADD', KEYS[5], created + ARGV[8], ARGV[1])
end
if ARGV[10] ~= '' then
  redis.call('ZADD', KEYS[6], now + ARGV[10], ARGV[1])
end
return 1
