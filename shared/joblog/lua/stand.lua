-- How many jobs claim.lua would give out before this one if no more came and each cost what a job of
-- the model costs on average: exact if they all do. And how much those write, by the share of its own
-- budget that a story of its kind uses.
-- KEYS: the job's queue, the other class's queue, the first class's run, model's statistics, model's
--       quantum, leases
-- ARGV: id, or '' for one that would come now; its payer, or '' for somebody new; most tokens it can
--       have, which counts while nothing is learnt; 1 if its class is the first, else 0; the model;
--       1 if stories are written to their ends whoever waits, else 0
-- Answers {jobs before it, tokens that they write before it begins, tokens that each running story
-- writes before its slot can be another's...}; false if it does not wait.
-- Of very many payers only LOOKED_AT are looked at, and of the budgets of each kind SAMPLE, and of
-- what runs RUNNING: more would keep Redis from its other work. The others count as these do on average.
-- Those that are far behind in tokens are written to their end before this one, the others in turn.
--: order
--: cost
local LOOKED_AT, SAMPLE, RUNNING = 500, 50, 200
local queue, id, payer = KEYS[1], ARGV[1], ARGV[2]
local line = queue .. ':of:' .. payer
local written, prompt = learnt(KEYS[4])
local cost = math.max(1, written and written + prompt or tonumber(ARGV[3]))
local quantum = ARGV[6] == '0' and tonumber(redis.call('GET', KEYS[5])) or math.huge

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
local firsts_ahead = ahead

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
ahead, far = ahead + rank + more, far + more

-- The other class: all of the first go before one of the second, but for every LONGEST_RUN-th.
local others = redis.call('ZCARD', KEYS[2])
local run = tonumber(redis.call('GET', KEYS[3]) or 0)
local between
if ARGV[4] == '1' then
  between = math.min(others, math.floor((run + ahead) / LONGEST_RUN))
else
  between = math.min(others, math.max(0, LONGEST_RUN - run) + LONGEST_RUN * ahead)
end

-- What the jobs at this place in a line or a queue write on average: to their end, and in a turn.
local shares = {}
local function averages(ids)
  local whole, turn = 0, 0
  for _, each in ipairs(ids) do
    local job = redis.pcall('HMGET', 'job:{' .. each .. '}', 'budget', 'count')
    local tokens = expected_left(KEYS[4], shares, job[1], job[2]) + (prompt or 0)
    whole, turn = whole + tokens, turn + math.min(tokens, quantum)
  end
  return whole / math.max(1, #ids), turn / math.max(1, #ids)
end

local function first_of(key, most)
  return most > 0 and redis.call('ZRANGE', key, 0, math.min(most, SAMPLE) - 1) or {}
end

local others_first = {}
for _, other in ipairs(first_of(queue .. ':payers', firsts_ahead)) do
  if other ~= place then
    table.insert(others_first, first_of(queue .. ':of:' .. payer_at(other), 1)[1])
  end
end
local whole, turn = averages(others_first)
local own = averages(first_of(line, rank))
local batch_whole, batch_turn = averages(first_of(KEYS[2], between))
local tokens = rank * own + far * whole + (firsts_ahead + more - far) * turn
  + between * (ARGV[4] == '1' and batch_turn or batch_whole)

-- Running stories make room for newcomers after each quantum, for others at their end.
local is_new = not place or redis.call('ZSCORE', queue .. ':new', payer) and rank == 0
local answer = {ahead + between, math.ceil(tokens)}
for _, each in ipairs(redis.call('ZRANGE', KEYS[6], 0, RUNNING - 1)) do
  local job = redis.pcall('HMGET', 'job:{' .. each .. '}', 'model', 'budget', 'count', 'claimed_count')
  if not job.err and job[1] == ARGV[5] then
    local left = expected_left(KEYS[4], shares, job[2], job[3])
    if is_new and quantum < math.huge then
      local written_here = (tonumber(job[3]) or 0) - (tonumber(job[4]) or 0)
      left = math.min(left, quantum - written_here % quantum)
    end
    table.insert(answer, math.ceil(left))
  end
end
return answer
