-- How many jobs claim.lua would give out before this one if no more came and each cost what a job of
-- the model costs on average: exact if they all do.
-- KEYS: the job's queue, the other class's queue, the first class's run, model's statistics, model's
--       quantum
-- ARGV: id, or '' for one that would come now; its payer, or '' for somebody new; most tokens it can
--       have, which counts while nothing is learnt; 1 if its class is the first, else 0
-- Answers {jobs before it, tokens that they write before it begins, tokens that a story writes before
-- its slot can be another's}; false if it does not wait.
-- Those that are far behind in tokens are written to their end before this one, the others in turn.
--: order
--: cost
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
local ahead = redis.call('ZCOUNT', queue .. ':payers', '-inf', '(' .. bound)
for _, other in ipairs(redis.call('ZRANGEBYSCORE', queue .. ':payers', bound, bound)) do
  if other ~= place and tonumber(string.sub(other, 1, SEQUENCE_DIGITS)) < sequence then
    ahead = ahead + 1
  end
end
local far = redis.call('ZCOUNT', queue .. ':payers', '-inf', string.format('%.17g', start - cost))
if place and rank > 0 then
  ahead, far = ahead - 1, far - 1
end
-- Of those who have several, the others, too.
local whole = far + rank
ahead = ahead + rank
local several = redis.call('ZRANGE', queue .. ':several', 0, -1, 'WITHSCORES')
for i = 1, #several, 2 do
  if several[i] ~= payer then
    local from = served(queue, several[i])
    local before = math.min(tonumber(several[i + 1]), math.max(0, math.ceil((start - from) / cost)))
    local next_one = redis.call('ZRANGE', queue .. ':of:' .. several[i], before, before, 'WITHSCORES')
    if next_one[2] and from + before * cost == start and tonumber(next_one[2]) < sequence then
      before = before + 1
    end
    if before > 1 then
      ahead, whole = ahead + before - 1, whole + before - 1
    end
  end
end

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
