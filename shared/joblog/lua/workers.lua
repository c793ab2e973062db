-- List the registrations of the workers that live.
-- KEYS: workers, workers' expiry
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local alive = {}
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], now, '+inf')) do
  table.insert(alive, redis.call('HGET', KEYS[1], worker))
end
return alive
