-- Note which of the jobs that need a follower have one, and find those that have lost theirs.
-- KEYS: jobs that need a follower (until when they live without), time of the last round
-- ARGV: grace in seconds, longest pause between rounds in seconds, most jobs to look at, ids that
--       are followed ...
-- Answers the ids of jobs that nobody has followed for the length of the grace.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local grace_ends = now + ARGV[1]
for i = 4, #ARGV do
  redis.call('ZADD', KEYS[1], 'XX', grace_ends, ARGV[i])
end
local last = tonumber(redis.call('GET', KEYS[2]))
redis.call('SET', KEYS[2], string.format('%.6f', now))
local watched = last and now - last < tonumber(ARGV[2])
local abandoned = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[3])) do
  local status = redis.pcall('HGET', 'job:{' .. id .. '}', 'status')
  if status ~= 'queued' and status ~= 'running' then
    redis.call('ZREM', KEYS[1], id)
  elseif watched then
    table.insert(abandoned, id)
  else -- nobody was there to say who follows it
    redis.call('ZADD', KEYS[1], grace_ends, id)
  end
end
return abandoned
