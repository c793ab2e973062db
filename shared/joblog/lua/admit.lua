-- Let a job in, or say which limit keeps it out. Who is let in counts at once, before the job is
-- submitted, so that no two take the last place. A limit of 0 is none.
-- KEYS: caller's requests, caller's jobs, model's entering jobs, model's waiting queues...
-- ARGV: job id, most requests in a window, window in ms, most jobs of the caller at once, most
--       jobs that wait, ms after which one that never came counts no more, retention in seconds
-- Answers false, or {'requests', ms until there is room}, {'jobs', how many} or {'queue', how many}.
--: window
local id, window = ARGV[1], tonumber(ARGV[3])
local most_requests, most_jobs, most_waiting =
  tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Drop what has come to where `is_over` says, and what was let in long ago and never came.
local function settle(key, is_over)
  local members = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #members, 2 do
    local status = redis.pcall('HGET', 'job:{' .. members[i] .. '}', 'status')
    local is_damaged = type(status) == 'table' -- and nobody's place
    if is_damaged or status and is_over(status)
        or not status and members[i + 1] + ARGV[6] <= now then
      redis.call('ZREM', key, members[i])
    end
  end
  return redis.call('ZCARD', key)
end

-- Also where the queue has no limit and nobody counts them.
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[6])
if redis.call('ZRANK', KEYS[3], id) then -- sent again, as the first answer was lost
  return false
end
if most_requests > 0 then
  local wait = until_room(KEYS[1], most_requests, now, window)
  if wait then
    return {'requests', wait}
  end
end
if most_jobs > 0 then
  local count = settle(KEYS[2], function(status)
    return status ~= 'queued' and status ~= 'running'
  end)
  if count >= most_jobs then
    return {'jobs', count}
  end
end
if most_waiting > 0 then
  local count = settle(KEYS[3], function() return true end)
  for q = 4, #KEYS do
    count = count + redis.call('ZCARD', KEYS[q])
  end
  if count >= most_waiting then
    return {'queue', count}
  end
end
local function note(key, seconds)
  redis.call('ZADD', key, now, id)
  redis.call('EXPIRE', key, seconds)
end
if most_requests > 0 then
  count_in(KEYS[1], id, now, window)
end
if most_jobs > 0 then
  note(KEYS[2], ARGV[7])
end
note(KEYS[3], math.ceil(ARGV[6] / 1000))
return false
