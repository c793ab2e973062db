-- Add tokens to a job's log and tell the live readers.
-- KEYS: job, log, model's first token times, model's kept and broken estimates
-- ARGV: epoch, index of the last token, number of tokens, prompt's length in tokens, most first
--       token times and estimates to keep; then of each event of
--       a token its index, itself, and the checkpoint behind it or ''
-- Readers get all of them in one message, a line each.
-- Answers 'ok', 'repeated' (this index is in the log already), 'gap', 'stale' (not the owner) or
-- 'damaged' (record or log are not what they should be; the other stories of this step must go on).
local CHARGED_AHEAD = 16 -- tokens beyond what a story was expected to write
local job = redis.pcall('HMGET', KEYS[1], 'status', 'epoch', 'count', 'paid')
if job.err then
  return 'damaged'
end
if job[1] ~= 'running' or job[2] ~= ARGV[1] then
  return 'stale'
end
local index, count, size = tonumber(ARGV[2]), tonumber(job[3]), tonumber(ARGV[3])
if not count then
  return 'damaged'
end
if index <= count then
  return 'repeated'
end
if index - size ~= count then
  return 'gap'
end
local lines = {}
for at = 6, #ARGV, 3 do
  local id, event, checkpoint = ARGV[at] .. '-0', ARGV[at + 1], ARGV[at + 2]
  local added = redis.pcall('XADD', KEYS[2], id, 'event', event, 'checkpoint', checkpoint)
  if type(added) == 'table' and added.err then -- a full disk is Redis' trouble and not this story's
    local of_log = string.find(added.err, 'WRONGTYPE') or string.find(added.err, 'equal or smaller')
    return of_log and 'damaged' or added
  end
  lines[#lines + 1] = event
  if checkpoint ~= '' then
    lines[#lines + 1] = checkpoint
  end
end
-- What most tokens do not need is put in where it is needed: Lua builds its functions each time.
local paid = (tonumber(job[4]) or 0) - size
if count == 0 then
  --: cost
  paid = paid - math.ceil(PROMPT_WEIGHT * ARGV[4])
end
if paid < 0 then
  --: order
  local more = math.max(CHARGED_AHEAD, -paid)
  charge(KEYS[1], more)
  paid = paid + more
end
-- Strings: Redis would write out a number of Lua's as it does a fraction.
redis.call('HSET', KEYS[1], 'count', ARGV[2], 'paid', string.format('%d', paid))
redis.call('PUBLISH', KEYS[1], table.concat(lines, '\n'))
if count > 0 then -- whoever goes on with a story finds its first token in the log
  return 'ok'
end
redis.call('HSET', KEYS[1], 'prompt_tokens', ARGV[4])
local first = redis.call('HMGET', KEYS[1], 'created_at', 'foretold')
if tonumber(first[1]) then
  local now = redis.call('TIME')
  local waited = now[1] + now[2] / 1e6 - first[1]
  -- Only measured: no story may fail on what somebody has put there.
  redis.pcall('LPUSH', KEYS[3], waited)
  redis.pcall('LTRIM', KEYS[3], 0, ARGV[5] - 1)
  if first[2] then
    redis.pcall('LPUSH', KEYS[4], first[2] .. ' ' .. string.format('%.6f', waited))
    redis.pcall('LTRIM', KEYS[4], 0, ARGV[5] - 1)
  end
end
return 'ok'
