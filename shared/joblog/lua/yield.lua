-- Hand a running job's slot to somebody else's that waits and was served less: put the one back to its
-- place in the queue, and give the other to the same worker. That costs the job no attempt, and its
-- readers are told of no other worker.
-- To read a story again costs as much as to write many tokens. So it makes room at once for newcomers
-- only: payers that had nothing waiting, and no slot since. For others it goes on until it is
-- LONG_AHEAD quanta ahead of them.
-- KEYS: job, waiting queues in order of priority..., the first one's run, model's statistics, leases,
--       numeric kinds of the model's workers
-- ARGV: worker, model, lease in milliseconds, worker's numeric kind, epoch, id, place of the job's
--       own queue among the KEYS of queues, quantum in tokens
-- Answers what claim.lua answers; false if the job is to go on, or is not the caller's.
--: order
--: cost
--: claiming
local LONG_AHEAD, LOOKED_AT = 4, 8
local job, own = KEYS[1], KEYS[1 + ARGV[7]]
local asked = {
  queues = {KEYS[2], KEYS[3]}, run = KEYS[4], statistics = KEYS[5], leases = KEYS[6],
  kinds = KEYS[7],
  worker = ARGV[1], model = ARGV[2], lease = ARGV[3], kind = ARGV[4], now = now_ms(),
}
local found = redis.pcall('HMGET', job, 'status', 'epoch', 'sequence', 'paid')
local its, payer = account_of(job)
if found[1] ~= 'running' or found[2] ~= ARGV[5] or not tonumber(found[3]) or its ~= own then
  return false
end
-- On a worker of another kind the story might go on in other words.
if redis.call('ZCOUNT', KEYS[7], asked.now, '+inf') > 1 then
  return false
end
local count, place = served(own, payer)
count = count - (tonumber(found[4]) or 0)
local clock = clock_of(own)

-- Who counts no more than the clock has had no more than its share, and goes before those of a payer
-- who has others waiting. Counts alone do not say so: the clock follows what is charged ahead, also of
-- the payer's other jobs, and what was charged ahead of this one is left out.
local function is_before_this(other_count, other_place)
  if place and other_count <= clock then
    return true
  end
  local first = tonumber(string.sub(other_place, 1, SEQUENCE_DIGITS))
  return other_count < count or other_count == count and first < tonumber(found[3])
end

-- Who in the same queue is to have the slot: its place, and what it was served.
local function heir()
  for _, other in ipairs(redis.call('ZRANGE', own .. ':new', 0, LOOKED_AT - 1)) do
    local other_count, other_place = served(own, other)
    if other ~= payer and is_before_this(other_count, other_place) then
      return other_place, other_count
    end
  end
  local firsts = redis.call('ZRANGE', own .. ':payers', 0, 1, 'WITHSCORES')
  for i = 1, #firsts, 2 do
    if firsts[i] ~= place then
      local other_count = tonumber(firsts[i + 1])
      if other_count + LONG_AHEAD * ARGV[8] <= count then
        return firsts[i], other_count
      end
      return nil
    end
  end
end

local first_class = redis.call('ZRANGE', asked.queues[1] .. ':payers', 0, 0, 'WITHSCORES')
local run = tonumber(redis.call('GET', asked.run) or 0)
local queue, next_place, next_count = own, heir()
if own ~= asked.queues[1] and first_class[1] and run < LONGEST_RUN then
  queue, next_place, next_count = asked.queues[1], first_class[1], tonumber(first_class[2])
end
if not next_place then
  return false
end
refund(job)
redis.call('HSET', job, 'status', 'queued', 'owner', '', 'yielded', 1)
redis.call('ZREM', asked.leases, ARGV[6])
enqueue(own, payer, ARGV[6], found[3])
local answer = take(asked, queue, next_place, next_count)
if not answer then
  return claim_next(asked)
end
if queue == asked.queues[1] then
  local others = redis.call('ZCARD', asked.queues[2] .. ':payers')
  redis.call('SET', asked.run, others > 0 and math.min(run + 1, LONGEST_RUN) or 0)
else
  redis.call('SET', asked.run, 0)
end
return answer
