-- What a caller asked for within a sliding window of time.

-- Milliseconds until there is room for one more; nil if there is.
local function until_room(asked, most, now, length)
  redis.call('ZREMRANGEBYSCORE', asked, '-inf', now - length)
  local count = redis.call('ZCARD', asked)
  if count < most then
    return nil
  end
  local place = count - most
  return redis.call('ZRANGE', asked, place, place, 'WITHSCORES')[2] + length - now
end

local function count_in(asked, id, now, length)
  redis.call('ZADD', asked, now, id)
  redis.call('EXPIRE', asked, math.ceil(length / 1000))
end
