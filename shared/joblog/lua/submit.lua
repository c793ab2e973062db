-- Accept a job: record it and put it at the end of its waiting queue.
-- KEYS: job, waiting queue, sequence counter, tenant's index
-- ARGV: id, spec, model, priority, tenant, most tokens it can have, trace context or ''
-- Answers 1, or 0 if the id is taken.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
local now = redis.call('TIME')
local sequence = redis.call('INCR', KEYS[3])
redis.call('HSET', KEYS[1],
  'id', ARGV[1], 'status', 'queued', 'epoch', 0, 'owner', '', 'failures', 0, 'count', 0,
  'prompt_tokens', 0, 'spec', ARGV[2], 'model', ARGV[3], 'priority', ARGV[4], 'tenant', ARGV[5],
  'sequence', sequence, 'created_at', now[1] + now[2] / 1e6,
  'budget', ARGV[6], 'traceparent', ARGV[7])
redis.call('ZADD', KEYS[2], sequence, ARGV[1])
redis.call('ZADD', KEYS[4], sequence, ARGV[1])
-- Records expire by themselves, the index does not: it keeps the newest 10,000.
redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -10001)
return 1
