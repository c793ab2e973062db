-- Give the first waiting job to a worker, under a new epoch and a fresh lease.
-- KEYS: waiting queues in order of priority..., leases (last)
-- ARGV: worker, model, lease in milliseconds, worker's numeric kind
-- Answers {id, epoch, spec, numeric kind of all owners so far or 'mixed', trace context,
-- milliseconds since acceptance, attempt, milliseconds to its deadline or ''}; false if nothing waits.
-- A damaged record is left to reap.lua.
local leases = KEYS[#KEYS]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for q = 1, #KEYS - 1 do
  local popped = redis.call('ZPOPMIN', KEYS[q])
  while popped[1] do
    local id = popped[1]
    local job = 'job:{' .. id .. '}'
    local found = redis.pcall(
      'HMGET', job, 'status', 'spec', 'epoch', 'count', 'created_at', 'deadline_at', 'started_at')
    local is_whole = found[2] and tonumber(found[3]) and tonumber(found[4]) and tonumber(found[5])
    local deadline = tonumber(found[6])
    local left = deadline and math.floor(deadline * 1000 - now)
    if found[1] == 'queued' and not is_whole then
      redis.call('HSET', job, 'status', 'running')
      redis.call('ZADD', leases, 0, id)
    -- One that is too late to begin is left to expire.lua.
    elseif found[1] == 'queued' and (not left or left > 0 or found[7]) then
      local epoch = redis.call('HINCRBY', job, 'epoch', 1)
      local attempt = epoch - (redis.call('HGET', job, 'epoch_base') or 0)
      redis.call('HSET', job, 'status', 'running', 'owner', ARGV[1],
        'claimed_count', redis.call('HGET', job, 'count'))
      redis.call('HSETNX', job, 'started_at', now / 1000)
      redis.call('ZADD', leases, now + ARGV[3], id)
      if redis.call('HSETNX', job, 'numeric_kind', ARGV[4]) == 0
          and redis.call('HGET', job, 'numeric_kind') ~= ARGV[4] then
        redis.call('HSET', job, 'numeric_kind', 'mixed')
      end
      local event
      if attempt == 1 then
        event = {type = 'started', worker = ARGV[1], model = ARGV[2], attempt = attempt}
      else
        event = {type = 'resumed', attempt = attempt}
        local known = redis.call('HGET', job, 'pickups')
        local count = redis.call('HGET', job, 'count')
        redis.call('HSET', job, 'pickups', known and known .. ',' .. count or count)
      end
      redis.call('PUBLISH', job, cjson.encode(event))
      local told = redis.call('HMGET', job, 'spec', 'numeric_kind', 'traceparent', 'created_at')
      return {id, epoch, told[1], told[2], told[3] or '', math.floor(now - told[4] * 1000),
        attempt, left or ''}
    end
    popped = redis.call('ZPOPMIN', KEYS[q])
  end
end
return false
