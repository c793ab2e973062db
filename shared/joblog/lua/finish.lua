-- End a job that its owner has written to the end, or that failed in its hands.
-- KEYS: job, log, leases, ended stream, model's statistics
-- ARGV: epoch, status, terminal event, retention in seconds, id, tokens of the whole story or ''
-- Answers 'ok', 'repeated' (ended under this epoch already), 'gap' (the log lacks some of the
-- story), 'stale' (not the owner) or 'damaged' (the record is not what it should be).
--: order
--: cost
local job = redis.pcall('HMGET', KEYS[1], 'status', 'epoch', 'count', 'prompt_tokens', 'budget')
if job.err then
  return 'damaged'
end
if job[2] ~= ARGV[1] then
  return 'stale'
end
if not tonumber(job[3]) then
  return 'damaged'
end
if job[1] ~= 'running' then
  return job[1] == ARGV[2] and 'repeated' or 'stale'
end
if ARGV[6] ~= '' and job[3] ~= ARGV[6] then
  return 'gap'
end
refund(KEYS[1])
local now = redis.call('TIME')
redis.call('HSET', KEYS[1], 'status', ARGV[2], 'owner', '', 'ending', ARGV[3],
  'ended_at', now[1] + now[2] / 1e6)
redis.call('ZREM', KEYS[3], ARGV[5])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', 100000, '*', 'id', ARGV[5], 'status', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
if ARGV[2] == 'succeeded' then -- and then only measured: no story may fail on what is there
  local tokens = tonumber(job[3])
  redis.pcall('HINCRBY', KEYS[5], 'stories', 1)
  redis.pcall('HINCRBY', KEYS[5], 'tokens', tokens)
  redis.pcall('HINCRBY', KEYS[5], 'prompt_tokens', tonumber(job[4]) or 0)
  local budget = tonumber(job[5]) or 0
  if budget > 0 then -- the share of it that was used, in thousandths, so that sums are exact
    local share = math.floor(1000 * math.min(1, tokens / budget) + 0.5)
    for _, of in ipairs({'', ':' .. kind_of(budget)}) do
      redis.pcall('HINCRBY', KEYS[5], 'sized' .. of, 1)
      redis.pcall('HINCRBY', KEYS[5], 'shares' .. of, share)
    end
    redis.pcall('HINCRBY', KEYS[5], 'shares_squared', share * share)
  end
end
redis.call('PUBLISH', KEYS[1], ARGV[3])
return 'ok'
