-- How much there is to do for a model.
-- KEYS: waiting queues in order of priority..., leases (last)
-- ARGV: model, most waiting jobs of a queue to look at; the others count as these do on average
-- Answers {milliseconds since the oldest waiting job was accepted or -1, running jobs,
-- most tokens still to write, waiting jobs of each queue...}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local oldest, running, tokens = -1, 0, 0
local function left(budget, count)
  return math.max(0, (tonumber(budget) or 0) - (tonumber(count) or 0))
end
local depths = {}
for q = 1, #KEYS - 1 do
  local depth, seen, sum = redis.call('ZCARD', KEYS[q]), 0, 0
  for _, id in ipairs(redis.call('ZRANGE', KEYS[q], 0, ARGV[2] - 1)) do
    local job = redis.pcall('HMGET', 'job:{' .. id .. '}', 'created_at', 'count', 'budget')
    local created = tonumber(job[1])
    if created then
      oldest = math.max(oldest, now - created * 1000)
      seen, sum = seen + 1, sum + left(job[3], job[2])
    end
  end
  tokens = tokens + (seen > 0 and sum / seen * depth or 0)
  table.insert(depths, depth)
end
for _, id in ipairs(redis.call('ZRANGE', KEYS[#KEYS], 0, -1)) do
  local job = redis.pcall('HMGET', 'job:{' .. id .. '}', 'model', 'count', 'budget')
  if job[1] == ARGV[1] then
    running, tokens = running + 1, tokens + left(job[3], job[2])
  end
end
return {math.floor(oldest), running, math.ceil(tokens), unpack(depths)}
