-- How many jobs claim.lua would give out before this one if no more came and each cost what a job of
-- the model costs on average: exact if they all do.
-- KEYS: the job's queue, the other class's queue, the first class's run, model's statistics, model's
--       quantum
-- ARGV: id, or '' for one that would come now; its payer, or '' for somebody new; most tokens it can
--       have, which counts while nothing is learnt; 1 if its class is the first, else 0
-- Answers {jobs before it, tokens that they write before it begins, tokens that a story writes before
-- its slot can be another's}; false if it does not wait.
-- Of very many payers only LOOKED_AT are looked at: more would keep Redis from its other work.
-- Those that are far behind in tokens are written to their end before this one, the others in turn.
--: order
--: cost
local LOOKED_AT = 500
local queue, id, payer = KEYS[1], ARGV[1], ARGV[2]
local line = queue .. ':of:' .. payer
local written, prompt = learnt(KEYS[4])
local cost = math.max(1, written and written + prompt or tonumber(ARGV[3]))
local turn = math.min(cost, tonumber(redis.call('GET', KEYS[5]) or cost))

local rank, sequence = redis.call('ZRANK', line, id), math.huge
if rank then
  sequence = tonumber(redis.call('ZSCORE', line, id))
elseif id ~= '' then
  return false
else
  rank = redis.call('ZCARD', line)
end
local count, place = served(queue, payer)
local start = count + rank * cost -- what its payer was served when its turn comes
local bound = string.format('%.17g', start)

-- Of every other payer the first job, as far as it comes before this one.
local ahead
if sequence == math.huge then
  ahead = redis.call('ZCOUNT', queue .. ':payers', '-inf', bound)
elseif rank == 0 then
  ahead = redis.call('ZRANK', queue .. ':payers', place)
else
  ahead = redis.call('ZCOUNT', queue .. ':payers', '-inf', '(' .. bound)
  local ties = redis.call('ZRANGEBYSCORE', queue .. ':payers', bound, bound, 'LIMIT', 0, LOOKED_AT)
  for _, other in ipairs(ties) do
    if other ~= place and tonumber(string.sub(other, 1, SEQUENCE_DIGITS)) < sequence then
      ahead = ahead + 1
    end
  end
end
local far_bound = string.format('%.17g', start - cost)
local far = redis.call('ZCOUNT', queue .. ':payers', '-inf', far_bound)
if place and rank > 0 then
  ahead, far = ahead - 1, far - 1
end
local whole = far + rank
ahead = ahead + rank

-- Of those that are so far behind, if they have several, the others, too.
local firsts = {}
if redis.call('ZCARD', queue .. ':several') > 0 then
  firsts = redis.call('ZRANGEBYSCORE', queue .. ':payers', '-inf', far_bound, 'WITHSCORES',
    'LIMIT', 0, LOOKED_AT)
end
local more = 0
for i = 1, #firsts, 2 do
  local other, from = payer_at(firsts[i]), tonumber(firsts[i + 1])
  local jobs = other ~= payer and tonumber(redis.call('ZSCORE', queue .. ':several', other) or 1) or 0
  local before = math.min(jobs, math.ceil((start - from) / cost))
  if before < jobs and from + before * cost == start then
    local tied = redis.call('ZRANGE', queue .. ':of:' .. other, before, before, 'WITHSCORES')
    before = tonumber(tied[2]) < sequence and before + 1 or before
  end
  more = more + math.max(0, before - 1)
end
if far > LOOKED_AT then -- those that were not looked at count as these do on average
  more = math.floor(more / LOOKED_AT * far)
end
ahead, whole = ahead + more, whole + more

-- The other class: all of the first go before one of the second, but for every LONGEST_RUN-th.
local others = redis.call('ZCARD', KEYS[2])
local run = tonumber(redis.call('GET', KEYS[3]) or 0)
local between
if ARGV[4] == '1' then
  between = math.min(others, math.floor((run + ahead) / LONGEST_RUN))
else
  between = math.min(others, math.max(0, LONGEST_RUN - run) + LONGEST_RUN * ahead)
  whole = whole + between
end
ahead = ahead + between
return {ahead, whole * cost + (ahead - whole) * turn, turn}
