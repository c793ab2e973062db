-- List the registrations of the workers that live.
-- KEYS: workers, workers' expiry
-- ARGV: milliseconds for which their registrations are to be valid still
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local alive = {}
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], now + ARGV[1], '+inf')) do
  table.insert(alive, redis.call('HGET', KEYS[1], worker))
end
return alive
