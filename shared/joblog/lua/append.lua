-- Add tokens to a job's log and tell the live readers.
-- KEYS: job, log
-- ARGV: epoch, index of the last token, number of tokens, token event, checkpoint event or '',
--       prompt's length in tokens
-- Answers 'ok', 'repeated' (this index is in the log already), 'gap' or 'stale' (not the owner).
local job = redis.call('HMGET', KEYS[1], 'status', 'epoch', 'count')
if job[1] ~= 'running' or job[2] ~= ARGV[1] then
  return 'stale'
end
local index, count = tonumber(ARGV[2]), tonumber(job[3])
if index <= count then
  return 'repeated'
end
if index - tonumber(ARGV[3]) ~= count then
  return 'gap'
end
redis.call('XADD', KEYS[2], index .. '-0', 'event', ARGV[4], 'checkpoint', ARGV[5])
redis.call('HSET', KEYS[1], 'count', index, 'prompt_tokens', ARGV[6])
redis.call('PUBLISH', KEYS[1], ARGV[4])
if ARGV[5] ~= '' then
  redis.call('PUBLISH', KEYS[1], ARGV[5])
end
return 'ok'
