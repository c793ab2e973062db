-- Give the next waiting job to a worker, under a new epoch and a fresh lease.
local CLOCK_SHARE = 16
local KIND_PATIENCE_MS = 3000 -- that a story waits for a worker of its own numeric kind
local LOOKED_PAST = 8 -- payers whose next story does so

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + time[2] / 1000
end

-- The queue whose turn it is, and how long the run of the first class then is; nil if nothing waits.
local function next_queue(asked)
  local first = redis.call('ZCARD', asked.queues[1] .. ':payers')
  local second = redis.call('ZCARD', asked.queues[2] .. ':payers')
  local run = tonumber(redis.call('GET', asked.run) or 0)
  if second > 0 and (first == 0 or run >= LONGEST_RUN) then
    return asked.queues[2], 0
  elseif first > 0 then
    return asked.queues[1], second > 0 and run + 1 or 0
  end
end

-- Make a job the worker's own. Answers what it is told, and what the job is expected to cost; false
-- and 0 of one that cannot be begun: one that is too late is left to expire.lua, a damaged record to
-- reap.lua.
local function begin(asked, id)
  local job = 'job:{' .. id .. '}'
  local found = redis.pcall('HMGET', job, 'status', 'spec', 'epoch', 'count', 'created_at',
    'deadline_at', 'started_at', 'budget')
  if found[1] ~= 'queued' then
    return false, 0
  end
  local count, created, deadline = tonumber(found[4]), tonumber(found[5]), tonumber(found[6])
  if not (found[2] and tonumber(found[3]) and count and created) then
    redis.call('HSET', job, 'status', 'running')
    redis.call('ZADD', asked.leases, 0, id)
    return false, 0
  end
  local left = deadline and math.floor(deadline * 1000 - asked.now)
  if left and left <= 0 and not found[7] then
    return false, 0
  end
  local has_yielded = redis.call('HDEL', job, 'yielded') -- and goes on: that is no new attempt
  local base = redis.call('HINCRBY', job, 'epoch_base', has_yielded)
  local epoch = redis.call('HINCRBY', job, 'epoch', 1)
  local attempt = epoch - base
  local cost = expected_cost(asked.statistics, (tonumber(found[8]) or 0) - count, count > 0)
  redis.call('HSET', job, 'status', 'running', 'owner', asked.worker, 'claimed_count', found[4],
    'paid', cost)
  local is_first = redis.call('HSETNX', job, 'started_at', asked.now / 1000)
  redis.call('ZADD', asked.leases, asked.now + asked.lease, id)
  local kind = redis.call('HGET', job, 'numeric_kind')
  if count == 0 or not kind then -- whoever had it before wrote nothing of it
    redis.call('HSET', job, 'numeric_kind', asked.kind)
  elseif kind ~= asked.kind then
    redis.call('HSET', job, 'numeric_kind', 'mixed')
  end
  if has_yielded == 0 then
    local event
    if attempt == 1 then
      event = {type = 'started', worker = asked.worker, model = asked.model, attempt = attempt}
    else
      event = {type = 'resumed', attempt = attempt}
      local known = redis.call('HGET', job, 'pickups')
      redis.call('HSET', job, 'pickups', known and known .. ',' .. found[4] or found[4])
    end
    redis.call('PUBLISH', job, cjson.encode(event))
  end
  local told = redis.call('HMGET', job, 'numeric_kind', 'traceparent', 'tenant')
  return {id, epoch, found[2], told[1], told[2] or '', math.floor(asked.now - created * 1000),
    attempt, left or '', is_first, asked.worker, found[4], told[3] or ''}, cost
end

-- Take the first job of the payer at this place, if it can be begun.
local function take(asked, queue, place, count)
  local payer = payer_at(place)
  redis.call('ZREM', queue .. ':new', payer)
  local id = redis.call('ZPOPMIN', queue .. ':of:' .. payer)[1]
  local answer, cost = false, 0
  if id then
    redis.call('ZREM', queue, id)
    answer, cost = begin(asked, id)
  end
  if answer then
    -- The clock follows who is served least, and a little ahead: else an endless stream of newcomers
    -- would stop it, and keep back for ever whoever was served before. 'A little' is less than all
    -- who are active are served meanwhile. In 1/1024ths, so that sums are exact.
    local active = redis.call('ZCARD', asked.leases) + redis.call('ZCARD', queue .. ':payers')
    local step = math.ceil(1024 * cost / (CLOCK_SHARE * active)) / 1024
    local clock = math.max(clock_of(queue), count + step)
    redis.call('SET', queue .. ':clock', string.format('%.17g', clock))
    redis.call('ZREMRANGEBYSCORE', queue .. ':served', '-inf', clock)
  end
  settle(queue, payer, count + cost, place)
  return answer
end

-- Whether the first job of the payer at this place was begun by a worker of another kind, and put back
-- only now: one of its own kind would go on in the same words.
local function is_left_to_its_kind(asked, queue, place)
  local id = redis.call('ZRANGE', queue .. ':of:' .. payer_at(place), 0, 0)[1]
  local found = id and redis.pcall('HMGET', 'job:{' .. id .. '}', 'count', 'numeric_kind', 'put_back_at')
  if not id or found.err then
    return false
  end
  local count, kind, since = tonumber(found[1]), found[2], tonumber(found[3])
  if not (count and count > 0 and kind and since) or kind == asked.kind
      or asked.now - since * 1000 >= KIND_PATIENCE_MS then
    return false
  end
  local expiry = redis.pcall('ZSCORE', asked.kinds, kind)
  return type(expiry) == 'string' and tonumber(expiry) > asked.now
end

-- Whose turn it is in a queue, of those that this worker may serve: its place, and what it was served.
local function first_of(asked, queue)
  local firsts = redis.call('ZRANGE', queue .. ':payers', 0, LOOKED_PAST, 'WITHSCORES')
  for i = 1, #firsts, 2 do
    if not is_left_to_its_kind(asked, queue, firsts[i]) then
      return firsts[i], tonumber(firsts[i + 1])
    end
  end
end

local function claim_next(asked)
  local queue, run = next_queue(asked)
  while queue do
    local place, count = first_of(asked, queue)
    if not place then
      queue = queue == asked.queues[1] and asked.queues[2] or asked.queues[1]
      place, count = first_of(asked, queue)
    end
    if not place then
      return false -- janitors see to another permit
    end
    local answer = take(asked, queue, place, count)
    if answer then
      redis.call('SET', asked.run, run)
      return answer
    end
    queue, run = next_queue(asked)
  end
  return false
end
