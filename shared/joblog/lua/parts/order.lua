-- In which order waiting jobs are taken up: by virtual token counters (Sheng et al., "Fairness in
-- Serving Large Language Models", OSDI 2024), charged ahead with what a job is expected to cost.
--
-- A queue is one class of one model's jobs; a payer is whom a job's tokens are charged to.
--   <queue>             ids of all its jobs, by sequence
--   <queue>:of:<payer>  ids of one payer's jobs, by sequence
--   <queue>:payers      '<sequence of the first job>:<payer>', by tokens served
--   <queue>:several     payers of more than one job, by their number
--   <queue>:new         payers that had none there, and no slot since, by the sequence of the first
--   <queue>:served      payers of none, by tokens served; for who is not there, the clock counts
--   <queue>:clock       tokens that a newcomer counts as served: nobody saves up credit
local SEQUENCE_DIGITS = 16
local LONGEST_RUN = 7 -- jobs of the first class in a row while others wait: then comes one of theirs

-- Whose turn comes first among those that were served the same: whoever has waited longest.
local function place_of(queue, payer)
  local first = redis.call('ZRANGE', queue .. ':of:' .. payer, 0, 0, 'WITHSCORES')[2]
  return first and string.format('%0' .. SEQUENCE_DIGITS .. '.0f', first) .. ':' .. payer
end

local function payer_at(place)
  return string.sub(place, SEQUENCE_DIGITS + 2)
end

local function clock_of(queue)
  return tonumber(redis.call('GET', queue .. ':clock') or 0)
end

-- Tokens served, and the payer's place if it has one.
local function served(queue, payer)
  local place = place_of(queue, payer)
  local count = place and redis.call('ZSCORE', queue .. ':payers', place)
  if count then
    return tonumber(count), place
  end
  local former = tonumber(redis.call('ZSCORE', queue .. ':served', payer) or 0)
  return math.max(clock_of(queue), former), place
end

-- Write down what a payer was served, after its jobs have changed; `before` was its place.
local function settle(queue, payer, count, before)
  local place = place_of(queue, payer)
  if before and before ~= place then
    redis.call('ZREM', queue .. ':payers', before)
  end
  if place then
    redis.call('ZADD', queue .. ':payers', count, place)
  end
  if not place then
    redis.call('ZREM', queue .. ':new', payer)
  end
  if place or count <= clock_of(queue) then
    redis.call('ZREM', queue .. ':served', payer)
  else
    redis.call('ZADD', queue .. ':served', count, payer)
  end
  local jobs = redis.call('ZCARD', queue .. ':of:' .. payer)
  if jobs > 1 then
    redis.call('ZADD', queue .. ':several', jobs, payer)
  else
    redis.call('ZREM', queue .. ':several', payer)
  end
end

-- Answers whether its payer had none there.
local function enqueue(queue, payer, id, sequence)
  local count, place = served(queue, payer)
  redis.call('ZADD', queue, sequence, id)
  redis.call('ZADD', queue .. ':of:' .. payer, sequence, id)
  settle(queue, payer, count, place)
  return not place
end

local function dequeue(queue, payer, id)
  local count, place = served(queue, payer)
  redis.call('ZREM', queue, id)
  if redis.call('ZREM', queue .. ':of:' .. payer, id) == 1 then
    settle(queue, payer, count, place)
  end
end

-- The queue that a job's record names, and its payer; nothing of a damaged one.
local function account_of(job)
  local found = redis.pcall('HMGET', job, 'model', 'priority', 'payer', 'tenant')
  if not found.err and found[1] and found[2] then
    return 'queue:' .. found[1] .. ':' .. found[2], found[3] or found[4] or ''
  end
end

local function book(queue, payer, tokens)
  local count, place = served(queue, payer)
  settle(queue, payer, count + tokens, place)
end

-- Charge tokens that were written beyond what was charged ahead, or, negative, give some back. No
-- story may fail on a queue that has been spoilt.
local function charge(job, tokens)
  local queue, payer = account_of(job)
  if queue and tokens ~= 0 then
    pcall(book, queue, payer, tokens)
  end
end

-- Give back what was charged ahead of a job that its owner writes no further.
local function refund(job)
  local paid = redis.pcall('HGET', job, 'paid')
  if type(paid) == 'string' and tonumber(paid) then
    redis.call('HSET', job, 'paid', 0)
    charge(job, -tonumber(paid))
  end
end
